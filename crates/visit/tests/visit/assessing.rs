//! What the standard makes of a visit.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::{Amend, Body, ConsentTo, SignerRole, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::BlobHash;
use hudang_evidence::original::Original;
use hudang_evidence::snapshot::Revealed;
use hudang_visit::assess::{Assessment, MissingCode, WaiverFault, assess};
use hudang_visit::facts::{Evidence, Stage, VisitFacts, by_wall_clock, is_no_investigator, is_not_stale};
use hudang_visit::standard::Standard;
use hudang_visit::{Language, Outcome};
use proptest::prelude::*;
use serde_json::json;

use crate::chain::{
    DAY_MS, Person, STANDARD, answers, facts, judged, missing, seal, standard, thorough_pair,
};
use crate::field::visit;

#[test]
fn a_thorough_visit_is_complete_on_the_phone_and_on_the_server() {
    let (jia, yi) = thorough_pair();
    let assessment = judged(&[&jia, &yi], Outcome::Done);
    assert!(assessment.is_complete(), "{:?}", assessment.missing);
    let entries: Vec<&Entry> = jia.entries.iter().chain(&yi.entries).collect();
    let stage = Stage::Draft {
        visit: visit(),
        outcome: Outcome::Done,
        standard: standard().hash(),
    };
    let revealed = answers();
    let evidence = Evidence {
        entries: &entries,
        stage,
        answers: Some(&revealed),
        original: &|_| Original::Elsewhere,
        stated_at: &by_wall_clock,
        is_investigator: &is_no_investigator,
        is_stale: &is_not_stale,
    };
    assert_eq!(assess(&VisitFacts::derive(&evidence), &standard()), assessment);
}

#[test]
fn an_empty_visit_lists_every_missing_piece_with_what_to_do() {
    let jia = Person::new("jia", 1);
    let sealed = seal(&[&jia], Outcome::Done);
    let assessment = assess(&facts(&sealed, &[&jia], Some(&Revealed::default())), &standard());
    assert_eq!(
        missing(&assessment),
        [
            "ASSESS-INVESTIGATORS investigators",
            "ASSESS-QUESTION question:income",
            "ASSESS-QUESTION question:members/name",
            "ASSESS-PHOTO photo:居住环境",
            "ASSESS-PHOTO photo:门牌",
            "ASSESS-AUDIO audio",
            "ASSESS-SIGNATURE sign:household",
            "ASSESS-CONSENT consent:visit",
            "ASSESS-GPS gps",
        ]
    );
    let room = assessment
        .missing
        .iter()
        .find(|missing| missing.requirement == "photo:居住环境")
        .unwrap();
    assert_eq!((room.have, room.need), (0, 2));
    assert_eq!(
        room.message(Language::Zh),
        "“居住环境”照片现有 0 张,需要 2 张,请补拍。"
    );
    assert_eq!(
        room.message(Language::En),
        "Photos of 居住环境: 0 of 2. Take the rest."
    );
}

#[test]
fn a_refused_recording_is_waived_only_with_the_partner_as_witness() {
    let (mut jia, mut yi) = (Person::new("jia", 1), Person::new("yi", 2));
    jia.asks(ConsentTo::Visit, true);
    jia.asks(ConsentTo::Audio, false);
    jia.locates(1_200, false);
    jia.photographs("门牌", "door", Source::Camera);
    jia.photographs("居住环境", "room 1", Source::Camera);
    yi.photographs("居住环境", "room 2", Source::Camera);
    yi.signs_for_household();
    assert_eq!(
        missing(&judged(&[&jia, &yi], Outcome::Done)),
        ["ASSESS-AUDIO audio"]
    );

    jia.waives("audio", "battery-empty");
    assert_eq!(
        judged(&[&jia, &yi], Outcome::Done).missing[0].waiver,
        Some(WaiverFault::Reason)
    );

    let waiver = jia.waives("audio", "household-refused");
    jia.confirms(waiver);
    let alone = judged(&[&jia, &yi], Outcome::Done);
    assert_eq!(alone.missing[0].waiver, Some(WaiverFault::Witness));
    assert!(
        alone.missing[0]
            .message(Language::Zh)
            .ends_with("(免留痕说明还需要另一名调查员确认。)")
    );

    let confirmation = yi.confirms(waiver);
    let agreed = judged(&[&jia, &yi], Outcome::Done);
    assert!(agreed.is_complete());
    assert_eq!(agreed.waived[0].reason, "household-refused");

    yi.states(Body::Amend(Amend {
        of: confirmation,
        withdraw: true,
        reason: "wrong".to_owned(),
        sd: None,
    }));
    assert_eq!(
        judged(&[&jia, &yi], Outcome::Done).missing[0].waiver,
        Some(WaiverFault::Witness)
    );
}

