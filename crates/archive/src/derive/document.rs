//! Documents: what stands after each accepted payload.

use hudang_evidence::id::{FormHash, HouseholdId, Sha256, VisitId};
use hudang_sync::wire::DocumentId;
use hudang_visit::accept::{self, Accepted, Expected};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Touched, office, visit_of};
use crate::error::{ArchiveError, Result};
use crate::journal::{Kind, Row};
use crate::known::Known;

/// A document as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredDocument {
    /// Its last change in the journal; tells whether it moved.
    pub(crate) journal: u64,
    /// Its saved bytes.
    pub(crate) saved: Vec<u8>,
}

/// A payload that was let in already, against the document that still stands.
#[derive(Debug, Clone)]
pub(crate) struct AcceptedDocument {
    /// What `visit::accept` gave.
    pub(crate) accepted: Accepted,
}

/// The document of a visit or household, if there is one.
pub(crate) fn stored(db: &Connection, id: &[u8]) -> Result<Option<StoredDocument>> {
    let mut select = db.prepare_cached("SELECT journal, saved FROM document WHERE id = ?1")?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok(StoredDocument {
            journal: row.get(0)?,
            saved: row.get(1)?,
        })
    };
    Ok(select.query_row([id], row).optional()?)
}

/// Place of the document's last change in the journal; 0 where there is none.
pub(crate) fn place(db: &Connection, id: &[u8]) -> Result<u64> {
    let mut select = db.prepare_cached("SELECT journal FROM document WHERE id = ?1")?;
    Ok(select.query_row([id], |row| row.get(0)).optional()?.unwrap_or(0))
}

fn expected(db: &Connection, known: &Known, row: &Row) -> Result<Expected> {
    let damaged = |what: &str| ArchiveError::Damaged(format!("journal row {}: {what}", row.seq));
    if row.kind == Kind::HouseholdDocument {
        let bytes = row
            .subject
            .first_chunk::<16>()
            .ok_or_else(|| damaged("its household"))?;
        return Expected::household(HouseholdId::from_bytes(*bytes))
            .map_err(|error| damaged(&error.to_string()));
    }
    let form = row.subject.get(16..).and_then(|form| form.first_chunk::<32>());
    let form = FormHash::from_bytes(*form.ok_or_else(|| damaged("its form"))?);
    let asked = office::questionnaire(db, known, form)?.ok_or_else(|| damaged("an unknown form"))?;
    Expected::visit(visit_of(row)?, form, asked.skeleton()).map_err(|error| damaged(&error.to_string()))
}

/// The document's key: the 17 bytes that name it on the wire.
fn document_id(row: &Row) -> Result<[u8; 17]> {
    let id = row.subject.first_chunk::<16>();
    let id = id.ok_or_else(|| ArchiveError::Damaged(format!("journal row {}: its document", row.seq)))?;
    Ok(match row.kind {
        Kind::HouseholdDocument => DocumentId::Household(HouseholdId::from_bytes(*id)),
        _ => DocumentId::Visit(VisitId::from_bytes(*id)),
    }
    .to_bytes())
}

/// Puts the document with this payload in place of the one that stood. `accepted` saves the work if it was
/// done against the same document.
pub(crate) fn apply(
    db: &Connection,
    known: &Known,
    row: &Row,
    accepted: Option<AcceptedDocument>,
    touched: &mut Touched,
) -> Result<()> {
    if row.is_erased() {
        return Ok(());
    }
    let id = document_id(row)?;
    let accepted = if let Some(AcceptedDocument { accepted }) = accepted {
        accepted
    } else {
        let current = stored(db, &id)?;
        let current = current.as_ref().map(|document| document.saved.as_slice());
        accept::accept(current, &row.payload, &expected(db, known, row)?)
            .map_err(|error| ArchiveError::Damaged(format!("journal row {}: {}", row.seq, error.code())))?
    };
    let heads: Vec<u8> = accepted
        .heads
        .iter()
        .flat_map(Sha256::as_bytes)
        .copied()
        .collect();
    let mut put = db.prepare_cached(
        "INSERT INTO document (id, journal, heads, saved) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET journal = excluded.journal, heads = excluded.heads, saved = excluded.saved",
    )?;
    put.execute(params![id, row.seq, heads, accepted.bytes])?;
    if row.kind == Kind::VisitDocument {
        let mut part = db.prepare_cached("INSERT INTO document_part (visit, journal) VALUES (?1, ?2)")?;
        let visit = visit_of(row)?;
        part.execute(params![visit.to_bytes(), row.seq])?;
        touched.visit(visit, row.seq);
    }
    Ok(())
}
