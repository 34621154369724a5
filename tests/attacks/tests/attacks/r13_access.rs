//! R13: looking leaves a trace, and the machine's administrator lets nobody in unseen.

use hudang_archive::Role;
use hudang_evidence::id::BlobHash;
use hudang_test_server::{World, refused};
use serde_json::{Value, json};

use crate::neighbour;

const DAY_MS: i64 = 86_400_000;

fn accesses(world: &World, role: Role) -> Vec<Value> {
    let path = "/v1/access?contract=HT-2026-001";
    let answer: Value = world.office(role, "GET", path).send().unwrap().json().unwrap();
    answer["rows"].as_array().unwrap().clone()
}

#[test]
fn each_opened_household_visit_and_original_is_recorded_for_purchaser_and_auditor() {
    let mut world = World::new();
    let made = neighbour::visits(&mut world, 1);
    let photo = BlobHash::of(&made.photo);
    assert_eq!(accesses(&world, Role::PurchaserLeader).len(), 0);
    let opens = |role: Role, path: &str| world.office(role, "GET", path).send().unwrap();
    assert_eq!(
        opens(Role::Supervisor, "/v1/households/%E6%88%B7-001").status(),
        200
    );
    assert_eq!(
        opens(Role::Supervisor, &format!("/v1/visits/{}/file", made.visit)).status(),
        200
    );
    for _ in 0..3 {
        // A player reads a recording piece by piece.
        let original = opens(Role::Supervisor, &format!("/v1/blobs/{photo}"));
        assert_eq!(original.status(), 200);
    }
    // Where a visit stands tells of nobody's life.
    assert_eq!(
        opens(Role::Supervisor, &format!("/v1/visits/{}", made.visit)).status(),
        200
    );
    let seen: Vec<String> = accesses(&world, Role::PurchaserHandler)
        .iter()
        .map(|row| format!("{} {} {}", row["by"], row["opened"], row["of"]))
        .collect();
    let expected = [
        "\"supervisor\" \"household\" \"户-001\"".to_owned(),
        format!("\"supervisor\" \"visit\" \"{}\"", made.visit),
        format!("\"supervisor\" \"original\" \"{photo}\""),
    ];
    assert_eq!(seen, expected);
    assert_eq!(accesses(&world, Role::Auditor).len(), 3);
    // The contractor is not shown who looks at it.
    let hidden = world
        .office(Role::ContractorAdmin, "GET", "/v1/access?contract=HT-2026-001")
        .send()
        .unwrap();
    assert_eq!(refused(hidden), (403, "TOKEN-ROLE".to_owned()));
}

#[test]
fn access_by_who_comes_from_outside_needs_a_purpose() {
    let mut world = World::new();
    let made = neighbour::visits(&mut world, 1);
    let path = format!("/v1/visits/{}/file", made.visit);
    let silent = world.office(Role::Auditor, "GET", &path).send().unwrap();
    assert_eq!(refused(silent), (422, "ACCESS-PURPOSE".to_owned()));
    let said = world
        .office(Role::Auditor, "GET", &path)
        .header("purpose", "%E5%AE%A1%E8%AE%A1%E6%8A%BD%E6%9F%A5")
        .send()
        .unwrap();
    assert_eq!(said.status(), 200);
    assert_eq!(accesses(&world, Role::PurchaserLeader)[0]["purpose"], "审计抽查");
}

#[test]
fn a_slip_that_the_administrator_makes_for_a_purchasers_account_waits_a_day_in_sight() {
    let mut world = World::new();
    let made = neighbour::visits(&mut world, 1);
    let slip = world
        .office(Role::SystemAdmin, "POST", "/v1/slips")
        .json(&json!({ "account": "purchaser-handler" }))
        .send()
        .unwrap();
    assert_eq!(slip.status(), 201);
    let slip: Value = slip.json().unwrap();
    let redeems = |world: &World| {
        let body = json!({ "slip": slip["slip"] });
        world.bare("POST", "/v1/slips/redeem").json(&body).send().unwrap()
    };
    assert_eq!(refused(redeems(&world)), (422, "SLIP-EARLY".to_owned()));
    for role in [Role::PurchaserLeader, Role::Auditor] {
        let shown = world
            .office(role, "GET", "/v1/accounts")
            .send()
            .unwrap()
            .text()
            .unwrap();
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let rows = shown["rows"].as_array().unwrap();
        let of = rows
            .iter()
            .find(|row| row["label"] == "purchaser-handler")
            .unwrap();
        let openings = of["openings"].to_string();
        assert!(
            openings.contains("\"slip\"") && openings.contains("system-admin"),
            "{role:?}: {of}"
        );
    }
    // Its people still work, and stop it by taking the account back; here they let it pass.
    assert_eq!(neighbour::stands(&world, &made), "counted");
    world.waits(DAY_MS);
    let redeemed = redeems(&world);
    assert_eq!(redeemed.status(), 201);
    assert_eq!(refused(redeems(&world)), (422, "SLIP-WRONG".to_owned()), "once");
    let old = world
        .office(Role::PurchaserHandler, "GET", "/v1/contracts")
        .send()
        .unwrap();
    assert_eq!(refused(old).0, 401, "the account's earlier token opens nothing");
}

#[test]
fn a_new_account_that_the_administrator_makes_for_a_purchaser_reads_nothing_for_a_day() {
    let world = World::new();
    let wanted = json!({ "label": "ghost", "role": "purchaser-leader", "organisation": "minzheng" });
    let made: Value = world
        .office(Role::SystemAdmin, "POST", "/v1/tokens")
        .json(&wanted)
        .send()
        .unwrap()
        .json()
        .unwrap();
    let token = made["name"].as_str().unwrap();
    let reads = world
        .bare("GET", "/v1/households")
        .bearer_auth(token)
        .send()
        .unwrap();
    assert_eq!(refused(reads).0, 401);
    let stopped = world
        .office(Role::PurchaserLeader, "DELETE", "/v1/accounts/ghost")
        .send()
        .unwrap();
    assert_eq!(stopped.status(), 204, "the purchaser sees it and takes it back");
}
