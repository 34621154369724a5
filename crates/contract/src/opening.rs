//! Whether the time of a visit's opening is known well enough to count, and whether the visit came in time
//! (EVIDENCE §1.10 R7).

use chrono::NaiveDate;
use hudang_evidence::bracket::{Bracket, TimeSource};
use hudang_evidence::time::WallTime;

use crate::contract::Contract;

const DAY_MS: i64 = 86_400_000;

/// Whether nobody can say in which period and cycle the visit was opened: only the wall clock tells, and it stood
/// outside of what the server saw, or the edge of a period or cycle lies within that.
pub fn is_uncertain(opening: &Bracket, contract: &Contract) -> bool {
    let place = |day: NaiveDate| {
        let period = contract.period_of(day).map(|period| period.key.as_str());
        (period, contract.cycle_of(day).map(|cycle| cycle.key))
    };
    opening.source == TimeSource::Wall
        && (opening.wall_outside || place(opening.from.day()) != place(opening.until.day()))
}

/// When a visit was begun, and when what came of it was received.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// The opening; the last attempt, where the outcome asks for attempts.
    pub begun: WallTime,
    /// When each seal up to the governing one was first received.
    pub seals: &'a [WallTime],
    /// When the office sent the visit back.
    pub returns: &'a [WallTime],
}

/// Whether the first seal came later after the visit was begun than the contract allows, or the first one after a
/// return later after that.
pub fn is_late(upload: &Upload<'_>, contract: &Contract) -> bool {
    let allowed_ms = i64::from(contract.upload_days()).saturating_mul(DAY_MS);
    let late = |since: WallTime, seal: Option<&WallTime>| {
        seal.is_some_and(|seal| seal.ms().saturating_sub(since.ms()) > allowed_ms)
    };
    let after_return = |at: &WallTime| {
        let next = upload.seals.iter().filter(|seal| *seal > at).min();
        late(*at, next)
    };
    late(upload.begun, upload.seals.iter().min()) || upload.returns.iter().any(after_return)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contract() -> Contract {
        let terms = serde_json::json!({
            "id": "HT-2026-001", "title": "核查", "buyer": "minzheng", "contractors": ["xinghe"],
            "term": {"from": "2026-01-01", "to": "2026-12-31"},
            "areas": [{"code": "152525", "name": "东乌珠穆沁旗"}],
            "periods": [{"key": "2026-03", "from": "2026-03-01", "to": "2026-03-31"},
                        {"key": "2026-04", "from": "2026-04-01", "to": "2026-04-30"}],
            "quantities": [{"area": "152525", "period": "2026-03", "visits": 1},
                           {"area": "152525", "period": "2026-04", "visits": 1}],
            "cycle": "quarter", "paid": ["done"],
            "standard": {"title": "留痕标准", "outcomes": {"done": {"investigators": 2}}},
            "roster": [{"person": "jia", "org": "xinghe"}]
        });
        Contract::from_json(terms.to_string().as_bytes()).unwrap()
    }

    fn wall(text: &str) -> WallTime {
        text.parse().unwrap()
    }

    fn told(from: &str, at: &str, until: &str) -> Bracket {
        Bracket {
            at: wall(at),
            from: wall(from),
            until: wall(until),
            source: TimeSource::Wall,
            wall_outside: false,
            conflict: false,
        }
    }

    #[test]
    fn an_edge_within_what_the_server_saw_makes_a_wall_clock_uncertain() {
        let contract = contract();
        let inside = told(
            "2026-03-02T00:00:00.000Z",
            "2026-03-20T00:00:00.000Z",
            "2026-03-30T00:00:00.000Z",
        );
        assert!(!is_uncertain(&inside, &contract));
        // 2026-03-31 16:00 in UTC is midnight in Shanghai.
        let across = Bracket {
            until: wall("2026-03-31T16:00:00.000Z"),
            ..inside
        };
        assert!(is_uncertain(&across, &contract));
        assert!(is_uncertain(
            &Bracket {
                wall_outside: true,
                ..inside
            },
            &contract
        ));
        let anchored = Bracket {
            source: TimeSource::Anchor,
            wall_outside: true,
            ..across
        };
        assert!(!is_uncertain(&anchored, &contract));
    }

    #[test]
    fn the_first_seal_decides_whether_a_visit_came_in_time() {
        let contract = contract();
        let day = |n: i64| WallTime::from_ms(1_774_000_000_000 + n * DAY_MS).unwrap();
        let late = |seals: &[i64], returns: &[i64]| {
            let [seals, returns] =
                [seals, returns].map(|days| days.iter().map(|n| day(*n)).collect::<Vec<_>>());
            is_late(
                &Upload {
                    begun: day(0),
                    seals: &seals,
                    returns: &returns,
                },
                &contract,
            )
        };
        assert!(!late(&[], &[]));
        assert!(!late(&[15, 40], &[]));
        assert!(late(&[16], &[]));
        // After a return its own time runs; a seal that was late before it stays late.
        assert!(!late(&[3, 44], &[30]));
        assert!(late(&[3, 46], &[30]));
        assert!(late(&[16, 31], &[30]));
        assert!(!late(&[3], &[30]));
    }

    proptest! {
        #[test]
        fn an_honest_phone_without_an_anchor_is_uncertain_only_where_the_edge_is(
            from_h in 0_i64..1_400, width_h in 0_i64..240, off_min in -9_i64..9,
        ) {
            let contract = contract();
            let hour = |h: i64| WallTime::from_ms(1_772_294_400_000 + h * 3_600_000).unwrap();
            let claim = hudang_evidence::bracket::Claim {
                boot: "b",
                mono_ms: 1,
                wall: WallTime::from_ms(hour(from_h + width_h / 2).ms() + off_min * 60_000).unwrap(),
                not_before: hour(from_h),
                not_after: hour(from_h + width_h),
            };
            let found = hudang_evidence::bracket::locate(&claim, []);
            let crosses = contract.period_of(claim.not_before.day()) != contract.period_of(claim.not_after.day())
                || contract.cycle_of(claim.not_before.day()) != contract.cycle_of(claim.not_after.day());
            prop_assert_eq!(is_uncertain(&found, &contract), crosses);
        }
    }
}
