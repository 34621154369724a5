//! Practising 练习: a store beside the real one in which nothing is real.
//!
//! It has the contract and a form of the real work, a household that does not exist and a partner who is nobody. Its key
//! is drawn anew and kept nowhere, so that nobody reads what was practised once the app has ended; its server does not
//! exist, so that nothing of it can be sent.

use std::path::Path;
use std::sync::Arc;

use hudang_contract::contract::Contract;
use hudang_evidence::id::{ContractId, HouseholdId, PersonId};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::time::WallTime;
use hudang_sync::enrol::{Confirmation, Invitation, SignedInvitation};
use hudang_sync::phone::Applied;
use hudang_sync::wire::{Assignment, Bytes, Change, Register};
use serde_json::{Value, json};

use crate::cipher::StoreKey;
use crate::device::{Device, Opening};
use crate::error::{DeviceError, Result, damaged};

/// The directory of the store, within that of the real one.
const PLACE: &str = "practice";
const ORIGIN: &str = "hudang/practice";
/// Names under `.invalid` lead nowhere (RFC 2606).
const NOWHERE: &str = "https://practice.invalid";
/// Who goes along; the PIN is that of the person who practises.
const PARTNER: &str = "lianxi";

impl Device {
    /// Makes a store for a person to practise in, with everybody unlocked; one from before is removed. The PIN is one's own.
    ///
    /// [`DeviceError::PersonUnknown`] where the person is not on this phone, [`DeviceError::ContractUnknown`] and
    /// [`DeviceError::FormUnknown`] before the first work of the office has come.
    pub fn practice(&self, person: &PersonId, pin: &str) -> Result<Self> {
        let people = self.people()?;
        let known = people.into_iter().find(|one| one.person == *person);
        let id = known.ok_or(DeviceError::PersonUnknown)?.contract;
        let contract = self.contract(&id)?.ok_or(DeviceError::ContractUnknown)?;
        let form = self
            .form(&self.form_in_use(&id)?)?
            .ok_or(DeviceError::FormUnknown)?;
        let mut practice = self.empty_practice()?;
        let partner: PersonId = PARTNER.parse().map_err(|error| damaged("a person", error))?;
        let scope = self.scope();
        let server = NoteSigner::new(ORIGIN, &scope.random())?;
        for somebody in [person, &partner] {
            practice.enrol_to_practise(&server, &id, somebody, pin)?;
        }
        let now_ms = scope.clock().wall_ms;
        let household = HouseholdId::new(u64::try_from(now_ms).unwrap_or(0), scope.random());
        let area = contract.areas().first().map(|area| area.code.clone());
        let assignment = Assignment {
            household,
            contract: id.to_string(),
            visit: None,
            persons: vec![person.to_string(), partner.to_string()],
            code: "练习户".to_owned(),
            withdrawn: false,
            register: Some(Register {
                area: area.unwrap_or_default(),
                head: "练习户主".to_owned(),
                address: "练习嘎查 1 号".to_owned(),
                phone: String::new(),
                township: "练习苏木".to_owned(),
                village: "练习嘎查".to_owned(),
            }),
        };
        let sent = Applied {
            changes: vec![
                Change::Contract(Bytes::from(with_partner(&contract, person)?)),
                Change::Form(Bytes::from(form)),
                Change::Assignment(assignment),
            ],
            cursor: Some(1),
            ..Applied::default()
        };
        practice.apply(&sent)?;
        Ok(practice)
    }

    /// Removes the store that was made to practise in, where there is one. It must be closed.
    pub fn remove_practice(&self) -> Result<()> {
        remove(&self.house.files.beside(PLACE))
    }

    fn empty_practice(&self) -> Result<Self> {
        let directory = self.house.files.beside(PLACE);
        remove(&directory)?;
        hudang_private::create_dir_all(&directory)?;
        Self::create(Opening {
            directory,
            key: StoreKey::new(self.scope().random()),
            app: self.house.app.clone(),
            reserve_bytes: self.house.reserve_bytes,
            pin_cost: self.house.pin_cost,
            platform: Arc::clone(&self.house.platform),
            faults: Arc::clone(&self.house.faults),
        })
    }

    fn enrol_to_practise(
        &mut self,
        server: &NoteSigner,
        contract: &ContractId,
        person: &PersonId,
        pin: &str,
    ) -> Result<()> {
        let invitation = SignedInvitation::sign(
            Invitation {
                code: "PRACTICE".to_owned(),
                contract: contract.clone(),
                expires: WallTime::from_ms_clamped(self.scope().clock().wall_ms),
                origin: ORIGIN.to_owned(),
                person: person.clone(),
                server_key: server.verifier().to_string(),
                tls: None,
                url: NOWHERE.to_owned(),
            },
            server,
        )
        .map_err(|error| damaged("an invitation", error))?;
        let message = self.enrol(&invitation, pin)?;
        let confirmation = Confirmation {
            at: WallTime::from_ms_clamped(self.scope().clock().wall_ms),
            contract: contract.clone(),
            dev: message.dev,
            installation: self.installation(),
            origin: ORIGIN.to_owned(),
            person: person.clone(),
        };
        let note = confirmation
            .sign(server)
            .map_err(|error| damaged("a confirmation", error))?;
        self.confirm_enrolment(&note).map(|_| ())
    }
}

/// The contract with the partner on its roster, beside the person.
fn with_partner(contract: &Contract, person: &PersonId) -> Result<Vec<u8>> {
    let broken = |error| damaged("a contract", error);
    let org = contract
        .roster()
        .iter()
        .find(|member| member.person == *person)
        .map(|member| member.org.clone());
    let mut terms = serde_json::to_value(contract).map_err(broken)?;
    if let (Some(org), Some(Value::Array(roster))) = (org, terms.get_mut("roster")) {
        roster.push(json!({"person": PARTNER, "org": org, "name": "练习搭档"}));
    }
    serde_json::to_vec(&json!({ "no": 1, "contract": terms })).map_err(broken)
}

fn remove(directory: &Path) -> Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
