//! Originals come in: create, go on, complete (tus 1.0 without its HTTP).

use std::fs::File;
use std::ops::Deref;
use std::sync::Arc;

use hudang_evidence::id::{BlobHash, ContractId, InstallationId, Sha256};
use hudang_evidence::time::WallTime;
use rusqlite::{Connection, OptionalExtension as _};

use crate::access::{Looking, Opened};
use crate::archive::Archive;
use crate::blobs::{Finished, PartialWriter, UploadKey};
use crate::derive::{self, Touched};
use crate::error::{ArchiveError, Result};
use crate::journal::{Kind, Record};
use crate::judge;
use crate::quota;
use crate::receipts;
use crate::roles::Act;
use crate::viewer::{Sight, Viewer, unknown};
use crate::writer::Scope;

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadState {
    /// Size of the whole blob in bytes.
    pub length: u64,
    /// Bytes that are here; the place to go on from.
    pub received: u64,
    /// Whether the blob is held durably; nothing more is to be sent.
    pub held: bool,
}

/// One sender's writing to one upload, through a borrowed or a shared archive. Dropping it keeps what was written.
pub struct Upload<A> {
    archive: A,
    writer: PartialWriter,
    hash: BlobHash,
    length: u64,
    sender: InstallationId,
}

impl Archive {
    /// How far this phone's upload of the blob is; nothing where it has not begun.
    pub fn upload(&self, hash: &BlobHash, sender: InstallationId) -> Result<Option<UploadState>> {
        if let Some(bytes) = self.read(|db| held_bytes(db, hash))? {
            return Ok(Some(UploadState {
                length: bytes,
                received: bytes,
                held: true,
            }));
        }
        let state = self.blobs.upload(&UploadKey { sender, hash: *hash });
        Ok(state.map(|(length, received)| UploadState {
            length,
            received,
            held: false,
        }))
    }

    /// Begins an upload; one that has begun goes on, and a blob that is held needs none.
    pub fn create_upload(
        &self,
        hash: BlobHash,
        length: u64,
        sender: InstallationId,
        now: WallTime,
    ) -> Result<UploadState> {
        if let Some(state) = self.upload(&hash, sender)?.filter(|state| state.held) {
            return Ok(state);
        }
        let key = UploadKey { sender, hash };
        if self.blobs.is_in_place(&hash) {
            // The server stopped between the blob's last byte and the journal.
            let bytes = self
                .blobs
                .verify(&hash)
                .map_err(ArchiveError::io("read a blob"))?;
            if let Some(bytes) = bytes {
                self.hold(hash, bytes, sender, now)?;
                return Ok(UploadState {
                    length: bytes,
                    received: bytes,
                    held: true,
                });
            }
        }
        let left_behind = self.read(|db| quota::left_behind(db, sender, &hash, length, &self.quotas))?;
        let received = self.blobs.create(key, length, left_behind, &self.quotas, now)?;
        if received == length {
            // It stopped after the last byte came and before it was hashed; the sender has nothing more to send.
            return self.write_upload(hash, received, sender)?.finish(now);
        }
        Ok(UploadState {
            length,
            received,
            held: false,
        })
    }

    /// Takes the upload for writing from `offset`, which must be where it is.
    pub fn write_upload(&self, hash: BlobHash, offset: u64, sender: InstallationId) -> Result<Upload<&Self>> {
        Upload::begin(self, hash, offset, sender)
    }

    /// The same for who hands the writing from thread to thread.
    pub fn write_upload_shared(
        self: &Arc<Self>,
        hash: BlobHash,
        offset: u64,
        sender: InstallationId,
    ) -> Result<Upload<Arc<Self>>> {
        Upload::begin(Arc::clone(self), hash, offset, sender)
    }

    /// Whether an entry names this original; only such a one is wanted.
    pub fn is_named(&self, hash: &BlobHash) -> Result<bool> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT 1 FROM blob_use WHERE hash = ?1")?;
            Ok(select.exists([hash.as_bytes()])?)
        })
    }

    /// Forgets this phone's upload that is not complete.
    pub fn abandon_upload(&self, hash: &BlobHash, sender: InstallationId) -> Result<()> {
        self.blobs.abandon(&UploadKey { sender, hash: *hash })
    }

    /// Forgets the uploads that began so long ago that nobody completes them; how many those were.
    pub fn expire_uploads(&self, now: WallTime) -> Result<usize> {
        let expires_ms = i64::try_from(self.quotas.upload_expires.as_millis()).unwrap_or(i64::MAX);
        let before = WallTime::from_ms_clamped(now.ms().saturating_sub(expires_ms));
        self.blobs.expire(before)
    }

    /// Opens a held blob for reading, if a visit names it that the viewer sees; with its size. Leaves a record.
    pub fn open_blob(&self, viewer: &Viewer, hash: &BlobHash, looking: &Looking) -> Result<(File, u64)> {
        viewer.check(Act::OpenHousehold)?;
        let found = self.read(|db| {
            let contracts = naming(db, &viewer.sight(db)?, hash)?;
            let held = held_bytes(db, hash)?;
            Ok(held.zip(contracts))
        })?;
        let (bytes, contracts) = found.ok_or_else(|| unknown("blob", hash))?;
        self.record_look(viewer, looking, Opened::Original, hash, contracts)?;
        Ok((self.open_held(hash)?, bytes))
    }

    /// Opens a held blob for the archive itself.
    pub(crate) fn open_held(&self, hash: &BlobHash) -> Result<File> {
        File::open(self.blobs.path(hash)).map_err(ArchiveError::io("open a blob"))
    }

    /// Journals that a blob is in its place; the visits that name it are judged again.
    fn hold(&self, hash: BlobHash, bytes: u64, sender: InstallationId, now: WallTime) -> Result<()> {
        let signer = std::sync::Arc::clone(&self.signer);
        self.submit(move |scope| {
            if held_bytes(scope.db, &hash)?.is_some() {
                return Ok(());
            }
            let payload = bytes.to_be_bytes();
            let record = Record {
                kind: Kind::Blob,
                device: sender.as_bytes(),
                subject: hash.as_bytes(),
                payload: &payload,
            };
            let touched = append_and_derive(scope, now, &record)?;
            judge::judge_touched(scope, &touched)?;
            receipts::issue_complete(scope, &touched, &signer, now)
        })
    }
}

