//! Phones and the real server: from the office's assignment to a counted visit, and back to a green mark.

use hudang_archive::{
    Archive, Arrival, Assignment, FormFile, Household, Keys, NewArchive, Opening, ServerPlace,
};
use hudang_contract::history::Publication;
use hudang_contract::versions::Version;
use hudang_device::{Carried, IfIncomplete, OpenVisit, Retention};
use hudang_evidence::body::Source;
use hudang_evidence::time::WallTime;
use hudang_sync::enrol::SignedInvitation;
use hudang_sync::phone::{Action, Event, Link, PhoneSync, Settings, WakeBy};
use hudang_sync::wire::Change;
use hudang_testkit::office::local;

use crate::field::{MORNING_MS, ORIGIN, PIN, Phone, at, dispatch, household, open_visit, photo, visit, who};

const AFTER_MS: i64 = MORNING_MS + 7_200_000;

fn later() -> WallTime {
    WallTime::from_ms(AFTER_MS).unwrap()
}

/// A server with the contract, the form, one household and its assignment.
fn office(root: &std::path::Path) -> Archive {
    let new = NewArchive {
        origin: ORIGIN.to_owned(),
        secret: [99; 32],
        identity_secret: [98; 32],
    };
    let early = WallTime::from_ms(MORNING_MS - 86_400_000).unwrap();
    let archive = Archive::open(root, &Opening::or_new(new, early, [5; 32])).unwrap();
    let Change::Contract(json) = &dispatch().changes[0] else {
        panic!("the contract comes first")
    };
    archive
        .put_contract(&local(), Version::from_json(json).unwrap().contract, None, early)
        .unwrap();
    let form = FormFile {
        text: hudang_testkit::form::text().to_owned(),
    };
    let form = archive.put_form(&local(), form, early).unwrap();
    let publication = Publication {
        form,
        identity: String::new(),
    };
    archive
        .publish_form(&local(), &open_visit().contract, publication, None, early)
        .unwrap();
    let home = Household {
        id: household(),
        code: "户-001".to_owned(),
        area: "152525".to_owned(),
        address: String::new(),
        head: String::new(),
        phone: String::new(),
        township: String::new(),
        village: String::new(),
    };
    archive.put_households(&local(), vec![home], early).unwrap();
    let assignment = Assignment {
        visit: visit(),
        household: household(),
        contract: open_visit().contract,
        form,
        people: vec![who("jia"), who("yi")],
    };
    archive.assign(&local(), vec![assignment], early).unwrap();
    archive
}

/// Enrols a person with a code of the office, as the shell would.
fn enrol(archive: &Archive, phone: &mut Phone, person: &str, random: u8) {
    let now = WallTime::from_ms(MORNING_MS - 3_600_000).unwrap();
    let expires = WallTime::from_ms(MORNING_MS + 86_400_000).unwrap();
    let contract = open_visit().contract;
    let code = archive
        .create_enrol_code(
            &local(),
            contract.clone(),
            who(person),
            expires,
            [random; 20],
            now,
        )
        .unwrap();
    let place = ServerPlace {
        url: "https://127.0.0.1:8443".to_owned(),
        fingerprint: None,
    };
    let invitation = archive
        .invite(&local(), &place, &code, contract, who(person), expires)
        .unwrap();
    let invitation = SignedInvitation::parse(&invitation).unwrap();
    let message = phone.device.enrol(&invitation, PIN).unwrap();
    let keys = Keys {
        installation: message.installation_public,
        device: message.device_public,
    };
    let enrolled = archive.enrol(&code, keys, None, now).unwrap();
    assert_eq!(
        phone.device.confirm_enrolment(&enrolled.note).unwrap(),
        who(person)
    );
}

/// Syncs a phone with the server until there is nothing to do.
fn sync(archive: &Archive, phone: &mut Phone) {
    let id = phone.device.installation();
    let mut machine = PhoneSync::new(Settings::default());
    let mut queue = machine.on(Event::Wake {
        now_ms: 1,
        link: Link::Wifi,
        by: WakeBy::Person,
    });
    let mut counter = u64::try_from(phone.hands.wall_ms.load(std::sync::atomic::Ordering::SeqCst)).unwrap();
    for _ in 0..200 {
        let mut next = Vec::new();
        for action in core::mem::take(&mut queue) {
            match phone.device.carry_out(action).unwrap() {
                Carried::Report(event) => next.extend(machine.on(event)),
                Carried::Outside(Action::Send { number, request }) => {
                    counter += 1;
                    let installation = archive.installation(&id).unwrap().unwrap();
                    let response = archive
                        .sync(&installation, counter, *request, Arrival::at(later()))
                        .unwrap();
                    next.extend(machine.on(Event::Answered {
                        number,
                        response: Box::new(response),
                        now_ms: 1,
                        jitter: 0,
                    }));
                }
                Carried::Outside(Action::Upload { hash, offset, len }) => {
                    let whole = phone.device.read_blob(&hash, 0, u64::MAX).unwrap().len() as u64;
                    archive.create_upload(hash, whole, id, later()).unwrap();
                    let mut upload = archive.write_upload(hash, offset, id).unwrap();
                    upload
                        .write(&phone.device.read_blob(&hash, offset, len).unwrap())
                        .unwrap();
                    let state = upload.finish(later()).unwrap();
                    next.extend(machine.on(Event::BlobSent {
                        hash,
                        offset: state.received,
                    }));
                }
                Carried::Done | Carried::Outside(_) => {}
            }
        }
        if next.is_empty() {
            // The server looks into what came in.
            archive.settle(later()).unwrap();
            return;
        }
        queue = next;
    }
    panic!("the phone never comes to rest");
}

