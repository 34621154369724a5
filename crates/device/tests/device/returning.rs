//! Visits that the office sent back: open again, mended in new entries, sealed again.

use hudang_device::{IfIncomplete, Sealed};
use hudang_evidence::body::{Body, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::PersonId;
use hudang_evidence::seal::Seal;
use hudang_evidence::verify::Code;

use crate::field::{Phone, at, photo, visit, who};
use crate::hub::Hub;

fn pair() -> [PersonId; 2] {
    [who("jia"), who("yi")]
}

fn seal(phone: &mut Phone) -> hudang_device::Result<Sealed> {
    phone.device.seal(visit(), &pair(), IfIncomplete::Refuse)
}

/// A visit of two people on one phone that the office sent back.
fn returned() -> (Hub, Phone, Sealed) {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.arrives("yi");
    phone.interviews("jia");
    let sealed = seal(&mut phone).unwrap();
    let mut hub = Hub::default();
    hub.knows(&phone);
    hub.sync(&mut phone);
    hub.sync(&mut phone);
    assert!(phone.device.status(visit()).unwrap().received);
    hub.returns(sealed.id, "看不清门牌号");
    hub.sync(&mut phone);
    (hub, phone, sealed)
}

#[test]
fn what_was_sealed_stays_and_the_mending_is_sealed_in_its_place() {
    let (mut hub, mut phone, sealed) = returned();
    let told = phone.device.returned(visit()).unwrap().unwrap();
    assert_eq!(told.comments[0].text, "看不清门牌号");
    let before = phone.device.entry_notes(visit()).unwrap();

    // Nothing is mended yet: sealing the same again would answer nothing.
    assert_eq!(seal(&mut phone).unwrap_err().code(), "SEAL-UNMENDED");
    phone
        .device
        .add_photo(&who("jia"), visit(), &photo(21), "门牌", Source::Camera)
        .unwrap();
    phone
        .device
        .answer(&who("jia"), visit(), &at("income"), &110_000_i64.into())
        .unwrap();
    // The household signed another income.
    assert_eq!(seal(&mut phone).unwrap_err().code(), "VISIT-INCOMPLETE");
    phone.household_signs("jia");
    let again = seal(&mut phone).unwrap();
    assert_ne!(again.id, sealed.id);
    assert!(phone.device.returned(visit()).unwrap().is_none());

    // Every entry of before is there as it was; the first that follows says that the sealing does not stand.
    let after = phone.device.entry_notes(visit()).unwrap();
    assert!(before.iter().all(|note| after.contains(note)));
    let read = |notes: &[Vec<u8>]| -> Vec<Entry> {
        let own = notes.iter().map(|note| Entry::parse(note).unwrap());
        let jia = phone
            .device
            .people()
            .unwrap()
            .into_iter()
            .find(|one| one.person == who("jia"));
        let dev = jia.unwrap().dev;
        own.filter(|entry| entry.header().dev == dev).collect()
    };
    let (own_before, own_after) = (read(&before), read(&after));
    let sealing = own_before
        .iter()
        .find(|entry| matches!(entry.body(), Body::Seal(_)))
        .unwrap();
    let first = own_after
        .iter()
        .find(|entry| {
            entry.header().seq > own_before.last().unwrap().header().seq
                && !matches!(entry.body(), Body::Sync(_) | Body::Anchor(_))
        })
        .unwrap();
    assert!(
        matches!(first.body(), Body::Amend(amend) if amend.of == sealing.id() && amend.reason == "returned")
    );

    // It is closed again, and an independent verifier finds nothing against it.
    let late = phone
        .device
        .add_photo(&who("jia"), visit(), &photo(22), "门牌", Source::Camera);
    assert_eq!(late.unwrap_err().code(), "VISIT-SEALED");
    hub.sync(&mut phone);
    hub.sync(&mut phone);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
    assert_eq!(report.governing, Some(again.id));
    assert_eq!(report.codes(), [Code::SharedPhone].into());
    assert!(phone.device.status(visit()).unwrap().received);
}

#[test]
fn an_answer_alone_is_a_mending_and_so_is_a_note() {
    let (_, mut phone, sealed) = returned();
    phone
        .device
        .answer(&who("yi"), visit(), &at("income"), &90_000_i64.into())
        .unwrap();
    phone.household_signs("yi");
    let again = seal(&mut phone).unwrap();
    let note = phone.device.seal_notes(visit()).unwrap();
    let seals: Vec<Seal> = note.iter().map(|note| Seal::parse(note).unwrap()).collect();
    let of = |id| seals.iter().find(|seal| seal.id() == id).unwrap().body().clone();
    assert_ne!(of(again.id).snapshot, of(sealed.id).snapshot);
    assert_eq!(of(again.id).supersedes, Some(sealed.id));

    let (_, mut phone, _) = returned();
    phone
        .device
        .note(&who("jia"), visit(), "门牌已拆除，现场确无门牌号")
        .unwrap();
    seal(&mut phone).unwrap();
}

#[test]
fn a_return_is_kept_over_a_restart_and_may_come_before_anything_else() {
    let (hub, phone, _) = returned();
    drop(hub);
    let mut phone = phone.restarted(std::sync::Arc::new(hudang_device::platform::NoFaults));
    assert!(phone.device.returned(visit()).unwrap().is_some());
    phone.unlock_all();
    phone.device.note(&who("jia"), visit(), "说明").unwrap();
    seal(&mut phone).unwrap();
    assert!(phone.device.returned(visit()).unwrap().is_none());
}
