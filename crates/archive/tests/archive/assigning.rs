//! What phones hear of the households that they are to visit.

use hudang_archive::{Archive, Household};
use hudang_sync::wire::{Assignment, Change, DocumentId, DocumentParcel, Register, SyncRequest, Verdict};
use hudang_testkit::office::{
    assigned_to, at, household, household_in, is_consistent, local, open, put_contract, put_form, set_up,
    stands, visit,
};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;
use hudang_visit::document::Actor;
use hudang_visit::document::household::{HouseholdDocument, HouseholdField};

fn known(address: &str) -> Household {
    Household {
        address: address.to_owned(),
        head: "户主一".to_owned(),
        phone: "13900000001".to_owned(),
        township: "示例苏木".to_owned(),
        village: "示例嘎查".to_owned(),
        ..household_in(1, "152525104201")
    }
}

/// The assignments that a phone has not heard of, and the place to go on from.
fn heard(archive: &Archive, phone: &mut Person, cursor: u64) -> (Vec<Assignment>, u64) {
    let request = SyncRequest {
        cursor,
        ..SyncRequest::default()
    };
    let answer = phone.sends(archive, request, 0);
    let assignment = |change| match change {
        Change::Assignment(assignment) => Some(assignment),
        _ => None,
    };
    (
        answer.changes.into_iter().filter_map(assignment).collect(),
        answer.cursor,
    )
}

#[test]
fn the_register_goes_to_those_who_are_to_visit_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    put_contract(&archive);
    put_form(&archive);
    archive
        .put_households(&local(), vec![known("示例嘎查 1 号")], at(-10))
        .unwrap();
    let [mut jia, mut yi, mut wu] =
        [("jia", 1), ("yi", 2), ("wu", 3)].map(|(name, secret)| Person::enrolled(&archive, name, secret));
    archive
        .assign(&local(), vec![assigned_to(1, 1, ["jia", "yi"])], at(-9))
        .unwrap();
    let register = |address: &str| Register {
        area: "152525104201".to_owned(),
        head: "户主一".to_owned(),
        address: address.to_owned(),
        phone: "13900000001".to_owned(),
        township: "示例苏木".to_owned(),
        village: "示例嘎查".to_owned(),
    };
    let (told, cursor) = heard(&archive, &mut jia, 0);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].register, Some(register("示例嘎查 1 号")));
    assert_eq!(heard(&archive, &mut wu, 0).0, []);

    // A household that moved within the area: whoever is to go there hears of it.
    archive
        .put_households(&local(), vec![known("示例嘎查 8 号")], at(-8))
        .unwrap();
    let (told, cursor) = heard(&archive, &mut jia, cursor);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].register, Some(register("示例嘎查 8 号")));

    // Taken from yi: that phone is told so, and nothing more of the household.
    let (_, before) = heard(&archive, &mut yi, 0);
    archive
        .assign(&local(), vec![assigned_to(1, 1, ["jia", "wu"])], at(-7))
        .unwrap();
    let (told, _) = heard(&archive, &mut yi, before);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].withdrawn, &told[0].register), (true, &None));
    archive
        .put_households(&local(), vec![known("示例嘎查 9 号")], at(-6))
        .unwrap();
    let (_, cursor_of_yi) = heard(&archive, &mut yi, 0);
    assert_eq!(heard(&archive, &mut yi, cursor_of_yi).0, []);
    let (told, _) = heard(&archive, &mut jia, cursor);
    assert_eq!(told[0].register, Some(register("示例嘎查 9 号")));
    is_consistent(archive);
}

#[test]
fn a_household_found_in_the_field_counts_once_the_office_knows_it() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 1);
    let (mut jia, mut yi) = Person::pair(&archive);
    Plan::of(2).carried_out(&mut jia, &mut yi).brought_as(
        "received not-assigned",
        &archive,
        [&mut jia, &mut yi],
        86_000_000,
    );
    // Under the code of another it would vanish into that one.
    let taken = Household {
        code: "户-001".to_owned(),
        ..household_in(2, "152525104201")
    };
    let refused = archive.put_households(&local(), vec![taken], at(90_000_000));
    assert_eq!(refused.unwrap_err().code(), "HOUSEHOLD-CODE-TAKEN");
    let known = archive
        .put_households(&local(), vec![household_in(2, "152525104201")], at(90_000_001))
        .unwrap();
    assert_eq!(known[0].id, household(2));
    assert_eq!(stands(&archive, visit(2)), "counted");
    is_consistent(archive);
}

#[test]
fn whoever_found_a_household_may_write_of_it_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 1);
    let [mut jia, mut bing] =
        [("jia", 1), ("bing", 3)].map(|(name, secret)| Person::enrolled(&archive, name, secret));
    let found = |of: u8, person: &Person, address: &str| {
        let actor = Actor {
            device: person.signer().device_id(),
            life: [1; 4],
        };
        let mut document = HouseholdDocument::genesis(household(of), actor).unwrap();
        document.set_field(HouseholdField::Address, address).unwrap();
        let heads: Vec<[u8; 32]> = document.heads().iter().map(|head| *head.as_bytes()).collect();
        let parcel = DocumentParcel::new(
            DocumentId::Household(household(of)),
            document.payload_for(&[]),
            &heads,
        );
        SyncRequest {
            documents: vec![parcel],
            ..SyncRequest::default()
        }
    };
    let theirs = found(2, &jia, "示例嘎查北井");
    assert_eq!(
        jia.sends(&archive, theirs.clone(), 1).documents,
        [Verdict::Stored]
    );
    assert_eq!(jia.sends(&archive, theirs, 2).documents, [Verdict::Already]);
    let meddling = found(2, &bing, "别处");
    let refused = &bing.sends(&archive, meddling, 3).documents[0];
    assert!(
        matches!(refused, Verdict::Refused { code, .. } if code == "SYNC-DOCUMENT-FORBIDDEN"),
        "{refused:?}"
    );
    // A household of the register is written of by those who are to go there.
    let listed = found(1, &bing, "别处");
    assert!(matches!(
        bing.sends(&archive, listed, 4).documents[0],
        Verdict::Refused { .. }
    ));
    let listed = found(1, &jia, "示例嘎查 2 号");
    assert_eq!(jia.sends(&archive, listed, 5).documents, [Verdict::Stored]);
    is_consistent(archive);
}
