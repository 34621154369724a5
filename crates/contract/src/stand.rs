//! Where one visit stands by itself, before the household's other visits are looked at (DESIGN §5 "Counted", §8).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use hudang_evidence::id::PersonId;
use hudang_evidence::time::WallTime;
use hudang_visit::Outcome;
use hudang_visit::assess::{Assessment, MissingCode};
use hudang_visit::standard::SharedPhone;
use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::cycle::Cycle;
use crate::state::{Reason, State};

/// How far a visit has come.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// People are to make it; nothing of it is here.
    Assigned,
    /// Entries are here, but no seal.
    Draft,
    /// Entries are here that say that it is not to be finished, and no seal.
    Voided,
    /// A seal is here.
    Sealed(&'a Sealed),
}

/// What is known about a sealed visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Sealed {
    /// How it ended.
    pub outcome: Outcome,
    /// The facts held to the standard; `None` where the contract is not known.
    pub assessment: Option<Assessment>,
    /// Who took part and whose signatures count: on the governing seal, or on one that it supersedes and only adds to.
    pub signers: BTreeSet<PersonId>,
    /// The seal names answers that are not here.
    pub answers_awaited: bool,
    /// Originals that the governing seal names and that are not here, or that nobody has looked into.
    pub media_awaited: u64,
    /// Entries that the governing seal covers and that are not here.
    pub entries_awaited: u64,
    /// What else stands against it: findings about its evidence, as reasons.
    pub against: BTreeSet<Reason>,
}

/// A visit to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// The household's area code; empty where the office does not know the household.
    pub area: &'a str,
    /// When it was opened, bounded by what the server saw; `None` before that.
    pub opened: Option<WallTime>,
    /// How far it has come.
    pub progress: Progress<'a>,
    /// What the purchaser decided shall not keep it from counting.
    pub lifted: &'a BTreeSet<Reason>,
}

/// Where a visit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// Why it stands no further; sorted, the first one is what counts show.
    pub reasons: BTreeSet<Reason>,
    /// What would keep it from counting, had the purchaser not decided otherwise.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lifted: BTreeSet<Reason>,
    /// The contracted area; empty where the household lies in none.
    pub area: String,
    /// The contracted period; empty where the day lies in none.
    pub period: String,
    /// The cycle in which the household counts once; absent outside the term.
    pub cycle: Option<Cycle>,
}

impl Standing {
    /// The reason that counts show.
    pub fn reason(&self) -> Option<Reason> {
        self.reasons.first().copied()
    }

    /// Whether it counts, if no other visit of its household does in this cycle.
    pub fn is_eligible(&self) -> bool {
        self.state.is_counted()
            || (self.state == State::Received && self.reasons.iter().all(|r| *r == Reason::Repeat))
    }
}

/// Judges a visit by itself. Where nothing stands against it, it is `counted`; [`crate::settle::settle`] then
/// decides among the household's visits.
pub fn stand(visit: &Visit<'_>, contract: Option<&Contract>) -> Standing {
    let day = visit.opened.map(WallTime::day);
    let area = contract.and_then(|contract| contract.area_of(visit.area));
    let period = contract
        .zip(day)
        .and_then(|(contract, day)| contract.period_of(day));
    let mut standing = Standing {
        state: State::Assigned,
        reasons: BTreeSet::new(),
        lifted: BTreeSet::new(),
        area: area.map(|area| area.code.clone()).unwrap_or_default(),
        period: period.map(|period| period.key.clone()).unwrap_or_default(),
        cycle: contract
            .zip(day)
            .and_then(|(contract, day)| contract.cycle_of(day)),
    };
    match visit.progress {
        Progress::Assigned => {}
        Progress::Draft => standing.state = State::Draft,
        Progress::Voided => standing.state = State::Voided,
        Progress::Sealed(sealed) => {
            standing.reasons = awaited(sealed);
            if !standing.reasons.is_empty() {
                standing.state = State::Sealed;
                return standing;
            }
            standing.reasons = against(sealed, &standing, day, contract);
            lift(&mut standing, visit.lifted, contract);
            standing.state = if standing.reasons.is_empty() {
                State::Counted
            } else {
                State::Received
            };
        }
    }
    standing
}

/// Takes away the reasons that the purchaser has lifted; the standing goes on naming them. Where the standard says that a
/// shared phone never counts, no decision about one visit says otherwise.
fn lift(standing: &mut Standing, lifted: &BTreeSet<Reason>, contract: Option<&Contract>) {
    let is_never_shared =
        contract.is_some_and(|contract| contract.standard().shared_phone() == SharedPhone::Never);
    standing.lifted = standing
        .reasons
        .intersection(lifted)
        .filter(|reason| reason.is_liftable() && !(is_never_shared && **reason == Reason::SharedPhone))
        .copied()
        .collect();
    let lifted = &standing.lifted;
    standing.reasons.retain(|reason| !lifted.contains(reason));
}

