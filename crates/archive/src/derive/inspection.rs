//! What the archive saw in an original: its facts, and which other pictures it looks like.

use hudang_evidence::id::BlobHash;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{Touched, blob_of, users_of_likes};
use crate::error::{ArchiveError, Result};
use crate::journal::{self, Row};
use crate::likeness;

/// What the archive saw in an original, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Inspection {
    /// A photo.
    Photo {
        /// Media type, as found in the bytes.
        mime: String,
        /// Stored width in pixels.
        width: u32,
        /// Stored height in pixels.
        height: u32,
        /// dHash in the eight orientations, upright first, 16 hex digits each; empty where nothing here decodes it.
        dhashes: Vec<String>,
        /// EXIF time, local, as the camera wrote it; empty where it did not.
        taken: String,
        /// The file ends before the picture does.
        truncated: bool,
    },
    /// A recording.
    Recording {
        /// Media type, as found in the bytes.
        mime: String,
        /// How long it is.
        duration_ms: u64,
        /// Its longest silence.
        gap_ms: u64,
        /// Whether there is nothing but silence.
        silent: bool,
        /// The file ends in the middle of something.
        truncated: bool,
        /// Some of it was unreadable.
        damaged: bool,
    },
    /// Neither, or none that can be read.
    Other {
        /// Why, as a code of the media room; empty for a paper, which is not looked into.
        code: String,
    },
}

impl Inspection {
    fn dhashes(&self) -> Option<Vec<u64>> {
        let Self::Photo { dhashes, .. } = self else {
            return Some(Vec::new());
        };
        dhashes
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
