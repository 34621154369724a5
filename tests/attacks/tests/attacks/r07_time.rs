//! Time is a bracket: nobody moves an opening into another period by a clock, and nobody whose clock is merely off
//! loses a visit.
//!
//! The contract's one period is March 2026; the stories are told in days after the morning of 20 March, and the month
//! ends on day 11, some hours later.

use hudang_evidence::body::{Anchor, Body};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::signed_time::{TimeSignature, TimeStatement};
use hudang_sync::wire::{SyncRequest, SyncResponse};
use hudang_test_server::{ORIGIN, Setting, World};
use hudang_testkit::office::{DAY_MS, at};
use hudang_testkit::person::Person;
use hudang_testkit::picture::scene;
use hudang_testkit::visit::{Made, Plan};

use crate::neighbour::stands;

pub(crate) const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// Midnight at the end of March in Shanghai.
const EDGE_MS: i64 = 11 * DAY_MS + 22_400_000;

/// A server at this time, with both phones.
fn world(now_ms: i64) -> (World, Person, Person) {
    let world = World::with(Setting {
        now_ms,
        ..Setting::default()
    });
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    (jia.says_clock, yi.says_clock) = (true, true);
    (world, jia, yi)
}

/// A phone passes by a network then.
pub(crate) fn meets(world: &World, who: &mut Person, now_ms: i64) -> SyncResponse {
    world.later(now_ms);
    world.synced(who, &SyncRequest::default())
}

/// Household n is visited then.
fn plan(n: u8, opened_ms: i64) -> Plan {
    Plan {
        opened_ms,
        photo: scene(n.into()),
        ..Plan::of(n)
    }
}

/// Both bring the visit with its originals, then.
fn brings(world: &World, made: &Made, jia: &mut Person, yi: &mut Person, now_ms: i64) {
    world.later(now_ms);
    world.takes_whole(made, jia, yi);
}

fn finds(world: &World, made: &Made, code: &str) -> bool {
    world.codes(made.visit).iter().any(|found| found == code)
}

/// The `anchor` that a phone may make of an answer to what it asked then.
pub(crate) fn anchor(answer: &SyncResponse, who: &Person, asked_ms: i64) -> Anchor {
    let signature = answer.time_signature.as_ref().unwrap().as_slice();
    Anchor {
        at: hudang_evidence::time::WallTime::from_ms(answer.server_time_ms).unwrap(),
        mono_ms: who.moment(asked_ms).mono_ms,
        origin: ORIGIN.to_owned(),
        sig: TimeSignature::from_bytes(signature.try_into().unwrap()),
    }
}

#[test]
fn clock_off_by_five_minutes_loses_nothing() {
    let (mut world, mut jia, mut yi) = world(2 * DAY_MS);
    jia.wall_off_ms = -5 * MINUTE_MS;
    yi.wall_off_ms = 5 * MINUTE_MS;
    let made = plan(1, DAY_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &made, &mut jia, &mut yi, 2 * DAY_MS);
    assert_eq!(stands(&world, &made), "counted");
    assert!(finds(&world, &made, "CLOCK-OFF"));
    world.stop();
}

#[test]
fn clock_off_by_twenty_days_counts_where_the_boot_has_an_anchor() {
    let (world, mut jia, mut yi) = world(2 * DAY_MS);
    (jia.wall_off_ms, yi.wall_off_ms) = (20 * DAY_MS, 20 * DAY_MS);
    let made = plan(1, DAY_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &made, &mut jia, &mut yi, 2 * DAY_MS);
    assert_eq!(stands(&world, &made), "counted");
    assert!(finds(&world, &made, "CLOCK-OFF"));
}

#[test]
fn time_uncertain_where_a_clock_is_twenty_days_off_and_the_battery_died() {
    let (world, mut jia, mut yi) = world(2 * DAY_MS);
    (jia.wall_off_ms, yi.wall_off_ms) = (20 * DAY_MS, 20 * DAY_MS);
    let made = plan(1, DAY_MS).carried_out(&mut jia, &mut yi);
    for phone in [&mut jia, &mut yi] {
        phone.starts_again(DAY_MS + 5 * HOUR_MS);
    }
    brings(&world, &made, &mut jia, &mut yi, 2 * DAY_MS);
    assert_eq!(stands(&world, &made), "received time-uncertain");
    // The neighbour's battery died too, but that clock was right.
    let made = plan(2, 2 * DAY_MS + HOUR_MS);
    (jia.wall_off_ms, yi.wall_off_ms) = (0, MINUTE_MS);
    let made = made.carried_out(&mut jia, &mut yi);
    for phone in [&mut jia, &mut yi] {
        phone.starts_again(2 * DAY_MS + 5 * HOUR_MS);
    }
    brings(&world, &made, &mut jia, &mut yi, 3 * DAY_MS);
    assert_eq!(stands(&world, &made), "counted");
    assert_eq!(world.codes(made.visit), [] as [&str; 0]);
}

