//! Which originals are alike, as it is noted for a person to look at or to listen to.

use hudang_evidence::id::BlobHash;
use rusqlite::{Connection, params};

use crate::error::Result;

/// Largest distance at which a person is asked to look (EVIDENCE §1.6).
pub const DISTANCE_MAX: u32 = 10;

/// So many likenesses of one picture are noted. Who has three thousand photos of one wall is told of the nearest;
/// noting all pairs would let a phone make the archive's work grow with the square of what it sends.
pub const LIKES_MAX: usize = 16;

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

/// Whether a fingerprint says enough to compare: one flat colour gives the same few bits for any picture.
pub(crate) const fn is_telling(dhash: u64) -> bool {
    let ones = dhash.count_ones();
    ones >= 6 && ones <= 58
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

#[cfg(test)]
mod tests {
    use hudang_media::photo::Keypoints;

    use super::*;
    use crate::schema;
    use crate::search::{Prints, Search};

    #[test]
    fn many_photos_of_one_wall_are_noted_in_bounds() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db).unwrap();
        let photos = 200;
        for n in 0..photos {
            let (blob, dhash) = (BlobHash::of(&[n]), 0x5a5a_0f0f_1234_8765 ^ (1 << (n % 8)));
            let prints = Prints::Photo(Keypoints::default(), vec![dhash]);
            let likes = Search::begin(&db, prints.clone(), None)
                .unwrap()
                .end(&db)
                .unwrap();
            assert_eq!(likes.len(), usize::from(n));
            note(&db, &blob, &likes).unwrap();
            prints.add(&db, u64::from(n) + 1, &blob).unwrap();
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
