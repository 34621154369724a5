//! Two or three people who work apart and meet in any order.

use hudang_evidence::id::{BlobHash, DeviceId, EntryId};
use hudang_visit::Outcome;
use hudang_visit::accept::accept;
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::value::{InstanceId, InstancePath, Value};
use proptest::prelude::*;

use crate::accepting::expected;
use crate::field::{at, header, jia, opened, skeleton, yi};

fn actor(number: u8) -> Actor {
    Actor {
        device: DeviceId::of(&[number]),
        life: [number; 4],
    }
}

/// One thing that a person does.
#[derive(Debug, Clone)]
enum Deed {
    Answer(u8, i64),
    Clear(u8),
    Member(u8),
    MemberAnswer(u8, u8, String),
    Remove(u8, bool),
    Outcome(bool),
    Media(u8),
    Note(u8, String),
    Entry(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (0..6_u8, -9..9_i64).prop_map(|(question, value)| Deed::Answer(question, value)),
        (0..6_u8).prop_map(Deed::Clear),
        (0..4_u8).prop_map(Deed::Member),
        (0..4_u8, 0..3_u8, "[一-十]{0,3}")
            .prop_map(|(member, question, text)| Deed::MemberAnswer(member, question, text)),
        (0..4_u8, any::<bool>()).prop_map(|(member, removed)| Deed::Remove(member, removed)),
        any::<bool>().prop_map(Deed::Outcome),
        (0..4_u8).prop_map(Deed::Media),
        (0..4_u8, "[一-十]{0,3}").prop_map(|(id, text)| Deed::Note(id, text)),
        (1..9_u8).prop_map(Deed::Entry),
    ]
}

/// An instance that this person added: ids are random, so that no two people use one.
fn member(person: u8, number: u8) -> InstancePath {
    InstancePath::TOP
        .join(
            "members",
            InstanceId::from_bytes([person, number, 0, 0, 0, 0, 0, 1]),
        )
        .unwrap()
}

fn act(document: &mut VisitDocument, person: u8, deed: &Deed) {
    // A deed on a member that this person did not add yet is refused, and that changes nothing.
    match deed {
        Deed::Answer(question, value) => {
            document
                .set_answer(&at(&format!("q{question}")), &(*value).into())
                .unwrap();
        }
        Deed::Clear(question) => drop(
            document
                .set_answer(&at(&format!("q{question}")), &Value::Cleared)
                .unwrap(),
        ),
        Deed::Member(number) => {
            let id = InstanceId::from_bytes([person, *number, 0, 0, 0, 0, 0, 1]);
            document
                .add_instance(&skeleton(), &InstancePath::TOP, "members", id)
                .unwrap();
        }
        Deed::MemberAnswer(number, question, text) => {
            let path = member(person, *number).question(&format!("q{question}")).unwrap();
            let _ = document.set_answer(&path, &text.as_str().into());
        }
        Deed::Remove(number, removed) => drop(document.set_removed(&member(person, *number), *removed)),
        Deed::Outcome(done) => {
            let outcome = if *done { Outcome::Done } else { Outcome::Refused };
            document.set_outcome(outcome).unwrap();
        }
        Deed::Media(number) => drop(document.add_media(BlobHash::of(&[*number]), "门牌").unwrap()),
        Deed::Note(id, text) => drop(document.set_note(InstanceId::from_bytes([*id; 8]), text).unwrap()),
        Deed::Entry(seq) => {
            let id = EntryId::of(&[person, *seq]);
            document
                .record_entry(actor(person).device, u64::from(*seq), id)
                .unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_and_any_repetition_gives_one_document(
        people in prop::collection::vec(prop::collection::vec(deed(), 0..12), 3),
        order in prop::collection::vec(0..3_usize, 0..8),
    ) {
        let documents: Vec<_> = people.iter().zip(0_u8..).map(|(deeds, person)| {
            let mut document = opened(actor(person));
            for deed in deeds {
                act(&mut document, person, deed);
            }
            document
        }).collect();
        // One replica merges in process, one server takes what comes in that order, then the rest.
        let mut replica = opened(jia());
        for document in &documents {
            replica.merge(document).unwrap();
        }
        let mut server = accept(None, &opened(yi()).save(), &expected()).unwrap();
        for index in order.into_iter().chain([2, 0, 1]) {
            let payload = documents[index].payload_for(&if index == 1 { server.heads.clone() } else { Vec::new() });
            if !payload.is_empty() {
                server = accept(Some(&server.bytes), &payload, &expected()).unwrap();
            }
        }
        prop_assert_eq!(&server.heads, &replica.heads());
        let server = VisitDocument::load(&server.bytes, jia()).unwrap();
        prop_assert_eq!(server.answers().unwrap(), replica.answers().unwrap());
        prop_assert_eq!(server.conflicts().unwrap(), replica.conflicts().unwrap());
        prop_assert_eq!(server.entries().unwrap(), replica.entries().unwrap());
        prop_assert_eq!(server.forks().unwrap(), Vec::new());
        // Nothing that a person wrote last is gone: it is shown, or shown as a conflict.
        for (document, person) in documents.iter().zip(0_u8..) {
            for (path, answer) in document.answers().unwrap() {
                let merged = server.answer(&path).unwrap();
                let kept = merged.value == answer.value
                    || merged.conflicts.iter().any(|told| Some(&told.value) == answer.value.as_ref()
                        && told.device == Some(actor(person).device));
                prop_assert!(kept, "{path}");
            }
        }
    }
}

#[test]
fn two_phones_that_open_one_visit_apart_hold_the_same_first_change() {
    let (a, b) = (opened(jia()), opened(yi()));
    assert_eq!((a.heads(), a.save()), (b.heads(), b.save()));
    let other_form = VisitDocument::genesis(
        crate::field::visit(),
        hudang_evidence::id::FormHash::of(b"another form"),
        &skeleton(),
        jia(),
    );
    assert_ne!(other_form.unwrap().heads(), a.heads());
    assert_eq!(
        a.identity().unwrap(),
        (crate::field::visit(), crate::field::form())
    );
}

#[test]
fn both_phones_answers_stand_side_by_side_and_a_person_picks() {
    let (mut a, mut b) = (opened(jia()), opened(yi()));
    for phone in [&mut a, &mut b] {
        phone.set_header(&header()).unwrap();
        phone.set_answer(&at("village"), &"东乌旗".into()).unwrap();
    }
    a.set_answer(&at("income"), &120_000.into()).unwrap();
    b.set_answer(&at("income"), &90_000.into()).unwrap();
    let first = a.instances(&InstancePath::TOP, "members").unwrap()[0].id;
    let first = InstancePath::TOP.join("members", first).unwrap();
    a.set_answer(&first.question("name").unwrap(), &"巴特尔".into())
        .unwrap();
    b.set_answer(&first.question("work").unwrap(), &"牧民".into())
        .unwrap();
    a.merge(&b).unwrap();
    let income = a.answer(&at("income")).unwrap();
    let mut told: Vec<_> = income
        .conflicts
        .iter()
        .map(|told| (told.value.clone(), told.device))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            (90_000.into(), Some(yi().device)),
            (120_000.into(), Some(jia().device))
        ]
    );
    let places: Vec<_> = a
        .conflicts()
        .unwrap()
        .into_iter()
        .map(|conflict| conflict.place)
        .collect();
    // The same header and village, written twice, are no conflict; different fields of one member are none.
    assert_eq!(places, ["answers/income"]);
    assert_eq!(a.header().unwrap(), Some(header()));
    assert_eq!(
        a.answer(&first.question("name").unwrap()).unwrap().value,
        Some("巴特尔".into())
    );
    assert_eq!(
        a.answer(&first.question("work").unwrap()).unwrap().value,
        Some("牧民".into())
    );
    assert!(a.set_answer(&at("income"), &90_000.into()).unwrap());
    assert_eq!(a.conflicts().unwrap(), []);
    assert!(
        !a.set_answer(&at("income"), &90_000.into()).unwrap(),
        "the same answer again is no change"
    );
}

