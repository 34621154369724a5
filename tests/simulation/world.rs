//! The server with a disk that fails and a process that is killed, and the way to it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use hudang_archive::{Archive, ArchiveError, Arrival, Faults, IoPoint};
use hudang_evidence::id::{BlobHash, InstallationId};
use hudang_evidence::time::WallTime;
use hudang_sync::phone::{BlobFailure, FailureKind};
use hudang_sync::wire::{SyncRequest, SyncResponse};
use hudang_testkit::chance::Chance;
use hudang_testkit::office::{DAY_MS, at, open_with};
use hudang_testkit::person::Person;
use hudang_testkit::phone::{Piece, Way};

/// The last day of the simulation's visits lies before it: everything arrives late.
pub(crate) const ARRIVAL_MS: i64 = 5 * DAY_MS;

/// Counts down to the step of IO that fails; 0 for none.
#[derive(Default)]
pub(crate) struct Disk {
    until: AtomicU64,
}

impl Faults for Disk {
    fn at(&self, point: IoPoint) -> io::Result<()> {
        let left = self.until.load(Ordering::SeqCst);
        if left == 0 {
            return Ok(());
        }
        self.until.store(left - 1, Ordering::SeqCst);
        if left > 1 {
            return Ok(());
        }
        let full = matches!(point, IoPoint::PartialAppend | IoPoint::JournalAppend);
        Err(io::Error::from(if full {
            io::ErrorKind::StorageFull
        } else {
            io::ErrorKind::Interrupted
        }))
    }
}

pub(crate) struct World {
    root: PathBuf,
    disk: Arc<Disk>,
    time_ms: Arc<AtomicI64>,
    archive: Option<Archive>,
    pub(crate) chance: Chance,
    /// Out of a thousand messages so many meet with something.
    pub(crate) trouble: usize,
}

impl World {
    pub(crate) fn new(root: &Path, seed: u64) -> Self {
        let disk = Arc::new(Disk::default());
        let archive = open_with(root, disk.clone()).unwrap();
        Self {
            root: root.to_owned(),
            disk,
            time_ms: Arc::new(AtomicI64::new(ARRIVAL_MS)),
            archive: Some(archive),
            chance: Chance::new(seed),
            trouble: 0,
        }
    }

    /// The clock that everybody's true time is told by.
    pub(crate) fn time(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.time_ms)
    }

    /// It is so long after the first morning.
    pub(crate) fn is_at(&self, now_ms: i64) {
        self.time_ms.store(now_ms, Ordering::SeqCst);
    }

    /// So much time passes.
    pub(crate) fn waits(&self, ms: i64) {
        self.time_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// So long it is after the first morning.
    pub(crate) fn elapsed_ms(&self) -> i64 {
        self.time_ms.load(Ordering::SeqCst)
    }

    /// The server's clock.
    pub(crate) fn now(&self) -> WallTime {
        at(self.elapsed_ms())
    }

    pub(crate) fn archive(&self) -> &Archive {
        self.archive.as_ref().unwrap()
    }

    /// Time passes in which nobody sends anything: the server's workers look into all that waits, and again into what a bad disk
    /// kept from them.
    pub(crate) fn rests(&self) {
        self.disk.until.store(0, Ordering::SeqCst);
        let archive = self.archive();
        archive.look_again();
        archive.settle(self.now()).unwrap();
    }

    /// The archive, with a disk that does what it should again.
    pub(crate) fn into_archive(mut self) -> Archive {
        self.disk.until.store(0, Ordering::SeqCst);
        self.archive.take().unwrap()
    }

    /// The process is killed and started again.
    fn restart(&mut self) {
        self.disk.until.store(0, Ordering::SeqCst);
        drop(self.archive.take());
        self.archive = Some(open_with(&self.root, self.disk.clone()).unwrap());
    }

    fn is_troubled(&mut self) -> bool {
        let trouble = self.trouble;
        self.chance.happens(trouble)
    }

    /// Makes one of the next steps of IO fail, now and then.
    fn shake(&mut self) {
        if self.is_troubled() {
            let steps = 1 + self.chance.below(12);
            self.disk.until.store(steps as u64, Ordering::SeqCst);
        }
    }
}

