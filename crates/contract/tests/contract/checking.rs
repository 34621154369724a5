//! Every `HT-` code by the smallest change to a good contract, with the place that it names.

use std::collections::BTreeSet;

use hudang_contract::contract::{CONTRACT_BYTES_MAX, Contract};
use hudang_contract::problem::{ContractError, Problem};
use hudang_visit::Language;
use hudang_visit::standard::StandardError;
use serde_json::{Value, json};

use crate::good::terms;

/// What is changed where, and all that is wrong then.
type Row = (&'static str, Value, Vec<Problem>);

fn text(text: &str) -> String {
    text.to_owned()
}

fn both(one: &str, other: &str) -> (String, String) {
    (text(one), text(other))
}

fn unknown(area: &str, period: &str) -> Problem {
    Problem::QuantityUnknown(text(area), text(period))
}

/// A list of the good contract with one thing more.
fn with(list: &str, more: Value) -> Value {
    let mut list = terms()[list].clone();
    list.as_array_mut().unwrap().push(more);
    list
}

/// Head, areas and periods.
fn of_time_and_place() -> Vec<Row> {
    let (april, banner) = ("2026-04", "152525");
    let overlap = |one: &str, other: &str| {
        let (one, other) = both(one, other);
        Problem::AreaOverlap(one, other)
    };
    let periods = |one: &str, other: &str| {
        let (one, other) = both(one, other);
        Problem::PeriodOverlap(one, other)
    };
    vec![
        ("/title", json!(" "), vec![Problem::Empty("title")]),
        (
            "/periods/1/key",
            json!(""),
            vec![
                Problem::Empty("periods.key"),
                unknown(banner, april),
                unknown("152526", april),
            ],
        ),
        (
            "/contractors",
            json!(["xinghe", "heyuan", "xinghe"]),
            vec![Problem::Contractors],
        ),
        (
            "/periods/1/to",
            json!("2026-03-31"),
            vec![Problem::Backwards(text(april))],
        ),
        (
            "/roster/2/on/to",
            json!("2026-03-31"),
            vec![Problem::Backwards(text("bing"))],
        ),
        (
            "/areas",
            json!([]),
            vec![
                Problem::NoArea,
                unknown(banner, "2026-03"),
                unknown(banner, april),
                unknown("152526", april),
            ],
        ),
        (
            "/areas/1/code",
            json!("152525000000"),
            vec![
                overlap(banner, "152525000000"),
                unknown("152526", april),
                Problem::AreaWithoutQuantity(text("152525000000")),
            ],
        ),
        (
            "/periods",
            json!([]),
            vec![
                Problem::NoPeriod,
                unknown(banner, "2026-03"),
                unknown(banner, april),
                unknown("152526", april),
            ],
        ),
        (
            "/periods/1/to",
            json!("2027-01-01"),
            vec![Problem::PeriodOutside(text(april))],
        ),
        (
            "/periods/1/from",
            json!("2026-03-31"),
            vec![periods("2026-03", april)],
        ),
    ]
}

/// Quantities and cycles.
fn of_numbers() -> Vec<Row> {
    let (april, banner) = ("2026-04", "152525");
    vec![
        ("/quantities", json!([]), vec![Problem::NoQuantity]),
        (
            "/quantities/2/visits",
            json!(0),
            vec![Problem::QuantityZero(text("152526"), text(april))],
        ),
        (
            "/quantities/1/area",
            json!("152529"),
            vec![unknown("152529", april)],
        ),
        (
            "/quantities/1/period",
            json!("2026-05"),
            vec![unknown(banner, "2026-05")],
        ),
        (
            "/quantities",
            with(
                "quantities",
                json!({"area": banner, "period": april, "visits": 1}),
            ),
            vec![Problem::QuantityTwice(text(banner), text(april))],
        ),
        (
            "/areas",
            with("areas", json!({"code": "152529", "name": "正镶白旗"})),
            vec![Problem::AreaWithoutQuantity(text("152529"))],
        ),
        ("/cycle", json!({"from": []}), vec![Problem::CycleDates]),
        (
            "/cycle",
            json!({"from": ["2026-01-02"]}),
            vec![Problem::CycleDates],
        ),
        (
            "/cycle",
            json!({"from": ["2026-01-01", "2026-06-01", "2026-05-01"]}),
            vec![Problem::CycleDates],
        ),
    ]
}

/// What is paid, and who works.
fn of_pay_and_people() -> Vec<Row> {
    vec![
        (
            "/standard/outcomes/gone",
            json!({"investigators": 2}),
            vec![Problem::Standard(StandardError::Outcome(text("gone")))],
        ),
        (
            "/standard/outcomes/refused/investigators",
            json!(1),
            vec![Problem::Pair(text("refused"))],
        ),
        ("/paid", json!([]), vec![Problem::PaidOutcome(String::new())]),
        (
            "/paid",
            json!(["done", "moved"]),
            vec![Problem::PaidOutcome(text("moved"))],
        ),
        (
            "/roster/2/org",
            json!("other"),
            vec![Problem::RosterOrg(text("bing"))],
        ),
        (
            "/roster",
            with(
                "roster",
                json!({"person": "bing", "org": "heyuan", "on": {"from": "2026-12-31", "to": "2026-12-31"}}),
            ),
            vec![Problem::RosterTwice(text("bing"))],
        ),
        ("/amount_fen", json!(-1), vec![Problem::Amount("amount_fen")]),
        (
            "/unit_price_fen",
            json!(-1),
            vec![Problem::Amount("unit_price_fen")],
        ),
    ]
}

fn rows() -> Vec<Row> {
    [of_time_and_place(), of_numbers(), of_pay_and_people()].concat()
}

/// Puts a value at a place, which may be new.
fn changed(place: &str, value: Value) -> Value {
    let mut terms = terms();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = terms.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => other[name] = value,
    }
    terms
}

