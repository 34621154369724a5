//! One household once (EVIDENCE §1.10 R9): visits whose marks stand in another household as well. The same identity number
//! lets one of them count, see [`super::settle_group`]; a telephone with its name or an address is for a person to look at.

use std::collections::BTreeSet;

use hudang_contract::twins::{address, contact};
use hudang_evidence::id::{HouseholdId, VisitId};
use hudang_evidence::snapshot::Revealed;
use hudang_visit::questionnaire::head;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use crate::decision::Household;
use crate::error::{ArchiveError, Result};
use crate::marks::{Mark, MarkKind, Marker};

/// The finding about a visit whose household may be another one too.
const TWIN: &str = "HOUSEHOLD-TWIN";

/// What identifies the household of a sealed visit: by its answers, and by the register.
pub(super) fn marks(
    db: &Connection,
    marker: &Marker,
    household: HouseholdId,
    answers: Option<&Revealed>,
    identity: &str,
) -> Result<BTreeSet<Mark>> {
    let mut marks = BTreeSet::new();
    let number = answers
        .filter(|_| !identity.is_empty())
        .and_then(|answers| head::identity(answers, identity));
    marks.extend(number.map(|number| marker.mark(MarkKind::Identity, &number)));
    let mut select = db.prepare_cached("SELECT details FROM household WHERE id = ?1")?;
    let details: Option<String> = select
        .query_row([household.to_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(details) = details {
        let known: Household = serde_json::from_str(&details)
            .map_err(|error| ArchiveError::Damaged(format!("a household: {error}")))?;
        let contact = contact(&known.head, &known.phone);
        marks.extend(contact.map(|contact| marker.mark(MarkKind::Contact, &contact)));
        let address = address(&known.address);
        marks.extend(address.map(|address| marker.mark(MarkKind::Address, &address)));
    }
    Ok(marks)
}

/// The kinds of marks that stand in another household too. A finding does not name that one: it may be somebody's who must
/// not be shown to whoever reads the finding; [`crate::twins`] names it.
pub(super) fn findings(
    db: &Connection,
    household: HouseholdId,
    marks: &BTreeSet<Mark>,
) -> Result<Vec<(String, serde_json::Value)>> {
    let mut found = Vec::new();
    for mark in marks {
        if !others(db, mark, household, 1)?.is_empty() {
            found.push((TWIN.to_owned(), json!({ "by": mark.kind.as_str() })));
        }
    }
    Ok(found)
}

/// Keeps the marks of a visit; returns those that came or went.
pub(super) fn put(
    db: &Connection,
    visit: VisitId,
    household: HouseholdId,
    contract: &str,
    marks: &BTreeSet<Mark>,
) -> Result<BTreeSet<Mark>> {
    let before = of_visit(db, visit)?;
    let is_same_place = is_kept_under(db, visit, household, contract)?;
    if before == *marks && (marks.is_empty() || is_same_place) {
        return Ok(BTreeSet::new());
    }
    remove(db, visit)?;
    let mut insert = db.prepare_cached(
        "INSERT INTO household_mark (kind, mark, visit, household, contract) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for mark in marks {
        insert.execute(params![
            mark.kind.as_str(),
            mark.hash,
            visit.to_bytes(),
            household.to_bytes(),
            contract
        ])?;
    }
    Ok(before.union(marks).copied().collect())
}

/// Forgets the marks of a visit.
pub(super) fn remove(db: &Connection, visit: VisitId) -> Result<()> {
    db.prepare_cached("DELETE FROM household_mark WHERE visit = ?1")?
        .execute([visit.to_bytes()])?;
    Ok(())
}

fn of_visit(db: &Connection, visit: VisitId) -> Result<BTreeSet<Mark>> {
    let mut select = db.prepare_cached("SELECT kind, mark FROM household_mark WHERE visit = ?1")?;
    let rows = select.query_map([visit.to_bytes()], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?))
    })?;
    rows.map(|row| {
        let (word, hash) = row?;
        let kinds = [MarkKind::Identity, MarkKind::Contact, MarkKind::Address];
        let kind = kinds.into_iter().find(|kind| kind.as_str() == word);
        let kind = kind.ok_or_else(|| ArchiveError::Damaged(format!("the mark {word:?}")))?;
        Ok(Mark { kind, hash })
    })
    .collect()
}

