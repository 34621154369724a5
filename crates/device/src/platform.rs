//! What the platform gives: clocks, randomness, free space; and the places where its disk can fail.

pub mod system;

use std::io;

/// What the clocks say at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Wall clock in milliseconds since 1970.
    pub wall_ms: i64,
    /// Milliseconds since the phone started, deep sleep included (`CLOCK_BOOTTIME`).
    pub mono_ms: u64,
    /// Random id of this start of the phone.
    pub boot: String,
}

/// The phone around the store. This crate reads no clock and no random source but through it.
pub trait Platform: Send + Sync {
    /// What the clocks say.
    fn clock(&self) -> Clock;
    /// Fills `bytes` from the system's cryptographic random source.
    fn random(&self, bytes: &mut [u8]);
    /// Free space where the store lies.
    fn free_bytes(&self) -> io::Result<u64>;
}

/// `N` random bytes.
pub(crate) fn random<const N: usize>(platform: &dyn Platform) -> [u8; N] {
    let mut bytes = [0; N];
    platform.random(&mut bytes);
    bytes
}

/// A step of IO after which the app may be killed or before which the disk may be full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IoPoint {
    /// Before the store's directories are made.
    DirectoryCreate,
    /// Before the database is opened.
    DatabaseOpen,
    /// Before a transaction begins.
    TransactionBegin,
    /// Before it commits.
    CommitBefore,
    /// After it has committed, before the caller hears of it.
    CommitAfter,
    /// Before the temporary file of an original is made.
    BlobCreate,
    /// Before its bytes are written.
    BlobWrite,
    /// Before it is flushed to disk.
    BlobSync,
    /// Before an original takes its name.
    BlobRename,
    /// After that, before its directory is flushed.
    BlobDirectorySync,
    /// Before an original is read.
    BlobRead,
    /// Before an original or a left-over is removed.
    BlobRemove,
    /// Before the file of a recording is made.
    RecordingCreate,
    /// Before a piece is written.
    RecordingWrite,
    /// Before a piece is flushed to disk.
    RecordingSync,
    /// Before a recording is read.
    RecordingRead,
}

/// Decides whether a step of IO happens. The real one lets everything happen.
pub trait Faults: Send + Sync {
    /// Is asked before each step; an error is what the step then fails with.
    fn at(&self, point: IoPoint) -> io::Result<()>;
}

/// Lets everything happen.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {
    fn at(&self, _point: IoPoint) -> io::Result<()> {
        Ok(())
    }
}