#[test]
fn what_the_contract_does_not_let_go_cannot_be_waived() {
    let (mut jia, yi) = (Person::new("jia", 1), Person::new("yi", 2));
    jia.waives("photo:门牌", "household-refused");
    let assessment = judged(&[&jia, &yi], Outcome::Done);
    let door = assessment
        .missing
        .iter()
        .find(|missing| missing.requirement == "photo:门牌")
        .unwrap();
    assert_eq!(door.waiver, Some(WaiverFault::NotAllowed));
}

#[test]
fn a_withdrawn_photo_no_longer_counts_even_when_withdrawn_after_the_seal() {
    let (mut jia, yi) = thorough_pair();
    let sealed = seal(&[&jia, &yi], Outcome::Done);
    let door = jia.entries[4].id();
    jia.states(Body::Amend(Amend {
        of: door,
        withdraw: true,
        reason: "wrong-household".to_owned(),
        sd: None,
    }));
    let after = assess(&facts(&sealed, &[&jia, &yi], Some(&answers())), &standard());
    assert_eq!(missing(&after), ["ASSESS-PHOTO photo:门牌"]);
    // A photo that comes after the seal counts with the next seal.
    jia.photographs("门牌", "door again", Source::Camera);
    assert!(!assess(&facts(&sealed, &[&jia, &yi], Some(&answers())), &standard()).is_complete());
    assert!(judged(&[&jia, &yi], Outcome::Done).is_complete());
}

#[test]
fn the_same_photo_twice_or_from_the_album_does_not_count_twice() {
    let (mut jia, yi) = (Person::new("jia", 1), Person::new("yi", 2));
    jia.photographs("居住环境", "room", Source::Camera);
    jia.photographs("居住环境", "room", Source::Camera);
    let find = |people: &[&Person]| {
        let assessment = judged(people, Outcome::Done);
        let found = assessment
            .missing
            .into_iter()
            .find(|missing| missing.requirement == "photo:居住环境");
        found.map(|missing| (missing.code, missing.have, missing.need))
    };
    assert_eq!(find(&[&jia, &yi]), Some((MissingCode::AssessPhoto, 1, 2)));
    jia.photographs("居住环境", "old room", Source::Import);
    assert_eq!(find(&[&jia, &yi]), Some((MissingCode::AssessPhotoImported, 1, 2)));
}

#[test]
fn recordings_are_judged_by_length_silence_origin_and_consent() {
    let audio = |story: &dyn Fn(&mut Person)| {
        let mut yi = Person::new("yi", 2);
        story(&mut yi);
        let assessment = judged(&[&Person::new("jia", 1), &yi], Outcome::Done);
        let found = assessment
            .missing
            .into_iter()
            .find(|missing| missing.requirement == "audio");
        found.map(|missing| (missing.code.to_string(), missing.have, missing.need))
    };
    let is = |code: &str, have, need| Some((code.to_owned(), have, need));
    let record = |yi: &mut Person, seconds, gap| {
        yi.records("a", seconds, gap, Source::Recorder);
    };
    assert_eq!(audio(&|yi| record(yi, 179, 0)), is("ASSESS-AUDIO", 179, 180));
    assert_eq!(audio(&|yi| record(yi, 600, 61)), is("ASSESS-AUDIO-GAP", 61, 60));
    assert_eq!(audio(&|yi| record(yi, 180, 60)), is("ASSESS-AUDIO-CONSENT", 0, 1));
    assert_eq!(
        audio(&|yi| _ = yi.records("a", 600, 0, Source::Import)),
        is("ASSESS-AUDIO-IMPORTED", 0, 180)
    );
    let agreed = audio(&|yi| {
        yi.asks(ConsentTo::Audio, false);
        yi.asks(ConsentTo::Audio, true);
        record(yi, 180, 0);
    });
    assert_eq!(agreed, None);
    let twice = audio(&|yi| {
        record(yi, 90, 0);
        record(yi, 90, 0);
    });
    assert_eq!(
        twice,
        is("ASSESS-AUDIO", 90, 180),
        "one recording named twice is one recording"
    );
}

#[test]
fn nobody_at_home_wants_two_days_at_the_door() {
    let (mut jia, yi) = (Person::new("jia", 1), Person::new("yi", 2));
    jia.photographs("门牌", "door on monday", Source::Camera);
    jia.photographs("门牌", "door on monday, later", Source::Camera);
    let monday = judged(&[&jia, &yi], Outcome::NobodyAtHome);
    assert_eq!(missing(&monday), ["ASSESS-ATTEMPTS attempts"]);
    assert_eq!((monday.missing[0].have, monday.missing[0].need), (1, 2));
    jia.later_ms = DAY_MS;
    jia.photographs("门牌", "door on tuesday", Source::Camera);
    assert!(judged(&[&jia, &yi], Outcome::NobodyAtHome).is_complete());
    assert_eq!(
        missing(&judged(&[&jia, &yi], Outcome::Moved)),
        ["ASSESS-OUTCOME "]
    );
}

