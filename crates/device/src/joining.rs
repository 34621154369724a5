//! A partner on an own phone joins a visit by its code 入户码, which one screen shows and the other scans: no network is
//! needed, and what both write merges when they sync.

use hudang_evidence::id::{ContractId, FormHash, HouseholdId, PersonId, VisitId};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::device::Device;
use crate::error::{DeviceError, Result};
use crate::visits::OpenVisit;

/// What the partner's phone needs to open the same visit; nothing in it tells whose household it is but its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitCode {
    /// The visit.
    pub visit: VisitId,
    /// Whom.
    pub household: HouseholdId,
    /// Under which contract.
    pub contract: ContractId,
    /// With which form.
    pub form: FormHash,
    /// Who was assigned.
    pub assigned: Vec<PersonId>,
    /// The household's code; empty where it has none yet.
    pub code: String,
}

/// Longest code of a household that is taken from a partner's screen, in bytes.
const CODE_BYTES_MAX: usize = 128;
/// Most people who are assigned to one visit.
const ASSIGNED_MAX: usize = 16;

impl Device {
    /// The code of a visit that is open here.
    pub fn visit_code(&self, visit: VisitId) -> Result<VisitCode> {
        let about = self.scope().about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let header = self.document(visit)?.header()?;
        let assignments = self.assignments()?;
        let assignment = assignments
            .into_iter()
            .find(|one| one.household == about.household);
        Ok(VisitCode {
            visit,
            household: about.household,
            contract: about.contract,
            form: about.began,
            assigned: header.map(|header| header.assigned).unwrap_or_default(),
            code: assignment.map(|one| one.code).unwrap_or_default(),
        })
    }

    /// Opens the visit of a partner's code for a person of this phone.
    ///
    /// [`DeviceError::ContractUnknown`] and [`DeviceError::FormUnknown`] where this phone has not taken them yet,
    /// [`DeviceError::VisitOther`] where the code contradicts what is known of the visit here.
    pub fn join_by_code(&mut self, person: &PersonId, code: &VisitCode) -> Result<VisitId> {
        if code.code.len() > CODE_BYTES_MAX || code.assigned.len() > ASSIGNED_MAX {
            return Err(DeviceError::VisitOther);
        }
        let opening = OpenVisit {
            visit: Some(code.visit),
            household: code.household,
            contract: code.contract.clone(),
            form: code.form,
            assigned: code.assigned.clone(),
        };
        self.commit(|scope| {
            scope.db.execute(
                "INSERT INTO assignment (household, contract, visit, form, persons, code, withdrawn)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT (household, contract, visit) DO NOTHING",
                params![
                    code.household.to_bytes(),
                    code.contract.as_str(),
                    code.visit.to_bytes(),
                    code.form.as_bytes(),
                    person.as_str(),
                    code.code
                ],
            )?;
            scope.open_visit(person, &opening)
        })
    }
}
