//! The archive's directory: who has it open, which format it has, and the key that signs receipts.
//!
//! ```text
//! LOCK          held by the one process that has the archive open
//! format.json   {"format":1,"origin":"hudang/152502"}
//! server.key    32 secret bytes in hex, mode 0600: signs receipts
//! identity.key  32 secret bytes in hex, mode 0600: hashes what identifies households
//! tls.cert      the certificate that a server made for itself, with tls.key
//! archive.db    journal and read models; archive.db.copying while an encrypted backup is made
//! blobs/ab/     originals, each named by its SHA-256
//! incoming/     uploads that are not complete yet
//! ```

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use hudang_evidence::id::Sha256;
use serde::{Deserialize, Serialize};

use crate::error::{ArchiveError, Result};

/// The one format that this program reads and writes.
pub const FORMAT: u32 = 1;

const LOCK: &str = "LOCK";
/// The file that makes a directory an archive.
pub(crate) const FORMAT_FILE: &str = "format.json";
const KEY_FILE: &str = "server.key";
const IDENTITY_KEY_FILE: &str = "identity.key";

/// What is written when an archive is made; an archive that exists keeps its own.
#[derive(Debug, Clone)]
pub struct NewArchive {
    /// The server's name in receipts and requests, e.g. `hudang/152502`.
    pub origin: String,
    /// Thirty-two random bytes: the secret key that signs receipts.
    pub secret: [u8; 32],
    /// Thirty-two random bytes: the secret key that hashes what identifies households.
    pub identity_secret: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct FormatFile {
    format: u32,
    origin: String,
}

/// An open directory. Other processes are kept out until this is dropped.
#[derive(Debug)]
pub(crate) struct Directory {
    root: PathBuf,
    origin: String,
    secret: [u8; 32],
    identity_secret: [u8; 32],
    _lock: File,
}

impl Directory {
    /// Opens the archive in `root`, or makes one there if `new` is given and nothing is there.
    pub(crate) fn open(root: &Path, new: Option<&NewArchive>) -> Result<Self> {
        if new.is_some() {
            hudang_private::create_dir_all(root).map_err(ArchiveError::io("make the archive's directory"))?;
        }
        let lock = lock(root)?;
        let format = read_format(root)?;
        let format = match (format, new) {
            (Some(format), _) => format,
            (None, Some(new)) => make(root, new)?,
            (None, None) => return Err(ArchiveError::NotAnArchive(root.to_owned())),
        };
        let identity_secret = read_key(root, IDENTITY_KEY_FILE, new.map(|new| new.identity_secret))?;
        let secret = read_key(root, KEY_FILE, new.map(|new| new.secret))?;
        Ok(Self {
            root: root.to_owned(),
            origin: format.origin,
            secret,
            identity_secret,
            _lock: lock,
        })
    }

