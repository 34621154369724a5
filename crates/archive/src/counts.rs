//! How many visits stand where, and which ones: every number opens the list behind it.

use hudang_contract::counts::Place;
use hudang_evidence::id::{ContractId, HouseholdId, OrgId, SealId, VisitId};
use hudang_evidence::time::WallTime;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter, types::Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::Archive;
use crate::derive::parse_id;
use crate::error::{ArchiveError, Result};
use crate::roles::Act;
use crate::viewer::{Sight, Viewer};

/// How many visits stand in one place. Reading them costs the same however many visits there are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// The contract.
    pub contract: ContractId,
    /// The contract's area; empty where the household lies in none of them.
    pub area: String,
    /// The contract's period; empty where the visit falls in none of them.
    pub period: String,
    /// The state's word.
    pub state: String,
    /// The reason's code; empty where the state needs none.
    pub reason: String,
    /// How many visits.
    pub visits: u64,
}

/// Where a visit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitRow {
    /// The visit.
    pub visit: VisitId,
    /// Its household.
    pub household: HouseholdId,
    /// The household's code; empty where the office does not know it.
    pub household_code: String,
    /// The contract.
    pub contract: ContractId,
    /// The contract's area.
    pub area: String,
    /// The contract's period.
    pub period: String,
    /// The state's word.
    pub state: String,
    /// The reason's code.
    pub reason: String,
    /// How it ended; empty before it is sealed.
    pub outcome: String,
    /// When it was opened, by the devices.
    pub opened: WallTime,
    /// When its governing seal was received; nothing before.
    pub received: Option<WallTime>,
    /// Its governing seal.
    pub seal: Option<SealId>,
    /// Everything that was found out about where it stands and why, as JSON.
    pub standing: serde_json::Value,
}

impl Count {
    /// The place that is counted.
    pub fn place(&self) -> Result<Place> {
        place(&self.area, &self.period, &self.state, &self.reason)
    }
}

impl VisitRow {
    /// Where it is counted.
    pub fn place(&self) -> Result<Place> {
        place(&self.area, &self.period, &self.state, &self.reason)
    }
}

/// The place that the words of a row mean.
fn place(area: &str, period: &str, state: &str, reason: &str) -> Result<Place> {
    let unknown = |word: &str| ArchiveError::Damaged(format!("the word {word} of a visit's state"));
    Ok(Place {
        area: area.to_owned(),
        period: period.to_owned(),
        state: state.parse().map_err(|_| unknown(state))?,
        reason: match reason {
            "" => None,
            word => Some(word.parse().map_err(|_| unknown(word))?),
        },
    })
}

/// Which visits to list. Absent means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitFilter {
    /// Under this contract.
    pub contract: Option<ContractId>,
    /// In this area.
    pub area: Option<String>,
    /// In this period.
    pub period: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// For this reason.
    pub reason: Option<String>,
    /// Opened not before this.
    pub from: Option<WallTime>,
    /// Opened before this.
    pub until: Option<WallTime>,
}

/// Where a page of visits ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageEnd {
    /// When the last one was opened.
    pub opened: WallTime,
    /// The last one.
    pub visit: VisitId,
}

const COLUMNS: &str = "visit.id, visit.household, coalesce(household.code, ''), visit.contract, visit.area,
    visit.period, visit.state, visit.reason, visit.outcome, visit.opened_ms, visit.received_ms, visit.seal,
    visit.standing";

