//! A good contract, and a visit that counts under it.

use std::collections::BTreeSet;

use hudang_contract::contract::Contract;
use hudang_contract::stand::Sealed;
use hudang_evidence::time::WallTime;
use hudang_visit::Outcome;
use hudang_visit::assess::Assessment;
use serde_json::{Value, json};

/// 2026-03-20, in the first of two periods.
pub(crate) const MORNING_MS: i64 = 1_774_000_000_000;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Two banners; visits are agreed for the first in both periods, for the second in the second one.
pub(crate) fn terms() -> Value {
    json!({
        "id": "HT-2026-001", "title": "东乌旗 2026 年入户核查", "buyer": "minzheng", "contractors": ["xinghe", "heyuan"],
        "term": {"from": "2026-01-01", "to": "2026-12-31"},
        "areas": [{"code": "152525", "name": "东乌珠穆沁旗"}, {"code": "152526", "name": "西乌珠穆沁旗"}],
        "periods": [{"key": "2026-03", "from": "2026-03-01", "to": "2026-03-31"},
                    {"key": "2026-04", "from": "2026-04-01", "to": "2026-04-30"}],
        "quantities": [{"area": "152525", "period": "2026-03", "visits": 12},
                       {"area": "152525", "period": "2026-04", "visits": 8},
                       {"area": "152526", "period": "2026-04", "visits": 5}],
        "cycle": "quarter", "paid": ["done"],
        "standard": {"title": "留痕标准", "outcomes": {"done": {"investigators": 2}, "refused": {"investigators": 2}}},
        "roster": [{"person": "jia", "org": "xinghe"}, {"person": "yi", "org": "xinghe"},
                   {"person": "bing", "org": "heyuan", "on": {"from": "2026-04-01", "to": "2026-12-31"}}]
    })
}

pub(crate) fn contract() -> Contract {
    Contract::from_json(terms().to_string().as_bytes()).unwrap()
}

pub(crate) fn at(later_ms: i64) -> WallTime {
    WallTime::from_ms(MORNING_MS + later_ms).unwrap()
}

/// What is known of a sealed visit that counts.
pub(crate) fn sealed() -> Sealed {
    Sealed {
        outcome: Outcome::Done,
        assessment: Some(assessment()),
        signers: people(&["jia", "yi"]),
        answers_awaited: false,
        media_awaited: 0,
        entries_awaited: 0,
        against: BTreeSet::new(),
    }
}

pub(crate) fn assessment() -> Assessment {
    Assessment {
        outcome: Outcome::Done,
        missing: Vec::new(),
        waived: Vec::new(),
    }
}

pub(crate) fn people<T: core::str::FromStr<Err: core::fmt::Debug> + Ord>(names: &[&str]) -> BTreeSet<T> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}
