//! Visits of two people, made as their phones make them.

use hudang_archive::Archive;
use hudang_evidence::body::{
    Audio, Body, Consent, ConsentTo, Coordinates, Form, Open, Photo, Position, SealMade, Source,
};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, EntryId, FormHash, HouseholdId, SealId, Sha256, StandardHash, VisitId};
use hudang_evidence::original::Seen;
use hudang_evidence::salt::SaltSeed;
use hudang_evidence::seal::{Head, MediaItem, Outcome, Participant, Seal, SealBody};
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_sync::wire::{Bytes, DocumentId, DocumentParcel, SnapshotParcel, SyncRequest};
use hudang_visit::document::Actor;
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
    pub recording: Option<Vec<u8>>,
    /// Entries of the first and of the second person.
    pub entries: [Vec<Vec<u8>>; 2],
    pub seals: Vec<Vec<u8>>,
    pub snapshot: SnapshotParcel,
    pub document: DocumentParcel,
    /// The second person's document, where that phone wrote answers of its own.
    pub second_document: Option<DocumentParcel>,
}

/// How a visit is made.
#[derive(Clone)]
pub struct Plan {
    pub visit: VisitId,
    pub household: HouseholdId,
    pub opened_ms: i64,
    pub outcome: Outcome,
    /// The form that it is opened with, and the one that is sealed.
    pub forms: [FormHash; 2],
    pub photo: Vec<u8>,
    pub recording: Option<Vec<u8>>,
    /// What the first person states of originals, where it is not what a phone makes of photo and recording.
    pub claims: Option<Vec<Body>>,
    /// Whether the income was asked.
    pub income: bool,
    /// What the second phone wrote down as the income, where it wrote something else.
    pub second_income: Option<i64>,
    /// How many further questions were answered, each by one change.
    pub answers: u32,
    /// Other answers that are sealed, by their paths.
    pub further: Vec<(&'static str, serde_json::Value)>,
    /// The answer whose value the phone keeps to itself.
    pub withheld: Option<&'static str>,
    /// Where the first person's phone said to be.
    pub fixes: Vec<Coordinates>,
    /// How many further statements the first person made.
    pub statements: u32,
    /// Whether the second person signs the seal.
    pub both_sign: bool,
    /// The standard that the visit is held to, where it is not that of the usual contract.
    pub standard: Option<StandardHash>,
}

impl Plan {
    pub fn of(n: u8) -> Self {
        Self {
            visit: visit(n),
            household: household(n),
            opened_ms: i64::from(n) * 3_600_000,
            outcome: Outcome::Done,
            forms: [form(); 2],
            photo: picture(n),
            recording: None,
            claims: None,
            income: true,
            second_income: None,
            answers: 0,
            further: Vec::new(),
            withheld: None,
            fixes: Vec::new(),
            statements: 0,
            both_sign: true,
            standard: None,
        }
    }

    fn standard(&self) -> StandardHash {
        self.standard.unwrap_or_else(|| contract().standard().hash())
    }

    pub fn carried_out(&self, jia: &mut Person, yi: &mut Person) -> Made {
        let visit = self.visit;
        let mut entries = [Vec::new(), Vec::new()];
        let opens = |who: &str| {
            Body::Open(Open {
                household: self.household,
                form: self.forms[0],
                standard: self.standard(),
                person: who.parse().unwrap(),
            })
        };
        let (disclosures, snapshot) = self.answers();
        let confirmed = Body::Form(Form {
            form: self.forms[1],
            snapshot: snapshot.hash(),
            page: None,
        });
        let mut when = self.opened_ms;
        let claims = self.claims();
        let consent = |_| {
            Body::Consent(Consent {
                to: ConsentTo::Photo,
                given: true,
            })
        };
        let fixes = self.fixes.iter().map(|at| {
            Body::Gps(Position {
                at: *at,
                accuracy_cm: 1_500,
                mock: false,
                fix: None,
            })
        });
        let further = (0..self.statements).map(consent);
        for body in [opens(jia.name)]
            .into_iter()
            .chain(claims)
            .chain(fixes)
            .chain(further)
            .chain([confirmed])
        {
            entries[0].push(jia.states(visit, when, body));
            when += 60_000;
        }
        // Each has been there: jia took the photo, yi the position.
        for body in [opens(yi.name), located()] {
            entries[1].push(yi.states(visit, when, body));
            when += 60_000;
        }
        let (seal, note) = self.sealed(jia, yi, &snapshot);
        entries[0].push(jia.states(visit, when, Body::Seal(SealMade { seal: seal.id() })));
        let document = self.document(jia, [jia, yi], &entries[0], 120_000);
        let second_document = self
            .second_income
            .map(|income| self.document(yi, [jia, yi], &entries[1], income));
        let sent: Vec<Disclosure> = disclosures
            .into_iter()
            .filter(|disclosure| Some(disclosure.name()) != self.withheld)
            .collect();
        let snapshot = SnapshotParcel::seeded(&snapshot, &sent, &self.seed());
        Made {
            visit,
            seal: seal.id(),
            photo: self.photo.clone(),
            recording: self.recording.clone(),
            entries,
            seals: vec![note],
            snapshot,
            document,
            second_document,
        }
    }

    /// What the first person states of originals.
    fn claims(&self) -> Vec<Body> {
        let honest = || {
            let photo = [photographed(&self.photo)];
            photo
                .into_iter()
                .chain(self.recording.as_deref().map(recorded))
                .collect()
        };
        self.claims.clone().unwrap_or_else(honest)
    }

