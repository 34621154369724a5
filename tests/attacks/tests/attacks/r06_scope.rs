//! R6: what belongs to others is not found, is not harmed, and does not come to one's phone.

use hudang_archive::Role;
use hudang_evidence::body::{Body, Consent, ConsentTo, Open};
use hudang_evidence::id::{BlobHash, VisitId};
use hudang_sync::wire::{Bytes, Change, SyncRequest, SyncResponse, Verdict};
use hudang_test_server::{Rivals, Setting, World, refused};
use hudang_testkit::office;
use hudang_testkit::person::Person;
use hudang_testkit::visit::{Made, Plan};
use reqwest::blocking::Response;
use serde_json::{Value, json};

use crate::neighbour;

fn world() -> World {
    World::with(Setting {
        rivals: true,
        ..Setting::default()
    })
}

fn rivals(world: &World) -> Rivals {
    world.rivals.clone().unwrap()
}

fn asks(world: &World, role: Role, method: &str, path: &str) -> Response {
    let token = world.rival(role).unwrap();
    world.bare(method, path).bearer_auth(token).send().unwrap()
}

fn tells(world: &World, role: Role, path: &str, body: &Value) -> Response {
    let token = world.rival(role).unwrap();
    world
        .bare("POST", path)
        .bearer_auth(token)
        .json(body)
        .send()
        .unwrap()
}

fn not_found(response: Response) {
    assert_eq!(refused(response), (404, "ARCHIVE-UNKNOWN".to_owned()));
}

/// Opens a visit that belongs to others, as a phone that knows its id would.
fn opens(visit: VisitId, person: &mut Person) -> Vec<Vec<u8>> {
    let open = Body::Open(Open {
        household: office::household(2),
        form: hudang_testkit::form::hash(),
        standard: office::contract().standard().hash(),
        person: person.name.parse().unwrap(),
    });
    let consent = Body::Consent(Consent {
        to: ConsentTo::Visit,
        given: true,
    });
    vec![
        person.states(visit, 0, open),
        person.states(visit, 60_000, consent),
    ]
}

fn entries(notes: Vec<Vec<u8>>) -> SyncRequest {
    SyncRequest {
        entries: notes.into_iter().map(Bytes::from).collect(),
        ..SyncRequest::default()
    }
}

/// Whether an answer holds anything of a visit, its household or its people.
fn holds(answer: &SyncResponse, made: &Made) -> bool {
    answer.changes.iter().any(|change| match change {
        Change::Contract(_) | Change::Standard(_) | Change::Form(_) => false,
        Change::Assignment(assignment) => assignment.visit == Some(made.visit),
        _ => true,
    })
}

#[test]
fn not_found_is_what_another_contractor_reads_of_households_visits_and_originals() {
    let mut world = world();
    let made = neighbour::visits(&mut world, 1);
    let household = office::household(1).to_string();
    for path in [
        "/v1/households/%E6%88%B7-001".to_owned(),
        format!("/v1/households/{household}"),
        format!("/v1/visits/{}", made.visit),
        format!("/v1/visits/{}/file", made.visit),
        format!("/v1/blobs/{}", BlobHash::of(&made.photo)),
        // Guessed: the same words.
        "/v1/households/%E6%88%B7-999".to_owned(),
        format!("/v1/visits/{}", VisitId::new(7, [7; 10])),
        format!("/v1/blobs/{}", BlobHash::of(b"guessed")),
    ] {
        not_found(asks(&world, Role::Supervisor, "GET", &path));
    }
    let listed = asks(&world, Role::ContractorAdmin, "GET", "/v1/households");
    assert!(!listed.text().unwrap().contains("户-001"));
    let own = world
        .office(
            Role::Supervisor,
            "GET",
            &format!("/v1/visits/{}/file", made.visit),
        )
        .send()
        .unwrap();
    assert_eq!(own.status(), 200, "its own contractor reads it");
}

#[test]
fn not_found_is_the_visit_that_another_contractor_would_send_back() {
    let mut world = world();
    let made = neighbour::visits(&mut world, 1);
    let body = json!({ "comments": [{ "at": "", "text": "重做" }] });
    let path = format!("/v1/visits/{}/return", made.visit);
    not_found(tells(&world, Role::Supervisor, &path, &body));
    assert_eq!(neighbour::stands(&world, &made), "counted");
}

