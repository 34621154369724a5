//! The contract chooses standard and form, not the sealer (EVIDENCE §1.10 R5).

use hudang_archive::Role;
use hudang_evidence::body::{Anchor, Body};
use hudang_evidence::id::{FormHash, StandardHash};
use hudang_test_server::{Setting, World, refused};
use hudang_testkit::form;
use hudang_testkit::office::{DAY_MS, contract, terms};
use hudang_testkit::visit::Plan;
use hudang_visit::standard::Standard;
use serde_json::{Value, json};

use crate::neighbour::{carries_out, stands, visits};
use crate::r07_time::{HOUR_MS, anchor, meets};

const CONTRACT: &str = "/v1/contracts/HT-2026-001";
/// The day of the world's morning.
const TODAY: &str = "2026-03-20";

pub(crate) fn world() -> World {
    World::with(Setting {
        now_ms: 0,
        ..Setting::default()
    })
}

fn told(response: reqwest::blocking::Response) -> Value {
    assert!(response.status().is_success(), "{}", response.text().unwrap());
    response.json().unwrap()
}

pub(crate) fn writes(world: &World, from: &str, terms: &Value) -> Value {
    let path = format!("{CONTRACT}?from={from}");
    told(
        world
            .office(Role::PurchaserHandler, "PUT", &path)
            .json(terms)
            .send()
            .unwrap(),
    )
}

/// The leader looks at what the clerk has proposed and confirms it.
pub(crate) fn confirms(world: &World) -> Value {
    let leader = |method, path: &str| world.office(Role::PurchaserLeader, method, path);
    let shown = told(leader("GET", &format!("{CONTRACT}/proposal")).send().unwrap());
    let seen = json!({ "seen": shown["recount"]["seen"] });
    told(
        leader("POST", &format!("{CONTRACT}/confirm"))
            .json(&seen)
            .send()
            .unwrap(),
    )
}

/// What a recount says, as `visits: before > after`.
fn moved(recount: &Value) -> Vec<String> {
    let spot = |spot: &Value| {
        let words = [&spot["state"], &spot["reason"]].map(|word| word.as_str().unwrap());
        words.join(" ").trim().to_owned()
    };
    let rows = recount["moved"].as_array().unwrap().iter();
    rows.map(|row| {
        format!(
            "{}: {} > {}",
            row["visits"],
            spot(&row["before"]),
            spot(&row["after"])
        )
    })
    .collect()
}

/// The terms with this standard for visits that are done.
fn asking(done: &Value) -> Value {
    let mut terms = terms();
    terms["standard"]["outcomes"]["done"] = done.clone();
    terms
}

/// A standard that asks for two signatures and nothing else.
fn lax() -> Value {
    asking(&json!({ "investigators": 2 }))
}

/// A standard that asks for two photos, and a week in which the one before may be gone by.
fn strict() -> Value {
    let photos = json!([{ "purpose": "门牌", "min": 2 }]);
    let mut terms = asking(&json!({ "investigators": 2, "photos": photos }));
    terms["grace_days"] = json!(7);
    terms
}

fn hash(terms: &Value) -> StandardHash {
    let json = terms["standard"].to_string();
    Standard::from_json(json.as_bytes()).unwrap().hash()
}

/// A visit opened so many days after the morning, by this standard.
pub(crate) fn opened(n: u8, days: i64, standard: StandardHash) -> Plan {
    Plan {
        opened_ms: days * DAY_MS + i64::from(n) * 60_000,
        standard: Some(standard),
        ..Plan::of(n)
    }
}

#[test]
fn standard_foreign_lax_one_of_another_contract() {
    let mut world = World::new();
    let mut other = lax();
    other["id"] = json!("HT-2026-002");
    told(
        world
            .office(Role::PurchaserHandler, "PUT", "/v1/contracts/HT-2026-002")
            .json(&other)
            .send()
            .unwrap(),
    );
    let plan = Plan {
        income: false,
        ..opened(1, 0, hash(&other))
    };
    let made = carries_out(&mut world, &plan);
    assert_eq!(stands(&world, &made), "received standard-foreign");
    assert!(world.codes(made.visit).contains(&"STANDARD-FOREIGN".to_owned()));

    let honest = visits(&mut world, 2);
    assert_eq!(stands(&world, &honest), "counted");
}

#[test]
fn standard_foreign_old_one_after_the_grace_and_a_phone_that_was_offline_for_a_week_is_not_harmed() {
    let mut world = world();
    let stricter = strict();
    assert_eq!(writes(&world, TODAY, &stricter)["written"], "proposed");
    confirms(&world);
    world.later(11 * DAY_MS);
    let before = contract().standard().hash();
    let offline = carries_out(&mut world, &opened(1, 6, before));
    assert_eq!(stands(&world, &offline), "counted");
    let late = carries_out(&mut world, &opened(2, 8, before));
    assert_eq!(stands(&world, &late), "received standard-foreign");
    // Who names the new one has to meet it.
    let one_photo = carries_out(&mut world, &opened(3, 8, hash(&stricter)));
    assert_eq!(stands(&world, &one_photo), "received incomplete");
}

