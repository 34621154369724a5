//! What the office's routes take and give, as JSON; also for programs that ask them.

mod file;
mod terms;

pub use file::{
    DeviceKey, FileError, HouseholdFile, Note, Original, ReturnShown, SnapshotFile, VisitFile, VisitShown,
};

pub use terms::{
    ContractVersion, ContractWriting, NewConfirmation, NewLift, NewPublication, NewTeamLift, NewWhy,
    PublishedForm,
};

use hudang_archive::{CheckFinding, CheckProgress, Comment, Household};
use hudang_evidence::id::{ContractId, DeviceId, FormHash, HouseholdId, InstallationId, OrgId, PersonId};
use hudang_evidence::time::WallTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// What to give as `after` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The name of what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// How many rows were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Written {
    /// How many.
    pub rows: usize,
}

/// A household to write; one whose code is known keeps its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHousehold {
    /// The id of one that was found in the field, as its visits name it; absent for any other.
    #[serde(default)]
    pub id: Option<HouseholdId>,
    /// Its number in the office's list.
    pub code: String,
    /// The contract's area that it lies in.
    pub area: String,
    /// Where it lives.
    #[serde(default)]
    pub address: String,
    /// Who heads it.
    #[serde(default)]
    pub head: String,
    /// How to reach it.
    #[serde(default)]
    pub phone: String,
    /// The name of its 苏木, township or street.
    #[serde(default)]
    pub township: String,
    /// The name of its 嘎查, village or community.
    #[serde(default)]
    pub village: String,
}

impl NewHousehold {
    /// As the archive keeps it; `fresh` is its id unless it was found in the field.
    pub fn with_id(self, fresh: HouseholdId) -> Household {
        let Self {
            id,
            code,
            area,
            address,
            head,
            phone,
            township,
            village,
        } = self;
        Household {
            id: id.unwrap_or(fresh),
            code,
            area,
            address,
            head,
            phone,
            township,
            village,
        }
    }
}

/// Households to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHouseholds {
    /// All of them.
    pub households: Vec<NewHousehold>,
}

/// Who visits a household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssignment {
    /// The household's code.
    pub household: String,
    /// Who goes.
    pub people: Vec<PersonId>,
}

/// Who visits whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssignments {
    /// Under which contract.
    pub contract: ContractId,
    /// With which form.
    pub form: FormHash,
    /// All of them.
    pub assignments: Vec<NewAssignment>,
}

/// For whom a code is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCode {
    /// Under which contract.
    pub contract: ContractId,
    /// For whom.
    pub person: PersonId,
    /// For how many hours it is valid.
    pub hours: u32,
}

/// A one-time code, shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Code {
    /// The code.
    pub code: String,
    /// Until when it is valid.
    pub expires: WallTime,
    /// The text of the QR code that a phone reads.
    pub invitation: String,
}

/// A person's key on a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phone {
    /// The key's id.
    pub device: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// For which contractor the person works.
    pub org: OrgId,
    /// Under which contract.
    pub contract: ContractId,
    /// On which phone.
    pub installation: InstallationId,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// What is to be mended of a visit that is sent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReturn {
    /// At least one.
    pub comments: Vec<Comment>,
}

/// Why something is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why.
    pub reason: String,
}

/// A program's account to make, with its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// The account's name.
    pub label: String,
    /// Its role's word.
    pub role: String,
    /// Its organisation; absent for that of who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrgId>,
    /// Under which contracts; absent for all of its organisation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contracts: Option<Vec<ContractId>>,
}

/// An account to make a one-time slip for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlip {
    /// The account's name.
    pub account: String,
}

/// A one-time slip, shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MadeSlip {
    /// The slip.
    pub slip: String,
    /// From when on it may be used.
    pub effective: WallTime,
    /// Until when.
    pub expires: WallTime,
}

/// A one-time slip that is to become a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlipToUse {
    /// The slip.
    pub slip: String,
}

/// How far long work is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "job", rename_all = "kebab-case")]
pub enum Job {
    /// A check goes on or has ended.
    Check {
        /// Its number.
        id: u64,
        /// Whether it has ended.
        done: bool,
        /// How far it is.
        progress: CheckProgress,
        /// What it found, at most a thousand.
        found: Vec<CheckFinding>,
        /// Why it could not go on; empty where it could.
        failed: String,
    },
    /// A backup goes on or has ended.
    Backup {
        /// Its number.
        id: u64,
        /// Whether it has ended.
        done: bool,
        /// Originals copied.
        blobs: u64,
        /// Originals in all.
        blobs_total: u64,
        /// Bytes copied.
        bytes: u64,
        /// Why it could not go on; empty where it could.
        failed: String,
    },
}
