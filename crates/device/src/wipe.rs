//! Deleting originals: only what a verified receipt names, and only when the contract's retention allows.

use hudang_evidence::body::{Body, Wipe};
use hudang_evidence::id::{BlobHash, EntryId, PersonId};
use rusqlite::params;

use crate::device::Device;
use crate::error::Result;

/// Most originals that one `wipe` entry names.
const BLOBS_MAX: u32 = 200;

/// What may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How long an original stays on the phone after the server confirmed it, in days.
    pub keep_days: u32,
}

/// What went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiped {
    /// The entry that says so.
    pub entry: EntryId,
    /// The originals.
    pub blobs: Vec<BlobHash>,
}

impl Device {
    /// Deletes the originals that may go and states it; nothing where there is none. `reason` is a code, e.g.
    /// `retention` or `contract-end`. The statement commits first: a file that outlives a crash goes at the next start.
    pub fn wipe(&mut self, person: &PersonId, retention: Retention, reason: &str) -> Result<Option<Wiped>> {
        let wiped = self.commit(|scope| {
            let holder = scope.holder(person)?;
            let keep_ms = i64::from(retention.keep_days).saturating_mul(86_400_000);
            let until_ms = scope.clock().wall_ms.saturating_sub(keep_ms);
            let mut select = scope.db.prepare_cached(
                "SELECT hash FROM blob JOIN receipt_blob ON receipt_blob.blob = blob.hash
                 WHERE gone = 0 AND recv_ms <= ?1 ORDER BY hash LIMIT ?2",
            )?;
            let blobs: Vec<BlobHash> = select
                .query_map(params![until_ms, BLOBS_MAX], |row| {
                    Ok(BlobHash::from_bytes(row.get(0)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            if blobs.is_empty() {
                return Ok(None);
            }
            for blob in &blobs {
                scope
                    .db
                    .prepare_cached("UPDATE blob SET gone = 1 WHERE hash = ?1")?
                    .execute([blob.as_bytes()])?;
            }
            let body = Body::Wipe(Wipe {
                blobs: blobs.clone(),
                reason: reason.to_owned(),
            });
            let entry = scope.append(holder.dev, None, &holder.contract, body)?.id();
            Ok(Some(Wiped { entry, blobs }))
        })?;
        for blob in wiped.iter().flat_map(|wiped| &wiped.blobs) {
            self.house.files.remove(&self.house.files.blob_path(blob))?;
        }
        Ok(wiped)
    }
}
