//! Phones whose clocks are wrong, jump, or lie, around the end of a period: no visit counts in a period in which it was
//! not opened, and nobody whose clock is merely wrong loses a visit.

use hudang_sync::wire::SyncRequest;
use hudang_testkit::chance::Chance;
use hudang_testkit::office::{DAY_MS, assigned_to, at, is_consistent, local, open, set_up, stands, upload};
use hudang_testkit::person::Person;
use hudang_testkit::visit::{Made, Plan};

use crate::seeds::each_seed;

const HOUR_MS: i64 = 3_600_000;
/// Midnight at the end of March in Shanghai: the end of the contract's one period.
const EDGE_MS: i64 = 11 * DAY_MS + 22_400_000;
/// Contacts closer together than this are one, and a request is on its way for a moment.
const BLUR_MS: i64 = 13 * 60_000;

/// What two people did, by the true time.
struct Visited {
    made: Made,
    opened_ms: i64,
    /// When each of their phones was last here before.
    met_ms: [i64; 2],
    /// Whether a phone started again between the opening and the receipt.
    started_again: bool,
    received_ms: i64,
}

struct Pair {
    people: [Person; 2],
    met_ms: [i64; 2],
}

/// A whole number from a range.
fn between(chance: &mut Chance, from: i64, to: i64) -> i64 {
    let width = usize::try_from(to - from).unwrap();
    from + i64::try_from(chance.below(width.max(1))).unwrap()
}

impl Pair {
    fn meets(&mut self, archive: &hudang_archive::Archive, now_ms: i64) {
        for (person, met_ms) in self.people.iter_mut().zip(&mut self.met_ms) {
            person.sends(archive, SyncRequest::default(), now_ms);
            *met_ms = now_ms;
        }
    }

    fn sets_clocks(&mut self, chance: &mut Chance) {
        for person in &mut self.people {
            person.wall_off_ms = match chance.below(4) {
                0 => 0,
                1 => between(chance, -9 * 60_000, 9 * 60_000),
                2 => between(chance, -20 * DAY_MS, 20 * DAY_MS),
                _ => between(chance, -DAY_MS, DAY_MS),
            };
        }
    }

    fn visits(&mut self, n: u8, opened_ms: i64) -> Made {
        // Of the wall clocks the seal names the earliest.
        let [first, second] = &mut self.people;
        second.wall_off_ms = second.wall_off_ms.max(first.wall_off_ms);
        let plan = Plan {
            opened_ms,
            ..Plan::of(n)
        };
        plan.carried_out(first, second)
    }
}

/// The pair does to its own phones whatever makes an opening look as if it were in March.
fn lies(pair: &mut Pair, chance: &mut Chance, now_ms: i64) {
    let wanted_ms = between(chance, EDGE_MS - 3 * DAY_MS, EDGE_MS);
    let back_ms = (now_ms - wanted_ms).max(0);
    let (forges_mono, mints) = (chance.happens(600), chance.happens(300));
    for person in &mut pair.people {
        person.wall_off_ms = -back_ms;
        if forges_mono && now_ms + person.booted_before_ms > back_ms {
            person.booted_before_ms -= back_ms;
        }
        if mints {
            person.boot.push('!');
        }
    }
}

/// What the lie leaves in the phones.
fn stops_lying(pair: &mut Pair, honest: &Pair, chance: &mut Chance) {
    let goes_on = chance.happens(300);
    for (person, before) in pair.people.iter_mut().zip(&honest.people) {
        if !goes_on {
            (person.boot, person.booted_before_ms) = (before.boot.clone(), before.booted_before_ms);
        }
        person.says_clock = !chance.happens(200);
    }
}

