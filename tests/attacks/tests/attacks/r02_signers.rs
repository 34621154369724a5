//! R2: signers are admitted when received, each by itself: one that is admitted carries no other.

use hudang_archive::{Assignment, Role};
use hudang_evidence::body::Body;
use hudang_evidence::seal::{Seal, SealBody};
use hudang_sync::wire::{SyncRequest, SyncResponse, Verdict};
use hudang_test_server::{Setting, World};
use hudang_testkit::office::{self, DAY_MS, contract};
use hudang_testkit::person::Person;
use serde_json::{Value, json};

use crate::r05_standard::{confirms, writes};
use crate::two_phones::{
    TwoPhones, agrees, enrols, enrols_under, head, is_revoked, opens, participant, stands_there,
};

/// A seal arrives with a signature by a revoked key, and the phone is told.
fn tells_of_revoked(answer: &SyncResponse) {
    let mut codes = answer.problems.iter().map(|problem| problem.code.as_str());
    assert!(codes.any(|code| code == "SYNC-DEVICE-REVOKED"), "{answer:?}");
}

/// A phone sends a seal.
fn of_seal(note: Vec<u8>) -> SyncRequest {
    SyncRequest {
        seals: vec![note.into()],
        ..SyncRequest::default()
    }
}

/// Somebody's phone states these things about the visit.
fn states(story: &TwoPhones, who: &mut Person, bodies: Vec<Body>) -> bool {
    let mut entries = Vec::new();
    for (n, body) in (0..).zip(bodies) {
        entries.push(who.states(story.visit, 7_200_000 + n * 60_000, body).into());
    }
    let request = SyncRequest {
        entries,
        ..SyncRequest::default()
    };
    let response = story.world.syncs(who, &request);
    response.status().is_success()
        && hudang_sync::wire::unpack::<hudang_sync::wire::SyncResponse>(
            &response.bytes().unwrap(),
            hudang_sync::wire::Limits::DEFAULT,
        )
        .unwrap()
        .entries
        .iter()
        .all(Verdict::is_kept)
}

fn refusals(story: &TwoPhones) -> usize {
    story
        .codes()
        .iter()
        .filter(|code| *code == "SIGNER-REFUSED")
        .count()
}

#[test]
fn signer_refused_revoked_key_beside_a_good_one() {
    let mut story = TwoPhones::new();
    let (jia, yi) = (story.jia.clone(), story.yi.clone());
    is_revoked(&story.world, &yi);
    // Jia holds yi's key: the seal over both carries a good signature and a revoked one.
    let (_, note) = Seal::sign(story.seal_over(story.first_id), &[&jia.signer(), &yi.signer()]).unwrap();
    let answer = story.jia_sends(&of_seal(note));
    tells_of_revoked(&answer);
    assert_eq!(story.stands(), "received one-investigator");
    assert_eq!(refusals(&story), 1);
}

#[test]
fn signer_refused_signature_that_arrives_after_the_revocation() {
    let mut story = TwoPhones::new();
    let over = story.seal_over(story.first_id);
    let jia = story.jia.clone();
    let (_, note) = Seal::sign(over.clone(), &[&jia.signer()]).unwrap();
    story.jia_sends(&of_seal(note));
    is_revoked(&story.world, &story.yi);
    let (_, late) = Seal::sign(over, &[&jia.signer(), &story.yi.signer()]).unwrap();
    let answer = story.world.synced(&mut story.jia, &of_seal(late));
    tells_of_revoked(&answer);
    assert_eq!(story.stands(), "received one-investigator");
    assert_eq!(refusals(&story), 1);
}

#[test]
fn what_was_signed_and_received_before_a_revocation_stays() {
    let mut story = TwoPhones::new();
    story.yi_seals();
    assert_eq!(story.stands(), "counted");
    is_revoked(&story.world, &story.yi);
    // The same seal once more changes nothing: it was admitted.
    let over = story.seal_over(story.first_id);
    let (_, note) = Seal::sign(over, &[&story.jia.signer(), &story.yi.signer()]).unwrap();
    story.jia_sends(&of_seal(note));
    assert_eq!(story.stands(), "counted");
}

#[test]
fn signer_refused_key_of_another_contract() {
    let mut story = TwoPhones::new();
    let mut terms = serde_json::to_value(contract()).unwrap();
    terms["id"] = json!("HT-2026-009");
    let put = story
        .world
        .office(Role::PurchaserHandler, "PUT", "/v1/contracts/HT-2026-009")
        .json(&terms)
        .send()
        .unwrap();
    assert!(put.status().is_success(), "{}", put.text().unwrap());
    let mut other = Person::stranger("yi", 7);
    enrols_under(&story.world, &other, "HT-2026-009");
    // What that key states is not taken, and its signature does not count.
    let opened = opens(&other, 1);
    assert!(!states(&story, &mut other, vec![opened, stands_there()]));
    let mut over = story.seal_over(story.first_id);
    let yi = story.yi.signer().device_id();
    over.heads.retain(|head| head.dev != yi);
    over.heads.push(head(&other, story.visit));
    over.heads.sort();
    over.participants.retain(|one| one.dev != yi);
    over.participants.push(participant(&other));
    over.participants.sort();
    let (jia, other) = (story.jia.clone(), other);
    let (_, note) = Seal::sign(over, &[&jia.signer(), &other.signer()]).unwrap();
    let answer = story.jia_sends(&of_seal(note));
    assert!(
        answer
            .problems
            .iter()
            .any(|problem| problem.code == "SYNC-OTHER-CONTRACT")
    );
    assert!(!story.stands().starts_with("counted"), "{}", story.stands());
    assert_eq!(refusals(&story), 1);
}

