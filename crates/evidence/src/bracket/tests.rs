//! Clocks that drift, jump and wave; phones that start again; requests that are long on their way.

use proptest::prelude::*;

use super::*;

const MORNING_MS: i64 = 1_774_000_000_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn at(later_ms: i64) -> WallTime {
    WallTime::from_ms(MORNING_MS + later_ms).unwrap()
}

fn anchor(boot: &str, mono_ms: i64, later_ms: i64) -> TimeAnchor {
    TimeAnchor {
        boot: boot.to_owned(),
        mono_ms: u64::try_from(mono_ms).unwrap(),
        at: at(later_ms),
    }
}

fn claim(boot: &str, mono_ms: i64, wall_ms: i64, bounds: [i64; 2]) -> Claim<'_> {
    Claim {
        boot,
        mono_ms: u64::try_from(mono_ms).unwrap(),
        wall: at(wall_ms),
        not_before: at(bounds[0]),
        not_after: at(bounds[1]),
    }
}

#[test]
fn a_clock_twenty_days_off_is_set_right_by_an_anchor_of_its_boot() {
    let opened = claim("b", 5 * HOUR_MS, -20 * DAY_MS, [-DAY_MS, DAY_MS]);
    for met in [anchor("b", HOUR_MS, 0), anchor("b", 9 * HOUR_MS, 8 * HOUR_MS)] {
        let found = locate(&opened, [&met]);
        assert_eq!(
            (found.at, found.source, found.wall_outside),
            (at(4 * HOUR_MS), TimeSource::Anchor, true)
        );
        assert!(found.width_ms() < DELAY_MS + 10_000, "{found:?}");
    }
}

#[test]
fn without_an_anchor_of_its_boot_the_wall_clock_tells_within_what_the_server_saw() {
    let other = anchor("before the battery died", HOUR_MS, 0);
    let found = locate(&claim("b", HOUR_MS, 2 * HOUR_MS, [0, DAY_MS]), [&other]);
    assert_eq!(
        (found.at, found.source, found.wall_outside),
        (at(2 * HOUR_MS), TimeSource::Wall, false)
    );
    assert_eq!((found.from, found.until), (at(0), at(DAY_MS)));
    let back = locate(&claim("b", HOUR_MS, -3 * DAY_MS, [0, DAY_MS]), [&other]);
    assert_eq!((back.at, back.wall_outside), (at(0), true));
    let slow = locate(&claim("b", HOUR_MS, -5 * 60_000, [0, DAY_MS]), []);
    assert!(!slow.wall_outside);
}

#[test]
fn an_anchor_that_was_kept_back_moves_nothing_before_a_later_contact() {
    // The phone met the server on day 0 and on day 3; on day 4 it writes as if its clock stood at day 1.
    let (first, second) = (
        anchor("b", HOUR_MS, 0),
        anchor("b", HOUR_MS + 3 * DAY_MS, 3 * DAY_MS),
    );
    let found = locate(
        &claim("b", HOUR_MS + DAY_MS, DAY_MS, [3 * DAY_MS, 4 * DAY_MS]),
        [&first, &second],
    );
    assert_eq!(
        (found.source, found.conflict, found.wall_outside),
        (TimeSource::Wall, true, true)
    );
    assert!(found.at >= at(3 * DAY_MS));
}

#[test]
fn anchors_of_one_boot_that_contradict_each_other_are_not_used() {
    let (honest, forged) = (anchor("b", HOUR_MS, 0), anchor("b", HOUR_MS + 3 * DAY_MS, DAY_MS));
    assert!(is_conflict([&honest, &forged]));
    let found = locate(
        &claim("b", 2 * HOUR_MS, 0, [-DAY_MS, 2 * DAY_MS]),
        [&honest, &forged],
    );
    assert_eq!((found.source, found.conflict), (TimeSource::Wall, true));
    // A request that hung for nine minutes is no contradiction, and does not make the opening later.
    let late = anchor("b", 2 * HOUR_MS, HOUR_MS + 9 * 60_000);
    let found = locate(
        &claim("b", 2 * HOUR_MS, 0, [-DAY_MS, 2 * DAY_MS]),
        [&honest, &late],
    );
    assert_eq!((found.at, found.conflict), (at(HOUR_MS), false));
}

