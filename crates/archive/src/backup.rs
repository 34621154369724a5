//! A copy of the archive while it works, and back. A backup is an archive's directory, complete when its
//! `format.json` is there, which is written last. Where a recipient is set every file of it is encrypted and ends in `.age`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use hudang_evidence::id::BlobHash;
use rusqlite::Connection;

use crate::access::{Looking, Opened};
use crate::archive::Archive;
use crate::blobs;
use crate::directory::{Directory, FORMAT_FILE, database_in, identity_files};
use crate::error::{ArchiveError, Result};
use crate::faults::{Faults, IoPoint, NoFaults};
use crate::readers;
use crate::roles::Act;
use crate::viewer::Viewer;

mod cipher;

/// The copy of the database that is to be encrypted, beside the archive's own. What a crash left is removed by the next backup;
/// there is never more than one at once (the job of a server, or whoever holds the archive's lock).
const COPYING: &str = "archive.db.copying";

pub use cipher::{BackupKey, BackupRecipient};

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
    /// Copies the archive to a new directory while it goes on working: everything that was acknowledged before the call is in
    /// the copy. With a recipient every file is encrypted, and only that recipient's key reads them (EVIDENCE §1.10 R13).
    /// Without one, on the same file system, originals are linked, not copied: they never change.
    pub fn back_up(
        &self,
        viewer: &Viewer,
        to: &Path,
        recipient: Option<&BackupRecipient>,
        looking: &Looking,
        on_copied: OnCopied<'_>,
    ) -> Result<CopyProgress> {
        viewer.check(Act::BackUp)?;
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        self.record_look(viewer, looking, Opened::Backup, &name, Vec::new())?;
        make_empty(to)?;
        self.faults
            .at(IoPoint::BackupDatabase)
            .map_err(ArchiveError::io("write the backup's database"))?;
        let how = recipient.map_or(Copy::Link, Copy::Encrypted);
        // One that is to be encrypted lies beside the archive's own until then, not on the backup's medium.
        let copied = match recipient {
            None => database_in(to),
            Some(_) => self.root().join(COPYING),
        };
        let mut copying = || {
            remove(&copied)?;
            copy_database(&self.directory.database(), &copied)?;
            if recipient.is_some() {
                copy_file(&copied, &database_in(to), how)?;
            }
            // What the copied database names exists: a blob is in its place before the journal says so.
            copy_blobs(&copied, self.root(), to, self.faults.as_ref(), how, on_copied)
        };
        let progress = copying();
        if recipient.is_some() {
            remove(&copied)?;
        }
        let progress = progress?;
        copy_identity(self.root(), to, recipient.map_or(Copy::Checked, Copy::Encrypted))?;
        Ok(progress)
    }
}

/// Makes an archive from a backup in a directory that does not exist or is empty. Each original is checked against its hash
/// on the way. An encrypted backup needs its key.
pub fn restore(
    from: &Path,
    to: &Path,
    key: Option<&BackupKey>,
    on_copied: OnCopied<'_>,
) -> Result<CopyProgress> {
    let how = if encrypted(&from.join(FORMAT_FILE)).is_file() {
        Copy::Decrypted(key.ok_or_else(no_key)?)
    } else {
        Copy::Checked
    };
    // Holding the lock keeps a server off a backup that one could open, meanwhile.
    let is_open = matches!(how, Copy::Checked);
    let _lock = is_open.then(|| Directory::open(from, None)).transpose()?;
    make_empty(to)?;
    let (source, target) = (database_in(from), database_in(to));
    if is_open {
        copy_database(&source, &target)?;
    } else {
        copy_file(&source, &target, how)?;
    }
    let progress = copy_blobs(&target, from, to, &NoFaults, how, on_copied)?;
    copy_identity(from, to, how)?;
    Ok(progress)
}

fn no_key() -> ArchiveError {
    ArchiveError::refused(
        "BACKUP-KEY",
        "这份备份已加密，请用 --key 指定密钥文件。",
        "This backup is encrypted; name its key file with --key.",
    )
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
enum Copy<'a> {
    /// Link where the file system can.
    Link,
    /// Read, check and write every byte.
    Checked,
    /// Read every byte and write it so that only the recipient can read it.
    Encrypted(&'a BackupRecipient),
    /// The way back, checked.
    Decrypted(&'a BackupKey),
}

/// The name of an encrypted file.
fn encrypted(path: &Path) -> PathBuf {
    path.with_added_extension(cipher::SUFFIX)
}

/// Copies what identifies the archive — format and keys; the format last, which makes the copy whole.
fn copy_identity(from: &Path, to: &Path, how: Copy<'_>) -> Result<()> {
    for (name, is_needed) in identity_files() {
        let source = from.join(name);
        let held = if matches!(how, Copy::Decrypted(_)) {
            encrypted(&source)
        } else {
            source.clone()
        };
        if is_needed || held.is_file() {
            copy_file(&source, &to.join(name), how)?;
        }
    }
    flush(to)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ArchiveError::io("remove what was copied to be encrypted")(error))
        }
        _ => Ok(()),
    }
}

/// Copies one file under the name that it has in an archive that is not encrypted.
fn copy_file(from: &Path, to: &Path, how: Copy<'_>) -> Result<()> {
    let copying = ArchiveError::io("copy a file");
    match how {
        Copy::Link | Copy::Checked => fs::copy(from, to)
            .and_then(|_| hudang_private::close(to))
            .and_then(|()| File::open(to)?.sync_all())
            .map_err(copying),
        Copy::Encrypted(recipient) => recipient.encrypt(from, &encrypted(to)).map_err(copying),
        Copy::Decrypted(key) => key.decrypt(&encrypted(from), to),
    }
}

fn copy_blobs(
    database: &Path,
    from: &Path,
    to: &Path,
    faults: &dyn Faults,
    how: Copy<'_>,
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
        faults
            .at(IoPoint::BackupFile)
            .map_err(ArchiveError::io("copy a blob"))?;
        copy_blob(&from.join(&place), &target, hash, how)?;
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

fn copy_blob(from: &Path, to: &Path, hash: BlobHash, how: Copy<'_>) -> Result<()> {
    if let Some(directory) = to.parent() {
        hudang_private::create_dir_all(directory).map_err(ArchiveError::io("make a directory of blobs"))?;
    }
    // A link has the archive's own bytes; those of an encrypted copy are checked on the way back.
    if matches!(how, Copy::Link) && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    copy_file(from, to, how)?;
    if matches!(how, Copy::Encrypted(_)) {
        return Ok(());
    }
    let read = File::open(to).and_then(|mut copy| blobs::hash_file(&mut copy));
    let (found, _) = read.map_err(ArchiveError::io("read a copied blob"))?;
    if found == hash {
        Ok(())
    } else {
        Err(ArchiveError::Damaged(format!("the backup's copy of {hash}")))
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
