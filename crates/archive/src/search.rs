//! Looks for the originals that look or sound like one, in two steps: among all that are here, beside the writer's turn;
//! then, in its turn, among the few that came since.
//!
//! What is found depends on the journal's order alone: one step over everything finds the same as two. So it may be
//! begun at any time, or not at all, and a rebuild finds the same.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hudang_evidence::id::BlobHash;
use hudang_evidence::original::Seen;
use hudang_media::audio::AudioSketch;
use hudang_media::photo::Keypoints;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::derive::Inspection;
use crate::dhashes::{self, Memory};
use crate::error::{ArchiveError, Result};
use crate::likeness::{DISTANCE_NONE, Like, is_telling};
use crate::sketches::{COMPARED_MAX, READ_MAX, Sketch};

/// By what an original is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prints {
    /// A photo's keypoints and its dHash in eight orientations, upright first; none where it says too little.
    Photo(Keypoints, Vec<u64>),
    /// A recording's anchors.
    Recording(AudioSketch),
}

impl Prints {
    /// What an inspection says; nothing for what is neither photo nor recording. `Err` where it is damaged.
    pub(crate) fn of(inspection: &Inspection) -> core::result::Result<Option<Self>, ()> {
        let sketch = STANDARD.decode(&inspection.sketch).map_err(drop)?;
        match &inspection.seen {
            Seen::Photo(_) => {
                let dhashes = inspection.dhashes.iter();
                let dhashes = dhashes.map(|text| u64::from_str_radix(text, 16).map_err(drop));
                let mut dhashes = dhashes.collect::<core::result::Result<Vec<u64>, ()>>()?;
                if !dhashes.first().copied().is_some_and(is_telling) {
                    dhashes.clear();
                }
                Ok(Some(Self::Photo(
                    Keypoints::from_bytes(&sketch).ok_or(())?,
                    dhashes,
                )))
            }
            Seen::Recording(_) => Ok(Some(Self::Recording(AudioSketch::from_bytes(&sketch).ok_or(())?))),
            Seen::Paper { .. } | Seen::Other { .. } => Ok(None),
        }
    }

    /// Adds the original, inspected at this place of the journal, to those that are searched.
    pub(crate) fn add(&self, db: &Connection, journal: u64, blob: &BlobHash) -> Result<()> {
        match self {
            Self::Photo(keypoints, dhashes) => {
                if let Some(upright) = dhashes.first() {
                    dhashes::add(db, journal, *upright)?;
                }
                crate::sketches::add(db, journal, blob, keypoints)
            }
            Self::Recording(sketch) => crate::sketches::add(db, journal, blob, sketch),
        }
    }
}

/// A look for what is like one original that has come as far as some row of the journal.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    prints: Prints,
    /// The last row that it has seen.
    up_to: u64,
    /// Photos near by their dHash: journal row, distance.
    near: Vec<(u64, u32)>,
    /// How often each word was read.
    reads: BTreeMap<u32, u32>,
    /// What shares enough words, most first.
    compared: Vec<Compared>,
}

/// An original that shares words with the one in question.
#[derive(Debug, Clone, Copy)]
struct Compared {
    shared: u32,
    journal: u64,
    /// How much the two have in common, if enough.
    in_common: Option<u32>,
}

impl Search {
    /// Of the photos near by their dHash the nearest, of those as near the first: a phone's thousand photos of one wall cost no
    /// more.
    fn keep_nearest(&mut self) {
        self.near
            .sort_unstable_by_key(|(journal, distance)| (*distance, *journal));
        self.near.truncate(COMPARED_MAX);
    }

    /// Looks among all that are here. Where `db` is at a state that was committed, `memory` spares it most of the reading.
    pub(crate) fn begin(db: &Connection, prints: Prints, memory: Option<&Memory>) -> Result<Self> {
        let up_to = db
            .prepare_cached("SELECT coalesce(max(journal), 0) FROM sketch")?
            .query_row([], |row| row.get(0))?;
        let mut search = Self {
            prints,
            up_to,
            near: Vec::new(),
            reads: BTreeMap::new(),
            compared: Vec::new(),
        };
        match search.prints.clone() {
            Prints::Photo(keypoints, dhashes) => {
                search.near = match memory {
                    Some(memory) => memory.near(db, &dhashes)?,
                    None => dhashes::near_since(db, &dhashes, 0)?,
                };
                search.near.retain(|(journal, _)| *journal <= up_to);
                search.keep_nearest();
                search.look_up(db, &keypoints)?;
            }
            Prints::Recording(sketch) => search.look_up(db, &sketch)?,
        }
        Ok(search)
    }

    /// Whether it is for this.
    pub(crate) fn is_for(&self, prints: &Prints) -> bool {
        self.prints == *prints
    }

    /// Looks among those that came since, and tells all that are alike, in order of their names.
    pub(crate) fn end(mut self, db: &Connection) -> Result<Vec<Like>> {
        match self.prints.clone() {
            Prints::Photo(keypoints, dhashes) => {
                self.near.extend(dhashes::near_since(db, &dhashes, self.up_to)?);
                self.keep_nearest();
                self.look_since(db, &keypoints)?;
            }
            Prints::Recording(sketch) => self.look_since(db, &sketch)?,
        }
        self.likes(db)
    }

