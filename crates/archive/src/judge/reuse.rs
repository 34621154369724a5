//! The same original in another visit, and originals that are alike (EVIDENCE §1.10 R8): the first is a reason not to
//! count the later visit, the second is for a person to look at or listen to.
//!
//! Only sealed visits accuse, and only by originals that are here: a draft may name anything, and so may a seal.

use std::collections::BTreeSet;

use hudang_evidence::body::Body;
use hudang_evidence::entry::{self, Entry};
use hudang_evidence::id::{BlobHash, ContractId, HouseholdId, OrgId, VisitId};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use crate::derive::{self, parse_id};
use crate::error::Result;
use crate::known::Known;
use crate::likeness::{DISTANCE_MAX, Like};

/// The finding about an original that an earlier visit has.
const REUSED: &str = "MEDIA-REUSED";
/// The finding about a photo that looks like one of another visit.
const PHOTO_ALIKE: &str = "PHOTO-ALIKE";
/// The finding about a recording that sounds like one of another visit.
const AUDIO_ALIKE: &str = "AUDIO-ALIKE";

/// Keypoints that two photos of one household must have in common: one door, photographed twice, has some.
const IN_COMMON_AT_HOME_MIN: u32 = 14;
/// Of the seals that name an original, so many are asked whose phone brought it: the rest came later.
const CLAIMS_MAX: u32 = 64;
/// Of the visits that have an original that is like one, so many are named.
const USERS_MAX: u32 = 16;

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
/// given to many households. A finding of the same original does not name the other visits, which may be thousands:
/// who has an original is asked by its hash.
pub(super) fn find(db: &Connection, known: &Known, visit: VisitId, entries: &[&Entry]) -> Result<Reused> {
    let mut findings = Vec::new();
    for (blob, code) in originals(entries) {
        if !is_sealed(db, &blob, visit)? {
            continue;
        }
        if first_user(db, &blob, None)?.is_some_and(|first| first != visit) {
            findings.push((REUSED.to_owned(), json!({ "blob": blob })));
        }
        let Some(code) = code else { continue };
        for like in likes(db, &blob)? {
            for other in sealed_users(db, &like.blob, visit)? {
                if is_worth_a_look(db, known, &like, visit, other)? {
                    findings.push((code.to_owned(), details(&blob, &like, other)));
                }
            }
        }
    }
    Ok(Reused { findings })
}

fn details(blob: &BlobHash, like: &Like, other: VisitId) -> serde_json::Value {
    let mut details = json!({ "blob": blob, "other": like.blob, "visit": other });
    if let Some(fields) = details.as_object_mut() {
        if like.distance <= DISTANCE_MAX {
            fields.insert("distance".into(), json!(like.distance));
        }
        if like.in_common > 0 {
            fields.insert("in_common".into(), json!(like.in_common));
        }
    }
    details
}

/// Whether a likeness of originals of two visits says anything: not across purchasers, and not that two photos show
/// the door of one household.
fn is_worth_a_look(
    db: &Connection,
    known: &Known,
    like: &Like,
    visit: VisitId,
    other: VisitId,
) -> Result<bool> {
    let (Some(mine), Some(theirs)) = (assigned(db, visit)?, assigned(db, other)?) else {
        return Ok(true);
    };
    if mine.0 == theirs.0 && like.distance > DISTANCE_MAX && like.in_common < IN_COMMON_AT_HOME_MIN {
        return Ok(false);
    }
    if mine.1 == theirs.1 {
        return Ok(true);
    }
    let purchaser = |contract: &ContractId| -> Result<Option<OrgId>> {
        let terms = derive::known_contract(db, known, contract)?;
        Ok(terms.map(|terms| terms.terms().buyer.clone()))
    };
    let (mine, theirs) = (purchaser(&mine.1)?, purchaser(&theirs.1)?);
    Ok(mine.is_none() || theirs.is_none() || mine == theirs)
}

fn assigned(db: &Connection, visit: VisitId) -> Result<Option<(HouseholdId, ContractId)>> {
    let mut select = db.prepare_cached(
        "SELECT household, contract FROM assignment WHERE visit = ?1 ORDER BY withdrawn, journal DESC, person LIMIT 1",
    )?;
    let row = select.query_row([visit.to_bytes()], |row| {
        Ok((HouseholdId::from_bytes(row.get(0)?), row.get::<_, String>(1)?))
    });
    match row.optional()? {
        Some((household, contract)) => Ok(Some((household, parse_id(&contract)?))),
        None => Ok(None),
    }
}

