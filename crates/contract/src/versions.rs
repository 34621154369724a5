//! The versions of a contract: what a visit is counted and assessed by is the version in force on the day of its opening
//! (EVIDENCE §1.10 R5, CONTRACT §3).

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use hudang_evidence::id::StandardHash;
use hudang_evidence::time::WallTime;
use hudang_visit::standard::Standard;
use serde::{Deserialize, Serialize};

use crate::contract::{CONTRACT_BYTES_MAX, Contract, Quantity};
use crate::history::{History, Item};
use crate::problem::{ContractError, Problem};

/// All versions of one contract that are or will be in force, in the order in which they were decided.
pub type Versions = History<Arc<Contract>>;

/// A version of a contract as it is sent to phones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Its number, from 1 on: of several that have begun the one with the highest is in force.
    pub no: u32,
    /// The first day on which it is in force; absent for ever since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// All of it.
    pub contract: Contract,
}

impl Version {
    /// Reads what [`to_json`](Self::to_json) wrote.
    pub fn from_json(json: &[u8]) -> Result<Self, ContractError> {
        let form = |detail: String| ContractError(vec![Problem::Form(detail)]);
        if json.len() > CONTRACT_BYTES_MAX {
            return Err(form(format!("{} bytes", json.len())));
        }
        serde_json::from_slice(json).map_err(|error| form(error.to_string()))
    }

    /// As JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// What a sealed visit is held to.
#[derive(Debug, Clone, PartialEq)]
pub struct Held<'a> {
    /// The standards that it may meet, the one that it names first: meeting one of them is enough.
    pub standards: Vec<&'a Standard>,
    /// It names a standard that it may not go by.
    pub is_foreign: bool,
}

impl Versions {
    /// A contract that has had one version ever since.
    pub fn of(contract: Contract) -> Self {
        Self::new(vec![Item {
            from: None,
            decided: WallTime::from_ms_clamped(0),
            what: Arc::new(contract),
        }])
    }

    /// The version that counts for a visit: the one in force on the day of its opening; the newest while that day is not
    /// known.
    pub fn for_visit(&self, opened: Option<NaiveDate>) -> Option<&Arc<Contract>> {
        let found = opened.map_or_else(|| self.newest(), |day| self.on(day));
        found.map(|item| &item.what)
    }

    /// Holds a visit that was opened on a day and names a standard to the contract. What is in force on that day is enough,
    /// even where a phone went by a stricter one that held before; a standard that the contract did not have then never is.
    pub fn hold(&self, opened: NaiveDate, named: StandardHash, heard: Option<WallTime>) -> Held<'_> {
        let grace_days = self.on(opened).map_or(0, |item| item.what.grace_days());
        let mut usable = self
            .usable(opened, grace_days, heard)
            .map(|item| item.what.standard());
        let in_force = usable.next();
        let is_named = |standard: &&Standard| standard.hash() == named;
        let before = usable.find(is_named);
        Held {
            standards: before.into_iter().chain(in_force).collect(),
            is_foreign: before.is_none() && !in_force.as_ref().is_some_and(is_named),
        }
    }

    /// How many visits are agreed in each area and period: of several versions that know a period, the one in force on its
    /// last day says so.
    pub fn agreed(&self) -> Vec<Quantity> {
        let mut agreed = BTreeSet::new();
        for item in self.items() {
            for period in item.what.periods() {
                let in_force = self.on(period.to).map(|on| &on.what);
                for row in in_force.iter().flat_map(|terms| &terms.terms().quantities) {
                    if row.period == period.key {
                        agreed.insert(row.clone());
                    }
                }
            }
        }
        agreed.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn terms(visits: u64, photos: u64) -> Value {
        json!({
            "id": "HT-1", "title": "x", "buyer": "minzheng", "contractors": ["xinghe"],
            "term": {"from": "2026-01-01", "to": "2026-12-31"},
            "areas": [{"code": "152525", "name": "东乌旗"}],
            "periods": [{"key": "Q1", "from": "2026-01-01", "to": "2026-03-31"},
                        {"key": "Q2", "from": "2026-04-01", "to": "2026-06-30"}],
            "quantities": [{"area": "152525", "period": "Q1", "visits": visits},
                           {"area": "152525", "period": "Q2", "visits": visits}],
            "cycle": "quarter", "paid": ["done"],
            "standard": {"title": "x", "outcomes": {"done":
                {"investigators": 2, "photos": [{"purpose": "门牌", "min": photos}]}}},
            "roster": [{"person": "jia", "org": "xinghe"}]
        })
    }

    fn version(from: &str, decided: &str, visits: u64, photos: u64) -> Item<Arc<Contract>> {
        let json = terms(visits, photos).to_string();
        Item {
            from: from.parse().ok(),
            decided: format!("{decided}T04:00:00.000Z").parse().unwrap(),
            what: Arc::new(Contract::from_json(json.as_bytes()).unwrap()),
        }
    }

    #[test]
    fn standard_foreign_is_what_the_contract_did_not_have_on_that_day() {
        let versions = Versions::new(vec![
            version("", "2026-01-01", 4, 1),
            version("2026-03-10", "2026-03-10", 4, 2),
        ]);
        let hash = |photos: u64| version("", "2026-01-01", 4, photos).what.standard().hash();
        let held = |opened: &str, photos| {
            let held = versions.hold(opened.parse().unwrap(), hash(photos), None);
            let hashes: Vec<StandardHash> = held.standards.iter().map(|one| one.hash()).collect();
            (hashes, held.is_foreign)
        };
        for (opened, named, to, is_foreign) in [
            ("2026-03-09", 1, vec![hash(1)], false),
            // A standard of a later version, and one that no version has.
            ("2026-03-09", 2, vec![hash(1)], true),
            ("2026-03-10", 7, vec![hash(2)], true),
            // A phone that has not heard of the change, and one that had long enough.
            ("2026-03-17", 1, vec![hash(1), hash(2)], false),
            ("2026-03-26", 1, vec![hash(2)], true),
            ("2026-03-26", 2, vec![hash(2)], false),
        ] {
            assert_eq!(held(opened, named), (to, is_foreign), "{opened} {named}");
        }
    }

    #[test]
    fn a_version_is_read_back() {
        let item = version("2026-03-10", "2026-03-10", 4, 1);
        let sent = Version {
            no: 2,
            from: item.from,
            contract: (*item.what).clone(),
        };
        assert_eq!(Version::from_json(&sent.to_json().unwrap()).unwrap(), sent);
        assert!(Version::from_json(b"{}").is_err());
    }

    #[test]
    fn a_period_has_the_quantity_of_the_version_in_force_at_its_end() {
        let versions = Versions::new(vec![
            version("", "2026-01-01", 4, 1),
            version("2026-04-01", "2026-03-10", 9, 1),
        ]);
        let agreed = versions.agreed();
        let visits: Vec<(&str, u64)> = agreed
            .iter()
            .map(|row| (row.period.as_str(), row.visits))
            .collect();
        assert_eq!(visits, [("Q1", 4), ("Q2", 9)]);
        assert!(Versions::default().agreed().is_empty());
    }
}