    fn answers(&self) -> (Vec<Disclosure>, Snapshot) {
        let seed = self.seed();
        let mut disclosures = vec![seed.disclose("head/name", "某某".into())];
        if self.income {
            disclosures.push(seed.disclose("income", 120_000.into()));
        }
        for n in 0..self.answers {
            disclosures.push(seed.disclose(&format!("housing/q{n}"), answer(n).into()));
        }
        for (path, value) in &self.further {
            disclosures.push(seed.disclose(path, value.clone()));
        }
        let snapshot = Snapshot::new(self.visit, self.forms[1], &disclosures).unwrap();
        (disclosures, snapshot)
    }

    fn seed(&self) -> SaltSeed {
        SaltSeed::from_bytes(*Sha256::of(&self.visit.to_bytes()).as_bytes())
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
        let item = |(sha256, bytes)| MediaItem { sha256, bytes };
        let claims = self.claims();
        let mut media: Vec<MediaItem> = claims.iter().filter_map(Body::blob).map(item).collect();
        media.sort();
        media.dedup();
        let body = SealBody {
            am_heads: Vec::new(),
            contract: jia.contract.clone(),
            form: self.forms[1],
            heads,
            household: self.household,
            media,
            missing: Vec::new(),
            opened: at(self.opened_ms + jia.wall_off_ms),
            outcome: self.outcome,
            participants,
            snapshot: Some(snapshot.hash()),
            standard: self.standard(),
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

    fn document(&self, by: &Person, pair: [&Person; 2], entries: &[Vec<u8>], income: i64) -> DocumentParcel {
        let device = by.signer().device_id();
        let skeleton = crate::form::skeleton();
        let mut document = VisitDocument::genesis(
            self.visit,
            self.forms[0],
            &skeleton,
            Actor { device, life: [1; 4] },
        )
        .unwrap();
        let header = Header {
            household: self.household,
            contract: by.contract.clone(),
            standard: self.standard(),
            assigned: pair.map(|person| person.name.parse().unwrap()).to_vec(),
        };
        document.set_header(&header).unwrap();
        document
            .set_answer(&"income".parse().unwrap(), &income.into())
            .unwrap();
        for n in 0..self.answers {
            let path = format!("housing/q{n}").parse().unwrap();
            document.set_answer(&path, &answer(n).as_str().into()).unwrap();
        }
        document.set_outcome(self.outcome).unwrap();
        for (seq, note) in (1..).zip(entries) {
            let id: EntryId = Entry::parse(note).unwrap().id();
            document.record_entry(device, seq, id).unwrap();
        }
        let heads: Vec<[u8; 32]> = document.heads().iter().map(|head| *head.as_bytes()).collect();
        DocumentParcel::new(DocumentId::Visit(self.visit), document.save(), &heads)
    }
}

/// What is answered to question n.
fn answer(n: u32) -> String {
    format!("回答 {}", n * 37 % 101)
}

/// The statement that a photo was taken, as a phone makes it from the bytes.
pub fn photographed(bytes: &[u8]) -> Body {
    let limits = hudang_media::photo::Limits::default();
    let facts = hudang_media::photo::inspect(bytes, &limits).unwrap();
    let print = hudang_media::photo::fingerprint(bytes, &limits);
    let Seen::Photo(seen) = hudang_media::seen::photo(&facts, &print) else {
        panic!("no photo");
    };
    Body::Photo(Photo {
        sha256: BlobHash::of(bytes),
        bytes: facts.size_bytes,
        mime: seen.mime,
        w: seen.w,
        h: seen.h,
        dhash64: seen.dhash64,
        src: Source::Camera,
        purpose: "门牌".to_owned(),
        taken: seen.taken,
        gps: seen.gps,
    })
}

/// What a phone would say of a photo of the door whose bytes are others, or are not there.
pub fn claimed_photo(sha256: BlobHash, bytes: u64, mime: &str, [w, h]: [u32; 2]) -> Body {
    Body::Photo(Photo {
        sha256,
        bytes,
        mime: mime.to_owned(),
        w,
        h,
        dhash64: None,
        src: Source::Camera,
        purpose: "门牌".to_owned(),
        taken: None,
        gps: None,
    })
}

/// The statement where the phone is, in the middle of the contract's first banner.
fn located() -> Body {
    Body::Gps(Position {
        at: Coordinates {
            lat_e7: 455_000_000,
            lon_e7: 1_169_600_000,
        },
        accuracy_cm: 800,
        mock: false,
        fix: None,
    })
}

/// The statement that a recording was made.
pub fn recorded(bytes: &[u8]) -> Body {
    let facts = hudang_media::audio::inspect(bytes, &hudang_media::audio::Limits::default()).unwrap();
    Body::Audio(Audio {
        sha256: BlobHash::of(bytes),
        bytes: facts.size_bytes,
        mime: facts.container.media_type().to_owned(),
        duration_ms: facts.duration_ms,
        gap_ms: facts.longest_gap_ms,
        silent: facts.silent,
        src: Source::Recorder,
        purpose: "访谈".to_owned(),
    })
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
            documents: self.second_document.iter().cloned().collect(),
            ..SyncRequest::default()
        }
    }

    /// Brings all of it, with the originals; it counts then.
    pub fn brought(&self, archive: &Archive, jia: &mut Person, yi: &mut Person, later_ms: i64) {
        self.brought_as("counted", archive, [jia, yi], later_ms);
    }

    /// Brings all of it, with the originals; it stands so then, by its state and reason, e.g. `received incomplete`.
    pub fn brought_as(&self, stands: &str, archive: &Archive, [jia, yi]: [&mut Person; 2], later_ms: i64) {
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
        for original in [&self.photo].into_iter().chain(&self.recording) {
            upload(archive, original, jia.installation(), later_ms).unwrap();
        }
        assert_eq!(
            crate::office::stands(archive, self.visit),
            stands,
            "{:?}",
            archive.findings(&crate::office::local(), self.visit).unwrap()
        );
    }
}
