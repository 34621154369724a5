//! The dHashes of all photos that are searched, packed into pages and compared one after the other.
//!
//! Who looks for those within ten of 64 bits, in any of eight orientations, has little help from an index: with four
//! bands of 16 bits (multi-index hashing, Norouzi, Punjani, Fleet 2012) one photo in twenty is read by itself, which
//! takes as long as comparing hundreds that lie side by side. So all are compared, in [`Memory`] as far as it reaches: a
//! million take 16 MB of it and some milliseconds.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::{ArchiveError, Result};
use crate::likeness::DISTANCE_MAX;

/// Photos in a page: as many as fit a page of the database.
const PAGE: usize = 240;
/// Most pages that are kept in memory: 64 MB. Of more photos the latest are read at each search.
const KEPT_MAX: usize = 16_384;

/// A page as it is compared.
struct Page {
    number: u64,
    dhashes: Vec<u64>,
    journals: Vec<u64>,
}

/// Full pages that were read before. They never change, so none is ever out of date.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Vec<Arc<Page>>>);

/// Adds the dHash of a photo that was inspected at this place of the journal, behind all others.
pub(crate) fn add(db: &Connection, journal: u64, dhash: u64) -> Result<()> {
    let mut select =
        db.prepare_cached("SELECT page, dhashes, journals FROM photo_dhash ORDER BY page DESC LIMIT 1")?;
    let last: Option<(u64, Vec<u8>, Vec<u8>)> = select
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (page, mut dhashes, mut journals) = match last {
        Some((page, dhashes, _)) if dhashes.len() >= PAGE * 8 => (page + 1, Vec::new(), Vec::new()),
        Some(last) => last,
        None => (0, Vec::new(), Vec::new()),
    };
    dhashes.extend(dhash.to_le_bytes());
    journals.extend(journal.to_le_bytes());
    db.prepare_cached("INSERT OR REPLACE INTO photo_dhash (page, dhashes, journals) VALUES (?1, ?2, ?3)")?
        .execute(params![page, dhashes, journals])?;
    Ok(())
}

/// The photos within [`DISTANCE_MAX`] of any of these orientations that were inspected after this place of the journal, which
/// are few: their places there, each with the least distance, the latest page first.
pub(crate) fn near_since(db: &Connection, orientations: &[u64], after: u64) -> Result<Vec<(u64, u32)>> {
    let mut found = Vec::new();
    if orientations.is_empty() {
        return Ok(found);
    }
    let mut select =
        db.prepare_cached("SELECT page, dhashes, journals FROM photo_dhash ORDER BY page DESC")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let page = read(row)?;
        if page.journals.last().is_none_or(|last| *last <= after) {
            break;
        }
        page.near(orientations, &mut found);
    }
    found.retain(|(journal, _)| *journal > after);
    Ok(found)
}

impl Memory {
    /// The same among all photos; `db` is at a state that was committed.
    pub(crate) fn near(&self, db: &Connection, orientations: &[u64]) -> Result<Vec<(u64, u32)>> {
        let mut found = Vec::new();
        if orientations.is_empty() {
            return Ok(found);
        }
        let last: Option<u64> = db
            .prepare_cached("SELECT max(page) FROM photo_dhash")?
            .query_row([], |row| row.get(0))?;
        let Some(last) = last else { return Ok(found) };
        let mut kept = self.kept();
        let mut select = db.prepare_cached(
            "SELECT page, dhashes, journals FROM photo_dhash WHERE page >= ?1 ORDER BY page",
        )?;
        let mut rows = select.query([kept.len() as u64])?;
        while let Some(row) = rows.next()? {
            let page = read(row)?;
            if page.journals.len() == PAGE && page.number == kept.len() as u64 && kept.len() < KEPT_MAX {
                kept.push(Arc::new(page));
            } else {
                page.near(orientations, &mut found);
            }
        }
        // Another reader may have seen more than this one, to which that comes later. Several are compared at once, as many as
        // this processor can.
        pulp::Arch::new().dispatch(|| {
            for page in kept.iter().take_while(|page| page.number <= last) {
                page.near(orientations, &mut found);
            }
        });
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < kept.len() {
            *known = kept;
        }
        Ok(found)
    }

    fn kept(&self) -> Vec<Arc<Page>> {
        // Nothing is left half done while this is held, so a panic elsewhere cannot have spoilt it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(row: &rusqlite::Row<'_>) -> Result<Page> {
    let blob = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_blob().unwrap_or_default());
    let (dhashes, journals) = (blob(1)?.as_chunks::<8>().0, blob(2)?.as_chunks::<8>().0);
    if dhashes.len() != journals.len() || dhashes.len() > PAGE {
        return Err(ArchiveError::Damaged("a page of dHashes".into()));
    }
    Ok(Page {
        number: row.get(0)?,
        dhashes: dhashes.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect(),
        journals: journals.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect(),
    })
}

impl Page {
    #[expect(
        clippy::inline_always,
        reason = "compiled for the processor at hand where it is called from a dispatch"
    )]
    #[inline(always)]
    fn near(&self, orientations: &[u64], found: &mut Vec<(u64, u32)>) {
        let mut least = [u64::from(u64::BITS); PAGE];
        for orientation in orientations {
            for (least, dhash) in least.iter_mut().zip(&self.dhashes) {
                let distance = u64::from((dhash ^ orientation).count_ones());
                *least = (*least).min(distance);
            }
        }
        for (journal, distance) in self.journals.iter().zip(least) {
            if distance <= u64::from(DISTANCE_MAX) {
                found.push((*journal, u32::try_from(distance).unwrap_or(u32::MAX)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hudang_testkit::chance::Chance;

    use super::*;
    use crate::schema;

    #[test]
    fn all_that_are_near_are_found_and_no_other() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db).unwrap();
        let mut chance = Chance::new(4);
        let mut all: Vec<u64> = Vec::new();
        for n in 0..3 * PAGE as u64 + 7 {
            // Every third picture is an earlier one with up to 15 bits changed.
            let dhash = match all.last() {
                Some(last) if n % 3 == 2 => (0..n % 16).fold(*last, |hash, _| hash ^ (1 << chance.below(64))),
                _ => chance.bits(),
            };
            all.push(dhash);
            add(&db, n + 100, dhash).unwrap();
        }
        let pages: u64 = db
            .query_row("SELECT count(*) FROM photo_dhash", [], |row| row.get(0))
            .unwrap();
        assert_eq!(pages, 4);
        let (memory, mut pairs) = (Memory::default(), 0);
        for (place, dhash) in all.iter().enumerate() {
            let turned = dhash.reverse_bits();
            for after in [0, 100 + place as u64] {
                let expected: Vec<(u64, u32)> = (100_u64..)
                    .zip(&all)
                    .map(|(journal, other)| {
                        (
                            journal,
                            (other ^ dhash).count_ones().min((other ^ turned).count_ones()),
                        )
                    })
                    .filter(|(journal, distance)| *journal > after && *distance <= DISTANCE_MAX)
                    .collect();
                pairs += expected.len();
                let mut found = near_since(&db, &[*dhash, turned], after).unwrap();
                found.sort_unstable();
                assert_eq!(found, expected);
                if after == 0 {
                    let mut found = memory.near(&db, &[*dhash, turned]).unwrap();
                    found.sort_unstable();
                    assert_eq!(found, expected);
                }
            }
        }
        assert!(pairs > all.len() + 100, "{pairs}");
    }
}
