//! The same original in another visit, and pictures that look alike (EVIDENCE §1.6): the first is a reason not to
//! count the later visit, the second is for a person to look at.

use std::collections::BTreeSet;

use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, EntryId, VisitId};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use crate::error::Result;

/// The finding about an original that an earlier visit has.
const REUSED: &str = "MEDIA-REUSED";
/// The finding about a photo that looks like one of another visit.
const LIKE: &str = "PHOTO-LIKE";

/// What was found.
pub(super) struct Reused {
    pub(super) findings: Vec<(String, serde_json::Value)>,
}

impl Reused {
    /// Whether an original of this visit stands in an earlier one.
    pub(super) fn is_reused(&self) -> bool {
        self.findings.iter().any(|(code, _)| code == REUSED)
    }
}

/// Looks for a visit's photos, recordings and signatures in other visits. Papers are left out: one form may be
/// given to many households. A finding names the original and not the other visits, which may be thousands: who
/// has an original is asked by its hash.
pub(super) fn find(db: &Connection, visit: VisitId, entries: &[&Entry]) -> Result<Reused> {
    let mut findings = Vec::new();
    let mine = first_seal(db, visit)?;
    for blob in originals(entries) {
        let first = earliest_other(db, &blob, visit)?.map(|(place, _)| place);
        if first.zip(mine).is_some_and(|(first, mine)| first < mine) {
            findings.push((REUSED.to_owned(), json!({ "blob": blob })));
        }
        for (like, distance) in likes(db, &blob)? {
            for other in users(db, &like, visit)? {
                let details = json!({ "blob": blob, "other": like, "distance": distance, "visit": other });
                findings.push((LIKE.to_owned(), details));
            }
        }
    }
    Ok(Reused { findings })
}

/// The visits whose judgement may be another one because this visit was judged. All but the first user of an
/// original reuse it, so that only who was first before can have changed.
pub(super) fn affected(db: &Connection, visit: VisitId) -> Result<BTreeSet<VisitId>> {
    let mut select = db.prepare_cached("SELECT hash FROM blob_use WHERE visit = ?1")?;
    let rows = select.query_map([visit.to_bytes()], |row| row.get::<_, [u8; 32]>(0))?;
    let mut found = BTreeSet::new();
    for hash in rows {
        let first = earliest_other(db, &BlobHash::from_bytes(hash?), visit)?;
        found.extend(first.map(|(_, visit)| visit));
    }
    Ok(found)
}

/// Of the other visits whose seals name an original, the one whose seal was received first, with the place of that in the
/// journal. Drafts accuse nobody: whoever names a hash without sealing it has shown nothing.
fn earliest_other(db: &Connection, blob: &BlobHash, but: VisitId) -> Result<Option<(u64, VisitId)>> {
    let mut select = db.prepare_cached(
        "SELECT min(seal.first), blob_use.visit FROM blob_use JOIN seal ON seal.visit = blob_use.visit
         JOIN visit ON visit.id = blob_use.visit
         WHERE blob_use.hash = ?1 AND blob_use.visit <> ?2 AND blob_use.sealed = 1 AND visit.seal <> x''
         GROUP BY blob_use.visit ORDER BY 1 LIMIT 1",
    )?;
    let row = select.query_row(params![blob.as_bytes(), but.to_bytes()], |row| {
        Ok((row.get(0)?, VisitId::from_bytes(row.get(1)?)))
    });
    Ok(row.optional()?)
}

/// Where in the journal the first seal of a visit stands.
fn first_seal(db: &Connection, visit: VisitId) -> Result<Option<u64>> {
    let mut select = db.prepare_cached("SELECT min(first) FROM seal WHERE visit = ?1")?;
    Ok(select.query_row([visit.to_bytes()], |row| row.get(0))?)
}

/// The originals that stand: an entry that was withdrawn brings none.
fn originals(entries: &[&Entry]) -> BTreeSet<BlobHash> {
    let withdrawn: BTreeSet<EntryId> = entries
        .iter()
        .filter_map(|entry| match entry.body() {
            Body::Amend(amend) => Some(amend.of),
            _ => None,
        })
        .collect();
    let standing = entries.iter().filter(|entry| !withdrawn.contains(&entry.id()));
    let made =
        standing.filter(|entry| matches!(entry.body(), Body::Photo(_) | Body::Audio(_) | Body::Sign(_)));
    made.filter_map(|entry| entry.body().blob())
        .map(|(blob, _)| blob)
        .collect()
}

fn users(db: &Connection, blob: &BlobHash, but: VisitId) -> Result<Vec<VisitId>> {
    let mut select =
        db.prepare_cached("SELECT visit FROM blob_use WHERE hash = ?1 AND visit <> ?2 ORDER BY visit")?;
    let rows = select.query_map(params![blob.as_bytes(), but.to_bytes()], |row| {
        row.get::<_, [u8; 16]>(0)
    })?;
    rows.map(|visit| Ok(VisitId::from_bytes(visit?))).collect()
}

fn likes(db: &Connection, blob: &BlobHash) -> Result<Vec<(BlobHash, u32)>> {
    let mut select =
        db.prepare_cached("SELECT other, distance FROM likeness WHERE hash = ?1 ORDER BY other")?;
    let rows = select.query_map([blob.as_bytes()], |row| {
        Ok((row.get::<_, [u8; 32]>(0)?, row.get(1)?))
    })?;
    rows.map(|row| {
        let (other, distance) = row?;
        Ok((BlobHash::from_bytes(other), distance))
    })
    .collect()
}