/// What the seal names and is not here.
fn awaited(sealed: &Sealed) -> BTreeSet<Reason> {
    let waits = [
        (sealed.entries_awaited > 0, Reason::EntriesAwaited),
        (sealed.answers_awaited, Reason::AnswersAwaited),
        (sealed.media_awaited > 0, Reason::MediaAwaited),
    ];
    waits
        .into_iter()
        .filter_map(|(waits, reason)| waits.then_some(reason))
        .collect()
}

/// What keeps a received visit from counting.
fn against(
    sealed: &Sealed,
    standing: &Standing,
    day: Option<NaiveDate>,
    contract: Option<&Contract>,
) -> BTreeSet<Reason> {
    let mut reasons = sealed.against.clone();
    if sealed.signers.len() < 2 {
        reasons.insert(Reason::OneInvestigator);
    }
    let Some(contract) = contract else {
        reasons.insert(Reason::ContractUnknown);
        return reasons;
    };
    if standing.area.is_empty() {
        reasons.insert(Reason::OutsideArea);
    }
    if standing.period.is_empty() || standing.cycle.is_none() {
        reasons.insert(Reason::OutsidePeriod);
    }
    let placed = !standing.area.is_empty() && !standing.period.is_empty();
    if placed && contract.quantity(&standing.area, &standing.period) == 0 {
        reasons.insert(Reason::NothingContracted);
    }
    let on_roster = |person| day.is_some_and(|day| contract.has_on_roster(person, day));
    if !sealed.signers.iter().all(on_roster) {
        reasons.insert(Reason::NotOnRoster);
    }
    if !contract.pays(sealed.outcome) {
        reasons.insert(Reason::OutcomeUnpaid);
    }
    let complete = sealed.assessment.as_ref().is_some_and(|found| {
        // One signature too few has its own reason, unless the standard asks for more than two.
        let alone = sealed.signers.len() < 2;
        found
            .missing
            .iter()
            .all(|piece| alone && piece.code == MissingCode::AssessInvestigators)
    });
    if !complete {
        reasons.insert(Reason::Incomplete);
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(shared_phone: &str) -> Contract {
        let json = serde_json::json!({
            "id": "HT-1", "title": "x", "buyer": "minzheng", "contractors": ["xinghe"],
            "term": {"from": "2026-01-01", "to": "2026-12-31"},
            "areas": [{"code": "152525", "name": "东乌旗"}],
            "periods": [{"key": "Q1", "from": "2026-01-01", "to": "2026-03-31"}],
            "quantities": [{"area": "152525", "period": "Q1", "visits": 4}],
            "cycle": "quarter", "paid": ["done"],
            "standard": {"title": "x", "shared_phone": shared_phone, "outcomes": {"done": {"investigators": 2}}},
            "roster": [{"person": "jia", "org": "xinghe"}, {"person": "yi", "org": "xinghe"}]
        });
        Contract::from_json(json.to_string().as_bytes()).unwrap()
    }

    /// Where a visit stands against which these reasons are, of which the purchaser has lifted some.
    fn stands(against: &[Reason], lifted: &[Reason], contract: &Contract) -> Standing {
        let sealed = Sealed {
            outcome: Outcome::Done,
            assessment: Some(Assessment {
                outcome: Outcome::Done,
                missing: Vec::new(),
                waived: Vec::new(),
            }),
            signers: ["jia", "yi"].map(|person| person.parse().unwrap()).into(),
            answers_awaited: false,
            media_awaited: 0,
            entries_awaited: 0,
            against: against.iter().copied().collect(),
        };
        let visit = Visit {
            area: "152525",
            opened: "2026-03-20T00:00:00.000Z".parse().ok(),
            progress: Progress::Sealed(&sealed),
            lifted: &lifted.iter().copied().collect(),
        };
        stand(&visit, Some(contract))
    }

    #[test]
    fn a_lift_takes_away_what_may_be_lifted_and_nothing_else() {
        let contract = contract("review");
        let all = [Reason::TimeUncertain, Reason::Late, Reason::SharedPhone];
        let standing = stands(&all, &all, &contract);
        assert_eq!(standing.state, State::Counted);
        assert_eq!(standing.lifted, all.into(), "it goes on saying what was lifted");
        let standing = stands(&all, &[Reason::Late], &contract);
        assert_eq!(standing.reason(), Some(Reason::TimeUncertain));
        assert_eq!(standing.lifted, [Reason::Late].into());
        let standing = stands(&[], &all, &contract);
        assert_eq!((standing.state, standing.lifted.len()), (State::Counted, 0));
        for reason in Reason::ALL.iter().copied().filter(|reason| !reason.is_liftable()) {
            let standing = stands(&[reason], &[reason], &contract);
            assert_eq!(standing.reasons, [reason].into(), "{reason}");
            assert_eq!((standing.state, standing.lifted.len()), (State::Received, 0));
        }
    }

    #[test]
    fn shared_phone_that_never_counts_is_not_lifted() {
        let lifted = [Reason::SharedPhone, Reason::Late];
        let standing = stands(&lifted, &lifted, &contract("never"));
        assert_eq!(standing.reason(), Some(Reason::SharedPhone));
        assert_eq!(standing.lifted, [Reason::Late].into());
    }
}
