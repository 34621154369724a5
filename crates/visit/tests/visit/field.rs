//! People, ids and one full visit for the tests of this crate.

use hudang_evidence::id::{BlobHash, DeviceId, EntryId, FormHash, HouseholdId, StandardHash, VisitId};
use hudang_visit::Outcome;
use hudang_visit::document::Actor;
use hudang_visit::document::genesis::{Repeat, Skeleton};
use hudang_visit::document::visit::{Header, VisitDocument};
use hudang_visit::value::{AnswerPath, InstanceId, InstancePath};

/// The visit that most tests are about.
pub(crate) fn visit() -> VisitId {
    VisitId::new(1_774_000_000_000, [7; 10])
}

/// The form that it fills in.
pub(crate) fn form() -> FormHash {
    FormHash::of(b"form of the tests")
}

/// A form with members, of whom two stand in every form, and the members' illnesses.
pub(crate) fn skeleton() -> Skeleton {
    let illnesses = Repeat {
        name: "illnesses".to_owned(),
        instances: 0,
        repeats: Vec::new(),
    };
    Skeleton {
        repeats: vec![Repeat {
            name: "members".to_owned(),
            instances: 2,
            repeats: vec![illnesses],
        }],
    }
}

/// The phone of 甲.
pub(crate) fn jia() -> Actor {
    Actor {
        device: DeviceId::of("甲".as_bytes()),
        life: [1; 4],
    }
}

/// The phone of 乙.
pub(crate) fn yi() -> Actor {
    Actor {
        device: DeviceId::of("乙".as_bytes()),
        life: [2; 4],
    }
}

/// The visit as a phone opens it.
pub(crate) fn opened(by: Actor) -> VisitDocument {
    VisitDocument::genesis(visit(), form(), &skeleton(), by).unwrap()
}

/// A question's path.
pub(crate) fn at(path: &str) -> AnswerPath {
    path.parse().unwrap()
}

/// The header that both phones write.
pub(crate) fn header() -> Header {
    Header {
        household: HouseholdId::new(1, [3; 10]),
        contract: "HT-2026-001".parse().unwrap(),
        standard: StandardHash::of(b"standard"),
        assigned: vec!["jia".parse().unwrap(), "yi".parse().unwrap()],
    }
}

/// A visit of the measured size: 94 changes, about 120 answers, 4 members, 12 entries.
pub(crate) fn full(by: Actor) -> VisitDocument {
    let mut document = opened(by);
    document.set_header(&header()).unwrap();
    let mut members: Vec<InstanceId> = document
        .instances(&InstancePath::TOP, "members")
        .unwrap()
        .iter()
        .map(|member| member.id)
        .collect();
    for n in 0..2_u8 {
        let id = InstanceId::from_bytes([n + 40; 8]);
        document
            .add_instance(&skeleton(), &InstancePath::TOP, "members", id)
            .unwrap();
        members.push(id);
    }
    for (n, member) in members.iter().enumerate() {
        let member = InstancePath::TOP.join("members", *member).unwrap();
        for question in ["name", "relation", "work"] {
            let path = member.question(question).unwrap();
            document
                .set_answer(&path, &format!("{question} {n}").as_str().into())
                .unwrap();
        }
        document
            .set_answer(
                &member.question("income").unwrap(),
                &i64::try_from(n * 1_000).unwrap().into(),
            )
            .unwrap();
    }
    for n in 0..52_i64 {
        let value = if n % 3 == 0 {
            n.into()
        } else {
            format!("answer {n}").as_str().into()
        };
        document
            .set_answer(&at(&format!("housing/q{n}")), &value)
            .unwrap();
    }
    for seq in 1..=12_u64 {
        document
            .record_entry(by.device, seq, EntryId::of(&seq.to_be_bytes()))
            .unwrap();
    }
    for n in 0..6_u8 {
        document.add_media(BlobHash::of(&[n]), "居住环境").unwrap();
    }
    for n in 0..3_u8 {
        document
            .set_note(InstanceId::from_bytes([n; 8]), "院内有拖拉机一台")
            .unwrap();
    }
    document.set_outcome(Outcome::Done).unwrap();
    document
}
