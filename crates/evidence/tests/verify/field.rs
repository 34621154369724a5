//! Two investigators with keys, their visits, and what an archive would hold of them.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::{Anchor, Body, Consent, ConsentTo, Open, Photo, SealMade, Source};
use hudang_evidence::entry::{Entry, EntryHeader, Tip};
use hudang_evidence::id::{
    BlobHash, DeviceId, FormHash, HouseholdId, InstallationId, PersonId, SealId, StandardHash, VisitId,
};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::receipt::{Receipt, ReceiptBody};
use hudang_evidence::seal::{Head, MediaItem, Outcome, Participant, Seal, SealBody};
use hudang_evidence::signed_time::TimeSignature;
use hudang_evidence::time::WallTime;
use hudang_evidence::verify::{
    AnswersBySnapshot, Code, Enrolled, Held, HeldBlob, Keyring, Report, Rulings, verify_visit,
};

/// The first morning in milliseconds.
const MORNING_MS: i64 = 1_774_000_000_000;
/// Between two entries.
pub(crate) const STEP_MS: u64 = 30_000;

pub(crate) fn visit(n: u8) -> VisitId {
    VisitId::new(1_774_000_000_000, [n; 10])
}

pub(crate) fn wall(later_ms: i64) -> WallTime {
    WallTime::from_ms(MORNING_MS + later_ms).unwrap()
}

/// An investigator with a phone.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    secret: [u8; 32],
    pub(crate) device: Tip,
    pub(crate) chains: BTreeMap<VisitId, Tip>,
    pub(crate) wall_off_ms: i64,
    pub(crate) boot_ms: u64,
}

impl Person {
    pub(crate) fn new(name: &'static str, secret: u8) -> Self {
        let chains = BTreeMap::new();
        Self {
            name,
            secret: [secret; 32],
            device: Tip::START,
            chains,
            wall_off_ms: 0,
            boot_ms: 0,
        }
    }

    pub(crate) fn signer(&self) -> NoteSigner {
        NoteSigner::device(&self.secret)
    }

    pub(crate) fn dev(&self) -> DeviceId {
        self.signer().device_id()
    }

    pub(crate) fn installation(&self) -> InstallationId {
        InstallationId::of(&self.secret)
    }

    /// States the time that this server signed when it was asked so long after the first morning.
    pub(crate) fn anchors(&mut self, visit: VisitId, later_ms: i64, by: &NoteSigner) -> Vec<u8> {
        let mono_ms = (self.device.seq + 1) * STEP_MS - self.boot_ms;
        let mut anchor = Anchor {
            at: wall(later_ms),
            mono_ms,
            origin: by.name().to_owned(),
            sig: TimeSignature::from_bytes([0; 64]),
        };
        anchor.sig = anchor.statement("b3f1", self.installation()).sign(by).unwrap();
        self.states(visit, Body::Anchor(anchor))
    }

    pub(crate) fn participant(&self) -> Participant {
        Participant {
            person: self.name.parse().unwrap(),
            dev: self.dev(),
        }
    }

    pub(crate) fn head(&self, visit: VisitId) -> Head {
        let tip = self.chains[&visit];
        Head {
            dev: self.dev(),
            seq: tip.seq,
            id: tip.id,
        }
    }

    /// States something about a visit; returns the note.
    pub(crate) fn states(&mut self, visit: VisitId, body: Body) -> Vec<u8> {
        let (header, note) = self.signed(visit, body);
        let id = Entry::parse(&note).unwrap().id();
        self.device = Tip::at(header.dseq, id);
        self.chains.insert(visit, Tip::at(header.seq, id));
        note
    }

    fn signed(&self, visit: VisitId, body: Body) -> (EntryHeader, Vec<u8>) {
        let chain = self.chains.get(&visit).copied().unwrap_or_default();
        let mono_ms = (self.device.seq + 1) * STEP_MS;
        let header = EntryHeader {
            app: "0.1.0+9f3c2ab".to_owned(),
            boot: "b3f1".to_owned(),
            contract: "HT-2026-001".parse().unwrap(),
            dev: self.dev(),
            dprev: self.device.id,
            dseq: self.device.seq + 1,
            mono_ms: mono_ms - self.boot_ms,
            prev: chain.id,
            seq: chain.seq + 1,
            visit: Some(visit),
            wall: wall(i64::try_from(mono_ms).unwrap() + self.wall_off_ms),
        };
        let (_, note) = Entry::sign(header.clone(), body, &self.signer()).unwrap();
        (header, note)
    }
}

pub(crate) fn open(person: &str) -> Body {
    Body::Open(Open {
        household: HouseholdId::new(1, [3; 10]),
        form: FormHash::of(b"form"),
        standard: StandardHash::of(b"standard"),
        person: person.parse().unwrap(),
    })
}

pub(crate) fn photo(bytes: &[u8]) -> Body {
    Body::Photo(Photo {
        sha256: BlobHash::of(bytes),
        bytes: bytes.len() as u64,
        mime: "image/jpeg".to_owned(),
        w: 4_000,
        h: 3_000,
        dhash64: None,
        src: Source::Camera,
        purpose: "门牌".to_owned(),
        taken: None,
        gps: None,
    })
}

pub(crate) fn consent() -> Body {
    Body::Consent(Consent {
        to: ConsentTo::Photo,
        given: true,
    })
}

