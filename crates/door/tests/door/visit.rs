//! A whole visit of two people on one phone, from opening to the seal.

use hudang_testkit::picture::picture;
use hudang_testkit::sound::tone;
use serde_json::{Value, json};

use crate::phone::{PIN, Phone, Screen};

fn need<'a>(view: &'a Value, requirement: &str) -> &'a Value {
    let needs = view["needs"].as_array().unwrap();
    needs
        .iter()
        .find(|need| need["requirement"] == requirement)
        .unwrap()
}

/// Everything that the standard wants of one investigator, but the recording.
fn captures(jia: &Screen<'_>, visit: &Value) {
    jia.asks("consent", &json!({"visit": visit, "to": "visit", "given": true}));
    jia.asks("consent", &json!({"visit": visit, "to": "audio", "given": true}));
    let place = json!({"visit": visit, "lat_e7": 455_000_000, "lon_e7": 1_170_000_000, "accuracy_cm": 800,
        "mock": false, "fix_ms": 1_772_413_200_000_i64});
    jia.asks("position", &place);
    let photo = json!({"visit": visit, "purpose": "门牌", "imported": false});
    jia.brings("photo_add", &photo, &picture(1)).unwrap();
    jia.asks(
        "answer",
        &json!({"visit": visit, "path": "income", "value": 120_000}),
    );
    jia.asks("note", &json!({"visit": visit, "text": "院内有拖拉机一台"}));
    jia.asks("page_confirm", &json!({"visit": visit}));
    let sign = json!({"visit": visit, "role": "household"});
    jia.brings("signature_add", &sign, &picture(2)).unwrap();
}

#[test]
fn the_list_and_the_visit_tell_one_number_of_what_is_missing() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let of_visit = json!({"visit": visit});
    let mut told = Vec::new();
    // In either order: what the one has worked out, the other tells.
    let mut is_one_number = || {
        let first = jia.asks("today", &json!({}))["errands"][0]["lacks"].clone();
        let view = jia.asks("visit", &of_visit);
        let then = jia.asks("today", &json!({}))["errands"][0]["lacks"].clone();
        assert_eq!((&first, &then), (&view["missing"], &view["missing"]), "{view}");
        let lacks = view["lacks"].as_array().unwrap().len();
        told.push((view["missing"].as_u64().unwrap(), lacks));
    };
    is_one_number();
    jia.asks("outcome_set", &json!({"visit": visit, "outcome": "done"}));
    is_one_number();
    jia.asks(
        "answer",
        &json!({"visit": visit, "path": "housing/kind", "value": "yurt"}),
    );
    is_one_number();
    captures(&jia, &visit);
    is_one_number();
    jia.asks("outcome_set", &json!({"visit": visit, "outcome": "refused"}));
    is_one_number();
    let [begun, chosen, asked, captured, _] = told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(begun.0, chosen.0 + 1, "that the outcome is open counts too");
    // All consents are one line, and so are all questions.
    assert!(asked.0 < u64::try_from(asked.1).unwrap(), "{told:?}");
    assert_eq!(asked.0, chosen.0, "{told:?}");
    assert!(captured.0 < asked.0, "{told:?}");
}

