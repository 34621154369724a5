//! Who sees what, as tables: the parties of contracts, the households that each party of a contract has to do with, and the
//! forms that come with them. Lists are read from here, so that none costs more because of other organisations' data.

use std::collections::BTreeSet;
use std::sync::Arc;

use hudang_contract::contract::Contract;
use hudang_evidence::id::{ContractId, FormHash, HouseholdId, OrgId, PersonId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{known_contract, parse_id};
use crate::error::Result;
use crate::known::Known;
use crate::viewer::Part;

/// Notes who the parties of a contract are now.
pub(super) fn put_parties(db: &Connection, contract: &Contract) -> Result<()> {
    let id = contract.id.as_str();
    db.prepare_cached("DELETE FROM party WHERE contract = ?1")?
        .execute([id])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO party (org, part, contract) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    insert.execute([contract.terms().buyer.as_str(), Part::Buyer.as_str(), id])?;
    for org in &contract.terms().contractors {
        insert.execute([org.as_str(), Part::Contractor.as_str(), id])?;
    }
    Ok(())
}

/// The purchaser of a contract.
pub(crate) fn buyer(db: &Connection, contract: &ContractId) -> Result<Option<OrgId>> {
    let mut select = db.prepare_cached("SELECT org FROM party WHERE contract = ?1 AND part = 'buyer'")?;
    let org: Option<String> = select
        .query_row([contract.as_str()], |row| row.get(0))
        .optional()?;
    org.map(|org| parse_id(&org)).transpose()
}

/// The contractor for whom a person works under a contract; nothing where the person is not on its roster.
pub(crate) fn org_of(contract: &Contract, person: &PersonId) -> Option<OrgId> {
    let of = |on_roster: &&hudang_contract::roster::Member| on_roster.person == *person;
    contract
        .roster()
        .iter()
        .rfind(of)
        .map(|member| member.org.clone())
}

/// The contractor for whom some people work under a contract; nothing where they work for none or for several.
pub(crate) fn org_of_all<'a>(
    contract: &Contract,
    people: impl IntoIterator<Item = &'a PersonId>,
) -> Option<OrgId> {
    let orgs: BTreeSet<OrgId> = people
        .into_iter()
        .filter_map(|person| org_of(contract, person))
        .collect();
    let mut orgs = orgs.into_iter();
    orgs.next().filter(|_| orgs.next().is_none())
}

/// A household of a register, as far as it is shown.
pub(super) struct Shown<'a> {
    pub(super) id: HouseholdId,
    pub(super) code: &'a str,
    pub(super) area: &'a str,
}

/// Households that joined a purchaser's register, or whose code or area is another one now.
pub(super) fn view_households(
    db: &Connection,
    known: &Known,
    owner: &OrgId,
    households: &[Shown<'_>],
) -> Result<()> {
    let mut bought: Vec<Arc<Contract>> = Vec::new();
    for id in crate::viewer::contracts_of(db, owner, Part::Buyer)? {
        bought.extend(known_contract(db, known, &id)?);
    }
    for household in households {
        let id = household.id.to_bytes();
        db.prepare_cached("DELETE FROM household_view WHERE household = ?1")?
            .execute([id])?;
        let mut select = db.prepare_cached("SELECT DISTINCT contract FROM visit WHERE household = ?1")?;
        let visited = select.query_map([id], |row| row.get::<_, String>(0))?;
        for contract in visited.collect::<rusqlite::Result<Vec<_>>>()? {
            view(db, &contract, household, false)?;
        }
        for contract in &bought {
            let covers = contract.area_of(household.area).is_some();
            view(db, contract.id.as_str(), household, covers)?;
        }
    }
    Ok(())
}

/// All households of a purchaser whose contract is another one now.
pub(super) fn view_register(db: &Connection, contract: &Contract) -> Result<()> {
    let mut select = db.prepare_cached("SELECT id, code, area FROM household WHERE owner = ?1")?;
    let mut rows = select.query([contract.terms().buyer.as_str()])?;
    while let Some(row) = rows.next()? {
        let (code, area): (String, String) = (row.get(1)?, row.get(2)?);
        let household = Shown {
            id: HouseholdId::from_bytes(row.get(0)?),
            code: &code,
            area: &area,
        };
        view(
            db,
            contract.id.as_str(),
            &household,
            contract.area_of(&area).is_some(),
        )?;
    }
    Ok(())
}

/// A household, if it stands in a register, whose visits under a contract are of other contractors than before.
pub(crate) fn view_household(
    db: &Connection,
    known: &Known,
    household: HouseholdId,
    contract: &ContractId,
) -> Result<()> {
    let mut select = db.prepare_cached("SELECT owner, code, area FROM household WHERE id = ?1")?;
    let row = select
        .query_row([household.to_bytes()], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })
        .optional()?;
    let Some((owner, code, area)) = row else {
        return Ok(());
    };
    let covers = known_contract(db, known, contract)?.is_some_and(|contract| {
        contract.terms().buyer.as_str() == owner && contract.area_of(&area).is_some()
    });
    let household = Shown {
        id: household,
        code: &code,
        area: &area,
    };
    view(db, contract.as_str(), &household, covers)
}

/// Which contractors have to do with a household under a contract: those of its visits; where there are none, whoever works
/// under the contract, if it covers the household's area.
fn view(db: &Connection, contract: &str, household: &Shown<'_>, covers: bool) -> Result<()> {
    let id = household.id.to_bytes();
    db.prepare_cached("DELETE FROM household_view WHERE household = ?1 AND contract = ?2")?
        .execute(params![id, contract])?;
    let mut select =
        db.prepare_cached("SELECT DISTINCT org FROM visit WHERE household = ?1 AND contract = ?2")?;
    let orgs = select.query_map(params![id, contract], |row| row.get::<_, String>(0))?;
    let mut orgs = orgs.collect::<rusqlite::Result<Vec<_>>>()?;
    let is_visited = !orgs.is_empty();
    // A visit of people who work for no one contractor shows its household to none.
    orgs.retain(|org| !org.is_empty());
    if !is_visited && covers {
        orgs.push(String::new());
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO household_view (contract, org, code, household) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for org in orgs {
        insert.execute(params![contract, org, household.code, id])?;
    }
    Ok(())
}

/// Whoever has to do with a contract sees the forms that it is worked with.
pub(super) fn view_form_under(db: &Connection, form: &FormHash, contract: &ContractId) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO form_view (form, contract, org) VALUES (?1, ?2, '') ON CONFLICT DO NOTHING",
    )?;
    insert.execute(params![form.as_bytes(), contract.as_str()])?;
    Ok(())
}

/// An organisation sees the forms that it brought.
pub(super) fn view_form_of(db: &Connection, form: &FormHash, org: &OrgId) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO form_view (form, contract, org) VALUES (?1, '', ?2) ON CONFLICT DO NOTHING",
    )?;
    insert.execute(params![form.as_bytes(), org.as_str()])?;
    Ok(())
}
