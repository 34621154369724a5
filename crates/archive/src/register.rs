//! Households as a viewer sees them: a purchaser its own register, a contractor those that it visits or may visit, others
//! those of the contracts that they were given.

use std::collections::BTreeSet;

use hudang_evidence::id::{ContractId, HouseholdId, OrgId};
use rusqlite::{Connection, OptionalExtension as _, ToSql, params};

use crate::decision::Household;
use crate::derive::parse_id;
use crate::error::{ArchiveError, Result};
use crate::roles::Role;
use crate::viewer::{Sight, Viewer};

/// Where a viewer's households are found.
enum Shelf {
    /// In all registers.
    All,
    /// In the purchaser's own register.
    Own(OrgId),
    /// Beside these contracts; narrowed to one contractor's and those that are nobody's yet.
    Under(Vec<ContractId>, Option<OrgId>),
}

fn shelf(db: &Connection, viewer: &Viewer) -> Result<Shelf> {
    let is_purchaser = matches!(
        viewer.role(),
        Some(Role::PurchaserHandler | Role::PurchaserLeader)
    );
    Ok(match (viewer.sight(db)?, viewer.organisation()) {
        (Sight::Everything, _) => Shelf::All,
        (Sight::Of { .. }, Some(own)) if is_purchaser && viewer.given().is_none() => Shelf::Own(own.clone()),
        (Sight::Of { contracts, org }, _) => Shelf::Under(contracts.into_iter().collect(), org),
    })
}

/// A page of the viewer's households, by code.
pub(crate) fn page(db: &Connection, viewer: &Viewer, after: &str, limit: u32) -> Result<Vec<Household>> {
    let (contracts, org) = match shelf(db, viewer)? {
        Shelf::All => {
            let sql = "SELECT details FROM household WHERE code > ?1 ORDER BY code, owner LIMIT ?2";
            return all(db, sql, params![after, limit]);
        }
        Shelf::Own(owner) => {
            let sql = "SELECT details FROM household WHERE owner = ?1 AND code > ?2 ORDER BY code LIMIT ?3";
            return all(db, sql, params![owner.as_str(), after, limit]);
        }
        Shelf::Under(contracts, org) => (contracts, org),
    };
    // Each stretch of the index is read as far as the page may reach, and the first of all are the page.
    let mut found: BTreeSet<(String, [u8; 16])> = BTreeSet::new();
    for contract in &contracts {
        let (sql, orgs): (&str, Vec<&str>) = match &org {
            Some(org) => (
                "SELECT code, household FROM household_view WHERE contract = ?1 AND org = ?2 AND code > ?3
                 ORDER BY code, household LIMIT ?4",
                vec!["", org.as_str()],
            ),
            None => (
                "SELECT DISTINCT code, household FROM household_view INDEXED BY household_view_by_code
                 WHERE contract = ?1 AND ?2 = '' AND code > ?3 ORDER BY code, household LIMIT ?4",
                vec![""],
            ),
        };
        let mut select = db.prepare_cached(sql)?;
        for org in orgs {
            let values = params![contract.as_str(), org, after, limit];
            for row in select.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))? {
                found.insert(row?);
            }
        }
    }
    let first = found
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut select = db.prepare_cached("SELECT details FROM household WHERE id = ?1")?;
    first
        .map(|(_, id)| read(&select.query_row([id], |row| row.get::<_, String>(0))?))
        .collect()
}

/// The viewer's household with this code, or this id: a contractor of several purchasers may have a code twice.
pub(crate) fn by_code(db: &Connection, viewer: &Viewer, code: &str) -> Result<Option<Household>> {
    let found = match shelf(db, viewer)? {
        Shelf::All => {
            let sql = "SELECT id FROM household WHERE code = ?1 ORDER BY owner LIMIT 2";
            ids(db, sql, params![code])?
        }
        Shelf::Own(owner) => {
            let sql = "SELECT id FROM household WHERE owner = ?1 AND code = ?2";
            ids(db, sql, params![owner.as_str(), code])?
        }
        Shelf::Under(contracts, org) => {
            let mut found = Vec::new();
            for contract in &contracts {
                let sql = "SELECT household FROM household_view
                           WHERE contract = ?1 AND code = ?2 AND (?3 = '-' OR org = ?3 OR org = '')";
                let org = org.as_ref().map_or("-", OrgId::as_str);
                found.extend(ids(db, sql, params![contract.as_str(), code, org])?);
            }
            found.sort_unstable();
            found.dedup();
            found
        }
    };
    match (found.as_slice(), code.parse::<HouseholdId>()) {
        ([one], _) => details(db, HouseholdId::from_bytes(*one)),
        ([], Ok(id)) => by_id(db, viewer, id),
        ([], Err(_)) => Ok(None),
        _ => Err(ArchiveError::refused(
            "HOUSEHOLD-TWO-REGISTERS",
            format!("有两个采购方都使用户编号“{code}”，请改用该户的内部编号。"),
            format!("Two purchasers use the code {code:?}; give the household's id instead."),
        )),
    }
}

/// The viewer's household with this id.
pub(crate) fn by_id(db: &Connection, viewer: &Viewer, id: HouseholdId) -> Result<Option<Household>> {
    let is_seen = match shelf(db, viewer)? {
        Shelf::All => true,
        Shelf::Own(owner) => {
            let mut select = db.prepare_cached("SELECT 1 FROM household WHERE id = ?1 AND owner = ?2")?;
            select.exists(params![id.to_bytes(), owner.as_str()])?
        }
        Shelf::Under(contracts, org) => {
            let mut select =
                db.prepare_cached("SELECT contract, org FROM household_view WHERE household = ?1")?;
            let rows = select.query_map([id.to_bytes()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?;
            let mut is_seen = false;
            for row in rows {
                let (contract, of) = row?;
                is_seen |= contracts.iter().any(|own| own.as_str() == contract)
                    && (of.is_empty() || org.as_ref().is_none_or(|own| own.as_str() == of));
            }
            is_seen
        }
    };
    if is_seen { details(db, id) } else { Ok(None) }
}

/// The contracts that have to do with a household.
pub(crate) fn contracts_of(db: &Connection, id: HouseholdId) -> Result<Vec<ContractId>> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT contract FROM household_view WHERE household = ?1 ORDER BY contract",
    )?;
    let ids = select.query_map([id.to_bytes()], |row| row.get::<_, String>(0))?;
    ids.map(|id| parse_id(&id?)).collect()
}

fn details(db: &Connection, id: HouseholdId) -> Result<Option<Household>> {
    let mut select = db.prepare_cached("SELECT details FROM household WHERE id = ?1")?;
    let json: Option<String> = select.query_row([id.to_bytes()], |row| row.get(0)).optional()?;
    json.map(|json| read(&json)).transpose()
}

fn read(json: &str) -> Result<Household> {
    serde_json::from_str(json).map_err(|error| ArchiveError::Damaged(format!("a household: {error}")))
}

fn ids(db: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<[u8; 16]>> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn all(db: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<Household>> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map(values, |row| row.get::<_, String>(0))?;
    rows.map(|json| read(&json?)).collect()
}