fn is_kept_under(db: &Connection, visit: VisitId, household: HouseholdId, contract: &str) -> Result<bool> {
    let mut select = db.prepare_cached(
        "SELECT 1 FROM household_mark WHERE visit = ?1 AND household = ?2 AND contract = ?3 LIMIT 1",
    )?;
    Ok(select.exists(params![visit.to_bytes(), household.to_bytes(), contract])?)
}

/// Households but this one in which a mark stands, at most so many.
fn others(db: &Connection, mark: &Mark, but: HouseholdId, most: u32) -> Result<Vec<HouseholdId>> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT household FROM household_mark WHERE kind = ?1 AND mark = ?2 AND household <> ?3
         ORDER BY household LIMIT ?4",
    )?;
    let rows = select.query_map(
        params![mark.kind.as_str(), mark.hash, but.to_bytes(), most],
        |row| row.get::<_, [u8; 16]>(0),
    )?;
    rows.map(|id| Ok(HouseholdId::from_bytes(id?))).collect()
}

/// The visits whose findings may be others because marks of a visit of this household came or went: where two other
/// households share a mark, they know of each other already.
pub(super) fn affected(
    db: &Connection,
    household: HouseholdId,
    changed: &BTreeSet<Mark>,
) -> Result<BTreeSet<VisitId>> {
    let mut found = BTreeSet::new();
    for mark in changed {
        let [other] = others(db, mark, household, 2)?[..] else {
            continue;
        };
        let mut select = db.prepare_cached(
            "SELECT visit FROM household_mark WHERE kind = ?1 AND mark = ?2 AND household = ?3",
        )?;
        let rows = select.query_map(params![mark.kind.as_str(), mark.hash, other.to_bytes()], |row| {
            row.get::<_, [u8; 16]>(0)
        })?;
        for visit in rows {
            found.insert(VisitId::from_bytes(visit?));
        }
    }
    Ok(found)
}

/// Another household under the contract in which one of these identity numbers stands: the way to those that a visit was
/// settled with before.
pub(super) fn settled_with(
    db: &Connection,
    contract: &str,
    household: HouseholdId,
    marks: &BTreeSet<Mark>,
) -> Result<BTreeSet<HouseholdId>> {
    let mut found = BTreeSet::new();
    for mark in marks.iter().filter(|mark| mark.kind == MarkKind::Identity) {
        let mut select = db.prepare_cached(
            "SELECT household FROM household_mark
             WHERE kind = 'identity' AND mark = ?1 AND contract = ?2 AND household <> ?3 LIMIT 1",
        )?;
        let other: Option<[u8; 16]> = select
            .query_row(params![mark.hash, contract, household.to_bytes()], |row| {
                row.get(0)
            })
            .optional()?;
        found.extend(other.map(HouseholdId::from_bytes));
    }
    Ok(found)
}

/// The households under a contract that are settled together with this one: those that share an identity number with it,
/// and those that share one with these.
pub(super) fn settled_together(
    db: &Connection,
    contract: &str,
    household: HouseholdId,
) -> Result<BTreeSet<HouseholdId>> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT other.household FROM household_mark AS mine JOIN household_mark AS other
         ON other.kind = 'identity' AND other.mark = mine.mark AND other.contract = mine.contract
         WHERE mine.kind = 'identity' AND mine.household = ?1 AND mine.contract = ?2",
    )?;
    let mut found = BTreeSet::from([household]);
    let mut open = vec![household];
    while let Some(next) = open.pop() {
        let rows = select.query_map(params![next.to_bytes(), contract], |row| {
            row.get::<_, [u8; 16]>(0)
        })?;
        for other in rows {
            let other = HouseholdId::from_bytes(other?);
            if found.insert(other) {
                open.push(other);
            }
        }
    }
    Ok(found)
}

/// The identity number's mark of a visit.
pub(super) fn identity_of(db: &Connection, visit: VisitId) -> Result<Option<[u8; 32]>> {
    let mut select =
        db.prepare_cached("SELECT mark FROM household_mark WHERE visit = ?1 AND kind = 'identity'")?;
    Ok(select
        .query_row([visit.to_bytes()], |row| row.get(0))
        .optional()?)
}
