//! Filling in: drafts that survive, steps that tell what they changed.

use serde_json::{Value, json};

use crate::phone::{PIN, Phone, Screen, second_household};

fn node<'a>(view: &'a Value, path: &str) -> &'a Value {
    let nodes = view["nodes"].as_array().or_else(|| view["changed"].as_array());
    let found = nodes.unwrap().iter().find(|node| node["path"] == path);
    found.unwrap_or_else(|| panic!("{path} is not in {view}"))
}

fn answer(screen: &Screen<'_>, visit: &Value, path: &str, value: &str) -> Value {
    screen.asks("answer", &json!({"visit": visit, "path": path, "value": value}))
}

#[test]
fn what_is_typed_survives_a_kill() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let typed = json!({"visit": visit, "path": "head/name", "value": "巴特"});
    assert_eq!(jia.asks("draft", &typed), json!({"fits": true}));
    let recording = jia.asks("recording_start", &json!({"visit": visit, "purpose": "访谈"}));
    let appended = jia.brings(
        "recording_append",
        &json!({"recording": recording["recording"], "offset": 0}),
        b"sound",
    );
    appended.unwrap();
    let phone = phone.killed();
    let jia = phone.unlocked("jia");
    let form = jia.asks("form", &json!({"visit": visit}));
    assert_eq!(node(&form, "head/name")["draft"], "巴特");
    assert_eq!(node(&form, "head/name")["value"], "");
    let cut = jia.asks("recordings_unfinished", &json!({}));
    assert_eq!(cut[0]["recording"], recording["recording"]);
    let changes = jia.asks("page_confirm", &json!({"visit": visit, "page": "head"}));
    assert_eq!(node(&changes, "head/name")["value"], "巴特");
    assert_eq!(node(&changes, "head/name")["draft"], Value::Null);
}

#[test]
fn an_answer_tells_what_it_changed_and_nothing_else() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let form = jia.asks("form", &json!({"visit": visit}));
    assert_eq!(form["title"], "入户调查表");
    assert_eq!(node(&form, "worth")["calculated"], true);
    assert_eq!(node(&form, "livestock/sheep")["input"], "integer");
    assert_eq!(node(&form, "livestock/tag")["input"], "barcode");
    let changes = answer(&jia, &visit, "livestock/sheep", "40");
    let paths = |changes: &Value| -> Vec<String> {
        let shown = changes["changed"].as_array().unwrap().iter();
        shown
            .map(|node| node["path"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(paths(&changes), ["worth", "livestock/sheep"]);
    assert_eq!(node(&changes, "worth")["value"], "36000");
    assert_eq!(changes["order"], Value::Null);
    let changes = answer(&jia, &visit, "livestock/sheep", "20000");
    assert_eq!(node(&changes, "livestock/sheep")["allowed"], false);
    assert_eq!(changes["progress"]["not_allowed"], 1);
    let changes = answer(&jia, &visit, "housing/kind", "yurt");
    assert_eq!(node(&changes, "neighbour/says")["missing"], true);
    assert_eq!(changes["progress"]["missing"], 1);
    // Nothing more to tell.
    assert_eq!(
        jia.asks("form_news", &json!({"visit": visit}))["changed"],
        json!([])
    );
    let calculated = json!({"visit": visit, "path": "worth", "value": "1"});
    assert_eq!(jia.refused("answer", &calculated), "ANSWER-CALCULATED");
}

#[test]
fn a_zero_is_an_answer_and_a_form_that_nobody_began_says_so() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let of_visit = json!({"visit": visit});
    let progress = jia.asks("form", &of_visit)["progress"].clone();
    assert_eq!(progress["stage"], "not_begun");
    assert!(progress["asked"].as_u64().unwrap() > 0, "{progress}");
    let before = progress["answered"].as_u64().unwrap();
    let answered = |told: &Value| {
        let progress = &told["progress"];
        (
            progress["answered"].as_u64().unwrap() - before,
            progress["stage"].clone(),
        )
    };
    let changes = answer(&jia, &visit, "livestock/sheep", "0");
    assert_eq!(node(&changes, "livestock/sheep")["value"], "0");
    assert_eq!(answered(&changes), (1, json!("begun")));
    let phone = phone.killed();
    let jia = phone.unlocked("jia");
    assert_eq!(answered(&jia.asks("form", &of_visit)), (1, json!("begun")));
    // Nothing is no zero.
    let changes = answer(&jia, &visit, "livestock/sheep", "");
    assert_eq!(answered(&changes), (0, json!("not_begun")));
    jia.asks(
        "draft",
        &json!({"visit": visit, "path": "livestock/sheep", "value": "4"}),
    );
    assert_eq!(jia.asks("visit", &of_visit)["progress"]["stage"], "begun");
}

#[test]
fn what_is_no_answer_stays_beside_its_question_and_lets_people_go_on() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let of_visit = json!({"visit": visit});
    jia.asks("form", &of_visit);
    answer(&jia, &visit, "livestock/sheep", "40");
    let typed = json!({"visit": visit, "path": "livestock/sheep", "value": "abc"});
    assert_eq!(jia.asks("draft", &typed), json!({"fits": false}));
    let changes = jia.asks("answer", &typed);
    let sheep = node(&changes, "livestock/sheep");
    assert_eq!((&sheep["draft"], &sheep["value"]), (&json!("abc"), &json!("40")));
    let says = sheep["unfit"].as_str().unwrap();
    assert!(says.contains("“abc”不是整数"), "{says}");
    assert_eq!(changes["progress"]["unfit"], 1);
    jia.asks("page_confirm", &json!({"visit": visit, "page": "livestock"}));
    let phone = phone.killed();
    let jia = phone.unlocked("jia");
    let form = jia.asks("form", &of_visit);
    assert_eq!(node(&form, "livestock/sheep")["draft"], "abc");
    let key = node(&form, "livestock/sheep")["key"].clone();
    for shown in [jia.asks("visit", &of_visit), jia.asks("seal_preview", &of_visit)] {
        let lacks = shown["lacks"].as_array().unwrap();
        let wrong = lacks.iter().find(|lack| lack["code"] == "FORM-TYPE").unwrap();
        assert_eq!((&wrong["key"], &wrong["blocks"]), (&key, &json!(true)));
        let message = wrong["message"].as_str().unwrap();
        assert!(!message.contains("livestock"), "{message}");
    }
    let dropped = json!({"visit": visit, "path": "livestock/sheep"});
    let changes = jia.asks("draft_drop", &dropped);
    let sheep = node(&changes, "livestock/sheep");
    assert_eq!((&sheep["draft"], &sheep["value"]), (&Value::Null, &json!("40")));
    assert_eq!(changes["progress"]["unfit"], 0);
}

