//! Visits of two people, made as their phones make them.

use hudang_archive::Archive;
use hudang_evidence::body::{Body, Consent, ConsentTo, Form, Open, Photo, SealMade, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, EntryId, HouseholdId, SealId, VisitId};
use hudang_evidence::seal::{Head, MediaItem, Outcome, Participant, Seal, SealBody};
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_sync::wire::{Bytes, DocumentId, DocumentParcel, SnapshotParcel, SyncRequest};
use hudang_visit::document::Actor;
use hudang_visit::document::genesis::Skeleton;
use hudang_visit::document::visit::{Header, VisitDocument};

use crate::office::{at, contract, form, household, upload, visit};
use crate::person::Person;
use crate::picture::picture;

/// What two people made of a visit, as requests.
#[derive(Clone)]
pub struct Made {
    pub visit: VisitId,
    pub seal: SealId,
    pub photo: Vec<u8>,
    /// Entries of the first and of the second person.
    pub entries: [Vec<Vec<u8>>; 2],
    pub seals: Vec<Vec<u8>>,
    pub snapshot: SnapshotParcel,
    pub document: DocumentParcel,
}

/// How a visit is made.
#[derive(Clone)]
pub struct Plan {
    pub visit: VisitId,
    pub household: HouseholdId,
    pub opened_ms: i64,
    pub outcome: Outcome,
    pub photo: Vec<u8>,
    pub income: bool,
    /// Whether the second person signs the seal.
    pub both_sign: bool,
}

impl Plan {
    pub fn of(n: u8) -> Self {
        Self {
            visit: visit(n),
            household: household(n),
            opened_ms: i64::from(n) * 3_600_000,
            outcome: Outcome::Done,
            photo: picture(n),
            income: true,
            both_sign: true,
        }
    }

    pub fn carried_out(&self, jia: &mut Person, yi: &mut Person) -> Made {
        let visit = self.visit;
        let mut entries = [Vec::new(), Vec::new()];
        let opens = |who: &str| {
            Body::Open(Open {
                household: self.household,
                form: form(),
                standard: contract().standard().hash(),
                person: who.parse().unwrap(),
            })
        };
        let (disclosures, snapshot) = self.answers();
        let confirmed = Body::Form(Form {
            form: form(),
            snapshot: snapshot.hash(),
            page: None,
        });
        let mut when = self.opened_ms;
        for body in [opens(jia.name), self.photo(), confirmed] {
            entries[0].push(jia.states(visit, when, body));
            when += 60_000;
        }
        for body in [
            opens(yi.name),
            Body::Consent(Consent {
                to: ConsentTo::Visit,
                given: true,
            }),
        ] {
            entries[1].push(yi.states(visit, when, body));
            when += 60_000;
        }
        let (seal, note) = self.sealed(jia, yi, &snapshot);
        entries[0].push(jia.states(visit, when, Body::Seal(SealMade { seal: seal.id() })));
        let document = self.document(jia, yi, &entries);
        let snapshot = SnapshotParcel::new(&snapshot, &disclosures);
        Made {
            visit,
            seal: seal.id(),
            photo: self.photo.clone(),
            entries,
            seals: vec![note],
            snapshot,
            document,
        }
    }

    fn answers(&self) -> (Vec<Disclosure>, Snapshot) {
        let salt = self.visit.to_bytes();
        let mut disclosures = vec![Disclosure::new(salt, "head/name", "某某".into())];
        if self.income {
            disclosures.push(Disclosure::new(salt, "income", 120_000.into()));
        }
        let snapshot = Snapshot::new(self.visit, form(), &disclosures).unwrap();
        (disclosures, snapshot)
    }

    fn photo(&self) -> Body {
        Body::Photo(Photo {
            sha256: BlobHash::of(&self.photo),
            bytes: self.photo.len() as u64,
            mime: "image/png".to_owned(),
            w: 64,
            h: 64,
            dhash64: None,
            src: Source::Camera,
            purpose: "门牌".to_owned(),
            taken: None,
            gps: None,
        })
    }

