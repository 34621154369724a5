//! What an answer means for the rows that were sent.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::{BlobHash, DeviceId};
use hudang_evidence::signed_time::TimeSignature;

use super::backoff::backoff_ms;
use super::machine::{Ask, InFlight, PhoneSync};
use super::{Action, Applied, OutboxKey, Refusal, SignedTime};
use crate::code;
use crate::wire::{RefusalKind, SyncResponse, Verdict};

impl PhoneSync {
    /// An answer counts only for the request that is on its way: the verdicts of a late one, read as those of
    /// another request, would take rows out of the outbox that the server never saw.
    pub(super) fn on_answer(&mut self, number: u64, mut response: SyncResponse, jitter: u32) -> Vec<Action> {
        let in_flight = match core::mem::take(&mut self.ask) {
            Ask::Sent(in_flight) if in_flight.number == number => *in_flight,
            other => {
                self.ask = other;
                return Vec::new();
            }
        };
        self.failures = 0;
        self.grow();
        let suspects = core::mem::take(&mut self.suspects);
        // One item that the server fails on is the item's fault; several in a row were an outage.
        if suspects.len() > 1 {
            for key in suspects {
                self.parking.forget(key);
            }
            self.dirty = true;
        }
        let mut applied = Applied {
            receipts: core::mem::take(&mut response.receipts),
            changes: core::mem::take(&mut response.changes),
            problems: core::mem::take(&mut response.problems),
            standings: core::mem::take(&mut response.standings),
            cursor: Some(response.cursor),
            signed_time: signed_time(&in_flight, &response),
            ..Applied::default()
        };
        self.judge_lists(&in_flight, &response, jitter, &mut applied);
        let resend = self.judge_entries(&in_flight, &response, jitter, &mut applied);
        self.judge_blobs(&in_flight, &response, jitter, &mut applied);
        // A server that says "more" and stands still would be asked for ever.
        let more = response.more && response.cursor != in_flight.cursor;
        self.poll = self.poll || more;
        self.dirty = self.dirty || in_flight.more || !resend.is_empty();
        let mut actions = vec![Action::Apply(Box::new(applied))];
        actions.extend(resend);
        actions.extend(self.step());
        actions
    }

    /// The link carried one batch: the next may be larger again.
    fn grow(&mut self) {
        self.batch_bytes = self
            .batch_bytes
            .saturating_mul(2)
            .min(self.settings.batch_bytes_max);
        self.batch_items = self
            .batch_items
            .saturating_mul(2)
            .min(self.settings.batch_items_max)
            .max(1);
    }

    fn judge_lists(
        &mut self,
        in_flight: &InFlight,
        response: &SyncResponse,
        jitter: u32,
        applied: &mut Applied,
    ) {
        for (keys, verdicts) in [
            (&in_flight.snapshots, &response.snapshots),
            (&in_flight.seals, &response.seals),
            (&in_flight.documents, &response.documents),
            (&in_flight.remarks, &response.remarks),
        ] {
            for (place, key) in keys.iter().enumerate() {
                self.judge(*key, None, &verdict_at(verdicts, place), jitter, applied);
            }
        }
    }

    /// Settles one row. Whether it is with the server now.
    fn judge(
        &mut self,
        key: OutboxKey,
        entry: Option<(DeviceId, u64)>,
        verdict: &Verdict,
        jitter: u32,
        applied: &mut Applied,
    ) -> bool {
        match verdict {
            Verdict::Stored | Verdict::Already => applied.acknowledged.push(key),
            Verdict::Quarantined { code } => applied.quarantined.push((key, code.clone())),
            Verdict::Refused { code, kind } => {
                let wait_ms = match kind {
                    RefusalKind::Yours => self.settings.parked_ms,
                    RefusalKind::TryAgain | RefusalKind::Ours => {
                        backoff_ms(&self.settings, self.parking.tries(key).saturating_add(1), jitter)
                    }
                };
                self.parking.park(key, self.now_ms.saturating_add(wait_ms), entry);
                applied.refused.push(Refusal {
                    key,
                    code: code.clone(),
                    kind: *kind,
                });
                return false;
            }
        }
        self.parking.forget(key);
        true
    }

    /// Settles the entries, which are in `dseq` order for each device. Returns what is to be sent again.
    fn judge_entries(
        &mut self,
        in_flight: &InFlight,
        response: &SyncResponse,
        jitter: u32,
        applied: &mut Applied,
    ) -> Vec<Action> {
        let tips: BTreeMap<DeviceId, u64> = response.tips.iter().map(|tip| (tip.dev, tip.dseq)).collect();
        let mut blockers: BTreeMap<DeviceId, OutboxKey> = BTreeMap::new();
        let mut resend = Vec::new();
        for (place, (key, dev, dseq)) in in_flight.entries.iter().enumerate() {
            let verdict = verdict_at(&response.entries, place);
            let is_hole = matches!(&verdict, Verdict::Refused { code, .. } if code == code::HOLE);
            if is_hole && let Some(blocker) = blockers.get(dev) {
                applied.waiting.push((*key, *blocker));
                continue;
            }
            if is_hole
                && let Some(tip) = tips.get(dev)
                && self.resent.insert(*dev)
            {
                // The rows before this one were acknowledged once, and the server lacks them: it was restored
                // from a backup. They are in the phone's store still.
                resend.push(Action::Resend {
                    dev: *dev,
                    after_dseq: *tip,
                });
                blockers.insert(*dev, *key);
                continue;
            }
            if self.judge(*key, Some((*dev, *dseq)), &verdict, jitter, applied) {
                self.resent.remove(dev);
            } else {
                blockers.entry(*dev).or_insert(*key);
            }
        }
        resend
    }

    fn judge_blobs(
        &mut self,
        in_flight: &InFlight,
        response: &SyncResponse,
        jitter: u32,
        applied: &mut Applied,
    ) {
        let held: BTreeSet<BlobHash> = response.held().into_iter().collect();
        for need in &response.upload {
            self.blobs.needed(&need.hash, need.offset);
        }
        for hash in held {
            if self.blobs.held(&hash) {
                applied.blobs_held.push(hash);
            }
        }
        let until_ms = self.now_ms.saturating_add(backoff_ms(&self.settings, 3, jitter));
        for hash in &in_flight.blobs_asked {
            self.blobs.unanswered(hash, until_ms);
        }
    }
}

/// The time that came for the reading that the request brought.
fn signed_time(in_flight: &InFlight, response: &SyncResponse) -> Option<SignedTime> {
    let signature = response.time_signature.as_ref()?.as_slice().try_into().ok()?;
    Some(SignedTime {
        asked: in_flight.asked.clone()?,
        server_time_ms: response.server_time_ms,
        signature: TimeSignature::from_bytes(signature),
    })
}

/// The verdict on an item. A server that leaves one out has not said that it holds the item.
fn verdict_at(verdicts: &[Verdict], place: usize) -> Verdict {
    verdicts
        .get(place)
        .cloned()
        .unwrap_or_else(|| Verdict::refused(code::SERVER_FAULT))
}