/// What an archive holds of a visit.
#[derive(Clone)]
pub(crate) struct Holdings {
    pub(crate) visit: VisitId,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) seals: Vec<Vec<u8>>,
    pub(crate) receipts: Vec<Vec<u8>>,
    pub(crate) blobs: BTreeMap<BlobHash, HeldBlob>,
    pub(crate) keys: Keyring,
    pub(crate) answers: AnswersBySnapshot,
    pub(crate) returned: BTreeSet<SealId>,
    pub(crate) refused: BTreeSet<(SealId, DeviceId)>,
    pub(crate) replaced: BTreeSet<PersonId>,
}

impl Holdings {
    pub(crate) fn new(visit: VisitId, people: &[&Person]) -> Self {
        let enrolled = |person: &&Person| {
            let key = person.signer().verifier();
            (
                person.dev(),
                Enrolled {
                    key,
                    person: person.name.parse().unwrap(),
                    contract: Some("HT-2026-001".parse().unwrap()),
                    installation: Some(person.installation()),
                },
            )
        };
        let keys = people.iter().map(enrolled).collect();
        let (entries, seals, receipts) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            visit,
            entries,
            seals,
            receipts,
            blobs: BTreeMap::new(),
            keys,
            answers: AnswersBySnapshot::new(),
            returned: BTreeSet::new(),
            refused: BTreeSet::new(),
            replaced: BTreeSet::new(),
        }
    }

    pub(crate) fn keep(&mut self, bytes: &[u8]) {
        let sha256 = BlobHash::of(bytes);
        self.blobs.insert(
            sha256,
            HeldBlob {
                sha256,
                bytes: bytes.len() as u64,
            },
        );
    }

    pub(crate) fn verify(&self) -> Report {
        fn all(notes: &[Vec<u8>]) -> Vec<&[u8]> {
            notes.iter().map(Vec::as_slice).collect()
        }
        verify_visit(&Held {
            visit: self.visit,
            entries: &all(&self.entries),
            seals: &all(&self.seals),
            receipts: &all(&self.receipts),
            blobs: &self.blobs,
            keys: &self.keys,
            answers: &self.answers,
            rulings: Rulings {
                returned: &self.returned,
                refused: &self.refused,
                replaced: &self.replaced,
            },
            server: Some(&server().verifier()),
        })
    }

    pub(crate) fn finds(&self, code: Code) -> bool {
        self.verify().codes().contains(&code)
    }
}

pub(crate) fn server() -> NoteSigner {
    NoteSigner::new("hudang/152502", &[99; 32]).unwrap()
}

/// A seal over all of what two people stated about a visit.
pub(crate) fn seal_body(visit: VisitId, people: &[&Person], blobs: &[&[u8]]) -> SealBody {
    let mut heads: Vec<Head> = people.iter().map(|person| person.head(visit)).collect();
    let mut participants: Vec<Participant> = people.iter().map(|person| person.participant()).collect();
    let item = |bytes: &&[u8]| MediaItem {
        sha256: BlobHash::of(bytes),
        bytes: bytes.len() as u64,
    };
    let mut media: Vec<MediaItem> = blobs.iter().map(item).collect();
    heads.sort();
    participants.sort();
    media.sort();
    SealBody {
        am_heads: Vec::new(),
        contract: "HT-2026-001".parse().unwrap(),
        form: FormHash::of(b"form"),
        heads,
        household: HouseholdId::new(1, [3; 10]),
        media,
        missing: Vec::new(),
        opened: wall(i64::try_from(STEP_MS).unwrap()),
        outcome: Outcome::Done,
        participants,
        snapshot: None,
        standard: StandardHash::of(b"standard"),
        supersedes: None,
        visit,
        wall: wall(3_600_000),
    }
}

pub(crate) fn receipt(visit: VisitId, seal: SealId, blobs: &[&[u8]]) -> Vec<u8> {
    let mut blobs: Vec<BlobHash> = blobs.iter().map(|bytes| BlobHash::of(bytes)).collect();
    blobs.sort();
    let origin = server().name().to_owned();
    Receipt::sign(
        ReceiptBody {
            blobs,
            journal: hudang_evidence::journal::JournalHead::START,
            origin,
            received: false,
            recv: wall(7_200_000),
            seal,
            visit,
        },
        &server(),
    )
    .unwrap()
    .1
}

/// Two people after one whole visit, and what the archive holds of it. Jia has four entries before the seal and
/// one after it, yi three and none.
pub(crate) fn whole(n: u8) -> (Person, Person, Holdings) {
    let (jia, yi) = (Person::new("jia", 1), Person::new("yi", 2));
    visited(n, jia, yi)
}

/// A further visit of two people.
pub(crate) fn visited(n: u8, mut jia: Person, mut yi: Person) -> (Person, Person, Holdings) {
    let visit = visit(n);
    let (door, room): (Vec<u8>, Vec<u8>) = (vec![n, 1], vec![n, 2, 2]);
    let mut held = Holdings::new(visit, &[&jia, &yi]);
    for body in [open("jia"), photo(&door), consent(), photo(&room)] {
        held.entries.push(jia.states(visit, body));
    }
    for body in [open("yi"), consent(), consent()] {
        held.entries.push(yi.states(visit, body));
    }
    let opened = Entry::parse(&held.entries[0]).unwrap().header().wall;
    let other = Entry::parse(&held.entries[4]).unwrap().header().wall;
    let mut body = seal_body(visit, &[&jia, &yi], &[&door, &room]);
    body.opened = opened.min(other);
    let (seal, note) = Seal::sign(body, &[&jia.signer(), &yi.signer()]).unwrap();
    held.seals.push(note);
    held.entries
        .push(jia.states(visit, Body::Seal(SealMade { seal: seal.id() })));
    held.keep(&door);
    held.keep(&room);
    held.receipts.push(receipt(visit, seal.id(), &[&door, &room]));
    (jia, yi, held)
}
