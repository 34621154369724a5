//! One process at a time: two that write one store would each miss what the other holds in memory.

use std::fs::File;
use std::path::Path;

use crate::error::{DeviceError, Result};

const LOCK: &str = "LOCK";

/// Keeps other processes out of a store until it is dropped; the system drops it with a killed process.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn take(root: &Path) -> Result<Self> {
        let file = hudang_private::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join(LOCK))?;
        try_lock(&file)?;
        Ok(Self { _file: file })
    }
}

/// `File::try_lock` of the standard library knows no Android.
#[cfg(unix)]
fn try_lock(file: &File) -> Result<()> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(()),
        Err(Errno::WOULDBLOCK) => Err(DeviceError::StoreLocked),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

#[cfg(not(unix))]
fn try_lock(file: &File) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(std::fs::TryLockError::WouldBlock) => Err(DeviceError::StoreLocked),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}
