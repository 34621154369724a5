//! Originals on disk: uploads that may break off and go on, and blobs that are never altered.
//!
//! An upload grows as `incoming/<sha256>.<length>`. When its last byte is there it is hashed, flushed, renamed
//! to `blobs/ab/<sha256>` and that directory is flushed; only then may the journal say that it is held.
//! Nothing of the hash's state is kept over a break: what is on disk is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hudang_evidence::id::BlobHash;
use sha2::{Digest as _, Sha256};

use crate::error::{ArchiveError, Result};
use crate::faults::{Faults, IoPoint};

/// Largest blob in bytes: a day of recording in the largest format that phones write.
pub const BLOB_BYTES_MAX: u64 = 2 << 30;
/// Most uploads that may be under way or broken off at once.
pub const UPLOADS_MAX: usize = 20_000;

const PIECE_BYTES: usize = 256 << 10;

/// The directory of blobs and of uploads under way.
pub(crate) struct Blobs {
    held: PathBuf,
    incoming: PathBuf,
    faults: Arc<dyn Faults>,
    uploads: Mutex<Uploads>,
}

#[derive(Default)]
struct Uploads {
    /// Length of each upload that has begun.
    lengths: BTreeMap<BlobHash, u64>,
    /// Those that a sender is writing right now.
    busy: BTreeSet<BlobHash>,
}

impl Blobs {
    /// Opens the directories below `root`, and takes up the uploads that broke off.
    pub(crate) fn open(root: &Path, faults: Arc<dyn Faults>) -> Result<Self> {
        let (held, incoming) = (root.join("blobs"), root.join("incoming"));
        // All at once, so that an original that comes in waits for one directory's flush and no more.
        let parts = (0..=u8::MAX).map(|first| held.join(part(first)));
        for directory in [incoming.clone()].into_iter().chain(parts) {
            hudang_private::create_dir_all(&directory)
                .map_err(ArchiveError::io("make the directory of blobs"))?;
        }
        for directory in [&held, root] {
            File::open(directory)
                .and_then(|d| d.sync_all())
                .map_err(ArchiveError::io("flush the archive's directory"))?;
        }
        let mut uploads = Uploads::default();
        let listing = fs::read_dir(&incoming).map_err(ArchiveError::io("list the uploads"))?;
        for item in listing {
            let name = item.map_err(ArchiveError::io("list the uploads"))?.file_name();
            let known = name.to_str().and_then(|name| name.split_once('.'));
            if let Some((Ok(hash), Ok(length))) = known.map(|(h, l)| (h.parse(), l.parse())) {
                uploads.lengths.insert(hash, length);
            }
        }
        Ok(Self {
            held,
            incoming,
            faults,
            uploads: Mutex::new(uploads),
        })
    }

    /// Where the blob is or would be.
    pub(crate) fn path(&self, hash: &BlobHash) -> PathBuf {
        self.held.join(relative(hash))
    }

    /// Whether the blob's file is in its place.
    pub(crate) fn is_in_place(&self, hash: &BlobHash) -> bool {
        self.path(hash).is_file()
    }

    /// How many uploads are under way or broken off.
    pub(crate) fn uploads_open(&self) -> usize {
        self.uploads().lengths.len()
    }

    /// Length and bytes received of an upload that has begun.
    pub(crate) fn upload(&self, hash: &BlobHash) -> Option<(u64, u64)> {
        let length = *self.uploads().lengths.get(hash)?;
        let received = fs::metadata(self.partial(hash, length)).map_or(0, |meta| meta.len());
        Some((length, received))
    }

    /// Begins an upload, or finds one that has begun; returns how many bytes are there.
    pub(crate) fn create(&self, hash: BlobHash, length: u64) -> Result<u64> {
        if length == 0 || length > BLOB_BYTES_MAX {
            return Err(too_large());
        }
        let mut uploads = self.uploads();
        match uploads.lengths.get(&hash) {
            Some(known) if *known == length => {}
            Some(_) if uploads.busy.contains(&hash) => return Err(busy()),
            // The hash names one content, so one of the two lengths is a mistake; the sender of now is asked.
            Some(known) => self.remove_partial(&hash, *known)?,
            None if uploads.lengths.len() >= UPLOADS_MAX => return Err(ArchiveError::Busy),
            None => {}
        }
        let path = self.partial(&hash, length);
        let creating = || {
            self.faults.at(IoPoint::PartialCreate)?;
            hudang_private::options()
                .create(true)
                .append(true)
                .open(&path)?
                .metadata()
        };
        let received = creating().map_err(ArchiveError::io("create an upload"))?.len();
        uploads.lengths.insert(hash, length);
        Ok(received)
    }

