//! The way to the archive: a call, with a connection that breaks in the middle of the first uploads.

use hudang_archive::{Archive, ArchiveError};
use hudang_evidence::id::BlobHash;
use hudang_sync::phone::{BlobFailure, FailureKind};
use hudang_sync::wire::{SyncRequest, SyncResponse};
use hudang_testkit::office::{DAY_MS, at};
use hudang_testkit::person::Person;
use hudang_testkit::phone::{Piece, Way};

/// When all of it arrives.
const ARRIVAL_MS: i64 = 3 * DAY_MS;
/// So many uploads break.
const BREAKS: usize = 3;

pub(crate) struct Door {
    archive: Archive,
    pub(crate) broken: usize,
}

impl Door {
    pub(crate) const fn new(archive: Archive) -> Self {
        Self { archive, broken: 0 }
    }

    pub(crate) fn into_archive(self) -> Archive {
        self.archive
    }

    fn take(
        &self,
        sender: &Person,
        hash: BlobHash,
        size: u64,
        offset: u64,
        bytes: &[u8],
    ) -> hudang_archive::Result<u64> {
        let state = self
            .archive
            .create_upload(hash, size, sender.installation(), at(ARRIVAL_MS))?;
        if state.held {
            return Ok(size);
        }
        let mut writing = self.archive.write_upload(hash, offset, sender.installation())?;
        writing.write(bytes)?;
        Ok(writing.finish(at(ARRIVAL_MS))?.received)
    }
}

impl Way for Door {
    fn sync(&mut self, sender: &mut Person, request: &SyncRequest) -> Result<SyncResponse, FailureKind> {
        let known = self
            .archive
            .installation(&sender.installation())
            .map_err(|_| FailureKind::Server)?;
        if known.is_none() {
            return Err(FailureKind::Refused {
                code: hudang_sync::code::DEVICE_UNKNOWN.to_owned(),
            });
        }
        sender
            .tries(&self.archive, request.clone(), ARRIVAL_MS)
            .map_err(|_| FailureKind::Server)
    }

    fn piece(&mut self, sender: &Person, hash: BlobHash, size: u64, offset: u64, bytes: &[u8]) -> Piece {
        if self.broken < BREAKS && bytes.len() > 1_000 {
            self.broken += 1;
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            // What came through is kept, whatever the phone heard of it.
            let _kept = self.take(sender, hash, size, offset, half);
            return Piece::Failed(BlobFailure::Network);
        }
        match self.take(sender, hash, size, offset, bytes) {
            Ok(offset) => Piece::Sent(offset),
            Err(ArchiveError::Offset { expected_bytes, .. }) => Piece::At(expected_bytes),
            Err(error) => Piece::Failed(BlobFailure::Refused {
                code: error.code().to_owned(),
            }),
        }
    }
}
