//! Whole visits: two people on one phone, on two phones, and what a seal refuses.

use hudang_device::{Correction, IfIncomplete, Waive, Withdrawal};
use hudang_evidence::body::{Body, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::PersonId;
use hudang_evidence::seal::{Outcome, Seal};

use crate::field::{Phone, at, open_visit, photo, visit, who};
use crate::hub::Hub;

fn pair() -> [PersonId; 2] {
    [who("jia"), who("yi")]
}

#[test]
fn two_people_on_one_phone_complete_seal_and_verify_a_visit() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    let listed = phone.device.assignments().unwrap();
    assert_eq!(
        (listed[0].code.as_str(), listed[0].form),
        ("户-001", Some(open_visit().form))
    );
    phone.open("jia");
    phone.open("yi");
    let early = phone.device.missing(visit()).unwrap();
    assert!(!early.is_complete());
    let refused = phone
        .device
        .seal(visit(), &pair(), IfIncomplete::Refuse)
        .unwrap_err();
    assert_eq!(refused.code(), "VISIT-OUTCOME");
    phone.interviews("jia");
    phone
        .device
        .add_photo(&who("yi"), visit(), &photo(4), "合影", Source::Camera)
        .unwrap();
    assert!(phone.device.missing(visit()).unwrap().is_complete());
    let sealed = phone.device.seal(visit(), &pair(), IfIncomplete::Refuse).unwrap();
    assert!(sealed.missing.is_empty() && sealed.assessment.is_complete());
    assert_eq!(phone.device.status(visit()).unwrap().seal, Some(sealed.id));

    // What follows is refused, and the same seal is not made twice.
    let late = phone
        .device
        .add_photo(&who("jia"), visit(), &photo(5), "门牌", Source::Camera);
    assert_eq!(late.unwrap_err().code(), "VISIT-SEALED");
    let late = phone
        .device
        .answer(&who("jia"), visit(), &at("income"), &1_i64.into());
    assert_eq!(late.unwrap_err().code(), "VISIT-SEALED");
    let again = phone
        .device
        .seal(visit(), &pair(), IfIncomplete::Refuse)
        .unwrap_err();
    assert_eq!(again.code(), "SEAL-ALREADY");

    let mut hub = Hub::default();
    hub.knows(&phone);
    hub.sync(&mut phone);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
    assert_eq!(report.findings.len(), 0, "{:?}", report.findings);
    hub.sync(&mut phone);
    let status = phone.device.status(visit()).unwrap();
    assert!(status.received, "{status:?}");
    assert_eq!((status.waiting, status.blobs_waiting, status.drafts), (0, 0, 0));
}

#[test]
fn two_phones_apart_merge_and_join_one_seal() {
    let (mut hub, mut east, mut west) = Hub::with_two_phones();
    east.open("jia");
    west.open("yi");
    east.interviews("jia");
    west.device
        .answer(&who("yi"), visit(), &at("income"), &90_000_i64.into())
        .unwrap();
    west.device
        .add_photo(&who("yi"), visit(), &photo(7), "合影", Source::Camera)
        .unwrap();
    hub.sync(&mut west);
    hub.sync(&mut east);
    hub.sync(&mut west);

    // Both answers are kept until a person picks.
    let refused = east
        .device
        .seal(visit(), &[who("jia")], IfIncomplete::Seal)
        .unwrap_err();
    assert_eq!(refused.code(), "VISIT-CONFLICT");
    let conflicts = east.device.conflicts(visit()).unwrap();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].place, "answers/income");
    east.device
        .pick(&who("jia"), visit(), "answers/income", &120_000_i64.into())
        .unwrap();
    let sealed = east
        .device
        .seal(visit(), &[who("jia")], IfIncomplete::Refuse)
        .unwrap();
    assert!(sealed.missing.is_empty());
    hub.sync(&mut east);
    hub.sync(&mut west);
    assert!(!hub.verify().is_countable());
    // The partner's phone has what the seal fixes, and signs just that.
    let joined = west
        .device
        .seal(visit(), &[who("yi")], IfIncomplete::Refuse)
        .unwrap();
    assert_eq!(joined.id, sealed.id);
    hub.sync(&mut west);
    hub.sync(&mut east);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
    hub.sync(&mut west);
    assert_eq!(
        east.device.document(visit()).unwrap().heads(),
        west.device.document(visit()).unwrap().heads()
    );
    assert_eq!(hub.duplicates, 0);
    // Each has stated what it saw of the other, and that does not go on for ever.
    for phone in [&east, &west] {
        let notes = phone.device.entry_notes(visit()).unwrap();
        let syncs = notes
            .iter()
            .filter(|note| matches!(Entry::parse(note).unwrap().body(), Body::Sync(_)));
        assert!((1..=5).contains(&syncs.count()));
    }
    let requests = hub.requests;
    hub.sync(&mut east);
    assert_eq!(hub.requests, requests + 1);
}

