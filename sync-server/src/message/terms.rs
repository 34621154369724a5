//! Contracts, the forms that are published to them, and what the purchaser lifts, as JSON.

use chrono::NaiveDate;
use hudang_archive::ContractWritten;
use hudang_contract::calendar::Span;
use hudang_contract::history::{History, Publication};
use hudang_evidence::id::{FormHash, PersonId, StandardHash};
use hudang_evidence::time::WallTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of a contract that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContractWriting {
    /// The contract.
    pub name: String,
    /// Whether it is in force, or waits for a second person.
    #[serde(flatten)]
    pub written: ContractWritten,
}

/// A version of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContractVersion {
    /// Its number, from 1 on.
    pub no: u32,
    /// The first day on which it is in force; absent for ever since.
    pub from: Option<NaiveDate>,
    /// When it was decided.
    pub decided: WallTime,
    /// Its evidence standard.
    pub standard: StandardHash,
}

/// That a proposed version shall be in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConfirmation {
    /// What the recount said that was shown.
    pub seen: String,
}

/// A form to be published to a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublication {
    /// Which form.
    pub form: FormHash,
    /// The first day; absent for today, or for ever since where it is the contract's first form.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The question that holds the identity number of the household's head; absent for none.
    #[serde(default)]
    pub identity: String,
}

/// A form that was published to a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedForm {
    /// Which form.
    pub form: FormHash,
    /// The first day; absent for ever since.
    pub from: Option<NaiveDate>,
    /// When that was decided.
    pub decided: WallTime,
    /// The question that holds the identity number of the household's head; empty for none.
    pub identity: String,
}

impl PublishedForm {
    /// All of a contract's, in the order in which that was decided.
    pub(crate) fn all(published: &History<Publication>) -> Vec<Self> {
        let shown = published.items().iter().map(|item| Self {
            form: item.what.form,
            from: item.from,
            decided: item.decided,
            identity: item.what.identity.clone(),
        });
        shown.collect()
    }
}

/// What shall not keep a visit from counting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLift {
    /// Words of reasons: `time-uncertain`, `late`, `shared-phone`.
    pub reasons: Vec<String>,
    /// Why, in words.
    pub why: String,
}

/// What shall not keep the visits of a team from counting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeamLift {
    /// The two people who signed.
    pub people: Vec<PersonId>,
    /// When the visits were opened.
    pub days: Span,
    /// Words of reasons: `time-uncertain`, `late`, `shared-phone`.
    pub reasons: Vec<String>,
    /// Why, in words.
    pub why: String,
}

/// Why something is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWhy {
    /// Why, in words.
    pub why: String,
}
