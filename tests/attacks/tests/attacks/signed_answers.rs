//! What the household signed stays what it signed: answers that are others than those above its signature keep the visit from
//! counting (`SIGN-STALE`), also where both investigators sealed.

use hudang_contract::contract::Contract;
use hudang_evidence::body::{Body, Form, Sign, SignerRole};
use hudang_evidence::id::BlobHash;
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_sync::wire::SnapshotParcel;
use hudang_testkit::office::{DAY_MS, local, open, set_up_under, stands, terms_asking, upload};
use hudang_testkit::person::Person;
use hudang_testkit::picture::scene;
use hudang_testkit::visit::Plan;
use serde_json::{Value, json};

/// What the household had before it when it signed.
enum Signed {
    /// These answers.
    Answers(Vec<(&'static str, Value)>),
    /// Nothing that was answered.
    Nothing,
    /// Answers that the phone keeps to itself.
    Hidden(Vec<(&'static str, Value)>),
}

/// Where a visit stands whose income is 120,000 after the household signed these answers, with what it lacks.
fn judged(signed: Signed) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let wanted = json!([{ "role": "household", "min": 1 }]);
    let terms = terms_asking(&json!({ "investigators": 2, "signatures": wanted }));
    let terms = Contract::from_json(terms.to_string().as_bytes()).unwrap();
    let standard = terms.standard().hash();
    set_up_under(&archive, terms, 1);
    let (mut jia, mut yi) = Person::pair(&archive);
    let plan = Plan::of(1);
    let (answers, is_hidden) = match signed {
        Signed::Answers(answers) => (Some(answers), false),
        Signed::Hidden(answers) => (Some(answers), true),
        Signed::Nothing => (None, false),
    };
    let fixed = answers.map(|answers| {
        let disclosures: Vec<Disclosure> = (1_u8..)
            .zip(answers)
            .map(|(n, (name, value))| Disclosure::new([n; 16], name, value))
            .collect();
        let snapshot = Snapshot::new(plan.visit, plan.forms[1], &disclosures).unwrap();
        (snapshot, disclosures)
    });
    let picture = scene(31);
    let mut claims = Vec::new();
    if let Some((snapshot, _)) = &fixed {
        claims.push(Body::Form(Form {
            form: plan.forms[1],
            snapshot: snapshot.hash(),
            page: None,
        }));
    }
    claims.push(Body::Sign(Sign {
        sha256: BlobHash::of(&picture),
        bytes: picture.len() as u64,
        mime: "image/jpeg".to_owned(),
        role: SignerRole::Household,
        by: None,
        person: None,
        snapshot: fixed.as_ref().map(|(snapshot, _)| snapshot.hash()),
    }));
    let plan = Plan {
        claims: Some(claims),
        photo: picture,
        standard: Some(standard),
        ..plan
    };
    let made = plan.carried_out(&mut jia, &mut yi);
    let mut first = made.of_first();
    first.snapshots.extend(fixed.map(|(snapshot, disclosures)| {
        let shown: &[Disclosure] = if is_hidden { &[] } else { &disclosures };
        SnapshotParcel::new(&snapshot, shown)
    }));
    yi.sends(&archive, made.of_second(), DAY_MS);
    jia.sends(&archive, first, DAY_MS);
    upload(&archive, &made.photo, jia.installation(), DAY_MS).unwrap();
    let shown = archive.visit(&local(), made.visit).unwrap().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let missing = shown.standing["missing"].as_array().unwrap().iter();
    let lacks = missing.map(|one| format!("{} {}", text(&one["code"]), text(&one["requirement"])));
    (stands(&archive, made.visit), lacks.collect())
}

#[test]
fn sign_stale_the_income_is_another_one_than_the_household_signed() {
    let stale = (
        "received incomplete".to_owned(),
        vec!["SIGN-STALE sign:household".to_owned()],
    );
    assert_eq!(judged(Signed::Answers(vec![("income", json!(12_000))])), stale);
    // An answer that was signed and is gone is as bad.
    let gone = vec![("income", json!(120_000)), ("housing/rooms", json!(9))];
    assert_eq!(judged(Signed::Answers(gone)), stale);
    // And so is one that nobody is shown.
    assert_eq!(judged(Signed::Hidden(vec![("income", json!(12_000))])), stale);
}

#[test]
fn the_household_that_signed_the_answers_is_not_harmed() {
    let counted = ("counted".to_owned(), Vec::new());
    assert_eq!(judged(Signed::Answers(vec![("income", json!(120_000))])), counted);
    // What a partner's phone wrote at the same time comes later, and is taken.
    assert_eq!(judged(Signed::Nothing), counted);
}
