//! Whose signatures will count: the same rules as on the server, before anyone seals (EVIDENCE §1.10 R1, R3).

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{DeviceId, PersonId, SealId, VisitId};
use hudang_evidence::note::{Note, installation_id};
use hudang_evidence::seal::{Outcome, Seal};
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_evidence::verify::{
    self, AnswersBySnapshot, Enrolled, Keyring, Report, Rulings, Signature, SignedSeal, Stale, Trusted,
};
use hudang_visit::questionnaire::signed::sealed_answers;
use hudang_visit::standard::SharedPhone;

use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result, damaged};
use crate::seal::{StandingAnswers, open_seals};

/// How somebody who takes part in a visit stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitSigner {
    /// Who.
    pub person: PersonId,
    /// Whether the person opened the visit with an own key.
    pub opened: bool,
    /// Whether the person left an own trace of having been there.
    pub traced: bool,
    /// Whether the person's signature stands for the visit as it is now.
    pub signed: bool,
    /// Why the person's signature does not stand any more.
    pub stale: Option<Stale>,
}

impl VisitSigner {
    /// Whether a signature of this person will count.
    pub const fn is_ready(&self) -> bool {
        self.opened && self.traced
    }
}

/// Evidence of a visit as it is read for judging signatures.
pub(crate) struct Signatures {
    keys: Keyring,
    seals: BTreeMap<SealId, SignedSeal>,
    answers: AnswersBySnapshot,
    returned: BTreeSet<SealId>,
}

impl Signatures {
    /// How the signatures stand by the rules of evidence.
    pub(crate) fn judge(&self, entries: &[Entry]) -> Report {
        let entries: Vec<&Entry> = entries.iter().collect();
        verify::check_trusted(&Trusted {
            entries: &entries,
            seals: &self.seals,
            blobs: &BTreeMap::new(),
            keys: &self.keys,
            answers: &self.answers,
            rulings: Rulings {
                returned: &self.returned,
                ..Rulings::NONE
            },
            // Whose time a server signed is the server's to say.
            forged_anchors: &BTreeSet::new(),
        })
    }
}

impl Device {
    /// Everybody who was assigned to a visit or takes part in it, and whether their signatures stand for it as it is now. What
    /// changed since a seal makes signatures stale before anybody seals again.
    pub fn visit_signers(&self, visit: VisitId) -> Result<Vec<VisitSigner>> {
        self.scope().visit_signers(visit)
    }
}