#[test]
fn one_photo_is_one_attempt_on_however_many_days_it_is_stated() {
    let (mut jia, yi) = (Person::new("jia", 1), Person::new("yi", 2));
    jia.photographs("门牌", "door on monday", Source::Camera);
    jia.later_ms = DAY_MS;
    jia.photographs("门牌", "door on monday", Source::Camera);
    let monday = judged(&[&jia, &yi], Outcome::NobodyAtHome);
    assert_eq!(
        missing(&monday),
        ["ASSESS-PHOTO photo:门牌", "ASSESS-ATTEMPTS attempts"]
    );
    assert_eq!((monday.missing[1].have, monday.missing[1].need), (1, 2));
}

#[test]
fn what_is_not_here_yet_is_named_apart_from_what_was_not_done() {
    let (jia, yi) = thorough_pair();
    let sealed = seal(&[&jia, &yi], Outcome::Done);
    let signers: BTreeSet<_> = ["jia", "yi"].iter().map(|name| name.parse().unwrap()).collect();
    let stage = Stage::Sealed {
        seal: &sealed,
        signers: &signers,
    };
    let all: Vec<&Entry> = jia.entries.iter().chain(&yi.entries).collect();
    let revealed = answers();
    let original = |blob: &BlobHash| {
        if *blob == BlobHash::of(b"door") {
            Original::Absent
        } else {
            Original::Elsewhere
        }
    };
    let judge = |entries: &[&Entry], answers: Option<&Revealed>| {
        let facts = VisitFacts::derive(&Evidence {
            entries,
            stage,
            answers,
            original: &|blob| original(blob),
            stated_at: &by_wall_clock,
            is_investigator: &is_no_investigator,
            is_stale: &is_not_stale,
        });
        missing(&assess(&facts, &standard()))
    };
    assert_eq!(judge(&all, Some(&revealed)), ["ASSESS-MEDIA "]);
    assert_eq!(judge(&all, None), ["ASSESS-MEDIA ", "ASSESS-ANSWERS "]);
    let without_first: Vec<_> = all
        .iter()
        .copied()
        .filter(|entry| entry.id() != yi.entries[0].id())
        .collect();
    assert_eq!(
        judge(&without_first, Some(&revealed)),
        ["ASSESS-ENTRIES ", "ASSESS-MEDIA "]
    );
    let erased = Revealed {
        answers: BTreeMap::new(),
        withheld: 4,
    };
    assert_eq!(judge(&all, Some(&erased))[1], "ASSESS-WITHHELD question:income");
}

#[test]
fn every_member_must_have_a_name() {
    let (jia, yi) = thorough_pair();
    let mut revealed = answers();
    revealed
        .answers
        .insert("members[0000000000000003]/work".to_owned(), json!("学生"));
    revealed
        .answers
        .insert("members[0000000000000004]/name".to_owned(), json!("  "));
    let sealed = seal(&[&jia, &yi], Outcome::Done);
    let assessment = assess(&facts(&sealed, &[&jia, &yi], Some(&revealed)), &standard());
    assert_eq!(missing(&assessment), ["ASSESS-QUESTION question:members/name"]);
    assert_eq!((assessment.missing[0].have, assessment.missing[0].need), (2, 4));
}

#[test]
fn only_people_whom_the_seal_names_count_as_investigators() {
    let (jia, yi) = thorough_pair();
    let mut sealed = seal(&[&jia, &yi], Outcome::Done);
    sealed.participants.truncate(1);
    let assessment = assess(&facts(&sealed, &[&jia, &yi], Some(&answers())), &standard());
    assert_eq!(missing(&assessment), ["ASSESS-INVESTIGATORS investigators"]);
    sealed.standard = hudang_evidence::id::StandardHash::of(b"weaker");
    let other = assess(&facts(&sealed, &[&jia, &yi], Some(&answers())), &standard());
    assert_eq!(missing(&other)[0], "ASSESS-STANDARD ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_and_repetition_of_entries_change_nothing(
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let (mut jia, mut yi) = thorough_pair();
        let waiver = jia.waives("audio", "household-refused");
        yi.confirms(waiver);
        jia.states(Body::Amend(Amend { of: yi.entries[2].id(), withdraw: true, reason: "x".to_owned(), sd: None }));
        let sealed = seal(&[&jia, &yi], Outcome::Done);
        let all: Vec<&Entry> = jia.entries.iter().chain(&yi.entries).collect();
        let shuffled: Vec<&Entry> =
            order.iter().map(|index| *index.get(&all)).chain(all.iter().rev().copied()).collect();
        let signers: BTreeSet<_> = ["jia", "yi"].iter().map(|name| name.parse().unwrap()).collect();
        let stage = Stage::Sealed { seal: &sealed, signers: &signers };
        let revealed = answers();
        let of = |entries: &[&Entry]| {
            VisitFacts::derive(&Evidence {
                entries,
                stage,
                answers: Some(&revealed),
                original: &|_| Original::Elsewhere,
                stated_at: &by_wall_clock,
                is_investigator: &is_no_investigator,
                is_stale: &is_not_stale,
            })
        };
        prop_assert_eq!(of(&all), of(&shuffled));
        prop_assert_eq!(assess(&of(&all), &standard()), assess(&of(&shuffled), &standard()));
    }
}