    /// Takes the upload for writing from `offset`; no other sender can until the writer is dropped.
    pub(crate) fn write(self: &Arc<Self>, hash: BlobHash, offset: u64) -> Result<PartialWriter> {
        let length = {
            let mut uploads = self.uploads();
            let unknown = || ArchiveError::Unknown {
                what: "upload",
                name: hash.to_string(),
            };
            let length = *uploads.lengths.get(&hash).ok_or_else(unknown)?;
            if !uploads.busy.insert(hash) {
                return Err(busy());
            }
            length
        };
        let claim = Claim {
            blobs: Arc::clone(self),
            hash,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(self.partial(&hash, length))
            .map_err(ArchiveError::io("open an upload"))?;
        let received = file
            .seek(SeekFrom::End(0))
            .map_err(ArchiveError::io("measure an upload"))?;
        if received != offset {
            return Err(ArchiveError::Offset {
                expected_bytes: received,
                given_bytes: offset,
            });
        }
        Ok(PartialWriter {
            claim,
            file,
            length,
            began: received,
            received,
            hasher: Some(Sha256::new()),
        })
    }

    /// Forgets an upload and its bytes.
    pub(crate) fn abandon(&self, hash: &BlobHash) -> Result<()> {
        let mut uploads = self.uploads();
        if uploads.busy.contains(hash) {
            return Err(busy());
        }
        if let Some(length) = uploads.lengths.remove(hash) {
            self.remove_partial(hash, length)?;
        }
        Ok(())
    }

    /// Hashes a blob in its place, in pieces; returns its size, or nothing if it is another content.
    pub(crate) fn verify(&self, hash: &BlobHash) -> io::Result<Option<u64>> {
        let mut file = File::open(self.path(hash))?;
        let (found, bytes) = hash_file(&mut file)?;
        Ok((found == *hash).then_some(bytes))
    }

    /// Walks all blobs in their places, in no order.
    pub(crate) fn walk(&self, see: &mut dyn FnMut(&Path, Option<BlobHash>)) -> io::Result<()> {
        for part in fs::read_dir(&self.held)? {
            for file in fs::read_dir(part?.path())? {
                let file = file?;
                let hash = file.file_name().to_str().and_then(|name| name.parse().ok());
                see(&file.path(), hash);
            }
        }
        Ok(())
    }

    fn uploads(&self) -> MutexGuard<'_, Uploads> {
        // Nothing is left half done while this is held, so a panic elsewhere cannot have spoilt it.
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn partial(&self, hash: &BlobHash, length: u64) -> PathBuf {
        self.incoming.join(format!("{hash}.{length}"))
    }

    fn remove_partial(&self, hash: &BlobHash, length: u64) -> Result<()> {
        let removing = || {
            self.faults.at(IoPoint::PartialRemove)?;
            match fs::remove_file(self.partial(hash, length)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            }
        };
        removing().map_err(ArchiveError::io("remove an upload"))
    }

    /// Moves a complete upload to its place, durably.
    fn put_in_place(&self, hash: &BlobHash, from: &Path) -> io::Result<()> {
        let target = self.path(hash);
        self.faults.at(IoPoint::BlobRename)?;
        fs::rename(from, &target)?;
        self.faults.at(IoPoint::BlobDirectorySync)?;
        File::open(target.parent().unwrap_or(&self.held))?.sync_all()
    }
}

/// `ab/abcd…`: at ten million blobs a directory has forty thousand files.
pub(crate) fn relative(hash: &BlobHash) -> PathBuf {
    let [first, ..] = *hash.as_bytes();
    PathBuf::from(part(first)).join(hash.to_string())
}

/// The directory of the blobs whose hashes begin so.
fn part(first: u8) -> String {
    format!("{first:02x}")
}

/// Hashes a file from where it stands, in pieces; with how many bytes that were.
pub(crate) fn hash_file(file: &mut File) -> io::Result<(BlobHash, u64)> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut bytes = 0_u64;
    loop {
        let read = file.read(&mut piece)?;
        let Some(part) = piece.get(..read).filter(|part| !part.is_empty()) else {
            break;
        };
        hasher.update(part);
        bytes = bytes.saturating_add(part.len() as u64);
    }
    Ok((BlobHash::from_bytes(hasher.finalize().into()), bytes))
}