impl<A: Deref<Target = Archive>> Upload<A> {
    fn begin(archive: A, hash: BlobHash, offset: u64, sender: InstallationId) -> Result<Self> {
        let writer = archive
            .blobs
            .write(UploadKey { sender, hash }, offset, &archive.quotas)?;
        Ok(Self {
            length: writer.length(),
            archive,
            writer,
            hash,
            sender,
        })
    }

    /// Adds bytes at the end.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_parts(&[bytes])
    }

    /// Adds the parts at the end, one after the other.
    pub fn write_parts(&mut self, parts: &[&[u8]]) -> Result<()> {
        self.writer.write(parts)
    }

    /// How many bytes are there.
    pub const fn received(&self) -> u64 {
        self.writer.received()
    }

    /// How many bytes the whole has.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Ends this sender's turn if what it brought has this hash; otherwise drops that and says so. What is hashed
    /// is hashed once: of a turn that brought the whole, this is the blob's own hash.
    pub fn finish_if(self, content: &Sha256, now: WallTime) -> Result<UploadState> {
        if self.writer.turn().is_some_and(|turn| turn.0 != *content) {
            self.writer.undo()?;
            return Err(ArchiveError::refused(
                "MEDIA-PIECE",
                "这一段内容与其校验值不符,已丢弃,请从原位置重新上传。",
                "This piece is not what its hash says and was dropped; send it again from where it began.",
            ));
        }
        self.finish(now)
    }

    /// Ends this sender's turn. If the last byte is there the blob is hashed, put in its place and journaled;
    /// an answer that says `held` is a promise.
    pub fn finish(self, now: WallTime) -> Result<UploadState> {
        match self.writer.finish()? {
            Finished::Partly { received } => Ok(UploadState {
                length: self.length,
                received,
                held: false,
            }),
            Finished::Whole { bytes } => {
                self.archive.hold(self.hash, bytes, self.sender, now)?;
                Ok(UploadState {
                    length: bytes,
                    received: bytes,
                    held: true,
                })
            }
        }
    }
}

/// The contracts of the visits within sight that name an original; nothing where none does.
pub(crate) fn naming(db: &Connection, sight: &Sight, hash: &BlobHash) -> Result<Option<Vec<ContractId>>> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT visit.contract, visit.org FROM blob_use JOIN visit ON visit.id = blob_use.visit
         WHERE blob_use.hash = ?1 ORDER BY visit.contract",
    )?;
    let mut rows = select.query([hash.as_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (contract, org): (String, String) = (row.get(0)?, row.get(1)?);
        if sight.sees(&contract, &org) {
            found.push(derive::parse_id(&contract)?);
        }
    }
    found.dedup();
    Ok((*sight == Sight::Everything || !found.is_empty()).then_some(found))
}

/// Size of a blob that the journal says is held.
pub(crate) fn held_bytes(db: &Connection, hash: &BlobHash) -> Result<Option<u64>> {
    let mut select = db.prepare_cached("SELECT bytes FROM blob WHERE hash = ?1")?;
    Ok(select.query_row([hash.as_bytes()], |row| row.get(0)).optional()?)
}

/// Appends a row and derives from it.
pub(crate) fn append_and_derive(scope: &Scope<'_>, now: WallTime, record: &Record<'_>) -> Result<Touched> {
    let mut touched = Touched::default();
    append_into(scope, now, record, &mut touched)?;
    Ok(touched)
}

/// Appends one of several rows and derives from it.
pub(crate) fn append_into(
    scope: &Scope<'_>,
    now: WallTime,
    record: &Record<'_>,
    touched: &mut Touched,
) -> Result<()> {
    let row = scope.append(now.ms(), record)?;
    derive::apply(scope.db, scope.known, &row, touched)
}
