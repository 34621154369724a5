//! Looking leaves a trace 查阅记录: who opened which household, visit or original, or took something out, when, and what for
//! (EVIDENCE §1.10 R13). The record stands in the journal before the bytes leave; readers at one time share its flush of the
//! disk. Who opens the same thing again for the same purpose within a few minutes, as a player does that reads a recording
//! piece by piece, leaves one record.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hudang_evidence::id::{ContractId, OrgId, Sha256};
use hudang_evidence::time::WallTime;
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::journal::{self, Kind, Record, Row};
use crate::roles::{Act, Role};
use crate::uploads::append_and_derive;
use crate::viewer::{Sight, Viewer, unknown};

/// So long the same look is one.
const SAME_MS: i64 = 10 * 60_000;
/// Most looks that are remembered; all are forgotten when there are more.
const SAME_MAX: usize = 4_096;
/// Most characters of a purpose.
const PURPOSE_MAX: usize = 200;

/// What was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Opened {
    /// A page of a register: codes, names, addresses.
    Register,
    /// A household with where its visits stand.
    Household,
    /// Everything about a visit.
    Visit,
    /// A photo, recording or signature.
    Original,
    /// The month's workbook.
    Report,
    /// A copy of the archive.
    Backup,
}

/// Why somebody looks, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looking {
    /// What for; evaluators and auditors have to say.
    pub purpose: String,
    /// The server's clock.
    pub now: WallTime,
}

impl Looking {
    /// Without saying what for.
    pub const fn at(now: WallTime) -> Self {
        Self {
            purpose: String::new(),
            now,
        }
    }
}

/// That somebody looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Access {
    /// Its place in the journal.
    pub journal: u64,
    /// When, by the server's clock.
    pub at: WallTime,
    /// Who and what.
    #[serde(flatten)]
    pub look: Look,
}

/// Who looked at what, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// The account's label; the name of whoever sat at the machine.
    pub by: String,
    /// The account's organisation; absent at the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrgId>,
    /// What was opened.
    pub opened: Opened,
    /// Which one: the household's code, the visit's id, the original's name.
    pub of: String,
    /// What for, as it was said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// The contracts that it belongs to; none for what concerns all of them.
    pub contracts: Vec<ContractId>,
}

/// The looks of the last minutes.
#[derive(Default)]
pub(crate) struct Lately(Mutex<HashMap<Sha256, i64>>);

impl Lately {
    /// Whether this look was recorded a short while ago.
    fn has(&self, look: &Sha256, now: WallTime) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = known.get(look).map(|at| now.ms().saturating_sub(*at));
        since.is_some_and(|since| (0..SAME_MS).contains(&since))
    }

    fn note(&self, look: Sha256, now: WallTime) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= SAME_MAX {
            known.clear();
        }
        known.insert(look, now.ms());
    }
}

impl Archive {
    /// Records that the viewer opens something; an error means that it may not be opened.
    pub(crate) fn record_look(
        &self,
        viewer: &Viewer,
        looking: &Looking,
        opened: Opened,
        of: &dyn core::fmt::Display,
        contracts: Vec<ContractId>,
    ) -> Result<()> {
        let purpose = looking.purpose.trim();
        check_purpose(viewer, purpose)?;
        let look = Look {
            by: viewer.name().to_owned(),
            organisation: viewer.organisation().cloned(),
            opened,
            of: of.to_string(),
            purpose: purpose.to_owned(),
            contracts,
        };
        let payload = serde_json::to_vec(&look)
            .map_err(|error| ArchiveError::Damaged(format!("a record of access: {error}")))?;
        let (same, now) = (Sha256::of(&payload), looking.now);
        if self.lately.has(&same, now) {
            return Ok(());
        }
        self.submit(move |scope| {
            let record = Record {
                kind: Kind::Access,
                device: b"",
                subject: b"",
                payload: &payload,
            };
            append_and_derive(scope, now, &record).map(|_| ())
        })?;
        self.lately.note(same, now);
        Ok(())
    }

    /// Who looked at what of a contract, in the order of the journal, at most `limit` from after `after`; also who copied the
    /// whole archive.
    pub fn accesses(
        &self,
        viewer: &Viewer,
        contract: &ContractId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Access>> {
        viewer.check(Act::SeeAccess)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            if !sight.has(contract) || sight.org().is_some() {
                return Err(unknown("contract", contract));
            }
            let mut select = db.prepare_cached(
                "SELECT journal FROM access WHERE contract = ?1 AND journal > ?2
                 UNION SELECT journal FROM access WHERE contract = '' AND journal > ?2
                 ORDER BY journal LIMIT ?3",
            )?;
            let places = select.query_map(params![contract.as_str(), after, limit], |row| row.get(0))?;
            places.map(|place| at(db, place?, &sight)).collect()
        })
    }
}

/// Those who come from outside say what they look for.
fn check_purpose(viewer: &Viewer, purpose: &str) -> Result<()> {
    let has_to = matches!(viewer.role(), Some(Role::Evaluator | Role::Auditor));
    let is_sound = purpose.chars().count() <= PURPOSE_MAX && !purpose.chars().any(char::is_control);
    if is_sound && !(has_to && purpose.is_empty()) {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "ACCESS-PURPOSE",
        format!("查看户档前请写明用途（不超过 {PURPOSE_MAX} 字），查阅将留痕。"),
        format!("Say what you look for, in at most {PURPOSE_MAX} characters: looking leaves a record."),
    ))
}

/// The look at a place of the journal, naming no contract that is out of sight.
fn at(db: &Connection, place: u64, sight: &Sight) -> Result<Access> {
    let row = journal::read(db, place)?;
    let mut look = parse(&row)?;
    look.contracts.retain(|contract| sight.has(contract));
    Ok(Access {
        journal: place,
        at: WallTime::from_ms_clamped(row.recv_ms),
        look,
    })
}

fn parse(row: &Row) -> Result<Look> {
    serde_json::from_slice(&row.payload)
        .map_err(|error| ArchiveError::Damaged(format!("journal row {}: {error}", row.seq)))
}

/// Derives from a look.
pub(crate) fn apply(db: &Connection, row: &Row) -> Result<()> {
    let look = parse(row)?;
    let mut insert =
        db.prepare_cached("INSERT INTO access (contract, journal) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    for contract in &look.contracts {
        insert.execute(params![contract.as_str(), row.seq])?;
    }
    if look.opened == Opened::Backup {
        insert.execute(params!["", row.seq])?;
    }
    Ok(())
}
