//! What the archive saw in an original: its facts, and which other pictures it looks like.

use std::collections::BTreeMap;

use hudang_evidence::id::{BlobHash, VisitId};
use hudang_evidence::original::{Inspected, Seen};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{Touched, blob_of, users_of_likes};
use crate::error::{ArchiveError, Result};
use crate::journal::{self, Row};
use crate::likeness;

/// What the archive saw in an original, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// What it is.
    #[serde(flatten)]
    pub seen: Seen,
    /// dHash in the eight orientations, upright first, 16 hex digits each; empty where no pixels could be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dhashes: Vec<String>,
}

impl Inspection {
    fn dhashes(&self) -> Option<Vec<u64>> {
        self.dhashes
            .iter()
            .map(|text| u64::from_str_radix(text, 16).ok())
            .collect()
    }
}

/// Derives from an inspection: the index of pictures grows, and likenesses are noted.
pub(super) fn apply(db: &Connection, row: &Row, touched: &mut Touched) -> Result<()> {
    let damaged = || ArchiveError::Damaged(format!("journal row {}: an inspection", row.seq));
    let blob = blob_of(row)?;
    let inspection: Inspection = serde_json::from_slice(&row.payload).map_err(|_| damaged())?;
    db.prepare_cached("UPDATE blob SET inspected = ?2 WHERE hash = ?1")?
        .execute(params![blob.as_bytes(), row.seq])?;
    let facts = serde_json::to_string(&inspection.seen).map_err(|_| damaged())?;
    db.prepare_cached("INSERT INTO media_fact (hash, facts) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![blob.as_bytes(), facts])?;
    let dhashes = inspection.dhashes().ok_or_else(damaged)?;
    if let Some(upright) = dhashes
        .first()
        .copied()
        .filter(|dhash| likeness::is_telling(*dhash))
    {
        likeness::note(db, &blob, &likeness::find(db, &blob, &dhashes)?)?;
        likeness::add(db, &blob, upright)?;
    }
    for visit in users_of_likes(db, &blob)? {
        touched.visit(visit, row.seq);
    }
    Ok(())
}

/// What was seen in a blob; nothing where it was not looked at yet.
pub(crate) fn inspection_of(db: &Connection, blob: &BlobHash) -> Result<Option<Inspection>> {
    let mut select = db.prepare_cached("SELECT inspected FROM blob WHERE hash = ?1")?;
    let place: Option<u64> = select.query_row([blob.as_bytes()], |row| row.get(0)).optional()?;
    let Some(place) = place.filter(|place| *place != 0) else {
        return Ok(None);
    };
    serde_json::from_slice(&journal::payload(db, place)?)
        .map(Some)
        .map_err(|_| ArchiveError::Damaged(format!("journal row {place}: an inspection")))
}

/// What was seen in the originals that a visit names, of those that were looked into.
pub(crate) fn inspected(db: &Connection, visit: VisitId) -> Result<BTreeMap<BlobHash, Inspected>> {
    let mut select = db.prepare_cached(
        "SELECT blob.hash, blob.bytes, media_fact.facts FROM blob_use
         JOIN blob ON blob.hash = blob_use.hash JOIN media_fact ON media_fact.hash = blob_use.hash
         WHERE blob_use.visit = ?1",
    )?;
    let mut rows = select.query([visit.to_bytes()])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let hash = BlobHash::from_bytes(row.get(0)?);
        let facts: String = row.get(2)?;
        let seen = serde_json::from_str(&facts)
            .map_err(|error| ArchiveError::Damaged(format!("the facts of an original: {error}")))?;
        let bytes = row.get(1)?;
        found.insert(hash, Inspected { bytes, seen });
    }
    Ok(found)
}