#[test]
fn signer_refused_person_off_the_roster() {
    let mut story = TwoPhones::new();
    // The purchaser finds that yi had left the contractor before that day, and the roster says so.
    puts_roster(&story.world, |roster| {
        for member in roster {
            if member["person"] == "yi" {
                member["on"] = json!({ "from": "2026-01-01", "to": "2026-01-31" });
            }
        }
    });
    story.yi_seals();
    assert_eq!(story.stands(), "received not-on-roster");
    assert_eq!(refusals(&story), 1);
}

/// The contract's roster is another one in all of its term: proposed by one person, confirmed by another.
fn puts_roster(world: &World, changes: impl FnOnce(&mut Vec<Value>)) {
    let mut terms = serde_json::to_value(contract()).unwrap();
    changes(terms["roster"].as_array_mut().unwrap());
    writes(world, "2026-03-01", &terms);
    confirms(world);
}

#[test]
fn two_keys_of_one_person_are_one_signer() {
    let world = World::new();
    let jia = world.jia.clone();
    let second = Person::stranger("jia", 9);
    enrols(&world, &second);
    let mut story = TwoPhones::begun_by(world, jia, second);
    story.yi_seals();
    assert_eq!(story.stands(), "received one-investigator");
    // Signed with both keys at once it is no better.
    let (jia, second) = (story.jia.clone(), story.yi.clone());
    let over = story.seal_over(story.first_id);
    story.sealed(over, &[&jia, &second]);
    assert_eq!(story.stands(), "received one-investigator");
}

#[test]
fn a_stranger_who_signs_an_honest_seal_takes_nothing_from_it() {
    let mut story = TwoPhones::new();
    story.yi_seals();
    let mut other = Person::stranger("yi", 10);
    enrols(&story.world, &other);
    let over = story.seal_over(story.first_id);
    let (_, note) = Seal::sign(over, &[&other.signer()]).unwrap();
    story.world.synced(&mut other, &of_seal(note));
    assert_eq!(story.stands(), "counted");
    // A line that no key has made is not kept at all, so that nobody trips over it later.
    let path = format!("/v1/visits/{}/file", story.visit);
    let file: Value = story
        .world
        .office(Role::PurchaserHandler, "GET", &path)
        .send()
        .unwrap()
        .json()
        .unwrap();
    let over = story.seal_over(story.first_id);
    let stranger = Person::stranger("nobody", 11);
    let (_, note) = Seal::sign(over, &[&story.yi.signer(), &stranger.signer()]).unwrap();
    story.yi_sends(&of_seal(note));
    let name = stranger.signer().name().to_owned();
    assert!(!file["seals"].to_string().contains(&name));
    assert_eq!(story.stands(), "counted");
}

/// A seal over what the story has and a third person's chain.
fn over_all(story: &TwoPhones, third: &Person) -> SealBody {
    let mut over = story.seal_over(story.first_id);
    over.heads.push(head(third, story.visit));
    over.heads.sort();
    over.participants.push(participant(third));
    over.participants.sort();
    over
}

#[test]
fn one_replaced_partner_is_not_awaited() {
    let mut story = TwoPhones::new();
    // Yi falls ill; the office gives the visit to wu instead, who goes on with jia. Yi's chain stays, and the seal names it.
    let mut wu = Person::stranger("wu", 12);
    enrols(&story.world, &wu);
    story.world.stop();
    let archive = office::open(story.world.root.path());
    let given = Assignment {
        visit: story.visit,
        household: story.first.household,
        contract: contract().id,
        form: story.first.form,
        people: ["jia", "wu"].map(|person| person.parse().unwrap()).to_vec(),
    };
    archive
        .assign(&office::local(), vec![given], office::at(3 * DAY_MS))
        .unwrap();
    archive.close();
    story.world.start(Setting::default());
    let opened = opens(&wu, 1);
    assert!(states(&story, &mut wu, vec![opened, agrees()]));
    let over = over_all(&story, &wu);
    let (_, note) = Seal::sign(over, &[&wu.signer()]).unwrap();
    story.world.synced(&mut wu, &of_seal(note));
    assert_eq!(story.stands(), "counted");
}