fn wrong(json: &str) -> ContractError {
    Contract::from_json(json.as_bytes()).unwrap_err()
}

#[test]
fn each_change_is_found_and_placed() {
    Contract::from_json(terms().to_string().as_bytes()).unwrap();
    for (place, value, expected) in rows() {
        let said = format!("{place} {value}");
        let found = wrong(&changed(place, value).to_string());
        assert_eq!(found.0, expected, "{said}");
        assert_eq!(found.code(), expected[0].code(), "{said}");
        for language in [Language::Zh, Language::En] {
            assert_eq!(found.message(language).lines().count(), expected.len(), "{said}");
        }
    }
}

#[test]
fn what_is_no_contract_is_said() {
    let large = format!("{{\"title\": \"{}\"}}", "a".repeat(CONTRACT_BYTES_MAX));
    let cases = [
        ("{".to_owned(), "EOF"),
        (changed("/colour", json!("白")).to_string(), "colour"),
        (changed("/term/from", json!("2026-02-30")).to_string(), ""),
        (changed("/quantities/0/visits", json!(-1)).to_string(), ""),
        (changed("/paid/0", json!("gone")).to_string(), "gone"),
        (large, "at most"),
    ];
    for (json, detail) in cases {
        let found = wrong(&json);
        assert_eq!(found.code(), "HT-FORM");
        let [Problem::Form(said)] = found.0.as_slice() else {
            panic!("{found}");
        };
        assert!(said.contains(detail), "{said}");
    }
}

/// The codes that the source has.
fn codes() -> BTreeSet<&'static str> {
    let source = include_str!("../../src/problem.rs");
    let quoted = source.split('"').skip(1).step_by(2);
    quoted.filter(|text| text.starts_with("HT-")).collect()
}

#[test]
fn every_code_has_a_case() {
    let cases = rows().into_iter().flat_map(|(_, _, problems)| problems);
    let mut seen: BTreeSet<&str> = cases.map(|problem| problem.code()).collect();
    seen.insert(wrong("{").code());
    assert_eq!(seen, codes());
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let mut all = changed("/title", json!(""));
    all["paid"] = json!([]);
    all["amount_fen"] = json!(-1);
    let codes: Vec<&str> = wrong(&all.to_string()).0.iter().map(Problem::code).collect();
    assert_eq!(codes, ["HT-EMPTY", "HT-AMOUNT", "HT-PAID-OUTCOME"]);
}

#[test]
fn names_of_the_roster_are_known_however_they_are_written() {
    let mut terms = terms();
    terms["roster"][0]["name"] = json!("包·乌云");
    let contract = Contract::from_json(terms.to_string().as_bytes()).unwrap();
    for (name, is_known) in [
        ("包乌云", true),
        ("包 乌云", true),
        ("jia", true),
        ("包乌云（儿子）", false),
        ("乌云", false),
        // Nobody has no name.
        ("", false),
        (" · ", false),
    ] {
        assert_eq!(contract.names_on_roster(name), is_known, "{name}");
    }
}
