//! Writes a household's file into a new directory.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use hudang_evidence::id::{EntryId, Sha256};
use hudang_evidence::note::Note;
use serde_json::json;

use crate::{Household, Visit, page};

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
pub type OpenOriginal<'a> = &'a dyn Fn(&str) -> io::Result<Box<dyn Read>>;

/// Writes the file into `root`, which must be absent or empty; returns how many files there are.
pub fn write(household: &Household, root: &Path, open: OpenOriginal<'_>) -> Result<usize, DossierError> {
    fs::create_dir_all(root)?;
    if fs::read_dir(root)?.next().is_some() {
        return Err(DossierError::NotEmpty(root.to_owned()));
    }
    let mut out = Out {
        root,
        sums: Vec::new(),
    };
    out.put("index.html", page::render(household).as_bytes())?;
    for visit in &household.visits {
        put_visit(&mut out, visit, open)?;
    }
    out.finish()
}

fn put_visit(out: &mut Out<'_>, visit: &Visit, open: OpenOriginal<'_>) -> Result<(), DossierError> {
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
    for original in visit.originals.iter().filter(|original| original.held) {
        let mut bytes = Vec::new();
        open(&original.sha256)?.read_to_end(&mut bytes)?;
        if Sha256::of(&bytes).to_string() != original.sha256 {
            return Err(DossierError::Altered(original.sha256.clone()));
        }
        out.put(&format!("{id}/originals/{}", original.file_name()), &bytes)?;
    }
    Ok(())
}

struct Out<'a> {
    root: &'a Path,
    sums: Vec<String>,
}

impl Out<'_> {
    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        self.sums.push(format!("{}  {name}\n", Sha256::of(bytes)));
        Ok(())
    }

    fn finish(self) -> Result<usize, DossierError> {
        let mut file = File::create_new(self.root.join("SHA256SUMS"))?;
        file.write_all(self.sums.concat().as_bytes())?;
        file.sync_all()?;
        Ok(self.sums.len())
    }
}
