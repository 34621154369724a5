//! Answers go through the form: what it refuses, presets, works out, seals and finds missing.

use std::sync::Arc;

use hudang_device::platform::NoFaults;
use hudang_device::{Hand, IfIncomplete, Signatory};
use hudang_evidence::body::{Body, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::seal::Seal;
use hudang_visit::questionnaire::typing::Typed;
use hudang_visit::value::{InstancePath, Value};

use crate::field::{Phone, at, photo, visit, who};
use crate::hub::Hub;

fn lacks(phone: &Phone) -> Vec<String> {
    let missing = phone.device.missing(visit()).unwrap().missing.into_iter();
    missing
        .map(|piece| format!("{} {}", piece.code, piece.requirement))
        .collect()
}

#[test]
fn what_is_no_answer_is_refused_and_leaves_nothing_behind() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let mut says = |path: &str, value: hudang_visit::value::Value| {
        phone
            .device
            .answer(&who("jia"), visit(), &at(path), &value)
            .map_err(|error| error.code())
    };
    assert_eq!(says("housing/colour", "白".into()), Err("ANSWER-UNKNOWN"));
    assert_eq!(says("worth", 5_i64.into()), Err("ANSWER-CALCULATED"));
    assert_eq!(says("income", "许多".into()), Err("ANSWER-VALUE"));
    assert_eq!(says("livestock/sheep", 40_i64.into()), Ok(()));
    let typed = phone.device.draft(visit(), &at("housing/colour"), &"白".into());
    assert_eq!(typed.unwrap_err().code(), "ANSWER-UNKNOWN");
    assert_eq!(
        phone.device.document(visit()).unwrap().answers().unwrap().len(),
        1
    );
    let worth = phone
        .device
        .look(visit(), |filling| filling.sealed()["worth"].clone());
    assert_eq!(worth.unwrap(), 36_000);
}

#[test]
fn the_form_s_rules_are_part_of_what_is_missing() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.open("yi");
    phone.interviews("jia");
    phone
        .device
        .add_photo(&who("yi"), visit(), &photo(4), "合影", Source::Camera)
        .unwrap();
    let mut says = |path: &str, value: hudang_visit::value::Value| {
        phone
            .device
            .answer(&who("jia"), visit(), &at(path), &value)
            .unwrap();
    };
    says("housing/kind", "yurt".into());
    says("livestock/sheep", 20_000_i64.into());
    assert_eq!(
        lacks(&phone),
        [
            "SIGN-STALE sign:household",
            "FORM-REQUIRED form:neighbour/says",
            "FORM-CONSTRAINT form:livestock/sheep"
        ]
    );
    let pair = [who("jia"), who("yi")];
    let refused = phone
        .device
        .seal(visit(), &pair, IfIncomplete::Refuse)
        .unwrap_err();
    assert_eq!(refused.code(), "VISIT-INCOMPLETE");
    let mut says = |path: &str, value: hudang_visit::value::Value| {
        phone
            .device
            .answer(&who("jia"), visit(), &at(path), &value)
            .unwrap();
    };
    says("neighbour/says", "属实".into());
    says("livestock/sheep", 40_i64.into());
    assert_eq!(lacks(&phone), ["SIGN-STALE sign:household"]);
    phone.household_signs("jia");
    assert_eq!(lacks(&phone), Vec::<String>::new());
    phone.device.seal(visit(), &pair, IfIncomplete::Refuse).unwrap();

    // The seal names the snapshot of the last confirmed page, with what the form worked out.
    let notes = phone.device.entry_notes(visit()).unwrap();
    let entries: Vec<Entry> = notes.iter().map(|note| Entry::parse(note).unwrap()).collect();
    let mut last = entries.iter().filter_map(|entry| match entry.body() {
        Body::Form(form) => Some(form.snapshot),
        _ => None,
    });
    let seal = Seal::parse(&phone.device.seal_notes(visit()).unwrap()[0]).unwrap();
    assert_eq!(seal.body().snapshot, last.next_back());
}

