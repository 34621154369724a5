//! What speaks against photos is told while the household is still there, and where a visit stands once the server knows.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use hudang_contract::state::{Reason, State};
use hudang_device::{IfIncomplete, OpenVisit};
use hudang_evidence::body::Source;
use hudang_evidence::id::{BlobHash, EntryId, HouseholdId, SealId, VisitId};
use hudang_sync::phone::Applied;
use hudang_sync::wire::{MissingParcel, StandingParcel};
use hudang_testkit::scene::with_exif;
use hudang_visit::assess::MissingCode;
use hudang_visit::doubts::Doubt;

use crate::field::{MORNING_MS, Phone, open_visit, photo, position, visit, who};

fn jpeg(shade: u8) -> Vec<u8> {
    let picture = image::load_from_memory(&photo(shade)).unwrap();
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

fn adds(phone: &mut Phone, visit: VisitId, bytes: &[u8], purpose: &str, source: Source) -> EntryId {
    phone
        .device
        .add_photo(&who("jia"), visit, bytes, purpose, source)
        .unwrap()
}

fn doubts(phone: &Phone, visit: VisitId, bytes: &[u8], purpose: &str) -> Vec<Doubt> {
    let (_, found) = phone.device.missing_and_doubts(visit).unwrap();
    let against = found.get(&(purpose.to_owned(), BlobHash::of(bytes)));
    against.into_iter().flatten().copied().collect()
}

/// A visit of the household next door.
fn next_door(phone: &mut Phone) -> VisitId {
    let opening = OpenVisit {
        visit: Some(VisitId::new(9, [9; 10])),
        household: HouseholdId::new(2, [4; 10]),
        ..open_visit()
    };
    phone.device.open_visit(&who("jia"), &opening).unwrap()
}

#[test]
fn a_photo_from_the_album_and_one_for_two_purposes_are_told() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let (own, album, both) = (photo(1), photo(2), photo(3));
    adds(&mut phone, visit(), &own, "门牌", Source::Camera);
    adds(&mut phone, visit(), &album, "门牌", Source::Import);
    adds(&mut phone, visit(), &both, "门牌", Source::Camera);
    adds(&mut phone, visit(), &both, "居住环境", Source::Camera);
    assert_eq!(doubts(&phone, visit(), &own, "门牌"), []);
    assert_eq!(doubts(&phone, visit(), &album, "门牌"), [Doubt::Imported]);
    assert_eq!(doubts(&phone, visit(), &both, "门牌"), []);
    assert_eq!(doubts(&phone, visit(), &both, "居住环境"), [Doubt::Twice]);
}

#[test]
fn the_same_file_in_another_visit_is_told_as_long_as_it_stands_there() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let other = next_door(&mut phone);
    let (taken, voided) = (photo(1), photo(2));
    let first = adds(&mut phone, visit(), &taken, "门牌", Source::Camera);
    adds(&mut phone, other, &taken, "门牌", Source::Camera);
    assert_eq!(doubts(&phone, other, &taken, "门牌"), [Doubt::Reused]);
    assert_eq!(doubts(&phone, visit(), &taken, "门牌"), [Doubt::Reused]);
    let mistaken = hudang_device::Withdrawal {
        of: first,
        correction: hudang_device::Correction::Withdrawn,
        reason: "mistaken".into(),
        text: None,
    };
    phone.device.withdraw(&who("jia"), visit(), &mistaken).unwrap();
    assert_eq!(doubts(&phone, other, &taken, "门牌"), []);

    // What was begun by mistake keeps no photo from the right household.
    adds(&mut phone, visit(), &voided, "门牌", Source::Camera);
    adds(&mut phone, other, &voided, "门牌", Source::Camera);
    assert_eq!(doubts(&phone, other, &voided, "门牌"), [Doubt::Reused]);
    phone
        .device
        .void(&who("jia"), visit(), "opened-by-mistake", None)
        .unwrap();
    assert_eq!(doubts(&phone, other, &voided, "门牌"), []);
}

#[test]
fn a_camera_that_was_elsewhere_or_at_another_time_is_told() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    phone.device.position(&who("jia"), visit(), position()).unwrap();
    // The visit is opened at 9:00 in the field, at 45.5° N 117° E.
    let here = Some((455_000_000, 1_170_000_000));
    let honest = with_exif(&jpeg(1), "2026:03:02 09:05:00", here);
    let old = with_exif(&jpeg(2), "2026:02:02 09:05:00", here);
    let away = with_exif(
        &jpeg(3),
        "2026:03:02 09:05:00",
        Some((455_300_000, 1_170_000_000)),
    );
    for (bytes, expected) in [
        (&honest, vec![]),
        (&old, vec![Doubt::OtherTime]),
        (&away, vec![Doubt::OtherPlace]),
    ] {
        adds(&mut phone, visit(), bytes, "门牌", Source::Camera);
        assert_eq!(doubts(&phone, visit(), bytes, "门牌"), expected);
    }
}

#[test]
fn where_a_visit_stands_is_kept_as_the_server_said_it_last() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.arrives("yi");
    phone.interviews("jia");
    let sealed = phone
        .device
        .seal(visit(), &[who("jia"), who("yi")], IfIncomplete::Refuse)
        .unwrap();
    assert_eq!(phone.device.standing(visit()).unwrap(), None);
    let says = |state: &str, reasons: &[&str], of: VisitId| StandingParcel {
        visit: of,
        state: state.to_owned(),
        reasons: reasons.iter().copied().map(str::to_owned).collect(),
        missing: vec![
            MissingParcel {
                code: "ASSESS-PHOTO".to_owned(),
                requirement: "photo:门牌".to_owned(),
                have: 0,
                need: 1,
            },
            MissingParcel {
                code: "ASSESS-OF-A-LATER-VERSION".to_owned(),
                requirement: "photo:门牌".to_owned(),
                have: 0,
                need: 1,
            },
        ],
        seal: sealed.id,
    };
    let tell = |phone: &mut Phone, standing| {
        let applied = Applied {
            standings: vec![standing],
            ..Applied::default()
        };
        phone.device.apply(&applied).unwrap();
        phone.device.standing(visit()).unwrap()
    };
    let told = tell(
        &mut phone,
        says(
            "received",
            &["incomplete", "a-later-reason", "media-reused"],
            visit(),
        ),
    );
    let told = told.unwrap();
    assert_eq!(told.state, State::Received);
    assert_eq!(
        told.reasons,
        BTreeSet::from([Reason::MediaReused, Reason::Incomplete])
    );
    let codes: Vec<_> = told.missing.iter().map(|missing| missing.code).collect();
    assert_eq!(codes, [MissingCode::AssessPhoto]);
    assert!(told.told_ms >= MORNING_MS && told.told_ms <= phone.hands.wall_ms.load(Ordering::SeqCst));
    let counts = tell(&mut phone, says("counted", &[], visit())).unwrap();
    assert_eq!((counts.state, counts.reasons.len()), (State::Counted, 0));
    // What is said of another seal says nothing of the one that stands.
    let of_another = StandingParcel {
        seal: SealId::from_bytes([5; 32]),
        ..says("counted", &[], visit())
    };
    assert_eq!(tell(&mut phone, of_another), None);
    // A state that this version does not know is not shown as another one; a visit that is not here is not kept.
    assert_eq!(tell(&mut phone, says("praised", &[], visit())), None);
    let stranger = VisitId::new(8, [8; 10]);
    tell(&mut phone, says("counted", &[], stranger));
    assert_eq!(phone.device.standing(stranger).unwrap(), None);
}
