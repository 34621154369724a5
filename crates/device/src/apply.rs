//! Carrying out what the sync machine decides: each decision is one transaction.

use hudang_evidence::id::{BlobHash, DeviceId, Sha256, VisitId};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::receipt::Receipt;
use hudang_sync::phone::{Action, Applied, Event, OutboxKey, Refusal};
use hudang_sync::sign::{SignError, SignedHeaders, Target};
use hudang_sync::wire::{DocumentId, ReceiptParcel, RefusalKind};
use rusqlite::{OptionalExtension as _, params};

use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result};
use crate::outbox::Kind;

/// The subject of what is wrong with a request as a whole.
const REQUEST: &str = "request";

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// It is done.
    Done,
    /// It is done, and the machine is to be told this.
    Report(Event),
    /// It is not the store's: sending, uploading, waiting.
    Outside(Action),
}

/// What an answer did to the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outbox {
    /// Nothing new waits.
    AsBefore,
    /// It has new rows: the machine is to be told.
    Grew,
}

/// Something that is wrong, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProblem {
    /// Stable code.
    pub code: String,
    /// The id of what it is about.
    pub subject: String,
    /// When it was first seen here, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Device {
    /// Carries out an action of the sync machine as far as it is about the store. Where this fails, the machine is to
    /// be told `Failed` of kind `Storage`; nothing was changed then.
    pub fn carry_out(&mut self, action: Action) -> Result<Carried> {
        match action {
            Action::LoadBatch(want) => Ok(Carried::Report(Event::Batch(self.load_batch(&want)?))),
            Action::Apply(applied) => Ok(match self.apply(&applied)? {
                Outbox::AsBefore => Carried::Done,
                Outbox::Grew => Carried::Report(Event::OutboxChanged),
            }),
            Action::Resend { dev, after_dseq } => {
                self.commit(|scope| scope.resend(dev, after_dseq))?;
                Ok(Carried::Done)
            }
            Action::RaiseCounter { above } => {
                self.commit(|scope| {
                    let counter = scope.number("counter")?.max(above);
                    scope.set_number("counter", counter)
                })?;
                Ok(Carried::Done)
            }
            other => Ok(Carried::Outside(other)),
        }
    }

    /// Stores an answer of the server. What came from others may be answered by entries of one's own.
    pub fn apply(&mut self, applied: &Applied) -> Result<Outbox> {
        self.commit(|scope| {
            let before = scope.last_row()?;
            scope.apply(applied)?;
            Ok(if scope.last_row()? > before {
                Outbox::Grew
            } else {
                Outbox::AsBefore
            })
        })
    }

    /// Signs a request with the installation's key under the next counter, which is used up before this returns.
    pub fn sign_request(&mut self, method: &str, path: &str, content: Sha256) -> Result<SignedHeaders> {
        let (origin, counter) = self.commit(|scope| {
            let origin = scope
                .setting("origin")?
                .and_then(|origin| String::from_utf8(origin).ok());
            let counter = scope.number("counter")?.saturating_add(1);
            scope.set_number("counter", counter)?;
            Ok((origin.ok_or(DeviceError::Invitation)?, counter))
        })?;
        let target = Target {
            origin: &origin,
            method,
            path,
        };
        let installation: &NoteSigner = &self.house.installation;
        SignedHeaders::sign(target, content, counter, installation)
            .map_err(|error: SignError| DeviceError::Evidence(error.to_string()))
    }

    /// What is wrong, the latest first.
    pub fn problems(&self) -> Result<Vec<StoredProblem>> {
        let mut select = self
            .db
            .prepare_cached("SELECT code, subject, at_ms FROM problem ORDER BY at_ms DESC, code, subject")?;
        let rows = select.query_map([], |row| {
            Ok(StoredProblem {
                code: row.get(0)?,
                subject: row.get(1)?,
                at_ms: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Scope<'_> {
    /// The key of the last row of the outbox that was ever made.
    fn last_row(&self) -> Result<u64> {
        let mut select = self
            .db
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'")?;
        Ok(select.query_row([], |row| row.get(0))?)
    }

    fn apply(&self, applied: &Applied) -> Result<()> {
        for key in &applied.acknowledged {
            self.acknowledged(*key)?;
        }
        for (key, code) in &applied.quarantined {
            self.problem(code, &format!("outbox/{}", key.0))?;
            self.drop_row(*key)?;
        }
        for refusal in &applied.refused {
            self.refused(refusal)?;
        }
        for (key, blocker) in &applied.waiting {
            self.db
                .prepare_cached("UPDATE outbox SET waits_for = ?2 WHERE key = ?1")?
                .execute(params![key.0, blocker.0])?;
        }
        for blob in &applied.blobs_held {
            self.db
                .prepare_cached("UPDATE blob SET with_server = 1, refused = '' WHERE hash = ?1")?
                .execute([blob.as_bytes()])?;
            self.settled(&blob.to_string())?;
        }
        for (blob, code) in &applied.blobs_refused {
            self.db
                .prepare_cached("UPDATE blob SET refused = ?2 WHERE hash = ?1")?
                .execute(params![blob.as_bytes(), code])?;
            self.problem(code, &blob.to_string())?;
        }
        for problem in &applied.problems {
            self.problem(&problem.code, &problem.subject)?;
        }
        if let Some(code) = &applied.request_refused {
            self.problem(code, REQUEST)?;
        } else if applied.cursor.is_some() {
            self.settled(REQUEST)?;
        }
        if let Some(came) = &applied.signed_time {
            self.keep_time(came)?;
        }
        self.receive(&applied.changes)?;
        for receipt in &applied.receipts {
            self.receipt(receipt)?;
        }
        for standing in &applied.standings {
            self.take_standing(standing)?;
        }
        if let Some(cursor) = applied.cursor {
            self.set_number("cursor", cursor)?;
        }
        self.anchor_last_chain()
    }

    /// A row that the server has. Of a document it is known then up to which heads the server has it: a document
    /// that changed since has a new row, and this key names none.
    fn acknowledged(&self, key: OutboxKey) -> Result<()> {
        if let Some(DocumentId::Visit(visit)) = self.document_of(key)? {
            self.server_has_document(visit)?;
        }
        self.drop_row(key)
    }

    /// The document that a row is about.
    fn document_of(&self, key: OutboxKey) -> Result<Option<DocumentId>> {
        let mut select = self
            .db
            .prepare_cached("SELECT kind, subject FROM outbox WHERE key = ?1")?;
        let row: Option<(u8, Vec<u8>)> = select
            .query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(row
            .filter(|(kind, _)| *kind == Kind::Document as u8)
            .and_then(|(_, subject)| DocumentId::from_bytes(&subject)))
    }

    /// The server has the document as it stands here.
    pub(crate) fn server_has_document(&self, visit: VisitId) -> Result<()> {
        let heads: Vec<u8> = self
            .read_document(visit)?
            .heads()
            .iter()
            .flat_map(|hash| *hash.as_bytes())
            .collect();
        self.db.execute(
            "UPDATE visit SET server_heads = ?2 WHERE id = ?1",
            params![visit.to_bytes(), heads],
        )?;
        Ok(())
    }

    fn drop_row(&self, key: OutboxKey) -> Result<()> {
        // A seed is of no use any more, and would let an erased value be guessed.
        self.db
            .prepare_cached(
                "DELETE FROM salt_seed WHERE snapshot = (SELECT subject FROM outbox WHERE key = ?1 AND kind = ?2)",
            )?
            .execute(params![key.0, Kind::Snapshot as u8])?;
        self.db
            .prepare_cached("DELETE FROM outbox WHERE key = ?1")?
            .execute([key.0])?;
        Ok(())
    }

    fn refused(&self, refusal: &Refusal) -> Result<()> {
        let kind = match refusal.kind {
            RefusalKind::Yours => 0,
            RefusalKind::TryAgain => 1,
            RefusalKind::Ours => 2,
        };
        self.db
            .prepare_cached("UPDATE outbox SET refusal = ?2, refusal_kind = ?3 WHERE key = ?1")?
            .execute(params![refusal.key.0, refusal.code, kind])?;
        // The server may lack what the changes build on: next time the whole document goes.
        if let Some(DocumentId::Visit(visit)) = self.document_of(refusal.key)? {
            self.forget_server_heads(visit)?;
        }
        Ok(())
    }

    fn forget_server_heads(&self, visit: VisitId) -> Result<()> {
        self.db.execute(
            "UPDATE visit SET server_heads = x'' WHERE id = ?1",
            [visit.to_bytes()],
        )?;
        Ok(())
    }

    pub(crate) fn problem(&self, code: &str, subject: &str) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO problem (code, subject, at_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![code, subject, self.clock().wall_ms])?;
        Ok(())
    }

    /// What was wrong with it is right now.
    pub(crate) fn settled(&self, subject: &str) -> Result<()> {
        self.db
            .prepare_cached("DELETE FROM problem WHERE subject = ?1")?
            .execute([subject])?;
        Ok(())
    }

    /// Keeps a receipt that the server's key signed; another is a problem to be shown and allows nothing.
    pub(crate) fn receipt(&self, parcel: &ReceiptParcel) -> Result<()> {
        let hash = Sha256::of(&parcel.note);
        let verified = self
            .server_key()?
            .and_then(|key| Receipt::verify(&parcel.note, &key).ok());
        let Some(receipt) = verified else {
            return self.problem("RECEIPT-SIGNATURE", &hash.to_string());
        };
        let body = receipt.body();
        let proof: &[u8] = parcel.proof.as_ref().map_or(&[], |proof| proof.as_slice());
        self.db.execute(
            "INSERT INTO receipt (hash, visit, seal, recv_ms, note, proof) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (hash) DO NOTHING",
            params![
                hash.as_bytes(),
                body.visit.to_bytes(),
                body.seal.as_bytes(),
                body.recv.ms(),
                parcel.note.as_slice(),
                proof
            ],
        )?;
        for blob in &body.blobs {
            self.receipt_names(blob, body.recv.ms())?;
        }
        Ok(())
    }

    fn receipt_names(&self, blob: &BlobHash, recv_ms: i64) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO receipt_blob (blob, recv_ms) VALUES (?1, ?2)
                 ON CONFLICT (blob) DO UPDATE SET recv_ms = min(recv_ms, excluded.recv_ms)",
            )?
            .execute(params![blob.as_bytes(), recv_ms])?;
        self.db
            .prepare_cached("UPDATE blob SET with_server = 1 WHERE hash = ?1")?
            .execute([blob.as_bytes()])?;
        self.settled(&blob.to_string())
    }

    /// Puts a device's entries after `after_dseq` into the outbox again, in their order, with all else of the
    /// visits that they belong to.
    fn resend(&self, dev: DeviceId, after_dseq: u64) -> Result<()> {
        let mut select = self.db.prepare_cached(
            "SELECT id, dseq, visit FROM entry WHERE own = 1 AND dev = ?1 AND dseq > ?2 ORDER BY dseq",
        )?;
        let rows: Vec<([u8; 32], u64, Vec<u8>)> = select
            .query_map(params![dev.as_bytes(), after_dseq], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let mut visits = std::collections::BTreeSet::new();
        for (id, dseq, visit) in rows {
            let visit = visit.try_into().ok().map(VisitId::from_bytes);
            self.put(Kind::Entry, &id, Some((dev, dseq)), visit)?;
            visits.extend(visit);
        }
        for visit in visits {
            self.resend_beside(visit)?;
        }
        Ok(())
    }

    fn resend_beside(&self, visit: VisitId) -> Result<()> {
        let subjects = |select: &str| -> Result<Vec<Vec<u8>>> {
            let mut select = self.db.prepare(select)?;
            let rows = select.query_map([visit.to_bytes()], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        for hash in subjects("SELECT hash FROM snapshot WHERE visit = ?1 ORDER BY hash")? {
            self.put(Kind::Snapshot, &hash, None, Some(visit))?;
        }
        let remarks =
            "SELECT CAST(digest AS BLOB) FROM disclosure WHERE visit = ?1 AND snapshot = x'' ORDER BY 1";
        for digest in subjects(remarks)? {
            self.put(Kind::Remark, &digest, None, Some(visit))?;
        }
        for id in subjects("SELECT id FROM seal WHERE visit = ?1 ORDER BY id")? {
            self.put(Kind::Seal, &id, None, Some(visit))?;
        }
        self.forget_server_heads(visit)?;
        self.put_document(DocumentId::Visit(visit))?;
        // Whether the server still has the originals is asked anew; it takes none twice.
        for entry in self.entries(visit)? {
            if let Some((blob, _)) = entry.body().blob() {
                self.db
                    .prepare_cached("UPDATE blob SET with_server = 0 WHERE hash = ?1")?
                    .execute([blob.as_bytes()])?;
            }
        }
        Ok(())
    }
}
