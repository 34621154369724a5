//! What the server does with honest payloads.

use hudang_evidence::id::{EntryId, HouseholdId};
use hudang_visit::accept::{Expected, Quarantine, accept};
use hudang_visit::document::household::{HouseholdDocument, HouseholdField};
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::value::InstanceId;

use crate::field::{at, form, full, jia, opened, skeleton, visit, yi};

pub(crate) fn expected() -> Expected {
    Expected::visit(visit(), form(), &skeleton()).unwrap()
}

#[test]
fn a_whole_visit_arrives_at_once_and_again() {
    let phone = full(jia());
    let payload = phone.payload_for(&[]);
    let accepted = accept(None, &payload, &expected()).unwrap();
    assert_eq!(
        (accepted.heads.clone(), accepted.new_hashes.len()),
        (phone.heads(), 94)
    );
    let again = accept(Some(&accepted.bytes), &payload, &expected()).unwrap();
    assert_eq!((again.bytes, again.new_hashes), (accepted.bytes, Vec::new()));
}

#[test]
fn a_partner_who_worked_apart_is_merged_by_changes_alone() {
    let mut server = accept(None, &full(jia()).payload_for(&[]), &expected()).unwrap();
    let mut phone = opened(yi());
    let genesis = phone.heads();
    phone.set_answer(&at("housing/q1"), &"砖瓦房".into()).unwrap();
    server = accept(Some(&server.bytes), &phone.payload_for(&genesis), &expected()).unwrap();
    assert_eq!(server.new_hashes, phone.heads());
    let merged = VisitDocument::load(&server.bytes, jia()).unwrap();
    assert_eq!(merged.answer(&at("housing/q1")).unwrap().conflicts.len(), 2);
    phone.set_answer(&at("housing/q2"), &"土炕".into()).unwrap();
    server = accept(
        Some(&server.bytes),
        &phone.payload_for(&server.heads),
        &expected(),
    )
    .unwrap();
    assert_eq!(server.new_hashes.len(), 1);
}

#[test]
fn changes_without_their_beginning_wait_for_the_phone_to_send_all() {
    let mut phone = opened(jia());
    phone.set_answer(&at("a"), &1.into()).unwrap();
    let lost = phone.heads();
    phone.set_answer(&at("b"), &2.into()).unwrap();
    let current = opened(yi()).save();
    let refused = accept(Some(&current), &phone.changes_since(&lost), &expected());
    assert_eq!(refused, Err(Quarantine::Incomplete));
    assert!(accept(Some(&current), &phone.payload_for(&[]), &expected()).is_ok());
}

#[test]
fn a_visit_opened_with_another_form_is_not_mixed_in() {
    let other = VisitDocument::genesis(
        visit(),
        hudang_evidence::id::FormHash::of(b"new"),
        &skeleton(),
        jia(),
    );
    assert_eq!(
        accept(None, &other.unwrap().save(), &expected()),
        Err(Quarantine::Foreign)
    );
}

#[test]
fn one_key_on_two_phones_leaves_a_fork_that_shows() {
    let restored = hudang_visit::document::Actor {
        life: [9; 4],
        ..jia()
    };
    let (mut a, mut b) = (opened(jia()), opened(restored));
    a.record_entry(jia().device, 1, EntryId::of(b"a")).unwrap();
    b.record_entry(jia().device, 1, EntryId::of(b"b")).unwrap();
    assert!(a.record_entry(jia().device, 1, EntryId::of(b"b")).is_err());
    let server = accept(None, &a.save(), &expected()).unwrap();
    let server = accept(Some(&server.bytes), &b.save(), &expected()).unwrap();
    assert_eq!(
        (
            server.forks.len(),
            server.forks[0].seq,
            server.forks[0].entries.len()
        ),
        (1, 1, 2)
    );
}

#[test]
fn a_household_and_its_alias_arrive_too() {
    let (id, found) = (HouseholdId::new(1, [1; 10]), HouseholdId::new(2, [2; 10]));
    let mut office = HouseholdDocument::genesis(id, jia()).unwrap();
    let mut phone = HouseholdDocument::genesis(id, yi()).unwrap();
    office.set_field(HouseholdField::Code, "户-001").unwrap();
    office.set_field(HouseholdField::Adcode, "152502").unwrap();
    office.set_alias(found, true).unwrap();
    office.set_member(InstanceId::from_bytes([5; 8]), true).unwrap();
    phone.set_field(HouseholdField::Code, "户-002").unwrap();
    let expected = Expected::household(id).unwrap();
    let server = accept(None, &office.save(), &expected).unwrap();
    let server = accept(Some(&server.bytes), &phone.save(), &expected).unwrap();
    let merged = HouseholdDocument::load(&server.bytes, jia()).unwrap();
    assert_eq!(merged.aliases().unwrap(), [found]);
    assert_eq!(merged.conflicts().unwrap()[0].place, "fields/code");
    assert!(office.set_field(HouseholdField::Adcode, "15250").is_err());
    assert!(office.set_alias(id, true).is_err());
}
