//! Rows that the server refused: they stay in the outbox and are left alone for a while.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::DeviceId;

use super::OutboxKey;

/// Until when, and how often it was refused.
#[derive(Debug, Clone)]
struct Parked {
    /// Tried again from then on; the row is kept here after that, so that its tries are not forgotten.
    until_ms: u64,
    tries: u32,
    /// Where it is an entry: whose, and its `dseq`. Later entries of the device wait for it.
    entry: Option<(DeviceId, u64)>,
}

/// All refused rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Parking {
    rows: BTreeMap<OutboxKey, Parked>,
}

impl Parking {
    /// How often the row was refused so far.
    pub(super) fn tries(&self, key: OutboxKey) -> u32 {
        self.rows.get(&key).map_or(0, |row| row.tries)
    }

    pub(super) fn park(&mut self, key: OutboxKey, until_ms: u64, entry: Option<(DeviceId, u64)>) {
        let tries = self.tries(key).saturating_add(1);
        self.rows.insert(
            key,
            Parked {
                until_ms,
                tries,
                entry,
            },
        );
    }

    pub(super) fn forget(&mut self, key: OutboxKey) {
        self.rows.remove(&key);
    }

    /// Lets all rows go at once, with their tries forgotten.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    /// Rows to leave out at this time.
    pub(super) fn skip(&self, now_ms: u64) -> BTreeSet<OutboxKey> {
        self.waiting(now_ms).map(|(key, _)| *key).collect()
    }

    /// From which `dseq` on each device waits at this time.
    pub(super) fn hold(&self, now_ms: u64) -> BTreeMap<DeviceId, u64> {
        let mut hold: BTreeMap<DeviceId, u64> = BTreeMap::new();
        for (dev, dseq) in self.waiting(now_ms).filter_map(|(_, row)| row.entry) {
            let from = hold.entry(dev).or_insert(dseq);
            *from = (*from).min(dseq);
        }
        hold
    }

    /// When the next row is due.
    pub(super) fn next_ms(&self, now_ms: u64) -> Option<u64> {
        self.waiting(now_ms).map(|(_, row)| row.until_ms).min()
    }

    fn waiting(&self, now_ms: u64) -> impl Iterator<Item = (&OutboxKey, &Parked)> {
        self.rows.iter().filter(move |(_, row)| row.until_ms > now_ms)
    }
}