impl Archive {
    /// The counts of a contract, ordered by area, period, state and reason; to a contractor, of its own visits.
    pub fn counts(&self, viewer: &Viewer, contract: &ContractId) -> Result<Vec<Count>> {
        viewer.check(Act::SeeCounts)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            if !sight.has(contract) {
                return Ok(Vec::new());
            }
            let org = sight.org().map_or("", OrgId::as_str);
            let mut select = db.prepare_cached(
                "SELECT area, period, state, reason, sum(n) FROM counts
                 WHERE contract = ?1 AND (?2 = '' OR org = ?2) AND n > 0
                 GROUP BY area, period, state, reason ORDER BY area, period, state, reason",
            )?;
            let rows = select.query_map([contract.as_str(), org], |row| {
                Ok(Count {
                    contract: contract.clone(),
                    area: row.get(0)?,
                    period: row.get(1)?,
                    state: row.get(2)?,
                    reason: row.get(3)?,
                    visits: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The visits behind a number that the viewer sees, by opening time, at most `limit` from after `after`.
    pub fn visits(
        &self,
        viewer: &Viewer,
        filter: &VisitFilter,
        after: Option<PageEnd>,
        limit: u32,
    ) -> Result<Vec<VisitRow>> {
        viewer.check(Act::SeeVisits)?;
        self.read(|db| {
            let (contracts, org) = match viewer.sight(db)? {
                Sight::Everything => return page(db, filter, None, after, limit),
                Sight::Of { contracts, org } => (contracts, org),
            };
            let wanted = |id: &ContractId| filter.contract.as_ref().is_none_or(|wanted| wanted == id);
            let mut rows = Vec::new();
            // Each contract's stretch of the index is read as far as the page may reach.
            for contract in contracts.into_iter().filter(wanted) {
                let narrowed = VisitFilter {
                    contract: Some(contract),
                    ..filter.clone()
                };
                rows.extend(page(db, &narrowed, org.as_ref(), after, limit)?);
            }
            rows.sort_by_key(|row| (row.opened, row.visit));
            rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(rows)
        })
    }

    /// Walks the visits behind a number in pages, so that a report of any size needs little memory.
    pub fn walk_visits(
        &self,
        viewer: &Viewer,
        filter: &VisitFilter,
        see: &mut dyn FnMut(VisitRow) -> Result<()>,
    ) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.visits(viewer, filter, after, 500)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(PageEnd {
                opened: last.opened,
                visit: last.visit,
            });
            page.into_iter().try_for_each(&mut *see)?;
        }
    }

    /// Where one visit stands; nothing where nothing of it is here, or it is not the viewer's.
    pub fn visit(&self, viewer: &Viewer, visit: VisitId) -> Result<Option<VisitRow>> {
        viewer.check(Act::SeeVisits)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            let row = visit_row(db, visit)?;
            Ok(if sees(db, &sight, visit)? { row } else { None })
        })
    }

    /// The findings about a visit: codes with their details as JSON.
    pub fn findings(&self, viewer: &Viewer, visit: VisitId) -> Result<Vec<(String, serde_json::Value)>> {
        viewer.check(Act::SeeVisits)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            if sees(db, &sight, visit)? {
                findings_seen(db, &sight, visit)
            } else {
                Ok(Vec::new())
            }
        })
    }
}

/// One page of visits, narrowed to one contractor's where one is given.
fn page(
    db: &Connection,
    filter: &VisitFilter,
    org: Option<&OrgId>,
    after: Option<PageEnd>,
    limit: u32,
) -> Result<Vec<VisitRow>> {
    let (mut condition, mut values) = filter.sql();
    if let Some(org) = org {
        condition.push_str("visit.org = ? AND ");
        values.push(Value::Text(org.to_string()));
    }
    let after = after.unwrap_or(PageEnd {
        opened: WallTime::from_ms_clamped(0),
        visit: VisitId::from_bytes([0; 16]),
    });
    values.push(Value::Integer(after.opened.ms()));
    values.push(Value::Blob(after.visit.to_bytes().to_vec()));
    values.push(Value::Integer(i64::from(limit)));
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM visit LEFT JOIN household ON household.id = visit.household
         WHERE {condition}(visit.opened_ms, visit.id) > (?, ?) ORDER BY visit.opened_ms, visit.id LIMIT ?"
    ))?;
    let rows = select.query_map(params_from_iter(values), columns)?;
    rows.map(|row| read(row?)).collect()
}

