//! Finds pictures that look like one another without looking at all of them.
//!
//! Two dHashes within ten of 64 bits: cut into four bands of 16 bits, three bands cannot all be more than two
//! bits apart and the fourth more than one (3 × 3 + 2 = 11). So it is enough to look up, in each band, the
//! values within two bits (one bit in the last): 428 look-ups for one orientation, however many photos there
//! are (multi-index hashing, Norouzi, Punjani, Fleet 2012).

use std::collections::BTreeMap;

use hudang_evidence::id::BlobHash;
use rusqlite::{Connection, params};

use crate::error::{ArchiveError, Result};

/// Largest distance at which a person is asked to look (EVIDENCE §1.6).
pub const DISTANCE_MAX: u32 = 10;

/// So many likenesses of one picture are noted. Who has three thousand photos of one wall is told of the nearest;
/// noting all pairs would let a phone make the archive's work grow with the square of what it sends.
pub const LIKES_MAX: usize = 16;

const BANDS: u32 = 4;

/// An original that looks or sounds like the one in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Like {
    /// The other original.
    pub blob: BlobHash,
    /// Bits in which the dHashes of two pictures differ, in the orientation in which they differ least; 64 where that is
    /// too many, and of recordings.
    pub distance: u32,
    /// Keypoints or anchors that the two have in common; 0 where these are too few.
    pub in_common: u32,
}

/// Stands for a distance that says nothing.
pub(crate) const DISTANCE_NONE: u32 = 64;

/// Joins what the two kinds of comparison found.
pub(crate) fn joined(by_distance: Vec<Like>, by_sketch: Vec<(BlobHash, u32)>) -> Vec<Like> {
    let mut likes: BTreeMap<BlobHash, Like> = by_distance.into_iter().map(|like| (like.blob, like)).collect();
    for (blob, in_common) in by_sketch {
        let like = likes.entry(blob).or_insert(Like {
            blob,
            distance: DISTANCE_NONE,
            in_common,
        });
        like.in_common = in_common;
    }
    likes.into_values().collect()
}

/// Whether a fingerprint says enough to compare: one flat colour gives the same few bits for any picture.
pub(crate) const fn is_telling(dhash: u64) -> bool {
    let ones = dhash.count_ones();
    ones >= 6 && ones <= 58
}

/// Adds a picture's dHash.
pub(crate) fn add(db: &Connection, blob: &BlobHash, dhash: u64) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO photo_band (band, value, hash, dhash) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for band in 0..BANDS {
        insert.execute(params![
            band,
            value(dhash, band),
            blob.as_bytes(),
            dhash.cast_signed()
        ])?;
    }
    Ok(())
}

/// The pictures within [`DISTANCE_MAX`] of any of these orientations, ordered by hash; but not the picture `but`.
pub(crate) fn find(db: &Connection, but: Option<&BlobHash>, orientations: &[u64]) -> Result<Vec<Like>> {
    let mut nearest: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    let mut select =
        db.prepare_cached("SELECT hash, dhash FROM photo_band WHERE band = ?1 AND value = ?2")?;
    for dhash in orientations {
        for band in 0..BANDS {
            for probe in probes(value(*dhash, band), if band + 1 == BANDS { 1 } else { 2 }) {
                let mut rows = select.query(params![band, probe])?;
                while let Some(row) = rows.next()? {
                    let distance = (row.get::<_, i64>(1)?.cast_unsigned() ^ dhash).count_ones();
                    if distance <= DISTANCE_MAX {
                        let hash: Vec<u8> = row.get(0)?;
                        let hash: [u8; 32] = hash
                            .try_into()
                            .map_err(|_| ArchiveError::Damaged("a photo's name".into()))?;
                        let known = nearest.entry(hash).or_insert(distance);
                        *known = distance.min(*known);
                    }
                }
            }
        }
    }
    if let Some(blob) = but {
        nearest.remove(blob.as_bytes());
    }
    Ok(nearest
        .into_iter()
        .map(|(hash, distance)| Like {
            blob: BlobHash::from_bytes(hash),
            distance,
            in_common: 0,
        })
        .collect())
}

