//! Everything that is kept about one household: what an export writes and an evaluator reads.

use hudang_evidence::id::{BlobHash, HouseholdId, SealId, SnapshotHash, VisitId};
use hudang_evidence::time::WallTime;
use rusqlite::Connection;

use crate::access::{Looking, Opened};
use crate::archive::Archive;
use crate::counts::{self, VisitRow};
use crate::decision::{Household, Return};
use crate::derive;
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::phones::{self, Device};
use crate::register;
use crate::returns;
use crate::roles::Act;
use crate::viewer::{Sight, Viewer, unknown};

/// The file of one household.
#[derive(Debug, Clone)]
pub struct HouseholdFile {
    /// The household as the office knows it.
    pub household: Household,
    /// Its document as saved, if anyone wrote in it.
    pub document: Option<Vec<u8>>,
    /// Its visits, by opening time.
    pub visits: Vec<VisitFile>,
}

/// Everything about one visit.
#[derive(Debug, Clone)]
pub struct VisitFile {
    /// Where it stands and why.
    pub row: VisitRow,
    /// What was found about it: codes with details.
    pub findings: Vec<(String, serde_json::Value)>,
    /// The notes of its entries, in the order of the journal.
    pub entries: Vec<Received>,
    /// The notes of its seals.
    pub seals: Vec<Received>,
    /// The notes of its receipts, each with its seal.
    pub receipts: Vec<(SealId, Received)>,
    /// Its snapshots with the values that are still kept.
    pub snapshots: Vec<SnapshotFile>,
    /// Disclosures of remarks that are still kept.
    pub remarks: Vec<String>,
    /// Its originals.
    pub blobs: Vec<BlobFile>,
    /// Its document as saved.
    pub document: Option<Vec<u8>>,
    /// The keys that its entries are checked with.
    pub devices: Vec<Device>,
    /// The times that the office sent it back.
    pub returns: Vec<Return>,
}

/// Bytes with their place in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The place.
    pub journal: u64,
    /// When they were received, by the server's clock.
    pub at: WallTime,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A snapshot with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFile {
    /// Its name.
    pub hash: SnapshotHash,
    /// Its bytes; empty while only values arrived.
    pub bytes: Vec<u8>,
    /// Its disclosures, each once, in the order in which they came.
    pub disclosures: Vec<String>,
}

/// An original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobFile {
    /// Its name.
    pub hash: BlobHash,
    /// Its size, if the archive holds it; read it with [`Archive::open_blob`].
    pub held_bytes: Option<u64>,
}

impl Archive {
    /// The file of the viewer's household with this code; leaves a record.
    pub fn household_file(&self, viewer: &Viewer, code: &str, looking: &Looking) -> Result<HouseholdFile> {
        let (household, _) = self.household_visits(viewer, code, looking)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            let visits = counts::visits_of_household(db, &sight, household.id)?;
            let visits = visits
                .into_iter()
                .map(|row| visit_file(db, &sight, row))
                .collect::<Result<_>>()?;
            Ok(HouseholdFile {
                document: saved(db, &household_document(household.id))?,
                household,
                visits,
            })
        })
    }

    /// The viewer's household with this code, and where its visits stand that the viewer sees, by opening time; leaves a record.
    pub fn household_visits(
        &self,
        viewer: &Viewer,
        code: &str,
        looking: &Looking,
    ) -> Result<(Household, Vec<VisitRow>)> {
        let household = self.household(viewer, code)?;
        let (visits, contracts) = self.read(|db| {
            let visits = counts::visits_of_household(db, &viewer.sight(db)?, household.id)?;
            Ok((visits, register::contracts_of(db, household.id)?))
        })?;
        self.record_look(viewer, looking, Opened::Household, &household.code, contracts)?;
        Ok((household, visits))
    }

    /// Everything about one visit of the viewer's; leaves a record.
    pub fn visit_file(&self, viewer: &Viewer, visit: VisitId, looking: &Looking) -> Result<VisitFile> {
        viewer.check(Act::OpenHousehold)?;
        let file = self.visit_outline(viewer, visit)?;
        let contracts = vec![file.row.contract.clone()];
        self.record_look(viewer, looking, Opened::Visit, &visit, contracts)?;
        Ok(file)
    }

    /// The same, for saying how much is kept: what is personal in it is not to be shown.
    pub fn visit_outline(&self, viewer: &Viewer, visit: VisitId) -> Result<VisitFile> {
        viewer.check(Act::SeeVisits)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            let row = counts::visit_row(db, visit)?;
            let row = if counts::sees(db, &sight, visit)? {
                row
            } else {
                None
            };
            visit_file(db, &sight, row.ok_or_else(|| unknown("visit", &visit))?)
        })
    }
}

fn household_document(id: HouseholdId) -> [u8; 17] {
    hudang_sync::wire::DocumentId::Household(id).to_bytes()
}