#[test]
fn wall_clock_set_back_moves_no_opening_into_march() {
    let (world, mut jia, mut yi) = world(9 * DAY_MS);
    for phone in [&mut jia, &mut yi] {
        meets(&world, phone, 9 * DAY_MS);
        phone.wall_off_ms = -4 * DAY_MS;
    }
    let made = plan(1, 13 * DAY_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &made, &mut jia, &mut yi, 14 * DAY_MS);
    assert_eq!(stands(&world, &made), "received outside-period");
    assert!(finds(&world, &made, "CLOCK-OFF"));
}

#[test]
fn wall_clock_set_forward_moves_no_opening_out_of_march() {
    let (world, mut jia, mut yi) = world(9 * DAY_MS);
    (jia.wall_off_ms, yi.wall_off_ms) = (4 * DAY_MS, 4 * DAY_MS);
    let made = plan(1, 9 * DAY_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &made, &mut jia, &mut yi, 14 * DAY_MS);
    assert_eq!(stands(&world, &made), "counted");
}

#[test]
fn anchor_that_was_kept_back_moves_no_opening_before_a_later_contact() {
    let (world, mut jia, mut yi) = world(9 * DAY_MS);
    let asked_ms = 9 * DAY_MS;
    let given = [&mut jia, &mut yi].map(|phone| {
        let answer = meets(&world, phone, asked_ms);
        anchor(&answer, phone, asked_ms)
    });
    for phone in [&mut jia, &mut yi] {
        meets(&world, phone, 13 * DAY_MS);
        // On day 14 everything in the phone says that it is day 10.
        phone.booted_before_ms -= 4 * DAY_MS;
        phone.wall_off_ms = -4 * DAY_MS;
    }
    let mut made = plan(1, 14 * DAY_MS).carried_out(&mut jia, &mut yi);
    let [of_jia, of_yi] = given;
    made.entries[0].push(jia.states(made.visit, 14 * DAY_MS + HOUR_MS, Body::Anchor(of_jia)));
    made.entries[1].push(yi.states(made.visit, 14 * DAY_MS + HOUR_MS, Body::Anchor(of_yi)));
    for phone in [&mut jia, &mut yi] {
        phone.booted_before_ms += 4 * DAY_MS;
    }
    brings(&world, &made, &mut jia, &mut yi, 15 * DAY_MS);
    // Not before the contact of day 13, whatever the phone says: that is April.
    assert_eq!(stands(&world, &made), "received outside-period");
    assert!(finds(&world, &made, "CLOCK-CONFLICT"));
}

#[test]
fn mono_forged_at_every_contact_is_a_contradiction() {
    let (world, mut jia, mut yi) = world(9 * DAY_MS);
    for phone in [&mut jia, &mut yi] {
        meets(&world, phone, 9 * DAY_MS);
        phone.booted_before_ms -= 3 * DAY_MS;
        phone.wall_off_ms = -3 * DAY_MS;
    }
    let made = plan(1, 13 * DAY_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &made, &mut jia, &mut yi, 14 * DAY_MS);
    assert_eq!(stands(&world, &made), "received time-uncertain");
    assert!(finds(&world, &made, "CLOCK-CONFLICT"));
}

#[test]
fn boot_minted_after_each_opening_leaves_only_what_the_server_saw() {
    let (world, mut jia, mut yi) = world(11 * DAY_MS);
    for phone in [&mut jia, &mut yi] {
        meets(&world, phone, 11 * DAY_MS);
        phone.starts_again(12 * DAY_MS);
        phone.wall_off_ms = -2 * DAY_MS + HOUR_MS;
    }
    let made = plan(1, 13 * DAY_MS).carried_out(&mut jia, &mut yi);
    for phone in [&mut jia, &mut yi] {
        phone.starts_again(13 * DAY_MS + HOUR_MS);
    }
    brings(&world, &made, &mut jia, &mut yi, 13 * DAY_MS + 2 * HOUR_MS);
    // The edge of March lies between the last contact and the first receipt: nobody can say.
    assert_eq!(stands(&world, &made), "received time-uncertain");
}

#[test]
fn battery_that_died_in_the_cold_loses_nothing_within_a_period() {
    let (world, mut jia, mut yi) = world(2 * DAY_MS);
    for phone in [&mut jia, &mut yi] {
        meets(&world, phone, 2 * DAY_MS);
        phone.starts_again(3 * DAY_MS);
    }
    let made = plan(1, 4 * DAY_MS).carried_out(&mut jia, &mut yi);
    for phone in [&mut jia, &mut yi] {
        phone.starts_again(4 * DAY_MS + 6 * HOUR_MS);
    }
    brings(&world, &made, &mut jia, &mut yi, 9 * DAY_MS);
    assert_eq!(stands(&world, &made), "counted");
}