fn failure(error: &ArchiveError) -> FailureKind {
    match error {
        ArchiveError::Busy | ArchiveError::DiskFull => FailureKind::Busy { retry_after_ms: None },
        ArchiveError::Replayed { highest } => FailureKind::Counter { highest: *highest },
        ArchiveError::Refused { code, .. } => FailureKind::Refused {
            code: (*code).to_owned(),
        },
        _ => FailureKind::Server,
    }
}

impl Way for World {
    fn sync(&mut self, sender: &mut Person, request: &SyncRequest) -> Result<SyncResponse, FailureKind> {
        // A proxy may send it twice, and then it has its number twice.
        let counter = sender.next_counter();
        self.push(sender.installation(), counter, request)
    }

    fn piece(&mut self, sender: &Person, hash: BlobHash, size: u64, offset: u64, bytes: &[u8]) -> Piece {
        self.carry(sender.installation(), hash, size, offset, bytes)
    }
}

impl World {
    /// Brings a request to the server and its answer back, or not.
    pub(crate) fn push(
        &mut self,
        sender: InstallationId,
        counter: u64,
        request: &SyncRequest,
    ) -> Result<SyncResponse, FailureKind> {
        if self.is_troubled() {
            return Err(FailureKind::Network);
        }
        self.shake();
        let mut answer = self.answers(sender, counter, request);
        if self.is_troubled() {
            answer = self.answers(sender, counter, request);
        }
        if self.is_troubled() {
            self.restart();
        }
        if self.is_troubled() {
            // The answer is lost.
            return Err(FailureKind::Network);
        }
        answer.map_err(|error| failure(&error))
    }

    fn answers(
        &self,
        sender: InstallationId,
        counter: u64,
        request: &SyncRequest,
    ) -> hudang_archive::Result<SyncResponse> {
        let archive = self.archive();
        let installation = archive.installation(&sender)?.expect("an enrolled phone");
        archive.admit(&installation, counter)?;
        archive.sync(&installation, counter, request.clone(), Arrival::at(self.now()))
    }

    /// Brings a piece of an original to the server, or a part of it.
    pub(crate) fn carry(
        &mut self,
        sender: InstallationId,
        hash: BlobHash,
        size: u64,
        offset: u64,
        bytes: &[u8],
    ) -> Piece {
        let lost = Piece::Failed(BlobFailure::Network);
        if self.is_troubled() {
            return lost;
        }
        self.shake();
        // The connection breaks somewhere in the piece.
        let breaks = self.is_troubled();
        let come = if breaks {
            self.chance.below(bytes.len() + 1)
        } else {
            bytes.len()
        };
        let sent = self.take(sender, hash, size, offset, &bytes[..come]);
        if self.is_troubled() {
            self.restart();
        }
        if breaks {
            return lost;
        }
        match sent {
            Ok(offset) => Piece::Sent(offset),
            Err(ArchiveError::Offset { expected_bytes, .. }) => Piece::At(expected_bytes),
            Err(error) if error.code() == "MEDIA-HASH" => Piece::Failed(BlobFailure::Mismatch),
            Err(_) => Piece::Failed(BlobFailure::Busy { retry_after_ms: None }),
        }
    }

    fn take(
        &self,
        sender: InstallationId,
        hash: BlobHash,
        size: u64,
        offset: u64,
        bytes: &[u8],
    ) -> hudang_archive::Result<u64> {
        let archive = self.archive();
        let state = archive.create_upload(hash, size, sender, self.now())?;
        if state.held {
            return Ok(size);
        }
        let mut writing = archive.write_upload(hash, offset, sender)?;
        writing.write(bytes)?;
        let received = writing.finish(self.now())?.received;
        // A worker of the server looks into one of those that wait; what fails it does again.
        let _looked = archive.inspect_waiting(1, self.now());
        Ok(received)
    }
}
