//! Whole visits: two people on one phone, on two phones, and what a seal refuses.

use hudang_device::{Correction, IfIncomplete, Waive, Withdrawal};
use hudang_evidence::body::{Body, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::PersonId;
use hudang_evidence::seal::{Outcome, Seal};
use hudang_evidence::verify::{Code, Stale};

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
    assert_eq!(report.codes(), [Code::SharedPhone].into());
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
        with_door + 2,
        "the photo, and that jia was there"
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

/// How the signatures stand, as the phone says: who opened, left a trace, signed, and why a signature is stale.
fn signers(phone: &Phone) -> Vec<(String, bool, bool, bool, Option<Stale>)> {
    let signers = phone.device.visit_signers(visit()).unwrap();
    let row = |one: hudang_device::VisitSigner| {
        (
            one.person.to_string(),
            one.opened,
            one.traced,
            one.signed,
            one.stale,
        )
    };
    signers.into_iter().map(row).collect()
}

fn row(
    person: &str,
    opened: bool,
    traced: bool,
    signed: bool,
    stale: Option<Stale>,
) -> (String, bool, bool, bool, Option<Stale>) {
    (person.to_owned(), opened, traced, signed, stale)
}

#[test]
fn a_phone_says_whose_signature_will_count() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    let nobody = row("yi", false, false, false, None);
    assert_eq!(signers(&phone), [row("jia", true, false, false, None), nobody]);
    phone.open("yi");
    phone.interviews("jia");
    let only_opened = row("yi", true, false, false, None);
    assert_eq!(
        signers(&phone),
        [row("jia", true, true, false, None), only_opened]
    );
    // Two opened, but one was there: the list of what is missing says so too.
    let missing = phone.device.missing(visit()).unwrap();
    assert_eq!(missing.missing[0].requirement, "investigators");
    let refused = phone
        .device
        .seal(visit(), &pair(), IfIncomplete::Seal)
        .unwrap_err();
    assert_eq!(refused.code(), "SIGNER-ABSENT");
    assert!(refused.message(hudang_visit::Language::Zh).contains("yi"));
    assert!(phone.device.seal_notes(visit()).unwrap().is_empty());
    phone
        .device
        .position(&who("yi"), visit(), crate::field::position())
        .unwrap();
    phone.device.seal(visit(), &pair(), IfIncomplete::Refuse).unwrap();
    let both = [
        row("jia", true, true, true, None),
        row("yi", true, true, true, None),
    ];
    assert_eq!(signers(&phone), both);
}

/// Jia has sealed on one phone; yi has opened on another and heard of it.
fn one_has_sealed() -> (Hub, Phone, Phone) {
    let (mut hub, mut east, mut west) = Hub::with_two_phones();
    east.open("jia");
    east.interviews("jia");
    west.arrives("yi");
    hub.sync(&mut west);
    hub.sync(&mut east);
    east.device
        .seal(visit(), &[who("jia")], IfIncomplete::Seal)
        .unwrap();
    hub.sync(&mut east);
    hub.sync(&mut west);
    (hub, east, west)
}

#[test]
fn what_only_adds_keeps_the_partners_signature_with_its_digests() {
    let (mut hub, mut east, mut west) = one_has_sealed();
    // Whoever has not signed may go on.
    west.device
        .add_photo(&who("yi"), visit(), &photo(7), "合影", Source::Camera)
        .unwrap();
    west.device
        .answer(&who("yi"), visit(), &at("housing/rooms"), &3_i64.into())
        .unwrap();
    let signed = |phone: &Phone| signers(phone)[0].3;
    assert!(signed(&west), "{:?}", signers(&west));
    let sealed = west
        .device
        .seal(visit(), &[who("yi")], IfIncomplete::Seal)
        .unwrap();
    assert!(sealed.stale.is_empty());
    hub.sync(&mut west);
    hub.sync(&mut east);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
    assert_eq!(report.governing, Some(sealed.id));
    assert!(signed(&east) && signed(&west));
    // Jia, whose signature stands, adds nothing more without both signing again.
    let late = east.device.note(&who("jia"), visit(), "补充");
    assert_eq!(late.unwrap_err().code(), "VISIT-SEALED");
}

#[test]
fn a_changed_answer_makes_the_partners_signature_stale_and_both_sign_again() {
    let (mut hub, mut east, mut west) = one_has_sealed();
    west.device
        .answer(&who("yi"), visit(), &at("income"), &90_000_i64.into())
        .unwrap();
    // The phone says so before anybody seals.
    assert_eq!(signers(&west)[0].4, Some(Stale::Answers));
    let sealed = west
        .device
        .seal(visit(), &[who("yi")], IfIncomplete::Seal)
        .unwrap();
    assert_eq!(sealed.stale, [who("jia")]);
    hub.sync(&mut west);
    hub.sync(&mut east);
    assert!(hub.verify().codes().contains(&Code::SignatureStale));
    assert_eq!(signers(&east)[0].4, Some(Stale::Answers));
    let joined = east
        .device
        .seal(visit(), &[who("jia")], IfIncomplete::Seal)
        .unwrap();
    assert_eq!(joined.id, sealed.id);
    hub.sync(&mut east);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
}

#[test]
fn a_seal_is_joined_only_where_it_says_what_the_screen_says() {
    let (mut hub, mut east, mut west) = one_has_sealed();
    // The same chains, but another answer on this screen: its own seal says so.
    west.device
        .answer(&who("yi"), visit(), &at("income"), &90_000_i64.into())
        .unwrap();
    let first = Seal::parse(&east.device.seal_notes(visit()).unwrap()[0])
        .unwrap()
        .id();
    let second = west
        .device
        .seal(visit(), &[who("yi")], IfIncomplete::Seal)
        .unwrap();
    assert_ne!(second.id, first);
    hub.sync(&mut west);
    hub.sync(&mut east);
}
