//! A phone whose store is memory: an outbox, originals, and the product's own sync machine to empty them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, DeviceId, SealId};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::receipt::Receipt;
use hudang_sync::phone::{
    Action, Applied, Batch, BlobClass, BlobFailure, BlobItem, Event, FailureKind, Link, OutboxContent,
    OutboxItem, OutboxKey, PhoneSync, Settings, WakeBy, Want,
};
use hudang_sync::wire::{Bytes, Change, SyncRequest, SyncResponse, UnsentTip};

use crate::chance::Chance;
use crate::person::Person;
use crate::visit::Made;

/// What became of a piece of an original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The server holds it up to this byte; the size where it is whole.
    Sent(u64),
    /// The server is elsewhere.
    At(u64),
    /// It did not go.
    Failed(BlobFailure),
}

/// The way to the server, with all that can happen on it.
pub trait Way {
    /// Sends a request.
    fn sync(&mut self, sender: &mut Person, request: &SyncRequest) -> Result<SyncResponse, FailureKind>;
    /// Sends a piece of an original of this size.
    fn piece(&mut self, sender: &Person, hash: BlobHash, size: u64, offset: u64, bytes: &[u8]) -> Piece;
}

/// A phone.
pub struct Phone {
    /// Who uses it.
    pub person: Person,
    /// Rows that the server is not known to have.
    pub outbox: BTreeMap<OutboxKey, OutboxContent>,
    /// Everything that was ever in the outbox.
    history: Vec<OutboxContent>,
    /// Originals, each with whether the server holds it.
    pub blobs: BTreeMap<BlobHash, (Vec<u8>, bool)>,
    /// The originals that receipts name, by seal.
    pub receipts: BTreeMap<SealId, BTreeSet<BlobHash>>,
    /// The notes of all receipts that came.
    pub notes: Vec<Vec<u8>>,
    /// Codes of what the server refused or kept apart.
    pub refused: Vec<String>,
    /// How many requests were sent.
    pub requests: usize,
    /// After how many requests the outbox was empty for the first time.
    pub emptied_after: Option<usize>,
    server: VerifierKey,
    cursor: u64,
    next_key: u64,
    machine: PhoneSync,
    now_ms: u64,
}

impl Phone {
    /// A phone with nothing to send.
    pub fn new(person: Person, server: VerifierKey) -> Self {
        Self {
            person,
            outbox: BTreeMap::new(),
            history: Vec::new(),
            blobs: BTreeMap::new(),
            receipts: BTreeMap::new(),
            notes: Vec::new(),
            refused: Vec::new(),
            requests: 0,
            emptied_after: None,
            server,
            cursor: 0,
            next_key: 1,
            machine: PhoneSync::new(Settings::default()),
            now_ms: 0,
        }
    }

    fn put(&mut self, content: OutboxContent) {
        self.outbox.insert(OutboxKey(self.next_key), content.clone());
        self.next_key += 1;
        self.history.push(content);
    }

    /// Stores entries that its person stated.
    pub fn put_entries(&mut self, notes: &[Vec<u8>]) {
        for note in notes {
            let entry = Entry::parse(note).unwrap();
            let (dev, dseq) = (entry.header().dev, entry.header().dseq);
            let blob = entry.body().blob().map(|(blob, _)| blob);
            self.put(OutboxContent::Entry {
                dev,
                dseq,
                blob,
                note: Bytes::from(note.clone()),
            });
        }
    }

    /// Stores what the first of two people made of a visit.
    pub fn keeps_first(&mut self, made: &Made) {
        self.put_entries(&made.entries[0]);
        self.put(OutboxContent::Snapshot(made.snapshot.clone()));
        for seal in &made.seals {
            self.put(OutboxContent::Seal(Bytes::from(seal.clone())));
        }
        self.put(OutboxContent::Document(made.document.clone()));
        for original in [&made.photo].into_iter().chain(&made.recording) {
            self.blobs
                .insert(BlobHash::of(original), (original.clone(), false));
        }
    }

    /// Stores what the second of two people made of a visit.
    pub fn keeps_second(&mut self, made: &Made) {
        self.put_entries(&made.entries[1]);
        if let Some(document) = &made.second_document {
            self.put(OutboxContent::Document(document.clone()));
        }
    }

    /// The app is killed and starts again: what the machine knew is gone, what was stored is not.
    pub fn restarts(&mut self) {
        self.machine = PhoneSync::new(Settings::default());
    }

    /// Whether nothing is left to send.
    pub fn is_done(&self) -> bool {
        self.outbox.is_empty() && self.blobs.values().all(|(_, held)| *held)
    }

    /// Wakes the phone and lets it work until it waits or is idle, at most so many actions.
    pub fn works(&mut self, way: &mut dyn Way, chance: &mut Chance, actions_max: usize) {
        self.now_ms += 3_600_000;
        let wake = Event::Wake {
            now_ms: self.now_ms,
            link: Link::Wifi,
            by: WakeBy::Person,
        };
        let mut open: VecDeque<Action> = self.machine.on(wake).into();
        for _ in 0..actions_max {
            let Some(action) = open.pop_front() else { return };
            if let Some(event) = self.acts(action, way, chance) {
                open.extend(self.machine.on(event));
            }
        }
        // Whatever was under way is cut off here, as when the phone leaves the network for good.
        self.restarts();
    }

