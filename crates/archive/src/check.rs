//! Every byte and every chain looked at again: fixity of journal and originals, signatures, chains, receipts.
//!
//! Works on an open archive and reads in pieces, so that the server goes on and memory stays flat.

use core::fmt::Display;
use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, DeviceId, Sha256, VisitId};
use hudang_evidence::journal::JournalHead;
use hudang_evidence::note::VerifierKey;
use hudang_evidence::receipt::Receipt;
use hudang_evidence::seal::Seal;
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::Serialize;

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::journal::{self, Kind, Row};
use crate::judge;

/// The journal is not the chain of rows that it was.
const BROKEN: &str = "JOURNAL-BROKEN";
/// How many rows or blobs are read in one go.
const PIECE_ROWS: u64 = 2_000;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct CheckFinding {
    /// Stable code, e.g. `BLOB-DAMAGED` or a code of `hudang_evidence::verify`.
    pub code: String,
    /// What it is about: a blob's hash, a visit's id, a place in the journal.
    pub subject: String,
    /// More, for who looks into it; names nobody.
    pub details: String,
}

/// How far a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct CheckProgress {
    /// Rows of the journal that were read.
    pub rows: u64,
    /// Rows in all.
    pub rows_total: u64,
    /// Visits whose chains were followed.
    pub visits: u64,
    /// Blobs that were hashed.
    pub blobs: u64,
    /// Blobs in all.
    pub blobs_total: u64,
    /// Bytes that were hashed.
    pub bytes: u64,
    /// What was found so far.
    pub findings: u64,
}

/// Is told each finding, and every so often how far the check is.
pub trait CheckListener {
    /// Something is not as it should be.
    fn found(&mut self, finding: CheckFinding);
    /// How far the check is.
    fn progress(&mut self, progress: CheckProgress);
}

impl Archive {
    /// Checks all of it; returns the last figures. An error means that the check could not go on.
    ///
    /// `since` are notes of receipts that were kept elsewhere, best on the phones: each names a place of the journal with
    /// the hash of all that stands before, so that a journal which was rewritten since, chain and all, contradicts it.
    pub fn check(&self, since: &[Vec<u8>], listener: &mut dyn CheckListener) -> Result<CheckProgress> {
        let mut check = Check {
            archive: self,
            listener,
            progress: CheckProgress::default(),
        };
        check.database()?;
        check.journal()?;
        for note in since {
            check.receipt(note)?;
        }
        check.chains()?;
        check.blobs()?;
        check.surplus_files()?;
        check.tell();
        Ok(check.progress)
    }
}

struct Check<'a> {
    archive: &'a Archive,
    listener: &'a mut dyn CheckListener,
    progress: CheckProgress,
}

/// Keys that a row's signature is checked with.
#[derive(Default)]
struct Keys {
    devices: BTreeMap<DeviceId, VerifierKey>,
    servers: Vec<VerifierKey>,
}