#[test]
fn anchor_of_another_phone_another_server_or_a_forged_one_breaks_the_evidence() {
    let (world, mut jia, mut yi) = world(2 * DAY_MS);
    let asked_ms = 2 * DAY_MS;
    let of_yi = anchor(&meets(&world, &mut yi, asked_ms), &yi, asked_ms);
    let statement = |origin: &str| TimeStatement {
        at: at(0),
        boot: jia.boot.clone(),
        installation: jia.installation(),
        mono_ms: jia.moment(asked_ms).mono_ms,
        origin: origin.to_owned(),
    };
    let signed = |origin: &str| {
        let statement = statement(origin);
        let by = NoteSigner::new(origin, &[66; 32]).unwrap();
        Anchor {
            at: statement.at,
            mono_ms: statement.mono_ms,
            origin: origin.to_owned(),
            sig: statement.sign(&by).unwrap(),
        }
    };
    let false_ones = [of_yi, signed("hudang/150000"), signed(ORIGIN)];
    for (n, given) in (1..).zip(false_ones) {
        let opened_ms = 2 * DAY_MS + i64::from(n) * HOUR_MS;
        let mut made = plan(n, opened_ms).carried_out(&mut jia, &mut yi);
        let tail = jia.states(made.visit, opened_ms + 30 * MINUTE_MS, Body::Anchor(given));
        made.entries[0].push(tail);
        brings(&world, &made, &mut jia, &mut yi, 3 * DAY_MS);
        assert_eq!(stands(&world, &made), "received evidence-broken", "{n}");
        assert!(finds(&world, &made, "ANCHOR-SIGNATURE"), "{n}");
    }
    // The neighbour's own signed time, stated after the seal, harms nothing.
    let own = anchor(&meets(&world, &mut jia, 3 * DAY_MS), &jia, 3 * DAY_MS);
    let mut made = plan(5, 3 * DAY_MS + HOUR_MS).carried_out(&mut jia, &mut yi);
    made.entries[0].push(jia.states(made.visit, 3 * DAY_MS + 2 * HOUR_MS, Body::Anchor(own)));
    brings(&world, &made, &mut jia, &mut yi, 4 * DAY_MS);
    assert_eq!(stands(&world, &made), "counted");
    assert_eq!(world.codes(made.visit), [] as [&str; 0]);
}

#[test]
fn late_upload_waits_for_the_purchaser_and_a_week_offline_does_not() {
    let (world, mut jia, mut yi) = world(0);
    let late = plan(1, HOUR_MS).carried_out(&mut jia, &mut yi);
    let week = plan(2, 9 * DAY_MS).carried_out(&mut jia, &mut yi);
    let just = plan(3, 9 * DAY_MS + HOUR_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &late, &mut jia, &mut yi, 15 * DAY_MS + 2 * HOUR_MS);
    brings(&world, &week, &mut jia, &mut yi, 16 * DAY_MS);
    brings(
        &world,
        &just,
        &mut jia,
        &mut yi,
        24 * DAY_MS + HOUR_MS - MINUTE_MS,
    );
    assert_eq!(stands(&world, &late), "received late");
    assert_eq!(stands(&world, &week), "counted");
    assert_eq!(stands(&world, &just), "counted");
}

#[test]
fn midnight_at_the_end_of_a_period_is_told_by_the_anchor() {
    let (world, mut jia, mut yi) = world(11 * DAY_MS);
    // Jia's clock is five minutes fast, Yi's slow: both would say the wrong day.
    (jia.wall_off_ms, yi.wall_off_ms) = (5 * MINUTE_MS, 5 * MINUTE_MS);
    let before = plan(1, EDGE_MS - 2 * MINUTE_MS).carried_out(&mut jia, &mut yi);
    (jia.wall_off_ms, yi.wall_off_ms) = (-5 * MINUTE_MS, -5 * MINUTE_MS);
    let after = plan(2, EDGE_MS + 2 * MINUTE_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &before, &mut jia, &mut yi, 12 * DAY_MS);
    brings(&world, &after, &mut jia, &mut yi, 12 * DAY_MS);
    assert_eq!(stands(&world, &before), "counted");
    assert_eq!(stands(&world, &after), "received outside-period");
}

#[test]
fn contact_without_a_clock_bounds_a_phone_that_once_had_one() {
    let (world, mut jia, mut yi) = world(9 * DAY_MS);
    for phone in [&mut jia, &mut yi] {
        meets(&world, phone, 9 * DAY_MS);
        phone.says_clock = false;
        meets(&world, phone, 13 * DAY_MS);
        phone.booted_before_ms -= 4 * DAY_MS;
        phone.wall_off_ms = -4 * DAY_MS;
    }
    let made = plan(1, 14 * DAY_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &made, &mut jia, &mut yi, 15 * DAY_MS);
    assert_eq!(stands(&world, &made), "received outside-period");
}

#[test]
fn contacts_that_say_nothing_about_a_clock_bring_no_anchor() {
    let (world, mut jia, mut yi) = world(9 * DAY_MS);
    for phone in [&mut jia, &mut yi] {
        phone.says_clock = false;
        assert_eq!(meets(&world, phone, 9 * DAY_MS).time_signature, None);
        phone.wall_off_ms = -4 * DAY_MS;
    }
    let made = plan(1, 13 * DAY_MS).carried_out(&mut jia, &mut yi);
    brings(&world, &made, &mut jia, &mut yi, 14 * DAY_MS);
    assert_eq!(stands(&world, &made), "received time-uncertain");
}
