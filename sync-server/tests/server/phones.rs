//! Phones: enrolment, sync, signatures, replays, clocks, revocation.

use hudang_archive::Role;
use hudang_evidence::receipt::Receipt;
use hudang_sync::enrol::{Confirmation, SignedInvitation};
use hudang_sync::wire::{self, SyncRequest, Verdict};
use hudang_testkit::office::DAY_MS;
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;
use serde_json::json;

use hudang_test_server::{ORIGIN, Setting, World, refused};

fn split(world: &World) -> (Person, Person) {
    (world.jia.clone(), world.yi.clone())
}

#[test]
fn a_phone_is_enrolled_by_an_invitation_and_its_work_is_counted() {
    let world = World::new();
    let asked = json!({ "contract": "HT-2026-001", "person": "bing", "hours": 2 });
    let made = world
        .contractor_of("bing", "POST", "/v1/enrol-codes")
        .json(&asked)
        .send()
        .unwrap();
    assert_eq!(made.status(), 201);
    let made: serde_json::Value = made.json().unwrap();
    let invitation = SignedInvitation::parse(made["invitation"].as_str().unwrap()).unwrap();
    let invitation = invitation.invitation();
    assert_eq!(invitation.url, world.base);
    let bing = Person::stranger("bing", 3);
    let enrol = |note: Vec<u8>| {
        world
            .bare("POST", "/v1/enrol")
            .header("content-type", "text/plain; charset=utf-8")
            .body(note)
            .send()
            .unwrap()
    };
    let note = bing.asks_to_enrol(invitation);
    let answer = enrol(note.clone());
    assert_eq!(answer.status(), 200);
    let confirmation = answer.bytes().unwrap();
    let key = invitation.server_key.parse().unwrap();
    assert_eq!(
        Confirmation::verify(&confirmation, &key).unwrap().person.as_str(),
        "bing"
    );
    assert_eq!(
        enrol(note).bytes().unwrap(),
        confirmation,
        "a lost answer is given once more"
    );
    let other = Person::stranger("bing", 4).asks_to_enrol(invitation);
    assert_eq!(refused(enrol(other)), (403, "ENROL-CODE".to_owned()));

    let (mut jia, mut yi) = split(&world);
    let visit = Plan::of(1).carried_out(&mut jia, &mut yi);
    let answers = [
        world.synced(&mut yi, &visit.of_second()),
        world.synced(&mut jia, &visit.of_first()),
    ];
    for answer in &answers {
        assert!(
            answer.entries.iter().chain(&answer.seals).all(Verdict::is_kept),
            "{answer:?}"
        );
    }
    let again = world.synced(&mut jia, &visit.of_first());
    assert!(
        again.entries.iter().all(Verdict::is_kept),
        "the same once more changes nothing"
    );
    assert_eq!(again.receipts.len(), 1);
    let counts = world
        .office(Role::PurchaserLeader, "GET", "/v1/counts?contract=HT-2026-001")
        .send()
        .unwrap();
    let counts: serde_json::Value = counts.json().unwrap();
    let awaits = |row: &&serde_json::Value| row["state"] == "sealed" && row["reason"] == "media-awaited";
    let found: Vec<_> = counts.as_array().unwrap().iter().filter(awaits).collect();
    assert_eq!(found.len(), 1, "{counts}");
    assert_eq!(found[0]["visits"], 1);
}

