//! A contract 合同 as far as counting needs it: who, where, when, how many, and what a visit must contain
//! (操作流程 注1.1(2), REQ D5, D6).
//!
//! ```
//! use hudang_contract::contract::Contract;
//!
//! let json = r#"{
//!   "id": "HT-2026-001", "title": "东乌旗 2026 年入户核查", "buyer": "minzheng", "contractors": ["xinghe"],
//!   "term": {"from": "2026-01-01", "to": "2026-12-31"},
//!   "areas": [{"code": "152525", "name": "东乌珠穆沁旗"}],
//!   "periods": [{"key": "2026-03", "from": "2026-03-01", "to": "2026-03-31"}],
//!   "quantities": [{"area": "152525", "period": "2026-03", "visits": 12}],
//!   "cycle": "quarter", "paid": ["done"],
//!   "standard": {"title": "留痕标准", "outcomes": {"done": {"investigators": 2}}},
//!   "roster": [{"person": "jia", "org": "xinghe"}, {"person": "yi", "org": "xinghe"}]
//! }"#;
//! let contract = Contract::from_json(json.as_bytes()).expect("a usable contract");
//! assert_eq!(contract.area_of("152525104201").map(|area| area.code.as_str()), Some("152525"));
//! assert_eq!(contract.quantity("152525", "2026-03"), 12);
//! ```

use std::collections::BTreeSet;

use chrono::NaiveDate;
use hudang_evidence::id::{ContractId, OrgId, PersonId};
use hudang_visit::Outcome;
use hudang_visit::standard::Standard;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::area::{Area, lies_in};
use crate::calendar::Span;
use crate::cycle::{Cycle, CycleRule};
use crate::money::Fen;
use crate::problem::{ContractError, Problem};
use crate::roster::Member;

mod check;

/// Largest contract in bytes: a league's roster and a year of monthly quantities stay far below.
pub const CONTRACT_BYTES_MAX: usize = 4 << 20;

/// A stretch of the contract in which quantities are agreed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Names it, e.g. `2026-Q1` or `2026-03`; as it stands in counts.
    pub key: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Period {
    /// Its days.
    pub const fn span(&self) -> Span {
        Span {
            from: self.from,
            to: self.to,
        }
    }
}

/// How many visits are agreed in one area and period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// The area's code.
    pub area: String,
    /// The period's key.
    pub period: String,
    /// How many visits (户次), at least one.
    pub visits: u64,
}

/// Days from the opening of a visit until its first seal must be here, where the contract does not say.
pub const UPLOAD_DAYS_DEFAULT: u32 = 15;

/// What a contract is made of; [`Contract::new`] checks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// As printed on it.
    pub id: ContractId,
    /// What it is called.
    pub title: String,
    /// The purchaser.
    pub buyer: OrgId,
    /// The contractors, at least one.
    pub contractors: Vec<OrgId>,
    /// From when to when.
    pub term: Span,
    /// Where; no area lies in another.
    pub areas: Vec<Area>,
    /// The stretches in which quantities are agreed; they do not overlap.
    pub periods: Vec<Period>,
    /// How many visits per area and period.
    pub quantities: Vec<Quantity>,
    /// How often a household may count.
    pub cycle: CycleRule,
    /// The outcomes that count towards the quantities.
    pub paid: Vec<Outcome>,
    /// What a visit must contain, per outcome, as JSON.
    pub standard: serde_json::Value,
    /// Who may visit.
    pub roster: Vec<Member>,
    /// The contract's total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<Fen>,
    /// What one counted visit costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price_fen: Option<Fen>,
    /// Days from the opening of a visit until its first seal must be here; absent for [`UPLOAD_DAYS_DEFAULT`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_days: Option<u32>,
    /// Days for which a phone that has not synced since a change goes on by the version before; absent for as many as
    /// `upload_days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u32>,
}

/// A usable contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// As printed on it.
    pub id: ContractId,
    terms: Terms,
    standard: Standard,
}

impl Contract {
    /// Checks all terms; an error names everything that is wrong with them.
    pub fn new(terms: Terms) -> Result<Self, ContractError> {
        let mut problems = check::problems(&terms);
        match check::standard(&terms) {
            Ok(standard) => {
                problems.extend(check::outcomes(&terms, &standard));
                if problems.is_empty() {
                    return Ok(Self {
                        id: terms.id.clone(),
                        terms,
                        standard,
                    });
                }
            }
            Err(error) => problems.push(Problem::Standard(error)),
        }
        Err(ContractError(problems))
    }