#[test]
fn two_people_on_one_phone_seal_a_visit_with_their_pins() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let errand = jia.asks("today", &json!({}))["errands"][0].clone();
    assert_eq!(
        (&errand["code"], &errand["state"]),
        (&json!("户-001"), &json!("new"))
    );
    assert_eq!(errand["due"], "2026-03-31");
    assert_eq!(
        [
            &errand["head"],
            &errand["address"],
            &errand["phone"],
            &errand["area"]
        ],
        [
            &json!("户主一"),
            &json!("示例嘎查 1 号"),
            &json!("13900000001"),
            &json!("东乌珠穆沁旗")
        ]
    );
    let visit = jia.opens();
    captures(&jia, &visit);
    let of_visit = json!({"visit": visit});
    let view = jia.asks("visit", &of_visit);
    assert_eq!(need(&view, "photo:门牌")["state"], "met");
    assert_eq!(need(&view, "question:income")["label"], "收入");
    assert_eq!(need(&view, "audio")["have"], 0);
    assert_eq!(need(&view, "investigators")["state"], "missing");
    assert_eq!(view["notes"][0]["text"], "院内有拖拉机一台");
    let begun = jia.asks("recording_start", &json!({"visit": visit, "purpose": "访谈"}));
    let recording = json!({"recording": begun["recording"]});
    for (n, piece) in tone(5).chunks(16_000).enumerate() {
        let at = json!({"recording": begun["recording"], "offset": n * 16_000});
        jia.brings("recording_append", &at, piece).unwrap();
    }
    let preview = jia.asks("seal_preview", &of_visit);
    let codes: Vec<&str> = preview["obstacles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|obstacle| obstacle["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["VISIT-OUTCOME", "RECORDING-OPEN"]);
    jia.asks("recording_finish", &recording);
    jia.asks("outcome_set", &json!({"visit": visit, "outcome": "done"}));
    jia.asks("visit_join", &json!({"visit": visit, "person": "yi", "pin": PIN}));
    // Who only opened was not there: the screen says so, and what to do.
    let preview = jia.asks("seal_preview", &of_visit);
    assert_eq!(preview["lacks"][0]["requirement"], "investigators");
    let second = &preview["signers"][1];
    assert_eq!(
        (&second["present"], &second["traced"], &second["signed"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert!(second["message"].as_str().unwrap().contains("到场留痕"));
    let yi = phone.unlocked("yi");
    yi.asks("consent", &json!({"visit": visit, "to": "visit", "given": true}));
    let preview = jia.asks("seal_preview", &of_visit);
    assert_eq!(
        (&preview["obstacles"], &preview["lacks"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(preview["signers"][1]["message"], Value::Null);
    assert_eq!(preview["fixes"]["photos"], 1);

    let seal = |second: &str| {
        let signers = json!([{"person": "jia", "pin": PIN}, {"person": "yi", "pin": second}]);
        jia.tries(
            "seal",
            &json!({"visit": visit, "signers": signers, "where_lacking": "refuse"}),
        )
    };
    assert_eq!(seal("999999").unwrap_err().code, "PIN-WRONG");
    assert_eq!(jia.asks("visit", &of_visit)["seal"], Value::Null);
    let sealed = seal(PIN).unwrap();
    assert_eq!((&sealed["missing"], &sealed["lacks"]), (&json!([]), &json!([])));
    let view = jia.asks("visit", &of_visit);
    assert_eq!(view["state"], "sealed");
    assert_eq!(view["seal"]["signed_by"], json!(["jia", "yi"]));
    let late = json!({"visit": visit, "path": "income", "value": 1});
    let refused = jia.tries("answer", &late).unwrap_err();
    assert_eq!(refused.code, "VISIT-SEALED");
    assert!(refused.message.contains("已封存"));
    let outbox = jia.asks("outbox", &json!({}));
    assert_eq!(outbox["parcels"][0]["code"], "户-001");
    assert_eq!(outbox["parcels"][0]["photos"], 2);
    assert_eq!(outbox["parcels"][0]["recordings"], 1);
    assert_eq!(
        jia.opens(),
        visit,
        "a sealed visit is shown again, not begun anew"
    );
}

#[test]
fn a_refused_recording_is_waived_with_a_witness() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    captures(&jia, &visit);
    jia.asks("outcome_set", &json!({"visit": visit, "outcome": "done"}));
    jia.asks("visit_join", &json!({"visit": visit, "person": "yi", "pin": PIN}));
    let of_visit = json!({"visit": visit});
    let audio = need(&jia.asks("visit", &of_visit), "audio").clone();
    assert_eq!(audio["waivable_for"], json!(["household-refused"]));
    let waive = json!({"visit": visit, "requirement": "audio", "reason": "household-refused", "text": "住户不愿录音"});
    let waiver = jia.asks("waive", &waive);
    assert_eq!(
        need(&jia.asks("visit", &of_visit), "audio")["state"],
        "missing",
        "nobody confirmed it"
    );
    let witness =
        |person: &str| json!({"visit": visit, "entry": waiver["entry"], "person": person, "pin": PIN});
    assert_eq!(jia.refused("witness", &witness("jia")), "WITNESS-SELF");
    jia.asks("witness", &witness("yi"));
    let view = jia.asks("visit", &of_visit);
    assert_eq!(need(&view, "audio")["state"], "waived");
    assert_eq!(view["waivers"][0]["witnesses"], json!(["yi"]));
    assert_eq!(view["lacks"], json!([]));
}

#[test]
fn a_retaken_photo_keeps_the_first_as_replaced() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let photo = json!({"visit": visit, "purpose": "门牌", "imported": false});
    let first = jia.brings("photo_add", &photo, &picture(1)).unwrap();
    let again = json!({"visit": visit, "purpose": "门牌", "imported": false, "instead": first["entry"]});
    jia.brings("photo_add", &again, &picture(2)).unwrap();
    let view = jia.asks("visit", &json!({"visit": visit}));
    let withdrawn: Vec<&Value> = view["photos"]
        .as_array()
        .unwrap()
        .iter()
        .map(|photo| &photo["withdrawn"])
        .collect();
    assert_eq!(withdrawn, [true, false]);
    assert_eq!(need(&view, "photo:门牌")["have"], 1);
}