/// Whether a visit is within sight.
pub(crate) fn sees(db: &Connection, sight: &Sight, visit: VisitId) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT contract, org FROM visit WHERE id = ?1")?;
    let found = select
        .query_row([visit.to_bytes()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    Ok(found.is_some_and(|(contract, org)| sight.sees(&contract, &org)))
}

/// The findings about a visit, without what would name other visits and their originals to whom they are not shown: a name
/// of an original is enough to ask for it.
pub(crate) fn findings_seen(
    db: &Connection,
    sight: &Sight,
    visit: VisitId,
) -> Result<Vec<(String, serde_json::Value)>> {
    let mut found = findings(db, visit)?;
    if *sight == Sight::Everything {
        return Ok(found);
    }
    for (_, details) in &mut found {
        let other = details.get("visit").and_then(serde_json::Value::as_str);
        let other: Option<VisitId> = other.and_then(|id| id.parse().ok());
        if let Some(other) = other
            && other != visit
            && !sees(db, sight, other)?
            && let Some(members) = details.as_object_mut()
        {
            members.retain(|name, _| !matches!(name.as_str(), "visit" | "other" | "household"));
        }
    }
    Ok(found)
}

impl VisitFilter {
    /// Conditions that end with AND, and their values.
    fn sql(&self) -> (String, Vec<Value>) {
        let text = |text: &str| Value::Text(text.to_owned());
        let conditions = [
            (
                "visit.contract = ?",
                self.contract.as_ref().map(|id| text(id.as_str())),
            ),
            ("visit.area = ?", self.area.as_deref().map(text)),
            ("visit.period = ?", self.period.as_deref().map(text)),
            ("visit.state = ?", self.state.as_deref().map(text)),
            ("visit.reason = ?", self.reason.as_deref().map(text)),
            (
                "visit.opened_ms >= ?",
                self.from.map(|time| Value::Integer(time.ms())),
            ),
            (
                "visit.opened_ms < ?",
                self.until.map(|time| Value::Integer(time.ms())),
            ),
        ];
        let mut sql = String::new();
        let mut values = Vec::new();
        for (condition, value) in conditions {
            if let Some(value) = value {
                sql.push_str(condition);
                sql.push_str(" AND ");
                values.push(value);
            }
        }
        (sql, values)
    }
}

/// Where one visit stands.
pub(crate) fn visit_row(db: &Connection, visit: VisitId) -> Result<Option<VisitRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM visit LEFT JOIN household ON household.id = visit.household WHERE visit.id = ?1"
    ))?;
    select
        .query_row([visit.to_bytes()], columns)
        .optional()?
        .map(read)
        .transpose()
}

/// Where the visits of a household stand that are within sight, by opening time.
pub(crate) fn visits_of_household(
    db: &Connection,
    sight: &Sight,
    household: HouseholdId,
) -> Result<Vec<VisitRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM visit LEFT JOIN household ON household.id = visit.household
         WHERE visit.household = ?1 ORDER BY visit.opened_ms, visit.id"
    ))?;
    let rows = select.query_map(params![household.to_bytes()], columns)?;
    let mut found = Vec::new();
    for row in rows {
        let row = read(row?)?;
        if sees(db, sight, row.visit)? {
            found.push(row);
        }
    }
    Ok(found)
}

/// The findings about a visit.
pub(crate) fn findings(db: &Connection, visit: VisitId) -> Result<Vec<(String, serde_json::Value)>> {
    let mut select =
        db.prepare_cached("SELECT code, details FROM finding WHERE visit = ?1 ORDER BY place")?;
    let rows = select.query_map([visit.to_bytes()], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (code, details) = row?;
        Ok((code, json(&details)?))
    })
    .collect()
}

type Columns = (
    (
        [u8; 16],
        [u8; 16],
        String,
        String,
        String,
        String,
        String,
        String,
        String,
        i64,
        i64,
    ),
    (Vec<u8>, String),
);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    let first = (
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
        row.get(8)?,
        row.get(9)?,
        row.get(10)?,
    );
    Ok((first, (row.get(11)?, row.get(12)?)))
}

fn read((first, (seal, standing)): Columns) -> Result<VisitRow> {
    let (visit, household, household_code, contract, area, period, state, reason, outcome, opened, received) =
        first;
    let seal: Option<[u8; 32]> = seal.try_into().ok();
    Ok(VisitRow {
        visit: VisitId::from_bytes(visit),
        household: HouseholdId::from_bytes(household),
        household_code,
        contract: parse_id(&contract)?,
        area,
        period,
        state,
        reason,
        outcome,
        opened: WallTime::from_ms_clamped(opened),
        received: (received != 0).then(|| WallTime::from_ms_clamped(received)),
        seal: seal.map(SealId::from_bytes),
        standing: json(&standing)?,
    })
}

fn json(text: &str) -> Result<serde_json::Value> {
    serde_json::from_str(text)
        .map_err(|error| crate::error::ArchiveError::Damaged(format!("JSON in a table: {error}")))
}
