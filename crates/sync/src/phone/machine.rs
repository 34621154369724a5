//! The machine: what to do next.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::{BlobHash, DeviceId};
use hudang_evidence::signed_time::Moment;

use super::backoff::backoff_ms;
use super::blobs::Blobs;
use super::parking::Parking;
use super::{
    Action, Applied, Batch, BlobFailure, Event, FailureKind, Link, OutboxContent, OutboxItem, OutboxKey,
    Refusal, Settings, WakeBy, Want,
};
use crate::code;
use crate::wire::{ClockParcel, RefusalKind, SyncRequest};

/// Batches are not made smaller than this after failures.
const BATCH_BYTES_MIN: usize = 32 << 10;
/// How often the server may fail on one item alone before it is left aside for the others' sake.
const FAULTS_MAX: u32 = 3;

/// Where the one request at a time stands.
#[derive(Debug, Clone, Default)]
pub(super) enum Ask {
    /// There is none.
    #[default]
    None,
    /// The outbox is being read.
    Loading,
    /// It is on its way.
    Sent(Box<InFlight>),
}

/// What a request on its way carries, in the order of its lists.
#[derive(Debug, Clone, Default)]
pub(super) struct InFlight {
    pub(super) entries: Vec<(OutboxKey, DeviceId, u64)>,
    pub(super) snapshots: Vec<OutboxKey>,
    pub(super) seals: Vec<OutboxKey>,
    pub(super) documents: Vec<OutboxKey>,
    pub(super) remarks: Vec<OutboxKey>,
    pub(super) blobs_asked: Vec<BlobHash>,
    pub(super) cursor: u64,
    /// What the boot-time clock said when it was put together.
    pub(super) asked: Option<Moment>,
    /// Which request it is.
    pub(super) number: u64,
    /// The outbox held more than went into the request.
    pub(super) more: bool,
}

impl InFlight {
    fn keys(&self) -> Vec<OutboxKey> {
        let entries = self.entries.iter().map(|(key, _, _)| key);
        entries
            .chain(&self.snapshots)
            .chain(&self.seals)
            .chain(&self.documents)
            .chain(&self.remarks)
            .copied()
            .collect()
    }

    fn entry_of(&self, key: OutboxKey) -> Option<(DeviceId, u64)> {
        self.entries
            .iter()
            .find(|(other, _, _)| *other == key)
            .map(|(_, dev, dseq)| (*dev, *dseq))
    }
}

/// The phone's side of sync. One per installation.
#[derive(Debug, Clone)]
pub struct PhoneSync {
    pub(super) settings: Settings,
    pub(super) link: Link,
    pub(super) now_ms: u64,
    pub(super) ask: Ask,
    /// A request is wanted even where the outbox is empty: something may have happened elsewhere.
    pub(super) poll: bool,
    /// The outbox may hold what was not seen yet.
    pub(super) dirty: bool,
    /// Originals were completed since the last request, so new receipts are due.
    pub(super) receipts_due: bool,
    /// Failures in a row.
    pub(super) failures: u32,
    pub(super) wait_until_ms: Option<u64>,
    pub(super) batch_bytes: usize,
    pub(super) batch_items: usize,
    pub(super) parking: Parking,
    pub(super) blobs: Blobs,
    /// Devices whose entries were asked of the store again and did not help yet.
    pub(super) resent: BTreeSet<DeviceId>,
    /// How often the server failed on an item that went alone.
    faults: BTreeMap<OutboxKey, u32>,
    /// Items left aside because of that since the last answer.
    pub(super) suspects: Vec<OutboxKey>,
    /// The number of the last request.
    number: u64,
}