#[test]
fn the_second_seal_supersedes_the_first_and_names_all() {
    let (mut hub, mut east, mut west) = Hub::with_two_phones();
    east.open("jia");
    east.interviews("jia");
    let first = east
        .device
        .seal(visit(), &[who("jia")], IfIncomplete::Seal)
        .unwrap();
    assert_eq!(first.missing, [who("yi")]);
    hub.sync(&mut east);

    west.open("yi");
    west.device
        .add_photo(&who("yi"), visit(), &photo(7), "合影", Source::Camera)
        .unwrap();
    hub.sync(&mut west);
    let second = west
        .device
        .seal(visit(), &[who("yi")], IfIncomplete::Refuse)
        .unwrap();
    assert!(second.missing.is_empty());
    assert_ne!(second.id, first.id);
    let notes = west.device.seal_notes(visit()).unwrap();
    let superseding = notes
        .iter()
        .map(|note| Seal::parse(note).unwrap())
        .find(|seal| seal.id() == second.id);
    assert_eq!(superseding.unwrap().body().supersedes, Some(first.id));
    hub.sync(&mut west);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
}

#[test]
fn a_waiver_needs_the_other_person_and_a_withdrawn_photo_does_not_count() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.open("yi");
    let before = phone.device.missing(visit()).unwrap().missing.len();
    let waive = Waive {
        requirement: "audio".to_owned(),
        reason: "household-refused".to_owned(),
        text: Some("户主不同意录音".to_owned()),
    };
    let waiver = phone.device.waive(&who("jia"), visit(), &waive).unwrap();
    let own = phone.device.witness(&who("jia"), visit(), waiver).unwrap_err();
    assert_eq!(own.code(), "WITNESS-SELF");
    phone.device.witness(&who("yi"), visit(), waiver).unwrap();
    let after = phone.device.missing(visit()).unwrap();
    assert_eq!(after.waived.len(), 1);
    assert!(after.missing.len() < before);

    let door = phone
        .device
        .add_photo(&who("jia"), visit(), &photo(1), "门牌", Source::Camera)
        .unwrap();
    let with_door = phone.device.missing(visit()).unwrap().missing.len();
    let withdrawal = Withdrawal {
        of: door,
        correction: Correction::Withdrawn,
        reason: "wrong-household".to_owned(),
        text: None,
    };
    phone.device.withdraw(&who("jia"), visit(), &withdrawal).unwrap();
    assert_eq!(
        phone.device.missing(visit()).unwrap().missing.len(),
        with_door + 1
    );
    // The entry itself stays.
    assert!(
        phone
            .device
            .entry_notes(visit())
            .unwrap()
            .iter()
            .any(|note| Entry::parse(note).unwrap().id() == door)
    );
}

#[test]
fn a_seal_waits_for_drafts_recordings_and_an_outcome() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let seal = |phone: &mut Phone| phone.device.seal(visit(), &[who("jia")], IfIncomplete::Seal);
    let recording = phone
        .device
        .recording_start(&who("jia"), visit(), "访谈")
        .unwrap();
    assert_eq!(seal(&mut phone).unwrap_err().code(), "RECORDING-OPEN");
    phone.device.recording_discard(recording).unwrap();
    phone.device.draft(visit(), &at("income"), &1_i64.into()).unwrap();
    assert_eq!(seal(&mut phone).unwrap_err().code(), "VISIT-DRAFT");
    phone.device.confirm_page(&who("jia"), visit(), None).unwrap();
    assert_eq!(seal(&mut phone).unwrap_err().code(), "VISIT-OUTCOME");
    phone
        .device
        .set_outcome(&who("jia"), visit(), Outcome::Done)
        .unwrap();
    phone.device.lock(&who("jia")).unwrap();
    assert_eq!(seal(&mut phone).unwrap_err().code(), "PERSON-LOCKED");
}
