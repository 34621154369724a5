//! What the archive saw in an original: its facts, and which other originals it looks or sounds like.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hudang_evidence::id::{BlobHash, VisitId};
use hudang_evidence::original::{Inspected, Seen};
use hudang_media::audio::AudioFacts;
use hudang_media::photo::PhotoLook;
use hudang_media::seen;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{Touched, blob_of, users_of_likes};
use crate::error::{ArchiveError, Result};
use crate::journal::{self, Row};
use crate::known::Known;
use crate::likeness;
use crate::search::{Prints, Search};

/// What the archive saw in an original, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// What it is.
    #[serde(flatten)]
    pub seen: Seen,
    /// dHash in the eight orientations, upright first, 16 hex digits each; empty where no pixels could be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dhashes: Vec<String>,
    /// The keypoints of a photo, the anchors of a recording, base64; empty where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sketch: String,
    /// EXIF `OffsetTimeOriginal` of a photo in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_minutes: Option<i16>,
    /// How much of a recording is somebody speaking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_ms: Option<u64>,
}

impl Inspection {
    /// What is no more than this.
    pub(crate) fn of(seen: Seen) -> Self {
        Self {
            seen,
            dhashes: Vec::new(),
            sketch: String::new(),
            offset_minutes: None,
            speech_ms: None,
        }
    }

    /// What the media room saw in a photo.
    pub(crate) fn of_photo(look: &PhotoLook) -> Self {
        let dhash = look
            .prints
            .as_ref()
            .map(|prints| prints.dhash)
            .map_err(Clone::clone);
        let mut inspection = Self::of(seen::photo(&look.facts, &dhash));
        inspection.offset_minutes = look.facts.taken_offset_minutes;
        if let Ok(prints) = &look.prints {
            inspection.dhashes = prints
                .dhash
                .orientations()
                .iter()
                .map(ToString::to_string)
                .collect();
            inspection.sketch = STANDARD.encode(prints.keypoints.to_bytes());
        }
        inspection
    }

    /// What the media room heard in a recording.
    pub(crate) fn of_recording(facts: &AudioFacts) -> Self {
        let mut inspection = Self::of(seen::recording(facts));
        inspection.speech_ms = Some(facts.speech_ms);
        inspection.sketch = STANDARD.encode(facts.sketch.to_bytes());
        inspection
    }
}

/// Whether an original is compared with others: some entry names it as something else than a signature by hand. Simple
/// signatures, such as the cross of somebody who cannot write, look alike and say nothing.
pub(super) fn is_compared(db: &Connection, blob: &BlobHash) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT 1 FROM blob_use WHERE hash = ?1 AND compared = 1")?;
    Ok(select.exists([blob.as_bytes()])?)
}

/// Begins to compare an original at this place of the journal, where it was looked into before.
pub(super) fn compare(db: &Connection, seq: u64, blob: &BlobHash) -> Result<()> {
    let Some(inspection) = inspection_of(db, blob)? else {
        return Ok(());
    };
    let damaged = || ArchiveError::Damaged(format!("the inspection of {blob}"));
    match Prints::of(&inspection).map_err(|()| damaged())? {
        Some(prints) => index(db, Search::begin(db, prints.clone(), None)?, seq, blob, &prints),
        None => Ok(()),
    }
}

/// Notes which other originals this one is like, and adds it to those that are searched.
fn index(db: &Connection, search: Search, seq: u64, blob: &BlobHash, prints: &Prints) -> Result<()> {
    let mut likes = search.end(db)?;
    likes.retain(|like| like.blob != *blob);
    likeness::note(db, blob, &likes)?;
    prints.add(db, seq, blob)
}

/// Derives from an inspection: what is searched grows, and likenesses are noted.
pub(super) fn apply(db: &Connection, known: &Known, row: &Row, touched: &mut Touched) -> Result<()> {
    let damaged = || ArchiveError::Damaged(format!("journal row {}: an inspection", row.seq));
    let blob = blob_of(row)?;
    let inspection: Inspection = serde_json::from_slice(&row.payload).map_err(|_| damaged())?;
    db.prepare_cached("UPDATE blob SET inspected = ?2 WHERE hash = ?1")?
        .execute(params![blob.as_bytes(), row.seq])?;
    let facts = serde_json::to_string(&inspection.seen).map_err(|_| damaged())?;
    db.prepare_cached("INSERT INTO media_fact (hash, facts) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![blob.as_bytes(), facts])?;
    let prints = Prints::of(&inspection).map_err(|()| damaged())?;
    if let Some(prints) = prints
        && is_compared(db, &blob)?
    {
        let begun = known.searches.get(&blob).filter(|search| search.is_for(&prints));
        let search = match begun {
            Some(search) => Search::clone(&search),
            None => Search::begin(db, prints.clone(), None)?,
        };
        index(db, search, row.seq, &blob, &prints)?;
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