/// Opens the visit as the phone was told by the office.
fn open_assigned(phone: &mut Phone, person: &str) {
    let assignment = phone.device.assignments().unwrap().remove(0);
    let opening = OpenVisit {
        visit: assignment.visit,
        household: assignment.household,
        contract: assignment.contract,
        form: assignment.form.unwrap(),
        assigned: assignment.persons,
    };
    assert_eq!(opening, open_visit());
    phone.device.open_visit(&who(person), &opening).unwrap();
}

fn stands(archive: &Archive) -> String {
    let row = archive.visit(&local(), visit()).unwrap().unwrap();
    format!("{} {}", row.state, row.reason).trim().to_owned()
}

#[test]
fn the_office_sees_that_a_visit_is_void_and_counts_it_nowhere() {
    let room = tempfile::tempdir().unwrap();
    let archive = office(&room.path().join("archive"));
    let mut east = Phone::new("east");
    enrol(&archive, &mut east, "jia", 1);
    sync(&archive, &mut east);
    open_assigned(&mut east, "jia");
    sync(&archive, &mut east);
    assert_eq!(stands(&archive), "draft");
    east.device
        .void(&who("jia"), visit(), "opened-by-mistake", Some("点错了户"))
        .unwrap();
    sync(&archive, &mut east);
    assert_eq!(stands(&archive), "voided");
    assert_eq!(east.device.problems().unwrap(), []);
    east.device.unvoid(&who("jia"), visit()).unwrap();
    sync(&archive, &mut east);
    assert_eq!(stands(&archive), "draft");
}

#[test]
fn two_phones_bring_a_visit_from_assigned_to_counted() {
    let room = tempfile::tempdir().unwrap();
    let archive = office(&room.path().join("archive"));
    let (mut east, mut west) = (Phone::new("east"), Phone::new("west"));
    enrol(&archive, &mut east, "jia", 1);
    enrol(&archive, &mut west, "yi", 2);
    sync(&archive, &mut east);
    sync(&archive, &mut west);
    open_assigned(&mut east, "jia");
    open_assigned(&mut west, "yi");
    east.interviews("jia");
    west.device
        .add_photo(&who("yi"), visit(), &photo(7), "合影", Source::Camera)
        .unwrap();
    west.device
        .answer(&who("yi"), visit(), &at("housing/rooms"), &3_i64.into())
        .unwrap();
    sync(&archive, &mut west);
    sync(&archive, &mut east);
    assert_eq!(east.device.problems().unwrap(), []);
    let document = east.device.document(visit()).unwrap();
    assert_eq!(
        document.answer(&at("housing/rooms")).unwrap().value,
        Some(3_i64.into())
    );
    east.device
        .seal(visit(), &[who("jia")], IfIncomplete::Refuse)
        .unwrap();
    sync(&archive, &mut east);
    sync(&archive, &mut west);
    west.device
        .seal(visit(), &[who("yi")], IfIncomplete::Refuse)
        .unwrap();
    sync(&archive, &mut west);
    sync(&archive, &mut east);
    for phone in [&east, &west] {
        assert_eq!(phone.device.problems().unwrap(), []);
        assert!(
            phone.device.outbox().unwrap().is_empty(),
            "{:?}",
            phone.device.outbox().unwrap()
        );
        assert!(phone.device.status(visit()).unwrap().received);
    }
    assert_eq!(
        stands(&archive),
        "counted",
        "{:?}",
        archive.findings(&local(), visit()).unwrap()
    );
    // What the receipt names may go, and the server hears of it.
    east.hands.later(8 * 86_400_000);
    let wiped = east
        .device
        .wipe(&who("jia"), Retention { keep_days: 7 }, "retention")
        .unwrap();
    assert_eq!(wiped.unwrap().blobs.len(), 5);
    sync(&archive, &mut east);
    assert!(east.device.outbox().unwrap().is_empty());
}

#[test]
fn two_people_on_one_phone_need_one_sync() {
    let room = tempfile::tempdir().unwrap();
    let archive = office(&room.path().join("archive"));
    let mut phone = Phone::new("phone");
    enrol(&archive, &mut phone, "jia", 1);
    enrol(&archive, &mut phone, "yi", 2);
    sync(&archive, &mut phone);
    phone.unlock_all();
    open_assigned(&mut phone, "jia");
    open_assigned(&mut phone, "yi");
    phone.interviews("jia");
    // Who only opened was not there, and the phone says so before the office does.
    let pair = [who("jia"), who("yi")];
    let absent = phone.device.seal(visit(), &pair, IfIncomplete::Seal).unwrap_err();
    assert_eq!(absent.code(), "SIGNER-ABSENT");
    phone
        .device
        .position(&who("yi"), visit(), crate::field::position())
        .unwrap();
    phone.device.seal(visit(), &pair, IfIncomplete::Refuse).unwrap();
    sync(&archive, &mut phone);
    assert_eq!(phone.device.problems().unwrap(), []);
    assert_eq!(
        stands(&archive),
        "received shared-phone",
        "{:?}",
        archive.findings(&local(), visit()).unwrap()
    );
    assert!(phone.device.status(visit()).unwrap().received);
}
