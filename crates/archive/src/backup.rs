//! A copy of the archive while it works, and back. A backup is an archive's directory, complete when its
//! `format.json` is there, which is written last.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use hudang_evidence::id::BlobHash;
use rusqlite::Connection;

use crate::access::{Looking, Opened};
use crate::archive::Archive;
use crate::blobs;
use crate::directory::{Directory, copy_identity, database_in};
use crate::error::{ArchiveError, Result};
use crate::faults::{Faults, IoPoint, NoFaults};
use crate::readers;
use crate::roles::Act;
use crate::viewer::Viewer;

/// How far a backup or restore is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CopyProgress {
    /// Blobs that are copied.
    pub blobs: u64,
    /// All blobs.
    pub blobs_total: u64,
    /// Bytes of them that are copied.
    pub bytes: u64,
}

/// What is told how far it is.
pub type OnCopied<'a> = &'a mut dyn FnMut(CopyProgress);

impl Archive {
    /// Copies the archive to a new directory while it goes on working: everything that was acknowledged before
    /// the call is in the copy. On the same file system originals are linked, not copied: they never change.
    pub fn back_up(
        &self,
        viewer: &Viewer,
        to: &Path,
        looking: &Looking,
        on_copied: OnCopied<'_>,
    ) -> Result<CopyProgress> {
        viewer.check(Act::BackUp)?;
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        self.record_look(viewer, looking, Opened::Backup, &name, Vec::new())?;
        let target = database_in(to);
        make_empty(to)?;
        self.faults
            .at(IoPoint::BackupDatabase)
            .map_err(ArchiveError::io("write the backup's database"))?;
        copy_database(&self.directory.database(), &target)?;
        // What the copied database names exists: a blob is in its place before the journal says so.
        let progress = copy_blobs(
            &target,
            self.root(),
            to,
            self.faults.as_ref(),
            Copy::Link,
            on_copied,
        )?;
        copy_identity(self.root(), to)?;
        Ok(progress)
    }
}

/// Makes an archive from a backup in a directory that does not exist or is empty. Each original is checked
/// against its hash on the way.
pub fn restore(from: &Path, to: &Path, on_copied: OnCopied<'_>) -> Result<CopyProgress> {
    // Holding the lock keeps a server off the backup meanwhile.
    let backup = Directory::open(from, None)?;
    make_empty(to)?;
    let target = database_in(to);
    copy_database(&backup.database(), &target)?;
    let progress = copy_blobs(&target, from, to, &NoFaults, Copy::Checked, on_copied)?;
    copy_identity(from, to)?;
    Ok(progress)
}

fn make_empty(to: &Path) -> Result<()> {
    hudang_private::create_dir_all(to).map_err(ArchiveError::io("make the directory of the copy"))?;
    let mut listing = fs::read_dir(to).map_err(ArchiveError::io("list the directory of the copy"))?;
    if listing.next().is_some() {
        Err(ArchiveError::NotAnArchive(to.to_owned()))
    } else {
        Ok(())
    }
}

/// One consistent state of the database, in one file; the writer goes on meanwhile.
fn copy_database(from: &Path, to: &Path) -> Result<()> {
    let source = Connection::open(from)?;
    source.busy_timeout(std::time::Duration::from_secs(10))?;
    let path = to
        .to_str()
        .ok_or_else(|| ArchiveError::NotAnArchive(to.to_owned()))?;
    source.execute("VACUUM INTO ?1", [path])?;
    hudang_private::close(to).map_err(ArchiveError::io("close the copied database to others"))?;
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(ArchiveError::io("flush the copied database"))
}

#[derive(Clone, Copy)]
enum Copy {
    /// Link where the file system can.
    Link,
    /// Read, check and write every byte.
    Checked,
}

fn copy_blobs(
    database: &Path,
    from: &Path,
    to: &Path,
    faults: &dyn Faults,
    how: Copy,
    on_copied: OnCopied<'_>,
) -> Result<CopyProgress> {
    let db = readers::connect(database)?;
    let blobs_total = db.query_row("SELECT count(*) FROM blob", [], |row| row.get(0))?;
    let mut progress = CopyProgress {
        blobs_total,
        ..CopyProgress::default()
    };
    let (from, to) = (from.join("blobs"), to.join("blobs"));
    hudang_private::create_dir_all(&to).map_err(ArchiveError::io("make the directory of blobs"))?;
    let mut select = db.prepare("SELECT hash, bytes FROM blob ORDER BY hash")?;
    let mut rows = select.query([])?;
    let mut last_directory = PathBuf::new();
    while let Some(row) = rows.next()? {
        let hash = BlobHash::from_bytes(row.get(0)?);
        let place = blobs::relative(&hash);
        let target = to.join(&place);
        let copying = || {
            faults.at(IoPoint::BackupFile)?;
            copy_blob(&from.join(&place), &target, hash, how)
        };
        copying().map_err(ArchiveError::io("copy a blob"))?;
        // Blobs come ordered by hash, so each directory is flushed once, when it is full.
        let directory = target.parent().map(Path::to_owned).unwrap_or_default();
        if directory != last_directory {
            flush(&last_directory)?;
            last_directory = directory;
        }
        progress.blobs += 1;
        progress.bytes = progress.bytes.saturating_add(row.get(1)?);
        on_copied(progress);
    }
    flush(&last_directory)?;
    flush(&to)?;
    Ok(progress)
}

fn copy_blob(from: &Path, to: &Path, hash: BlobHash, how: Copy) -> io::Result<()> {
    if let Some(directory) = to.parent() {
        hudang_private::create_dir_all(directory)?;
    }
    if matches!(how, Copy::Link) && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    hudang_private::close(to)?;
    let mut copy = File::open(to)?;
    copy.sync_all()?;
    if blobs::hash_file(&mut copy)?.0 == hash {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{hash} is damaged"),
        ))
    }
}

/// Flushes a directory and the one around it.
fn flush(directory: &Path) -> Result<()> {
    let around = directory.parent().unwrap_or(directory);
    for directory in [directory, around]
        .into_iter()
        .filter(|path| !path.as_os_str().is_empty())
    {
        File::open(directory)
            .and_then(|opened| opened.sync_all())
            .map_err(ArchiveError::io("flush the directory of the copy"))?;
    }
    Ok(())
}
