//! R3: both were there. Each signer has an own `open` and at least one own trace before the seal; two on one phone are seen.

use hudang_archive::{Archive, LiftedVisits};
use hudang_contract::contract::Contract;
use hudang_contract::state::Reason;
use hudang_evidence::body::{Anchor, Body, Sign, SignedBy, SignerRole};
use hudang_evidence::id::BlobHash;
use hudang_evidence::note::NoteSigner;
use hudang_evidence::seal::Seal;
use hudang_evidence::signed_time::TimeSignature;
use hudang_evidence::snapshot::{Disclosure, SaltedDigest};
use hudang_sync::wire::{RemarkParcel, SyncRequest};
use hudang_test_server::World;
use hudang_testkit::office::{
    DAY_MS, SERVER_SECRET, at, contract, local, open, set_up_under, stands, terms_asking, upload,
};
use hudang_testkit::person::Person;
use hudang_testkit::picture::scene;
use hudang_testkit::visit::Plan;
use serde_json::json;

use crate::two_phones::{TwoPhones, agrees, opens};

/// Jia has sealed; yi's phone states these things, and yi seals.
fn seals_after(bodies: Vec<Body>, late: Vec<Body>) -> TwoPhones {
    let world = World::new();
    let (jia, yi) = (world.jia.clone(), world.yi.clone());
    let mut story = TwoPhones::begun_bare(world, jia, yi);
    let opened = opens(&story.yi, 1);
    story.yi_states([vec![opened], bodies].concat());
    story.yi_seals();
    if !late.is_empty() {
        story.yi_states(late);
    }
    story
}

#[test]
fn signer_absent_who_only_opened() {
    let story = seals_after(Vec::new(), Vec::new());
    assert_eq!(story.stands(), "received one-investigator");
    assert_eq!(story.codes(), ["SIGNER-ABSENT"]);
}

#[test]
fn signer_absent_whose_only_trace_is_after_the_seal() {
    let story = seals_after(Vec::new(), vec![agrees()]);
    assert!(story.stands().starts_with("received"), "{}", story.stands());
    assert!(story.codes().contains(&"SIGNER-ABSENT".to_owned()));
}

#[test]
fn signer_absent_whose_only_trace_was_withdrawn() {
    let world = World::new();
    let (jia, yi) = (world.jia.clone(), world.yi.clone());
    let mut story = TwoPhones::begun_bare(world, jia, yi);
    let opened = opens(&story.yi, 1);
    let traces = story.yi_states([opened, agrees()]);
    story.yi_states([crate::two_phones::withdraws(traces[1])]);
    story.yi_seals();
    assert_eq!(story.stands(), "received one-investigator");
    assert_eq!(story.codes(), ["SIGNER-ABSENT"]);
}

#[test]
fn one_own_trace_is_enough() {
    let story = seals_after(vec![agrees()], Vec::new());
    assert_eq!(story.stands(), "counted");
    assert_eq!(story.codes(), Vec::<String>::new());
}

/// An archive whose standard says this about two people on one phone, and both of them on one.
fn on_one_phone(says: &str) -> (tempfile::TempDir, Archive, Person, Person) {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let mut terms = serde_json::to_value(contract()).unwrap();
    terms["standard"]["shared_phone"] = json!(says);
    let terms = Contract::from_json(terms.to_string().as_bytes()).unwrap();
    set_up_under(&archive, terms, 1);
    let jia = Person::enrolled(&archive, "jia", 1);
    let yi = jia.shares_phone(&archive, "yi", 2);
    (folder, archive, jia, yi)
}

#[test]
fn shared_phone_awaits_the_purchaser_or_never_counts() {
    for says in ["review", "never"] {
        let (_folder, archive, mut jia, mut yi) = on_one_phone(says);
        let standard = archive
            .contract(&local(), &contract().id)
            .unwrap()
            .standard()
            .hash();
        let plan = Plan {
            standard: Some(standard),
            ..Plan::of(1)
        };
        let made = plan.carried_out(&mut jia, &mut yi);
        jia.sends(&archive, made.of_first(), DAY_MS);
        yi.sends(&archive, made.of_second(), DAY_MS);
        upload(&archive, &made.photo, yi.installation(), DAY_MS).unwrap();
        assert_eq!(stands(&archive, made.visit), "received shared-phone", "{says}");
        let codes: Vec<String> = archive
            .findings(&local(), made.visit)
            .unwrap()
            .into_iter()
            .map(|(code, _)| code)
            .collect();
        assert_eq!(codes, ["SHARED-PHONE"]);
        // What no decision lifts stands beside it.
        let row = archive.visit(&local(), made.visit).unwrap().unwrap();
        let reasons = row.standing["reasons"].to_string();
        assert_eq!(reasons.contains("one-investigator"), says == "never", "{reasons}");
        let of = LiftedVisits::Visit(made.visit);
        let why = "两人共用一部手机，已电话核实";
        archive
            .lift(&local(), of, [Reason::SharedPhone].into(), why, at(2 * DAY_MS))
            .unwrap();
        let is_counted = stands(&archive, made.visit) == "counted";
        assert_eq!(is_counted, says == "review", "{}", stands(&archive, made.visit));
    }
}

