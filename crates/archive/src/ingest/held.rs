//! What the archive holds, as `sync::server` asks for it.
//!
//! Entries, seals and snapshots are asked for by their hash alone. An index over millions of random hashes would
//! cost every append several scattered pages, so there is none: where each asked-for item would stand follows
//! from the request itself (its chain and number) or from the seals of its visit, and is looked up there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::entry::{Entry, Tip};
use hudang_evidence::id::{
    BlobHash, ContractId, DeviceId, EntryId, HouseholdId, SealId, SnapshotHash, VisitId,
};
use hudang_evidence::seal::{Head, Seal};
use hudang_evidence::snapshot::SaltedDigest;
use hudang_sync::parse::Request;
use hudang_sync::server::{Admission, BlobState, DocumentState, EntryState, RemarkState, View};
use hudang_sync::wire::DocumentId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Sender;
use crate::assigned::{Assigned, Tie};
use crate::blobs::{Blobs, UploadKey};
use crate::derive;
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::phones;
use crate::uploads::held_bytes;

/// Where an entry would stand.
#[derive(Debug, Clone, Copy)]
struct Place {
    dev: DeviceId,
    number: Number,
}

#[derive(Debug, Clone, Copy)]
enum Number {
    /// By its number on the device.
    Device(u64),
    /// By its number in the device's chain of this visit.
    Chain(VisitId, u64),
}

/// The view of one request on the database.
pub(super) struct Held<'a> {
    db: &'a Connection,
    blobs: &'a Blobs,
    sender: &'a Sender,
    entries: RefCell<BTreeMap<EntryId, Place>>,
    seals: RefCell<BTreeMap<SealId, VisitId>>,
    snapshots: BTreeMap<SnapshotHash, VisitId>,
    remarks: BTreeMap<SaltedDigest, VisitId>,
    /// Devices of the request, each asked for once.
    devices: RefCell<BTreeMap<DeviceId, Option<phones::Device>>>,
    /// Digests of remarks that stored entries of a visit name.
    named: RefCell<BTreeMap<VisitId, BTreeSet<SaltedDigest>>>,
}

impl<'a> Held<'a> {
    /// Notes where everything that the request may lead to would stand.
    pub(super) fn new(db: &'a Connection, blobs: &'a Blobs, sender: &'a Sender, request: &Request) -> Self {
        let mut entries = BTreeMap::new();
        for item in request.entries.iter().flatten() {
            let header = item.entry.header();
            let at = |dseq| Place {
                dev: header.dev,
                number: Number::Device(dseq),
            };
            entries.insert(item.entry.id(), at(header.dseq));
            entries
                .entry(header.dprev)
                .or_insert_with(|| at(header.dseq.saturating_sub(1)));
        }
        let mut seals = BTreeMap::new();
        for item in request.seals.iter().flatten() {
            seals.insert(item.seal.id(), item.seal.body().visit);
            add_heads(
                &mut entries,
                item.seal.body().visit,
                &item.seal.body().heads.clone(),
            );
        }
        let snapshots = request.snapshots.iter().flatten();
        let snapshots = snapshots
            .map(|item| (item.snapshot.hash(), item.snapshot.visit()))
            .collect();
        let mut remarks = BTreeMap::new();
        for item in request.remarks.iter().flatten() {
            remarks.extend(
                item.disclosures
                    .iter()
                    .map(|remark| (SaltedDigest::of(remark), item.visit)),
            );
        }
        Self {
            db,
            blobs,
            sender,
            entries: RefCell::new(entries),
            seals: RefCell::new(seals),
            snapshots,
            remarks,
            devices: RefCell::default(),
            named: RefCell::default(),
        }
    }

    /// The visit of a seal that the request or a visit of it led to.
    pub(super) fn visit_of_seal(&self, id: &SealId) -> Option<VisitId> {
        self.seals.borrow().get(id).copied()
    }

    fn is_held(&self, id: &EntryId, place: Place) -> Result<bool> {
        let found = match place.number {
            Number::Device(dseq) => {
                let mut select = self.db.prepare_cached(
                    "SELECT 1 FROM entry JOIN device ON device.n = entry.device
                     WHERE device.id = ?1 AND entry.dseq = ?2 AND entry.id = ?3",
                )?;
                select.exists(params![place.dev.as_bytes(), dseq, id.as_bytes()])?
            }
            Number::Chain(visit, seq) => {
                let mut select = self.db.prepare_cached(
                    "SELECT 1 FROM entry WHERE visit = ?1 AND seq = ?3 AND id = ?4
                     AND device = (SELECT n FROM device WHERE id = ?2)",
                )?;
                select.exists(params![
                    visit.to_bytes(),
                    place.dev.as_bytes(),
                    seq,
                    id.as_bytes()
                ])?
            }
        };
        Ok(found)
    }

