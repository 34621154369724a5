//! A household's file 一户一档 on disk: a page that people read, and everything that the page rests on.
//!
//! ```text
//! index.html            answers, photos and recordings of every visit
//! <visit>/originals/    photos and recordings, each named by its SHA-256 and type
//! <visit>/entries/      entries, NNNN-<id>.note
//! <visit>/seals/        seals      <visit>/receipts/  receipts
//! <visit>/answers.json  snapshots with the values that are still kept
//! <visit>/keys.txt      the keys that the notes are checked with
//! SHA256SUMS            of all of it: `sha256sum -c SHA256SUMS`
//! ```

#![allow(clippy::disallowed_methods, reason = "writes the file to a directory")]

mod page;
mod staging;
mod sum;
mod write;

pub use sum::copy;
pub use write::{DossierError, OpenOriginal, write};

use std::collections::BTreeMap;

use serde_json::Value;

/// A household with its visits.
#[derive(Debug, Clone)]
pub struct Household {
    /// Its code in the office's list.
    pub code: String,
    /// Where it lives; empty where erased or unknown.
    pub address: String,
    /// Who heads it; empty where erased or unknown.
    pub head: String,
    /// Its visits, by opening time.
    pub visits: Vec<Visit>,
}

/// One visit.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Its id.
    pub id: String,
    /// Under which contract.
    pub contract: String,
    /// Where it stands, in Chinese.
    pub state: String,
    /// Why it stands no further, in Chinese; empty where nothing stands against it.
    pub reasons: Vec<String>,
    /// How it ended, in Chinese.
    pub outcome: String,
    /// When it was opened, local time.
    pub opened: String,
    /// The answers that are still kept, by path.
    pub answers: BTreeMap<String, Value>,
    /// How many answers were erased or withheld.
    pub withheld: usize,
    /// Findings: codes with details.
    pub findings: Vec<(String, Value)>,
    /// The times that the office sent it back, in order.
    pub returns: Vec<Return>,
    /// The notes of its entries, in order.
    pub entries: Vec<Vec<u8>>,
    /// The notes of its seals.
    pub seals: Vec<Vec<u8>>,
    /// The notes of its receipts.
    pub receipts: Vec<Vec<u8>>,
    /// Snapshots: bytes and disclosures.
    pub snapshots: Vec<(Vec<u8>, Vec<String>)>,
    /// The verifier keys of its devices, each with its person.
    pub keys: Vec<(String, String)>,
    /// Its originals.
    pub originals: Vec<Original>,
}

/// That the office sent a visit back 退回.
#[derive(Debug, Clone)]
pub struct Return {
    /// When and by whom.
    pub heading: String,
    /// What was to be mended.
    pub comments: Vec<String>,
}

/// An original.
#[derive(Debug, Clone)]
pub struct Original {
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// What it is for, e.g. `门牌`.
    pub purpose: String,
    /// Its media type as the entry says.
    pub mime: String,
    /// Its size, where it is held; one that is not has no file.
    pub held_bytes: Option<u64>,
}

impl Original {
    /// Its file name.
    pub fn file_name(&self) -> String {
        file_name(&self.sha256, &self.mime)
    }
}

/// The name of an original as a file: its SHA-256 in hex, and what it is by its media type.
pub fn file_name(sha256: &str, mime: &str) -> String {
    let extension = match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/heif" | "image/heic" => "heic",
        "audio/webm" => "webm",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/wav" => "wav",
        "application/pdf" => "pdf",
        _ => "bin",
    };
    format!("{sha256}.{extension}")
}
