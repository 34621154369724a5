//! Documents are tried on a copy before the writer's turn, because that takes longer than anything else.

use std::sync::Arc;

use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{FormHash, VisitId};
use hudang_sync::code;
use hudang_sync::parse::{DocumentItem, Request};
use hudang_sync::wire::{DocumentId, RefusalKind, Verdict};
use hudang_visit::accept::{self, Accepted, Expected, Quarantine};
use hudang_visit::questionnaire::Questionnaire;
use rusqlite::{Connection, OptionalExtension as _};

use crate::derive::{self, StoredDocument};
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::known::Known;
use crate::writer::Scope;

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

/// What a document is to be tried against, as it stood when it was read.
pub(super) struct Ground {
    /// The form of a visit's document, with its repeats.
    form: Option<(FormHash, Arc<Questionnaire>)>,
    /// The stored document.
    stored: Option<StoredDocument>,
}

/// Reads what each document of the request is to be tried against; nothing for those that cannot be tried yet,
/// because nobody has said which form the visit is with.
pub(super) fn grounds(db: &Connection, known: &Known, request: &Request) -> Result<Vec<Option<Ground>>> {
    let all = request.documents.iter();
    all.map(|item| {
        item.as_ref()
            .map_or(Ok(None), |item| ground(db, known, request, item))
    })
    .collect()
}

fn ground(db: &Connection, known: &Known, request: &Request, item: &DocumentItem) -> Result<Option<Ground>> {
    let form = match item.document {
        DocumentId::Household(_) => None,
        DocumentId::Visit(visit) => {
            let Some(form) = form_of(db, request, visit)? else {
                return Ok(None);
            };
            let Some(asked) = derive::questionnaire(db, known, form)? else {
                return Ok(None);
            };
            Some((form, asked))
        }
    };
    let stored = derive::stored(db, &item.document.to_bytes())?;
    Ok(Some(Ground { form, stored }))
}

/// Tries each document of the request. Needs no connection: it is what takes longest.
pub(super) fn try_all(request: &Request, grounds: Vec<Option<Ground>>) -> Result<Vec<Option<Tried>>> {
    let both = request.documents.iter().zip(grounds);
    both.map(|(item, ground)| match (item, ground) {
        (Ok(item), Some(ground)) => try_on(item, ground).map(Some),
        _ => Ok(None),
    })
    .collect()
}

fn try_on(item: &DocumentItem, ground: Ground) -> Result<Tried> {
    let Ground { form, stored } = ground;
    let expected = match (item.document, &form) {
        (DocumentId::Visit(visit), Some((form, asked))) => Expected::visit(visit, *form, asked.skeleton()),
        (DocumentId::Household(household), _) => Expected::household(household),
        (DocumentId::Visit(_), None) => return Err(ArchiveError::Damaged("a visit without a form".into())),
    };
    let expected =
        expected.map_err(|error| ArchiveError::Damaged(format!("what a document must be: {error}")))?;
    let current = stored.as_ref().map(|document| document.saved.as_slice());
    Ok(Tried {
        form: form.map(|(form, _)| form),
        result: accept::accept(current, &item.payload, &expected),
        after: stored.map_or(0, |document| document.journal),
    })
}

/// Tries one document against what is stored now.
pub(super) fn try_one(scope: &Scope<'_>, request: &Request, item: &DocumentItem) -> Result<Option<Tried>> {
    ground(scope.db, scope.known, request, item)?
        .map(|ground| try_on(item, ground))
        .transpose()
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
