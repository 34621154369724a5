//! Writes a household's file into a new directory.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use hudang_evidence::id::{EntryId, Sha256};
use hudang_evidence::note::Note;
use serde_json::json;

use crate::staging::Staging;
use crate::{Household, Visit, page, sum};

/// Why a file was not written.
#[derive(Debug)]
pub enum DossierError {
    /// The directory holds something already: nothing there is overwritten.
    NotEmpty(PathBuf),
    /// The system refused.
    Io(io::Error),
    /// An original's bytes are not those that its name says.
    Altered(String),
}

impl DossierError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotEmpty(_) => "DOSSIER-NOT-EMPTY",
            Self::Io(_) => "DOSSIER-IO",
            Self::Altered(_) => "DOSSIER-ALTERED",
        }
    }
}

impl From<io::Error> for DossierError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads an original by its SHA-256 in hex.
pub type OpenOriginal<'f, 'r> = &'f dyn Fn(&str) -> io::Result<Box<dyn Read + 'r>>;

/// Writes the file into `root`, which must be absent or empty; returns how many files there are.
///
/// The directory gets its name when all of it is written and durable: one that is cut short leaves none of this name.
pub fn write(household: &Household, root: &Path, open: OpenOriginal<'_, '_>) -> Result<usize, DossierError> {
    let staging = Staging::begin(root)?;
    let mut out = Out {
        root: staging.place(),
        sums: Vec::new(),
    };
    out.put("index.html", page::render(household).as_bytes())?;
    for visit in &household.visits {
        put_visit(&mut out, visit, open)?;
    }
    let files = out.finish()?;
    staging.finish()?;
    Ok(files)
}

fn put_visit(out: &mut Out<'_>, visit: &Visit, open: OpenOriginal<'_, '_>) -> Result<(), DossierError> {
    let id = &visit.id;
    for (number, note) in (1_usize..).zip(&visit.entries) {
        let name = Note::parse(note).map_or_else(
            |_| Sha256::of(note).to_string(),
            |note| EntryId(note.text_hash()).to_string(),
        );
        out.put(&format!("{id}/entries/{number:04}-{name}.note"), note)?;
    }
    for (folder, notes) in [("seals", &visit.seals), ("receipts", &visit.receipts)] {
        for (number, note) in (1_usize..).zip(notes) {
            out.put(&format!("{id}/{folder}/{number:04}.note"), note)?;
        }
    }
    let snapshots: Vec<_> = visit
        .snapshots
        .iter()
        .map(|(bytes, disclosures)| json!({ "snapshot": String::from_utf8_lossy(bytes), "disclosures": disclosures }))
        .collect();
    out.put(
        &format!("{id}/answers.json"),
        format!("{:#}\n", json!(snapshots)).as_bytes(),
    )?;
    let keys: Vec<String> = visit
        .keys
        .iter()
        .map(|(key, person)| format!("{key} {person}\n"))
        .collect();
    out.put(&format!("{id}/keys.txt"), keys.concat().as_bytes())?;
    for original in &visit.originals {
        let Some(held_bytes) = original.held_bytes else {
            continue;
        };
        let name = format!("{id}/originals/{}", original.file_name());
        // One byte more than there should be is enough to see that it is another.
        let mut bytes = open(&original.sha256)?.take(held_bytes.saturating_add(1));
        let (sum, size_bytes) = out.copy(&name, &mut bytes)?;
        if sum.to_string() != original.sha256 || size_bytes != held_bytes {
            return Err(DossierError::Altered(original.sha256.clone()));
        }
    }
    Ok(())
}

struct Out<'a> {
    root: &'a Path,
    sums: Vec<String>,
}

impl Out<'_> {
    fn put(&mut self, name: &str, mut bytes: &[u8]) -> io::Result<()> {
        self.copy(name, &mut bytes).map(|_| ())
    }

    /// Writes a file as its bytes come; returns what they were.
    fn copy(&mut self, name: &str, bytes: &mut dyn Read) -> io::Result<(Sha256, u64)> {
        let path = self.root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create_new(path)?;
        let (sum, size_bytes) = sum::copy(bytes, &mut file)?;
        file.sync_all()?;
        self.sums.push(format!("{sum}  {name}\n"));
        Ok((sum, size_bytes))
    }

    fn finish(self) -> Result<usize, DossierError> {
        let mut file = File::create_new(self.root.join("SHA256SUMS"))?;
        file.write_all(self.sums.concat().as_bytes())?;
        file.sync_all()?;
        Ok(self.sums.len())
    }
}
