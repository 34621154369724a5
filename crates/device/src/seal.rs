//! Sealing: one or two unlocked persons fix the visit as this phone knows it.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::{Amend, Body, SealMade};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, DeviceId, PersonId, SealId, SnapshotHash, VisitId};
use hudang_evidence::note::{Note, NoteSigner, device_key_name};
use hudang_evidence::seal::{Head, MediaItem, Outcome, Participant, Seal, SealBody};
use hudang_evidence::time::WallTime;
use hudang_evidence::verify::Signature;
use hudang_visit::assess::Assessment;
use hudang_visit::questionnaire::filling::Filling;
use hudang_visit::questionnaire::typing::Typed;
use hudang_visit::value::{AnswerPath, Value};
use rusqlite::{OptionalExtension as _, params};

use crate::assessment::Asked;
use crate::chain::{chains, head};
use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result, damaged};
use crate::outbox::Kind;

/// What to do where something that the standard wants is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfIncomplete {
    /// Refuse with the list.
    Refuse,
    /// Seal all the same: the partner's phone may bring what is missing.
    Seal,
}

/// A seal that was made or joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which.
    pub id: SealId,
    /// Assigned persons whose chains were not at hand.
    pub missing: Vec<PersonId>,
    /// What the visit lacked.
    pub assessment: Assessment,
    /// People whose signatures this seal made stale: they have to look at it and sign anew.
    pub stale: Vec<PersonId>,
}

impl Device {
    /// Seals a visit in the name of these persons, who must be unlocked and have opened it. Where a partner has
    /// sealed just what stands here, their signatures join that seal; otherwise a new one supersedes it.
    pub fn seal(&mut self, visit: VisitId, people: &[PersonId], incomplete: IfIncomplete) -> Result<Sealed> {
        self.commit(|scope| scope.seal(visit, people, incomplete))
    }

    /// The notes of a visit's seals.
    pub fn seal_notes(&self, visit: VisitId) -> Result<Vec<Vec<u8>>> {
        self.scope().seal_notes(visit)
    }

    /// The notes of a visit's entries, chain by chain.
    pub fn entry_notes(&self, visit: VisitId) -> Result<Vec<Vec<u8>>> {
        self.scope().notes(visit)
    }
}

/// The seals that no other of these supersedes.
pub(crate) fn open_seals(seals: &[Seal]) -> Vec<&Seal> {
    let superseded: BTreeSet<SealId> = seals.iter().filter_map(|seal| seal.body().supersedes).collect();
    seals
        .iter()
        .filter(|seal| !superseded.contains(&seal.id()))
        .collect()
}

