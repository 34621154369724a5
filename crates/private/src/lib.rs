//! Files and directories that only their owner may read: stores, archives, keys, copies of them.
//!
//! In: paths. Out: nothing that the group or anybody else of the machine can open, whatever the process's umask. Knows
//! nothing of what is kept. On systems without Unix permissions everything stays as the system makes it.

#![allow(
    clippy::disallowed_methods,
    reason = "its purpose is to make files and directories"
)]

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Makes a directory and those above it that are missing, each for its owner only. One that exists is closed to others too.
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    close(path)
}

/// Options that make a file for its owner only.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes from everybody but the owner what they may do with a file or directory.
pub fn close(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mut permissions = fs::metadata(path)?.permissions();
        let mode = permissions.mode();
        if mode & 0o077 != 0 {
            permissions.set_mode(mode & !0o077);
            fs::set_permissions(path, permissions)?;
        }
    }
    Ok(())
}

/// Makes sure that a database is its owner's only before SQLite opens or makes it: what SQLite keeps beside it gets the
/// same permissions. What an earlier program left open is closed.
pub fn database(path: &Path) -> io::Result<()> {
    options().create(true).truncate(false).write(true).open(path)?;
    for place in [path.to_owned()]
        .into_iter()
        .chain(BESIDE.map(|suffix| beside(path, suffix)))
    {
        match close(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            closed => closed?,
        }
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "in a test a surprise is a failure")]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_its_owners_only() {
        let room = tempfile::tempdir().unwrap();
        let inner = room.path().join("outer/inner");
        create_dir_all(&inner).unwrap();
        assert_eq!((mode(&room.path().join("outer")), mode(&inner)), (0o700, 0o700));
        let file = inner.join("key");
        writeln!(
            options().create_new(true).write(true).open(&file).unwrap(),
            "secret"
        )
        .unwrap();
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn what_was_open_to_others_is_closed_and_stays_as_it_is_for_its_owner() {
        let room = tempfile::tempdir().unwrap();
        let database_file = room.path().join("archive.db");
        for name in ["archive.db", "archive.db-wal", "archive.db-shm"] {
            fs::write(room.path().join(name), name).unwrap();
            fs::set_permissions(room.path().join(name), fs::Permissions::from_mode(0o664)).unwrap();
        }
        database(&database_file).unwrap();
        for name in ["archive.db", "archive.db-wal", "archive.db-shm"] {
            let path = room.path().join(name);
            assert_eq!(
                (mode(&path), fs::read_to_string(&path).unwrap().as_str()),
                (0o600, name)
            );
        }
        let tool = room.path().join("tool");
        fs::write(&tool, "").unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        close(&tool).unwrap();
        assert_eq!(mode(&tool), 0o700);
        fs::set_permissions(room.path(), fs::Permissions::from_mode(0o755)).unwrap();
        create_dir_all(room.path()).unwrap();
        assert_eq!(mode(room.path()), 0o700);
    }
}
