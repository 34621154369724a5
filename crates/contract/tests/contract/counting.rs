//! How many visits stand where, and beside what was agreed.

use std::collections::BTreeMap;

use hudang_contract::counts::{Column, Counts, Line, Place, compare};
use hudang_contract::state::{Reason, State};

use crate::good::contract;

fn place(area: &str, period: &str, state: State, reason: Option<Reason>) -> Place {
    Place {
        area: area.to_owned(),
        period: period.to_owned(),
        state,
        reason,
    }
}

/// One visit in each state of the first banner's first period, and some elsewhere.
fn visits() -> Vec<Place> {
    let here = |state, reason| place("152525", "2026-03", state, reason);
    vec![
        here(State::Assigned, None),
        here(State::Draft, None),
        here(State::Sealed, Some(Reason::AnswersAwaited)),
        here(State::Received, Some(Reason::Incomplete)),
        here(State::Received, Some(Reason::Incomplete)),
        here(State::Received, Some(Reason::SealsCompete)),
        here(State::Counted, None),
        here(State::Checked, None),
        here(State::Accepted, None),
        here(State::Rejected, None),
        place("", "2026-03", State::Received, Some(Reason::OutsideArea)),
        place("152526", "2026-04", State::Counted, None),
    ]
}

fn line<'a>(lines: &'a [Line], area: &str, period: &str) -> &'a Line {
    lines
        .iter()
        .find(|line| (line.area.as_str(), line.period.as_str()) == (area, period))
        .unwrap()
}

#[test]
fn quantities_stand_beside_what_there_is() {
    let lines = compare(&contract().terms().quantities, &visits().into_iter().collect());
    let places: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| (line.area.as_str(), line.period.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            ("", "2026-03"),
            ("152525", "2026-03"),
            ("152525", "2026-04"),
            ("152526", "2026-04")
        ]
    );
    let first = line(&lines, "152525", "2026-03");
    let numbers = |line: &Line| {
        [
            line.contracted,
            line.underway,
            line.received,
            line.counted,
            line.checked,
            line.accepted,
        ]
    };
    assert_eq!(numbers(first), [12, 3, 7, 3, 3, 1]);
    assert_eq!(
        first.not_counted,
        BTreeMap::from([
            (Reason::SealsCompete, 1),
            (Reason::Incomplete, 2),
            (Reason::Refused, 1)
        ])
    );
    // What was received counts or has a reason.
    for line in &lines {
        assert_eq!(
            line.received,
            line.counted + line.not_counted.values().sum::<u64>()
        );
    }
    assert_eq!(numbers(line(&lines, "152525", "2026-04")), [8, 0, 0, 0, 0, 0]);
    assert_eq!(numbers(line(&lines, "152526", "2026-04")), [5, 0, 1, 1, 0, 0]);
    assert_eq!(numbers(line(&lines, "", "2026-03")), [0, 0, 1, 0, 0, 0]);
}

#[test]
fn behind_each_number_stand_its_visits() {
    let counts: Counts = visits().into_iter().collect();
    let lines = compare(&contract().terms().quantities, &counts);
    let first = line(&lines, "152525", "2026-03");
    let columns = [
        (Column::Underway, first.underway),
        (Column::Received, first.received),
        (Column::Counted, first.counted),
        (Column::NotCounted, first.not_counted.values().sum()),
        (Column::Checked, first.checked),
        (Column::Accepted, first.accepted),
    ];
    for (column, number) in columns {
        let behind: u64 = first
            .behind(column)
            .map(|place| first.places.iter().find(|(other, _)| other == place).unwrap().1)
            .sum();
        assert_eq!(behind, number, "{column:?}");
    }
    for state in State::ALL {
        let is_in = |column: Column| column.has(*state);
        if *state == State::Voided {
            assert!(!is_in(Column::Underway) && !is_in(Column::Received));
            continue;
        }
        assert_ne!(is_in(Column::Underway), is_in(Column::Received), "{state}");
        assert_eq!(
            is_in(Column::Received),
            is_in(Column::Counted) != is_in(Column::NotCounted),
            "{state}"
        );
    }
}

#[test]
fn counts_of_parts_add_up_and_a_visit_that_moves_leaves_no_zero() {
    let all: Counts = visits().into_iter().collect();
    for cut in 0..=visits().len() {
        let (one, other) = (&visits()[..cut], &visits()[cut..]);
        let mut sum: Counts = other.iter().cloned().collect();
        sum.merge(&one.iter().cloned().collect());
        assert_eq!(sum, all);
    }
    assert_eq!(all.total(), 12);
    assert_eq!(all.total_where(|place| place.area.is_empty()), 1);
    let mut moved = all.clone();
    let (from, to) = (
        place("", "2026-03", State::Received, Some(Reason::OutsideArea)),
        place("152525", "2026-03", State::Counted, None),
    );
    moved.remove(from.clone());
    moved.add(to);
    assert_eq!(moved.total(), 12);
    assert!(moved.iter().all(|(place, number)| *place != from && number > 0));
}

#[test]
fn a_place_says_its_reason() {
    let standing = hudang_contract::stand::Standing {
        state: State::Received,
        reasons: [Reason::Incomplete, Reason::ContractUnknown].into(),
        lifted: [].into(),
        area: "152525".to_owned(),
        period: String::new(),
        cycle: None,
    };
    let place = Place::of(&standing);
    assert_eq!(
        (
            place.area.as_str(),
            place.period.as_str(),
            place.state,
            place.reason_word()
        ),
        ("152525", "", State::Received, "contract-unknown")
    );
    let counted = Place {
        state: State::Counted,
        reason: None,
        ..place
    };
    assert_eq!(counted.reason_word(), "");
}