/// The visits whose judgement may be another one because this visit was judged. All but the first user of an
/// original reuse it, so that only who was first before can have changed.
pub(super) fn affected(db: &Connection, visit: VisitId) -> Result<BTreeSet<VisitId>> {
    let mut select = db.prepare_cached("SELECT hash FROM blob_use WHERE visit = ?1")?;
    let rows = select.query_map([visit.to_bytes()], |row| row.get::<_, [u8; 32]>(0))?;
    let mut found = BTreeSet::new();
    for hash in rows {
        found.extend(first_user(db, &BlobHash::from_bytes(hash?), Some(visit))?);
    }
    Ok(found)
}

/// Who used an original first: of the sealed visits that name it, the one whose seal was received first. A seal that
/// came before the original itself is no more than a claim; of several such the one comes first whose own phone brought
/// the original. Nobody, while it is not here.
fn first_user(db: &Connection, blob: &BlobHash, but: Option<VisitId>) -> Result<Option<VisitId>> {
    let mut select = db.prepare_cached(
        "SELECT blob.journal, journal.device FROM blob JOIN journal ON journal.seq = blob.journal WHERE blob.hash = ?1",
    )?;
    let brought = select.query_row([blob.as_bytes()], |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?))
    });
    let Some((held, installation)) = brought.optional()? else {
        return Ok(None);
    };
    let mut select = db.prepare_cached(
        "SELECT visit, sealed FROM blob_use WHERE hash = ?1 AND sealed > 0 ORDER BY sealed, visit LIMIT ?2",
    )?;
    let rows = select.query_map(params![blob.as_bytes(), CLAIMS_MAX], |row| {
        Ok((VisitId::from_bytes(row.get(0)?), row.get::<_, u64>(1)?))
    })?;
    let mut wrote_there = db.prepare_cached(
        "SELECT 1 FROM entry JOIN device ON device.n = entry.device
         WHERE entry.visit = ?1 AND device.installation = ?2 LIMIT 1",
    )?;
    let mut first = None;
    for row in rows {
        let (visit, sealed) = row?;
        if but == Some(visit) {
            continue;
        }
        if sealed < held && wrote_there.exists(params![visit.to_bytes(), installation])? {
            return Ok(Some(visit));
        }
        first = first.or(Some(visit));
        if sealed >= held {
            break;
        }
    }
    Ok(first)
}

fn is_sealed(db: &Connection, blob: &BlobHash, visit: VisitId) -> Result<bool> {
    let mut select =
        db.prepare_cached("SELECT 1 FROM blob_use WHERE hash = ?1 AND visit = ?2 AND sealed > 0")?;
    Ok(select.exists(params![blob.as_bytes(), visit.to_bytes()])?)
}

/// The originals that stand, with the finding that one like it would be; an entry that was withdrawn brings none. Simple
/// signatures look alike: they are not compared as pictures, neither with each other nor with photos. What was drawn on a
/// copy of a photo stands for nothing, so it may be anything.
fn originals(entries: &[&Entry]) -> BTreeSet<(BlobHash, Option<&'static str>)> {
    let withdrawn = entry::amended(entries.iter().copied());
    let standing = entries.iter().filter(|entry| !withdrawn.contains(&entry.id()));
    standing
        .filter_map(|entry| {
            let code = match entry.body() {
                Body::Photo(_) => Some(PHOTO_ALIKE),
                Body::Audio(_) => Some(AUDIO_ALIKE),
                Body::Sign(_) => None,
                _ => return None,
            };
            entry.body().blob().map(|(blob, _)| (blob, code))
        })
        .collect()
}

/// The other sealed visits that name an original as something else than a signature.
fn sealed_users(db: &Connection, blob: &BlobHash, but: VisitId) -> Result<Vec<VisitId>> {
    let mut select = db.prepare_cached(
        "SELECT visit FROM blob_use WHERE hash = ?1 AND visit <> ?2 AND sealed > 0 AND compared = 1 ORDER BY sealed, visit LIMIT ?3",
    )?;
    let rows = select.query_map(params![blob.as_bytes(), but.to_bytes(), USERS_MAX], |row| {
        row.get::<_, [u8; 16]>(0)
    })?;
    rows.map(|visit| Ok(VisitId::from_bytes(visit?))).collect()
}

fn likes(db: &Connection, blob: &BlobHash) -> Result<Vec<Like>> {
    let mut select =
        db.prepare_cached("SELECT other, distance, in_common FROM likeness WHERE hash = ?1 ORDER BY other")?;
    let rows = select.query_map([blob.as_bytes()], |row| {
        Ok(Like {
            blob: BlobHash::from_bytes(row.get(0)?),
            distance: row.get(1)?,
            in_common: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
