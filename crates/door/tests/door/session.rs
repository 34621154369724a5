//! What a screen may do without a PIN, with one, and when it has gone idle.

use hudang_door::Original;
use hudang_door::table::{ARGUMENTS_BYTES_MAX, COMMANDS, Carries, Needs, PIECE_BYTES_MAX};
use hudang_testkit::picture::picture;
use serde_json::{Value, json};

use crate::phone::{PIN, Phone, invitation, visit};

#[test]
fn nothing_of_the_store_is_told_before_the_pin() {
    let phone = Phone::new();
    let screen = phone.screen("stranger");
    let open: Vec<&str> = COMMANDS
        .iter()
        .filter(|command| command.needs == Needs::Nobody)
        .map(|command| command.name)
        .collect();
    let without = [
        "start",
        "language",
        "code_read",
        "enrol",
        "enrolments",
        "unlock",
        "lock",
        "practice_end",
        "recording_append",
        // Who has just enrolled is confirmed by the server before anybody can unlock.
        "sync",
        "sync_progress",
    ];
    assert_eq!(open, without);
    for command in COMMANDS.iter().filter(|command| command.needs == Needs::Pin) {
        let body: &[u8] = match command.carries {
            Carries::Nothing => &[],
            Carries::Bytes(_) => b"x",
        };
        let refused = screen.brings(command.name, &json!({}), body).unwrap_err();
        assert_eq!(refused.code, "DOOR-LOCKED", "{}", command.name);
    }
    assert_eq!(screen.asks("start", &json!({}))["acting"], Value::Null);
    let piece = json!({"recording": "0".repeat(64), "offset": 0});
    let appended = screen.brings("recording_append", &piece, b"x");
    assert_eq!(appended.unwrap_err().code, "DOOR-LOCKED");
}

#[test]
fn arguments_are_parsed_and_limited() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    assert_eq!(jia.refused("format_disk", &json!({})), "DOOR-COMMAND");
    for (name, arguments) in [
        ("visit", json!({})),
        ("visit", json!({"visit": "../../etc"})),
        ("visit", json!({"visit": visit, "all": true})),
        ("note", json!({"visit": visit, "text": "墙".repeat(4_000)})),
        ("note", json!({"visit": visit, "text": "a\u{0}b"})),
        ("answer", json!({"visit": visit, "path": "no way", "value": 1})),
        (
            "answer",
            json!({"visit": visit, "path": "income", "value": {"a": 1}}),
        ),
        (
            "position",
            json!({"visit": visit, "lat_e7": 900_000_001, "lon_e7": 0, "accuracy_cm": 1, "mock": false}),
        ),
        (
            "seal",
            json!({"visit": visit, "signers": [], "where_lacking": "seal"}),
        ),
        ("recording_finish", json!({"recording": "zz"})),
        ("unlock", json!({"person": "jia", "pin": "1".repeat(200)})),
    ] {
        assert_eq!(
            jia.refused(name, &arguments),
            "DOOR-ARGUMENTS",
            "{name} {arguments}"
        );
    }
    let long = json!({"visit": visit, "text": "a".repeat(ARGUMENTS_BYTES_MAX)});
    assert_eq!(jia.refused("note", &long), "DOOR-TOO-LARGE");
    let of_visit = json!({"visit": visit});
    assert_eq!(
        jia.brings("visit", &of_visit, b"x").unwrap_err().code,
        "DOOR-CONTENT"
    );
    let photo = json!({"visit": visit, "purpose": "门牌", "imported": false});
    assert_eq!(jia.refused("photo_add", &photo), "DOOR-CONTENT");
    assert_eq!(
        jia.brings("photo_add", &photo, b"no picture").unwrap_err().code,
        "PHOTO-TYPE"
    );
    let piece = vec![0; PIECE_BYTES_MAX + 1];
    let recording = json!({"recording": "0".repeat(64), "offset": 0});
    let appended = jia.brings("recording_append", &recording, &piece);
    assert_eq!(appended.unwrap_err().code, "DOOR-TOO-LARGE");
    let unknown = json!({"visit": visit, "path": "incom", "value": 1});
    assert_eq!(jia.refused("answer", &unknown), "ANSWER-UNKNOWN");
    assert_eq!(jia.refused("draft", &unknown), "ANSWER-UNKNOWN");
}

