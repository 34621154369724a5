//! A directory that gets its name only when everything is in it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::DossierError;

/// What tells a directory that was begun here from one that somebody else made.
const MARK: &str = "UNFINISHED";
const MARK_TEXT: &[u8] =
    "未完成的导出，可以删除；重新导出时会自动清除。\nAn export that did not finish. It may be deleted, \
and the next export to the same place deletes it.\n"
        .as_bytes();

/// A directory under way: `NAME.unfinished` beside the one that it will be.
pub(crate) struct Staging {
    root: PathBuf,
    place: PathBuf,
    is_finished: bool,
}

impl Staging {
    /// Begins, for a place that is absent or empty. What an export that was killed left there is cleared away.
    pub(crate) fn begin(root: &Path) -> Result<Self, DossierError> {
        if root.exists() && fs::read_dir(root)?.next().is_some() {
            return Err(DossierError::NotEmpty(root.to_owned()));
        }
        let name = root
            .file_name()
            .ok_or_else(|| DossierError::NotEmpty(root.to_owned()))?;
        let mut beside = OsString::from(name);
        beside.push(".unfinished");
        let place = root.with_file_name(beside);
        if place.join(MARK).is_file() {
            fs::remove_dir_all(&place)?;
        }
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::create_dir(&place) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(DossierError::NotEmpty(place));
            }
            made => made?,
        }
        put_whole(&place.join(MARK), MARK_TEXT)?;
        Ok(Self {
            root: root.to_owned(),
            place,
            is_finished: false,
        })
    }

    /// Where to write.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Gives the directory its name.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        fs::remove_file(self.place.join(MARK))?;
        // Whatever comes now, nothing of a whole file is cleared away.
        self.is_finished = true;
        if self.root.exists() {
            fs::remove_dir(&self.root)?;
        }
        fs::rename(&self.place, &self.root)?;
        match self.root.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
            _ => File::open(".")?.sync_all(),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.is_finished {
            // Where this fails the mark says what the directory is.
            let _left_for_the_next = fs::remove_dir_all(&self.place);
        }
    }
}

fn put_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
