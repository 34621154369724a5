//! Uploads under way: each belongs to the phone that sends it, so that nobody can block or spoil another's.
//!
//! An upload grows as `incoming/<installation>/<sha256>.<length>.<begun>`; the last number is when it began, by the
//! server's clock in milliseconds since 1970. Two phones that send one original have an upload each, and the blob that
//! comes of it is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, Seek as _, SeekFrom, Write as _};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hudang_evidence::id::{BlobHash, InstallationId};
use hudang_evidence::time::WallTime;
use sha2::{Digest as _, Sha256};

use super::{Blobs, hash_file};
use crate::error::{ArchiveError, Result};
use crate::faults::IoPoint;
use crate::quota::{self, Quotas};

/// Largest blob in bytes: a day of recording in the largest format that phones write.
pub const BLOB_BYTES_MAX: u64 = 2 << 30;

/// After so many bytes the disk is told to begin with them, so that it works while more come and the flush at the end has
/// little to wait for.
const BEGIN_BYTES: u64 = 1 << 20;

/// Whose upload of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UploadKey {
    pub(crate) sender: InstallationId,
    pub(crate) hash: BlobHash,
}

/// An upload that has begun.
#[derive(Debug, Clone, Copy)]
struct Begun {
    length: u64,
    begun_ms: i64,
}

/// All uploads that have begun.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    begun: BTreeMap<UploadKey, Begun>,
    /// Those that a sender is writing right now.
    busy: BTreeSet<UploadKey>,
}

impl Uploads {
    /// Takes up the uploads that broke off.
    pub(super) fn read(incoming: &Path) -> io::Result<Self> {
        let mut uploads = Self::default();
        for of_sender in fs::read_dir(incoming)? {
            let of_sender = of_sender?;
            let name = of_sender.file_name();
            let Some(Ok(sender)) = name.to_str().map(str::parse::<InstallationId>) else {
                continue;
            };
            for file in fs::read_dir(of_sender.path())? {
                let name = file?.file_name();
                if let Some((hash, begun)) = name.to_str().and_then(parse_name) {
                    uploads.begun.insert(UploadKey { sender, hash }, begun);
                }
            }
        }
        Ok(uploads)
    }

    fn of_sender(&self, sender: InstallationId) -> impl Iterator<Item = (&UploadKey, &Begun)> {
        let first = UploadKey {
            sender,
            hash: BlobHash::from_bytes([0; 32]),
        };
        self.begun
            .range(first..)
            .take_while(move |(key, _)| key.sender == sender)
    }
}

fn parse_name(name: &str) -> Option<(BlobHash, Begun)> {
    let mut parts = name.split('.');
    let hash = parts.next()?.parse().ok()?;
    let length = parts.next()?.parse().ok()?;
    let begun_ms = parts.next()?.parse().ok()?;
    parts
        .next()
        .is_none()
        .then_some((hash, Begun { length, begun_ms }))
}

impl Blobs {
    /// How many uploads are under way or broken off.
    pub(crate) fn uploads_open(&self) -> usize {
        self.uploads().begun.len()
    }

    /// Length and bytes received of an upload that has begun.
    pub(crate) fn upload(&self, key: &UploadKey) -> Option<(u64, u64)> {
        let begun = *self.uploads().begun.get(key)?;
        let received = fs::metadata(self.partial(key, begun)).map_or(0, |meta| meta.len());
        Some((begun.length, received))
    }