#[test]
fn a_wrong_pin_opens_nothing_and_says_what_to_do() {
    let phone = Phone::new();
    let screen = phone.screen("jia");
    let wrong = screen
        .tries("unlock", &json!({"person": "jia", "pin": "000000"}))
        .unwrap_err();
    assert_eq!((wrong.code.as_str(), wrong.wait_ms), ("PIN-WRONG", Some(0)));
    assert!(wrong.message.contains("密码不对"), "{}", wrong.message);
    assert_eq!(screen.refused("today", &json!({})), "DOOR-LOCKED");
    for _ in 0..2 {
        screen.refused("unlock", &json!({"person": "jia", "pin": "000000"}));
    }
    let waits = screen
        .tries("unlock", &json!({"person": "jia", "pin": PIN}))
        .unwrap_err();
    assert_eq!(waits.code, "PIN-WAIT");
    assert!(waits.wait_ms.is_some_and(|wait_ms| wait_ms > 20_000));
    screen.asks("language", &json!({"language": "en"}));
    let told = screen.tries("today", &json!({})).unwrap_err();
    assert!(told.message.starts_with("Locked."), "{}", told.message);
}

#[test]
fn a_session_locks_by_itself_and_its_recording_goes_on() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let begun = jia.asks("recording_start", &json!({"visit": visit, "purpose": "访谈"}));
    let recording = json!({"recording": begun["recording"]});
    let sound = hudang_testkit::sound::tone(7);
    let (first, second) = sound.split_at(sound.len() / 2);
    let at = |offset: usize| json!({"recording": begun["recording"], "offset": offset});
    jia.brings("recording_append", &at(0), first).unwrap();
    // What the screen asks by itself keeps nothing open.
    for _ in 0..11 {
        phone.hands.later(60_000);
        let _ = jia.tries("sync_progress", &json!({}));
    }
    assert_eq!(jia.refused("today", &json!({})), "DOOR-LOCKED");
    jia.brings("recording_append", &at(first.len()), second).unwrap();
    let other = phone
        .screen("other")
        .brings("recording_append", &at(sound.len()), b"x");
    assert_eq!(other.unwrap_err().code, "DOOR-LOCKED");
    let yi = phone.unlocked("yi");
    let of_jia = yi.brings("recording_append", &at(sound.len()), b"x");
    assert_eq!(of_jia.unwrap_err().code, "PERSON-LOCKED");
    assert_eq!(jia.refused("recording_finish", &recording), "DOOR-LOCKED");
    jia.asks("unlock", &json!({"person": "jia", "pin": PIN}));
    let kept = jia.asks("recording_finish", &recording);
    assert_eq!(kept["size_bytes"], sound.len());
}

