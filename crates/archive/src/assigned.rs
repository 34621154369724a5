//! Who has to do with a visit: those whom the office assigned; where it never assigned anybody, those of the contractor whose
//! phone wrote first, who found the household in the field. What others write in a visit is kept, and touches nobody's
//! standing until they are assigned (EVIDENCE §1.10 R6).

use hudang_contract::contract::Contract;
use hudang_evidence::id::{HouseholdId, OrgId, PersonId, VisitId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::derive::{self, parse_id};
use crate::error::Result;
use crate::phones::Device;

/// What a person's key is to a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tie {
    /// Nothing.
    None,
    /// The office assigned somebody else in this person's place.
    Replaced,
    /// Assigned, or one of those who found it.
    Assigned,
}

/// Who has to do with one visit. People are told apart by contract: the same name under another one is another person.
pub(crate) struct Assigned {
    /// Person, contract, and whether somebody else goes now.
    named: Vec<(String, String, bool)>,
    /// Contract and contractor of whose entry came first, where nobody was ever assigned.
    found_by: Option<(String, String)>,
}

impl Assigned {
    /// As of now.
    pub(crate) fn read(db: &Connection, visit: VisitId) -> Result<Self> {
        let mut select =
            db.prepare_cached("SELECT person, contract, withdrawn FROM assignment WHERE visit = ?1")?;
        let rows = select.query_map([visit.to_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? != 0))
        })?;
        let named: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
        let mut found_by = None;
        if named.is_empty() {
            let mut select = db.prepare_cached(
                "SELECT device.contract, device.org FROM entry JOIN device ON device.n = entry.device
                 WHERE entry.visit = ?1 ORDER BY entry.journal LIMIT 1",
            )?;
            found_by = select
                .query_row([visit.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
        }
        Ok(Self { named, found_by })
    }

    /// Whether nobody was ever assigned.
    pub(crate) const fn is_found(&self) -> bool {
        self.named.is_empty()
    }

    /// The contractor who makes the visit under its contract: for whom those work who are to, or where nobody is any more,
    /// who were; where nobody was ever assigned, whose phone wrote first. Nothing where people work for several or for none.
    pub(crate) fn org(&self, terms: &Contract) -> Result<Option<OrgId>> {
        if let Some((contract, org)) = &self.found_by {
            let own = contract == terms.id.as_str();
            return own.then(|| parse_id(org)).transpose();
        }
        let is_replaced = self.named.iter().all(|(_, _, is_replaced)| *is_replaced);
        let now = self
            .named
            .iter()
            .filter(|(.., replaced)| *replaced == is_replaced);
        let people: Vec<PersonId> = now.map(|(person, ..)| parse_id(person)).collect::<Result<_>>()?;
        Ok(derive::org_of_all(terms, &people))
    }

    /// What this key is to the visit.
    pub(crate) fn tie(&self, device: &Device) -> Tie {
        let (person, contract) = (device.person.as_str(), device.contract.as_str());
        if self.named.is_empty() {
            let own = |(of, org): &(String, String)| of == contract && org == device.org.as_str();
            // A visit that nobody has written in is whoever's begins it.
            let is_theirs = self.found_by.as_ref().is_none_or(own);
            return if is_theirs { Tie::Assigned } else { Tie::None };
        }
        let own = |(of, under, _): &&(String, String, bool)| of == person && under == contract;
        match self.named.iter().find(own) {
            None => Tie::None,
            Some((_, _, true)) => Tie::Replaced,
            Some((_, _, false)) => Tie::Assigned,
        }
    }
}

/// Whether the office has taken a household into its register after somebody wrote in this visit of it.
pub(crate) fn is_adopted(db: &Connection, visit: VisitId, household: HouseholdId) -> Result<bool> {
    let mut select = db.prepare_cached(
        "SELECT 1 FROM household WHERE id = ?2
         AND since > coalesce((SELECT min(journal) FROM entry WHERE visit = ?1), since)",
    )?;
    Ok(select.exists(params![visit.to_bytes(), household.to_bytes()])?)
}