#[test]
fn a_request_that_another_signed_or_changed_is_refused() {
    let world = World::new();
    let body = wire::pack(&SyncRequest::default()).unwrap();
    let (mut jia, _) = split(&world);
    let send = |headers: &[(&'static str, String)], body: &[u8]| {
        let mut request = world
            .bare("POST", "/v1/sync")
            .header("content-type", wire::CONTENT_TYPE)
            .body(body.to_vec());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().unwrap()
    };
    let signature = (401, "SYNC-SIGNATURE".to_owned());
    let elsewhere = jia.signs("hudang/150000", "POST", "/v1/sync", &body);
    assert_eq!(refused(send(&elsewhere, &body)), signature, "for another server");
    let another_path = jia.signs(ORIGIN, "POST", "/v1/blobs", &body);
    assert_eq!(refused(send(&another_path, &body)), signature, "for another path");
    let good = jia.signs(ORIGIN, "POST", "/v1/sync", &body);
    let changed = wire::pack(&SyncRequest {
        cursor: 9,
        ..SyncRequest::default()
    })
    .unwrap();
    assert_eq!(refused(send(&good, &changed)), signature, "another body");
    assert_eq!(refused(send(&good[..3], &body)), (401, "SYNC-HEADERS".to_owned()));
    let nobody = Person::stranger("ding", 9).signs(ORIGIN, "POST", "/v1/sync", &body);
    assert_eq!(
        refused(send(&nobody, &body)),
        (403, "SYNC-DEVICE-UNKNOWN".to_owned())
    );
    let fresh = jia.signs(ORIGIN, "POST", "/v1/sync", &body);
    assert_eq!(send(&fresh, &body).status(), 200);
    let replay = send(&fresh, &body);
    assert_eq!(replay.status(), 409);
    let replay: serde_json::Value = replay.json().unwrap();
    assert_eq!(
        (replay["code"].as_str(), replay["highest"].as_u64()),
        (Some("SYNC-REPLAY"), Some(4))
    );
    let garbage = jia.signs(ORIGIN, "POST", "/v1/sync", b"\x01garbage");
    assert_eq!(
        refused(send(&garbage, b"\x01garbage")),
        (400, "SYNC-MALFORMED".to_owned())
    );
    let later = jia.signs(ORIGIN, "POST", "/v1/sync", b"\x63later");
    assert_eq!(
        refused(send(&later, b"\x63later")),
        (426, "SYNC-VERSION".to_owned())
    );
}

#[test]
fn a_clock_two_years_off_is_taken_and_bracketed_by_the_servers() {
    let world = World::new();
    let (mut jia, mut yi) = split(&world);
    jia.wall_off_ms = 730 * DAY_MS;
    let visit = Plan::of(2).carried_out(&mut jia, &mut yi);
    world.synced(&mut yi, &visit.of_second());
    let answer = world.synced(&mut jia, &visit.of_first());
    assert!(
        answer.entries.iter().chain(&answer.seals).all(Verdict::is_kept),
        "{answer:?}"
    );
    let by_server = hudang_testkit::office::at(3 * DAY_MS);
    assert_eq!(answer.server_time_ms, by_server.ms());
    let receipt = Receipt::parse(&answer.receipts[0].note).unwrap();
    assert_eq!(receipt.body().recv, by_server);
}

#[test]
fn a_revoked_phone_is_refused() {
    let world = World::new();
    let (mut jia, _) = split(&world);
    let path = format!("/v1/installations/{}/revoke", jia.installation());
    let revoked = world
        .office(Role::Supervisor, "POST", &path)
        .json(&json!({ "reason": "丢失" }))
        .send()
        .unwrap();
    assert_eq!(revoked.status(), 204);
    let refusal = refused(world.syncs(&mut jia, &SyncRequest::default()));
    assert_eq!(refusal, (403, "SYNC-DEVICE-REVOKED".to_owned()));
}

#[test]
fn the_certificate_is_known_by_its_fingerprint_and_kept() {
    let mut world = World::with(Setting {
        transport: hudang_sync_server::Transport::OwnCertificate,
        ..Setting::default()
    });
    assert_eq!(world.bare("GET", "/health/live").send().unwrap().status(), 200);
    let other = hudang_test_server::client(Some(hudang_evidence::id::Sha256::of(b"another")));
    assert!(other.get(format!("{}/health/live", world.base)).send().is_err());
    let print = world.print;
    world.stop();
    world.start(Setting {
        transport: hudang_sync_server::Transport::OwnCertificate,
        ..Setting::default()
    });
    assert_eq!(world.print, print, "the same after a restart");
    let (mut jia, _) = split(&world);
    world.synced(&mut jia, &SyncRequest::default());
}