    fn sealed(&self, jia: &Person, yi: &Person, snapshot: &Snapshot) -> (Seal, Vec<u8>) {
        let head = |person: &Person| {
            let tip = person.chains[&self.visit];
            Head {
                dev: person.signer().device_id(),
                seq: tip.seq,
                id: tip.id,
            }
        };
        let participant = |person: &Person| Participant {
            person: person.name.parse().unwrap(),
            dev: person.signer().device_id(),
        };
        let mut heads = vec![head(jia), head(yi)];
        let mut participants = vec![participant(jia), participant(yi)];
        heads.sort();
        participants.sort();
        let body = SealBody {
            am_heads: Vec::new(),
            contract: contract().id,
            form: form(),
            heads,
            household: self.household,
            media: vec![MediaItem {
                sha256: BlobHash::of(&self.photo),
                bytes: self.photo.len() as u64,
            }],
            missing: Vec::new(),
            opened: at(self.opened_ms + jia.wall_off_ms),
            outcome: self.outcome,
            participants,
            snapshot: Some(snapshot.hash()),
            standard: contract().standard().hash(),
            supersedes: None,
            visit: self.visit,
            wall: at(self.opened_ms + 600_000),
        };
        let (jia, yi) = (jia.signer(), yi.signer());
        let signers = if self.both_sign {
            vec![&jia, &yi]
        } else {
            vec![&jia]
        };
        Seal::sign(body, &signers).unwrap()
    }

    fn document(&self, jia: &Person, yi: &Person, entries: &[Vec<Vec<u8>>; 2]) -> DocumentParcel {
        let actor = Actor {
            device: jia.signer().device_id(),
            life: [1; 4],
        };
        let skeleton = Skeleton { repeats: Vec::new() };
        let mut document = VisitDocument::genesis(self.visit, form(), &skeleton, actor).unwrap();
        let assigned = vec![jia.name.parse().unwrap(), yi.name.parse().unwrap()];
        let header = Header {
            household: self.household,
            contract: contract().id,
            standard: contract().standard().hash(),
            assigned,
        };
        document.set_header(&header).unwrap();
        document
            .set_answer(&"income".parse().unwrap(), &120_000.into())
            .unwrap();
        document.set_outcome(self.outcome).unwrap();
        for (seq, note) in (1..).zip(&entries[0]) {
            let id: EntryId = Entry::parse(note).unwrap().id();
            document.record_entry(jia.signer().device_id(), seq, id).unwrap();
        }
        let heads: Vec<[u8; 32]> = document.heads().iter().map(|head| *head.as_bytes()).collect();
        DocumentParcel::new(DocumentId::Visit(self.visit), document.save(), &heads)
    }
}

fn notes(notes: &[Vec<u8>]) -> Vec<Bytes> {
    notes.iter().cloned().map(Bytes::from).collect()
}

impl Made {
    /// All that the first person's phone sends.
    pub fn of_first(&self) -> SyncRequest {
        SyncRequest {
            entries: notes(&self.entries[0]),
            snapshots: vec![self.snapshot.clone()],
            seals: notes(&self.seals),
            documents: vec![self.document.clone()],
            ..SyncRequest::default()
        }
    }

    /// All that the second person's phone sends.
    pub fn of_second(&self) -> SyncRequest {
        SyncRequest {
            entries: notes(&self.entries[1]),
            ..SyncRequest::default()
        }
    }

    /// Brings all of it, with the originals.
    pub fn brought(&self, archive: &Archive, jia: &mut Person, yi: &mut Person, later_ms: i64) {
        for response in [
            yi.sends(archive, self.of_second(), later_ms),
            jia.sends(archive, self.of_first(), later_ms),
        ] {
            let all = [
                response.entries,
                response.seals,
                response.snapshots,
                response.documents,
            ]
            .concat();
            assert!(all.iter().all(hudang_sync::wire::Verdict::is_kept), "{all:?}");
        }
        upload(archive, &self.photo, jia.installation(), later_ms).unwrap();
    }
}
