//! Who may do what: one table, and what it does not name is denied (DESIGN §8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a person is to the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the contractor's office: roster, phones, dispatch.
    ContractorAdmin,
    /// Dispatches and reviews in the contractor's office.
    Supervisor,
    /// Visits; works through a phone's signed requests, never with a token.
    Investigator,
    /// The purchaser's clerk 经办: writes contracts, follows counts, opens files.
    PurchaserHandler,
    /// The purchaser's leader 负责人: reads and decides.
    PurchaserLeader,
    /// The third party that evaluates; reads.
    Evaluator,
    /// Audit; reads.
    Auditor,
    /// Runs the machine; reads no personal values and decides nothing about visits.
    SystemAdmin,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 8] = [
        Self::ContractorAdmin,
        Self::Supervisor,
        Self::Investigator,
        Self::PurchaserHandler,
        Self::PurchaserLeader,
        Self::Evaluator,
        Self::Auditor,
        Self::SystemAdmin,
    ];

    /// The word in tokens and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ContractorAdmin => "contractor-admin",
            Self::Supervisor => "supervisor",
            Self::Investigator => "investigator",
            Self::PurchaserHandler => "purchaser-handler",
            Self::PurchaserLeader => "purchaser-leader",
            Self::Evaluator => "evaluator",
            Self::Auditor => "auditor",
            Self::SystemAdmin => "system-admin",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// What can be asked of the archive, apart from what a phone does with its own signed requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Write a contract with its evidence standard, or propose its next version.
    PutContract,
    /// Look at a proposed version of a contract and put it into force.
    ConfirmContract,
    /// Say which form holds for a contract from which day.
    PublishForm,
    /// Let visits count against which an uncertain time, a late seal or a shared phone stands.
    Lift,
    /// See which other households a visit's household may be.
    SeeTwins,
    /// Add a form.
    PutForm,
    /// Write the roster of a contract.
    PutRoster,
    /// Add or change households.
    PutHouseholds,
    /// Say who visits which household.
    Assign,
    /// Send a sealed visit back to be mended.
    ReturnVisit,
    /// Make a one-time code that enrols a phone.
    CreateEnrolCode,
    /// Take a phone's right to add evidence.
    RevokeDevice,
    /// List phones and who holds them.
    ListDevices,
    /// Read counts.
    SeeCounts,
    /// List visits with their standing and findings; no personal values.
    SeeVisits,
    /// Open a household's file: answers, photos, recordings.
    OpenHousehold,
    /// Take out the month's report.
    TakeReport,
    /// Read who opened what.
    SeeAccess,
    /// Make organisations.
    PutOrganisation,
    /// Make an account, its token or a one-time slip for it.
    CreateToken,
    /// Take an account back.
    RevokeToken,
    /// List accounts; never their secrets.
    ListTokens,
    /// Check the whole archive.
    CheckArchive,
    /// Copy the archive.
    BackUp,
    /// Read the machine's figures.
    SeeMetrics,
}

impl Act {
    /// All acts.
    pub const ALL: [Self; 25] = [
        Self::PutContract,
        Self::ConfirmContract,
        Self::PublishForm,
        Self::Lift,
        Self::SeeTwins,
        Self::PutForm,
        Self::PutRoster,
        Self::PutHouseholds,
        Self::Assign,
        Self::ReturnVisit,
        Self::CreateEnrolCode,
        Self::RevokeDevice,
        Self::ListDevices,
        Self::SeeCounts,
        Self::SeeVisits,
        Self::OpenHousehold,
        Self::TakeReport,
        Self::SeeAccess,
        Self::PutOrganisation,
        Self::CreateToken,
        Self::RevokeToken,
        Self::ListTokens,
        Self::CheckArchive,
        Self::BackUp,
        Self::SeeMetrics,
    ];
}

