//! A visit goes by the version of the contract that is in force when it is opened, whenever the phone heard of it.

use hudang_contract::contract::Contract;
use hudang_contract::versions::Version;
use hudang_device::OpenVisit;
use hudang_evidence::id::StandardHash;
use hudang_sync::phone::Applied;
use hudang_sync::wire::{Bytes, Change};
use serde_json::json;

use crate::field::{Phone, dispatch, open_visit, who};

const DAY_MS: i64 = 86_400_000;

/// The second version, in force from the day after the phone's morning, with another standard.
fn second() -> Version {
    let Change::Contract(json) = &dispatch().changes[0] else {
        panic!("the contract comes first")
    };
    let first = Version::from_json(json).unwrap();
    let mut terms = serde_json::to_value(&first.contract).unwrap();
    terms["standard"]["outcomes"] = json!({ "done": { "investigators": 2 } });
    Version {
        no: 2,
        from: "2026-03-03".parse().ok(),
        contract: Contract::from_json(terms.to_string().as_bytes()).unwrap(),
    }
}

fn hears(phone: &mut Phone, versions: &[Change]) {
    let heard = Applied {
        changes: versions.to_vec(),
        cursor: Some(2),
        ..Applied::default()
    };
    phone.device.apply(&heard).unwrap();
}

/// Opens one more visit; the standard that it goes by.
fn opens(phone: &mut Phone) -> StandardHash {
    let opening = OpenVisit {
        visit: None,
        ..open_visit()
    };
    let visit = phone.device.open_visit(&who("jia"), &opening).unwrap();
    let all = phone.device.visits().unwrap();
    all.into_iter().find(|info| info.visit == visit).unwrap().standard
}

#[test]
fn a_version_that_is_announced_holds_from_its_day_on_and_not_before() {
    let mut phone = Phone::with("jia", &["jia"]);
    let contract = open_visit().contract;
    let before = phone
        .device
        .contract(&contract)
        .unwrap()
        .unwrap()
        .standard()
        .hash();
    let second = second();
    let after = second.contract.standard().hash();
    let announced = Change::Contract(Bytes::from(second.to_json().unwrap()));
    // The server may say all versions again, in any order.
    let first = dispatch().changes[0].clone();
    hears(&mut phone, &[announced, first]);
    assert_ne!(before, after);
    assert_eq!(opens(&mut phone), before);
    phone.hands.later(DAY_MS);
    assert_eq!(opens(&mut phone), after);
    let now = phone.device.contract(&contract).unwrap().unwrap();
    assert_eq!(now.standard().hash(), after);
}