#[test]
fn a_refusal_names_what_is_asked_and_no_path() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    jia.asks("form", &json!({"visit": visit}));
    for (path, code) in [
        ("worth", "ANSWER-CALCULATED"),
        ("members[0123456789abcdef]/name", "ANSWER-UNKNOWN"),
    ] {
        let refused = jia
            .tries("answer", &json!({"visit": visit, "path": path, "value": "1"}))
            .unwrap_err();
        assert_eq!(refused.code, code);
        assert!(
            !refused.message.is_ascii() && !refused.message.contains(path),
            "{}",
            refused.message
        );
        assert!(
            !refused.message.chars().any(|c| c.is_ascii_alphabetic()),
            "{}",
            refused.message
        );
    }
}

#[test]
fn members_come_and_go() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    jia.asks("form", &json!({"visit": visit}));
    let added = jia.asks("instance_add", &json!({"visit": visit, "repeat": "members"}));
    let instance = added["added"].as_str().unwrap().to_owned();
    assert_eq!(node(&added, &instance)["kind"], "instance");
    assert!(added["order"].as_array().is_some());
    let name = format!("{instance}/name");
    answer(&jia, &visit, &name, "其其格");
    let removed = jia.asks("instance_remove", &json!({"visit": visit, "instance": instance}));
    assert!(
        removed["gone"].as_array().is_some_and(|gone| gone.len() == 2),
        "{removed}"
    );
    let back = json!({"visit": visit, "instance": instance, "restore": true});
    assert_eq!(
        node(&jia.asks("instance_remove", &back), &name)["value"],
        "其其格"
    );
    let unknown = json!({"visit": visit, "repeat": "horses"});
    assert_eq!(jia.refused("instance_add", &unknown), "ANSWER-UNKNOWN");
}

#[test]
fn the_last_visit_stands_beside_the_field() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let open = |anew: bool| {
        let arguments = json!({"household": second_household(), "contract": "HT-2026-001", "anew": anew});
        jia.asks("visit_open", &arguments)["visit"].clone()
    };
    let first = open(false);
    answer(&jia, &first, "income", "120000");
    assert_eq!(open(false), first, "it is gone on with");
    let second = open(true);
    assert_ne!(second, first);
    let form = jia.asks("form", &json!({"visit": second}));
    assert_eq!(node(&form, "income")["previous"], 120_000);
    assert_eq!(node(&form, "income")["value"], "");
    let form = jia.asks("form", &json!({"visit": first}));
    assert_eq!(node(&form, "income")["previous"], Value::Null);
}

#[test]
fn a_second_person_goes_on_with_the_same_visit() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let join = |pin: &str| json!({"visit": visit, "person": "yi", "pin": pin});
    assert_eq!(jia.refused("visit_join", &join("000000")), "PIN-WRONG");
    assert_eq!(jia.asks("visit_join", &join(PIN))["visit"], visit);
    let view = jia.asks("visit", &json!({"visit": visit}));
    assert_eq!(view["present"], json!(["jia", "yi"]));
    assert_eq!(jia.asks("start", &json!({}))["acting"], "jia");
}
