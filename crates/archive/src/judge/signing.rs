//! What decides whose signatures count, beside entries and seals (EVIDENCE §1.10 R1–R3): the answers that were signed, what the
//! office decided, the roster, and what the standard says of two people on one phone.

use std::collections::BTreeSet;

use hudang_contract::state::Reason;
use hudang_evidence::id::{DeviceId, PersonId, SealId, SnapshotHash, VisitId};
use hudang_evidence::seal::SealBody;
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_evidence::time::WallTime;
use hudang_evidence::verify::{AnswersBySnapshot, Keyring, Part, Report, Rulings, Signature, SignedSeal};
use hudang_visit::questionnaire::signed::sealed_answers;
use hudang_visit::standard::{SharedPhone, Standard};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::facts::Evidence;
use crate::derive::{self, RefusedSigner, parse_id};
use crate::error::{ArchiveError, Result};
use crate::file::disclosures_of;
use crate::journal;
use crate::known::Known;
use crate::returns;

/// The finding about a signature that was not admitted.
const REFUSED: &str = "SIGNER-REFUSED";
/// Why a signature of somebody who was not on the contract's roster is not admitted.
const NOT_ON_ROSTER: &str = "not-on-roster";

/// What decides whose signatures count.
pub(super) struct Signing {
    pub(super) answers: AnswersBySnapshot,
    pub(super) returned: BTreeSet<SealId>,
    replaced: BTreeSet<PersonId>,
    refused: BTreeSet<(SealId, DeviceId)>,
    /// Codes with details.
    pub(super) findings: Vec<(String, serde_json::Value)>,
}

impl Signing {
    /// Reads it for a visit, once it is settled whose entries and seals it is judged by.
    pub(super) fn of(db: &Connection, known: &Known, visit: VisitId, evidence: &Evidence) -> Result<Self> {
        let (seals, keys, opened) = (&evidence.seals, &evidence.keys, evidence.opened());
        let mut signing = Self {
            answers: AnswersBySnapshot::new(),
            returned: returns::seals(db, visit)?,
            replaced: replaced(db, visit)?,
            refused: BTreeSet::new(),
            findings: Vec::new(),
        };
        for (refused, code) in RefusedSigner::of_visit(db, visit)? {
            let details = json!({ "subject": refused.dev, "seal": refused.seal, "why": code });
            signing.findings.push((REFUSED.to_owned(), details));
        }
        for (id, signed) in seals {
            signing.hold_to_roster(db, known, (*id, signed), keys, opened)?;
        }
        // Only where one seal takes the place of another is there anything to compare.
        if seals.len() > 1 {
            for signed in seals.values() {
                signing.read_answers(db, known, signed.seal.body())?;
            }
        }
        Ok(signing)
    }

    /// What was decided about the visit.
    pub(super) const fn rulings(&self) -> Rulings<'_> {
        Rulings {
            returned: &self.returned,
            refused: &self.refused,
            replaced: &self.replaced,
        }
    }

    /// Whether a finding about a refused signature of this device is here already.
    pub(super) fn tells_of(&self, dev: &str) -> bool {
        self.findings.iter().any(|(_, details)| details["subject"] == dev)
    }

    /// Refuses the signatures of people who were not on the contract's roster on the opening day.
    fn hold_to_roster(
        &mut self,
        db: &Connection,
        known: &Known,
        seal: (SealId, &SignedSeal),
        keys: &Keyring,
        opened: Option<WallTime>,
    ) -> Result<()> {
        let (id, signed) = seal;
        let Some(day) = opened.map(WallTime::day) else {
            return Ok(());
        };
        let versions = derive::versions(db, known, &signed.seal.body().contract)?;
        let Some(contract) = versions.for_visit(Some(day)) else {
            return Ok(());
        };
        for dev in &signed.signers {
            let person = keys.get(dev).map(|enrolled| &enrolled.person);
            if person.is_some_and(|person| !contract.has_on_roster(person, day)) {
                self.refused.insert((id, *dev));
                let details = json!({ "subject": dev, "seal": id, "why": NOT_ON_ROSTER });
                self.findings.push((REFUSED.to_owned(), details));
            }
        }
        Ok(())
    }

    fn read_answers(&mut self, db: &Connection, known: &Known, seal: &SealBody) -> Result<()> {
        let Some(hash) = seal.snapshot.filter(|hash| !self.answers.contains_key(hash)) else {
            return Ok(());
        };
        if let Some((snapshot, disclosures)) = snapshot(db, seal.visit, hash)? {
            let form = derive::questionnaire(db, known, seal.form)?;
            let answers = sealed_answers(form.as_deref(), &snapshot, &disclosures);
            self.answers.insert(hash, answers);
        }
        Ok(())
    }

    /// The reasons that follow from the signatures. Where the standard never takes two people on one phone, the signature of the
    /// second counts for nothing, so that no decision about the phone helps.
    pub(super) fn reasons(&self, report: &mut Report, standard: Option<&Standard>) -> BTreeSet<Reason> {
        let mut reasons = BTreeSet::new();
        let is_refused = |person: &PersonId, part: &Part| {
            part.signature == Signature::Refused && !self.replaced.contains(person)
        };
        if report.parts.iter().any(|(person, part)| is_refused(person, part)) {
            reasons.insert(Reason::NotOnRoster);
        }
        if !report.shared.is_empty() {
            reasons.insert(Reason::SharedPhone);
        }
        if standard.is_some_and(|standard| standard.shared_phone() == SharedPhone::Never) {
            for (_, second) in &report.shared {
                report.signers.remove(second);
            }
            if !report.shared.is_empty() {
                reasons.insert(Reason::OneInvestigator);
            }
        }
        reasons
    }
}

/// The people from whom the office took the visit when it gave it to others.
fn replaced(db: &Connection, visit: VisitId) -> Result<BTreeSet<PersonId>> {
    let mut select = db.prepare_cached("SELECT person FROM assignment WHERE visit = ?1 AND withdrawn = 1")?;
    let people = select.query_map([visit.to_bytes()], |row| row.get::<_, String>(0))?;
    people.map(|person| parse_id(&person?)).collect()
}

/// A snapshot with the values that are still kept; nothing while it is not here.
pub(super) fn snapshot(
    db: &Connection,
    visit: VisitId,
    hash: SnapshotHash,
) -> Result<Option<(Snapshot, Vec<Disclosure>)>> {
    let mut select = db.prepare_cached("SELECT journal FROM snapshot WHERE visit = ?1 AND hash = ?2")?;
    let place = select
        .query_row(params![visit.to_bytes(), hash.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(seq) = place else { return Ok(None) };
    let damaged =
        |error: &dyn core::fmt::Display| ArchiveError::Damaged(format!("journal row {seq}: {error}"));
    let snapshot = Snapshot::parse(&journal::payload(db, seq)?).map_err(|error| damaged(&error))?;
    let texts = disclosures_of(db, visit, hash.as_bytes())?;
    let disclosures: Vec<Disclosure> = texts
        .iter()
        .map(|text| Disclosure::parse(text))
        .collect::<Result<_, _>>()
        .map_err(|error| damaged(&error))?;
    Ok(Some((snapshot, disclosures)))
}