    /// Begins an upload, or finds one that has begun; returns how many bytes are there. `left_behind` is what the phone
    /// has left here that no seal names, beside its open uploads.
    pub(crate) fn create(
        &self,
        key: UploadKey,
        length: u64,
        left_behind: u64,
        quotas: &Quotas,
        now: WallTime,
    ) -> Result<u64> {
        if length == 0 || length > BLOB_BYTES_MAX {
            return Err(too_large());
        }
        let mut uploads = self.uploads();
        let known = uploads.begun.get(&key).copied();
        let begun = match known {
            Some(known) if known.length == length => known,
            Some(_) if uploads.busy.contains(&key) => return Err(busy()),
            other => {
                // The hash names one content, so one of the two lengths is a mistake; the sender says now which.
                if let Some(known) = other {
                    self.remove_partial(&key, known)?;
                    uploads.begun.remove(&key);
                }
                let mut open = (0_usize, left_behind.saturating_add(length));
                for (_, begun) in uploads.of_sender(key.sender) {
                    open.0 = open.0.saturating_add(1);
                    open.1 = open.1.saturating_add(begun.length);
                }
                if open.0 >= quotas.uploads_open_max {
                    return Err(quota::too_many_uploads(quotas));
                }
                if open.1 > quotas.unsealed_bytes_max {
                    return Err(quota::too_many_bytes(quotas));
                }
                Begun {
                    length,
                    begun_ms: now.ms(),
                }
            }
        };
        let path = self.partial(&key, begun);
        let here = fs::metadata(&path).map_or(0, |meta| meta.len());
        self.check_reserve(length.saturating_sub(here), quotas)?;
        let creating = || {
            self.faults.at(IoPoint::PartialCreate)?;
            if let Some(directory) = path.parent() {
                hudang_private::create_dir_all(directory)?;
            }
            hudang_private::options()
                .create(true)
                .append(true)
                .open(&path)?
                .metadata()
        };
        let received = creating().map_err(ArchiveError::io("create an upload"))?.len();
        uploads.begun.insert(key, begun);
        Ok(received)
    }

    /// Takes the upload for writing from `offset`; no other connection can until the writer is dropped.
    pub(crate) fn write(
        self: &Arc<Self>,
        key: UploadKey,
        offset: u64,
        quotas: &Quotas,
    ) -> Result<PartialWriter> {
        let begun = {
            let mut uploads = self.uploads();
            let unknown = || ArchiveError::Unknown {
                what: "upload",
                name: key.hash.to_string(),
            };
            let begun = *uploads.begun.get(&key).ok_or_else(unknown)?;
            if !uploads.busy.insert(key) {
                return Err(busy());
            }
            begun
        };
        let claim = Claim {
            blobs: Arc::clone(self),
            key,
            begun,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(self.partial(&key, begun))
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
            quotas: *quotas,
            file,
            began: received,
            received,
            hasher: Some(Sha256::new()),
        })
    }

    /// Forgets an upload and its bytes.
    pub(crate) fn abandon(&self, key: &UploadKey) -> Result<()> {
        let mut uploads = self.uploads();
        if uploads.busy.contains(key) {
            return Err(busy());
        }
        if let Some(begun) = uploads.begun.remove(key) {
            self.remove_partial(key, begun)?;
        }
        Ok(())
    }

    /// Forgets the uploads that began before `before`; how many those were.
    pub(crate) fn expire(&self, before: WallTime) -> Result<usize> {
        self.forget(|_, begun| begun.begun_ms < before.ms())
    }

    /// Forgets what other phones have of an original that is held now.
    fn forget_others(&self, hash: &BlobHash) -> Result<usize> {
        self.forget(|key, _| key.hash == *hash)
    }

    fn forget(&self, which: impl Fn(&UploadKey, &Begun) -> bool) -> Result<usize> {
        let mut uploads = self.uploads();
        let is_gone = |(key, begun): &(&UploadKey, &Begun)| !uploads.busy.contains(key) && which(key, begun);
        let gone: Vec<(UploadKey, Begun)> = uploads
            .begun
            .iter()
            .filter(is_gone)
            .map(|(key, begun)| (*key, *begun))
            .collect();
        for (key, begun) in &gone {
            self.remove_partial(key, *begun)?;
            uploads.begun.remove(key);
        }
        Ok(gone.len())
    }

    /// Originals may not take what is kept for entries and seals.
    fn check_reserve(&self, more_bytes: u64, quotas: &Quotas) -> Result<()> {
        let free = self.free_bytes().map_err(ArchiveError::io("measure the disk"))?;
        if free < quotas.reserve_bytes.saturating_add(more_bytes) {
            return Err(ArchiveError::Reserve);
        }
        Ok(())
    }

    fn partial(&self, key: &UploadKey, begun: Begun) -> PathBuf {
        let Begun { length, begun_ms } = begun;
        self.incoming
            .join(key.sender.to_string())
            .join(format!("{}.{length}.{begun_ms}", key.hash))
    }

    fn remove_partial(&self, key: &UploadKey, begun: Begun) -> Result<()> {
        let removing = || {
            self.faults.at(IoPoint::PartialRemove)?;
            match fs::remove_file(self.partial(key, begun)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            }
        };
        removing().map_err(ArchiveError::io("remove an upload"))
    }
}