fn saved(db: &Connection, id: &[u8]) -> Result<Option<Vec<u8>>> {
    Ok(derive::stored(db, id)?.map(|document| document.saved))
}

fn visit_file(db: &Connection, sight: &Sight, row: VisitRow) -> Result<VisitFile> {
    let visit = row.visit;
    Ok(VisitFile {
        findings: counts::findings_seen(db, sight, visit)?,
        entries: received(
            db,
            "SELECT journal FROM entry WHERE visit = ?1 ORDER BY journal",
            visit,
        )?,
        seals: received(
            db,
            "SELECT journal FROM seal WHERE visit = ?1 ORDER BY journal",
            visit,
        )?,
        receipts: receipts(db, visit)?,
        snapshots: snapshots(db, visit)?,
        remarks: remarks(db, visit)?,
        blobs: blobs(db, visit)?,
        document: saved(db, &hudang_sync::wire::DocumentId::Visit(visit).to_bytes())?,
        devices: devices(db, visit)?,
        returns: returns::of_visit(db, visit)?,
        row,
    })
}

fn read(db: &Connection, seq: u64) -> Result<Received> {
    let row = journal::read(db, seq)?;
    Ok(Received {
        journal: seq,
        at: WallTime::from_ms_clamped(row.recv_ms),
        bytes: row.payload,
    })
}

fn received(db: &Connection, sql: &str, visit: VisitId) -> Result<Vec<Received>> {
    let mut select = db.prepare_cached(sql)?;
    let places = select.query_map([visit.to_bytes()], |row| row.get(0))?;
    places.map(|seq| read(db, seq?)).collect()
}

fn receipts(db: &Connection, visit: VisitId) -> Result<Vec<(SealId, Received)>> {
    let mut select =
        db.prepare_cached("SELECT seal, journal FROM receipt WHERE visit = ?1 ORDER BY journal")?;
    let places = select.query_map([visit.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    places
        .map(|place| {
            let (seal, seq) = place?;
            Ok((SealId::from_bytes(seal), read(db, seq)?))
        })
        .collect()
}

/// The values of a snapshot that are still kept, each once.
pub(crate) fn disclosures_of(db: &Connection, visit: VisitId, snapshot: &[u8]) -> Result<Vec<String>> {
    let mut select = db.prepare_cached(
        "SELECT journal FROM disclosure WHERE visit = ?1 AND snapshot = ?2 ORDER BY journal",
    )?;
    let places = select.query_map(rusqlite::params![visit.to_bytes(), snapshot], |row| row.get(0))?;
    let mut found: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for seq in places {
        for line in read_lines(db, seq?)? {
            if seen.insert(line.clone()) {
                found.push(line);
            }
        }
    }
    Ok(found)
}

fn read_lines(db: &Connection, seq: u64) -> Result<Vec<String>> {
    let payload = journal::payload(db, seq)?;
    let text = String::from_utf8(payload)
        .map_err(|_| ArchiveError::Damaged(format!("journal row {seq}: disclosures")))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn remarks(db: &Connection, visit: VisitId) -> Result<Vec<String>> {
    disclosures_of(db, visit, b"")
}

fn snapshots(db: &Connection, visit: VisitId) -> Result<Vec<SnapshotFile>> {
    let mut select =
        db.prepare_cached("SELECT hash, journal FROM snapshot WHERE visit = ?1 ORDER BY journal")?;
    let rows = select.query_map([visit.to_bytes()], |row| {
        Ok((row.get::<_, [u8; 32]>(0)?, row.get(1)?))
    })?;
    rows.map(|row| {
        let (hash, seq) = row?;
        Ok(SnapshotFile {
            hash: SnapshotHash::from_bytes(hash),
            bytes: journal::payload(db, seq)?,
            disclosures: disclosures_of(db, visit, &hash)?,
        })
    })
    .collect()
}

fn blobs(db: &Connection, visit: VisitId) -> Result<Vec<BlobFile>> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT blob_use.hash, coalesce(blob.bytes, -1) FROM blob_use
         LEFT JOIN blob ON blob.hash = blob_use.hash WHERE blob_use.visit = ?1 ORDER BY blob_use.hash",
    )?;
    let rows = select.query_map([visit.to_bytes()], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
    rows.map(|row| {
        let (hash, bytes) = row?;
        Ok(BlobFile {
            hash: BlobHash::from_bytes(hash),
            held_bytes: u64::try_from(bytes).ok(),
        })
    })
    .collect()
}

fn devices(db: &Connection, visit: VisitId) -> Result<Vec<Device>> {
    let mut select =
        db.prepare_cached("SELECT DISTINCT device FROM entry WHERE visit = ?1 ORDER BY device")?;
    let numbers = select.query_map([visit.to_bytes()], |row| row.get::<_, i64>(0))?;
    let mut devices = Vec::new();
    for number in numbers {
        devices.extend(phones::device_where(db, "n = ?1", number?)?);
    }
    Ok(devices)
}
