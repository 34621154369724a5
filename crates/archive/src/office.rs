//! What the office does: forms, households, assignments. Each is one decision in the journal.

use std::collections::BTreeSet;

use hudang_evidence::id::{ContractId, FormHash, HouseholdId, OrgId, VisitId};
use hudang_evidence::time::WallTime;
use hudang_visit::Language;
use rusqlite::{Connection, OptionalExtension as _};

use crate::access::{Looking, Opened};
use crate::archive::Archive;
use crate::counts;
use crate::decision::{self, Assignment, Decision, FormFile, Household};
use crate::derive::{self, parse_id};
use crate::error::{ArchiveError, Result};
use crate::publications;
use crate::register;
use crate::roles::Act;
use crate::viewer::{Sight, Viewer, unknown};
use crate::writer::Scope;

/// Most rows in one decision: an import of a whole banner's households stays below.
pub const ROWS_MAX: usize = 20_000;

impl Archive {
    /// Adds a form, if its package is sound; returns its name. A form that is known already stays as it is.
    pub fn put_form(&self, viewer: &Viewer, form: FormFile, now: WallTime) -> Result<FormHash> {
        viewer.check(Act::PutForm)?;
        let (by, hash) = (viewer.clone(), form.hash());
        check_form(&form)?;
        self.submit(move |scope| {
            let org = by.organisation().cloned();
            if !derive::knows_form(scope.db, &hash)? || !brought(scope.db, &hash, org.as_ref())? {
                decision::record(scope, now, &by, Decision::Form { form, org })?;
            }
            Ok(hash)
        })
    }

    /// A form by its name, if the viewer's organisation brought it or a contract of the viewer's is worked with it.
    pub fn form(&self, viewer: &Viewer, hash: &FormHash) -> Result<FormFile> {
        viewer.check(Act::SeeVisits)?;
        let found = self.read(|db| {
            let form = derive::form(db, hash)?;
            Ok(if sees_form(db, viewer, hash)? { form } else { None })
        })?;
        found.ok_or_else(|| unknown("form", &hash))
    }

    /// Adds or changes households of a purchaser's register. One whose code is known keeps its id, whatever id is proposed;
    /// returns them with the ids that they have. A household that was found in the field is taken into the register under the
    /// id that its visits name; a code that another household has is refused then (`HOUSEHOLD-CODE-TAKEN`).
    pub fn put_households(
        &self,
        viewer: &Viewer,
        households: Vec<Household>,
        now: WallTime,
    ) -> Result<Vec<Household>> {
        viewer.check(Act::PutHouseholds)?;
        check_rows(households.len())?;
        check_codes(&households)?;
        let by = viewer.clone();
        self.submit(move |scope| {
            let owner = owner(scope.db, &by)?;
            let mut households = households;
            for household in &mut households {
                if let Some(known) = household_id(scope.db, &owner, &household.code)? {
                    if known != household.id && is_visited(scope.db, household.id)? {
                        return Err(ArchiveError::refused(
                            "HOUSEHOLD-CODE-TAKEN",
                            "这个户编号已属于另一户。请核对：是同一户就按原编号派单，不是同一户请另编一个。",
                            "This code is another household's. If it is the same household, assign that one; \
                             otherwise choose another code.",
                        ));
                    }
                    household.id = known;
                } else if !may_join(scope.db, &by, &owner, household.id)? {
                    return Err(unknown("household", &household.id));
                }
            }
            let decision = Decision::Households {
                owner,
                households: households.clone(),
            };
            decision::record(scope, now, &by, decision)?;
            Ok(households)
        })
    }