    fn look_up<S: Sketch>(&mut self, db: &Connection, sketch: &S) -> Result<()> {
        let mut sharing: Vec<u64> = Vec::new();
        let mut select = db.prepare_cached(&format!(
            "SELECT journal FROM {} WHERE word = ?1 ORDER BY journal LIMIT ?2",
            S::WORDS
        ))?;
        for word in sketch.words_alike() {
            let mut rows = select.query(params![word, READ_MAX])?;
            let mut read = 0;
            while let Some(row) = rows.next()? {
                sharing.push(row.get(0)?);
                read += 1;
            }
            self.reads.insert(word, read);
        }
        sharing.sort_unstable();
        let mut candidates: Vec<(u32, u64)> = sharing
            .chunk_by(|one, other| one == other)
            .filter_map(|same| Some((u32::try_from(same.len()).ok()?, *same.first()?)))
            .filter(|(shared, _)| *shared >= S::SHARED_MIN)
            .collect();
        candidates.sort_unstable_by_key(|(shared, journal)| (core::cmp::Reverse(*shared), *journal));
        candidates.truncate(COMPARED_MAX);
        let mut select = db.prepare_cached("SELECT sketch FROM sketch WHERE journal = ?1")?;
        for (shared, journal) in candidates {
            let bytes: Vec<u8> = select.query_row([journal], |row| row.get(0))?;
            let in_common = sketch.alike(&read::<S>(journal, &bytes)?);
            self.compared.push(Compared {
                shared,
                journal,
                in_common,
            });
        }
        Ok(())
    }

    fn look_since<S: Sketch>(&mut self, db: &Connection, sketch: &S) -> Result<()> {
        let mut select = db.prepare_cached(
            "SELECT journal, sketch FROM sketch WHERE journal > ?1 AND kind = ?2 ORDER BY journal",
        )?;
        let mut rows = select.query(params![self.up_to, S::KIND])?;
        while let Some(row) = rows.next()? {
            let (journal, bytes): (u64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let other = read::<S>(journal, &bytes)?;
            let mut shared = 0;
            for word in other.words() {
                if let Some(read) = self.reads.get_mut(&word).filter(|read| **read < READ_MAX) {
                    *read += 1;
                    shared += 1;
                }
            }
            if shared >= S::SHARED_MIN {
                self.compared.push(Compared {
                    shared,
                    journal,
                    in_common: sketch.alike(&other),
                });
            }
        }
        // As one step would have it.
        self.compared
            .sort_by_key(|found| (core::cmp::Reverse(found.shared), found.journal));
        self.compared.truncate(COMPARED_MAX);
        Ok(())
    }

    fn likes(&self, db: &Connection) -> Result<Vec<Like>> {
        let mut select = db.prepare_cached("SELECT hash FROM sketch WHERE journal = ?1")?;
        let mut name = |journal: u64| -> Result<BlobHash> {
            let hash = select.query_row([journal], |row| row.get(0)).optional()?;
            let lost = || ArchiveError::Damaged(format!("the sketch of journal row {journal}"));
            hash.map(BlobHash::from_bytes).ok_or_else(lost)
        };
        let mut likes: BTreeMap<BlobHash, Like> = BTreeMap::new();
        for (journal, distance) in &self.near {
            let blob = name(*journal)?;
            likes.insert(
                blob,
                Like {
                    blob,
                    distance: *distance,
                    in_common: 0,
                },
            );
        }
        for found in &self.compared {
            let Some(in_common) = found.in_common else {
                continue;
            };
            let blob = name(found.journal)?;
            let like = likes.entry(blob).or_insert(Like {
                blob,
                distance: DISTANCE_NONE,
                in_common,
            });
            like.in_common = in_common;
        }
        Ok(likes.into_values().collect())
    }
}

fn read<S: Sketch>(journal: u64, bytes: &[u8]) -> Result<S> {
    S::from_bytes(bytes).ok_or_else(|| ArchiveError::Damaged(format!("the sketch of journal row {journal}")))
}

#[cfg(test)]
mod tests {
    use hudang_media::photo::KEYPOINTS_MAX;
    use hudang_testkit::chance::Chance;

    use super::*;
    use crate::schema;

    /// Pictures of which many have places of one another, as photos of one wall have.
    fn pictures(chance: &mut Chance, count: usize) -> Vec<Prints> {
        let places: Vec<[u8; 12]> = (0..60)
            .map(|_| {
                let mut place = [0; 12];
                place.fill_with(|| u8::try_from(chance.below(256)).unwrap());
                place
            })
            .collect();
        (0..count)
            .map(|_| {
                let bytes = (0..KEYPOINTS_MAX).flat_map(|_| places[chance.below(60)]);
                let keypoints = Keypoints::from_bytes(&bytes.collect::<Vec<u8>>()).unwrap();
                let dhash = 0x5a5a_0f0f_1234_8765 ^ (1 << chance.below(64)) ^ (1 << chance.below(64));
                Prints::Photo(keypoints, vec![dhash, dhash.reverse_bits()])
            })
            .collect()
    }

    #[test]
    fn two_steps_find_what_one_finds_wherever_the_first_ended() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db).unwrap();
        let mut chance = Chance::new(9);
        let pictures = pictures(&mut chance, COMPARED_MAX + 40);
        let wanted = pictures.last().unwrap().clone();
        let memory = Memory::default();
        let begun: Vec<Search> = (1_u64..)
            .zip(&pictures)
            .map(|(journal, prints)| {
                let begun = Search::begin(&db, wanted.clone(), Some(&memory)).unwrap();
                prints
                    .add(&db, journal, &BlobHash::of(&journal.to_le_bytes()))
                    .unwrap();
                begun
            })
            .collect();
        let whole = Search::begin(&db, wanted, None).unwrap().end(&db).unwrap();
        assert!(
            whole.iter().filter(|like| like.in_common > 0).count() > 40,
            "{}",
            whole.len()
        );
        assert!(whole.iter().filter(|like| like.distance != DISTANCE_NONE).count() > 40);
        for search in begun {
            let up_to = search.up_to;
            assert_eq!(search.end(&db).unwrap(), whole, "begun at {up_to}");
        }
    }
}
