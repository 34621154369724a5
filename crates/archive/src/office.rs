//! What the office does: contracts, forms, households, assignments. Each is one decision in the journal.

use std::collections::BTreeSet;

use hudang_contract::contract::Contract;
use hudang_evidence::id::{ContractId, FormHash, HouseholdId, VisitId};
use hudang_evidence::time::WallTime;
use hudang_visit::Language;
use rusqlite::{Connection, OptionalExtension as _};

use crate::archive::Archive;
use crate::decision::{self, Assignment, Decision, FormFile, Household};
use crate::derive::{self, parse_id};
use crate::error::{ArchiveError, Result};

/// Most rows in one decision: an import of a whole banner's households stays below.
pub const ROWS_MAX: usize = 20_000;

impl Archive {
    /// Writes a contract or its next version.
    pub fn put_contract(&self, by: &str, contract: Contract, now: WallTime) -> Result<()> {
        let by = by.to_owned();
        let decision = Decision::Contract {
            contract: Box::new(contract),
        };
        self.submit(move |scope| decision::record(scope, now, &by, decision).map(|_| ()))
    }

    /// A contract by its id.
    pub fn contract(&self, id: &ContractId) -> Result<Contract> {
        let unknown = || ArchiveError::Unknown {
            what: "contract",
            name: id.to_string(),
        };
        self.read(|db| derive::contract(db, id))?.ok_or_else(unknown)
    }

    /// The ids of all contracts, in order.
    pub fn contracts(&self) -> Result<Vec<ContractId>> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT id FROM contract ORDER BY id")?;
            let ids = select.query_map([], |row| row.get::<_, String>(0))?;
            ids.map(|id| parse_id(&id?)).collect()
        })
    }

    /// Adds a form, if its package is sound; returns its name. A form that is known already stays as it is.
    pub fn put_form(&self, by: &str, form: FormFile, now: WallTime) -> Result<FormHash> {
        let (by, hash) = (by.to_owned(), form.hash());
        check_form(&form)?;
        self.submit(move |scope| {
            if !derive::knows_form(scope.db, &hash)? {
                decision::record(scope, now, &by, Decision::Form { form })?;
            }
            Ok(hash)
        })
    }

    /// A form by its name.
    pub fn form(&self, hash: &FormHash) -> Result<FormFile> {
        let unknown = || ArchiveError::Unknown {
            what: "form",
            name: hash.to_string(),
        };
        self.read(|db| derive::form(db, hash))?.ok_or_else(unknown)
    }

    /// Adds or changes households. One whose code is known keeps its id, whatever id is proposed; returns them
    /// with the ids that they have. A household that was found in the field is taken into the register under the id that
    /// its visits name; a code that another household has is refused then (`HOUSEHOLD-CODE-TAKEN`).
    pub fn put_households(
        &self,
        by: &str,
        households: Vec<Household>,
        now: WallTime,
    ) -> Result<Vec<Household>> {
        check_rows(households.len())?;
        check_codes(&households)?;
        let by = by.to_owned();
        self.submit(move |scope| {
            let mut households = households;
            for household in &mut households {
                if let Some(known) = household_id(scope.db, &household.code)? {
                    if known != household.id && is_visited(scope.db, household.id)? {
                        return Err(ArchiveError::refused(
                            "HOUSEHOLD-CODE-TAKEN",
                            "这个户编号已属于另一户。请核对：是同一户就按原编号派单，不是同一户请另编一个。",
                            "This code is another household's. If it is the same household, assign that one; \
                             otherwise choose another code.",
                        ));
                    }
                    household.id = known;
                }
            }
            decision::record(
                scope,
                now,
                &by,
                Decision::Households {
                    households: households.clone(),
                },
            )?;
            Ok(households)
        })
    }

    /// Households by their codes, at most `limit` from after `after`.
    pub fn households(&self, after: &str, limit: u32) -> Result<Vec<Household>> {
        self.read(|db| {
            let mut select =
                db.prepare_cached("SELECT details FROM household WHERE code > ?1 ORDER BY code LIMIT ?2")?;
            let rows = select.query_map(rusqlite::params![after, limit], |row| row.get::<_, String>(0))?;
            rows.map(|details| {
                serde_json::from_str(&details?)
                    .map_err(|error| ArchiveError::Damaged(format!("a household: {error}")))
            })
            .collect()
        })
    }

    /// A household by its code.
    pub fn household(&self, code: &str) -> Result<Household> {
        let unknown = || ArchiveError::Unknown {
            what: "household",
            name: code.to_owned(),
        };
        self.read(|db| household_where(db, "code = ?1", code))?
            .ok_or_else(unknown)
    }

    /// A household by its id.
    pub fn household_by_id(&self, id: HouseholdId) -> Result<Household> {
        let unknown = || ArchiveError::Unknown {
            what: "household",
            name: id.to_string(),
        };
        self.read(|db| household_where(db, "id = ?1", id.to_bytes()))?
            .ok_or_else(unknown)
    }

    /// Says who visits whom. Contract, form and household must be known, and the people on its roster.
    pub fn assign(&self, by: &str, assignments: Vec<Assignment>, now: WallTime) -> Result<()> {
        check_rows(assignments.len())?;
        let by = by.to_owned();
        self.submit(move |scope| {
            for assignment in &assignments {
                check_assignment(scope.db, assignment)?;
            }
            decision::record(scope, now, &by, Decision::Assignments { assignments }).map(|_| ())
        })
    }

    /// The assignments of a contract, ordered by visit.
    pub fn assignments(&self, contract: &ContractId) -> Result<Vec<Assignment>> {
        self.read(|db| assignments_where(db, "contract = ?1", contract.as_str()))
    }
}