    /// Households by their codes, at most `limit` from after `after`; leaves a record.
    pub fn households(
        &self,
        viewer: &Viewer,
        after: &str,
        limit: u32,
        looking: &Looking,
    ) -> Result<Vec<Household>> {
        viewer.check(Act::OpenHousehold)?;
        let (page, contracts) = self.read(|db| {
            let page = register::page(db, viewer, after, limit)?;
            let mut contracts = BTreeSet::new();
            for household in &page {
                contracts.extend(register::contracts_of(db, household.id)?);
            }
            Ok((page, contracts))
        })?;
        if !page.is_empty() {
            let contracts = contracts.into_iter().collect();
            self.record_look(viewer, looking, Opened::Register, &after, contracts)?;
        }
        Ok(page)
    }

    /// A household by its code.
    pub fn household(&self, viewer: &Viewer, code: &str) -> Result<Household> {
        viewer.check(Act::OpenHousehold)?;
        self.read(|db| register::by_code(db, viewer, code))?
            .ok_or_else(|| unknown("household", &code))
    }

    /// A household by its id.
    pub fn household_by_id(&self, viewer: &Viewer, id: HouseholdId) -> Result<Household> {
        viewer.check(Act::OpenHousehold)?;
        self.read(|db| register::by_id(db, viewer, id))?
            .ok_or_else(|| unknown("household", &id))
    }

    /// Says who visits whom. Contract, form and household must be known and the viewer's; the people are on the contract's
    /// roster, and of the viewer's organisation.
    pub fn assign(&self, viewer: &Viewer, assignments: Vec<Assignment>, now: WallTime) -> Result<()> {
        viewer.check(Act::Assign)?;
        check_rows(assignments.len())?;
        let by = viewer.clone();
        self.submit(move |scope| {
            let sight = by.sight(scope.db)?;
            for assignment in &assignments {
                check_assignment(scope, &by, &sight, assignment, now)?;
            }
            decision::record(scope, now, &by, Decision::Assignments { assignments }).map(|_| ())
        })
    }

    /// The assignments of a contract that the viewer sees, ordered by visit.
    pub fn assignments(&self, viewer: &Viewer, contract: &ContractId) -> Result<Vec<Assignment>> {
        viewer.check(Act::SeeVisits)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            let mut found = assignments_where(db, "contract = ?1", contract.as_str())?;
            let mut hidden = Vec::new();
            for one in &found {
                if !counts::sees(db, &sight, one.visit)? {
                    hidden.push(one.visit);
                }
            }
            found.retain(|one| !hidden.contains(&one.visit));
            Ok(found)
        })
    }
}

/// The purchaser in whose register households stand that the viewer brings.
fn owner(db: &Connection, viewer: &Viewer) -> Result<OrgId> {
    if let Some(own) = viewer.organisation() {
        return Ok(own.clone());
    }
    let mut select = db.prepare_cached("SELECT DISTINCT org FROM party WHERE part = 'buyer' LIMIT 2")?;
    let buyers = select.query_map([], |row| row.get::<_, String>(0))?;
    let buyers: Vec<String> = buyers.collect::<rusqlite::Result<_>>()?;
    match buyers.as_slice() {
        [only] => parse_id(only),
        _ => Err(ArchiveError::refused(
            "HOUSEHOLD-OWNER",
            "请先写入合同；有多个采购方时，请写明这些户属于哪个采购方（--organisation）。",
            "Write the contract first; where there are several purchasers, say whose register this is (--organisation).",
        )),
    }
}

/// Whether a household of this id may join the register: it stands there already, or in none, and is no other's find.
fn may_join(db: &Connection, viewer: &Viewer, owner: &OrgId, id: HouseholdId) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT owner FROM household WHERE id = ?1")?;
    let known: Option<String> = select.query_row([id.to_bytes()], |row| row.get(0)).optional()?;
    if let Some(known) = known {
        return Ok(known == owner.as_str());
    }
    let sight = viewer.sight(db)?;
    let mut select = db.prepare_cached("SELECT DISTINCT contract, org FROM visit WHERE household = ?1")?;
    let mut rows = select.query([id.to_bytes()])?;
    let mut is_visited = false;
    while let Some(row) = rows.next()? {
        if sight.sees(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?) {
            return Ok(true);
        }
        is_visited = true;
    }
    Ok(!is_visited)
}