#[test]
fn originals_are_for_the_session_that_was_told_of_them() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let id = jia.opens();
    let photo = picture(3);
    let arguments = json!({"visit": id, "purpose": "门牌", "imported": false});
    let kept = jia.brings("photo_add", &arguments, &photo).unwrap();
    let blob = kept["blob"].as_str().unwrap().to_owned();
    let whole = Original::Blob(blob.clone(), None);
    let read = phone.door.original(&jia.key, &whole).unwrap();
    assert_eq!(read.bytes, photo);
    let part = Original::Blob(blob.clone(), Some(4..10));
    assert_eq!(phone.door.original(&jia.key, &part).unwrap().bytes, photo[4..10]);
    let beyond = Original::Blob(blob.clone(), Some(u64::MAX - 1..u64::MAX));
    assert!(phone.door.original(&jia.key, &beyond).unwrap().bytes.is_empty());
    let small = phone
        .door
        .original(&jia.key, &Original::Thumbnail(blob, 64))
        .unwrap();
    assert_eq!(small.mime, "image/jpeg");

    // Somebody of another team sees neither the visit nor its originals.
    let bing = phone.unlocked("bing");
    assert_eq!(bing.asks("today", &json!({}))["errands"], json!([]));
    assert_eq!(
        bing.refused("visit", &json!({"visit": visit()})),
        "DOOR-NOT-YOURS"
    );
    assert_eq!(bing.refused("form", &json!({"visit": visit()})), "DOOR-NOT-YOURS");
    assert_eq!(
        phone.door.original(&bing.key, &whole).unwrap_err().code,
        "DOOR-NOT-YOURS"
    );
    // The partner does, once told.
    let yi = phone.unlocked("yi");
    assert_eq!(
        phone.door.original(&yi.key, &whole).unwrap_err().code,
        "DOOR-NOT-YOURS"
    );
    yi.asks("visit", &json!({"visit": visit()}));
    assert_eq!(phone.door.original(&yi.key, &whole).unwrap().bytes, photo);
    yi.asks("lock", &json!({}));
    assert_eq!(
        phone.door.original(&yi.key, &whole).unwrap_err().code,
        "DOOR-LOCKED"
    );
}

#[test]
fn a_portrait_is_seen_by_whoever_holds_the_phone_and_outlives_the_app() {
    let phone = Phone::new();
    let portrait = |phone: &Phone, person: &str| {
        let start = phone.screen("nobody").asks("start", &json!({}));
        let people = start["people"].as_array().unwrap().clone();
        let found = people.into_iter().find(|one| one["person"] == person);
        found.unwrap()["portrait"].clone()
    };
    let read = |phone: &Phone, person: &str| {
        let wanted = Original::Portrait(person.to_owned());
        phone.door.original(&phone.screen("nobody").key, &wanted)
    };
    let nobody = phone.screen("nobody");
    let refused = nobody.brings("portrait_set", &json!({}), &picture(1));
    assert_eq!(refused.unwrap_err().code, "DOOR-LOCKED");
    assert_eq!(portrait(&phone, "jia"), json!(null));

    let jia = phone.unlocked("jia");
    assert!(jia.brings("portrait_set", &json!({}), b"no photo").is_err());
    jia.brings("portrait_set", &json!({}), &picture(1)).unwrap();
    let first = portrait(&phone, "jia");
    jia.brings("portrait_set", &json!({}), &picture(2)).unwrap();
    let second = portrait(&phone, "jia");
    assert_ne!(first, second, "another portrait has another name");
    assert_eq!(portrait(&phone, "yi"), json!(null));
    assert_eq!(read(&phone, "yi").unwrap_err().code, "PERSON-UNKNOWN");
    assert_eq!(read(&phone, "../jia").unwrap_err().code, "DOOR-ARGUMENTS");

    let phone = phone.killed();
    assert_eq!(portrait(&phone, "jia"), second);
    let shown = read(&phone, "jia").unwrap();
    assert_eq!(shown.mime, "image/jpeg");
    assert!(shown.bytes.starts_with(&[0xFF, 0xD8]));
    // It is of this phone alone.
    let jia = phone.unlocked("jia");
    assert_eq!(jia.asks("outbox", &json!({}))["originals"], 0);
}

#[test]
fn who_cannot_write_signs_with_a_thumb_or_through_somebody_whom_they_name() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let id = jia.opens();
    let sign = |hand: Value, shade: u8| {
        let arguments = json!({"visit": id, "role": "household", "hand": hand});
        jia.brings("signature_add", &arguments, &picture(shade))
    };
    sign(json!("thumbprint"), 1).unwrap();
    sign(json!({"proxy": " 邻居 巴图 "}), 2).unwrap();
    assert_eq!(
        sign(json!({"proxy": "  "}), 3).unwrap_err().code,
        "DOOR-ARGUMENTS"
    );
    let own = json!({"visit": id, "role": "household"});
    jia.brings("signature_add", &own, &picture(4)).unwrap();
    let signatures = jia.asks("visit", &json!({"visit": id}))["signatures"].clone();
    let hands: Vec<&Value> = signatures
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["hand"])
        .collect();
    assert_eq!(
        hands,
        [
            &json!("thumbprint"),
            &json!({"proxy": "邻居 巴图"}),
            &json!("own")
        ]
    );
}