    fn acts(&mut self, action: Action, way: &mut dyn Way, chance: &mut Chance) -> Option<Event> {
        let jitter = u32::try_from(chance.bits() >> 32).unwrap();
        let now_ms = self.now_ms;
        match action {
            Action::LoadBatch(want) => Some(Event::Batch(self.batch(&want))),
            Action::Send { number, request } => {
                self.requests += 1;
                Some(match way.sync(&mut self.person, &request) {
                    Ok(response) => Event::Answered {
                        number,
                        response: Box::new(response),
                        now_ms,
                        jitter,
                    },
                    Err(kind) => Event::Failed { kind, now_ms, jitter },
                })
            }
            Action::Apply(applied) => {
                self.apply(*applied);
                None
            }
            Action::Resend { .. } => {
                for content in self.history.clone() {
                    self.outbox.insert(OutboxKey(self.next_key), content);
                    self.next_key += 1;
                }
                Some(Event::OutboxChanged)
            }
            Action::RaiseCounter { above } => {
                self.person.counter = self.person.counter.max(above);
                None
            }
            Action::Upload { hash, offset, len } => {
                let bytes = self.blobs[&hash].0.clone();
                let from = usize::try_from(offset).unwrap();
                let to = from + usize::try_from(len).unwrap();
                let piece = way.piece(&self.person, hash, bytes.len() as u64, offset, &bytes[from..to]);
                Some(match piece {
                    Piece::Sent(offset) => Event::BlobSent { hash, offset },
                    Piece::At(offset) => Event::BlobOffset { hash, offset },
                    Piece::Failed(kind) => Event::BlobFailed {
                        hash,
                        kind,
                        now_ms,
                        jitter,
                    },
                })
            }
            Action::Wait { .. } | Action::Idle => None,
        }
    }

    /// The last entry of each device that waits to be sent.
    fn tips(&self) -> Vec<UnsentTip> {
        let mut tips: BTreeMap<DeviceId, UnsentTip> = BTreeMap::new();
        for content in self.outbox.values() {
            if let OutboxContent::Entry { dev, dseq, note, .. } = content {
                let id = Entry::parse(note).unwrap().id();
                let tip = tips.entry(*dev).or_insert(UnsentTip {
                    dev: *dev,
                    dseq: 0,
                    id,
                });
                if *dseq >= tip.dseq {
                    (tip.dseq, tip.id) = (*dseq, id);
                }
            }
        }
        tips.into_values().collect()
    }

    fn batch(&self, want: &Want) -> Batch {
        let is_wanted = |(key, content): &(&OutboxKey, &OutboxContent)| {
            let held = match content {
                OutboxContent::Entry { dev, dseq, .. } => want.hold.get(dev).is_some_and(|from| dseq >= from),
                _ => false,
            };
            !held && !want.skip.contains(key)
        };
        let mut wanted = self.outbox.iter().filter(is_wanted);
        let items: Vec<OutboxItem> = wanted
            .by_ref()
            .take(want.items_max)
            .map(|(key, content)| OutboxItem {
                key: *key,
                content: content.clone(),
            })
            .collect();
        let more = wanted.next().is_some();
        let lacking = self.blobs.iter().filter(|(_, (_, held))| !held);
        let blobs = lacking.map(|(hash, (bytes, _))| BlobItem {
            hash: *hash,
            size_bytes: bytes.len() as u64,
            class: BlobClass::Photo,
        });
        Batch {
            items,
            blobs: blobs.collect(),
            cursor: self.cursor,
            more,
            tips: self.tips(),
            ..Batch::default()
        }
    }

    fn apply(&mut self, applied: Applied) {
        for key in &applied.acknowledged {
            self.outbox.remove(key);
        }
        if self.outbox.is_empty() && self.emptied_after.is_none() && !applied.acknowledged.is_empty() {
            self.emptied_after = Some(self.requests);
        }
        for (key, code) in applied.quarantined {
            self.outbox.remove(&key);
            self.refused.push(code);
        }
        self.refused
            .extend(applied.refused.into_iter().map(|refusal| refusal.code));
        self.refused.extend(applied.request_refused);
        for hash in applied.blobs_held {
            if let Some((_, held)) = self.blobs.get_mut(&hash) {
                *held = true;
            }
        }
        let news = applied.changes.into_iter().filter_map(|change| match change {
            Change::Receipt(parcel) => Some(parcel),
            _ => None,
        });
        for parcel in applied.receipts.into_iter().chain(news) {
            let receipt = Receipt::verify(&parcel.note, &self.server).unwrap();
            let named = self.receipts.entry(receipt.body().seal).or_default();
            named.extend(receipt.body().blobs.iter().copied());
            self.notes.push(parcel.note.to_vec());
        }
        self.cursor = applied.cursor.unwrap_or(self.cursor);
    }
}