fn run(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let mut chance = Chance::new(seed);
    set_up(&archive, 6);
    let liars = (4..=6).map(|n| assigned_to(n, n, ["bing", "ding"])).collect();
    archive.assign(&local(), liars, at(-2 * DAY_MS)).unwrap();
    let pair = |names: [&'static str; 2], secrets: [u8; 2]| Pair {
        people: [0, 1].map(|n| {
            let mut person = Person::enrolled(&archive, names[n], secrets[n]);
            person.says_clock = true;
            person
        }),
        met_ms: [-DAY_MS; 2],
    };
    let mut honest = pair(["jia", "yi"], [1, 2]);
    let mut lying = pair(["bing", "ding"], [3, 4]);
    let mut now_ms = EDGE_MS - 5 * DAY_MS;
    let mut done: Vec<(bool, Visited)> = Vec::new();
    for n in 1..=3 {
        now_ms += between(&mut chance, HOUR_MS, 2 * DAY_MS);
        for one in [&mut honest, &mut lying] {
            if chance.happens(600) {
                one.meets(&archive, now_ms);
            }
        }
        now_ms += between(&mut chance, HOUR_MS, DAY_MS);
        let opened_ms = now_ms;
        honest.sets_clocks(&mut chance);
        let of_honest = honest.visits(n, opened_ms);
        let before = Pair {
            people: lying.people.clone(),
            met_ms: lying.met_ms,
        };
        lies(&mut lying, &mut chance, opened_ms);
        let of_lying = lying.visits(n + 3, opened_ms);
        stops_lying(&mut lying, &before, &mut chance);
        let started_again = chance.happens(250);
        now_ms += between(&mut chance, HOUR_MS, DAY_MS);
        if started_again {
            for person in &mut honest.people {
                person.starts_again(now_ms);
            }
        }
        now_ms += between(&mut chance, HOUR_MS, DAY_MS);
        for (is_honest, made, pair) in [(true, of_honest, &mut honest), (false, of_lying, &mut lying)] {
            let visited = Visited {
                opened_ms,
                met_ms: pair.met_ms,
                started_again: started_again && is_honest,
                received_ms: now_ms,
                made,
            };
            let [first, second] = &mut pair.people;
            second.sends(&archive, visited.made.of_second(), now_ms);
            first.sends(&archive, visited.made.of_first(), now_ms);
            upload(&archive, &visited.made.photo, first.installation(), now_ms).unwrap();
            pair.met_ms = [now_ms; 2];
            done.push((is_honest, visited));
        }
    }
    for (is_honest, one) in &done {
        let stood = stands(&archive, one.made.visit);
        let told = || {
            let findings = archive.findings(&local(), one.made.visit).unwrap();
            format!(
                "seed {seed}, opened {} of {EDGE_MS}: {stood}, {findings:?}",
                one.opened_ms
            )
        };
        if *is_honest {
            assert!(is_right(one, &stood), "{}", told());
        } else if stood == "counted" {
            // A lie stays within what the server saw: some phone had not been here since the end of the period.
            let since = one.met_ms.iter().min().unwrap();
            assert!(
                one.opened_ms < EDGE_MS || *since < EDGE_MS + BLUR_MS,
                "{}",
                told()
            );
        }
    }
    is_consistent(archive);
}

/// Whether an honest visit stands where it belongs.
fn is_right(one: &Visited, stood: &str) -> bool {
    let opened_in_march = one.opened_ms < EDGE_MS;
    if !one.started_again {
        return stood
            == if opened_in_march {
                "counted"
            } else {
                "received outside-period"
            };
    }
    // Only wall clocks tell: what they say is believed where it makes no difference.
    let crosses = one.met_ms.iter().any(|met_ms| *met_ms < EDGE_MS) && one.received_ms >= EDGE_MS;
    match stood {
        "counted" => opened_in_march,
        "received outside-period" => !opened_in_march || crosses,
        "received time-uncertain" => true,
        _ => false,
    }
}

#[test]
fn no_visit_counts_in_a_period_in_which_it_was_not_opened() {
    each_seed(200, |seed| {
        if seed % 3 == 0 {
            run(seed);
        }
    });
}
