//! Originals on disk: uploads that may break off and go on, and blobs that are never altered.
//!
//! An upload grows below `incoming`. When its last byte is there it is hashed, flushed, renamed to `blobs/ab/<sha256>`
//! and that directory is flushed; only then may the journal say that it is held.
//! Nothing of the hash's state is kept over a break: what is on disk is read again.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hudang_evidence::id::BlobHash;
use sha2::{Digest as _, Sha256};

use crate::error::{ArchiveError, Result};
use crate::faults::{Faults, IoPoint};

mod incoming;

pub use incoming::BLOB_BYTES_MAX;
use incoming::Uploads;
pub(crate) use incoming::{Finished, PartialWriter, UploadKey};

const PIECE_BYTES: usize = 256 << 10;

/// The directory of blobs and of uploads under way.
pub(crate) struct Blobs {
    held: PathBuf,
    incoming: PathBuf,
    faults: Arc<dyn Faults>,
    uploads: Mutex<Uploads>,
}

impl Blobs {
    /// Opens the directories below `root`, and takes up the uploads that broke off.
    pub(crate) fn open(root: &Path, faults: Arc<dyn Faults>) -> Result<Self> {
        let (held, incoming) = (root.join("blobs"), root.join("incoming"));
        // All at once, so that an original that comes in waits for one directory's flush and no more.
        let parts = (0..=u8::MAX).map(|first| held.join(part(first)));
        for directory in [held.clone(), incoming.clone()].into_iter().chain(parts) {
            hudang_private::create_dir_all(&directory)
                .map_err(ArchiveError::io("make the directory of blobs"))?;
        }
        for directory in [&held, root] {
            File::open(directory)
                .and_then(|d| d.sync_all())
                .map_err(ArchiveError::io("flush the archive's directory"))?;
        }
        let uploads = Uploads::read(&incoming).map_err(ArchiveError::io("list the uploads"))?;
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

    /// Free bytes of the disk that the originals are on.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.held)?;
        Ok(self
            .faults
            .free_bytes(disk.f_bavail.saturating_mul(disk.f_frsize)))
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
