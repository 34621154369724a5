//! Places where the disk can fail, named so that tests can make each of them fail.

use std::io;

/// A step of IO after which the process may be killed or before which the disk may be full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IoPoint {
    /// Before the transaction of a group of jobs begins.
    TransactionBegin,
    /// Before a row is appended to the journal.
    JournalAppend,
    /// Before a transaction commits.
    CommitBefore,
    /// After a transaction has committed, before its callers hear of it.
    CommitAfter,
    /// Before a partial upload is created.
    PartialCreate,
    /// Before bytes are added to a partial upload.
    PartialAppend,
    /// Before a partial upload is flushed to disk.
    PartialSync,
    /// Before a partial upload is hashed from disk.
    PartialRead,
    /// Before a complete upload takes its place among the blobs.
    BlobRename,
    /// After that, before the directory is flushed.
    BlobDirectorySync,
    /// Before a partial upload is dropped.
    PartialRemove,
    /// Before a blob is read to be looked into.
    BlobRead,
    /// Before a file of a backup is written.
    BackupFile,
    /// Before the database of a backup is written.
    BackupDatabase,
}

/// Decides whether a step of IO happens. The real one lets everything happen.
pub trait Faults: Send + Sync {
    /// Is asked before each step; an error is what the step then fails with.
    fn at(&self, point: IoPoint) -> io::Result<()>;

    /// Is asked how much of the disk is free, with what the system says.
    fn free_bytes(&self, measured_bytes: u64) -> u64 {
        measured_bytes
    }
}

/// Lets everything happen.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {
    fn at(&self, _point: IoPoint) -> io::Result<()> {
        Ok(())
    }
}
