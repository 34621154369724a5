//! Assignments, and opening a visit.

use hudang_contract::contract::Contract;
use hudang_evidence::body::{Body, Open};
use hudang_evidence::id::{ContractId, FormHash, HouseholdId, PersonId, StandardHash, VisitId};
use hudang_sync::wire::{DocumentId, Register};
use hudang_visit::document::household::HouseholdDocument;
use hudang_visit::document::visit::{Header, VisitDocument};
use hudang_visit::standard::Standard;
use rusqlite::{OptionalExtension as _, params};

use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::documents::About;
use crate::error::{DeviceError, Result, damaged};
use crate::person::parse;

/// A household that people on this phone are to visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Whom.
    pub household: HouseholdId,
    /// The household's code as the office writes it.
    pub code: String,
    /// Under which contract.
    pub contract: ContractId,
    /// The visit, where the office opened one.
    pub visit: Option<VisitId>,
    /// With which form, as far as that is known.
    pub form: Option<FormHash>,
    /// Who goes.
    pub persons: Vec<PersonId>,
    /// Taken back.
    pub withdrawn: bool,
    /// What the office's register says of the household.
    pub register: Register,
}

/// A visit to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenVisit {
    /// The visit that the office named; absent for one that begins in the field.
    pub visit: Option<VisitId>,
    /// Whom.
    pub household: HouseholdId,
    /// Under which contract.
    pub contract: ContractId,
    /// With which form.
    pub form: FormHash,
    /// Who was assigned.
    pub assigned: Vec<PersonId>,
}

/// A visit on this phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitInfo {
    /// Which.
    pub visit: VisitId,
    /// Whom.
    pub household: HouseholdId,
    /// Under which contract.
    pub contract: ContractId,
    /// With which form.
    pub form: FormHash,
    /// Held to which standard.
    pub standard: StandardHash,
}

impl Device {
    /// The assignments of people on this phone, by the household's code.
    pub fn assignments(&self) -> Result<Vec<Assignment>> {
        let mut select = self.db.prepare_cached(
            "SELECT household, code, contract, visit, form, persons, withdrawn, area, head, address, phone,
                    township, village
             FROM assignment
             ORDER BY code, contract, visit",
        )?;
        let mut rows = select.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let visit: Vec<u8> = row.get(3)?;
            let form: Vec<u8> = row.get(4)?;
            let persons: String = row.get(5)?;
            found.push(Assignment {
                household: HouseholdId::from_bytes(row.get(0)?),
                code: row.get(1)?,
                contract: parse(&row.get::<_, String>(2)?)?,
                visit: visit.try_into().ok().map(VisitId::from_bytes),
                form: form.try_into().ok().map(FormHash::from_bytes),
                persons: persons.split_whitespace().map(parse).collect::<Result<_>>()?,
                withdrawn: row.get::<_, i64>(6)? != 0,
                register: Register {
                    area: row.get(7)?,
                    head: row.get(8)?,
                    address: row.get(9)?,
                    phone: row.get(10)?,
                    township: row.get(11)?,
                    village: row.get(12)?,
                },
            });
        }
        Ok(found)
    }

    /// The visits on this phone, the latest first.
    pub fn visits(&self) -> Result<Vec<VisitInfo>> {
        let mut select = self.db.prepare_cached(
            "SELECT id, household, contract, form, standard FROM visit ORDER BY opened_ms DESC, id DESC",
        )?;
        let mut rows = select.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(VisitInfo {
                visit: VisitId::from_bytes(row.get(0)?),
                household: HouseholdId::from_bytes(row.get(1)?),
                contract: parse(&row.get::<_, String>(2)?)?,
                form: FormHash::from_bytes(row.get(3)?),
                standard: StandardHash::from_bytes(row.get(4)?),
            });
        }
        Ok(found)
    }

    /// A form's bytes.
    pub fn form(&self, form: &FormHash) -> Result<Option<Vec<u8>>> {
        let mut select = self.db.prepare_cached("SELECT bytes FROM form WHERE hash = ?1")?;
        Ok(select.query_row([form.as_bytes()], |row| row.get(0)).optional()?)
    }

    /// A contract in the version that is in force today.
    pub fn contract(&self, id: &ContractId) -> Result<Option<Contract>> {
        self.scope().contract(id)
    }

    /// Opens a visit for a person: the document with its fixed first change and header, and the `open` entry. What
    /// is open already for this person stays as it is; a second person joins.
    pub fn open_visit(&mut self, person: &PersonId, opening: &OpenVisit) -> Result<VisitId> {
        self.commit(|scope| scope.open_visit(person, opening))
    }

    /// A household's document, for showing; nothing where none came.
    pub fn household(&self, household: HouseholdId) -> Result<Option<HouseholdDocument>> {
        self.scope().household(household)
    }

    /// The visit's document, for showing.
    pub fn document(&self, visit: VisitId) -> Result<VisitDocument> {
        self.scope().read_document(visit)
    }
}