#[test]
fn an_identity_number_is_written_as_on_the_card_however_it_was_typed() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let name = at("head/name");
    for (typed, answer) in [
        ("１５２５０４ 1972 1020 954x", "15250419721020954X"),
        ("巴特尔 x", "巴特尔 x"),
        ("15250419721020954 1", "15250419721020954 1"),
    ] {
        let fits = phone.device.enter(&who("jia"), visit(), &name, &typed.into());
        assert_eq!(fits.unwrap(), Typed::Fits);
        let document = phone.device.document(visit()).unwrap();
        assert_eq!(document.answer(&name).unwrap().value, Some(answer.into()));
    }
}

#[test]
fn what_is_typed_and_no_answer_stays_beside_its_question_and_nothing_is_sealed_over_it() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.open("yi");
    phone.interviews("jia");
    phone
        .device
        .add_photo(&who("yi"), visit(), &photo(4), "合影", Source::Camera)
        .unwrap();
    assert_eq!(lacks(&phone), Vec::<String>::new());
    let sheep = at("livestock/sheep");
    let enter =
        |phone: &mut Phone, value: Value| phone.device.enter(&who("jia"), visit(), &sheep, &value).unwrap();
    assert_eq!(enter(&mut phone, 40_i64.into()), Typed::Fits);
    phone.household_signs("jia");
    for text in ["abc", "4.7", "40 只", "99999999999"] {
        assert!(
            matches!(enter(&mut phone, text.into()), Typed::Unfit(_)),
            "{text}"
        );
    }
    // Confirming a page goes on without it, and a kill costs neither the text nor the answer of before.
    phone.device.confirm_page(&who("jia"), visit(), None).unwrap();
    let mut phone = phone.restarted(Arc::new(NoFaults));
    phone.unlock_all();
    let typed = phone.device.drafts(visit()).unwrap();
    assert_eq!(typed.get(&sheep), Some(&Value::from("99999999999")));
    let answers = phone.device.document(visit()).unwrap().answers().unwrap();
    assert_eq!(
        answers.get(&sheep).and_then(|one| one.value.clone()),
        Some(40_i64.into())
    );
    assert_eq!(lacks(&phone), ["FORM-TYPE form:livestock/sheep"]);
    let pair = [who("jia"), who("yi")];
    for incomplete in [IfIncomplete::Refuse, IfIncomplete::Seal] {
        let refused = phone.device.seal(visit(), &pair, incomplete).unwrap_err();
        assert_eq!(refused.code(), "VISIT-INCOMPLETE");
    }
    // Dropped, the answer of before stands; corrected, it is the answer.
    let mut dropped = phone.copied(Arc::new(NoFaults));
    dropped.unlock_all();
    dropped.device.drop_draft(visit(), &sheep).unwrap();
    assert_eq!(lacks(&dropped), Vec::<String>::new());
    assert_eq!(enter(&mut phone, 41_i64.into()), Typed::Fits);
    assert_eq!(lacks(&phone), ["SIGN-STALE sign:household"]);
    phone.household_signs("jia");
    assert_eq!(lacks(&phone), Vec::<String>::new());
    phone.device.seal(visit(), &pair, IfIncomplete::Refuse).unwrap();
}

#[test]
fn what_was_typed_where_nothing_is_asked_any_more_keeps_nobody_from_sealing() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.open("yi");
    phone.interviews("jia");
    phone
        .device
        .add_photo(&who("yi"), visit(), &photo(4), "合影", Source::Camera)
        .unwrap();
    let member = phone
        .device
        .add_instance(&who("jia"), visit(), &InstancePath::TOP, "members")
        .unwrap();
    let instance = InstancePath::TOP.join("members", member).unwrap();
    let name = instance.question("name").unwrap();
    phone.device.draft(visit(), &name, &"其".into()).unwrap();
    let pair = [who("jia"), who("yi")];
    let open = phone.device.seal(visit(), &pair, IfIncomplete::Seal).unwrap_err();
    assert_eq!(open.code(), "VISIT-DRAFT");
    phone
        .device
        .set_removed(&who("jia"), visit(), &instance, true)
        .unwrap();
    phone.device.confirm_page(&who("jia"), visit(), None).unwrap();
    phone.device.seal(visit(), &pair, IfIncomplete::Refuse).unwrap();
    assert_eq!(
        phone.device.drafts(visit()).unwrap().len(),
        1,
        "nothing that was typed is thrown away"
    );
}