/// Whether an organisation brought this form before.
fn brought(db: &Connection, form: &FormHash, org: Option<&OrgId>) -> Result<bool> {
    let Some(org) = org else { return Ok(true) };
    let mut select =
        db.prepare_cached("SELECT 1 FROM form_view WHERE form = ?1 AND contract = '' AND org = ?2")?;
    Ok(select.exists(rusqlite::params![form.as_bytes(), org.as_str()])?)
}

/// Whether a form is the viewer's to see.
pub(crate) fn sees_form(db: &Connection, viewer: &Viewer, form: &FormHash) -> Result<bool> {
    let sight = viewer.sight(db)?;
    if sight == Sight::Everything {
        return Ok(true);
    }
    let mut select = db.prepare_cached("SELECT contract, org FROM form_view WHERE form = ?1")?;
    let mut rows = select.query([form.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let (contract, org): (String, String) = (row.get(0)?, row.get(1)?);
        let own = viewer.organisation().is_some_and(|own| own.as_str() == org);
        if own || contract.parse().is_ok_and(|contract| sight.has(&contract)) {
            return Ok(true);
        }
    }
    Ok(false)
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

fn check_assignment(
    scope: &Scope<'_>,
    by: &Viewer,
    sight: &Sight,
    assignment: &Assignment,
    now: WallTime,
) -> Result<()> {
    let db = scope.db;
    let Assignment {
        visit,
        household,
        contract,
        form,
        people,
    } = assignment;
    if register::by_id(db, by, *household)?.is_none() {
        return Err(unknown("household", &household));
    }
    if !derive::knows_form(db, form)? {
        return Err(unknown("form", &form));
    }
    let terms = derive::known_contract(db, scope.known, contract)?.filter(|_| sight.has(contract));
    let terms = terms.ok_or_else(|| unknown("contract", &contract))?;
    if counts::visit_row(db, *visit)?.is_some() && !counts::sees(db, sight, *visit)? {
        return Err(unknown("visit", &visit));
    }
    // A visit that is in work keeps its form when people change.
    let mut select = db.prepare_cached("SELECT 1 FROM assignment WHERE visit = ?1 AND form = ?2")?;
    if !select.exists(rusqlite::params![visit.to_bytes(), form.as_bytes()])? {
        publications::check_assigned(scope, contract, *form, now.day())?;
    }
    if people.is_empty() || people.iter().collect::<BTreeSet<_>>().len() != people.len() {
        return Err(ArchiveError::refused(
            "ASSIGN-PEOPLE",
            "每次入户须指定至少一名、且不重复的调查员。",
            "Each visit needs at least one investigator, each named once.",
        ));
    }
    let orgs: BTreeSet<Option<OrgId>> = people
        .iter()
        .map(|person| derive::org_of(&terms, person))
        .collect();
    let one = match (orgs.first(), orgs.len()) {
        (Some(Some(org)), 1) => sight.org().is_none_or(|own| own == org),
        _ => false,
    };
    if one {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "ASSIGN-ROSTER",
        "派单的人须都在该合同的花名册上，且同属本单位，请核对。",
        "All who are sent must be on the contract's roster, and of your own organisation.",
    ))
}

fn is_visited(db: &Connection, household: HouseholdId) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT 1 FROM visit WHERE household = ?1")?;
    Ok(select.exists([household.to_bytes()])?)
}

/// The id of the household with this code in a register.
fn household_id(db: &Connection, owner: &OrgId, code: &str) -> Result<Option<HouseholdId>> {
    let mut select = db.prepare_cached("SELECT id FROM household WHERE owner = ?1 AND code = ?2")?;
    let id: Option<[u8; 16]> = select
        .query_row([owner.as_str(), code], |row| row.get(0))
        .optional()?;
    Ok(id.map(HouseholdId::from_bytes))
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
