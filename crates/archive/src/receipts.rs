//! Receipts 回执: what the server signs that it holds. One is issued again when it can name more.

use hudang_contract::state::State;
use hudang_evidence::id::{BlobHash, SealId, VisitId};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::receipt::{Receipt, ReceiptBody};
use hudang_evidence::seal::Seal;
use hudang_evidence::time::WallTime;
use hudang_sync::wire::{Bytes, ReceiptParcel};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::derive::{self, Touched};
use crate::error::{ArchiveError, Result};
use crate::journal::{self, Kind, Record};
use crate::uploads::held_bytes;
use crate::writer::Scope;

/// The receipt of a seal as of now: the last one if there is nothing to add, else a new one. Nothing where the
/// seal is not here.
pub(crate) fn due(
    scope: &Scope<'_>,
    visit: VisitId,
    seal: &SealId,
    signer: &NoteSigner,
    now: WallTime,
) -> Result<Option<ReceiptParcel>> {
    let Some(stored) = stored_seal(scope.db, visit, seal)? else {
        return Ok(None);
    };
    let holds = Holds {
        blobs: held_of(scope.db, &stored)?,
        received: is_received(scope.db, visit, seal)?,
    };
    if let Some((receipt, note)) = last(scope.db, visit, seal)?
        && receipt.body().blobs == holds.blobs
        && (receipt.body().received || !holds.received)
    {
        return Ok(Some(parcel(note)));
    }
    issue(scope, visit, *seal, holds, signer, now).map(Some)
}

/// What a receipt says of a seal.
struct Holds {
    blobs: Vec<BlobHash>,
    received: bool,
}

/// After originals arrived or were looked into: a new receipt for each seal of these visits that had one and is now held
/// whole, or received. The caller has judged them.
pub(crate) fn issue_complete(
    scope: &Scope<'_>,
    touched: &Touched,
    signer: &NoteSigner,
    now: WallTime,
) -> Result<()> {
    for visit in touched.visits.keys() {
        let mut select = scope
            .db
            .prepare_cached("SELECT DISTINCT seal FROM receipt WHERE visit = ?1")?;
        let seals: Vec<[u8; 32]> = select
            .query_map([visit.to_bytes()], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for seal in seals.into_iter().map(SealId::from_bytes) {
            let Some(stored) = stored_seal(scope.db, *visit, &seal)? else {
                continue;
            };
            let blobs = held_of(scope.db, &stored)?;
            let whole = stored
                .body()
                .media
                .iter()
                .all(|item| blobs.contains(&item.sha256));
            let received = is_received(scope.db, *visit, &seal)?;
            let before = last(scope.db, *visit, &seal)?.map(|(receipt, _)| receipt);
            let named = before.as_ref().map_or(0, |receipt| receipt.body().blobs.len());
            let was_received = before.is_some_and(|receipt| receipt.body().received);
            if (whole && named < blobs.len()) || (received && !was_received) {
                issue(scope, *visit, seal, Holds { blobs, received }, signer, now)?;
            }
        }
    }
    Ok(())
}

fn issue(
    scope: &Scope<'_>,
    visit: VisitId,
    seal: SealId,
    holds: Holds,
    signer: &NoteSigner,
    now: WallTime,
) -> Result<ReceiptParcel> {
    let body = ReceiptBody {
        visit,
        seal,
        blobs: holds.blobs,
        journal: scope.head()?,
        received: holds.received,
        recv: now,
        origin: signer.name().to_owned(),
    };
    let (_, note) =
        Receipt::sign(body, signer).map_err(|error| ArchiveError::Damaged(format!("a receipt: {error}")))?;
    let subject = visit.to_bytes();
    let record = Record {
        kind: Kind::Receipt,
        device: b"",
        subject: &subject,
        payload: &note,
    };
    let row = scope.append(now.ms(), &record)?;
    let mut touched = Touched::default();
    derive::receipt(scope.db, row.seq, visit, seal, &mut touched)?;
    touched.announce(scope.db)?;
    Ok(parcel(note))
}

fn parcel(note: Vec<u8>) -> ReceiptParcel {
    ReceiptParcel {
        note: Bytes::from(note),
        proof: None,
    }
}

fn stored_seal(db: &Connection, visit: VisitId, seal: &SealId) -> Result<Option<Seal>> {
    let mut select = db.prepare_cached("SELECT journal FROM seal WHERE visit = ?1 AND id = ?2")?;
    let seq = select
        .query_row(params![visit.to_bytes(), seal.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(seq) = seq else { return Ok(None) };
    Seal::parse(&journal::payload(db, seq)?)
        .map(Some)
        .map_err(|error| ArchiveError::Damaged(format!("journal row {seq}: {error}")))
}

/// Whether this seal governs a visit that is received, whatever became of it.
fn is_received(db: &Connection, visit: VisitId, seal: &SealId) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT state FROM visit WHERE id = ?1 AND seal = ?2")?;
    let state: Option<String> = select
        .query_row(params![visit.to_bytes(), seal.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(state
        .and_then(|word| word.parse::<State>().ok())
        .is_some_and(State::is_received))
}

/// The blobs of a seal that are held, in the seal's order.
fn held_of(db: &Connection, seal: &Seal) -> Result<Vec<BlobHash>> {
    let mut held = Vec::new();
    for item in &seal.body().media {
        if held_bytes(db, &item.sha256)?.is_some() {
            held.push(item.sha256);
        }
    }
    Ok(held)
}

/// The last receipt of a seal with its note.
fn last(db: &Connection, visit: VisitId, seal: &SealId) -> Result<Option<(Receipt, Vec<u8>)>> {
    let mut select = db.prepare_cached("SELECT max(journal) FROM receipt WHERE visit = ?1 AND seal = ?2")?;
    let seq: Option<u64> = select.query_row(params![visit.to_bytes(), seal.as_bytes()], |row| row.get(0))?;
    let Some(seq) = seq else { return Ok(None) };
    let note = journal::payload(db, seq)?;
    let receipt = Receipt::parse(&note)
        .map_err(|error| ArchiveError::Damaged(format!("journal row {seq}: {error}")))?;
    Ok(Some((receipt, note)))
}
