//! Signed chains of two investigators, and the standard that they work to.

use std::collections::BTreeSet;

use hudang_evidence::body::{
    Audio, Body, Consent, ConsentTo, Coordinates, Open, Photo, Position, Sign, SignerRole, Source, Waiver,
    Witness,
};
use hudang_evidence::entry::{Entry, EntryHeader};
use hudang_evidence::id::{BlobHash, EntryId, PersonId};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::original::Original;
use hudang_evidence::seal::{Head, Outcome, Participant, SealBody};
use hudang_evidence::snapshot::Revealed;
use hudang_evidence::time::WallTime;
use hudang_visit::assess::{Assessment, assess};
use hudang_visit::facts::{Evidence, Stage, VisitFacts, by_wall_clock, is_no_investigator, is_not_stale};
use hudang_visit::standard::Standard;
use serde_json::json;

use crate::field::{form, header, visit};

/// The first morning of the visit in milliseconds.
const MORNING_MS: i64 = 1_774_000_000_000;
/// One day in milliseconds.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// One investigator with a key, and the chain so far.
pub(crate) struct Person {
    name: PersonId,
    signer: NoteSigner,
    pub(crate) entries: Vec<Entry>,
    pub(crate) later_ms: i64,
}

impl Person {
    pub(crate) fn new(name: &str, secret: u8) -> Self {
        let mut person = Self {
            name: name.parse().unwrap(),
            signer: NoteSigner::device(&[secret; 32]),
            entries: Vec::new(),
            later_ms: 0,
        };
        let open = Open {
            household: header().household,
            form: form(),
            standard: standard().hash(),
            person: person.name.clone(),
        };
        person.states(Body::Open(open));
        person
    }

    pub(crate) fn states(&mut self, body: Body) -> EntryId {
        let prev = self
            .entries
            .last()
            .map_or(EntryId::from_bytes([0; 32]), Entry::id);
        let seq = u64::try_from(self.entries.len()).unwrap() + 1;
        let entry_header = EntryHeader {
            app: "1.0.0".to_owned(),
            boot: "b3f1".to_owned(),
            contract: header().contract,
            dev: self.signer.device_id(),
            dprev: prev,
            dseq: seq,
            mono_ms: seq,
            prev,
            seq,
            visit: Some(visit()),
            wall: WallTime::from_ms(MORNING_MS + self.later_ms).unwrap(),
        };
        let (entry, _) = Entry::sign(entry_header, body, &self.signer).unwrap();
        self.entries.push(entry);
        self.entries.last().unwrap().id()
    }

    pub(crate) fn photographs(&mut self, purpose: &str, picture: &str, src: Source) -> EntryId {
        self.states(Body::Photo(Photo {
            sha256: BlobHash::of(picture.as_bytes()),
            bytes: 3_000_000,
            mime: "image/jpeg".to_owned(),
            w: 4000,
            h: 3000,
            dhash64: None,
            src,
            purpose: purpose.to_owned(),
            taken: None,
            gps: None,
        }))
    }

    pub(crate) fn records(&mut self, name: &str, seconds: u64, gap_seconds: u64, src: Source) -> EntryId {
        self.states(Body::Audio(Audio {
            sha256: BlobHash::of(name.as_bytes()),
            bytes: 900_000,
            mime: "audio/webm".to_owned(),
            duration_ms: seconds * 1_000,
            gap_ms: gap_seconds * 1_000,
            silent: false,
            src,
            purpose: "访谈".to_owned(),
        }))
    }

    pub(crate) fn asks(&mut self, to: ConsentTo, given: bool) -> EntryId {
        self.states(Body::Consent(Consent { to, given }))
    }

    pub(crate) fn signs_for_household(&mut self) -> EntryId {
        self.signs_as(SignerRole::Household)
    }

    pub(crate) fn signs_as(&mut self, role: SignerRole) -> EntryId {
        let (sha256, mime) = (BlobHash::of(b"signature"), "image/png".to_owned());
        self.states(Body::Sign(Sign {
            sha256,
            bytes: 9_000,
            mime,
            role,
            by: None,
            person: None,
            snapshot: None,
        }))
    }

    pub(crate) fn locates(&mut self, accuracy_cm: u32, mock: bool) -> EntryId {
        let at = Coordinates {
            lat_e7: 455_000_000,
            lon_e7: 1_170_000_000,
        };
        self.states(Body::Gps(Position {
            at,
            accuracy_cm,
            mock,
            fix: None,
        }))
    }

    pub(crate) fn waives(&mut self, requirement: &str, reason: &str) -> EntryId {
        let (requirement, reason) = (requirement.to_owned(), reason.to_owned());
        self.states(Body::Waiver(Waiver {
            requirement,
            reason,
            sd: None,
        }))
    }