#[test]
fn a_code_is_looked_for_before_any_pin_and_only_in_a_picture() {
    let phone = Phone::new();
    let nobody = phone.screen("nobody");
    let seen = |width: u64, len: usize| nobody.brings("code_read", &json!({"width": width}), &vec![200; len]);
    assert_eq!(seen(40, 40 * 30).unwrap(), json!({"text": null}));
    for (width, len) in [(0, 10), (40, 41), (u64::MAX, 8)] {
        assert_eq!(
            seen(width, len).unwrap_err().code,
            "DOOR-ARGUMENTS",
            "{width}, {len}"
        );
    }
}

/// Bars of a label, 1 for black: an EAN-13 (ISO/IEC 15420), and Code 128 (ISO/IEC 15417).
const LABELS: [(&str, &str); 2] = [
    (
        "6901234567892",
        "10100010110100111011001100110110111101010001101010100111010100001000100100100011101001101100101",
    ),
    (
        "HT-001",
        "11010010000110001010001101110001010011011100100111011001001110110010011100110110011100101100011101011",
    ),
];

#[test]
fn a_bar_code_is_read_for_a_question_and_never_for_a_one_time_code() {
    const MODULE: usize = 3;
    let phone = Phone::new();
    let nobody = phone.screen("nobody");
    for (text, bars) in LABELS {
        let margin = [230; 12 * MODULE];
        let mut row = margin.to_vec();
        for bar in bars.bytes() {
            row.extend([if bar == b'1' { 40 } else { 230 }; MODULE]);
        }
        row.extend(margin);
        let picture = row.repeat(120);
        let read = |codes: &str| {
            let arguments = json!({"width": row.len(), "codes": codes});
            nobody.brings("code_read", &arguments, &picture).unwrap()
        };
        assert_eq!(read("any"), json!({ "text": text }));
        assert_eq!(read("qr"), json!({"text": null}));
    }
}

#[test]
fn enrolling_opens_a_session() {
    let phone = Phone::new();
    let screen = phone.screen("new");
    let text = invitation("ding").text();
    assert_eq!(
        screen.refused("enrol", &json!({"invitation": text, "pin": "123"})),
        "PIN-SHORT"
    );
    assert_eq!(
        screen.refused("enrol", &json!({"invitation": "{}", "pin": PIN})),
        "ENROL-INVITATION"
    );
    let start = screen.asks("enrol", &json!({"invitation": text, "pin": PIN}));
    assert_eq!(start["acting"], "ding");
    assert_eq!(start["enrolments_pending"], 4);
    assert_eq!(screen.asks("today", &json!({}))["errands"], json!([]));
}

#[test]
fn people_go_by_the_names_of_the_roster() {
    let phone = Phone::new();
    let screen = phone.screen("somebody");
    assert_eq!(
        screen.asks("start", &json!({}))["names"],
        json!({"jia": "包乌云"})
    );
    let jia = phone.unlocked("jia");
    assert_eq!(jia.asks("start", &json!({}))["names"], json!({"jia": "包乌云"}));
}

#[test]
fn a_problem_report_tells_of_codes_and_of_nobody() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    jia.asks("note", &json!({"visit": visit, "text": "院内有拖拉机一台"}));
    let report = jia.asks("problem_report", &json!({}));
    assert_eq!(report["visits"], 1);
    assert!(report["rows_waiting"].as_u64().is_some_and(|rows| rows > 0));
    let text = report.to_string();
    for personal in [
        "户-001",
        "户主一",
        "示例嘎查",
        "13900000001",
        "拖拉机",
        "jia",
        "包乌云",
    ] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
}

