//! Which visit of a household counts in a cycle: of several complete ones the earliest opened, ties by id,
//! whatever order they arrived in; an accepted one is never displaced (DESIGN §5 "Counted").

use std::collections::BTreeMap;

use hudang_evidence::id::VisitId;
use hudang_evidence::time::WallTime;

use crate::stand::Standing;
use crate::state::{Reason, State};

/// A visit of the household in the cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The visit.
    pub visit: VisitId,
    /// When it was opened, bounded by what the server saw.
    pub opened: WallTime,
    /// Where it stands by itself, or where it stood after an earlier settlement.
    pub standing: Standing,
}

/// How the visits of one household in one cycle stand to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The visit that counts; nothing where none can.
    pub counts: Option<VisitId>,
    /// Where each visit stands.
    pub standings: BTreeMap<VisitId, Standing>,
}

/// Decides among the visits of one household, contract and cycle. Settling again changes nothing.
pub fn settle(candidates: &[Candidate]) -> Settlement {
    let by_age = |candidate: &&Candidate| (candidate.opened, candidate.visit);
    let accepted = candidates
        .iter()
        .filter(|one| one.standing.state == State::Accepted)
        .min_by_key(by_age);
    let eligible = candidates
        .iter()
        .filter(|one| one.standing.is_eligible())
        .min_by_key(by_age);
    let counts = accepted.or(eligible).map(|candidate| candidate.visit);
    let standings = candidates.iter().map(|one| {
        let mut standing = one.standing.clone();
        if standing.is_eligible() {
            if Some(one.visit) == counts {
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
        counts,
        standings: standings.collect(),
    }
}
