//! Where a visit stands by itself: every reason by one change to a visit that counts.

use std::collections::BTreeSet;

use hudang_contract::contract::Contract;
use hudang_contract::stand::{Progress, Sealed, Standing, Visit, stand};
use hudang_contract::state::{Reason, State};
use hudang_evidence::time::WallTime;
use hudang_visit::Outcome;
use hudang_visit::assess::{Missing, MissingCode};
use serde_json::json;

use crate::good::{DAY_MS, assessment, at, contract, people, sealed, terms};

struct Case {
    area: &'static str,
    opened: Option<WallTime>,
    sealed: Sealed,
    contract: Option<Contract>,
}

impl Case {
    fn good() -> Self {
        Self {
            area: "152525104201",
            opened: Some(at(0)),
            sealed: sealed(),
            contract: Some(contract()),
        }
    }

    fn stands(&self) -> Standing {
        let visit = Visit {
            area: self.area,
            opened: self.opened,
            progress: Progress::Sealed(&self.sealed),
            lifted: &BTreeSet::new(),
        };
        stand(&visit, self.contract.as_ref())
    }
}

/// One thing that is missing of a visit.
fn missing(code: MissingCode) -> Missing {
    Missing {
        code,
        requirement: String::new(),
        have: 1,
        need: 2,
        waiver: None,
    }
}

fn lacks(case: &mut Case, code: MissingCode) {
    let mut found = assessment();
    found.missing.push(missing(code));
    case.sealed.assessment = Some(found);
}

/// What it is called, what is changed, and what follows.
type Row = (&'static str, fn(&mut Case), State, &'static [Reason]);

const ROWS: [Row; 25] = [
    ("nothing is changed", |_| {}, State::Counted, &[]),
    (
        "entries are on their way",
        |case| case.sealed.entries_awaited = 3,
        State::Sealed,
        &[Reason::EntriesAwaited],
    ),
    (
        "the answers are on their way",
        |case| case.sealed.answers_awaited = true,
        State::Sealed,
        &[Reason::AnswersAwaited],
    ),
    (
        "originals are on their way",
        |case| case.sealed.media_awaited = 1,
        State::Sealed,
        &[Reason::MediaAwaited],
    ),
    (
        "all of it is on its way, and nothing else is said before it is here",
        |case| {
            (case.sealed.entries_awaited, case.sealed.media_awaited) = (1, 1);
            case.sealed.answers_awaited = true;
            case.sealed.against.insert(Reason::EvidenceBroken);
            case.area = "";
        },
        State::Sealed,
        &[
            Reason::EntriesAwaited,
            Reason::AnswersAwaited,
            Reason::MediaAwaited,
        ],
    ),
    (
        "the office knows no such contract",
        |case| case.contract = None,
        State::Received,
        &[Reason::ContractUnknown],
    ),
    (
        "the household lies in another banner",
        |case| case.area = "152527",
        State::Received,
        &[Reason::OutsideArea],
    ),
    (
        "the office does not know the household",
        |case| case.area = "",
        State::Received,
        &[Reason::OutsideArea],
    ),
    (
        "the day lies in no period",
        |case| case.opened = Some(at(60 * DAY_MS)),
        State::Received,
        &[Reason::OutsidePeriod],
    ),
    (
        "the last moment of the period in Shanghai",
        |case| case.opened = WallTime::from_ms(1_774_972_799_999).ok(),
        State::Counted,
        &[],
    ),
    (
        "the first moment of the next, of which the second banner has its share",
        |case| {
            case.opened = WallTime::from_ms(1_774_972_800_000).ok();
            case.area = "152526";
        },
        State::Counted,
        &[],
    ),
    (
        "the day lies outside the contract's term",
        |case| case.opened = Some(at(-100 * DAY_MS)),
        State::Received,
        &[Reason::OutsidePeriod, Reason::NotOnRoster],
    ),
    (
        "nobody knows when it was opened",
        |case| case.opened = None,
        State::Received,
        &[Reason::OutsidePeriod, Reason::NotOnRoster],
    ),
    (
        "nothing is agreed for the second banner in the first period",
        |case| case.area = "152526",
        State::Received,
        &[Reason::NothingContracted],
    ),
    (
        "somebody who is on no roster took part",
        |case| case.sealed.signers = people(&["jia", "wu"]),
        State::Received,
        &[Reason::NotOnRoster],
    ),
    (
        "somebody whose work begins next month took part",
        |case| case.sealed.signers = people(&["jia", "bing"]),
        State::Received,
        &[Reason::NotOnRoster],
    ),
    (
        "a third who is on no roster signed too",
        |case| case.sealed.signers = people(&["jia", "yi", "wu"]),
        State::Received,
        &[Reason::NotOnRoster],
    ),
    (
        "the household refused, which is not paid",
        |case| case.sealed.outcome = Outcome::Refused,
        State::Received,
        &[Reason::OutcomeUnpaid],
    ),
    (
        "one signed",
        |case| case.sealed.signers = people(&["jia"]),
        State::Received,
        &[Reason::OneInvestigator],
    ),
    (
        "one signed, and that is all that the standard misses",
        |case| {
            case.sealed.signers = people(&["jia"]);
            lacks(case, MissingCode::AssessInvestigators);
        },
        State::Received,
        &[Reason::OneInvestigator],
    ),
    (
        "one signed, and a photo is missing too",
        |case| {
            case.sealed.signers = people(&["jia"]);
            lacks(case, MissingCode::AssessPhoto);
        },
        State::Received,
        &[Reason::OneInvestigator, Reason::Incomplete],
    ),
    (
        "two signed where the standard asks for three",
        |case| lacks(case, MissingCode::AssessInvestigators),
        State::Received,
        &[Reason::Incomplete],
    ),
    (
        "an answer is missing",
        |case| lacks(case, MissingCode::FormRequired),
        State::Received,
        &[Reason::Incomplete],
    ),
    (
        "nobody could assess it",
        |case| case.sealed.assessment = None,
        State::Received,
        &[Reason::Incomplete],
    ),
    (
        "two seals stand side by side",
        |case| {
            case.sealed.against.insert(Reason::SealsCompete);
        },
        State::Received,
        &[Reason::SealsCompete],
    ),
];

