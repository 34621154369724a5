//! What a server holds, in memory: the view that plans are made from, and where they are carried out.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::Body;
use hudang_evidence::entry::{Entry, Tip};
use hudang_evidence::id::{BlobHash, ContractId, DeviceId, EntryId, SealId, SnapshotHash, VisitId};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::seal::{Head, Seal};
use hudang_evidence::snapshot::SaltedDigest;
use hudang_sync::parse::{Keys, Request};
use hudang_sync::server::{Admission, BlobState, DocumentState, EntryState, Plan, RemarkState, View, plan};
use hudang_sync::wire::{DocumentId, SyncRequest};

use crate::field::Investigator;

/// The store could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shelf {
    devices: BTreeMap<DeviceId, (VerifierKey, Admission)>,
    /// The journal.
    pub(crate) entries: Vec<Entry>,
    pub(crate) quarantine: Vec<EntryId>,
    /// Note, visit and heads of each seal.
    pub(crate) seals: BTreeMap<SealId, (Vec<u8>, VisitId, Vec<Head>)>,
    pub(crate) snapshots: BTreeSet<SnapshotHash>,
    /// The changes that each document holds, by their hashes.
    pub(crate) documents: BTreeMap<DocumentId, BTreeSet<[u8; 32]>>,
    pub(crate) forbidden: BTreeSet<DocumentId>,
    /// Texts that are here.
    pub(crate) remarks: BTreeSet<SaltedDigest>,
    /// How many bytes are here of originals that are not whole.
    pub(crate) begun: BTreeMap<BlobHash, u64>,
    pub(crate) whole: BTreeSet<BlobHash>,
    pub(crate) breaks: bool,
}

impl Keys for Shelf {
    fn device(&self, dev: &DeviceId) -> Option<VerifierKey> {
        self.devices.get(dev).map(|(key, _)| key.clone())
    }
}

impl Shelf {
    /// A server that knows these people's keys.
    pub(crate) fn knowing(people: &[&Investigator]) -> Self {
        let mut shelf = Self::default();
        for person in people {
            shelf.admits(person, Admission::Admitted);
        }
        shelf
    }

    pub(crate) fn admits(&mut self, person: &Investigator, admission: Admission) {
        self.devices
            .insert(person.dev(), (person.signer.verifier(), admission));
    }

    /// What the server would do; asked twice, and the same both times.
    pub(crate) fn plan(&self, raw: &SyncRequest) -> Result<Plan, Unreadable> {
        let request = Request::parse(raw.clone(), self);
        let first = plan(&request, self);
        assert_eq!(first, plan(&request, self), "a plan changes nothing");
        first
    }

    /// Plans and carries out, as the archive does in one transaction.
    pub(crate) fn takes(&mut self, raw: &SyncRequest) -> Plan {
        let plan = self.plan(raw).unwrap();
        let request = Request::parse(raw.clone(), self);
        for place in &plan.entries {
            self.entries
                .push(request.entries[*place].as_ref().unwrap().entry.clone());
        }
        for place in &plan.quarantine {
            self.quarantine
                .push(request.entries[*place].as_ref().unwrap().entry.id());
        }
        for place in &plan.snapshots {
            self.snapshots
                .insert(request.snapshots[*place].as_ref().unwrap().snapshot.hash());
        }
        for step in &plan.seals {
            let seal = Seal::parse(&step.note).unwrap();
            let body = seal.body();
            self.seals
                .insert(step.id, (step.note.clone(), body.visit, body.heads.clone()));
        }
        for place in &plan.documents {
            let item = request.documents[*place].as_ref().unwrap();
            self.documents
                .entry(item.document)
                .or_default()
                .extend(&item.heads);
        }
        for step in &plan.remarks {
            let item = request.remarks[step.index].as_ref().unwrap();
            for place in &step.wanted {
                self.remarks.insert(SaltedDigest::of(&item.disclosures[*place]));
            }
        }
        plan
    }

    /// The journal was cut after so many entries, as by a restored backup.
    pub(crate) fn restored_to(&mut self, entries: usize) {
        self.entries.truncate(entries);
    }

