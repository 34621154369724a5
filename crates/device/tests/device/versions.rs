//! A visit goes by the version of the contract that is in force when it is opened, whenever the phone heard of it.

use std::sync::atomic::Ordering;

use hudang_contract::contract::Contract;
use hudang_contract::versions::Version;
use hudang_device::OpenVisit;
use hudang_evidence::id::StandardHash;
use hudang_sync::phone::Applied;
use hudang_sync::wire::{Bytes, Change};
use serde_json::json;

use crate::anchoring::meets;
use crate::field::{MORNING_MS, Phone, dispatch, open_visit, server, who};

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

/// Hears of the second version, and then of the first again; the standards of both.
fn hears_of_both(phone: &mut Phone) -> [StandardHash; 2] {
    let contract = phone.device.contract(&open_visit().contract).unwrap().unwrap();
    let second = second();
    let announced = Change::Contract(Bytes::from(second.to_json().unwrap()));
    // The server may say all versions again, in any order.
    hears(phone, &[announced, dispatch().changes[0].clone()]);
    let both = [contract, second.contract].map(|version| version.standard().hash());
    assert_ne!(both[0], both[1]);
    both
}

#[test]
fn a_version_that_is_announced_holds_from_its_day_on_and_not_before() {
    let mut phone = Phone::with("jia", &["jia"]);
    let [before, after] = hears_of_both(&mut phone);
    assert_eq!(opens(&mut phone), before);
    phone.hands.later(DAY_MS);
    assert_eq!(opens(&mut phone), after);
    let now = phone.device.contract(&open_visit().contract).unwrap().unwrap();
    assert_eq!(now.standard().hash(), after);
}

#[test]
fn a_wall_clock_that_is_off_chooses_no_version_where_the_server_signed_the_time() {
    let mut phone = Phone::with("jia", &["jia"]);
    let [before, after] = hears_of_both(&mut phone);
    phone.hands.wall_ms.fetch_sub(20 * DAY_MS, Ordering::SeqCst);
    meets(&mut phone, &server(), MORNING_MS + DAY_MS);
    assert_eq!(opens(&mut phone), after);
    phone.hands.wall_ms.fetch_add(40 * DAY_MS, Ordering::SeqCst);
    meets(&mut phone, &server(), MORNING_MS);
    assert_eq!(opens(&mut phone), before);
    let now = phone.device.contract(&open_visit().contract).unwrap().unwrap();
    assert_eq!(now.standard().hash(), before);
}