    pub(crate) fn confirms(&mut self, of: EntryId) -> EntryId {
        self.states(Body::Witness(Witness { of }))
    }
}

/// The standard of the tests.
pub(crate) fn standard() -> Standard {
    Standard::from_json(STANDARD.as_bytes()).unwrap()
}

pub(crate) const STANDARD: &str = r#"{
  "title": "东乌旗 2026 年入户留痕标准",
  "outcomes": {
    "done": {
      "investigators": 2,
      "questions": [{"path": "income", "min": 1}, {"path": "members/name", "min": 1}],
      "photos": [{"purpose": "门牌", "min": 1}, {"purpose": "居住环境", "min": 2}],
      "audio": {"purpose": "访谈", "min_seconds": 180, "gap_max_seconds": 60, "consent": true},
      "signatures": [{"role": "household", "min": 1}],
      "consents": ["visit"],
      "gps": {"accuracy_max_cm": 5000},
      "waivers": [
        {"for": "audio", "reasons": ["household-refused"], "witness": true},
        {"for": "sign:household", "reasons": ["cannot-write"], "witness": false}
      ]
    },
    "nobody-at-home": {
      "investigators": 2,
      "photos": [{"purpose": "门牌", "min": 2}],
      "attempts": {"days": 2, "purpose": "门牌"}
    }
  }
}"#;

/// Two investigators who did all that the standard wants of a finished visit.
pub(crate) fn thorough_pair() -> (Person, Person) {
    let (mut jia, mut yi) = (Person::new("jia", 1), Person::new("yi", 2));
    jia.asks(ConsentTo::Visit, true);
    jia.asks(ConsentTo::Audio, true);
    jia.locates(1_200, false);
    jia.photographs("门牌", "door", Source::Camera);
    jia.photographs("居住环境", "room 1", Source::Camera);
    yi.photographs("居住环境", "room 2", Source::Camera);
    yi.records("first part", 100, 10, Source::Recorder);
    yi.records("second part", 90, 10, Source::Recorder);
    yi.signs_for_household();
    (jia, yi)
}

/// The answers of a finished visit.
pub(crate) fn answers() -> Revealed {
    let answers = [
        ("income", json!(120_000)),
        ("members[0000000000000001]/name", json!("巴特尔")),
        ("members[0000000000000002]/name", json!("其其格")),
        ("members[0000000000000002]/work", json!("牧民")),
    ];
    Revealed {
        answers: answers.map(|(name, value)| (name.to_owned(), value)).into(),
        withheld: 0,
    }
}

/// The seal over everything that these people stated so far.
pub(crate) fn seal(people: &[&Person], outcome: Outcome) -> SealBody {
    let head = |person: &&Person| {
        let last = person.entries.last().unwrap();
        Head {
            dev: last.header().dev,
            seq: last.header().seq,
            id: last.id(),
        }
    };
    let participant = |person: &&Person| Participant {
        person: person.name.clone(),
        dev: person.signer.device_id(),
    };
    SealBody {
        visit: visit(),
        household: header().household,
        contract: header().contract,
        standard: standard().hash(),
        form: form(),
        snapshot: None,
        outcome,
        heads: people.iter().map(head).collect(),
        media: Vec::new(),
        participants: people.iter().map(participant).collect(),
        missing: Vec::new(),
        supersedes: None,
        opened: WallTime::from_ms(MORNING_MS).unwrap(),
        wall: WallTime::from_ms(MORNING_MS).unwrap(),
        am_heads: Vec::new(),
    }
}

/// The facts of a sealed visit with every original here.
pub(crate) fn facts(seal: &SealBody, people: &[&Person], answers: Option<&Revealed>) -> VisitFacts {
    let entries: Vec<&Entry> = people.iter().flat_map(|person| &person.entries).collect();
    let signers: BTreeSet<PersonId> = people.iter().map(|person| person.name.clone()).collect();
    let stage = Stage::Sealed {
        seal,
        signers: &signers,
    };
    VisitFacts::derive(&Evidence {
        entries: &entries,
        stage,
        answers,
        original: &|_| Original::Elsewhere,
        stated_at: &by_wall_clock,
        is_investigator: &is_no_investigator,
        is_stale: &is_not_stale,
    })
}

/// The judgement of a visit that was sealed just now by these people.
pub(crate) fn judged(people: &[&Person], outcome: Outcome) -> Assessment {
    assess(
        &facts(&seal(people, outcome), people, Some(&answers())),
        &standard(),
    )
}

/// The codes of what is missing, with what they are about.
pub(crate) fn missing(assessment: &Assessment) -> Vec<String> {
    assessment
        .missing
        .iter()
        .map(|missing| format!("{} {}", missing.code, missing.requirement))
        .collect()
}