    fn readable<T>(&self, found: T) -> Result<T, Unreadable> {
        if self.breaks { Err(Unreadable) } else { Ok(found) }
    }

    fn names_blob(&self, hash: &BlobHash) -> bool {
        let mut named = self.entries.iter().filter_map(|entry| entry.body().blob());
        named.any(|(blob, _)| blob == *hash)
    }

    fn names_remark(&self, digest: &SaltedDigest) -> bool {
        let mut bodies = self.entries.iter().map(Entry::body);
        bodies.any(|body| matches!(body, Body::Note(note) if note.sd == *digest))
    }
}

impl View for Shelf {
    type Error = Unreadable;

    fn admission(
        &self,
        dev: &DeviceId,
        contract: &ContractId,
        _dseq: Option<u64>,
    ) -> Result<Admission, Unreadable> {
        let enrolled = self.devices.get(dev).map(|(_, admission)| *admission);
        self.readable(match enrolled {
            Some(Admission::Admitted) if *contract != crate::field::contract() => Admission::OtherContract,
            Some(admission) => admission,
            None => Admission::Unknown,
        })
    }

    fn entry(&self, id: &EntryId) -> Result<EntryState, Unreadable> {
        self.readable(if self.entries.iter().any(|entry| entry.id() == *id) {
            EntryState::Held
        } else if self.quarantine.contains(id) {
            EntryState::Quarantined
        } else {
            EntryState::Absent
        })
    }

    fn device_tip(&self, dev: &DeviceId) -> Result<Tip, Unreadable> {
        let own = self.entries.iter().filter(|entry| entry.header().dev == *dev);
        let last = own.max_by_key(|entry| entry.header().dseq);
        self.readable(last.map_or(Tip::START, |entry| Tip::at(entry.header().dseq, entry.id())))
    }

    fn chain_tip(&self, visit: Option<VisitId>, dev: &DeviceId) -> Result<Tip, Unreadable> {
        let of_chain = |entry: &&Entry| (entry.header().visit, entry.header().dev) == (visit, *dev);
        let last = self
            .entries
            .iter()
            .filter(of_chain)
            .max_by_key(|entry| entry.header().seq);
        self.readable(last.map_or(Tip::START, |entry| Tip::at(entry.header().seq, entry.id())))
    }

    fn seal(&self, id: &SealId) -> Result<Option<Vec<u8>>, Unreadable> {
        self.readable(self.seals.get(id).map(|(note, _, _)| note.clone()))
    }

    fn seals_of(&self, visit: &VisitId) -> Result<Vec<(SealId, Vec<Head>)>, Unreadable> {
        let of_visit = self.seals.iter().filter(|(_, (_, of, _))| of == visit);
        self.readable(of_visit.map(|(id, (_, _, heads))| (*id, heads.clone())).collect())
    }

    fn holds_snapshot(&self, hash: &SnapshotHash) -> Result<bool, Unreadable> {
        self.readable(self.snapshots.contains(hash))
    }

    fn document(&self, id: &DocumentId, heads: &[[u8; 32]]) -> Result<DocumentState, Unreadable> {
        let held = self.documents.get(id);
        let has_all = held.is_some_and(|held| heads.iter().all(|head| held.contains(head)));
        self.readable(if self.forbidden.contains(id) {
            DocumentState::Forbidden
        } else if has_all {
            DocumentState::Current
        } else {
            DocumentState::Behind
        })
    }

    fn remark(&self, digest: &SaltedDigest) -> Result<RemarkState, Unreadable> {
        self.readable(if self.remarks.contains(digest) {
            RemarkState::Settled
        } else if self.names_remark(digest) {
            RemarkState::Wanted
        } else {
            RemarkState::Unnamed
        })
    }

    fn blob(&self, hash: &BlobHash) -> Result<BlobState, Unreadable> {
        self.readable(if self.whole.contains(hash) {
            BlobState::Held
        } else if self.names_blob(hash) {
            let offset = self.begun.get(hash).copied().unwrap_or(0);
            BlobState::Wanted { offset }
        } else {
            BlobState::Unnamed
        })
    }
}