#[test]
fn what_a_partner_writes_into_a_removed_member_is_not_lost() {
    let (mut a, mut b) = (opened(jia()), opened(yi()));
    let id = InstanceId::from_bytes([5; 8]);
    a.add_instance(&skeleton(), &InstancePath::TOP, "members", id)
        .unwrap();
    b.merge(&a).unwrap();
    let member = InstancePath::TOP.join("members", id).unwrap();
    a.set_removed(&member, true).unwrap();
    b.set_answer(&member.question("name").unwrap(), &"其其格".into())
        .unwrap();
    b.add_instance(&skeleton(), &member, "illnesses", InstanceId::from_bytes([6; 8]))
        .unwrap();
    a.merge(&b).unwrap();
    let third = a
        .instances(&InstancePath::TOP, "members")
        .unwrap()
        .into_iter()
        .find(|found| found.id == id);
    assert!(third.unwrap().removed);
    a.set_removed(&member, false).unwrap();
    assert_eq!(
        a.answer(&member.question("name").unwrap()).unwrap().value,
        Some("其其格".into())
    );
    assert_eq!(a.instances(&member, "illnesses").unwrap().len(), 1);
    assert!(accept(None, &a.save(), &expected()).is_ok());
}

#[test]
fn what_the_form_does_not_have_is_refused() {
    let mut a = opened(jia());
    assert_eq!(
        a.set_answer(&at("members"), &1.into()).unwrap_err().code(),
        "DOC-KIND"
    );
    assert_eq!(
        a.set_answer(&at("members[00c0ffee00c0ffee]/name"), &1.into())
            .unwrap_err()
            .code(),
        "DOC-INSTANCE"
    );
    let long = Value::Text("x".repeat(20_000));
    assert_eq!(a.set_answer(&at("story"), &long).unwrap_err().code(), "DOC-VALUE");
    assert_eq!(a.heads(), opened(jia()).heads());
    assert_eq!(
        VisitDocument::load(b"no document", jia()).unwrap_err().code(),
        "DOC-UNREADABLE"
    );
}