#[test]
fn the_standard_is_named_by_its_meaning_not_its_layout() {
    let value: serde_json::Value = serde_json::from_str(STANDARD).unwrap();
    let again = Standard::from_json(serde_json::to_string_pretty(&value).unwrap().as_bytes()).unwrap();
    assert_eq!(again, standard());
    assert_eq!(
        Standard::from_json(standard().canonical().as_bytes()).unwrap(),
        standard()
    );
    let parts: Vec<_> = again
        .outcomes()
        .map(|outcome| (outcome, again.requirements(outcome).unwrap().clone()))
        .collect();
    let rebuilt = Standard::new(again.title(), &parts).unwrap();
    assert_eq!(
        rebuilt.requirements(Outcome::Done),
        again.requirements(Outcome::Done)
    );
}

#[test]
fn a_standard_that_asks_for_nothing_or_lets_everything_go_is_refused() {
    let refused = |from: &str, to: &str| {
        let text = STANDARD.replacen(from, to, 1);
        assert_ne!(text, STANDARD, "{from}");
        let error = Standard::from_json(text.as_bytes()).unwrap_err();
        assert!(!error.message(Language::Zh).is_empty());
        error.code()
    };
    assert_eq!(refused("\"done\"", "\"gone\""), "STD-OUTCOME");
    assert_eq!(
        refused("\"investigators\": 2", "\"investigators\": 0"),
        "STD-NOTHING"
    );
    assert_eq!(refused("居住环境", "门牌"), "STD-TWICE");
    assert_eq!(
        refused("\"for\": \"audio\"", "\"for\": \"investigators\""),
        "STD-WAIVER"
    );
    assert_eq!(refused("\"for\": \"audio\"", "\"for\": \"video\""), "STD-WAIVER");
    assert_eq!(refused("[\"household-refused\"]", "[]"), "STD-WAIVER");
    assert_eq!(refused("180", "180.5"), "STD-FORM");
    assert_eq!(refused("\"gps\"", "\"gsp\""), "STD-FORM");
}

#[test]
fn one_original_proves_one_purpose_and_one_signer() {
    let (jia, mut yi) = (Person::new("jia", 1), Person::new("yi", 2));
    yi.photographs("门牌", "door", Source::Camera);
    // The same shot as the room, too; then another one, and the door's again.
    yi.later_ms += 60_000;
    yi.photographs("居住环境", "door", Source::Camera);
    yi.photographs("居住环境", "room 1", Source::Camera);
    yi.photographs("门牌", "door", Source::Camera);
    let twice = judged(&[&jia, &yi], Outcome::Done);
    let of_photos = |of: &Assessment| -> Vec<String> {
        missing(of)
            .into_iter()
            .filter(|one| one.contains("photo:"))
            .collect()
    };
    assert_eq!(of_photos(&twice), ["ASSESS-PHOTO-TWICE photo:居住环境"]);
    let room = twice
        .missing
        .iter()
        .find(|one| one.code == MissingCode::AssessPhotoTwice)
        .unwrap();
    assert_eq!((room.have, room.need), (1, 2));
    yi.photographs("居住环境", "room 2", Source::Camera);
    assert_eq!(of_photos(&judged(&[&jia, &yi], Outcome::Done)), [] as [&str; 0]);

    yi.signs_for_household();
    let is_unsigned = |of: &Assessment| missing(of).contains(&"ASSESS-SIGNATURE sign:household".to_owned());
    assert!(!is_unsigned(&judged(&[&jia, &yi], Outcome::Done)));
    // A neighbour who signs with the household's very picture: nobody knows whose it is.
    yi.signs_as(SignerRole::Neighbour);
    assert!(is_unsigned(&judged(&[&jia, &yi], Outcome::Done)));
}
