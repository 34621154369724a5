//! How much the archive holds, for whoever runs the machine.

use crate::archive::Archive;
use crate::error::Result;

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Figures {
    /// Rows of the journal.
    pub journal_rows: u64,
    /// Originals held.
    pub blobs: u64,
    /// Originals held that nobody has looked into.
    pub blobs_uninspected: u64,
    /// Uploads under way or broken off.
    pub uploads: u64,
}

impl Archive {
    /// How much the archive holds now.
    pub fn figures(&self) -> Result<Figures> {
        let uploads = self.blobs.uploads_open() as u64;
        self.read(|db| {
            let number = |sql| db.prepare_cached(sql)?.query_row([], |row| row.get::<_, u64>(0));
            Ok(Figures {
                journal_rows: number("SELECT coalesce(max(seq), 0) FROM journal")?,
                blobs: number("SELECT count(*) FROM blob")?,
                blobs_uninspected: number("SELECT count(*) FROM blob WHERE inspected = 0")?,
                uploads,
            })
        })
    }
}
