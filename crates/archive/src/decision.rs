//! What the office or the machine's administrator decided: each decision is one row of the journal.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use hudang_contract::contract::Contract;
use hudang_contract::state::Reason;
use hudang_evidence::id::{
    ContractId, DeviceId, FormHash, HouseholdId, InstallationId, OrgId, PersonId, SealId, Sha256, VisitId,
};
use hudang_evidence::time::WallTime;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::package::PackageError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::accounts::{NewAccount, Organisation};
use crate::derive;
use crate::error::{ArchiveError, Result};
use crate::journal::{Kind, Record};
use crate::judge;
use crate::lifts::LiftedVisits;
use crate::viewer::Viewer;
use crate::writer::Scope;

/// A household as the office knows it before anyone visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Household {
    /// Its name in the archive, for good.
    pub id: HouseholdId,
    /// Its number in the office's list, e.g. `户-001`; unique.
    pub code: String,
    /// The contract's area that it lies in.
    pub area: String,
    /// Where it lives; a personal value.
    #[serde(default)]
    pub address: String,
    /// Who heads it; a personal value.
    #[serde(default)]
    pub head: String,
    /// How to reach it; a personal value.
    #[serde(default)]
    pub phone: String,
    /// The name of its 苏木, township or street.
    #[serde(default)]
    pub township: String,
    /// The name of its 嘎查, village or community.
    #[serde(default)]
    pub village: String,
}

/// Two or more people are to visit a household.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The visit that they will make; both phones open this one.
    pub visit: VisitId,
    /// Whom they visit.
    pub household: HouseholdId,
    /// Under which contract.
    pub contract: ContractId,
    /// With which form.
    pub form: FormHash,
    /// Who goes.
    pub people: Vec<PersonId>,
}

/// What the office wants mended of a visit that it sends back 退回.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// The requirement of the standard that it is about, e.g. `photo:门牌`; empty where it is about the whole visit.
    #[serde(default)]
    pub at: String,
    /// What is to be mended; may hold personal values.
    pub text: String,
}

/// A visit that the office sent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Return {
    /// The seal that did not suffice.
    pub seal: SealId,
    /// When, by the server's clock.
    pub at: WallTime,
    /// The account's label of who sent it back.
    pub by: String,
    /// What is to be mended.
    pub comments: Vec<Comment>,
}

/// A form as it is sent to phones: a package ([`hudang_visit::questionnaire::package`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormFile {
    /// The package's own text: its hash is the form's name.
    pub text: String,
}

impl FormFile {
    /// Names the form.
    pub fn hash(&self) -> FormHash {
        FormHash::of(self.text.as_bytes())
    }

