//! The form's rules decide too whether a visit counts, and a form that cannot be used is not taken.

use hudang_archive::{Archive, FormFile};
use hudang_evidence::seal::Outcome;
use hudang_testkit::form;
use hudang_testkit::office::{at, counts, is_consistent, local, open, set_up, visit};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;
use serde_json::{Value, json};

fn judged(plans: Vec<(&str, Plan)>) -> (tempfile::TempDir, Archive) {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 9);
    let (mut jia, mut yi) = Person::pair(&archive);
    for (stands, plan) in plans {
        let made = plan.carried_out(&mut jia, &mut yi);
        made.brought_as(stands, &archive, [&mut jia, &mut yi], 86_000_000);
    }
    (folder, archive)
}

fn with(n: u8, further: &[(&'static str, Value)]) -> Plan {
    Plan {
        further: further.to_vec(),
        ..Plan::of(n)
    }
}

fn missing(archive: &Archive, n: u8) -> Vec<String> {
    let standing = archive.visit(&local(), visit(n)).unwrap().unwrap().standing;
    let pieces = standing["missing"].as_array().unwrap().iter();
    let text = |piece: &Value, field: &str| piece[field].as_str().unwrap().to_owned();
    pieces
        .map(|piece| format!("{} {}", text(piece, "code"), text(piece, "requirement")))
        .collect()
}

#[test]
fn a_visit_counts_only_if_the_form_s_rules_hold_too() {
    let yurt = ("housing/kind", json!("yurt"));
    let whole = [
        yurt.clone(),
        ("neighbour/says", json!("属实")),
        ("livestock/sheep", json!(40)),
        ("worth", json!(36_000)),
    ];
    let too_many = [("livestock/sheep", json!(20_000)), ("worth", json!(18_000_000))];
    let refused = Plan {
        outcome: Outcome::Refused,
        ..with(7, std::slice::from_ref(&yurt))
    };
    let incomplete = "received incomplete";
    let (_folder, archive) = judged(vec![
        (incomplete, with(1, &[yurt])),
        ("counted", with(2, &whole)),
        (
            incomplete,
            with(3, &[("livestock/sheep", json!(40)), ("worth", json!(1))]),
        ),
        (incomplete, with(4, &too_many)),
        (incomplete, with(5, &[("housing/colour", json!("白"))])),
        (incomplete, with(6, &[("livestock/sheep", json!("四十"))])),
        ("received outcome-unpaid", refused),
    ]);
    assert_eq!(missing(&archive, 1), ["FORM-REQUIRED form:neighbour/says"]);
    assert_eq!(missing(&archive, 3), ["FORM-CALCULATION form:worth"]);
    assert_eq!(missing(&archive, 4), ["FORM-CONSTRAINT form:livestock/sheep"]);
    assert_eq!(missing(&archive, 5), ["FORM-UNKNOWN form:housing/colour"]);
    assert_eq!(missing(&archive, 6), ["FORM-TYPE form:livestock/sheep"]);
    assert_eq!(missing(&archive, 7), Vec::<String>::new(), "nobody was asked");
    assert_eq!(
        counts(&archive),
        [
            "assigned 2",
            "counted 1",
            "received incomplete 5",
            "received outcome-unpaid 1"
        ]
    );
    is_consistent(archive);
}

#[test]
fn who_holds_a_value_back_is_not_counted() {
    let held_back = Plan {
        withheld: Some("neighbour/says"),
        ..with(
            1,
            &[("housing/kind", json!("yurt")), ("neighbour/says", json!("属实"))],
        )
    };
    let (_folder, archive) = judged(vec![("received incomplete", held_back)]);
    assert_eq!(missing(&archive, 1), ["FORM-WITHHELD form:"]);
    is_consistent(archive);
}

#[test]
fn a_form_that_cannot_be_used_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let put = |text: String| {
        let taken = archive.put_form(&local(), FormFile { text }, at(0));
        taken.map_err(|error| error.code())
    };
    assert_eq!(
        put(r#"{"skeleton":{"repeats":[]}}"#.to_owned()),
        Err("FORM-FIELDS")
    );
    assert_eq!(
        put(form::text().replace("* 900", "* (900")),
        Err("HT-FORM-EXPRESSION")
    );
    assert_eq!(
        put(form::text().replace("\"instances\":1", "\"instances\":2")),
        Err("FORM-SKELETON")
    );
    assert_eq!(put(form::text().to_owned()), Ok(form::hash()));
    assert_eq!(
        put(form::text().to_owned()),
        Ok(form::hash()),
        "once more changes nothing"
    );
}