#[test]
fn every_change_has_its_reason() {
    for (what, change, state, reasons) in ROWS {
        let mut case = Case::good();
        change(&mut case);
        let standing = case.stands();
        let expected: BTreeSet<Reason> = reasons.iter().copied().collect();
        assert_eq!((standing.state, &standing.reasons), (state, &expected), "{what}");
        assert_eq!(standing.reason(), reasons.first().copied(), "{what}");
        assert_eq!(standing.is_eligible(), state == State::Counted, "{what}");
    }
}

/// Whatever the evidence brings against a visit keeps it from counting, and the first of several is named.
#[test]
fn what_the_evidence_brings_against_a_visit_stands_beside_the_rest() {
    for reason in Reason::ALL {
        let mut case = Case::good();
        case.sealed.against.insert(*reason);
        let standing = case.stands();
        assert_eq!(
            (standing.state, standing.reason()),
            (State::Received, Some(*reason))
        );
        case.sealed.outcome = Outcome::Refused;
        let first = case.stands().reason().unwrap();
        assert_eq!(first, (*reason).min(Reason::OutcomeUnpaid));
    }
}

#[test]
fn a_visit_stands_where_and_when_it_was_made() {
    let standing = Case::good().stands();
    assert_eq!(
        (
            standing.area.as_str(),
            standing.period.as_str(),
            standing.cycle.unwrap().key.as_str()
        ),
        ("152525", "2026-03", "2026-Q1")
    );
    let mut april = Case::good();
    april.opened = WallTime::from_ms(1_774_972_800_000).ok();
    let standing = april.stands();
    assert_eq!(
        (standing.period.as_str(), standing.cycle.unwrap().key.as_str()),
        ("2026-04", "2026-Q2")
    );
    let mut nowhere = Case::good();
    (nowhere.area, nowhere.opened) = ("15", None);
    let standing = nowhere.stands();
    assert_eq!(
        (standing.area.as_str(), standing.period.as_str(), standing.cycle),
        ("", "", None)
    );
}

#[test]
fn before_its_seal_a_visit_has_no_reasons() {
    for (progress, state) in [
        (Progress::Assigned, State::Assigned),
        (Progress::Draft, State::Draft),
        (Progress::Voided, State::Voided),
    ] {
        for (area, contract) in [("152525104201", Some(contract())), ("", None)] {
            let visit = Visit {
                area,
                opened: Some(at(0)),
                progress,
                lifted: &BTreeSet::new(),
            };
            let standing = stand(&visit, contract.as_ref());
            assert_eq!((standing.state, standing.reasons), (state, BTreeSet::new()));
        }
    }
}

#[test]
fn a_day_in_the_term_that_no_cycle_has_counts_in_none() {
    let mut case = Case::good();
    let mut later = terms();
    later["cycle"] = json!({"from": ["2026-01-01", "2026-06-01"]});
    case.contract = Some(Contract::from_json(later.to_string().as_bytes()).unwrap());
    assert_eq!(case.stands().cycle.unwrap().key, "2026-01-01");
}