/// Notes the nearest likenesses of a new picture, and the new picture with those that have not enough of their own.
/// What is noted depends on the journal's order alone.
pub(crate) fn note(db: &Connection, blob: &BlobHash, likes: &[Like]) -> Result<()> {
    let mut nearest = likes.to_vec();
    nearest.sort_by_key(|like| (like.distance, core::cmp::Reverse(like.in_common), like.blob));
    nearest.truncate(LIKES_MAX);
    let mut insert = db.prepare_cached(
        "INSERT INTO likeness (hash, other, distance, in_common) SELECT ?1, ?2, ?3, ?4
         WHERE (SELECT count(*) FROM likeness WHERE hash = ?1) < ?5 ON CONFLICT DO NOTHING",
    )?;
    for like in nearest {
        insert.execute(params![
            blob.as_bytes(),
            like.blob.as_bytes(),
            like.distance,
            like.in_common,
            LIKES_MAX
        ])?;
        insert.execute(params![
            like.blob.as_bytes(),
            blob.as_bytes(),
            like.distance,
            like.in_common,
            LIKES_MAX
        ])?;
    }
    Ok(())
}

fn value(dhash: u64, band: u32) -> u16 {
    let [low, high, ..] = (dhash >> (16 * band)).to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// All values within `bits` (0 to 2) bits of `value`, each once.
fn probes(value: u16, bits: u32) -> impl Iterator<Item = u16> {
    let one = move |i: u32| 1_u16 << i;
    let singles = (0..16).filter(move |_| bits >= 1).map(move |i| value ^ one(i));
    let pairs = (0..16)
        .filter(move |_| bits >= 2)
        .flat_map(move |i| (i + 1..16).map(move |j| value ^ one(i) ^ one(j)));
    core::iter::once(value).chain(singles).chain(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn noise(seed: u64) -> u64 {
        // SplitMix64, so that the pictures of this test are the same in every run.
        let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    #[test]
    fn what_a_full_comparison_finds_is_found() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db).unwrap();
        let mut all: BTreeMap<BlobHash, u64> = BTreeMap::new();
        for n in 0..3_000_u64 {
            // Every third picture is an earlier one with up to 15 bits changed.
            let dhash = if n % 3 == 2 {
                (0..n % 16).fold(noise(n - 2), |hash, i| hash ^ (1 << (noise(n * 64 + i) % 64)))
            } else {
                noise(n)
            };
            let blob = BlobHash::of(&n.to_le_bytes());
            add(&db, &blob, dhash).unwrap();
            all.insert(blob, dhash);
        }
        let mut pairs = 0;
        for (blob, dhash) in all.iter().take(400) {
            let expected: Vec<Like> = all
                .iter()
                .map(|(other, hash)| Like {
                    blob: *other,
                    distance: (hash ^ dhash).count_ones(),
                    in_common: 0,
                })
                .filter(|like| like.blob != *blob && like.distance <= DISTANCE_MAX)
                .collect();
            pairs += expected.len();
            assert_eq!(find(&db, Some(blob), &[*dhash]).unwrap(), expected);
        }
        assert!(pairs > 50, "{pairs}");
    }

    #[test]
    fn many_photos_of_one_wall_are_noted_in_bounds() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db).unwrap();
        let photos = 200;
        for n in 0..photos {
            let (blob, dhash) = (BlobHash::of(&[n]), noise(1) ^ (1 << (n % 8)));
            let likes = find(&db, Some(&blob), &[dhash]).unwrap();
            assert_eq!(likes.len(), usize::from(n));
            note(&db, &blob, &likes).unwrap();
            add(&db, &blob, dhash).unwrap();
        }
        let (all, most, named): (usize, usize, u8) = db
            .query_row(
                "SELECT sum(n), max(n), count(*) FROM (SELECT count(*) AS n FROM likeness GROUP BY hash)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!((most, named), (LIKES_MAX, photos));
        assert!(all <= usize::from(photos) * LIKES_MAX, "{all}");
    }

    #[test]
    fn a_grey_wall_resembles_nothing() {
        assert!(!is_telling(0));
        assert!(!is_telling(u64::MAX));
        assert!(is_telling(0x5a5a_0f0f_1234_8765));
    }
}
