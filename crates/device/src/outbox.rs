//! The outbox: rows that name what the server has not got, in the order in which it was made.

use std::cell::RefCell;
use std::collections::BTreeSet;

use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, DeviceId, EntryId, SealId, SnapshotHash, VisitId};
use hudang_evidence::snapshot::Disclosure;
use hudang_sync::phone::{Batch, BlobClass, BlobItem, OutboxContent, OutboxItem, OutboxKey, Want};
use hudang_sync::wire::{Bytes, DocumentId, DocumentParcel, RemarkParcel, SnapshotParcel, UnsentTip};
use hudang_visit::document::household::HouseholdDocument;
use rusqlite::{OptionalExtension as _, params};

use crate::chain::visit_bytes;
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result, damaged};

/// Most originals that one batch asks about.
const BLOBS_MAX: u32 = 300;

/// What kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Entry = 0,
    Snapshot = 1,
    Seal = 2,
    Document = 3,
    Remark = 4,
}

/// A row, for showing what waits and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its name.
    pub key: OutboxKey,
    /// Of which visit; absent for what concerns the phone alone.
    pub visit: Option<VisitId>,
    /// Why the server did not take it, as a code of [`hudang_sync::code`]; absent where it was not refused.
    pub refusal: Option<String>,
    /// The refused row that it waits for.
    pub waits_for: Option<OutboxKey>,
}

/// Rows of documents that were read for sending since the store was opened: an answer to them may be under way.
#[derive(Default)]
pub(crate) struct Handed(RefCell<BTreeSet<OutboxKey>>);

impl Handed {
    fn add(&self, key: OutboxKey) {
        self.0.borrow_mut().insert(key);
    }

    fn has(&self, key: OutboxKey) -> bool {
        self.0.borrow().contains(&key)
    }
}

struct Row {
    key: u64,
    kind: u8,
    subject: Vec<u8>,
    dev: Vec<u8>,
    dseq: u64,
    visit: Vec<u8>,
}

impl Device {
    /// How many originals are not known to be with the server.
    pub fn originals_waiting(&self) -> Result<usize> {
        let mut select = self.db.prepare_cached(
            "SELECT count(*) FROM blob WHERE with_server = 0 AND hash NOT IN (SELECT hash FROM unsent)",
        )?;
        Ok(select.query_row([], |row| row.get(0))?)
    }

