//! What is stated beside answers and originals: consent, position, notes, waivers, witnesses, withdrawals.

use hudang_evidence::body::{Amend, Body, Consent, ConsentTo, Position, Remark, Waiver, Witness};
use hudang_evidence::id::{EntryId, PersonId, VisitId};
use hudang_evidence::snapshot::{Disclosure, SaltedDigest};
use hudang_visit::value::InstanceId;
use rusqlite::OptionalExtension as _;

use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result, damaged};

/// What becomes of an earlier entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// It does not stand any more.
    Withdrawn,
    /// A later entry takes its place.
    Replaced,
}

/// Why an earlier entry does not stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Which entry.
    pub of: EntryId,
    /// What becomes of it.
    pub correction: Correction,
    /// Why, as a code of the form, e.g. `wrong-household`.
    pub reason: String,
    /// A further explanation; erasable.
    pub text: Option<String>,
}

/// Why something that the standard wants is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waive {
    /// The requirement's code in the standard.
    pub requirement: String,
    /// Why, as a code.
    pub reason: String,
    /// A further explanation; erasable.
    pub text: Option<String>,
}

impl Device {
    /// States what the household answered.
    pub fn consent(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        to: ConsentTo,
        given: bool,
    ) -> Result<EntryId> {
        self.state(person, visit, |_| Ok(Body::Consent(Consent { to, given })))
    }

    /// States where the phone is.
    pub fn position(&mut self, person: &PersonId, visit: VisitId, position: Position) -> Result<EntryId> {
        self.state(person, visit, |_| Ok(Body::Gps(position)))
    }

    /// Writes a note: its text is erasable, the entry holds a salted digest.
    pub fn note(&mut self, person: &PersonId, visit: VisitId, text: &str) -> Result<EntryId> {
        self.state(person, visit, |desk| {
            let id = InstanceId::from_bytes(desk.scope.random());
            desk.document.set_note(id, text)?;
            let sd = desk.remark("note", text)?;
            Ok(Body::Note(Remark { sd }))
        })
    }

    /// States why something that the standard wants is missing.
    pub fn waive(&mut self, person: &PersonId, visit: VisitId, waive: &Waive) -> Result<EntryId> {
        self.state(person, visit, |desk| {
            let text = waive.text.as_deref();
            Ok(Body::Waiver(Waiver {
                requirement: waive.requirement.clone(),
                reason: waive.reason.clone(),
                sd: text.map(|text| desk.remark("waiver", text)).transpose()?,
            }))
        })
    }

    /// Confirms an entry of another person, such as a waiver.
    pub fn witness(&mut self, person: &PersonId, visit: VisitId, of: EntryId) -> Result<EntryId> {
        self.state(person, visit, |desk| {
            let entries = desk.scope.entries(visit)?;
            let entry = entries.iter().find(|entry| entry.id() == of);
            let dev = entry.ok_or(DeviceError::EntryUnknown)?.header().dev;
            let who = |wanted| {
                entries.iter().find_map(|entry| match entry.body() {
                    Body::Open(open) if entry.header().dev == wanted => Some(&open.person),
                    _ => None,
                })
            };
            if dev == desk.dev || who(dev) == who(desk.dev) {
                return Err(DeviceError::WitnessSelf);
            }
            Ok(Body::Witness(Witness { of }))
        })
    }

    /// Withdraws or replaces an entry: a new entry says so, the earlier one stays.
    pub fn withdraw(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        withdrawal: &Withdrawal,
    ) -> Result<EntryId> {
        self.state(person, visit, |desk| {
            let entries = desk.scope.entries(visit)?;
            let of = entries.iter().find(|entry| entry.id() == withdrawal.of);
            if matches!(of.ok_or(DeviceError::EntryUnknown)?.body(), Body::Void(_)) {
                desk.scope.send_again(visit)?;
            }
            let text = withdrawal.text.as_deref();
            Ok(Body::Amend(Amend {
                of: withdrawal.of,
                withdraw: withdrawal.correction == Correction::Withdrawn,
                reason: withdrawal.reason.clone(),
                sd: text.map(|text| desk.remark("amend", text)).transpose()?,
            }))
        })
    }

    /// One entry of one person.
    pub(crate) fn state(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        body: impl FnOnce(&mut Desk<'_>) -> Result<Body>,
    ) -> Result<EntryId> {
        self.commit(|scope| {
            let mut desk = Desk::take(scope, visit, scope.holder(person)?.dev)?;
            let body = body(&mut desk)?;
            let entry = desk.state(body)?;
            desk.put_away()?;
            Ok(entry.id())
        })
    }

    /// The text that an entry left beside itself, e.g. a note or a proxy's name; nothing where it was erased or has not come.
    pub fn remark(&self, digest: &SaltedDigest) -> Result<Option<String>> {
        self.scope().remark(digest)
    }
}

impl Scope<'_> {
    /// The text that an entry left beside itself.
    pub(crate) fn remark(&self, digest: &SaltedDigest) -> Result<Option<String>> {
        let mut select = self
            .db
            .prepare_cached("SELECT text FROM disclosure WHERE digest = ?1 AND snapshot = x''")?;
        let text: Option<String> = select
            .query_row([digest.to_string()], |row| row.get(0))
            .optional()?;
        let Some(text) = text else { return Ok(None) };
        let disclosure = Disclosure::parse(&text).map_err(|error| damaged("a remark", error))?;
        Ok(disclosure.value().as_str().map(str::to_owned))
    }
}

impl Desk<'_> {
    /// Keeps a text beside the entry that will name its digest.
    pub(crate) fn remark(&mut self, name: &str, text: &str) -> Result<SaltedDigest> {
        let disclosure = Disclosure::new(self.scope.random(), name, text.into());
        if disclosure.as_str().len() > hudang_evidence::snapshot::DISCLOSURE_BYTES_MAX {
            return Err(DeviceError::Evidence("a text is too long".to_owned()));
        }
        let digest = SaltedDigest::of(&disclosure);
        self.scope.keep_disclosure(self.visit, b"", &disclosure)?;
        self.remarks.push(digest);
        Ok(digest)
    }
}
