//! Whether visits count, for those who made them.

use std::collections::BTreeSet;

use hudang_contract::state::Reason;
use hudang_evidence::id::VisitId;
use hudang_sync::wire::{MissingParcel, StandingParcel};
use hudang_visit::assess::Missing;
use rusqlite::Connection;

use super::Sender;
use crate::assigned::{Assigned, Tie};
use crate::error::Result;
use crate::judge;

/// Where each of these visits stands. One that is not the sender's, or that is not here, is passed over: both look alike.
pub(super) fn of(db: &Connection, sender: &Sender, asked: &[VisitId]) -> Result<Vec<StandingParcel>> {
    let mut found = Vec::new();
    for visit in asked.iter().copied().collect::<BTreeSet<_>>() {
        let assigned = Assigned::read(db, visit)?;
        let is_theirs = sender
            .working()
            .any(|device| assigned.tie(device) == Tie::Assigned);
        if !is_theirs {
            continue;
        }
        let Some((seal, kept)) = judge::kept(db, visit)? else {
            continue;
        };
        let standing = &kept.standing;
        // Before everything is here, and was looked into, nobody knows; what is still to come is for the receipt to say.
        if !standing.state.is_received() {
            continue;
        }
        found.push(StandingParcel {
            visit,
            state: standing.state.as_str().to_owned(),
            reasons: standing
                .reasons
                .iter()
                .copied()
                .map(Reason::as_str)
                .map(str::to_owned)
                .collect(),
            missing: kept.missing.iter().map(parcel).collect(),
            seal,
        });
    }
    Ok(found)
}

fn parcel(missing: &Missing) -> MissingParcel {
    MissingParcel {
        code: missing.code.to_string(),
        requirement: missing.requirement.clone(),
        have: missing.have,
        need: missing.need,
    }
}