impl Scope<'_> {
    pub(crate) fn household(&self, household: HouseholdId) -> Result<Option<HouseholdDocument>> {
        let mut select = self
            .db
            .prepare_cached("SELECT document FROM household WHERE id = ?1")?;
        let bytes: Option<Vec<u8>> = select
            .query_row([household.to_bytes()], |row| row.get(0))
            .optional()?;
        bytes
            .map(|bytes| Ok(HouseholdDocument::load(&bytes, self.reader())?))
            .transpose()
    }

    /// The terms of a contract that are in force now.
    pub(crate) fn contract(&self, id: &ContractId) -> Result<Option<Contract>> {
        let mut select = self.db.prepare_cached(
            "SELECT json FROM contract WHERE id = ?1 AND from_day <= ?2 ORDER BY no DESC LIMIT 1",
        )?;
        let today = self.best_now()?.day().to_string();
        let json: Option<Vec<u8>> = select
            .query_row(params![id.as_str(), today], |row| row.get(0))
            .optional()?;
        json.map(|json| Contract::from_json(&json).map_err(|error| damaged("a contract", error)))
            .transpose()
    }

    /// The standard of a visit.
    pub(crate) fn standard(&self, hash: &StandardHash) -> Result<Standard> {
        let mut select = self
            .db
            .prepare_cached("SELECT json FROM standard WHERE hash = ?1")?;
        let json: Option<Vec<u8>> = select.query_row([hash.as_bytes()], |row| row.get(0)).optional()?;
        let json = json.ok_or(DeviceError::ContractUnknown)?;
        Standard::from_json(&json).map_err(|error| damaged("a standard", error))
    }

    /// The standard of a contract for a visit that is opened now.
    fn standard_of(&self, contract: &ContractId) -> Result<StandardHash> {
        let terms = self.contract(contract)?.ok_or(DeviceError::ContractUnknown)?;
        Ok(terms.standard().hash())
    }

    pub(crate) fn open_visit(&self, person: &PersonId, opening: &OpenVisit) -> Result<VisitId> {
        let holder = self.holder(person)?;
        self.signer(holder.dev)?;
        let wall_ms = self.clock().wall_ms;
        let visit = opening
            .visit
            .unwrap_or_else(|| VisitId::new(u64::try_from(wall_ms).unwrap_or(0), self.random()));
        let mut desk = match self.about(visit)? {
            Some(about) => {
                let same = about.household == opening.household
                    && about.contract == opening.contract
                    && [about.form, about.began].contains(&opening.form);
                if !same {
                    return Err(DeviceError::VisitOther);
                }
                if self.has_opened(visit, holder.dev)? {
                    return Ok(visit);
                }
                let document = self.document_to_write(visit, holder.dev)?;
                Desk::with(self, visit, holder.dev, about, document)
            }
            None => self.new_visit(visit, holder.dev, opening, wall_ms)?,
        };
        desk.check_open()?;
        let open = Open {
            household: desk.about.household,
            // All who open a visit name the form that it began with, whatever it was taken over to.
            form: desk.about.began,
            standard: desk.about.standard,
            person: person.clone(),
        };
        desk.state_by(holder.dev, Body::Open(open))?;
        desk.anchor(holder.dev)?;
        desk.acknowledge(holder.dev)?;
        desk.put_away()?;
        self.retry_parked()?;
        Ok(visit)
    }

    /// Makes the document of a visit. Where a partner has opened it, what the partner stated goes before what the
    /// office's contract says by now: both chains must say the same.
    fn new_visit<'s>(
        &'s self,
        visit: VisitId,
        dev: hudang_evidence::id::DeviceId,
        opening: &OpenVisit,
        wall_ms: i64,
    ) -> Result<Desk<'s>> {
        let form = self
            .questionnaire(&opening.form)?
            .ok_or(DeviceError::FormUnknown)?;
        let entries = self.entries(visit)?;
        let partner = entries.iter().find_map(|entry| match entry.body() {
            Body::Open(open) => Some((open, &entry.header().contract)),
            _ => None,
        });
        let about = match partner {
            Some((open, contract)) => {
                let same = open.household == opening.household
                    && *contract == opening.contract
                    && open.form == opening.form;
                if !same {
                    return Err(DeviceError::VisitOther);
                }
                About {
                    household: open.household,
                    contract: contract.clone(),
                    form: open.form,
                    began: open.form,
                    standard: open.standard,
                }
            }
            None => About {
                household: opening.household,
                contract: opening.contract.clone(),
                form: opening.form,
                began: opening.form,
                standard: self.standard_of(&opening.contract)?,
            },
        };
        let mut document = VisitDocument::genesis(visit, about.form, form.skeleton(), self.actor(dev))?;
        self.db.execute(
            "INSERT INTO visit (id, household, contract, form, began, standard, document, opened_ms)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)",
            params![
                visit.to_bytes(),
                about.household.to_bytes(),
                about.contract.as_str(),
                about.form.as_bytes(),
                about.standard.as_bytes(),
                document.save(),
                wall_ms
            ],
        )?;
        document.set_header(&Header {
            household: about.household,
            contract: about.contract.clone(),
            standard: about.standard,
            assigned: opening.assigned.clone(),
        })?;
        self.replace_document(visit, &document.save())?;
        self.put_document(DocumentId::Visit(visit))?;
        Ok(Desk::with(self, visit, dev, about, document))
    }
}