    fn tip(&self, sql: &str, values: impl rusqlite::Params) -> Result<Tip> {
        let mut select = self.db.prepare_cached(sql)?;
        let found = select
            .query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(found.map_or(Tip::START, |(number, id): (u64, [u8; 32])| {
            Tip::at(number, EntryId::from_bytes(id))
        }))
    }

    /// Whether stored entries of the visit name the remark. They are read once for each visit that is asked about.
    fn is_named(&self, visit: VisitId, digest: &SaltedDigest) -> Result<bool> {
        if let Some(named) = self.named.borrow().get(&visit) {
            return Ok(named.contains(digest));
        }
        let mut named = BTreeSet::new();
        let mut select = self
            .db
            .prepare_cached("SELECT journal FROM entry WHERE visit = ?1")?;
        for seq in select.query_map([visit.to_bytes()], |row| row.get(0))? {
            let seq = seq?;
            let entry = Entry::parse(&journal::payload(self.db, seq)?)
                .map_err(|error| ArchiveError::Damaged(format!("journal row {seq}: {error}")))?;
            named.extend(entry.body().remark());
        }
        let found = named.contains(digest);
        self.named.borrow_mut().insert(visit, named);
        Ok(found)
    }

    /// Whether somebody on the phone has to do with the visit: is or was assigned to it, or found it.
    fn may_write(&self, visit: VisitId) -> Result<bool> {
        let assigned = Assigned::read(self.db, visit)?;
        Ok(self
            .sender
            .working()
            .any(|device| assigned.tie(device) != Tie::None))
    }

    /// Whether somebody on the phone is to visit the household or did; or has just found it: it is on no list, and nobody
    /// else has written of it.
    fn may_write_household(&self, household: HouseholdId, heads: &[[u8; 32]]) -> Result<bool> {
        let mut select = self
            .db
            .prepare_cached("SELECT id FROM visit WHERE household = ?1")?;
        let visits: Vec<[u8; 16]> = select
            .query_map([household.to_bytes()], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for visit in visits {
            let assigned = Assigned::read(self.db, VisitId::from_bytes(visit))?;
            if self
                .sender
                .working()
                .any(|device| assigned.tie(device) == Tie::Assigned)
            {
                return Ok(true);
            }
        }
        let mut select = self.db.prepare_cached("SELECT 1 FROM household WHERE id = ?1")?;
        if select.exists([household.to_bytes()])? {
            return Ok(false);
        }
        let id = DocumentId::Household(household).to_bytes();
        // The same again: its answer may have been lost.
        Ok(self.stored_heads(&id)?.is_none_or(|stored| holds(&stored, heads)))
    }

    fn stored_heads(&self, document: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut select = self
            .db
            .prepare_cached("SELECT heads FROM document WHERE id = ?1")?;
        Ok(select.query_row([document], |row| row.get(0)).optional()?)
    }
}

fn holds(stored: &[u8], heads: &[[u8; 32]]) -> bool {
    heads
        .iter()
        .all(|head| stored.chunks_exact(32).any(|known| known == head))
}

fn add_heads(entries: &mut BTreeMap<EntryId, Place>, visit: VisitId, heads: &[Head]) {
    for head in heads {
        let place = Place {
            dev: head.dev,
            number: Number::Chain(visit, head.seq),
        };
        entries.entry(head.id).or_insert(place);
    }
}

impl View for Held<'_> {
    type Error = ArchiveError;

    fn admission(&self, dev: &DeviceId, contract: &ContractId, dseq: Option<u64>) -> Result<Admission> {
        if !self.devices.borrow().contains_key(dev) {
            let found = phones::device_where(self.db, "id = ?1", dev.as_bytes())?;
            self.devices.borrow_mut().insert(*dev, found);
        }
        Ok(match self.devices.borrow().get(dev).and_then(Option::as_ref) {
            None => Admission::Unknown,
            Some(device) if !device.admits(dseq) => Admission::Revoked,
            Some(device) if device.contract != *contract => Admission::OtherContract,
            Some(_) => Admission::Admitted,
        })
    }

    fn entry(&self, id: &EntryId) -> Result<EntryState> {
        let place = self.entries.borrow().get(id).copied();
        if let Some(place) = place
            && self.is_held(id, place)?
        {
            return Ok(EntryState::Held);
        }
        let mut select = self
            .db
            .prepare_cached("SELECT 1 FROM quarantine WHERE item = ?1")?;
        let apart = select.exists([id.as_bytes()])?;
        Ok(if apart {
            EntryState::Quarantined
        } else {
            EntryState::Absent
        })
    }