#[test]
fn not_assigned_entries_in_anothers_visit_stop_nothing_and_bring_nothing() {
    let mut world = world();
    let mut bing = rivals(&world).bing;
    let visit = office::visit(1);
    // Before, between and after: a draft chain of somebody who is not assigned, who says another household.
    let notes = opens(visit, &mut bing);
    let before = world.synced(&mut bing, &entries(notes));
    assert!(
        before.entries.iter().all(Verdict::is_kept),
        "kept, and set aside: {before:?}"
    );
    let made = neighbour::visits(&mut world, 1);
    assert_eq!(neighbour::stands(&world, &made), "counted");
    let body = Body::Consent(Consent {
        to: ConsentTo::Photo,
        given: false,
    });
    let more = bing.states(visit, 120_000, body);
    let answer = world.synced(&mut bing, &entries(vec![more]));
    assert_eq!(neighbour::stands(&world, &made), "counted");
    assert!(!holds(&answer, &made), "{answer:?}");
    // Its people do not get the stranger's chain either: it would stand in their next seal.
    let mut jia = world.jia.clone();
    let told = world.synced(&mut jia, &SyncRequest::default());
    let of_bing = bing.signer().device_id().to_string();
    let strange = told.changes.iter().any(|change| match change {
        Change::Entry(note) => String::from_utf8_lossy(note).contains(&of_bing),
        _ => false,
    });
    assert!(!strange);
    let shown: Value = world
        .office(
            Role::PurchaserHandler,
            "GET",
            &format!("/v1/visits/{}", made.visit),
        )
        .send()
        .unwrap()
        .json()
        .unwrap();
    assert!(shown["findings"].to_string().contains("NOT-ASSIGNED"), "{shown}");
}

#[test]
fn not_assigned_phones_write_no_document_of_anothers_visit() {
    let mut world = world();
    let made = Plan::of(1).carried_out(&mut world.jia.clone(), &mut world.yi.clone());
    let mut bing = rivals(&world).bing;
    let mut request = entries(opens(office::visit(1), &mut bing));
    request.documents = vec![made.document.clone()];
    let answer = world.synced(&mut bing, &request);
    assert!(
        matches!(&answer.documents[0], Verdict::Refused { code, .. } if code == "SYNC-DOCUMENT-FORBIDDEN"),
        "{answer:?}"
    );
    let made = neighbour::visits(&mut world, 1);
    assert_eq!(neighbour::stands(&world, &made), "counted");
}

#[test]
fn not_assigned_contractor_takes_no_household_of_another() {
    let mut world = world();
    let body = |person: &str| {
        json!({ "contract": "HT-2026-001", "form": hudang_testkit::form::hash(),
            "assignments": [{ "household": "户-001", "people": [person] }] })
    };
    not_found(tells(&world, Role::Supervisor, "/v1/assignments", &body("bing")));
    let code = json!({ "contract": "HT-2026-001", "person": "jia", "hours": 2 });
    let (status, _) = refused(tells(&world, Role::ContractorAdmin, "/v1/enrol-codes", &code));
    assert_eq!(status, 422, "a code for another contractor's investigator");
    // Nor does its own contractor send people who are not its own.
    let own = world
        .office(Role::Supervisor, "POST", "/v1/assignments")
        .json(&body("bing"))
        .send()
        .unwrap();
    assert_eq!(refused(own), (422, "ASSIGN-ROSTER".to_owned()));
    let made = neighbour::visits(&mut world, 1);
    assert_eq!(neighbour::stands(&world, &made), "counted");
}

#[test]
fn not_found_is_no_way_into_anothers_register() {
    let mut world = world();
    let made = neighbour::visits(&mut world, 1);
    let other = world.elsewhere(Role::PurchaserHandler).unwrap();
    let puts = |household: Value| {
        let body = json!({ "households": [household] });
        world
            .bare("POST", "/v1/households")
            .bearer_auth(other)
            .json(&body)
            .send()
            .unwrap()
    };
    // The same code is another household of another register.
    let same_code = puts(json!({ "code": "户-001", "area": "152525", "head": "别人" }));
    assert_eq!(same_code.status(), 200);
    // A second code for a household that is not theirs.
    let second_code = puts(json!({ "id": office::household(1), "code": "乙-1", "area": "152525" }));
    not_found(second_code);
    let own: Value = world
        .office(Role::PurchaserHandler, "GET", "/v1/households/%E6%88%B7-001")
        .send()
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(own["household"]["id"], office::household(1).to_string());
    assert_ne!(own["household"]["head"], "别人");
    assert_eq!(neighbour::stands(&world, &made), "counted");
}

#[test]
fn not_assigned_under_this_contract_is_whoever_has_the_same_name_under_another() {
    let mut world = world();
    // "jia" of the other contract is another person, whatever the name.
    let mut namesake = rivals(&world).namesake;
    let told = world.synced(&mut namesake, &SyncRequest::default());
    let made = neighbour::visits(&mut world, 1);
    assert!(!holds(&told, &made), "{told:?}");
    let told = world.synced(&mut namesake, &SyncRequest::default());
    assert!(!holds(&told, &made), "{told:?}");
    assert_eq!(neighbour::stands(&world, &made), "counted");
}