#[test]
fn an_anchored_opening_goes_before_one_that_only_a_wall_clock_tells() {
    let told = locate(&claim("b", 0, -HOUR_MS, [-2 * DAY_MS, DAY_MS]), []);
    let anchored = locate(
        &claim("c", HOUR_MS, 0, [-2 * DAY_MS, DAY_MS]),
        [&anchor("c", 0, 0)],
    );
    assert_eq!(opening([told, anchored]), Some(anchored));
    assert_eq!(opening([told]), Some(told));
    assert_eq!(opening([]), None);
}

#[test]
fn numbers_at_the_end_of_their_range_break_nothing() {
    let wild = TimeAnchor {
        boot: "b".to_owned(),
        mono_ms: u64::MAX,
        at: WallTime::from_ms(0).unwrap(),
    };
    for mono_ms in [0, 1, u64::MAX] {
        let claim = Claim {
            boot: "b",
            mono_ms,
            wall: WallTime::from_ms_clamped(i64::MAX),
            not_before: at(DAY_MS),
            not_after: at(0),
        };
        let found = locate(&claim, [&wild]);
        assert!(found.from <= found.at && found.at <= found.until);
    }
}

/// How a phone's wall clock goes.
#[derive(Debug, Clone)]
enum Wall {
    Right,
    Off(i64),
    Drifts { ppm: i64 },
    Jumps { every_ms: i64, by_ms: i64 },
    Waves { high_ms: i64, long_ms: i64 },
}

impl Wall {
    fn says(&self, true_ms: i64) -> i64 {
        match self {
            Self::Right => true_ms,
            Self::Off(by_ms) => true_ms + by_ms,
            Self::Drifts { ppm } => true_ms + true_ms * ppm / 1_000_000,
            Self::Jumps { every_ms, by_ms } => true_ms + true_ms.div_euclid(*every_ms) * by_ms,
            Self::Waves { high_ms, long_ms } => {
                let turn = true_ms.rem_euclid(*long_ms) * 4 / long_ms;
                true_ms + [0, *high_ms, 0, -high_ms][usize::try_from(turn).unwrap()]
            }
        }
    }
}

fn wall() -> impl Strategy<Value = Wall> {
    prop_oneof![
        Just(Wall::Right),
        (-30 * DAY_MS..30 * DAY_MS).prop_map(Wall::Off),
        (-5_000_i64..5_000).prop_map(|ppm| Wall::Drifts { ppm }),
        (HOUR_MS..DAY_MS, -DAY_MS..DAY_MS).prop_map(|(every_ms, by_ms)| Wall::Jumps { every_ms, by_ms }),
        (60_000..2 * DAY_MS, HOUR_MS..DAY_MS).prop_map(|(high_ms, long_ms)| Wall::Waves { high_ms, long_ms }),
    ]
}

/// What happens to an honest phone, and how long after what happened before.
#[derive(Debug, Clone)]
enum Event {
    /// It meets the server; the request is so long on its way.
    Contact { delay_ms: i64 },
    /// It states something.
    States,
    /// Its battery dies, and it starts again.
    Reboots,
}

fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let event = prop_oneof![
        (0..DELAY_MS).prop_map(|delay_ms| Event::Contact { delay_ms }),
        Just(Event::States),
        Just(Event::States),
        Just(Event::Reboots),
    ];
    prop::collection::vec((DELAY_MS..2 * DAY_MS, event), 1..24)
}

#[derive(Debug)]
struct Stated {
    true_ms: i64,
    boot: String,
    mono_ms: i64,
    wall_ms: i64,
    not_before: i64,
    /// The end of the story where no contact followed.
    not_after: i64,
}