fn busy() -> ArchiveError {
    ArchiveError::Refused {
        code: "MEDIA-BUSY",
        chinese: "同一文件正在上传,请稍后再试。".into(),
        english: "The same file is being uploaded; try again shortly.".into(),
    }
}

fn too_large() -> ArchiveError {
    ArchiveError::Refused {
        code: "MEDIA-SIZE",
        chinese: format!("文件大小必须在 1 字节至 {} MB 之间。", BLOB_BYTES_MAX >> 20),
        english: format!("A file must have between 1 byte and {} MB.", BLOB_BYTES_MAX >> 20),
    }
}

/// The right to write one upload.
struct Claim {
    blobs: Arc<Blobs>,
    hash: BlobHash,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.blobs.uploads().busy.remove(&self.hash);
    }
}

/// One sender's writing to one upload. What was written stays when it is dropped.
pub(crate) struct PartialWriter {
    claim: Claim,
    file: File,
    length: u64,
    /// Where this turn began.
    began: u64,
    received: u64,
    /// Over what this turn brought; of a turn that began at the start, over the blob. Nothing after a failure.
    hasher: Option<Sha256>,
}

impl PartialWriter {
    /// Adds bytes at the end.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let after = self.received.saturating_add(bytes.len() as u64);
        if after > self.length {
            return Err(ArchiveError::refused(
                "MEDIA-LENGTH",
                "上传的字节多于声明的长度,请重新上传该文件。",
                "More bytes than announced; upload the file again.",
            ));
        }
        let mut writing = || {
            self.claim.blobs.faults.at(IoPoint::PartialAppend)?;
            self.file.write_all(bytes)
        };
        if let Err(error) = writing() {
            // How much of it was written is unknown: what is there is read again when it is whole.
            self.hasher = None;
            return Err(ArchiveError::io("write an upload")(error));
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.received = after;
        Ok(())
    }

    /// How many bytes there will be.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// How many bytes are there.
    pub(crate) const fn received(&self) -> u64 {
        self.received
    }

    /// SHA-256 of what this turn brought; nothing after a failure.
    pub(crate) fn turn(&self) -> Option<BlobHash> {
        let hasher = self.hasher.clone()?;
        Some(BlobHash::from_bytes(hasher.finalize().into()))
    }

    /// Drops what this turn brought.
    pub(crate) fn undo(mut self) -> Result<()> {
        let mut cutting = || {
            self.claim.blobs.faults.at(IoPoint::PartialRemove)?;
            self.file.set_len(self.began)?;
            self.file.seek(SeekFrom::End(0))
        };
        cutting().map_err(ArchiveError::io("cut an upload"))?;
        Ok(())
    }

    /// Puts the blob in its place if its last byte is there; tells whether it did.
    pub(crate) fn finish(mut self) -> Result<Finished> {
        if self.received < self.length {
            return Ok(Finished::Partly {
                received: self.received,
            });
        }
        let (blobs, hash) = (Arc::clone(&self.claim.blobs), self.claim.hash);
        let partial = blobs.partial(&hash, self.length);
        let found = self.hash().map_err(ArchiveError::io("read an upload"))?;
        if found != hash {
            blobs.remove_partial(&hash, self.length)?;
            blobs.uploads().lengths.remove(&hash);
            return Err(ArchiveError::refused(
                "MEDIA-HASH",
                "文件内容与其校验值不符,请从头重新上传。",
                "The file's content is not what its hash says; upload it again from the start.",
            ));
        }
        let placing = || {
            blobs.faults.at(IoPoint::PartialSync)?;
            self.file.sync_all()?;
            blobs.put_in_place(&hash, &partial)
        };
        placing().map_err(ArchiveError::io("put a blob in its place"))?;
        blobs.uploads().lengths.remove(&hash);
        Ok(Finished::Whole { bytes: self.length })
    }

    fn hash(&mut self) -> io::Result<BlobHash> {
        self.claim.blobs.faults.at(IoPoint::PartialRead)?;
        let whole = self.hasher.take().filter(|_| self.began == 0);
        if let Some(hasher) = whole {
            return Ok(BlobHash::from_bytes(hasher.finalize().into()));
        }
        self.file.rewind()?;
        Ok(hash_file(&mut self.file)?.0)
    }
}

/// What became of an upload when its sender stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finished {
    /// More bytes are needed.
    Partly {
        /// How many are there.
        received: u64,
    },
    /// The blob is in its place.
    Whole {
        /// Its size.
        bytes: u64,
    },
}
