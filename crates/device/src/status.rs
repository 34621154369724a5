//! What a person sees of a visit at every moment: what is saved, what is sent, what the server confirmed.

use hudang_evidence::id::{PersonId, SealId, VisitId};
use hudang_evidence::seal::Seal;
use rusqlite::{OptionalExtension as _, params};

use crate::anchors::OpeningTime;
use crate::device::Device;
use crate::error::Result;
use crate::seal::open_seals;

/// How far a visit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitStatus {
    /// Fields that are being typed.
    pub drafts: usize,
    /// Whose chains are here.
    pub people: Vec<PersonId>,
    /// Rows that wait to be sent.
    pub waiting: u64,
    /// Of these, rows that the server refused.
    pub refused: u64,
    /// Originals of the visit that are not known to be with the server.
    pub blobs_waiting: u64,
    /// The seal that stands, where there is one.
    pub seal: Option<SealId>,
    /// Somebody stated that it is not to be finished, and nothing is sealed.
    pub voided: bool,
    /// A verified receipt names that seal and every original: the visit is green.
    pub received: bool,
    /// When this phone opened the visit, as far as it can be proved; absent before that.
    pub opening: Option<OpeningTime>,
}

impl Device {
    /// How far a visit is.
    pub fn status(&self, visit: VisitId) -> Result<VisitStatus> {
        let scope = self.scope();
        let (waiting, refused) = self.db.query_row(
            "SELECT count(*), count(*) FILTER (WHERE refusal <> '') FROM outbox WHERE visit = ?1",
            [visit.to_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut with_server = self
            .db
            .prepare_cached(
                "SELECT 1 FROM blob WHERE hash = ?1 AND with_server = 0 AND hash NOT IN (SELECT hash FROM unsent)",
            )?;
        let mut blobs_waiting = 0_u64;
        let entries = scope.entries(visit)?;
        for entry in &entries {
            if let Some((blob, _)) = entry.body().blob()
                && with_server.exists([blob.as_bytes()])?
            {
                blobs_waiting = blobs_waiting.saturating_add(1);
            }
        }
        let seals = scope.seals(visit)?;
        let open = open_seals(&seals);
        let seal = match open.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        let mut received = false;
        if let Some(seal) = seal {
            let mut receipt = self
                .db
                .prepare_cached("SELECT 1 FROM receipt WHERE visit = ?1 AND seal = ?2")?;
            received = receipt.exists(params![visit.to_bytes(), seal.id().as_bytes()])?;
            let mut named = self
                .db
                .prepare_cached("SELECT 1 FROM receipt_blob WHERE blob = ?1")?;
            for item in &seal.body().media {
                received = received && named.exists([item.sha256.as_bytes()])?;
            }
        }
        Ok(VisitStatus {
            drafts: scope.drafts(visit)?.len(),
            people: scope.present(visit)?.into_iter().collect(),
            waiting,
            refused,
            blobs_waiting,
            seal: seal.map(Seal::id),
            voided: scope.is_voided(visit)?,
            received,
            opening: scope.opening_time(&entries)?,
        })
    }

    /// The note of the last receipt that the server gave for a visit; `None` where it has given none.
    pub fn last_receipt(&self, visit: VisitId) -> Result<Option<Vec<u8>>> {
        let mut select = self.db.prepare_cached(
            "SELECT note FROM receipt WHERE visit = ?1 ORDER BY recv_ms DESC, hash LIMIT 1",
        )?;
        Ok(select
            .query_row([visit.to_bytes()], |row| row.get(0))
            .optional()?)
    }
}