/// Lets an honest phone live through the events: what it stated, and every anchor that it came by.
fn lives(events: &[(i64, Event)], wall: &Wall, drift_ppm: i64) -> (Vec<Stated>, Vec<TimeAnchor>) {
    let (mut now, mut boot, mut booted_ms) = (DAY_MS, 0, 0_i64);
    let (mut stated, mut anchors): (Vec<Stated>, Vec<TimeAnchor>) = (Vec::new(), Vec::new());
    let mut met = 0_i64;
    let mut open = 0;
    for (after_ms, event) in events {
        now += after_ms;
        let mono_ms = (now - booted_ms) + (now - booted_ms) * drift_ppm / 1_000_000;
        match event {
            Event::Contact { delay_ms } => {
                met = now + delay_ms;
                anchors.push(anchor(&boot.to_string(), mono_ms, met));
                for one in &mut stated[open..] {
                    one.not_after = met;
                }
                open = stated.len();
            }
            Event::States => stated.push(Stated {
                true_ms: now,
                boot: boot.to_string(),
                mono_ms,
                wall_ms: wall.says(now),
                not_before: met,
                not_after: i64::MAX,
            }),
            Event::Reboots => (boot, booted_ms) = (boot + 1, now),
        }
    }
    let end = now + DAY_MS;
    for one in &mut stated {
        one.not_after = one.not_after.min(end);
    }
    (stated, anchors)
}

proptest! {
    #[test]
    fn the_true_time_is_in_the_bracket_of_an_honest_phone(
        events in events(),
        wall in wall(),
        drift_ppm in -190_i64..190,
    ) {
        let (stated, anchors) = lives(&events, &wall, drift_ppm);
        for one in stated {
            let claim = Claim {
                boot: &one.boot,
                mono_ms: u64::try_from(one.mono_ms).unwrap(),
                wall: WallTime::from_ms_clamped(MORNING_MS + one.wall_ms),
                not_before: at(one.not_before),
                not_after: at(one.not_after),
            };
            let found = locate(&claim, &anchors);
            let truth = at(one.true_ms);
            prop_assert!(found.from <= truth && truth <= found.until, "{one:?} {found:?}");
            prop_assert!(found.from <= found.at && found.at <= found.until);
            prop_assert!(!found.conflict, "{one:?} {found:?}");
            let has_anchor = anchors.iter().any(|anchor| anchor.boot == one.boot);
            prop_assert_eq!(found.source == TimeSource::Anchor, has_anchor);
            if has_anchor {
                let off = found.at.ms().abs_diff(truth.ms());
                let boot_ms = u64::try_from(one.mono_ms).unwrap().max(1);
                let most = anchors.iter().map(|anchor| anchor.mono_ms).max().unwrap().max(boot_ms);
                prop_assert!(off <= 60_000 + most / 2_500 + 2, "{one:?} {found:?}");
            }
        }
    }

    #[test]
    fn a_lie_never_leaves_what_the_server_saw(
        readings in prop::collection::vec((any::<u64>(), 0..40 * DAY_MS, 0..3_u8), 0..6),
        mono_ms: u64,
        wall_ms in 0..i64::MAX,
        bounds in (0..40 * DAY_MS, 0..40 * DAY_MS),
    ) {
        let anchors: Vec<TimeAnchor> = readings
            .iter()
            .map(|(mono_ms, later_ms, boot)| TimeAnchor {
                boot: boot.to_string(),
                mono_ms: *mono_ms,
                at: at(*later_ms),
            })
            .collect();
        let claim = Claim {
            boot: "0",
            mono_ms,
            wall: WallTime::from_ms_clamped(wall_ms),
            not_before: at(bounds.0.min(bounds.1)),
            not_after: at(bounds.1),
        };
        let found = locate(&claim, &anchors);
        for time in [found.from, found.at, found.until] {
            prop_assert!(claim.not_before <= time && time <= claim.not_after);
        }
    }
}
