//! R10: who may sign, and who says so. A forged invitation opens nothing and leads nowhere; a key that another took the
//! place of is admitted up to where it went; a code of one person serves no other.

use hudang_archive::Role;
use hudang_evidence::body::{Body, Enrol, Succession, SyncHeads};
use hudang_sync::enrol::{Confirmation, Invitation, SignedInvitation};
use hudang_sync::wire::{Bytes, SyncRequest, Verdict};
use hudang_test_server::{World, refused};
use hudang_testkit::office::{DAY_MS, contract};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;
use serde_json::{Value, json};

use crate::neighbour;

/// What the contractor's office is given for a person.
fn invited(world: &World, person: &str) -> SignedInvitation {
    let asked = json!({ "contract": contract().id, "person": person, "hours": 2 });
    let made: Value = world
        .office(Role::ContractorAdmin, "POST", "/v1/enrol-codes")
        .json(&asked)
        .send()
        .unwrap()
        .json()
        .unwrap();
    SignedInvitation::parse(made["invitation"].as_str().unwrap()).unwrap()
}

fn enrols(world: &World, note: Vec<u8>) -> reqwest::blocking::Response {
    world
        .bare("POST", "/v1/enrol")
        .header("content-type", "text/plain; charset=utf-8")
        .body(note)
        .send()
        .unwrap()
}

fn kept(verdicts: &[Verdict]) -> Vec<bool> {
    verdicts.iter().map(Verdict::is_kept).collect()
}

#[test]
fn invitation_foreign_every_changed_byte_is_noticed() {
    let mut world = World::new();
    let text = invited(&world, "bing").text();
    let mut taken = 0;
    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        let read = SignedInvitation::parse(&changed);
        taken += usize::from(read.is_ok_and(|read| read.text() != text));
    }
    assert_eq!(taken, 0);
    assert_eq!(neighbour::counted(&mut world, 1), "counted");
}

#[test]
fn invitation_foreign_hours_beyond_three_days_are_refused() {
    let world = World::new();
    let asked = json!({ "contract": contract().id, "person": "bing", "hours": 73 });
    let answer = world
        .office(Role::ContractorAdmin, "POST", "/v1/enrol-codes")
        .json(&asked)
        .send()
        .unwrap();
    assert_eq!(refused(answer), (422, "ENROL-HOURS".to_owned()));
}

#[test]
fn enrol_succeeds_another_persons_key_is_refused() {
    let mut world = World::new();
    let invitation = invited(&world, "bing");
    let bing = Person::stranger("bing", 9);
    let note = bing.asks_to_succeed(invitation.invitation(), world.jia.signer().device_id());
    assert_eq!(refused(enrols(&world, note)), (422, "ENROL-SUCCEEDS".to_owned()));
    // Jia's key goes on.
    assert_eq!(neighbour::counted(&mut world, 1), "counted");
}

#[test]
fn a_forgotten_pin_loses_no_unsent_week_and_the_old_key_ends() {
    let world = World::new();
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    // A visit is made and sealed by the old key, and not sent.
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    let last = jia.last_dseq();
    // The office gives a new code; the same phone makes a new key.
    let invitation = invited(&world, "jia");
    let mut anew = jia.with_another_key(41);
    let note = anew.asks_to_succeed(invitation.invitation(), jia.signer().device_id());
    assert_eq!(enrols(&world, note).status(), 200);
    let stated = anew.states_of_device(
        DAY_MS,
        Body::Enrol(Enrol {
            person: "jia".parse().unwrap(),
            installation: anew.installation(),
            succeeds: Some(Succession {
                dev: jia.signer().device_id(),
                dseq: last,
            }),
        }),
    );
    world.synced(&mut yi, &made.of_second());
    let told = SyncRequest {
        entries: vec![Bytes::from(stated)],
        ..SyncRequest::default()
    };
    anew.counter = jia.counter;
    assert_eq!(kept(&world.synced(&mut anew, &told).entries), [true]);
    // What the old key signed up to there is taken now.
    let answer = world.synced(&mut anew, &made.of_first());
    assert!(
        answer.entries.iter().chain(&answer.seals).all(Verdict::is_kept),
        "{answer:?}"
    );
    for original in [&made.photo].into_iter().chain(&made.recording) {
        world.uploads(&mut anew, original);
    }
    world.settles();
    assert_eq!(neighbour::stands(&world, &made), "counted");
    // Whoever goes on with the old key, a thief of the old PIN say, adds nothing.
    let late = jia.states_of_device(2 * DAY_MS, Body::Sync(SyncHeads { heads: Vec::new() }));
    let late = SyncRequest {
        entries: vec![Bytes::from(late)],
        ..SyncRequest::default()
    };
    assert_eq!(kept(&world.synced(&mut anew, &late).entries), [false]);
}

#[test]
fn a_lost_phones_key_ends_where_the_journal_says_so() {
    let mut world = World::new();
    let invitation = invited(&world, "jia");
    let elsewhere = Person::stranger("jia", 51);
    let note = elsewhere.asks_to_succeed(invitation.invitation(), world.jia.signer().device_id());
    assert_eq!(enrols(&world, note).status(), 200);
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    let made = Plan::of(2).carried_out(&mut jia, &mut yi);
    let answer = world.synced(&mut jia, &made.of_first());
    assert!(
        answer.entries.iter().all(|verdict| !verdict.is_kept()),
        "{answer:?}"
    );
    world.yi = yi;
}

#[test]
fn a_code_is_used_once_by_whom_it_names() {
    let world = World::new();
    let invitation: Invitation = invited(&world, "bing").invitation().clone();
    // The thief of a picture of the code names itself.
    let thief = Person::stranger("ding", 66);
    let note = thief.asks_to_enrol(&Invitation {
        person: "ding".parse().unwrap(),
        ..invitation.clone()
    });
    let answer = enrols(&world, note);
    if answer.status() == 200 {
        let note = answer.bytes().unwrap();
        let key = invitation.server_key.parse().unwrap();
        let confirmed = Confirmation::verify(&note, &key).unwrap();
        assert_eq!(
            confirmed.person.as_str(),
            "bing",
            "a code serves the person it was made for"
        );
    }
    let bing = Person::stranger("bing", 67);
    assert_eq!(
        refused(enrols(&world, bing.asks_to_enrol(&invitation))),
        (403, "ENROL-CODE".to_owned())
    );
}