impl PhoneSync {
    /// Starts with nothing known and no link.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            link: Link::None,
            now_ms: 0,
            ask: Ask::None,
            poll: false,
            dirty: false,
            receipts_due: false,
            failures: 0,
            wait_until_ms: None,
            batch_bytes: settings.batch_bytes_max,
            batch_items: settings.batch_items_max.max(1),
            parking: Parking::default(),
            blobs: Blobs::default(),
            resent: BTreeSet::new(),
            faults: BTreeMap::new(),
            suspects: Vec::new(),
            number: 0,
        }
    }

    /// Takes up new settings, from the next decision on.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        self.batch_bytes = settings.batch_bytes_max;
        self.batch_items = settings.batch_items_max.max(1);
    }

    /// Decides what to do after this event. An event that nothing was asked for changes nothing.
    pub fn on(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Wake { now_ms, link, by } => self.on_wake(now_ms, link, by),
            Event::OutboxChanged => {
                self.dirty = true;
                self.step()
            }
            Event::Batch(batch) => self.on_batch(batch),
            Event::Answered {
                number,
                response,
                now_ms,
                jitter,
            } => {
                self.pass(now_ms);
                self.on_answer(number, *response, jitter)
            }
            Event::Failed { kind, now_ms, jitter } => {
                self.pass(now_ms);
                self.on_failure(kind, jitter)
            }
            Event::BlobOffset { hash, offset } => {
                self.blobs.corrected(&hash, offset);
                self.step()
            }
            Event::BlobSent { hash, offset } => self.on_blob_sent(hash, offset),
            Event::BlobFailed {
                hash,
                kind,
                now_ms,
                jitter,
            } => {
                self.pass(now_ms);
                self.on_blob_failure(hash, kind, jitter)
            }
        }
    }

    fn pass(&mut self, now_ms: u64) {
        self.now_ms = self.now_ms.max(now_ms);
    }

    fn on_wake(&mut self, now_ms: u64, link: Link, by: WakeBy) -> Vec<Action> {
        self.pass(now_ms);
        let new_link = link != self.link;
        self.link = link;
        if new_link || by != WakeBy::Timer {
            self.wait_until_ms = None;
            self.failures = 0;
        }
        if by == WakeBy::Person {
            self.parking.clear();
            self.blobs.release_all();
            self.faults.clear();
            self.resent.clear();
        }
        if self.wait_until_ms.is_some_and(|until_ms| until_ms <= self.now_ms) {
            self.wait_until_ms = None;
        }
        self.blobs.release(self.now_ms);
        self.poll = self.poll || matches!(self.ask, Ask::None);
        self.step()
    }

    /// What is next, where no request is under way.
    pub(super) fn step(&mut self) -> Vec<Action> {
        if !matches!(self.ask, Ask::None) {
            return Vec::new();
        }
        let busy = self.blobs.sending() > 0;
        if self.link == Link::None {
            return if busy { Vec::new() } else { vec![Action::Idle] };
        }
        if let Some(until_ms) = self.wait_until_ms {
            return vec![Action::Wait { until_ms }];
        }
        if self.poll || self.dirty {
            return vec![self.load()];
        }
        let stuck_until_ms = self.now_ms.saturating_add(self.settings.backoff_cap_ms);
        let mut actions = self.blobs.start(&self.settings, self.link, stuck_until_ms);
        if !actions.is_empty() || busy {
            return actions;
        }
        if self.receipts_due || self.blobs.any_unknown(&self.settings, self.link) {
            return vec![self.load()];
        }
        let parked_ms = self.parking.next_ms(self.now_ms);
        let next_ms = [parked_ms, self.blobs.next_ms(&self.settings, self.link)]
            .into_iter()
            .flatten()
            .min();
        actions.push(next_ms.map_or(Action::Idle, |until_ms| Action::Wait { until_ms }));
        actions
    }

    fn load(&mut self) -> Action {
        self.ask = Ask::Loading;
        self.poll = self.poll || self.receipts_due;
        self.dirty = false;
        self.receipts_due = false;
        Action::LoadBatch(Want {
            bytes_max: self.batch_bytes,
            items_max: self.batch_items,
            skip: self.parking.skip(self.now_ms),
            hold: self.parking.hold(self.now_ms),
        })
    }

    fn on_batch(&mut self, batch: Batch) -> Vec<Action> {
        if !matches!(self.ask, Ask::Loading) {
            return Vec::new();
        }
        self.ask = Ask::None;
        self.blobs.load(&batch.blobs);
        let (request, mut in_flight) = self.compose(batch);
        let empty = in_flight.keys().is_empty() && in_flight.blobs_asked.is_empty();
        if empty && !self.poll {
            return self.step();
        }
        self.poll = false;
        self.number = self.number.saturating_add(1);
        in_flight.number = self.number;
        self.ask = Ask::Sent(Box::new(in_flight));
        vec![Action::Send {
            number: self.number,
            request: Box::new(request),
        }]
    }

    fn compose(&self, batch: Batch) -> (SyncRequest, InFlight) {
        let mut request = SyncRequest {
            cursor: batch.cursor,
            ..SyncRequest::default()
        };
        // What was sent last is judged by the time that nothing more is to be sent.
        if batch.items.is_empty() {
            request.ask_whether_they_count(&batch.standings_asked);
        }
        let mut in_flight = InFlight {
            cursor: batch.cursor,
            more: batch.more,
            asked: batch.moment.clone(),
            ..InFlight::default()
        };
        let (skip, hold) = (self.parking.skip(self.now_ms), self.parking.hold(self.now_ms));
        let waits = |item: &OutboxItem| match &item.content {
            OutboxContent::Entry { dev, dseq, .. } => hold.get(dev).is_some_and(|from| dseq >= from),
            _ => false,
        };
        let mut items: Vec<OutboxItem> = batch
            .items
            .into_iter()
            .filter(|item| !skip.contains(&item.key) && !waits(item))
            .collect();
        in_flight.more = in_flight.more || items.len() > self.batch_items;
        items.truncate(self.batch_items);
        let mut named = BTreeSet::new();
        let mut entries = Vec::new();
        for OutboxItem { key, content } in items {
            match content {
                OutboxContent::Entry {
                    dev,
                    dseq,
                    blob,
                    note,
                } => {
                    named.extend(blob);
                    entries.push(((dev, dseq), key, note));
                }
                OutboxContent::Snapshot(parcel) => {
                    in_flight.snapshots.push(key);
                    request.snapshots.push(parcel);
                }
                OutboxContent::Seal(note) => {
                    in_flight.seals.push(key);
                    request.seals.push(note);
                }
                OutboxContent::Document(parcel) => {
                    in_flight.documents.push(key);
                    request.documents.push(parcel);
                }
                OutboxContent::Remark(parcel) => {
                    in_flight.remarks.push(key);
                    request.remarks.push(parcel);
                }
            }
        }
        entries.sort_by_key(|(place, _, _)| *place);
        for ((dev, dseq), key, note) in entries {
            in_flight.entries.push((key, dev, dseq));
            request.entries.push(note);
        }
        let goes = |dev: &DeviceId, dseq: u64| {
            let mut entries = in_flight.entries.iter();
            entries.any(|(_, of, number)| of == dev && *number == dseq)
        };
        let unsent = batch
            .tips
            .iter()
            .filter(|tip| !goes(&tip.dev, tip.dseq))
            .copied()
            .collect();
        request.clock = Some(ClockParcel::new(batch.moment, unsent));
        in_flight.blobs_asked = self.blobs.to_ask(&self.settings, self.link, &named);
        request.ask_about(&in_flight.blobs_asked);
        (request, in_flight)
    }

    fn on_failure(&mut self, kind: FailureKind, jitter: u32) -> Vec<Action> {
        let in_flight = match core::mem::take(&mut self.ask) {
            Ask::Sent(in_flight) => *in_flight,
            Ask::Loading | Ask::None => InFlight::default(),
        };
        // Whatever was asked for is still wanted.
        self.poll = true;
        self.failures = self.failures.saturating_add(1);
        let keys = in_flight.keys();
        let mut actions = Vec::new();
        let mut wait_ms = backoff_ms(&self.settings, self.failures, jitter);
        match kind {
            FailureKind::Network => self.batch_bytes = (self.batch_bytes / 2).max(BATCH_BYTES_MIN),
            FailureKind::Busy { retry_after_ms } => wait_ms = wait_ms.max(retry_after_ms.unwrap_or(0)),
            FailureKind::Storage => {}
            FailureKind::Refused { code } => {
                wait_ms = backoff_ms(&self.settings, u32::MAX, jitter);
                actions.push(Action::Apply(Box::new(Applied {
                    request_refused: Some(code),
                    ..Applied::default()
                })));
            }
            FailureKind::Counter { highest } => {
                actions.push(Action::RaiseCounter { above: highest });
                if self.failures == 1 {
                    wait_ms = 0;
                }
            }
            FailureKind::TooLarge => {
                actions.extend(self.suspect(&in_flight, code::TOO_LARGE, RefusalKind::Yours, 1));
                self.batch_bytes = (self.batch_bytes / 2).max(BATCH_BYTES_MIN);
                if !keys.is_empty() {
                    wait_ms = 0;
                }
            }
            FailureKind::Server => {
                actions.extend(self.suspect(&in_flight, code::SERVER_FAULT, RefusalKind::Ours, FAULTS_MAX));
            }
        }
        if wait_ms > 0 {
            self.wait_until_ms = self.wait_until_ms.max(Some(self.now_ms.saturating_add(wait_ms)));
        }
        actions.extend(self.step());
        actions
    }

    /// The request may hold one item that the server cannot take. It is halved until the item stands alone, which
    /// is left aside once it failed `faults_max` times, so that the others go through.
    fn suspect(
        &mut self,
        in_flight: &InFlight,
        code: &str,
        kind: RefusalKind,
        faults_max: u32,
    ) -> Option<Action> {
        let keys = in_flight.keys();
        let [key] = keys.as_slice() else {
            self.batch_items = if keys.is_empty() {
                self.batch_items
            } else {
                (keys.len() / 2).max(1)
            };
            return None;
        };
        let faults = self.faults.entry(*key).or_default();
        *faults = faults.saturating_add(1);
        if *faults < faults_max {
            return None;
        }
        self.faults.remove(key);
        self.suspects.push(*key);
        let until_ms = self.now_ms.saturating_add(self.settings.parked_ms);
        self.parking.park(*key, until_ms, in_flight.entry_of(*key));
        let refusal = Refusal {
            key: *key,
            code: code.to_owned(),
            kind,
        };
        Some(Action::Apply(Box::new(Applied {
            refused: vec![refusal],
            ..Applied::default()
        })))
    }

    fn on_blob_sent(&mut self, hash: BlobHash, offset: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.blobs.sent(&hash, offset) {
            self.receipts_due = true;
            actions.push(Action::Apply(Box::new(Applied {
                blobs_held: vec![hash],
                ..Applied::default()
            })));
        }
        actions.extend(self.step());
        actions
    }

    fn on_blob_failure(&mut self, hash: BlobHash, kind: BlobFailure, jitter: u32) -> Vec<Action> {
        if !self.blobs.is_sending(&hash) {
            return self.step();
        }
        let parked_until_ms = self.now_ms.saturating_add(self.settings.parked_ms);
        let refused = match kind {
            BlobFailure::Network => {
                self.break_off(&hash, 0, jitter);
                None
            }
            BlobFailure::Busy { retry_after_ms } => {
                self.break_off(&hash, retry_after_ms.unwrap_or(0), jitter);
                None
            }
            BlobFailure::Mismatch => (!self.blobs.mismatched(&hash)).then(|| code::BLOB_MISMATCH.to_owned()),
            BlobFailure::Gone => Some(code::BLOB_GONE.to_owned()),
            BlobFailure::Refused { code } => Some(code),
        };
        let mut actions = Vec::new();
        if let Some(code) = refused {
            self.blobs.park(&hash, parked_until_ms);
            actions.push(Action::Apply(Box::new(Applied {
                blobs_refused: vec![(hash, code)],
                ..Applied::default()
            })));
        }
        actions.extend(self.step());
        actions
    }

    /// The link or the server gave out in mid-piece. Pieces that break together count as one failure.
    fn break_off(&mut self, hash: &BlobHash, at_least_ms: u64, jitter: u32) {
        self.blobs.broken(hash);
        if self.wait_until_ms.is_none() {
            self.failures = self.failures.saturating_add(1);
            let wait_ms = backoff_ms(&self.settings, self.failures, jitter).max(at_least_ms);
            self.wait_until_ms = Some(self.now_ms.saturating_add(wait_ms));
        }
    }
}
