//! Finds sketches that are alike without looking at all of them: a picture's keypoints, a recording's anchors.
//!
//! Each sketch stands under the words of its places: twenty-odd bits of which two that are alike have several in
//! common, and two strangers rarely one. What shares enough words is compared in full. The tables grow by 48 rows of
//! about 12 bytes with a photo and by 92 with a recording, and lie on disk; nothing is held in memory.

use std::collections::BTreeMap;

use hudang_evidence::id::BlobHash;
use hudang_media::{audio, photo};
use rusqlite::{Connection, params};

use crate::error::{ArchiveError, Result};
use crate::likeness::{self, Like};

/// So many are compared in full, those that share most words first.
const COMPARED_MAX: usize = 200;
/// So many are read of one word: what has more is a pattern that says little, and reading all of it would let a phone
/// make the archive's work grow with what it sends.
const READ_MAX: u32 = 2_000;

/// The photos in these tables that are like this one, by its dHash in eight orientations or by its keypoints; the photo
/// itself too, if it is there. For measuring: it asks nobody who looks.
pub fn photos_alike(db: &Connection, prints: &photo::Prints) -> Result<Vec<Like>> {
    let dhashes: Vec<u64> = prints.dhash.orientations().iter().map(|dhash| dhash.0).collect();
    let by_distance = likeness::find(db, None, &dhashes)?;
    Ok(likeness::joined(by_distance, find(db, &prints.keypoints)?))
}

/// The recordings in these tables that are like this one; the recording itself too, if it is there. For measuring.
pub fn recordings_alike(db: &Connection, sketch: &audio::AudioSketch) -> Result<Vec<Like>> {
    Ok(likeness::joined(Vec::new(), find(db, sketch)?))
}

/// A sketch of what one original shows.
pub(crate) trait Sketch: Sized {
    /// The table of words.
    const WORDS: &'static str;
    /// Words that two share before they are compared in full.
    const SHARED_MIN: u32;

    /// Reads the stored form.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
    /// The stored form.
    fn to_bytes(&self) -> Vec<u8>;
    /// The words under which it stands.
    fn words(&self) -> impl Iterator<Item = u32>;
    /// The words under which one that is alike may stand.
    fn words_alike(&self) -> impl Iterator<Item = u32>;
    /// How much the two have in common, if enough.
    fn alike(&self, other: &Self) -> Option<u32>;
}

impl Sketch for photo::Keypoints {
    const WORDS: &'static str = "photo_word";
    const SHARED_MIN: u32 = photo::SHARED_WORDS_MIN;

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_bytes(bytes)
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn words(&self) -> impl Iterator<Item = u32> {
        self.words().into_iter()
    }

    fn words_alike(&self) -> impl Iterator<Item = u32> {
        self.words_alike().into_iter()
    }

    fn alike(&self, other: &Self) -> Option<u32> {
        let in_common = self.in_common(other);
        (in_common >= photo::ALIKE_MIN).then_some(in_common)
    }
}

impl Sketch for audio::AudioSketch {
    const WORDS: &'static str = "audio_word";
    const SHARED_MIN: u32 = audio::SHARED_WORDS_MIN;

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_bytes(bytes)
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn words(&self) -> impl Iterator<Item = u32> {
        self.words().into_iter()
    }

    fn words_alike(&self) -> impl Iterator<Item = u32> {
        self.words().into_iter()
    }

    fn alike(&self, other: &Self) -> Option<u32> {
        let in_common = self.in_common(other);
        (in_common >= audio::ALIKE_MIN).then_some(in_common)
    }
}

/// Adds the sketch of an original that was inspected at this place of the journal.
pub(crate) fn add<S: Sketch>(db: &Connection, journal: u64, blob: &BlobHash, sketch: &S) -> Result<()> {
    db.prepare_cached("INSERT INTO sketch (journal, hash, sketch) VALUES (?1, ?2, ?3)")?
        .execute(params![journal, blob.as_bytes(), sketch.to_bytes()])?;
    let mut insert = db.prepare_cached(&format!(
        "INSERT INTO {} (word, journal) VALUES (?1, ?2)",
        S::WORDS
    ))?;
    for word in sketch.words() {
        insert.execute(params![word, journal])?;
    }
    Ok(())
}

/// The originals whose sketches are alike, with how much they have in common.
pub(crate) fn find<S: Sketch>(db: &Connection, sketch: &S) -> Result<Vec<(BlobHash, u32)>> {
    let mut shared: BTreeMap<u64, u32> = BTreeMap::new();
    let mut select = db.prepare_cached(&format!(
        "SELECT journal FROM {} WHERE word = ?1 ORDER BY journal LIMIT ?2",
        S::WORDS
    ))?;
    for word in sketch.words_alike() {
        let mut rows = select.query(params![word, READ_MAX])?;
        while let Some(row) = rows.next()? {
            *shared.entry(row.get(0)?).or_insert(0) += 1;
        }
    }
    let mut candidates: Vec<(u32, u64)> = shared
        .into_iter()
        .filter(|(_, count)| *count >= S::SHARED_MIN)
        .map(|(journal, count)| (count, journal))
        .collect();
    candidates.sort_unstable_by_key(|(count, journal)| (core::cmp::Reverse(*count), *journal));
    candidates.truncate(COMPARED_MAX);
    let mut select = db.prepare_cached("SELECT hash, sketch FROM sketch WHERE journal = ?1")?;
    let mut found = Vec::new();
    for (_, journal) in candidates {
        let (hash, bytes): ([u8; 32], Vec<u8>) =
            select.query_row([journal], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let other = S::from_bytes(&bytes)
            .ok_or_else(|| ArchiveError::Damaged(format!("the sketch of journal row {journal}")))?;
        if let Some(in_common) = sketch.alike(&other) {
            found.push((BlobHash::from_bytes(hash), in_common));
        }
    }
    Ok(found)
}