#[test]
fn standard_foreign_old_one_of_a_phone_that_had_word_of_the_new_one() {
    let world = world();
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    (jia.says_clock, yi.says_clock) = (true, true);
    let before_ms = HOUR_MS;
    let before = anchor(&meets(&world, &mut jia, before_ms), &jia, before_ms);
    world.later(2 * HOUR_MS);
    assert_eq!(writes(&world, TODAY, &strict())["written"], "proposed");
    confirms(&world);
    let known = contract().standard().hash();
    // The last word that one phone had is from before the change; the other's is not.
    let mut visited = |n: u8, days: i64, word: Anchor| {
        let plan = Plan {
            opened_ms: days * DAY_MS,
            ..opened(n, days, known)
        };
        let mut made = plan.carried_out(&mut jia, &mut yi);
        made.entries[0].push(jia.states(made.visit, plan.opened_ms + HOUR_MS, Body::Anchor(word)));
        world.later(plan.opened_ms + 2 * HOUR_MS);
        world.takes_whole(&made, &mut jia, &mut yi);
        let after_ms = plan.opened_ms + 3 * HOUR_MS;
        (made, anchor(&meets(&world, &mut jia, after_ms), &jia, after_ms))
    };
    let (offline, after) = visited(1, 2, before);
    let (informed, _) = visited(2, 4, after);
    assert_eq!(stands(&world, &offline), "counted");
    assert_eq!(stands(&world, &informed), "received standard-foreign");
    assert!(
        world
            .codes(informed.visit)
            .contains(&"STANDARD-FOREIGN".to_owned())
    );
}

#[test]
fn standard_foreign_of_a_version_that_is_not_yet_in_force() {
    let mut world = world();
    let laxer = lax();
    writes(&world, "2026-03-28", &laxer);
    confirms(&world);
    world.later(11 * DAY_MS);
    let early = Plan {
        income: false,
        ..opened(1, 2, hash(&laxer))
    };
    let early = carries_out(&mut world, &early);
    assert_eq!(stands(&world, &early), "received standard-foreign");
    let in_time = Plan {
        income: false,
        ..opened(2, 9, hash(&laxer))
    };
    let in_time = carries_out(&mut world, &in_time);
    assert_eq!(stands(&world, &in_time), "counted");
    let honest = carries_out(&mut world, &opened(3, 2, contract().standard().hash()));
    assert_eq!(stands(&world, &honest), "counted");
}

#[test]
fn standard_foreign_lone_clerk_loosens_it_for_visits_that_were_made() {
    let mut world = World::new();
    let plan = Plan {
        income: false,
        ..Plan::of(1)
    };
    let poor = carries_out(&mut world, &plan);
    let honest = visits(&mut world, 2);
    assert_eq!(stands(&world, &poor), "received incomplete");

    let written = writes(&world, "2026-03-01", &lax());
    assert_eq!(written["written"], "proposed");
    assert_eq!(moved(&written["recount"]), ["1: received incomplete > counted"]);
    let seen = &written["recount"]["seen"];
    let confirm = |role, seen: &Value| {
        let path = format!("{CONTRACT}/confirm");
        let request = world.office(role, "POST", &path);
        request.json(&json!({ "seen": seen })).send().unwrap()
    };
    let (_, code) = refused(confirm(Role::PurchaserHandler, seen));
    assert_eq!(code, "CONTRACT-SECOND-PERSON");
    let (_, code) = refused(confirm(Role::PurchaserLeader, &json!("000000000000")));
    assert_eq!(code, "CONTRACT-RECOUNT");
    for role in [
        Role::ContractorAdmin,
        Role::Supervisor,
        Role::SystemAdmin,
        Role::Auditor,
    ] {
        let (_, code) = refused(confirm(role, seen));
        assert_eq!(code, "TOKEN-ROLE", "{role:?}");
    }
    assert_eq!(stands(&world, &poor), "received incomplete", "nothing until then");

    // A second person who was shown what it changes may do so.
    assert_eq!(confirm(Role::PurchaserLeader, seen).status(), 200);
    assert_eq!(stands(&world, &poor), "counted");
    assert_eq!(stands(&world, &honest), "counted");
}