    /// Reads a contract.
    pub fn from_json(json: &[u8]) -> Result<Self, ContractError> {
        let form = |detail: String| ContractError(vec![Problem::Form(detail)]);
        if json.len() > CONTRACT_BYTES_MAX {
            return Err(form(format!(
                "{} bytes, at most {CONTRACT_BYTES_MAX}",
                json.len()
            )));
        }
        Self::new(serde_json::from_slice(json).map_err(|error| form(error.to_string()))?)
    }

    /// Days from the opening of a visit until its first seal must be here.
    pub fn upload_days(&self) -> u32 {
        self.terms.upload_days.unwrap_or(UPLOAD_DAYS_DEFAULT)
    }

    /// Days for which a phone that has not synced since a change goes on by the version before.
    pub fn grace_days(&self) -> u32 {
        self.terms.grace_days.unwrap_or_else(|| self.upload_days())
    }

    /// All terms.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What it is called.
    pub fn title(&self) -> &str {
        &self.terms.title
    }

    /// From when to when.
    pub const fn term(&self) -> Span {
        self.terms.term
    }

    /// Where.
    pub fn areas(&self) -> &[Area] {
        &self.terms.areas
    }

    /// The stretches in which quantities are agreed.
    pub fn periods(&self) -> &[Period] {
        &self.terms.periods
    }

    /// What a visit must contain.
    pub const fn standard(&self) -> &Standard {
        &self.standard
    }

    /// Who may visit.
    pub fn roster(&self) -> &[Member] {
        &self.terms.roster
    }

    /// The contracted area that a household's area code lies in.
    pub fn area_of(&self, code: &str) -> Option<&Area> {
        self.terms.areas.iter().find(|area| lies_in(code, &area.code))
    }

    /// The period of a day.
    pub fn period_of(&self, day: NaiveDate) -> Option<&Period> {
        self.terms
            .periods
            .iter()
            .find(|period| period.span().contains(day))
    }

    /// The cycle of a day within the term.
    pub fn cycle_of(&self, day: NaiveDate) -> Option<Cycle> {
        let inside = self.terms.term.contains(day);
        inside
            .then(|| self.terms.cycle.cycle_of(day, self.terms.term.to))
            .flatten()
    }

    /// How many visits are agreed; zero where nothing is.
    pub fn quantity(&self, area: &str, period: &str) -> u64 {
        let agreed = self
            .terms
            .quantities
            .iter()
            .find(|row| row.area == area && row.period == period);
        agreed.map_or(0, |row| row.visits)
    }

    /// Whether a visit that ended so counts towards the quantities.
    pub fn pays(&self, outcome: Outcome) -> bool {
        self.terms.paid.contains(&outcome)
    }

    /// Whether a name is that of somebody on the roster, however it is spaced or dotted.
    pub fn names_on_roster(&self, name: &str) -> bool {
        let name = folded(name);
        let members = self.terms.roster.iter();
        let mut known = members.flat_map(|member| [member.name.as_str(), member.person.as_str()]);
        !name.is_empty() && known.any(|known| folded(known) == name)
    }

    /// Whether a person is on the roster that day.
    pub fn has_on_roster(&self, person: &PersonId, day: NaiveDate) -> bool {
        self.terms.term.contains(day)
            && self
                .terms
                .roster
                .iter()
                .any(|member| member.person == *person && member.is_on(day))
    }

    /// The people on the roster, each once.
    pub fn people(&self) -> BTreeSet<&PersonId> {
        self.terms.roster.iter().map(|member| &member.person).collect()
    }
}

impl Serialize for Contract {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.terms.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Contract {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Terms::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A name without what people put between its parts: 包 乌云, 包·乌云 and 包乌云 are one.
fn folded(name: &str) -> String {
    let is_between = |c: char| c.is_whitespace() || matches!(c, '·' | '•' | '・' | '‧' | '.');
    name.chars()
        .filter(|c| !is_between(*c))
        .flat_map(char::to_lowercase)
        .collect()
}
