//! A visit that was begun by mistake: void, not sent, and brought back.

use hudang_device::{IfIncomplete, OpenVisit};
use hudang_evidence::body::Source;
use hudang_evidence::id::VisitId;
use hudang_evidence::seal::Outcome;

use crate::field::{Phone, at, open_visit, photo, visit, who};
use crate::hub::Hub;

#[test]
fn a_visit_begun_by_mistake_takes_nothing_more_and_its_photos_stay_on_the_phone() {
    let (mut hub, mut phone) = (Hub::default(), Phone::with("phone", &["jia"]));
    hub.knows(&phone);
    phone.open("jia");
    phone
        .device
        .add_photo(&who("jia"), visit(), &photo(4), "门牌", Source::Camera)
        .unwrap();
    assert_eq!(phone.device.originals_waiting().unwrap(), 1);
    phone
        .device
        .void(&who("jia"), visit(), "opened-by-mistake", Some("点错了户"))
        .unwrap();
    let status = phone.device.status(visit()).unwrap();
    assert!(status.voided);
    assert_eq!(
        (status.blobs_waiting, phone.device.originals_waiting().unwrap()),
        (0, 0)
    );
    let refused = [
        phone
            .device
            .answer(&who("jia"), visit(), &at("income"), &1_i64.into())
            .unwrap_err(),
        phone.device.note(&who("jia"), visit(), "晚了").unwrap_err(),
        phone
            .device
            .set_outcome(&who("jia"), visit(), Outcome::Done)
            .unwrap_err(),
        phone
            .device
            .void(&who("jia"), visit(), "opened-by-mistake", None)
            .unwrap_err(),
        phone
            .device
            .add_photo(&who("jia"), visit(), &photo(5), "门牌", Source::Camera)
            .unwrap_err(),
    ];
    assert!(
        refused.iter().all(|error| error.code() == "VISIT-VOIDED"),
        "{refused:?}"
    );

    // The statement is sent, the photo is not.
    hub.sync(&mut phone);
    assert!(phone.device.outbox().unwrap().is_empty());
    assert_eq!(hub.blobs.len(), 0);

    // Brought back, all of it goes on where it was.
    phone.device.unvoid(&who("jia"), visit()).unwrap();
    assert!(!phone.device.status(visit()).unwrap().voided);
    assert_eq!(phone.device.originals_waiting().unwrap(), 1);
    phone.device.note(&who("jia"), visit(), "是这一户").unwrap();
    hub.sync(&mut phone);
    hub.sync(&mut phone);
    assert_eq!(hub.blobs.len(), 1);
}

#[test]
fn a_photo_of_the_right_household_is_sent_although_the_wrong_visit_was_void() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let taken = photo(4);
    phone
        .device
        .add_photo(&who("jia"), visit(), &taken, "门牌", Source::Camera)
        .unwrap();
    phone
        .device
        .void(&who("jia"), visit(), "opened-by-mistake", None)
        .unwrap();
    let opening = OpenVisit {
        visit: Some(VisitId::new(9, [9; 10])),
        ..open_visit()
    };
    let right = phone.device.open_visit(&who("jia"), &opening).unwrap();
    phone
        .device
        .add_photo(&who("jia"), right, &taken, "门牌", Source::Import)
        .unwrap();
    assert_eq!(phone.device.originals_waiting().unwrap(), 1);
}

#[test]
fn what_is_sealed_cannot_be_void() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.open("yi");
    phone.interviews("jia");
    phone
        .device
        .add_photo(&who("yi"), visit(), &photo(4), "合影", Source::Camera)
        .unwrap();
    phone
        .device
        .seal(visit(), &[who("jia"), who("yi")], IfIncomplete::Refuse)
        .unwrap();
    let refused = phone.device.void(&who("jia"), visit(), "opened-by-mistake", None);
    assert_eq!(refused.unwrap_err().code(), "VISIT-SEALED");
}
