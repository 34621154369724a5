//! One household once (EVIDENCE §1.10 R9): the same family under a second code, and families that only look alike.

use hudang_archive::Role;
use hudang_test_server::{World, refused};
use hudang_testkit::form;
use hudang_testkit::office::is_consistent;
use hudang_testkit::visit::{Made, Plan};
use serde_json::{Value, json};

use crate::neighbour::{carries_out, stands};

/// The question of the tests' form that holds the number here.
const PATH: &str = "head/phone";
/// Numbers that are valid, of nobody.
const ONE: &str = "15250419721020954X";
const OTHER: &str = "150102198801011234";

fn told(response: reqwest::blocking::Response) -> Value {
    assert!(response.status().is_success(), "{}", response.text().unwrap());
    response.json().unwrap()
}

fn publishes(world: &World, identity: &str) -> reqwest::blocking::Response {
    let body = json!({ "form": form::hash(), "identity": identity, "from": "2026-01-01" });
    world
        .office(Role::PurchaserHandler, "POST", "/v1/contracts/HT-2026-001/forms")
        .json(&body)
        .send()
        .unwrap()
}

/// A world whose published form holds the identity number of the head.
fn world() -> World {
    let world = World::new();
    told(publishes(&world, PATH));
    world
}

/// Visit n of household n, whose head has this number.
fn of(n: u8, number: &str) -> Plan {
    Plan {
        further: vec![(PATH, json!(number))],
        ..Plan::of(n)
    }
}

/// What the findings of a visit say of other households.
fn twins(world: &World, made: &Made) -> Vec<String> {
    let path = format!("/v1/visits/{}", made.visit);
    let shown = told(world.office(Role::PurchaserHandler, "GET", &path).send().unwrap());
    let found = shown["findings"].as_array().unwrap().iter();
    found
        .filter(|one| one[0] == "HOUSEHOLD-TWIN")
        .map(|one| one[1]["by"].as_str().unwrap().to_owned())
        .collect()
}

fn registers(world: &World, rows: &[Value]) {
    let households = world.office(Role::PurchaserHandler, "POST", "/v1/households");
    told(households.json(&json!({ "households": rows })).send().unwrap());
}

#[test]
fn household_twin_same_family_under_a_second_code_counts_once() {
    let mut world = world();
    let first = carries_out(&mut world, &of(1, ONE));
    assert_eq!(twins(&world, &first).len(), 0);
    let second = carries_out(&mut world, &of(2, ONE));
    assert_eq!(stands(&world, &first), "counted");
    assert_eq!(stands(&world, &second), "received repeat");
    for made in [&first, &second] {
        assert_eq!(twins(&world, made), ["identity"]);
    }
    let honest = carries_out(&mut world, &of(3, OTHER));
    assert_eq!(stands(&world, &honest), "counted");
    assert_eq!(twins(&world, &honest).len(), 0);
    world.stop();
    is_consistent(hudang_testkit::office::open(world.root.path()));
}

#[test]
fn household_twin_earlier_visit_that_comes_later_is_the_one_that_counts() {
    let mut world = world();
    let second = carries_out(&mut world, &of(2, ONE));
    assert_eq!(stands(&world, &second), "counted");
    let first = carries_out(&mut world, &of(1, ONE));
    assert_eq!(stands(&world, &first), "counted");
    assert_eq!(stands(&world, &second), "received repeat");
}

#[test]
fn household_twin_written_another_way_is_found() {
    for (n, number) in [
        (2, " 152504 1972 1020 954X "),
        (3, "15250419721020954x"),
        (4, "１５２５０４１９７２１０２０９５４Ｘ"),
    ] {
        let mut world = world();
        let first = carries_out(&mut world, &of(1, ONE));
        let second = carries_out(&mut world, &of(n, number));
        assert_eq!(stands(&world, &first), "counted");
        assert_eq!(stands(&world, &second), "received repeat", "{number}");
    }
}

#[test]
fn household_twin_is_not_told_by_numbers_that_are_none() {
    let mut world = world();
    for (n, number) in [
        (1, "无"),
        (2, "无"),
        (3, "150102198801011230"),
        (4, "150102198801011230"),
    ] {
        let made = carries_out(&mut world, &of(n, number));
        assert_eq!(stands(&world, &made), "counted", "{n} {number}");
        assert_eq!(twins(&world, &made).len(), 0);
    }
}

#[test]
fn household_twin_by_telephone_with_name_or_address_is_shown_and_namesakes_are_not_harmed() {
    let mut world = world();
    let row = |n: u8, head: &str, phone: &str, address: &str| {
        json!({ "code": format!("户-{n:03}"), "area": "152525104201", "head": head, "phone": phone,
            "address": address })
    };
    registers(
        &world,
        &[
            row(1, "巴特尔", "139-0000-0001", "示例嘎查 1 号"),
            row(2, "巴特尔", "13900000001", "示例嘎查 2 号"),
            row(3, "其木格", "13900000003", "示例嘎查4号"),
            row(4, "娜仁", "13900000004", "示例嘎查 4 号"),
            // A namesake, and one who is reached through the neighbour's telephone.
            row(5, "巴特尔", "13900000005", "示例嘎查 5 号"),
            row(6, "乌云", "13900000001", "示例嘎查"),
            row(7, "苏和", "", "示例嘎查"),
        ],
    );
    let made: Vec<Made> = (1..=7).map(|n| carries_out(&mut world, &Plan::of(n))).collect();
    let found: Vec<Vec<String>> = made.iter().map(|made| twins(&world, made)).collect();
    let expected: [&[&str]; 7] = [
        &["contact"],
        &["contact"],
        &["address"],
        &["address"],
        &[],
        &[],
        &[],
    ];
    assert_eq!(found, expected);
    for made in &made {
        assert_eq!(stands(&world, made), "counted", "for a person to look at");
    }
    // The register is put right: the finding goes.
    registers(&world, &[row(2, "巴图", "13900000001", "示例嘎查 2 号")]);
    assert_eq!(twins(&world, &made[0]).len(), 0);
    assert_eq!(twins(&world, &made[1]).len(), 0);
    world.stop();
    is_consistent(hudang_testkit::office::open(world.root.path()));
}

#[test]
fn household_twin_told_by_a_visit_that_cannot_count_takes_nothing_from_a_neighbour() {
    let mut world = world();
    let lying = Plan {
        income: false,
        ..of(1, ONE)
    };
    let lying = carries_out(&mut world, &lying);
    assert_eq!(stands(&world, &lying), "received incomplete");
    let honest = carries_out(&mut world, &of(2, ONE));
    assert_eq!(stands(&world, &honest), "counted");
    assert_eq!(twins(&world, &honest), ["identity"], "it is shown all the same");
}

#[test]
fn household_twin_question_that_the_form_does_not_ask_is_refused() {
    let world = World::new();
    for path in ["head/none", "members/name", "head"] {
        assert_eq!(refused(publishes(&world, path)).1, "FORM-IDENTITY", "{path}");
    }
}