#[test]
fn a_partner_s_changes_are_told_to_the_form_that_is_open() {
    let (mut hub, mut east, mut west) = Hub::with_two_phones();
    east.open("jia");
    west.open("yi");
    east.device
        .answer(&who("jia"), visit(), &at("housing/kind"), &"yurt".into())
        .unwrap();
    west.device
        .answer(&who("yi"), visit(), &at("livestock/sheep"), &40_i64.into())
        .unwrap();
    let member = west
        .device
        .add_instance(&who("yi"), visit(), &InstancePath::TOP, "members")
        .unwrap();
    hub.sync(&mut west);
    hub.sync(&mut east);
    let news = east.device.news(visit());
    let keys: Vec<&str> = news.changed.iter().map(|view| view.key.as_str()).collect();
    assert!(
        keys.contains(&"/data/livestock/sheep") && keys.contains(&"/data/worth"),
        "{keys:?}"
    );
    assert!(
        keys.contains(&format!("/data/members[{member}]").as_str()),
        "{keys:?}"
    );
    assert!(east.device.news(visit()).changed.is_empty(), "told once");
    hub.sync(&mut west);
    let sealed = |phone: &Phone| {
        phone
            .device
            .look(visit(), hudang_visit::questionnaire::filling::Filling::sealed)
            .unwrap()
    };
    assert_eq!(sealed(&east), sealed(&west));
}

#[test]
fn the_household_s_signature_covers_the_answers_of_its_moment() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    phone.interviews("jia");
    let stale = |phone: &Phone| {
        let of = phone.device.stale_signatures(visit()).unwrap();
        of.into_values().flatten().collect::<Vec<String>>()
    };
    assert_eq!(stale(&phone), Vec::<String>::new());
    let mut says = |path: &str, value: Value| {
        phone
            .device
            .answer(&who("jia"), visit(), &at(path), &value)
            .unwrap();
    };
    // One changes, one comes; what the form works out follows and is not told.
    says("income", 90_000_i64.into());
    says("livestock/sheep", 40_i64.into());
    assert_eq!(stale(&phone), ["income", "livestock/sheep"]);
    assert_eq!(
        lacks(&phone)
            .iter()
            .filter(|lack| lack.starts_with("SIGN"))
            .collect::<Vec<_>>(),
        ["SIGN-STALE sign:household"]
    );
    // Taken back, the signature stands again.
    let mut says = |path: &str, value: Value| {
        phone
            .device
            .answer(&who("jia"), visit(), &at(path), &value)
            .unwrap();
    };
    says("income", 120_000_i64.into());
    says("livestock/sheep", Value::Cleared);
    assert_eq!(stale(&phone), Vec::<String>::new());
}

#[test]
fn an_investigator_signs_by_hand_for_nobody_else_and_once() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.open("yi");
    for shade in [11, 12] {
        phone
            .device
            .add_signature(
                &who("jia"),
                visit(),
                &photo(shade),
                &Signatory::Investigator(who("jia")),
                &Hand::Own,
            )
            .unwrap();
    }
    let entries: Vec<Entry> = phone
        .device
        .entry_notes(visit())
        .unwrap()
        .iter()
        .map(|note| Entry::parse(note).unwrap())
        .collect();
    let people = entries.iter().filter_map(|entry| match entry.body() {
        Body::Sign(sign) => Some((sign.person.clone(), sign.snapshot)),
        _ => None,
    });
    assert_eq!(people.collect::<Vec<_>>(), vec![(Some(who("jia")), None); 2]);
}