    /// Where the archive is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The server's name in receipts and requests.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The secret key that signs receipts.
    pub(crate) const fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The secret key that hashes what identifies households.
    pub(crate) const fn identity_secret(&self) -> &[u8; 32] {
        &self.identity_secret
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        database_in(&self.root)
    }
}

/// Where the database of the archive in `root` is.
pub(crate) fn database_in(root: &Path) -> PathBuf {
    root.join("archive.db")
}

/// What a server keeps here besides, if it made a certificate of its own: phones know it by its fingerprint, so a
/// restored archive must have it again.
const SERVER_FILES: [&str; 2] = ["tls.key", "tls.cert"];

/// The files that identify the archive, and whether each archive has it; the format comes last.
pub(crate) fn identity_files() -> impl Iterator<Item = (&'static str, bool)> {
    let own = [KEY_FILE, IDENTITY_KEY_FILE, FORMAT_FILE].map(|name| (name, true));
    SERVER_FILES.map(|name| (name, false)).into_iter().chain(own)
}

fn lock(root: &Path) -> Result<File> {
    let opening = ArchiveError::io("open the archive's lock");
    let file = match hudang_private::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(root.join(LOCK))
    {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(ArchiveError::NotAnArchive(root.to_owned()));
        }
        Err(error) => return Err(opening(error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ArchiveError::Locked(root.to_owned())),
        Err(TryLockError::Error(error)) => Err(ArchiveError::io("lock the archive")(error)),
    }
}

fn read_format(root: &Path) -> Result<Option<FormatFile>> {
    let bytes = match fs::read(root.join(FORMAT_FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ArchiveError::io("read the archive's format")(error)),
    };
    let text = || String::from_utf8_lossy(&bytes).chars().take(80).collect();
    let format: FormatFile = serde_json::from_slice(&bytes).map_err(|_| ArchiveError::Format {
        found: text(),
        known: FORMAT,
    })?;
    if format.format == FORMAT {
        Ok(Some(format))
    } else {
        Err(ArchiveError::Format {
            found: format.format.to_string(),
            known: FORMAT,
        })
    }
}

/// The format is written first: a directory in which making an archive was cut short is one that goes on.
fn make(root: &Path, new: &NewArchive) -> Result<FormatFile> {
    let listing = fs::read_dir(root).map_err(ArchiveError::io("list the archive's directory"))?;
    for item in listing {
        let name = item
            .map_err(ArchiveError::io("list the archive's directory"))?
            .file_name();
        let ours = [LOCK.to_owned(), format!("{FORMAT_FILE}.tmp")];
        if !ours.iter().any(|own| name == own.as_str()) {
            return Err(ArchiveError::NotAnArchive(root.to_owned()));
        }
    }
    let format = FormatFile {
        format: FORMAT,
        origin: new.origin.clone(),
    };
    let bytes = serde_json::to_vec(&format).map_err(|error| ArchiveError::Damaged(error.to_string()))?;
    write_new(root, FORMAT_FILE, &bytes)?;
    Ok(format)
}

/// A missing key is made only before anything was received; later the journal knows which key it was.
fn read_key(root: &Path, name: &str, new: Option<[u8; 32]>) -> Result<[u8; 32]> {
    let path = root.join(name);
    if !path.exists() {
        let virgin = !database_in(root).exists();
        let Some(new) = new.filter(|_| virgin) else {
            return Err(ArchiveError::Damaged(format!("{name} is missing")));
        };
        write_new(root, name, format!("{}\n", Sha256::from_bytes(new)).as_bytes())?;
    }
    let text = fs::read_to_string(&path).map_err(ArchiveError::io("read the archive's keys"))?;
    let secret: Sha256 = text
        .trim()
        .parse()
        .map_err(|_| ArchiveError::Damaged(format!("{name} is not a key")))?;
    Ok(*secret.as_bytes())
}

/// Writes a small file whole or not at all, readable by its owner only.
fn write_new(root: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let temporary = root.join(format!("{name}.tmp"));
    let write = || {
        let mut options = hudang_private::options();
        let mut file = options.create(true).truncate(true).write(true).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, root.join(name))?;
        File::open(root)?.sync_all()
    };
    write().map_err(ArchiveError::io("write the archive's identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewArchive {
        NewArchive {
            origin: "hudang/152502".into(),
            secret: [7; 32],
            identity_secret: [9; 32],
        }
    }

    #[test]
    fn two_servers_on_one_directory_are_kept_apart() {
        let dir = tempfile::tempdir().unwrap();
        let first = Directory::open(dir.path(), Some(&new())).unwrap();
        let second = Directory::open(dir.path(), None).unwrap_err();
        assert_eq!(second.code(), "ARCHIVE-LOCKED");
        assert!(second.chinese().contains("另一个服务进程"));
        drop(first);
        let again = Directory::open(dir.path(), None).unwrap();
        assert_eq!((again.origin(), again.secret()), ("hudang/152502", &[7; 32]));
    }

    #[test]
    fn a_directory_of_other_things_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("letter.txt"), "x").unwrap();
        assert_eq!(
            Directory::open(dir.path(), Some(&new())).unwrap_err().code(),
            "ARCHIVE-NOT-EMPTY"
        );
        assert_eq!(
            Directory::open(&dir.path().join("none"), None)
                .unwrap_err()
                .code(),
            "ARCHIVE-NOT-EMPTY"
        );
    }

    #[test]
    fn an_archive_of_a_later_program_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FORMAT_FILE), r#"{"format":2,"origin":"x"}"#).unwrap();
        assert_eq!(
            Directory::open(dir.path(), Some(&new())).unwrap_err().code(),
            "ARCHIVE-FORMAT"
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_keys() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let _open = Directory::open(dir.path(), Some(&new())).unwrap();
        for name in [KEY_FILE, IDENTITY_KEY_FILE] {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
