//! Which visit of a household counts in a cycle: of several complete ones the earliest opened, ties by id,
//! whatever order they arrived in; an accepted one is never displaced (DESIGN §5 "Counted").
//!
//! Households whose visits hold one identity number are one household under two codes: of all their visits one counts
//! (EVIDENCE §1.10 R9). Only visits that could count tell so: one that nobody believes connects nobody.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::{HouseholdId, Sha256, VisitId};
use hudang_evidence::time::WallTime;

use crate::stand::Standing;
use crate::state::{Reason, State};

/// A visit of the household, or of one that may be the same, in the cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The visit.
    pub visit: VisitId,
    /// Its household.
    pub household: HouseholdId,
    /// What stands for the identity number of the household's head, if its answers hold one.
    pub identity: Option<Sha256>,
    /// When it was opened, bounded by what the server saw.
    pub opened: WallTime,
    /// Where it stands by itself, or where it stood after an earlier settlement.
    pub standing: Standing,
}

/// How the visits of households in one cycle stand to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The visits that count.
    pub counts: BTreeSet<VisitId>,
    /// Where each visit stands.
    pub standings: BTreeMap<VisitId, Standing>,
}

/// The visits of what is one household.
#[derive(Default)]
struct Family<'a> {
    households: BTreeSet<HouseholdId>,
    identities: BTreeSet<Sha256>,
    members: Vec<&'a Candidate>,
}

impl<'a> Family<'a> {
    fn has(&self, one: &Candidate) -> bool {
        self.households.contains(&one.household)
            || one
                .identity
                .is_some_and(|identity| self.identities.contains(&identity))
    }

    fn take(&mut self, one: &'a Candidate) {
        self.households.insert(one.household);
        self.identities.extend(one.identity);
        self.members.push(one);
    }

    fn merge(mut self, other: Self) -> Self {
        self.households.extend(other.households);
        self.identities.extend(other.identities);
        self.members.extend(other.members);
        self
    }

    /// The visits of it that count: one, or those that were accepted before it was known to be one household.
    fn counting(&self) -> Vec<VisitId> {
        let is_accepted = |one: &&&Candidate| one.standing.state == State::Accepted;
        let accepted: Vec<VisitId> = self
            .members
            .iter()
            .filter(is_accepted)
            .map(|one| one.visit)
            .collect();
        if !accepted.is_empty() {
            return accepted;
        }
        let first = self.members.iter().min_by_key(|one| (one.opened, one.visit));
        first.map(|one| one.visit).into_iter().collect()
    }
}

/// Decides among the visits of one contract and cycle, of one household or of those that may be the same. Settling again
/// changes nothing.
pub fn settle(candidates: &[Candidate]) -> Settlement {
    let mut families: Vec<Family<'_>> = Vec::new();
    for one in candidates.iter().filter(|one| one.standing.is_eligible()) {
        let (joined, others) = families
            .into_iter()
            .partition(|family: &Family<'_>| family.has(one));
        families = others;
        let mut family = joined.into_iter().fold(Family::default(), Family::merge);
        family.take(one);
        families.push(family);
    }
    let counts: BTreeSet<VisitId> = families.iter().flat_map(Family::counting).collect();
    let standings = candidates.iter().map(|one| {
        let mut standing = one.standing.clone();
        if standing.is_eligible() {
            if counts.contains(&one.visit) {
                standing.reasons.remove(&Reason::Repeat);
                if standing.state == State::Received {
                    standing.state = State::Counted;
                }
            } else {
                standing.state = State::Received;
                standing.reasons.insert(Reason::Repeat);
            }
        }
        (one.visit, standing)
    });
    Settlement {
        standings: standings.collect(),
        counts,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn visit(n: u8) -> VisitId {
        VisitId::new(1, [n; 10])
    }

    fn candidate(n: u8, household: u8, identity: u8, state: State) -> Candidate {
        Candidate {
            visit: visit(n),
            household: HouseholdId::new(1, [household; 10]),
            identity: (identity > 0).then(|| Sha256::of(&[identity])),
            opened: WallTime::from_ms_clamped(i64::from(n)),
            standing: Standing {
                state,
                reasons: match state {
                    State::Received => [Reason::Incomplete].into(),
                    _ => BTreeSet::new(),
                },
                lifted: BTreeSet::new(),
                area: String::new(),
                period: String::new(),
                cycle: None,
            },
        }
    }

    fn counts(candidates: &[(u8, u8, u8, State)]) -> Vec<u8> {
        let all: Vec<Candidate> = candidates
            .iter()
            .map(|(n, household, identity, state)| candidate(*n, *household, *identity, *state))
            .collect();
        let settled = settle(&all);
        let counted = candidates
            .iter()
            .filter(|(n, ..)| settled.standings[&visit(*n)].state.is_counted());
        let counted: Vec<u8> = counted.map(|(n, ..)| *n).collect();
        assert_eq!(
            counted.iter().map(|n| visit(*n)).collect::<BTreeSet<_>>(),
            settled.counts
        );
        counted
    }

    use State::{Accepted, Counted, Received};

    #[test]
    fn one_household_counts_once() {
        assert_eq!(counts(&[(2, 1, 0, Counted), (1, 1, 0, Counted)]), [1]);
        assert_eq!(counts(&[(1, 1, 0, Received), (2, 1, 0, Counted)]), [2]);
        assert_eq!(counts(&[(1, 1, 0, Counted), (2, 1, 0, Accepted)]), [2]);
        assert_eq!(counts(&[(1, 1, 0, Counted), (2, 2, 0, Counted)]), [1, 2]);
    }

    #[test]
    fn household_twin_of_two_codes_with_one_identity_counts_once() {
        assert_eq!(counts(&[(1, 1, 7, Counted), (2, 2, 7, Counted)]), [1]);
        assert_eq!(counts(&[(1, 1, 7, Counted), (2, 2, 8, Counted)]), [1, 2]);
        // Three codes, joined by two numbers.
        let three = [
            (3, 3, 8, Counted),
            (1, 1, 7, Counted),
            (2, 2, 7, Counted),
            (4, 2, 8, Counted),
        ];
        assert_eq!(counts(&three), [1]);
        // What was accepted before both were known to be one stays.
        assert_eq!(
            counts(&[(1, 1, 7, Accepted), (2, 2, 7, Accepted), (3, 2, 7, Counted)]),
            [1, 2]
        );
    }

    #[test]
    fn household_twin_told_by_a_visit_that_does_not_count_harms_nobody() {
        let told = [(1, 1, 7, Counted), (2, 2, 8, Counted), (3, 2, 7, Received)];
        assert_eq!(counts(&told), [1, 2]);
    }

    proptest! {
        #[test]
        fn order_is_nothing_and_settling_again_changes_nothing(
            visits in prop::collection::vec((1_u8..5, 0_u8..4, 0_u8..3), 0..9).prop_shuffle(),
        ) {
            let state = |state| [Counted, Received, Accepted][usize::from(state)];
            let all: Vec<Candidate> = (1..)
                .zip(&visits)
                .map(|(n, (household, identity, of))| candidate(n, *household, *identity, state(*of)))
                .collect();
            let settled = settle(&all);
            let mut turned = all.clone();
            turned.reverse();
            prop_assert_eq!(&settle(&turned), &settled);
            let again: Vec<Candidate> = all
                .into_iter()
                .map(|one| Candidate { standing: settled.standings[&one.visit].clone(), ..one })
                .collect();
            prop_assert_eq!(&settle(&again), &settled);
        }
    }
}
