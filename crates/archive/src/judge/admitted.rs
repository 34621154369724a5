//! Whose entries and seals a visit is judged by: those of the people who have to do with it. What others sent is set aside; it
//! neither sets household, contract or opening, nor keeps the visit waiting, nor competes with its seal.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::{DeviceId, HouseholdId, PersonId, SealId, VisitId};
use hudang_evidence::seal::SealBody;
use hudang_evidence::time::WallTime;
use hudang_evidence::verify::SignedSeal;
use rusqlite::{Connection, params};
use serde_json::json;

use super::facts::Evidence;
use crate::assigned::{Assigned, Tie, is_adopted};
use crate::derive::parse_id;
use crate::error::Result;
use crate::phones;

/// The finding about people who wrote or took part without being assigned.
const NOT_ASSIGNED: &str = "NOT-ASSIGNED";
/// The notice that somebody was assigned after the visit was opened.
const ASSIGNED_LATE: &str = "ASSIGNED-LATE";

/// Who wrote or signed in a visit, and what each key is to it.
pub(super) struct Admitted {
    ties: BTreeMap<DeviceId, (Tie, PersonId)>,
    /// Who has to do with the visit.
    pub(super) assigned: Assigned,
    /// Who wrote without being assigned, and is set aside.
    set_aside: BTreeSet<PersonId>,
}

impl Admitted {
    /// Sets aside what people brought who have nothing to do with the visit. Somebody whom a seal of its people names as one of
    /// them stays: they vouch for that, and the visit waits for the office.
    pub(super) fn of(db: &Connection, visit: VisitId, evidence: &mut Evidence) -> Result<Self> {
        let assigned = Assigned::read(db, visit)?;
        let mut ties = BTreeMap::new();
        for device in evidence.keys.keys() {
            if let Some(device) = phones::device_where(db, "id = ?1", device.as_bytes())? {
                ties.insert(device.id, (assigned.tie(&device), device.person));
            }
        }
        let tie = |device: &DeviceId| ties.get(device).map_or(Tie::None, |(tie, _)| *tie);
        let is_theirs = |device: &DeviceId| tie(device) != Tie::None;
        let is_assigned = |device: &DeviceId| tie(device) == Tie::Assigned;
        let superseded: BTreeSet<SealId> = evidence
            .seals
            .values()
            .filter_map(|signed| signed.seal.body().supersedes)
            .collect();
        let by = |signed: &SignedSeal, is: &dyn Fn(&DeviceId) -> bool| signed.signers.iter().any(is);
        let by_assigned = evidence.seals.values().any(|signed| by(signed, &is_assigned));
        // What somebody sealed who was replaced afterwards holds, unless those who came in his place have sealed.
        evidence.seals.retain(|id, signed| {
            by(signed, &is_assigned) || (by(signed, &is_theirs) && (!by_assigned || superseded.contains(id)))
        });
        let is_sealed = !evidence.seals.is_empty();
        let mut named = BTreeSet::new();
        for signed in evidence.seals.values_mut() {
            let body = signed.seal.body();
            named.extend(body.heads.iter().map(|head| head.dev));
            let takes_part: BTreeSet<DeviceId> = body.participants.iter().map(|one| one.dev).collect();
            signed
                .signers
                .retain(|signer| is_theirs(signer) || takes_part.contains(signer));
        }
        let mut set_aside = BTreeSet::new();
        evidence.keep_entries(|device| {
            let writes = match tie(device) {
                Tie::None => false,
                Tie::Replaced => !is_sealed,
                Tie::Assigned => true,
            };
            let stays = writes || named.contains(device);
            if tie(device) == Tie::None
                && !stays
                && let Some((_, person)) = ties.get(device)
            {
                set_aside.insert(person.clone());
            }
            stays
        });
        Ok(Self {
            ties,
            assigned,
            set_aside,
        })
    }

    /// Whether all who took part in what a seal covers have to do with the visit, and the office has adopted a household that
    /// they found; with what is to be told of that.
    pub(super) fn weigh(
        &self,
        db: &Connection,
        visit: VisitId,
        seal: Option<&SealBody>,
        (household, opened): (HouseholdId, Option<WallTime>),
    ) -> Result<(bool, Vec<(String, serde_json::Value)>)> {
        let not_assigned = seal.map(|seal| self.not_assigned(seal)).unwrap_or_default();
        let mut findings: Vec<_> = self
            .set_aside
            .union(&not_assigned)
            .map(|person| (NOT_ASSIGNED.to_owned(), json!({ "person": person })))
            .collect();
        if let (Some(seal), Some(opened)) = (seal, opened) {
            for person in assigned_late(db, visit, opened)? {
                if seal.participants.iter().any(|one| one.person == person) {
                    findings.push((ASSIGNED_LATE.to_owned(), json!({ "person": person })));
                }
            }
        }
        let is_adopted = !self.assigned.is_found() || is_adopted(db, visit, household)?;
        Ok((not_assigned.is_empty() && is_adopted, findings))
    }

    /// Who took part in what a seal covers without having to do with the visit.
    fn not_assigned(&self, seal: &SealBody) -> BTreeSet<PersonId> {
        let is_strange = |device: &DeviceId| {
            self.ties
                .get(device)
                .filter(|(tie, _)| *tie == Tie::None)
                .map(|(_, person)| person.clone())
        };
        let devices = seal.participants.iter().map(|one| &one.dev);
        devices
            .chain(seal.heads.iter().map(|head| &head.dev))
            .filter_map(is_strange)
            .collect()
    }
}

/// Those who were assigned only after the visit was opened.
fn assigned_late(db: &Connection, visit: VisitId, opened: WallTime) -> Result<Vec<PersonId>> {
    let mut select = db.prepare_cached(
        "SELECT person FROM assignment JOIN journal ON journal.seq = assignment.since
         WHERE visit = ?1 AND withdrawn = 0 AND journal.recv_ms > ?2 ORDER BY person",
    )?;
    let people = select.query_map(params![visit.to_bytes(), opened.ms()], |row| {
        row.get::<_, String>(0)
    })?;
    people.map(|person| parse_id(&person?)).collect()
}
