//! Documents are tried on a copy before the writer's turn, because that takes longer than anything else.

use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{FormHash, VisitId};
use hudang_sync::code;
use hudang_sync::parse::{DocumentItem, Request};
use hudang_sync::wire::{DocumentId, RefusalKind, Verdict};
use hudang_visit::accept::{self, Accepted, Expected, Quarantine};
use rusqlite::{Connection, OptionalExtension as _};

use crate::derive;
use crate::error::{ArchiveError, Result};
use crate::journal;

/// What became of a document when it was tried against the one that was stored then.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    /// The form of a visit's document.
    pub(super) form: Option<FormHash>,
    /// Place of the stored document's last change then; 0 where there was none.
    pub(super) after: u64,
    /// What `visit::accept` said.
    pub(super) result: Result<Accepted, Quarantine>,
}

/// Tries each document of the request; nothing for those that cannot be tried yet, because nobody has said
/// which form the visit is with.
pub(super) fn try_all(db: &Connection, request: &Request) -> Result<Vec<Option<Tried>>> {
    request
        .documents
        .iter()
        .map(|item| item.as_ref().map_or(Ok(None), |item| try_one(db, request, item)))
        .collect()
}

/// Tries one document against what is stored now.
pub(super) fn try_one(db: &Connection, request: &Request, item: &DocumentItem) -> Result<Option<Tried>> {
    let (form, expected) = match item.document {
        DocumentId::Household(household) => {
            let expected = Expected::household(household)
                .map_err(|error| ArchiveError::Damaged(format!("a household's document: {error}")))?;
            (None, expected)
        }
        DocumentId::Visit(visit) => {
            let Some(form) = form_of(db, request, visit)? else {
                return Ok(None);
            };
            let Some(expected) = derive::expected_visit(db, visit, form)? else {
                return Ok(None);
            };
            (Some(form), expected)
        }
    };
    let stored = derive::stored(db, &item.document.to_bytes())?;
    let current = stored.as_ref().map(|document| document.saved.as_slice());
    let result = accept::accept(current, &item.payload, &expected);
    Ok(Some(Tried {
        form,
        after: stored.map_or(0, |document| document.journal),
        result,
    }))
}

/// The form of a visit: as its document has it, as those who opened it said, or as the office assigned it.
fn form_of(db: &Connection, request: &Request, visit: VisitId) -> Result<Option<FormHash>> {
    let mut select = db.prepare_cached(
        "SELECT journal.subject FROM document_part JOIN journal ON journal.seq = document_part.journal
         WHERE document_part.visit = ?1 ORDER BY document_part.journal LIMIT 1",
    )?;
    let subject: Option<Vec<u8>> = select
        .query_row([visit.to_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(form) = subject
        .as_ref()
        .and_then(|subject| subject.get(16..)?.first_chunk::<32>())
    {
        return Ok(Some(FormHash::from_bytes(*form)));
    }
    let opened = request
        .entries
        .iter()
        .flatten()
        .find_map(|item| opens(&item.entry, visit));
    if opened.is_some() {
        return Ok(opened);
    }
    let mut select =
        db.prepare_cached("SELECT journal FROM entry WHERE visit = ?1 AND seq = 1 ORDER BY journal")?;
    for seq in select.query_map([visit.to_bytes()], |row| row.get::<_, u64>(0))? {
        let entry = Entry::parse(&journal::payload(db, seq?)?)
            .map_err(|error| ArchiveError::Damaged(format!("an entry of the journal: {error}")))?;
        if let Some(form) = opens(&entry, visit) {
            return Ok(Some(form));
        }
    }
    let mut select = db.prepare_cached("SELECT form FROM assignment WHERE visit = ?1 LIMIT 1")?;
    let form: Option<[u8; 32]> = select
        .query_row([visit.to_bytes()], |row| row.get(0))
        .optional()?;
    Ok(form.map(FormHash::from_bytes))
}

fn opens(entry: &Entry, visit: VisitId) -> Option<FormHash> {
    match entry.body() {
        Body::Open(open) if entry.header().visit == Some(visit) => Some(open.form),
        _ => None,
    }
}

/// The verdict on a document that was not let in, and whether it is kept apart.
pub(super) fn verdict_on(quarantine: Quarantine) -> Verdict {
    match quarantine {
        // Nothing is wrong with it but that others come first: the phone sends all of it.
        Quarantine::Incomplete => Verdict::Refused {
            code: quarantine.code().to_owned(),
            kind: RefusalKind::TryAgain,
        },
        _ => Verdict::quarantined(quarantine.code()),
    }
}

/// The verdict on a document whose form nobody has named yet.
pub(super) fn verdict_on_unknown_form() -> Verdict {
    Verdict::refused(code::WAITS)
}