    /// Reads the package and checks all of it.
    pub fn read(&self) -> core::result::Result<Questionnaire, PackageError> {
        Questionnaire::read(self.text.as_bytes())
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub(crate) enum Decision {
    /// Receipts are signed with this key from now on.
    ServerKey {
        /// The server's name.
        origin: String,
        /// The public key.
        public: Sha256,
    },
    /// A contract's first version, in force ever since.
    Contract {
        /// All of it.
        contract: Box<Contract>,
    },
    /// A contract's next version; in force once a second person has confirmed it.
    ContractProposal {
        /// All of it.
        contract: Box<Contract>,
        /// The first day on which it is to be in force.
        from: NaiveDate,
    },
    /// A proposed version comes into force.
    ContractConfirmation {
        /// The proposal's place in the journal.
        proposal: u64,
        /// What the one who confirmed was shown of the recount; see [`crate::contracts::Recount`].
        seen: String,
    },
    /// A form holds for a contract from a day on.
    FormPublication {
        /// Which contract.
        contract: ContractId,
        /// Which form.
        form: FormHash,
        /// The first day; absent for ever since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<NaiveDate>,
        /// Where its answers hold the identity number of the household's head; empty where nowhere.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        identity: String,
    },
    /// A form.
    Form {
        /// All of it.
        form: FormFile,
        /// The organisation that brought it; absent where the machine's administrator did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        org: Option<OrgId>,
    },
    /// Households, new or changed.
    Households {
        /// The purchaser whose register they stand in.
        owner: OrgId,
        /// All of each.
        households: Vec<Household>,
    },
    /// Who visits whom.
    Assignments {
        /// All of each; a visit that was assigned before is assigned anew.
        assignments: Vec<Assignment>,
    },
    /// A sealed visit does not suffice; its people are to mend it and to seal it again.
    Return {
        /// Which visit.
        visit: VisitId,
        /// The seal that governed it then.
        seal: SealId,
        /// What is to be mended.
        comments: Vec<Comment>,
    },
    /// What the purchaser decides shall not keep visits from counting.
    Lift {
        /// Under which contract they are.
        contract: ContractId,
        /// Which visits.
        of: LiftedVisits,
        /// What does not keep them from counting.
        reasons: BTreeSet<Reason>,
        /// Why, in words.
        why: String,
    },
    /// A lift holds no longer.
    RevokeLift {
        /// The lift's place in the journal.
        lift: u64,
        /// Why, in words.
        why: String,
    },
    /// A one-time code that enrols one person on one phone.
    EnrolCode {
        /// SHA-256 of the code; the code itself is shown once and kept nowhere.
        hash: Sha256,
        /// For which contract.
        contract: ContractId,
        /// For whom.
        person: PersonId,
        /// For which contractor the person works.
        org: OrgId,
        /// Until when.
        expires: WallTime,
    },
    /// A person was enrolled on a phone with a code.
    Enrolment {
        /// SHA-256 of the code.
        code: Sha256,
        /// The key that signs the phone's requests.
        installation: Sha256,
        /// The key that signs the person's evidence on that phone.
        device: Sha256,
        /// The key of the same person that it takes the place of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        succeeds: Option<DeviceId>,
    },
    /// A key adds no evidence after this; what stands in the journal before stays.
    RevokeDevice {
        /// The evidence key.
        device: DeviceId,
        /// Why, as the office wrote it.
        reason: String,
    },
    /// A phone's requests are refused after this.
    RevokeInstallation {
        /// The phone.
        installation: InstallationId,
        /// Why, as the office wrote it.
        reason: String,
    },
    /// An organisation, or its new name.
    Organisation {
        /// All of it.
        organisation: Organisation,
    },
    /// An account; nothing opens it yet.
    Account {
        /// All of it.
        account: NewAccount,
    },
    /// A token opens an account.
    Token {
        /// SHA-256 of the token; the token itself is shown once and kept nowhere.
        hash: Sha256,
        /// The account's label.
        account: String,
        /// From when on.
        effective: WallTime,
    },
    /// A one-time slip that becomes a token.
    Slip {
        /// SHA-256 of the slip; the slip itself is shown once and kept nowhere.
        hash: Sha256,
        /// The account's label.
        account: String,
        /// From when on it may be used.
        effective: WallTime,
        /// Until when.
        expires: WallTime,
    },
    /// A slip became a token; the account's earlier tokens open nothing after this.
    SlipUsed {
        /// SHA-256 of the slip.
        slip: Sha256,
        /// SHA-256 of the token.
        token: Sha256,
    },
    /// An account opens nothing after this.
    RevokeAccount {
        /// The account's label.
        label: String,
    },
}

impl Decision {
    /// The decision's word, as it stands in its JSON and in the journal's chain: it names nobody.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::ServerKey { .. } => "server-key",
            Self::Contract { .. } => "contract",
            Self::ContractProposal { .. } => "contract-proposal",
            Self::ContractConfirmation { .. } => "contract-confirmation",
            Self::FormPublication { .. } => "form-publication",
            Self::Lift { .. } => "lift",
            Self::RevokeLift { .. } => "revoke-lift",
            Self::Form { .. } => "form",
            Self::Households { .. } => "households",
            Self::Assignments { .. } => "assignments",
            Self::Return { .. } => "return",
            Self::EnrolCode { .. } => "enrol-code",
            Self::Enrolment { .. } => "enrolment",
            Self::RevokeDevice { .. } => "revoke-device",
            Self::RevokeInstallation { .. } => "revoke-installation",
            Self::Organisation { .. } => "organisation",
            Self::Account { .. } => "account",
            Self::Token { .. } => "token",
            Self::Slip { .. } => "slip",
            Self::SlipUsed { .. } => "slip-used",
            Self::RevokeAccount { .. } => "revoke-account",
        }
    }
}

/// A decision with who made it, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// The account's label; `local` for who sits at the machine.
    pub(crate) by: String,
    /// What was decided.
    #[serde(flatten)]
    pub(crate) decision: Decision,
}

impl Recorded {
    /// Reads a row of kind [`Kind::Decision`].
    pub(crate) fn parse(payload: &[u8]) -> Result<Self> {
        serde_json::from_slice(payload).map_err(|error| ArchiveError::Damaged(format!("a decision: {error}")))
    }
}

/// Appends a decision, derives from it, and judges the visits that it touches; returns its place.
pub(crate) fn record(scope: &Scope<'_>, now: WallTime, by: &Viewer, decision: Decision) -> Result<u64> {
    let recorded = Recorded {
        by: by.name().to_owned(),
        decision,
    };
    let payload = serde_json::to_vec(&recorded)
        .map_err(|error| ArchiveError::Damaged(format!("a decision: {error}")))?;
    let word = recorded.decision.word();
    let record = Record {
        kind: Kind::Decision,
        device: b"",
        subject: word.as_bytes(),
        payload: &payload,
    };
    let row = scope.append(now.ms(), &record)?;
    let mut touched = derive::Touched::default();
    derive::apply(scope.db, scope.known, &row, &mut touched)?;
    judge::judge_touched(scope, &touched)?;
    Ok(row.seq)
}