fn check_form(form: &FormFile) -> Result<()> {
    form.read().map(|_| ()).map_err(|error| {
        ArchiveError::refused(
            error.code(),
            error.message(Language::Zh),
            error.message(Language::En),
        )
    })
}

fn check_rows(rows: usize) -> Result<()> {
    if rows <= ROWS_MAX {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "OFFICE-ROWS",
        format!("一次最多导入 {ROWS_MAX} 行,请分批导入。"),
        format!("At most {ROWS_MAX} rows at a time; import in parts."),
    ))
}

fn check_codes(households: &[Household]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for household in households {
        let code = household.code.as_str();
        let printable =
            !code.is_empty() && code.len() <= 64 && !code.chars().any(|c| c.is_control() || c == '/');
        if !printable || !seen.insert(code) {
            return Err(ArchiveError::refused(
                "HOUSEHOLD-CODE",
                format!("户编号“{code}”为空、重复或含有不允许的字符,请修改后重新导入。"),
                format!(
                    "The household code {code:?} is empty, repeated or has a character that is not allowed."
                ),
            ));
        }
    }
    Ok(())
}

fn check_assignment(db: &Connection, assignment: &Assignment) -> Result<()> {
    let Assignment {
        household,
        contract,
        form,
        people,
        ..
    } = assignment;
    let unknown = |what, name: String| ArchiveError::Unknown { what, name };
    if household_where(db, "id = ?1", household.to_bytes())?.is_none() {
        return Err(unknown("household", household.to_string()));
    }
    if !derive::knows_form(db, form)? {
        return Err(unknown("form", form.to_string()));
    }
    if !derive::knows_contract(db, contract)? {
        return Err(unknown("contract", contract.to_string()));
    }
    if people.is_empty() || people.iter().collect::<BTreeSet<_>>().len() != people.len() {
        return Err(ArchiveError::refused(
            "ASSIGN-PEOPLE",
            "每次入户须指定至少一名、且不重复的调查员。",
            "Each visit needs at least one investigator, each named once.",
        ));
    }
    Ok(())
}

fn is_visited(db: &Connection, household: HouseholdId) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT 1 FROM visit WHERE household = ?1")?;
    Ok(select.exists([household.to_bytes()])?)
}

/// The id of the household with this code.
pub(crate) fn household_id(db: &Connection, code: &str) -> Result<Option<HouseholdId>> {
    let mut select = db.prepare_cached("SELECT id FROM household WHERE code = ?1")?;
    let id: Option<[u8; 16]> = select.query_row([code], |row| row.get(0)).optional()?;
    Ok(id.map(HouseholdId::from_bytes))
}

fn household_where(
    db: &Connection,
    condition: &str,
    value: impl rusqlite::ToSql,
) -> Result<Option<Household>> {
    let mut select = db.prepare_cached(&format!("SELECT details FROM household WHERE {condition}"))?;
    let details: Option<String> = select.query_row([value], |row| row.get(0)).optional()?;
    details
        .map(|json| {
            serde_json::from_str(&json).map_err(|e| ArchiveError::Damaged(format!("a household: {e}")))
        })
        .transpose()
}

/// Assignments that meet a condition on their columns, ordered by visit.
pub(crate) fn assignments_where(
    db: &Connection,
    condition: &str,
    value: impl rusqlite::ToSql,
) -> Result<Vec<Assignment>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT visit, household, contract, form, person FROM assignment
         WHERE withdrawn = 0 AND {condition} ORDER BY visit, person"
    ))?;
    let mut rows = select.query([value])?;
    let mut found: Vec<Assignment> = Vec::new();
    while let Some(row) = rows.next()? {
        let visit = VisitId::from_bytes(row.get(0)?);
        let person = parse_id(&row.get::<_, String>(4)?)?;
        match found.last_mut().filter(|last| last.visit == visit) {
            Some(last) => last.people.push(person),
            None => found.push(Assignment {
                visit,
                household: HouseholdId::from_bytes(row.get(1)?),
                contract: parse_id(&row.get::<_, String>(2)?)?,
                form: FormHash::from_bytes(row.get(3)?),
                people: vec![person],
            }),
        }
    }
    Ok(found)
}
