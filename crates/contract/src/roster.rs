//! Who works for the contractor, and from when to when.

use chrono::NaiveDate;
use hudang_evidence::id::{OrgId, PersonId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::Span;

/// A person who may visit under the contract. The same person may be listed for several stretches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The person.
    pub person: PersonId,
    /// The contractor whom the person works for.
    pub org: OrgId,
    /// The name, for screens and reports of the office.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// From when to when; absent for the whole term of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Span>,
}

impl Member {
    /// Whether the person is listed for this day.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        self.on.is_none_or(|span| span.contains(day))
    }
}