impl Scope<'_> {
    pub(crate) fn seal_notes(&self, visit: VisitId) -> Result<Vec<Vec<u8>>> {
        let mut select = self
            .db
            .prepare_cached("SELECT note FROM seal WHERE visit = ?1 ORDER BY id")?;
        let rows = select.query_map([visit.to_bytes()], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The seals of a visit. Their signatures were checked when they were kept.
    pub(crate) fn seals(&self, visit: VisitId) -> Result<Vec<Seal>> {
        let notes = self.seal_notes(visit)?;
        let seals = notes
            .iter()
            .map(|note| Seal::parse(note).map_err(|error| damaged("a seal", error)));
        seals.collect()
    }

    /// Keeps a seal's note, joined with the signatures that are here; whether that brought anything.
    pub(crate) fn keep_seal(&self, id: SealId, visit: VisitId, note: &[u8]) -> Result<bool> {
        let known = self.seal_note(&id)?;
        let joined = match &known {
            Some(known) => {
                let known = Note::parse(known).map_err(|error| damaged("a seal", error))?;
                known
                    .with_signatures_of(&Note::parse(note)?)?
                    .render()
                    .into_bytes()
            }
            None => note.to_vec(),
        };
        if known.as_ref() == Some(&joined) {
            return Ok(false);
        }
        self.db.execute(
            "INSERT INTO seal (id, visit, note) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET note = excluded.note",
            params![id.as_bytes(), visit.to_bytes(), joined],
        )?;
        Ok(true)
    }

    pub(crate) fn seal_note(&self, id: &SealId) -> Result<Option<Vec<u8>>> {
        let mut select = self.db.prepare_cached("SELECT note FROM seal WHERE id = ?1")?;
        Ok(select.query_row([id.as_bytes()], |row| row.get(0)).optional()?)
    }

    fn seal(&self, visit: VisitId, people: &[PersonId], incomplete: IfIncomplete) -> Result<Sealed> {
        let mut devices = Vec::new();
        for person in people {
            let dev = self.holder(person)?.dev;
            self.signer(dev)?;
            if !self.has_opened(visit, dev)? {
                return Err(DeviceError::VisitUnknown);
            }
            if !devices.contains(&dev) {
                devices.push(dev);
            }
        }
        let first = *devices.first().ok_or(DeviceError::PersonUnknown)?;
        let mut desk = Desk::take(self, visit, first)?;
        desk.check_settled()?;
        // A visit that was taken over to a form which is not here yet can be filled in, but not sealed.
        self.questionnaire(&desk.about.form)?
            .ok_or(DeviceError::FormUnknown)?;
        let outcome = desk.document.outcome()?.ok_or(DeviceError::NoOutcome)?;
        for dev in &devices {
            desk.anchor(*dev)?;
            desk.acknowledge(*dev)?;
        }
        let shared_phone = self.standard(&desk.about.standard)?.shared_phone();
        self.check_shared(visit, &devices, shared_phone)?;
        let entries = self.entries(visit)?;
        let drafts = self.drafts(visit)?;
        let asked = desk.fill(|filling, _| Ok(Asked::of(filling, outcome, &drafts)))?;
        let assessment = self.assess_draft(visit, &desk.about, &asked, &entries, outcome)?;
        if asked.has_unfit || (incomplete == IfIncomplete::Refuse && !assessment.is_complete()) {
            return Err(DeviceError::Incomplete(Box::new(assessment)));
        }
        let seals = self.seals(visit)?;
        let open = open_seals(&seals);
        let id = match open.as_slice() {
            [only] if self.is_returned(&only.id())? => {
                if desk.is_sealed_as_it_stands(only, outcome)? {
                    return Err(DeviceError::Unmended);
                }
                desk.new_seal(&devices, &open, outcome)?
            }
            [only] if names(only, &devices) && desk.is_sealed_as_it_stands(only, outcome)? => {
                self.join(only, &devices)?
            }
            _ => desk.new_seal(&devices, &open, outcome)?,
        };
        for dev in devices {
            desk.state_by(dev, Body::Seal(SealMade { seal: id }))?;
        }
        desk.put_away()?;
        let note = self.seal_note(&id)?.ok_or(DeviceError::EntryUnknown)?;
        let seal = Seal::parse(&note)?;
        let entries = self.entries(visit)?;
        let report = self.signatures(visit, &entries)?.judge(&entries);
        // Nobody shall learn in the office that a signature counts for nothing.
        for person in people {
            let part = report.parts.get(person).copied().unwrap_or_default();
            if !part.opened || !part.traced {
                return Err(DeviceError::SignerAbsent(person.clone()));
            }
        }
        let stale = report
            .parts
            .into_iter()
            .filter(|(_, part)| matches!(part.signature, Signature::Stale(_)));
        Ok(Sealed {
            id,
            missing: seal.body().missing.clone(),
            assessment,
            stale: stale.map(|(person, _)| person).collect(),
        })
    }

    /// Adds signatures to a seal that covers what stands here.
    fn join(&self, seal: &Seal, devices: &[DeviceId]) -> Result<SealId> {
        let bytes = self.seal_note(&seal.id())?.ok_or(DeviceError::EntryUnknown)?;
        let mut note = Note::parse(&bytes).map_err(|error| damaged("a seal", error))?;
        let signed: BTreeSet<String> = note.claimed().map(str::to_owned).collect();
        if devices.iter().all(|dev| signed.contains(&device_key_name(dev))) {
            return Err(DeviceError::AlreadySealed);
        }
        for dev in devices {
            note = note.signed_by(self.signer(*dev)?);
        }
        let visit = seal.body().visit;
        self.keep_seal(seal.id(), visit, note.render().as_bytes())?;
        self.put(Kind::Seal, seal.id().as_bytes(), None, Some(visit))?;
        Ok(seal.id())
    }
}

/// How the answers as they stand are fixed.
pub(crate) enum StandingAnswers {
    /// There are none.
    None,
    /// By this snapshot.
    Fixed(SnapshotHash),
    /// By none yet.
    New,
}

/// Whether a seal names these devices as taking part.
fn names(seal: &Seal, devices: &[DeviceId]) -> bool {
    let named = &seal.body().participants;
    devices.iter().all(|dev| named.iter().any(|one| one.dev == *dev))
}

/// Whether a seal leaves out nothing of these chains but what may follow it without changing the visit.
fn covers(seal: &Seal, entries: &[Entry]) -> bool {
    let heads: BTreeMap<DeviceId, u64> = seal
        .body()
        .heads
        .iter()
        .map(|head| (head.dev, head.seq))
        .collect();
    // That a sealing does not stand any more is said before what is mended; by itself it mends nothing.
    let reopens = |amend: &Amend| {
        let of = entries.iter().find(|entry| entry.id() == amend.of);
        of.is_some_and(|entry| matches!(entry.body(), Body::Seal(_)))
    };
    let beside = |entry: &Entry| match entry.body() {
        Body::Seal(_) | Body::Sync(_) | Body::Anchor(_) => true,
        Body::Amend(amend) => reopens(amend),
        _ => false,
    };
    chains(entries).into_iter().all(|(dev, chain)| {
        let to = heads.get(&dev).copied();
        to.is_some_and(|to| {
            chain
                .iter()
                .all(|entry| entry.header().seq <= to || beside(entry))
        })
    })
}

impl Desk<'_> {
    /// Refuses while anything is open that a seal would leave behind.
    pub(crate) fn check_settled(&mut self) -> Result<()> {
        if self.scope.is_recording(self.visit)? {
            return Err(DeviceError::RecordingOpen);
        }
        let drafts = self.scope.drafts(self.visit)?;
        if !drafts.is_empty() {
            let fits = |filling: &Filling, path: &AnswerPath, value: &Value| {
                filling.typed(path, value) == Typed::Fits
            };
            let count = |filling: &Filling| {
                drafts
                    .iter()
                    .filter(|(path, value)| fits(filling, path, value))
                    .count()
            };
            let waiting = self.fill(|filling, _| Ok(count(filling)))?;
            if waiting > 0 {
                return Err(DeviceError::Drafts(waiting));
            }
        }
        let form = self.scope.form_to_ask(&self.about)?;
        let conflicts = form.conflicts(&self.document)?.len();
        if conflicts > 0 {
            return Err(DeviceError::Conflicts(conflicts));
        }
        Ok(())
    }

    /// Whether a seal says just what stands here: chains, outcome and answers.
    pub(crate) fn is_sealed_as_it_stands(&mut self, seal: &Seal, outcome: Outcome) -> Result<bool> {
        let of = seal.body();
        let entries = self.scope.entries(self.visit)?;
        if of.outcome != outcome || of.form != self.about.form || !covers(seal, &entries) {
            return Ok(false);
        }
        match of.snapshot {
            None => Ok(!self.is_answered()?),
            Some(hash) => self.says(&hash),
        }
    }

    fn new_seal(&mut self, devices: &[DeviceId], open: &[&Seal], outcome: Outcome) -> Result<SealId> {
        let snapshot = self.current_snapshot(open.first().copied())?;
        let body = self.seal_body(snapshot, open, outcome)?;
        let signers: Vec<&NoteSigner> = devices
            .iter()
            .map(|dev| self.scope.signer(*dev))
            .collect::<Result<_>>()?;
        let (seal, note) = Seal::sign(body, &signers)?;
        self.scope.keep_seal(seal.id(), self.visit, &note)?;
        self.scope
            .put(Kind::Seal, seal.id().as_bytes(), None, Some(self.visit))?;
        Ok(seal.id())
    }

    /// What a seal fixes now, with these answers.
    pub(crate) fn seal_body(
        &self,
        snapshot: Option<SnapshotHash>,
        open: &[&Seal],
        outcome: Outcome,
    ) -> Result<SealBody> {
        let entries = self.scope.entries(self.visit)?;
        let chains = chains(&entries);
        let covered = || chains.values().flatten();
        let heads: Vec<Head> = chains.values().filter_map(|chain| head(chain)).collect();
        let media: BTreeMap<BlobHash, u64> = covered().filter_map(|entry| entry.body().blob()).collect();
        let mut participants = BTreeSet::new();
        let mut opened: Option<WallTime> = None;
        for entry in covered() {
            if let Body::Open(open) = entry.body() {
                let (person, header) = (open.person.clone(), entry.header());
                participants.insert(Participant {
                    person,
                    dev: header.dev,
                });
                opened = Some(opened.map_or(header.wall, |known| known.min(header.wall)));
            }
        }
        let present: BTreeSet<&PersonId> = participants.iter().map(|one| &one.person).collect();
        let assigned = self
            .document
            .header()?
            .map(|header| header.assigned)
            .unwrap_or_default();
        let missing: BTreeSet<PersonId> = assigned
            .into_iter()
            .filter(|person| !present.contains(person))
            .collect();
        Ok(SealBody {
            am_heads: self.document.heads(),
            contract: self.about.contract.clone(),
            form: self.about.form,
            heads,
            household: self.about.household,
            media: media
                .into_iter()
                .map(|(sha256, bytes)| MediaItem { sha256, bytes })
                .collect(),
            missing: missing.into_iter().collect(),
            opened: opened.ok_or(DeviceError::VisitUnknown)?,
            outcome,
            participants: participants.into_iter().collect(),
            snapshot,
            standard: self.about.standard,
            supersedes: open.first().map(|seal| seal.id()),
            visit: self.visit,
            wall: WallTime::from_ms_clamped(self.scope.clock().wall_ms),
        })
    }

    /// Whether anything is answered.
    pub(crate) fn is_answered(&self) -> Result<bool> {
        Ok(self.document.standing()?.is_answered())
    }

    /// Whether a snapshot says just what stands here, with all of its values at hand.
    fn says(&mut self, hash: &SnapshotHash) -> Result<bool> {
        let Some((snapshot, disclosures)) = self.scope.snapshot(hash)? else {
            return Ok(false);
        };
        match snapshot.reveal(&disclosures) {
            Ok(revealed) if revealed.withheld == 0 => {
                self.fill(|filling, _| Ok(filling.says_the_same(&revealed.answers)))
            }
            _ => Ok(false),
        }
    }

    /// The snapshot of the answers as they stand, where one says just this: first that of the seal which is superseded, so
    /// that signatures on it carry over.
    pub(crate) fn standing_snapshot(&mut self, superseded: Option<&Seal>) -> Result<StandingAnswers> {
        if !self.is_answered()? {
            return Ok(StandingAnswers::None);
        }
        let sealed = superseded.filter(|seal| seal.body().form == self.about.form);
        let mut candidates: Vec<SnapshotHash> =
            sealed.and_then(|seal| seal.body().snapshot).into_iter().collect();
        let entries = self.scope.entries(self.visit)?;
        for entry in chains(&entries).values().flatten() {
            if let Body::Form(form) = entry.body()
                && form.form == self.about.form
            {
                candidates.push(form.snapshot);
            }
        }
        for hash in candidates {
            if self.says(&hash)? {
                return Ok(StandingAnswers::Fixed(hash));
            }
        }
        Ok(StandingAnswers::New)
    }

    /// The snapshot of the answers as they stand, for a signature by hand; nothing where nothing is answered.
    pub(crate) fn fixed_answers(&mut self) -> Result<Option<SnapshotHash>> {
        let seals = self.scope.seals(self.visit)?;
        let open = open_seals(&seals);
        self.current_snapshot(open.first().copied())
    }

    /// The snapshot of the answers as they stand: one that says just this, or a new one of the whole form.
    fn current_snapshot(&mut self, superseded: Option<&Seal>) -> Result<Option<SnapshotHash>> {
        match self.standing_snapshot(superseded)? {
            StandingAnswers::None => Ok(None),
            StandingAnswers::Fixed(hash) => Ok(Some(hash)),
            StandingAnswers::New => self.confirm(None).map(Some),
        }
    }
}
