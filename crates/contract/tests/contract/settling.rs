//! Which visit of a household counts in a cycle, whatever order they arrived in.

use hudang_contract::settle::{Candidate, settle};
use hudang_contract::stand::Standing;
use hudang_contract::state::{Reason, State};
use hudang_evidence::id::{HouseholdId, VisitId};

use crate::good::at;

/// State and reasons of a visit, and how late it was opened.
type Given = (State, &'static [Reason], i64);
/// What it is called, the visits by id, and where each stands then.
type Row = (
    &'static str,
    &'static [Given],
    &'static [(State, &'static [Reason])],
);

const REPEAT: &[Reason] = &[Reason::Repeat];
const LACKING: &[Reason] = &[Reason::Incomplete];

const ROWS: [Row; 12] = [
    ("nobody was there", &[], &[]),
    (
        "the only one counts",
        &[(State::Counted, &[], 0)],
        &[(State::Counted, &[])],
    ),
    (
        "of two the earlier counts",
        &[(State::Counted, &[], 9), (State::Counted, &[], 3)],
        &[(State::Received, REPEAT), (State::Counted, &[])],
    ),
    (
        "of two at one moment the one with the lower id counts",
        &[(State::Counted, &[], 5), (State::Counted, &[], 5)],
        &[(State::Counted, &[]), (State::Received, REPEAT)],
    ),
    (
        "one that is incomplete stands in nobody's way",
        &[(State::Received, LACKING, 1), (State::Counted, &[], 9)],
        &[(State::Received, LACKING), (State::Counted, &[])],
    ),
    (
        "one that is on its way stands in nobody's way",
        &[
            (State::Sealed, &[Reason::MediaAwaited], 1),
            (State::Draft, &[], 2),
            (State::Assigned, &[], 0),
            (State::Counted, &[], 9),
        ],
        &[
            (State::Sealed, &[Reason::MediaAwaited]),
            (State::Draft, &[]),
            (State::Assigned, &[]),
            (State::Counted, &[]),
        ],
    ),
    (
        "a repeat counts when the one before it does not any more",
        &[(State::Received, LACKING, 1), (State::Received, REPEAT, 9)],
        &[(State::Received, LACKING), (State::Counted, &[])],
    ),
    (
        "a repeat that lacks something else does not",
        &[(State::Received, &[Reason::Incomplete, Reason::Repeat], 1)],
        &[(State::Received, &[Reason::Incomplete, Reason::Repeat])],
    ),
    (
        "of three the earliest, wherever it stood",
        &[
            (State::Counted, &[], 7),
            (State::Received, REPEAT, 2),
            (State::Counted, &[], 4),
        ],
        &[
            (State::Received, REPEAT),
            (State::Counted, &[]),
            (State::Received, REPEAT),
        ],
    ),
    (
        "an accepted one is not displaced by an earlier one",
        &[(State::Accepted, &[], 9), (State::Counted, &[], 1)],
        &[(State::Accepted, &[]), (State::Received, REPEAT)],
    ),
    (
        "one that was checked is, since nothing was decided yet",
        &[(State::Checked, &[], 9), (State::Counted, &[], 1)],
        &[(State::Received, REPEAT), (State::Counted, &[])],
    ),
    (
        "a rejected one counts no more",
        &[
            (State::Rejected, &[Reason::Refused], 1),
            (State::Received, REPEAT, 9),
        ],
        &[(State::Rejected, &[Reason::Refused]), (State::Counted, &[])],
    ),
];

fn id(n: usize) -> VisitId {
    VisitId::new(1, [u8::try_from(n).unwrap(); 10])
}

fn standing(state: State, reasons: &[Reason]) -> Standing {
    Standing {
        state,
        reasons: reasons.iter().copied().collect(),
        lifted: [].into(),
        area: "152525".to_owned(),
        period: "2026-03".to_owned(),
        cycle: None,
    }
}

/// Every order of some things.
fn orders<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
    let Some((first, rest)) = things.split_first() else {
        return vec![Vec::new()];
    };
    let with_first = |order: Vec<T>| {
        (0..=order.len()).map(move |place| {
            let mut order = order.clone();
            order.insert(place, first.clone());
            order
        })
    };
    orders(rest).into_iter().flat_map(with_first).collect()
}

#[test]
fn one_visit_counts_whatever_came_first() {
    for (what, given, expected) in ROWS {
        let candidates: Vec<Candidate> = given
            .iter()
            .enumerate()
            .map(|(n, (state, reasons, later))| Candidate {
                visit: id(n),
                household: HouseholdId::new(1, [7; 10]),
                identity: None,
                opened: at(later * 60_000),
                standing: standing(*state, reasons),
            })
            .collect();
        for order in orders(&candidates) {
            let settled = settle(&order);
            for (n, (state, reasons)) in expected.iter().enumerate() {
                assert_eq!(
                    settled.standings[&id(n)],
                    standing(*state, reasons),
                    "{what}: visit {n}"
                );
            }
            let counting: Vec<VisitId> = settled
                .standings
                .iter()
                .filter(|(_, standing)| standing.state.is_counted())
                .map(|(visit, _)| *visit)
                .collect();
            assert_eq!(
                counting,
                settled.counts.iter().copied().collect::<Vec<_>>(),
                "{what}"
            );
            // Once more changes nothing.
            let again: Vec<Candidate> = order
                .iter()
                .map(|one| Candidate {
                    standing: settled.standings[&one.visit].clone(),
                    ..one.clone()
                })
                .collect();
            assert_eq!(settle(&again), settled, "{what}");
        }
    }
}
