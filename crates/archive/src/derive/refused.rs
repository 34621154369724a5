//! Signatures on a seal that were not admitted when they were received: kept apart, as proof that somebody tried.

use core::fmt;

use hudang_evidence::id::{DeviceId, SealId, Sha256, VisitId};
use rusqlite::{Connection, params};

use crate::error::{ArchiveError, Result};
use crate::journal;

/// What such a row of the quarantine is called.
pub(crate) const SIGNATURE: &str = "signature";

/// Whose signature was not admitted on which seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefusedSigner {
    pub(crate) seal: SealId,
    pub(crate) dev: DeviceId,
}

impl RefusedSigner {
    /// Names the refusal, so that each is kept once.
    pub(crate) fn name(self) -> Sha256 {
        Sha256::of(self.to_string().as_bytes())
    }

    /// What was refused on the seals of a visit, each with the code that says why.
    pub(crate) fn of_visit(db: &Connection, visit: VisitId) -> Result<Vec<(Self, String)>> {
        let mut select = db.prepare_cached(
            "SELECT journal, code FROM quarantine WHERE visit = ?1 AND kind = ?2 ORDER BY journal",
        )?;
        let rows = select.query_map(params![visit.to_bytes(), SIGNATURE], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.map(|row| {
            let (seq, code): (u64, String) = row?;
            let payload = journal::payload(db, seq)?;
            let text = core::str::from_utf8(&payload).unwrap_or_default();
            let line = text.lines().nth(1).and_then(|line| line.split_once(' '));
            let told = line.and_then(|(seal, dev)| {
                Some(Self {
                    seal: seal.parse().ok()?,
                    dev: dev.parse().ok()?,
                })
            });
            let damaged = || ArchiveError::Damaged(format!("journal row {seq}: a refused signature"));
            Ok((told.ok_or_else(damaged)?, code))
        })
        .collect()
    }
}

impl fmt::Display for RefusedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.seal, self.dev)
    }
}