#[test]
fn what_is_practised_stays_apart_and_is_gone_afterwards() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let real = jia.opens();
    assert_eq!(
        jia.refused("practice_begin", &json!({"pin": "000000"})),
        "PIN-WRONG"
    );
    let start = jia.asks("practice_begin", &json!({"pin": PIN}));
    assert_eq!(
        (&start["practising"], &start["acting"]),
        (&json!(true), &json!("jia"))
    );
    assert_eq!(start["names"]["lianxi"], "练习搭档");
    let today = jia.asks("today", &json!({}));
    assert_eq!(today["errands"].as_array().unwrap().len(), 1);
    let errand = &today["errands"][0];
    assert_eq!(errand["head"], "练习户主");
    let visit = jia.asks(
        "visit_open",
        &json!({"household": errand["household"], "contract": errand["contract"]}),
    )["visit"]
        .clone();
    jia.asks("answer", &json!({"visit": visit, "path": "income", "value": 5}));
    let photo = json!({"visit": visit, "purpose": "门牌", "imported": false});
    let kept = jia.brings("photo_add", &photo, &picture(1)).unwrap();
    let hash = kept["blob"].as_str().unwrap().to_owned();
    phone
        .door
        .original(&jia.key, &Original::Blob(hash.clone(), None))
        .unwrap();
    assert_eq!(
        jia.refused("sync", &json!({"link": "wifi", "recordings": "any_link"})),
        "DOOR-PRACTICE"
    );
    assert_eq!(jia.refused("visit", &json!({"visit": real})), "DOOR-NOT-YOURS");
    // Another screen goes on with what is real.
    let yi = phone.unlocked("yi");
    assert_eq!(yi.asks("start", &json!({}))["practising"], false);
    assert_eq!(yi.refused("visit", &json!({"visit": visit})), "DOOR-NOT-YOURS");

    let start = jia.asks("practice_end", &json!({}));
    assert_eq!(
        (&start["practising"], &start["acting"]),
        (&json!(false), &json!("jia"))
    );
    assert_eq!(jia.refused("visit", &json!({"visit": visit})), "DOOR-NOT-YOURS");
    assert!(
        phone
            .door
            .original(&jia.key, &Original::Blob(hash, None))
            .is_err()
    );
    assert!(!phone.has("practice"));
    assert_eq!(jia.asks("visit", &json!({"visit": real}))["visit"], real);
}

#[test]
fn a_recording_goes_on_after_a_kill_and_no_piece_is_kept_twice() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    let begun = jia.asks("recording_start", &json!({"visit": visit, "purpose": "访谈"}));
    let recording = json!({"recording": begun["recording"]});
    let at = |offset: usize| json!({"recording": begun["recording"], "offset": offset});
    let sound = hudang_testkit::sound::tone(7);
    let (first, second) = sound.split_at(sound.len() / 2);
    jia.brings("recording_append", &at(0), first).unwrap();
    let phone = phone.killed();
    // The screen has outlived the app: it asks for the PIN, and brings again what it has no answer to.
    let locked = phone.screen("jia").brings("recording_append", &at(0), first);
    assert_eq!(locked.unwrap_err().code, "DOOR-LOCKED");
    let jia = phone.unlocked("jia");
    jia.brings("recording_append", &at(0), first).unwrap();
    let gap = jia.brings("recording_append", &at(sound.len()), b"x");
    assert_eq!(gap.unwrap_err().code, "RECORDING-GAP");
    // A piece of which only the beginning was kept.
    jia.brings(
        "recording_append",
        &at(first.len() - 100),
        &sound[first.len() - 100..],
    )
    .unwrap();
    jia.brings("recording_append", &at(first.len()), second).unwrap();
    let kept = jia.asks("recording_finish", &recording);
    assert_eq!(kept["size_bytes"], sound.len());
    let late = jia.brings("recording_append", &at(sound.len()), b"x");
    assert_eq!(late.unwrap_err().code, "RECORDING-UNKNOWN");
}