impl Scope<'_> {
    fn visit_signers(&self, visit: VisitId) -> Result<Vec<VisitSigner>> {
        let entries = self.entries(visit)?;
        let mut signatures = self.signatures(visit, &entries)?;
        let seals = self.seals(visit)?;
        if let [only] = open_seals(&seals).as_slice()
            && let Some((next, answers)) = self.next_seal(visit, only)?
        {
            signatures.answers.extend(answers);
            let (seal, signers) = (next, Vec::new());
            signatures.seals.insert(seal.id(), SignedSeal { seal, signers });
        }
        let report = signatures.judge(&entries);
        let assigned = self.read_document(visit)?.header()?;
        let assigned = assigned.map(|header| header.assigned).unwrap_or_default();
        let people: BTreeSet<&PersonId> = report.parts.keys().chain(&assigned).collect();
        let signer = |person: &PersonId| {
            let part = report.parts.get(person).copied().unwrap_or_default();
            VisitSigner {
                person: person.clone(),
                opened: part.opened,
                traced: part.traced,
                signed: part.signature == Signature::Stands,
                stale: match part.signature {
                    Signature::Stale(stale) => Some(stale),
                    _ => None,
                },
            }
        };
        Ok(people.into_iter().map(signer).collect())
    }

    /// The seal that would take the place of this one now, signed by nobody; nothing where the seal still says what stands
    /// here.
    fn next_seal(&self, visit: VisitId, only: &Seal) -> Result<Option<(Seal, AnswersBySnapshot)>> {
        let about = self.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let nobody = DeviceId::from_bytes([0; 32]);
        let mut desk = Desk::with(self, visit, nobody, about, self.read_document(visit)?);
        let outcome = desk.document.outcome()?.unwrap_or(Outcome::Done);
        if !self.is_returned(&only.id())? && desk.is_sealed_as_it_stands(only, outcome)? {
            desk.leave();
            return Ok(None);
        }
        let mut answers = AnswersBySnapshot::new();
        let snapshot = match desk.standing_snapshot(Some(only))? {
            StandingAnswers::None => None,
            StandingAnswers::Fixed(hash) => Some(hash),
            StandingAnswers::New => {
                let (snapshot, disclosures) = desk.drawn_up()?;
                let form = self.questionnaire(&desk.about.form)?;
                let sorted = sealed_answers(form.as_deref(), &snapshot, &disclosures);
                answers.insert(snapshot.hash(), sorted);
                Some(snapshot.hash())
            }
        };
        let body = desk.seal_body(snapshot, &[only], outcome)?;
        desk.leave();
        let (seal, _) = Seal::sign(body, &[])?;
        Ok(Some((seal, answers)))
    }

    /// What signatures of a visit are judged by. Those of entries and seals were checked when they were kept.
    pub(crate) fn signatures(&self, visit: VisitId, entries: &[Entry]) -> Result<Signatures> {
        let mut seals = BTreeMap::new();
        for note in self.seal_notes(visit)? {
            let seal = Seal::parse(&note).map_err(|error| damaged("a seal", error))?;
            let note = Note::parse(&note).map_err(|error| damaged("a seal", error))?;
            let device = |name: &str| name.strip_prefix("dev/")?.parse().ok();
            let signers: Vec<DeviceId> = note.claimed().filter_map(device).collect();
            seals.insert(seal.id(), SignedSeal { seal, signers });
        }
        let mut answers = AnswersBySnapshot::new();
        // Only where one seal takes the place of another is there anything to compare.
        for signed in seals.values() {
            let of = signed.seal.body();
            if let Some(hash) = of.snapshot
                && let Some((snapshot, disclosures)) = self.snapshot(&hash)?
            {
                let form = self.questionnaire(&of.form)?;
                answers.insert(hash, sealed_answers(form.as_deref(), &snapshot, &disclosures));
            }
        }
        let mut returned = BTreeSet::new();
        for id in seals.keys() {
            if self.is_returned(id)? {
                returned.insert(*id);
            }
        }
        Ok(Signatures {
            keys: self.keyring(entries, &seals)?,
            seals,
            answers,
            returned,
        })
    }

    /// The keys of everybody who wrote or signed; of a partner it is the chain's `open` that says whose.
    fn keyring(&self, entries: &[Entry], seals: &BTreeMap<SealId, SignedSeal>) -> Result<Keyring> {
        let here = installation_id(&self.house.installation.public());
        let mut people: BTreeMap<DeviceId, PersonId> = BTreeMap::new();
        for signed in seals.values() {
            let named = signed.seal.body().participants.iter();
            people.extend(named.map(|one| (one.dev, one.person.clone())));
        }
        for entry in entries {
            if let Body::Open(open) = entry.body() {
                people.insert(entry.header().dev, open.person.clone());
            }
        }
        let mut keys = Keyring::new();
        for (dev, person) in people {
            let Some(key) = self.key_of(dev)? else { continue };
            let enrolled = Enrolled {
                key,
                person,
                contract: None,
                installation: self.is_own(dev)?.then_some(here),
            };
            keys.insert(dev, enrolled);
        }
        Ok(keys)
    }

    /// Whether a seal stands that this device may add nothing to any more: its person signed it, or the signature carries over
    /// to it.
    pub(crate) fn is_closed_for(&self, visit: VisitId, dev: DeviceId) -> Result<bool> {
        let seals = self.seals(visit)?;
        let mut open = Vec::new();
        for seal in open_seals(&seals) {
            if !self.is_returned(&seal.id())? {
                open.push(seal.id());
            }
        }
        if open.is_empty() {
            return Ok(false);
        }
        let entries = self.entries(visit)?;
        let signatures = self.signatures(visit, &entries)?;
        if let [only] = open.as_slice() {
            let report = signatures.judge(&entries);
            let person = signatures.keys.get(&dev).map(|enrolled| &enrolled.person);
            let part = person.and_then(|person| report.parts.get(person));
            return Ok(report.governing == Some(*only)
                && part.is_some_and(|part| part.signature == Signature::Stands));
        }
        let mut standing = open.iter().filter_map(|id| signatures.seals.get(id));
        Ok(standing.any(|signed| signed.signers.contains(&dev)))
    }

    /// Refuses the signature of a second person on this phone where the standard never takes that.
    pub(crate) fn check_shared(
        &self,
        visit: VisitId,
        devices: &[DeviceId],
        shared_phone: SharedPhone,
    ) -> Result<()> {
        if shared_phone == SharedPhone::Review {
            return Ok(());
        }
        let entries = self.entries(visit)?;
        let signatures = self.signatures(visit, &entries)?;
        let person_of = |dev: &DeviceId| signatures.keys.get(dev).map(|enrolled| &enrolled.person);
        let mut signing: BTreeSet<&PersonId> = devices.iter().filter_map(person_of).collect();
        for signer in signatures.seals.values().flat_map(|signed| &signed.signers) {
            if self.is_own(*signer)? {
                signing.extend(person_of(signer));
            }
        }
        if signing.len() > 1 {
            return Err(DeviceError::SharedPhone);
        }
        Ok(())
    }
}

impl Desk<'_> {
    /// The answers as a snapshot would fix them, without anything being kept.
    fn drawn_up(&mut self) -> Result<(Snapshot, Vec<Disclosure>)> {
        let sealed = self.fill(|filling, _| Ok(filling.sealed()))?;
        let disclosures = self.disclosed(sealed, |name, value| Disclosure::new([0; 16], name, value))?;
        let snapshot = Snapshot::new(self.visit, self.about.form, &disclosures)?;
        Ok((snapshot, disclosures))
    }
}