    fn device_tip(&self, dev: &DeviceId) -> Result<Tip> {
        self.tip(
            "SELECT dseq, id FROM entry WHERE device = (SELECT n FROM device WHERE id = ?1)
             ORDER BY dseq DESC, journal LIMIT 1",
            [dev.as_bytes()],
        )
    }

    fn chain_tip(&self, visit: Option<VisitId>, dev: &DeviceId) -> Result<Tip> {
        let visit = visit.map(VisitId::to_bytes);
        self.tip(
            "SELECT seq, id FROM entry WHERE visit = ?1 AND device = (SELECT n FROM device WHERE id = ?2)
             ORDER BY seq DESC, journal LIMIT 1",
            params![visit.as_ref().map_or(&[][..], |bytes| bytes), dev.as_bytes()],
        )
    }

    fn seal(&self, id: &SealId) -> Result<Option<Vec<u8>>> {
        let Some(visit) = self.visit_of_seal(id) else {
            return Ok(None);
        };
        let mut select = self
            .db
            .prepare_cached("SELECT journal FROM seal WHERE visit = ?1 AND id = ?2")?;
        let seq = select
            .query_row(params![visit.to_bytes(), id.as_bytes()], |row| row.get(0))
            .optional()?;
        seq.map(|seq| journal::payload(self.db, seq)).transpose()
    }

    fn seals_of(&self, visit: &VisitId) -> Result<Vec<(SealId, Vec<Head>)>> {
        let mut select = self
            .db
            .prepare_cached("SELECT journal FROM seal WHERE visit = ?1")?;
        let places = select.query_map([visit.to_bytes()], |row| row.get(0))?;
        let mut found = Vec::new();
        for seq in places {
            let seq = seq?;
            let seal = Seal::parse(&journal::payload(self.db, seq)?)
                .map_err(|error| ArchiveError::Damaged(format!("journal row {seq}: {error}")))?;
            add_heads(&mut self.entries.borrow_mut(), *visit, &seal.body().heads.clone());
            self.seals.borrow_mut().insert(seal.id(), *visit);
            found.push((seal.id(), seal.body().heads.clone()));
        }
        Ok(found)
    }

    fn holds_snapshot(&self, hash: &SnapshotHash) -> Result<bool> {
        let Some(visit) = self.snapshots.get(hash) else {
            return Ok(false);
        };
        let mut select = self
            .db
            .prepare_cached("SELECT 1 FROM snapshot WHERE visit = ?1 AND hash = ?2")?;
        Ok(select.exists(params![visit.to_bytes(), hash.as_bytes()])?)
    }

    fn document(&self, id: &DocumentId, heads: &[[u8; 32]]) -> Result<DocumentState> {
        let allowed = match id {
            DocumentId::Visit(visit) => self.may_write(*visit)?,
            DocumentId::Household(household) => self.may_write_household(*household, heads)?,
        };
        if !allowed {
            return Ok(DocumentState::Forbidden);
        }
        let stored = self.stored_heads(&id.to_bytes())?.unwrap_or_default();
        let current = holds(&stored, heads);
        // A phone that has less than the archive names older heads; the try then finds nothing new.
        Ok(if current {
            DocumentState::Current
        } else {
            DocumentState::Behind
        })
    }

    fn remark(&self, digest: &SaltedDigest) -> Result<RemarkState> {
        let Some(visit) = self.remarks.get(digest) else {
            return Ok(RemarkState::Unnamed);
        };
        let mut select = self
            .db
            .prepare_cached("SELECT 1 FROM remark WHERE visit = ?1 AND digest = ?2")?;
        if select.exists(params![visit.to_bytes(), derive::digest_bytes(digest)?])? {
            return Ok(RemarkState::Settled);
        }
        Ok(if self.is_named(*visit, digest)? {
            RemarkState::Wanted
        } else {
            RemarkState::Unnamed
        })
    }

    fn blob(&self, hash: &BlobHash) -> Result<BlobState> {
        if held_bytes(self.db, hash)?.is_some() {
            return Ok(BlobState::Held);
        }
        let mut select = self.db.prepare_cached("SELECT 1 FROM blob_use WHERE hash = ?1")?;
        if !select.exists([hash.as_bytes()])? {
            return Ok(BlobState::Unnamed);
        }
        let key = UploadKey {
            sender: self.sender.installation,
            hash: *hash,
        };
        Ok(BlobState::Wanted {
            offset: self.blobs.upload(&key).map_or(0, |(_, received)| received),
        })
    }
}