impl Check<'_> {
    fn found(&mut self, code: &str, subject: &dyn Display, details: &dyn Display) {
        self.progress.findings += 1;
        let (code, subject, details) = (code.to_owned(), subject.to_string(), details.to_string());
        self.listener.found(CheckFinding {
            code,
            subject,
            details,
        });
    }

    fn tell(&mut self) {
        self.listener.progress(self.progress);
    }

    fn database(&mut self) -> Result<()> {
        let answers: Vec<String> = self.archive.read(|db| {
            let mut check = db.prepare("PRAGMA quick_check")?;
            let rows = check.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        for answer in answers.into_iter().filter(|answer| answer != "ok") {
            self.found("DATABASE-DAMAGED", &"archive.db", &answer);
        }
        Ok(())
    }

    /// Each row has its place, follows from the row before, holds what it held, and is signed by whom it names.
    fn journal(&mut self) -> Result<()> {
        let keys = self.archive.read(keys)?;
        self.progress.rows_total = self.archive.read(journal::head)?;
        let mut last = JournalHead::START;
        while last.seq < self.progress.rows_total {
            let rows = self.archive.read(|db| journal::piece(db, last.seq, PIECE_ROWS))?;
            let Some(end) = rows.last().map(|row| row.seq) else {
                break;
            };
            for row in rows {
                self.link(last, &row);
                self.row(&row, &keys);
                last = row.head();
            }
            self.progress.rows = end;
            self.tell();
        }
        Ok(())
    }

    /// A row follows the one before it. What follows a broken link is held to the link as it stands, so that one change
    /// is one finding.
    fn link(&mut self, before: JournalHead, row: &Row) {
        if row.seq != before.seq + 1 {
            let gone = format!("rows up to {} are gone", row.seq - 1);
            self.found(BROKEN, &(before.seq + 1), &gone);
        } else if row.follows(before.sha256) != row.head() {
            self.found(
                BROKEN,
                &row.seq,
                &"its hash does not follow from the row and the one before it",
            );
        }
        if row.is_erased() {
            // Nothing erases yet: once something does, a row of its own says so.
            self.found(BROKEN, &row.seq, &"it was emptied, and no row says so");
        }
        if row.kind == Kind::Receipt
            && let Ok(receipt) = Receipt::parse(&row.payload)
            && receipt.body().journal != before
        {
            self.found(BROKEN, &row.seq, &"its receipt names another row before it");
        }
    }

    /// Holds the journal to a receipt that was kept elsewhere.
    fn receipt(&mut self, note: &[u8]) -> Result<()> {
        let keys = self.archive.read(keys)?;
        let name = Sha256::of(note);
        let is_ours = keys.servers.iter().any(|key| Receipt::verify(note, key).is_ok());
        let (true, Ok(receipt)) = (is_ours, Receipt::parse(note)) else {
            self.found(
                "RECEIPT-SIGNATURE",
                &name,
                &"no key of this server signed the receipt",
            );
            return Ok(());
        };
        let named = receipt.body().journal;
        let (end, found) = self
            .archive
            .read(|db| Ok((journal::head(db)?, journal::link(db, named.seq)?)))?;
        let visit = receipt.body().visit;
        if named.seq > end {
            let cut = format!("the receipt of visit {visit} names this row, and the journal ends at {end}");
            self.found(BROKEN, &named.seq, &cut);
        } else if found != Some(named.sha256) {
            let other = format!("the receipt of visit {visit} names another history up to this row");
            self.found(BROKEN, &named.seq, &other);
        }
        Ok(())
    }

    fn row(&mut self, row: &Row, keys: &Keys) {
        if row.is_erased() {
            return;
        }
        if !row.is_intact() {
            self.found("JOURNAL-DAMAGED", &row.seq, &row.kind.as_str());
            return;
        }
        let wrong: Option<String> = match row.kind {
            Kind::Entry => Entry::parse(&row.payload)
                .map_err(|error| error.to_string())
                .and_then(|entry| {
                    let key = keys.devices.get(&entry.header().dev).ok_or("an unknown device")?;
                    Entry::verify(&row.payload, key).map_err(|error| error.to_string())
                })
                .err(),
            Kind::Seal => {
                let known: Vec<VerifierKey> = Seal::parse(&row.payload)
                    .map(|seal| {
                        seal.body()
                            .heads
                            .iter()
                            .filter_map(|h| keys.devices.get(&h.dev))
                            .cloned()
                            .collect()
                    })
                    .unwrap_or_default();
                Seal::verify(&row.payload, &known)
                    .err()
                    .map(|error| error.to_string())
            }
            Kind::Receipt => Receipt::parse(&row.payload)
                .map_err(|error| error.to_string())
                .and_then(|receipt| {
                    let origin = &receipt.body().origin;
                    // The server may have changed its key under one name: any of them may have signed.
                    let mut named = keys.servers.iter().filter(|key| key.name() == origin);
                    let signed = named.any(|key| Receipt::verify(&row.payload, key).is_ok());
                    signed
                        .then_some(())
                        .ok_or_else(|| "no key of this server signed it".to_owned())
                })
                .err(),
            _ => None,
        };
        if let Some(wrong) = wrong {
            self.found("JOURNAL-SIGNATURE", &row.seq, &wrong);
        }
    }

    /// Each visit's chains hold together; each device's counter has no hole.
    fn chains(&mut self) -> Result<()> {
        let mut last: Vec<u8> = vec![0; 16];
        let server = self.archive.receipt_key();
        loop {
            let visits: Vec<[u8; 16]> = self.archive.read(|db| {
                let mut select = db.prepare_cached(
                    "SELECT DISTINCT visit FROM entry WHERE visit > ?1 AND length(visit) = 16 ORDER BY visit LIMIT 200",
                )?;
                let rows = select.query_map([&last], |row| row.get(0))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })?;
            let Some(end) = visits.last() else { break };
            last = end.to_vec();
            for visit in visits.into_iter().map(VisitId::from_bytes) {
                let found = self.archive.read(|db| judge::chain_findings(db, visit, &server));
                match found {
                    Ok(found) => {
                        for (code, details) in found {
                            self.found(&code, &visit, &details);
                        }
                    }
                    // What is gone is a finding like any other; the rest is looked at all the same.
                    Err(ArchiveError::Damaged(what)) => self.found(BROKEN, &visit, &what),
                    Err(error) => return Err(error),
                }
                self.progress.visits += 1;
            }
            self.tell();
        }
        match self.archive.read(judge::device_holes) {
            Ok(holes) => {
                for (device, code, details) in holes {
                    self.found(&code, &device, &details);
                }
                Ok(())
            }
            Err(ArchiveError::Damaged(what)) => {
                self.found(BROKEN, &"the devices' histories", &what);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Each blob that the journal says is held is there, whole and unaltered.
    fn blobs(&mut self) -> Result<()> {
        self.progress.blobs_total = self
            .archive
            .read(|db| Ok(db.query_row("SELECT count(*) FROM blob", [], |row| row.get(0))?))?;
        let mut last: Vec<u8> = Vec::new();
        loop {
            let blobs: Vec<([u8; 32], u64)> = self.archive.read(|db| {
                let mut select = db
                    .prepare_cached("SELECT hash, bytes FROM blob WHERE hash > ?1 ORDER BY hash LIMIT 200")?;
                let rows = select.query_map([&last], |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })?;
            let Some((end, _)) = blobs.last() else { break };
            last = end.to_vec();
            for (hash, bytes) in blobs {
                let hash = BlobHash::from_bytes(hash);
                match self.archive.blobs.verify(&hash) {
                    Ok(Some(found)) if found == bytes => {}
                    Ok(_) => self.found("BLOB-DAMAGED", &hash, &"its content is not what its hash says"),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        self.found("BLOB-MISSING", &hash, &"no file");
                    }
                    Err(error) => self.found("BLOB-UNREADABLE", &hash, &error),
                }
                self.progress.blobs += 1;
                self.progress.bytes = self.progress.bytes.saturating_add(bytes);
                self.tell();
            }
        }
        Ok(())
    }

    /// Files among the blobs that no row of the journal names. One that has just come in is not yet named: it is
    /// looked up after the walk.
    fn surplus_files(&mut self) -> Result<()> {
        let mut strange: BTreeSet<String> = BTreeSet::new();
        let mut unnamed: Vec<BlobHash> = Vec::new();
        let known = |hash: &BlobHash| self.archive.read(|db| crate::uploads::held_bytes(db, hash));
        let mut failed = None;
        let walked = self.archive.blobs.walk(&mut |path, hash| match hash {
            None => {
                strange.insert(path.display().to_string());
            }
            Some(hash) => match known(&hash) {
                Ok(Some(_)) => {}
                Ok(None) => unnamed.push(hash),
                Err(error) => failed = Some(error),
            },
        });
        walked.map_err(ArchiveError::io("walk the blobs"))?;
        if let Some(error) = failed {
            return Err(error);
        }
        for path in strange {
            self.found("FILE-UNKNOWN", &path, &"not a blob's name");
        }
        for hash in unnamed {
            let named = self.archive.read(|db| crate::uploads::held_bytes(db, &hash))?;
            if named.is_none() && self.archive.blobs.is_in_place(&hash) {
                // Left by a crash between the last byte and the journal; the phone will send or claim it again.
                self.found("BLOB-UNNAMED", &hash, &"in its place, but not in the journal");
            }
        }
        Ok(())
    }
}

fn keys(db: &Connection) -> Result<Keys> {
    let unusable = |error| ArchiveError::Damaged(format!("an enrolled key: {error}"));
    let mut keys = Keys::default();
    let mut select = db.prepare_cached("SELECT id, public FROM device")?;
    for row in select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (id, public): ([u8; 32], [u8; 32]) = row?;
        keys.devices.insert(
            DeviceId::from_bytes(id),
            VerifierKey::device(&public).map_err(unusable)?,
        );
    }
    let mut select = db.prepare_cached("SELECT origin, public FROM server_key")?;
    for row in select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (origin, public): (String, [u8; 32]) = row?;
        keys.servers
            .push(VerifierKey::new(&origin, &public).map_err(unusable)?);
    }
    Ok(keys)
}
