//! A household on nobody's list, met in the field 新发现的住户. It is visited like any other; the office gives its id a
//! code of the register later, and until then its visits are received and not counted.

use hudang_evidence::id::{ContractId, FormHash, HouseholdId, PersonId};
use hudang_sync::wire::DocumentId;
use hudang_visit::document::household::{HouseholdDocument, HouseholdField};
use rusqlite::params;

use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result};

/// What is known of it; a text is empty where nothing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundHousehold {
    /// Under which contract it is to be visited.
    pub contract: ContractId,
    /// Administrative division code (GB/T 2260); one of the contract's areas or within one.
    pub area: String,
    /// Who heads it.
    pub head: String,
    /// Where it lives.
    pub address: String,
    /// How to reach it.
    pub phone: String,
}

impl Device {
    /// Adds a household for a person, who may open a visit of it then.
    ///
    /// [`DeviceError::ContractUnknown`] and [`DeviceError::FormUnknown`] before the first work under that contract has come,
    /// [`DeviceError::Document`] where the area is no code.
    pub fn add_household(&mut self, person: &PersonId, found: &FoundHousehold) -> Result<HouseholdId> {
        self.contract(&found.contract)?
            .ok_or(DeviceError::ContractUnknown)?;
        let form = self.form_in_use(&found.contract)?;
        self.commit(|scope| scope.add_household(person, found, form))
    }

    /// The form of the newest assignment under a contract.
    pub(crate) fn form_in_use(&self, contract: &ContractId) -> Result<FormHash> {
        let assignments = self.assignments()?;
        let of_contract = assignments.into_iter().filter(|one| one.contract == *contract);
        of_contract
            .filter_map(|one| one.form)
            .next_back()
            .ok_or(DeviceError::FormUnknown)
    }
}

impl Scope<'_> {
    fn add_household(
        &self,
        person: &PersonId,
        found: &FoundHousehold,
        form: FormHash,
    ) -> Result<HouseholdId> {
        let holder = self.holder(person)?;
        self.signer(holder.dev)?;
        let wall_ms = self.clock().wall_ms;
        let household = HouseholdId::new(u64::try_from(wall_ms).unwrap_or(0), self.random());
        let mut document = HouseholdDocument::genesis(household, self.actor(holder.dev))?;
        for (field, text) in [
            (HouseholdField::Adcode, &found.area),
            (HouseholdField::Head, &found.head),
            (HouseholdField::Address, &found.address),
            (HouseholdField::Phone, &found.phone),
        ] {
            if !text.is_empty() {
                document.set_field(field, text)?;
            }
        }
        self.db.execute(
            "INSERT INTO household (id, document) VALUES (?1, ?2)",
            params![household.to_bytes(), document.save()],
        )?;
        self.db.execute(
            "INSERT INTO assignment (household, contract, visit, form, persons, code, withdrawn)
             VALUES (?1, ?2, x'', ?3, ?4, '', 0)",
            params![
                household.to_bytes(),
                found.contract.as_str(),
                form.as_bytes(),
                person.as_str()
            ],
        )?;
        self.put_document(DocumentId::Household(household))?;
        Ok(household)
    }
}
