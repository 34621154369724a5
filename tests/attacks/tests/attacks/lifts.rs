//! What only the purchaser decides: that an uncertain time, a late seal or a shared phone does not keep a visit from counting.

use hudang_archive::Role;
use hudang_test_server::{World, refused};
use hudang_testkit::office::{DAY_MS, contract, terms};
use hudang_testkit::visit::Made;
use serde_json::{Value, json};

use crate::neighbour::{carries_out, stands, visits};
use crate::r05_standard::{confirms, opened, world, writes};

fn lifts(world: &World, role: Role, made: &Made, reasons: &[&str], why: &str) -> (u16, String) {
    let path = format!("/v1/visits/{}/lift", made.visit);
    let body = json!({ "reasons": reasons, "why": why });
    refused(world.office(role, "POST", &path).json(&body).send().unwrap())
}

fn lifts_days(world: &World, role: Role, people: &[&str], days: [&str; 2]) -> reqwest::blocking::Response {
    let body = json!({ "people": people, "days": { "from": days[0], "to": days[1] }, "reasons": ["late"],
        "why": "雪灾断网一周" });
    let path = "/v1/contracts/HT-2026-001/lifts";
    world.office(role, "POST", path).json(&body).send().unwrap()
}

#[test]
fn lift_by_a_contractor_or_of_what_nobody_may_lift_is_refused() {
    let mut world = World::new();
    let made = visits(&mut world, 1);
    for role in [
        Role::ContractorAdmin,
        Role::Supervisor,
        Role::PurchaserHandler,
        Role::Evaluator,
        Role::Auditor,
        Role::SystemAdmin,
    ] {
        let answer = lifts(&world, role, &made, &["late"], "断网");
        assert_eq!(answer, (403, "TOKEN-ROLE".to_owned()), "{role:?}");
        let answer = refused(lifts_days(
            &world,
            role,
            &["jia", "yi"],
            ["2026-03-20", "2026-03-21"],
        ));
        assert_eq!(answer.1, "TOKEN-ROLE", "{role:?}");
    }
    let leader = Role::PurchaserLeader;
    for (reasons, why, code) in [
        (&["incomplete"][..], "断网", "LIFT-REASON"),
        (&["standard-foreign"], "断网", "LIFT-REASON"),
        (&["media-reused"], "断网", "LIFT-REASON"),
        (&["late"], "断网", "LIFT-REASON"),
        (&[], "断网", "LIFT-REASON"),
        (&["late"], "  ", "LIFT-WHY"),
    ] {
        assert_eq!(
            lifts(&world, leader, &made, reasons, why).1,
            code,
            "{reasons:?} {why}"
        );
    }
    for (people, days) in [
        (&["jia"][..], ["2026-03-20", "2026-03-21"]),
        (&["jia", "jia"], ["2026-03-20", "2026-03-21"]),
        (&["jia", "yi"], ["2026-03-21", "2026-03-20"]),
        (&["jia", "yi"], ["2026-01-01", "2026-03-20"]),
        // Nobody gets days that have not passed.
        (&["jia", "yi"], ["2026-03-20", "2026-03-31"]),
    ] {
        let answer = refused(lifts_days(&world, leader, people, days));
        assert_eq!(answer.1, "LIFT-DAYS", "{people:?} {days:?}");
    }
    assert_eq!(stands(&world, &made), "counted");
}

#[test]
fn lift_says_who_when_and_why_for_as_long_as_the_archive_stands() {
    let world = World::new();
    let answer = lifts_days(
        &world,
        Role::PurchaserLeader,
        &["jia", "yi"],
        ["2026-03-20", "2026-03-21"],
    );
    let lift: Value = answer.json().unwrap();
    let revoke = format!("/v1/lifts/{}/revoke", lift["id"]);
    let why = json!({ "why": "核对有误" });
    let contractor = world.office(Role::ContractorAdmin, "POST", &revoke).json(&why);
    assert_eq!(refused(contractor.send().unwrap()).1, "TOKEN-ROLE");
    let leader = world.office(Role::PurchaserLeader, "POST", &revoke).json(&why);
    assert_eq!(leader.send().unwrap().status(), 204);
    let path = "/v1/contracts/HT-2026-001/lifts";
    let all: Value = world
        .office(Role::Auditor, "GET", path)
        .send()
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        (&all[0]["by"], &all[0]["why"]),
        (&json!("purchaser-leader"), &json!("雪灾断网一周"))
    );
    assert_eq!((&all[0]["revoked"], &all[0]["at"]), (&json!(true), &lift["at"]));
}

/// A world in which a seal has to be here two days after the opening, six days after the visits were made.
fn late_world() -> World {
    let world = world();
    let mut terms = terms();
    terms["upload_days"] = json!(2);
    writes(&world, "2026-03-01", &terms);
    confirms(&world);
    world.later(6 * DAY_MS);
    world
}

fn lift(world: &World, path: &str, body: &Value) -> Value {
    let answer = world
        .office(Role::PurchaserLeader, "POST", path)
        .json(body)
        .send()
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().unwrap());
    answer.json().unwrap()
}

#[test]
fn late_visit_counts_once_the_leader_has_decided_and_until_that_is_taken_back() {
    let mut world = late_world();
    let standard = contract().standard().hash();
    let made = carries_out(&mut world, &opened(1, 0, standard));
    let other = carries_out(&mut world, &opened(2, 0, standard));
    assert_eq!(stands(&world, &made), "received late");
    let answer = lifts(&world, Role::ContractorAdmin, &made, &["late"], "断网");
    assert_eq!(answer.1, "TOKEN-ROLE");
    let path = format!("/v1/visits/{}", made.visit);
    let body = json!({ "reasons": ["late"], "why": "雪灾断网一周" });
    let lifted = lift(&world, &format!("{path}/lift"), &body);
    assert_eq!(stands(&world, &made), "counted");
    assert_eq!(stands(&world, &other), "received late", "one visit alone");
    let shown: Value = world
        .office(Role::Auditor, "GET", &path)
        .send()
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(
        shown["standing"]["lifted"],
        json!(["late"]),
        "it goes on saying so"
    );
    let revoke = format!("/v1/lifts/{}/revoke", lifted["id"]);
    let why = world.office(Role::PurchaserLeader, "POST", &revoke);
    assert_eq!(why.json(&json!({ "why": "有误" })).send().unwrap().status(), 204);
    assert_eq!(stands(&world, &made), "received late");
}

#[test]
fn late_visit_that_comes_after_its_team_was_lifted_is_not_lifted_with_it() {
    let mut world = late_world();
    let standard = contract().standard().hash();
    let here = carries_out(&mut world, &opened(1, 0, standard));
    let answer = lifts_days(
        &world,
        Role::PurchaserLeader,
        &["yi", "jia"],
        ["2026-03-20", "2026-03-21"],
    );
    assert_eq!(answer.status(), 200);
    assert_eq!(stands(&world, &here), "counted");
    world.later(7 * DAY_MS);
    let afterwards = carries_out(&mut world, &opened(2, 0, standard));
    assert_eq!(stands(&world, &afterwards), "received late");
    world.stop();
    hudang_testkit::office::is_consistent(hudang_testkit::office::open(world.root.path()));
}