/// Writes all parts, with as few calls as the system allows.
fn write_all(file: &mut File, parts: &[&[u8]]) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
    let mut left = &mut slices[..];
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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
    key: UploadKey,
    begun: Begun,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.blobs.uploads().busy.remove(&self.key);
    }
}

/// One sender's writing to one upload. What was written stays when it is dropped.
pub(crate) struct PartialWriter {
    claim: Claim,
    quotas: Quotas,
    file: File,
    /// Where this turn began.
    began: u64,
    received: u64,
    /// Over what this turn brought; of a turn that began at the start, over the blob. Nothing after a failure.
    hasher: Option<Sha256>,
}

impl PartialWriter {
    /// Adds bytes at the end, the parts one after the other. They are written at once: a file system that is given much at
    /// a time keeps it in large pieces.
    pub(crate) fn write(&mut self, parts: &[&[u8]]) -> Result<()> {
        let more = parts.iter().map(|part| part.len() as u64).sum();
        let after = self.received.saturating_add(more);
        if after > self.length() {
            return Err(ArchiveError::refused(
                "MEDIA-LENGTH",
                "上传的字节多于声明的长度,请重新上传该文件。",
                "More bytes than announced; upload the file again.",
            ));
        }
        if self.received == self.began || self.received >> 20 != after >> 20 {
            self.claim.blobs.check_reserve(more, &self.quotas)?;
        }
        let mut writing = || {
            self.claim.blobs.faults.at(IoPoint::PartialAppend)?;
            write_all(&mut self.file, parts)
        };
        if let Err(error) = writing() {
            // How much of it was written is unknown: what is there is read again when it is whole.
            self.hasher = None;
            return Err(ArchiveError::io("write an upload")(error));
        }
        if let Some(hasher) = &mut self.hasher {
            for part in parts {
                hasher.update(part);
            }
        }
        if self.received / BEGIN_BYTES != after / BEGIN_BYTES {
            self.begin_to_keep(after);
        }
        self.received = after;
        Ok(())
    }

    /// Lets the disk begin with what was written up to here. Linux writes out what is said to be needed no more; what else
    /// a system makes of it, or that it refuses, changes nothing: the flush at the end is what counts.
    fn begin_to_keep(&self, up_to: u64) {
        let from = (self.received / BEGIN_BYTES) * BEGIN_BYTES;
        #[cfg(target_os = "linux")]
        let _refused = rustix::fs::fadvise(
            &self.file,
            from,
            NonZeroU64::new(up_to.saturating_sub(from)),
            rustix::fs::Advice::DontNeed,
        );
    }

    /// How many bytes there will be.
    pub(crate) const fn length(&self) -> u64 {
        self.claim.begun.length
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
        if self.received < self.length() {
            return Ok(Finished::Partly {
                received: self.received,
            });
        }
        let blobs = Arc::clone(&self.claim.blobs);
        let (key, begun) = (self.claim.key, self.claim.begun);
        let partial = blobs.partial(&key, begun);
        let found = self.hash().map_err(ArchiveError::io("read an upload"))?;
        if found != key.hash {
            blobs.remove_partial(&key, begun)?;
            blobs.uploads().begun.remove(&key);
            return Err(ArchiveError::refused(
                "MEDIA-HASH",
                "文件内容与其校验值不符,请从头重新上传。",
                "The file's content is not what its hash says; upload it again from the start.",
            ));
        }
        let placing = || {
            blobs.faults.at(IoPoint::PartialSync)?;
            self.file.sync_all()?;
            blobs.put_in_place(&key.hash, &partial)
        };
        placing().map_err(ArchiveError::io("put a blob in its place"))?;
        blobs.uploads().begun.remove(&key);
        // What is left of others' is swept up by its expiry where this fails.
        let _swept = blobs.forget_others(&key.hash);
        Ok(Finished::Whole { bytes: begun.length })
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