    /// What waits to be sent, in order.
    pub fn outbox(&self) -> Result<Vec<OutboxRow>> {
        let mut select = self
            .db
            .prepare_cached("SELECT key, visit, refusal, waits_for FROM outbox ORDER BY key")?;
        let rows = select.query_map([], |row| {
            let (visit, refusal, waits_for): (Vec<u8>, String, u64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(OutboxRow {
                key: OutboxKey(row.get(0)?),
                visit: visit.try_into().ok().map(VisitId::from_bytes),
                refusal: (!refusal.is_empty()).then_some(refusal),
                waits_for: (waits_for > 0).then_some(OutboxKey(waits_for)),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Reads what the sync machine wants of the outbox.
    pub fn load_batch(&self, want: &Want) -> Result<Batch> {
        let scope = self.scope();
        let mut batch = Batch {
            blobs: scope.blobs_to_send()?,
            cursor: scope.number("cursor")?,
            moment: scope.moment(),
            tips: scope.tips_waiting()?,
            ..Batch::default()
        };
        let mut select = self
            .db
            .prepare_cached("SELECT key, kind, subject, dev, dseq, visit FROM outbox ORDER BY key")?;
        let mut rows = select.query([])?;
        let mut bytes = 0_usize;
        while let Some(row) = rows.next()? {
            let row = Row {
                key: row.get(0)?,
                kind: row.get(1)?,
                subject: row.get(2)?,
                dev: row.get(3)?,
                dseq: row.get(4)?,
                visit: row.get(5)?,
            };
            let dev = DeviceId::from_bytes(row.dev.as_slice().try_into().unwrap_or_default());
            let held =
                row.kind == Kind::Entry as u8 && want.hold.get(&dev).is_some_and(|from| row.dseq >= *from);
            if held || want.skip.contains(&OutboxKey(row.key)) {
                continue;
            }
            if row.kind == Kind::Document as u8 {
                self.house.handed.add(OutboxKey(row.key));
            }
            let (content, size) = scope.content(&row)?;
            bytes = bytes.saturating_add(size);
            let full = batch.items.len() >= want.items_max.max(1) || bytes > want.bytes_max;
            if full && !batch.items.is_empty() {
                batch.more = true;
                break;
            }
            batch.items.push(OutboxItem {
                key: OutboxKey(row.key),
                content,
            });
        }
        // Asked when nothing else is to be sent.
        if batch.items.is_empty() {
            batch.standings_asked = scope.standings_to_ask()?;
        }
        Ok(batch)
    }
}

impl Scope<'_> {
    /// The last entry of each device that waits to be sent.
    fn tips_waiting(&self) -> Result<Vec<UnsentTip>> {
        // Beside a maximum, SQLite gives the other columns of the row that it is found in.
        let mut select = self
            .db
            .prepare_cached("SELECT dev, max(dseq), subject FROM outbox WHERE kind = ?1 GROUP BY dev")?;
        let rows = select.query_map([Kind::Entry as u8], |row| {
            Ok(UnsentTip {
                dev: DeviceId::from_bytes(row.get(0)?),
                dseq: row.get(1)?,
                id: EntryId::from_bytes(row.get(2)?),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Puts something into the outbox. A document or seal that waits there already gets a new row in its place.
    pub(crate) fn put(
        &self,
        kind: Kind,
        subject: &[u8],
        entry: Option<(DeviceId, u64)>,
        visit: Option<VisitId>,
    ) -> Result<()> {
        self.db
            .prepare_cached("DELETE FROM outbox WHERE kind = ?1 AND subject = ?2")?
            .execute(params![kind as u8, subject])?;
        let dev = entry.map(|(dev, _)| dev.as_bytes().to_vec()).unwrap_or_default();
        let dseq = entry.map_or(0, |(_, dseq)| dseq);
        self.db
            .prepare_cached(
                "INSERT INTO outbox (kind, subject, dev, dseq, visit) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![kind as u8, subject, dev, dseq, visit_bytes(visit)])?;
        Ok(())
    }

    /// Puts a document into the outbox. A row that nobody has read yet says it already: what is sent of it is read
    /// when it goes.
    pub(crate) fn put_document(&self, document: DocumentId) -> Result<()> {
        let mut select = self.db.prepare_cached(
            "SELECT key FROM outbox WHERE kind = ?1 AND subject = ?2 AND refusal = '' AND waits_for = 0",
        )?;
        let waiting: Option<u64> = select
            .query_row(params![Kind::Document as u8, document.to_bytes()], |row| {
                row.get(0)
            })
            .optional()?;
        if waiting.is_some_and(|key| !self.house.handed.has(OutboxKey(key))) {
            return Ok(());
        }
        let visit = match document {
            DocumentId::Visit(visit) => Some(visit),
            DocumentId::Household(_) => None,
        };
        self.put(Kind::Document, &document.to_bytes(), None, visit)
    }

    /// What a row holds, with its size in bytes.
    fn content(&self, row: &Row) -> Result<(OutboxContent, usize)> {
        let lost = || DeviceError::Damaged(format!("outbox row {} names nothing", row.key));
        let hash = || <[u8; 32]>::try_from(row.subject.as_slice()).map_err(|_| lost());
        match row.kind {
            0 => {
                let id = EntryId::from_bytes(hash()?);
                let note: Vec<u8> = self
                    .db
                    .prepare_cached("SELECT note FROM entry WHERE id = ?1")?
                    .query_row([id.as_bytes()], |row| row.get(0))
                    .optional()?
                    .ok_or_else(lost)?;
                let entry = Entry::parse(&note).map_err(|error| damaged("an entry", error))?;
                let size = note.len();
                let content = OutboxContent::Entry {
                    dev: entry.header().dev,
                    dseq: entry.header().dseq,
                    blob: entry.body().blob().map(|(blob, _)| blob),
                    note: Bytes::from(note),
                };
                Ok((content, size))
            }
            1 => {
                let name = SnapshotHash::from_bytes(hash()?);
                let found = self.snapshot(&name)?;
                let (snapshot, disclosures) = found.ok_or_else(lost)?;
                let texts: usize = disclosures.iter().map(|one| one.as_str().len()).sum();
                let parcel = match self.seed(&name)? {
                    Some(seed) => SnapshotParcel::seeded(&snapshot, &disclosures, &seed),
                    None => SnapshotParcel::new(&snapshot, &disclosures),
                };
                Ok((OutboxContent::Snapshot(parcel), texts))
            }
            2 => {
                let note = self.seal_note(&SealId::from_bytes(hash()?))?.ok_or_else(lost)?;
                let size = note.len();
                Ok((OutboxContent::Seal(Bytes::from(note)), size))
            }
            3 => {
                let document = DocumentId::from_bytes(&row.subject).ok_or_else(lost)?;
                let parcel = self.document_parcel(document)?.ok_or_else(lost)?;
                let size = parcel.payload.len();
                Ok((OutboxContent::Document(parcel), size))
            }
            _ => {
                let digest = String::from_utf8(row.subject.clone()).map_err(|_| lost())?;
                let visit = <[u8; 16]>::try_from(row.visit.as_slice()).map_err(|_| lost())?;
                let text: Option<String> = self
                    .db
                    .prepare_cached("SELECT text FROM disclosure WHERE digest = ?1 AND snapshot = x''")?
                    .query_row([digest], |row| row.get(0))
                    .optional()?;
                let text = text.ok_or_else(lost)?;
                let disclosure = Disclosure::parse(&text).map_err(|error| damaged("a remark", error))?;
                let parcel = RemarkParcel::new(VisitId::from_bytes(visit), &[disclosure]);
                Ok((OutboxContent::Remark(parcel), text.len()))
            }
        }
    }

    /// A document as far as the server lacks it.
    fn document_parcel(&self, id: DocumentId) -> Result<Option<DocumentParcel>> {
        let (heads, payload) = match id {
            DocumentId::Visit(visit) => {
                let mut select = self
                    .db
                    .prepare_cached("SELECT server_heads FROM visit WHERE id = ?1")?;
                let server_heads: Option<Vec<u8>> = select
                    .query_row([visit.to_bytes()], |row| row.get(0))
                    .optional()?;
                let Some(server_heads) = server_heads else {
                    return Ok(None);
                };
                let document = self.read_document(visit)?;
                let (known, _) = server_heads.as_chunks::<32>();
                let known: Vec<_> = known
                    .iter()
                    .map(|hash| hudang_evidence::id::Sha256::from_bytes(*hash))
                    .collect();
                (document.heads(), document.payload_for(&known))
            }
            DocumentId::Household(household) => {
                let bytes: Option<Vec<u8>> = self
                    .db
                    .prepare_cached("SELECT document FROM household WHERE id = ?1")?
                    .query_row([household.to_bytes()], |row| row.get(0))
                    .optional()?;
                let Some(bytes) = bytes else { return Ok(None) };
                let document = HouseholdDocument::load(&bytes, self.reader())?;
                (document.heads(), document.payload_for(&[]))
            }
        };
        let heads: Vec<[u8; 32]> = heads.iter().map(|hash| *hash.as_bytes()).collect();
        Ok(Some(DocumentParcel::new(id, payload, &heads)))
    }

    fn blobs_to_send(&self) -> Result<Vec<BlobItem>> {
        let mut select = self.db.prepare_cached(
            "SELECT hash, size_bytes, class FROM blob
             WHERE with_server = 0 AND gone = 0 AND hash NOT IN (SELECT hash FROM unsent)
             ORDER BY class, n LIMIT ?1",
        )?;
        let rows = select.query_map([BLOBS_MAX], |row| {
            Ok(BlobItem {
                hash: BlobHash::from_bytes(row.get(0)?),
                size_bytes: row.get(1)?,
                class: match row.get::<_, u8>(2)? {
                    0 => BlobClass::Photo,
                    1 => BlobClass::Paper,
                    _ => BlobClass::Audio,
                },
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
