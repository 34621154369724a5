//! Finds sketches that are alike without looking at all of them: a picture's keypoints, a recording's anchors.
//!
//! Each sketch stands under the words of its places: twenty-odd bits of which two that are alike have several in
//! common, and two strangers rarely one. What shares enough words is compared in full. The tables grow by 48 rows of
//! about 12 bytes with a photo and by 92 with a recording, and lie on disk; nothing is held in memory.

use hudang_evidence::id::BlobHash;
use hudang_media::{audio, photo};
use rusqlite::{Connection, params};

use crate::dhashes::Memory;
use crate::error::Result;
use crate::likeness::Like;
use crate::search::{Prints, Search};

/// So many are compared in full, those that share most words first.
pub(crate) const COMPARED_MAX: usize = 200;
/// So many are read of one word: what has more is a pattern that says little, and reading all of it would let a phone
/// make the archive's work grow with what it sends.
pub(crate) const READ_MAX: u32 = 2_000;

/// Looks for what is alike in these tables, as the archive does beside the writer's turn. For measuring: it asks nobody who
/// looks.
#[derive(Default)]
pub struct Likenesses(Memory);

impl Likenesses {
    /// The photos that are like this one, by its dHash in eight orientations or by its keypoints; the photo itself too, if
    /// it is there.
    pub fn photos(&self, db: &Connection, prints: &photo::Prints) -> Result<Vec<Like>> {
        let dhashes = prints.dhash.orientations().iter().map(|dhash| dhash.0).collect();
        Search::begin(
            db,
            Prints::Photo(prints.keypoints.clone(), dhashes),
            Some(&self.0),
        )?
        .end(db)
    }

    /// The recordings that are like this one; the recording itself too, if it is there.
    pub fn recordings(&self, db: &Connection, sketch: &audio::AudioSketch) -> Result<Vec<Like>> {
        Search::begin(db, Prints::Recording(sketch.clone()), None)?.end(db)
    }
}

/// A sketch of what one original shows.
pub(crate) trait Sketch: Sized {
    /// What it is a sketch of, as the table of sketches says.
    const KIND: &'static str;
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
    const KIND: &'static str = "photo";
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
    const KIND: &'static str = "recording";
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
    db.prepare_cached("INSERT INTO sketch (journal, kind, hash, sketch) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![journal, S::KIND, blob.as_bytes(), sketch.to_bytes()])?;
    let mut insert = db.prepare_cached(&format!(
        "INSERT INTO {} (word, journal) VALUES (?1, ?2)",
        S::WORDS
    ))?;
    for word in sketch.words() {
        insert.execute(params![word, journal])?;
    }
    Ok(())
}
