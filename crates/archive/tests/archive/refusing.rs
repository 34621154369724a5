//! What is refused, by whom, and that it costs nobody else anything.

use hudang_evidence::id::BlobHash;
use hudang_sync::wire::{Bytes, Verdict};

use hudang_testkit::office::{DAY_MS, at, is_consistent, local, open, set_up, stands, upload};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;

#[test]
fn a_revoked_key_adds_nothing_and_keeps_what_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 2);
    let (mut jia, mut yi) = Person::pair(&archive);
    let first = Plan::of(1).carried_out(&mut jia, &mut yi);
    first.brought(&archive, &mut jia, &mut yi, DAY_MS);
    archive
        .revoke_device(&local(), yi.signer().device_id(), "lost", at(DAY_MS))
        .unwrap();
    let second = Plan::of(2).carried_out(&mut jia, &mut yi);
    let response = yi.sends(&archive, second.of_second(), 2 * DAY_MS);
    assert!(
        response
            .entries
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Refused { .. }))
    );
    jia.sends(&archive, second.of_first(), 2 * DAY_MS);
    assert_eq!(stands(&archive, first.visit), "counted");
    assert_eq!(stands(&archive, second.visit), "sealed entries-awaited");
    is_consistent(archive);
}

#[test]
fn an_unknown_key_on_a_known_phone() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 1);
    let (mut jia, mut yi) = Person::pair(&archive);
    let mut stranger = Person::stranger("yi", 3);
    let forged = Plan::of(1).carried_out(&mut jia.clone(), &mut stranger);
    let response = yi.sends(&archive, forged.of_second(), DAY_MS);
    assert!(response.entries.iter().all(|verdict| !verdict.is_kept()));
    assert!(archive.installation(&stranger.installation()).unwrap().is_none());
    // The true visit goes through.
    Plan::of(1)
        .carried_out(&mut jia, &mut yi)
        .brought(&archive, &mut jia, &mut yi, DAY_MS);
    is_consistent(archive);
}

#[test]
fn one_bad_item_among_good_ones() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 1);
    let (mut jia, mut yi) = Person::pair(&archive);
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    let mut request = made.of_first();
    request.entries.push(Bytes::from(b"no note".to_vec()));
    request.documents[0].payload[20] ^= 1;
    let response = jia.sends(&archive, request, DAY_MS);
    assert_eq!(
        response
            .entries
            .iter()
            .filter(|verdict| verdict.is_kept())
            .count(),
        4
    );
    assert!(
        matches!(response.entries[4], Verdict::Refused { .. }),
        "{:?}",
        response.entries[4]
    );
    assert!(
        matches!(response.documents[0], Verdict::Quarantined { .. }),
        "{:?}",
        response.documents[0]
    );
    // A hole: the second entry is left out.
    let mut holed = made.of_second();
    holed.entries.remove(0);
    assert!(!yi.sends(&archive, holed, DAY_MS).entries[0].is_kept());
    made.brought(&archive, &mut jia, &mut yi, DAY_MS);
    assert_eq!(stands(&archive, made.visit), "counted");
    is_consistent(archive);
}

#[test]
fn a_code_enrols_once_and_the_same_keys_again() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 1);
    let (jia, other) = (Person::stranger("jia", 1), Person::stranger("jia", 2));
    let id = hudang_testkit::office::contract().id;
    let code = archive
        .create_enrol_code(&local(), id, "jia".parse().unwrap(), at(0), [5; 20], at(-DAY_MS))
        .unwrap();
    let first = archive.enrol(&code, jia.keys(), None, at(-DAY_MS)).unwrap();
    assert_eq!(archive.enrol(&code, jia.keys(), None, at(DAY_MS)).unwrap(), first);
    assert_eq!(
        archive
            .enrol(&code, other.keys(), None, at(-DAY_MS))
            .unwrap_err()
            .code(),
        "ENROL-CODE"
    );
    assert_eq!(
        archive
            .enrol("ABCDE", other.keys(), None, at(0))
            .unwrap_err()
            .code(),
        "ENROL-CODE"
    );
}

#[test]
fn an_upload_stops_for_a_day_and_a_wrong_one_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let archive = open(&root);
    set_up(&archive, 1);
    let jia = Person::enrolled(&archive, "jia", 1);
    let photo = hudang_testkit::picture::picture(1);
    let (hash, sender) = (BlobHash::of(&photo), jia.installation());
    archive
        .create_upload(hash, photo.len() as u64, sender, at(0))
        .unwrap();
    let mut writing = archive.write_upload(hash, 0, sender).unwrap();
    writing.write(&photo[..100]).unwrap();
    writing.finish(at(0)).unwrap();
    archive.close();

    let archive = open(&root);
    let state = archive.upload(&hash, sender).unwrap().unwrap();
    assert_eq!((state.received, state.held), (100, false));
    assert!(
        archive.write_upload(hash, 50, sender).is_err(),
        "it goes on from where it is"
    );
    upload(&archive, &photo, sender, DAY_MS).unwrap();
    assert!(archive.upload(&hash, sender).unwrap().unwrap().held);

    let wrong = BlobHash::of(b"something else");
    archive.create_upload(wrong, 3, sender, at(DAY_MS)).unwrap();
    let mut writing = archive.write_upload(wrong, 0, sender).unwrap();
    writing.write(b"abc").unwrap();
    let refused = writing.finish(at(DAY_MS)).unwrap_err();
    assert_eq!(refused.code(), "MEDIA-HASH");
    assert!(
        archive
            .upload(&wrong, sender)
            .unwrap()
            .is_none_or(|state| state.received == 0)
    );
}