#[test]
fn sign_proxy_who_is_an_investigator_signs_for_nobody() {
    for (name, stood, codes) in [
        ("包乌云", "received incomplete", &["SIGN-PROXY"][..]),
        ("包 · 乌云", "received incomplete", &["SIGN-PROXY"]),
        // A neighbour, and a son of the same name as an investigator.
        ("王大娘", "counted", &[]),
        ("包乌云（儿子）", "counted", &[]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let archive = open(&folder.path().join("archive"));
        let signed = json!([{ "role": "household", "min": 1 }]);
        let mut terms = terms_asking(&json!({ "investigators": 2, "signatures": signed }));
        terms["roster"][0]["name"] = json!("包乌云");
        let terms = Contract::from_json(terms.to_string().as_bytes()).unwrap();
        let standard = terms.standard().hash();
        set_up_under(&archive, terms, 1);
        let (mut jia, mut yi) = Person::pair(&archive);
        let remark = Disclosure::new([3; 16], "proxy", name.into());
        let picture = scene(31);
        let by_proxy = Body::Sign(Sign {
            sha256: BlobHash::of(&picture),
            bytes: picture.len() as u64,
            mime: "image/jpeg".to_owned(),
            role: SignerRole::Household,
            by: Some(SignedBy::Proxy(SaltedDigest::of(&remark))),
            person: None,
            snapshot: None,
        });
        let plan = Plan {
            claims: Some(vec![by_proxy]),
            photo: picture,
            standard: Some(standard),
            ..Plan::of(1)
        };
        let made = plan.carried_out(&mut jia, &mut yi);
        let with_name = SyncRequest {
            remarks: vec![RemarkParcel::new(made.visit, &[remark])],
            ..made.of_first()
        };
        yi.sends(&archive, made.of_second(), DAY_MS);
        jia.sends(&archive, with_name, DAY_MS);
        upload(&archive, &made.photo, jia.installation(), DAY_MS).unwrap();
        let found = archive.findings(&local(), made.visit).unwrap();
        let found: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(
            (stands(&archive, made.visit).as_str(), found.as_slice()),
            (stood, codes),
            "{name}"
        );
    }
}

#[test]
fn shared_machine_two_installations_of_one_boot() {
    for (apart_ms, stands) in [(500, "received shared-phone"), (DAY_MS, "counted")] {
        let world = World::new();
        let (jia, mut yi) = (world.jia.clone(), world.yi.clone());
        yi.booted_before_ms = jia.booted_before_ms + apart_ms;
        let mut story = TwoPhones::begun_bare(world, jia, yi);
        let opened = opens(&story.yi, 1);
        story.yi_states([opened, agrees()]);
        // Each phone heard the server's time; less the time since its start, that is when it was started.
        let server = NoteSigner::new(hudang_test_server::ORIGIN, &SERVER_SECRET).unwrap();
        let heard = |who: &Person, later_ms: i64| {
            let mut anchor = Anchor {
                at: at(later_ms),
                mono_ms: u64::try_from(who.since_boot_ms(later_ms)).unwrap(),
                origin: server.name().to_owned(),
                sig: TimeSignature::from_bytes([0; 64]),
            };
            let told = anchor.statement(&who.boot, who.installation());
            anchor.sig = told.sign(&server).unwrap();
            Body::Anchor(anchor)
        };
        let anchor = heard(&story.yi, story.later_ms());
        story.yi_states([anchor]);
        let anchor = heard(&story.jia, story.later_ms());
        story.jia_states([anchor]);
        story.yi_seals();
        assert_eq!(story.stands(), stands, "{apart_ms}");
        let is_told = story.codes().contains(&"SHARED-MACHINE".to_owned());
        assert_eq!(is_told, stands != "counted");
    }
}

#[test]
fn the_partner_mends_an_absent_signature_with_an_own_trace() {
    let mut story = seals_after(Vec::new(), Vec::new());
    assert_eq!(story.stands(), "received one-investigator");
    let first = story.seal_over(story.first_id);
    let (absent, _) = Seal::sign(first, &[]).unwrap();
    story.is_returned();
    story.yi_states([agrees()]);
    let over = story.seal_over(absent.id());
    let (jia, yi) = (story.jia.clone(), story.yi.clone());
    story.sealed(over, &[&jia, &yi]);
    assert_eq!(story.stands(), "counted");
}