#[test]
fn standard_foreign_backdated_roster_shows_what_it_takes_and_a_later_one_takes_nothing() {
    let mut world = World::new();
    let made = visits(&mut world, 1);
    let mut without_yi = terms();
    without_yi["roster"].as_array_mut().unwrap().remove(1);

    let recount = |from: &str| {
        let path = format!("{CONTRACT}/recount?from={from}");
        let request = world.office(Role::PurchaserHandler, "POST", &path);
        told(request.json(&without_yi).send().unwrap())
    };
    let backdated = recount("2026-03-01");
    assert_eq!(moved(&backdated), ["1: counted > received not-on-roster"]);
    assert!(moved(&recount("2026-03-21")).is_empty());
    assert_eq!(stands(&world, &made), "counted", "asking writes nothing");
    let (_, code) = refused(
        world
            .office(Role::PurchaserLeader, "GET", &format!("{CONTRACT}/proposal"))
            .send()
            .unwrap(),
    );
    assert_eq!(code, "CONTRACT-NO-PROPOSAL");

    writes(&world, "2026-03-21", &without_yi);
    confirms(&world);
    assert_eq!(stands(&world, &made), "counted");
    let later = carries_out(&mut world, &opened(2, 1, contract().standard().hash()));
    assert_eq!(stands(&world, &later), "received not-on-roster");
}

#[test]
fn standard_foreign_another_contractor_is_another_contract() {
    let world = World::new();
    let mut other = terms();
    other["contractors"].as_array_mut().unwrap().push(json!("qita"));
    other["roster"][3]["org"] = json!("qita");
    other["roster"][2]["org"] = json!("qita");
    let request = world.office(Role::PurchaserHandler, "PUT", CONTRACT).json(&other);
    assert_eq!(refused(request.send().unwrap()).1, "BG-FIELD");
}

/// Writes another form, and publishes it where this says.
fn publishes(world: &World, at: Option<(&str, &str)>) -> FormHash {
    let text = form::published(Some("income"));
    let named = told(
        world
            .office(Role::PurchaserHandler, "POST", "/v1/forms")
            .header("content-type", "application/json")
            .body(text.clone())
            .send()
            .unwrap(),
    );
    let form = FormHash::of(text.as_bytes());
    assert_eq!(named["name"], form.to_string());
    if let Some((contract, from)) = at {
        let path = format!("/v1/contracts/{contract}/forms");
        let body = json!({ "form": form, "from": from });
        told(
            world
                .office(Role::PurchaserHandler, "POST", &path)
                .json(&body)
                .send()
                .unwrap(),
        );
    }
    form
}

#[test]
fn form_foreign_never_published_or_to_another_contract() {
    let mut world = World::new();
    let unpublished = publishes(&world, None);
    let plan = |n| Plan {
        forms: [unpublished; 2],
        ..Plan::of(n)
    };
    let made = carries_out(&mut world, &plan(1));
    assert_eq!(stands(&world, &made), "received form-foreign");
    assert!(world.codes(made.visit).contains(&"FORM-FOREIGN".to_owned()));

    let mut other = terms();
    other["id"] = json!("HT-2026-002");
    told(
        world
            .office(Role::PurchaserHandler, "PUT", "/v1/contracts/HT-2026-002")
            .json(&other)
            .send()
            .unwrap(),
    );
    publishes(&world, Some(("HT-2026-002", "2026-01-01")));
    let made = carries_out(&mut world, &plan(2));
    assert_eq!(stands(&world, &made), "received form-foreign");
    let assigned = json!({ "contract": "HT-2026-001", "form": unpublished,
        "assignments": [{ "household": "户-001", "people": ["jia", "yi"] }] });
    let assign = world.office(Role::Supervisor, "POST", "/v1/assignments");
    assert_eq!(refused(assign.json(&assigned).send().unwrap()).1, "FORM-FOREIGN");
    for role in [Role::ContractorAdmin, Role::Supervisor, Role::PurchaserLeader] {
        let publish = world.office(role, "POST", &format!("{CONTRACT}/forms"));
        let refused = refused(publish.json(&json!({ "form": unpublished })).send().unwrap());
        assert_eq!(refused.1, "TOKEN-ROLE");
    }

    let honest = visits(&mut world, 3);
    assert_eq!(stands(&world, &honest), "counted");
}

#[test]
fn form_foreign_moved_to_before_it_came_and_an_honest_draft_that_moved_is_not_harmed() {
    let mut world = world();
    let second = publishes(&world, Some(("HT-2026-001", "2026-03-25")));
    world.later(2 * DAY_MS);
    let moved = |n, days| Plan {
        forms: [form::hash(), second],
        ..opened(n, days, contract().standard().hash())
    };
    // Brought on the 22nd, by a form that holds from the 25th on.
    let early = carries_out(&mut world, &moved(1, 1));
    assert_eq!(stands(&world, &early), "received form-foreign");
    world.later(6 * DAY_MS);
    let honest = carries_out(&mut world, &moved(2, 1));
    assert_eq!(stands(&world, &honest), "counted");
    let stayed = carries_out(&mut world, &opened(3, 1, contract().standard().hash()));
    assert_eq!(stands(&world, &stayed), "counted");
}