/// Whether someone in `role` may do `act`.
pub const fn may(role: Role, act: Act) -> bool {
    match role {
        Role::ContractorAdmin => matches!(
            act,
            Act::PutRoster
                | Act::Assign
                | Act::CreateEnrolCode
                | Act::RevokeDevice
                | Act::ListDevices
                | Act::SeeCounts
                | Act::SeeVisits
                | Act::OpenHousehold
                | Act::TakeReport
                | Act::CreateToken
                | Act::RevokeToken
                | Act::ListTokens
        ),
        Role::Supervisor => matches!(
            act,
            Act::Assign
                | Act::ReturnVisit
                | Act::CreateEnrolCode
                | Act::RevokeDevice
                | Act::ListDevices
                | Act::SeeCounts
                | Act::SeeVisits
                | Act::OpenHousehold
        ),
        Role::Investigator => false,
        Role::PurchaserHandler => matches!(
            act,
            Act::PutContract
                | Act::ConfirmContract
                | Act::PutForm
                | Act::PublishForm
                | Act::SeeTwins
                | Act::PutHouseholds
                | Act::ReturnVisit
                | Act::RevokeDevice
                | Act::ListDevices
                | Act::SeeCounts
                | Act::SeeVisits
                | Act::OpenHousehold
                | Act::TakeReport
                | Act::SeeAccess
                | Act::CreateToken
                | Act::RevokeToken
                | Act::ListTokens
        ),
        Role::PurchaserLeader => matches!(
            act,
            Act::ConfirmContract
                | Act::Lift
                | Act::SeeTwins
                | Act::SeeCounts
                | Act::SeeVisits
                | Act::OpenHousehold
                | Act::TakeReport
                | Act::SeeAccess
                | Act::CreateToken
                | Act::RevokeToken
                | Act::ListTokens
        ),
        Role::Evaluator => matches!(
            act,
            Act::SeeCounts | Act::SeeVisits | Act::SeeTwins | Act::OpenHousehold | Act::TakeReport
        ),
        Role::Auditor => matches!(
            act,
            Act::ListDevices
                | Act::ListTokens
                | Act::SeeCounts
                | Act::SeeVisits
                | Act::SeeTwins
                | Act::OpenHousehold
                | Act::TakeReport
                | Act::SeeAccess
        ),
        // REQ: runs the machine, can neither read personal values nor forge. What it makes for an organisation that has
        // somebody opens nothing for a day, and stands in the journal with its name.
        Role::SystemAdmin => matches!(
            act,
            Act::ListDevices
                | Act::PutOrganisation
                | Act::CreateToken
                | Act::RevokeToken
                | Act::ListTokens
                | Act::CheckArchive
                | Act::BackUp
                | Act::SeeMetrics
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_administrator_reads_no_household() {
        for act in [
            Act::OpenHousehold,
            Act::PutContract,
            Act::Assign,
            Act::CreateEnrolCode,
            Act::TakeReport,
        ] {
            assert!(!may(Role::SystemAdmin, act), "{act:?}");
        }
    }

    #[test]
    fn readers_change_nothing() {
        let reading = [
            Act::ListDevices,
            Act::ListTokens,
            Act::SeeCounts,
            Act::SeeVisits,
            Act::SeeTwins,
            Act::OpenHousehold,
            Act::TakeReport,
            Act::SeeAccess,
        ];
        for role in [Role::Evaluator, Role::Auditor] {
            for act in Act::ALL.into_iter().filter(|act| !reading.contains(act)) {
                assert!(!may(role, act), "{role:?} {act:?}");
            }
        }
        assert!(Act::ALL.into_iter().all(|act| !may(Role::Investigator, act)));
    }

    #[test]
    fn what_lets_visits_count_is_the_purchasers_alone() {
        for act in [
            Act::PutContract,
            Act::ConfirmContract,
            Act::PublishForm,
            Act::Lift,
        ] {
            let mut others = Role::ALL
                .into_iter()
                .filter(|role| !matches!(role, Role::PurchaserHandler | Role::PurchaserLeader));
            assert!(others.all(|role| !may(role, act)), "{act:?}");
        }
        assert!(
            !may(Role::PurchaserHandler, Act::Lift),
            "who prepares does not decide"
        );
    }

    #[test]
    fn every_act_is_someones() {
        for act in Act::ALL {
            assert!(Role::ALL.into_iter().any(|role| may(role, act)), "{act:?}");
        }
        assert!(
            Role::ALL
                .into_iter()
                .all(|role| Role::parse(role.as_str()) == Some(role))
        );
    }
}
