//! Two phones that seal one after the other without a network: the material of stories about signatures.

use std::collections::BTreeMap;

use hudang_archive::Role;
use hudang_evidence::body::{
    Amend, Body, Consent, ConsentTo, Coordinates, Form, Open, Position, SealMade, Waiver,
};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, EntryId, SealId, VisitId};
use hudang_evidence::seal::{Head, MediaItem, Outcome, Participant, Seal, SealBody};
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_sync::enrol::SignedInvitation;
use hudang_sync::wire::{Bytes, SnapshotParcel, SyncRequest, SyncResponse};
use hudang_test_server::World;
use hudang_testkit::office::{at, contract, household, visit};
use hudang_testkit::person::Person;
use hudang_testkit::picture::picture;
use hudang_testkit::visit::photographed;
use serde_json::{Value, json};

/// A visit that two people make, each on an own phone.
pub(crate) struct TwoPhones {
    pub(crate) world: World,
    pub(crate) jia: Person,
    pub(crate) yi: Person,
    pub(crate) visit: VisitId,
    n: u8,
    opened_ms: i64,
    later_ms: i64,
    /// The answers that stand, by name, each with its salt.
    pub(crate) answers: BTreeMap<&'static str, Disclosure>,
    /// The originals that entries brought.
    pub(crate) media: Vec<MediaItem>,
    /// The first seal, which jia made alone.
    pub(crate) first: SealBody,
    pub(crate) first_id: SealId,
    /// Jia's photo of the door.
    pub(crate) door: EntryId,
}

/// The device that writes and what it has not sent.
pub(crate) type Notes = Vec<Bytes>;

pub(crate) fn opens(person: &Person, of: u8) -> Body {
    Body::Open(Open {
        household: household(of),
        form: hudang_testkit::form::hash(),
        standard: contract().standard().hash(),
        person: person.name.parse().unwrap(),
    })
}

pub(crate) fn agrees() -> Body {
    let to = ConsentTo::Visit;
    Body::Consent(Consent { to, given: true })
}

pub(crate) fn stands_there() -> Body {
    Body::Gps(Position {
        at: Coordinates {
            lat_e7: 455_000_000,
            lon_e7: 1_169_000_000,
        },
        accuracy_cm: 800,
        mock: false,
        fix: None,
    })
}

pub(crate) fn withdraws(of: EntryId) -> Body {
    Body::Amend(Amend {
        of,
        withdraw: true,
        reason: "wrong-household".to_owned(),
        sd: None,
    })
}

pub(crate) fn waives(requirement: &str) -> Body {
    Body::Waiver(Waiver {
        requirement: requirement.to_owned(),
        reason: "household-refused".to_owned(),
        sd: None,
    })
}

pub(crate) fn head(person: &Person, visit: VisitId) -> Head {
    let tip = person.tip(visit);
    Head {
        dev: person.signer().device_id(),
        seq: tip.seq,
        id: tip.id,
    }
}

pub(crate) fn participant(person: &Person) -> Participant {
    Participant {
        person: person.name.parse().unwrap(),
        dev: person.signer().device_id(),
    }
}

fn item(bytes: &[u8]) -> MediaItem {
    MediaItem {
        sha256: BlobHash::of(bytes),
        bytes: bytes.len() as u64,
    }
}

pub(crate) fn id_of(note: &[u8]) -> EntryId {
    Entry::parse(note).unwrap().id()
}

impl TwoPhones {
    /// Jia opens, photographs the door, writes the income down and seals alone; yi has opened and taken a position. All of it is
    /// with the server.
    pub(crate) fn new() -> Self {
        let world = World::new();
        let (jia, yi) = (world.jia.clone(), world.yi.clone());
        Self::begun_by(world, jia, yi)
    }

    /// The same by these two.
    pub(crate) fn begun_by(world: World, jia: Person, yi: Person) -> Self {
        let mut story = Self::begun_bare(world, jia, yi);
        let opened = opens(&story.yi, story.n);
        story.yi_states([opened, stands_there()]);
        story
    }

    /// The same, while the second has done nothing yet.
    pub(crate) fn begun_bare(world: World, mut jia: Person, yi: Person) -> Self {
        let n = 1;
        let visit = visit(n);
        let opened_ms = 3_600_000;
        let photo = picture(n);
        let salted = |name: &'static str, value: Value| (name, Disclosure::new([1; 16], name, value));
        let answers: BTreeMap<&str, Disclosure> = [
            salted("income", json!(120_000)),
            salted("head/name", json!("某某")),
            salted("livestock/sheep", json!(10)),
            salted("worth", json!(9_000)),
        ]
        .into();
        let snapshot = Self::fixes(visit, &answers);
        let confirmed = Body::Form(Form {
            form: hudang_testkit::form::hash(),
            snapshot: snapshot.hash(),
            page: None,
        });
        let mut later_ms = opened_ms;
        let mut entries: Notes = Vec::new();
        let mut door = None;
        for body in [opens(&jia, n), photographed(&photo), confirmed] {
            let is_photo = matches!(body, Body::Photo(_));
            let note = jia.states(visit, later_ms, body);
            door = door.or_else(|| is_photo.then(|| id_of(&note)));
            entries.push(note.into());
            later_ms += 60_000;
        }
        let media = vec![item(&photo)];
        let first = SealBody {
            am_heads: Vec::new(),
            contract: contract().id,
            form: hudang_testkit::form::hash(),
            heads: vec![head(&jia, visit)],
            household: household(n),
            media: media.clone(),
            missing: vec![yi.name.parse().unwrap()],
            opened: at(opened_ms),
            outcome: Outcome::Done,
            participants: vec![participant(&jia)],
            snapshot: Some(snapshot.hash()),
            standard: contract().standard().hash(),
            supersedes: None,
            visit,
            wall: at(opened_ms + 600_000),
        };
        let (seal, note) = Seal::sign(first.clone(), &[&jia.signer()]).unwrap();
        let made = Body::Seal(SealMade { seal: seal.id() });
        entries.push(jia.states(visit, later_ms, made).into());
        let disclosures: Vec<Disclosure> = answers.values().cloned().collect();
        let mut story = Self {
            world,
            jia,
            yi,
            visit,
            n,
            opened_ms,
            later_ms: later_ms + 60_000,
            answers,
            media,
            first,
            first_id: seal.id(),
            door: door.unwrap(),
        };
        let request = SyncRequest {
            entries,
            snapshots: vec![SnapshotParcel::new(&snapshot, &disclosures)],
            seals: vec![note.into()],
            ..SyncRequest::default()
        };
        story.jia_sends(&request);
        story.world.uploads(&mut story.jia, &photo);
        story
    }

    fn fixes(visit: VisitId, answers: &BTreeMap<&'static str, Disclosure>) -> Snapshot {
        let all: Vec<Disclosure> = answers.values().cloned().collect();
        Snapshot::new(visit, hudang_testkit::form::hash(), &all).unwrap()
    }

    pub(crate) fn jia_sends(&mut self, request: &SyncRequest) -> SyncResponse {
        self.world.keeps(&mut self.jia, request)
    }

    pub(crate) fn yi_sends(&mut self, request: &SyncRequest) -> SyncResponse {
        self.world.keeps(&mut self.yi, request)
    }

    /// Yi states things on the own phone, and sends them.
    pub(crate) fn yi_states(&mut self, bodies: impl IntoIterator<Item = Body>) -> Vec<EntryId> {
        let mut entries: Notes = Vec::new();
        for body in bodies {
            entries.push(self.yi.states(self.visit, self.later_ms, body).into());
            self.later_ms += 60_000;
        }
        let ids = entries.iter().map(|note| id_of(note)).collect();
        self.yi_sends(&SyncRequest {
            entries,
            ..SyncRequest::default()
        });
        ids
    }

    pub(crate) fn jia_states(&mut self, bodies: impl IntoIterator<Item = Body>) -> Vec<EntryId> {
        let mut entries: Notes = Vec::new();
        for body in bodies {
            entries.push(self.jia.states(self.visit, self.later_ms, body).into());
            self.later_ms += 60_000;
        }
        let ids = entries.iter().map(|note| id_of(note)).collect();
        self.jia_sends(&SyncRequest {
            entries,
            ..SyncRequest::default()
        });
        ids
    }

    /// Yi takes a photo and brings it.
    pub(crate) fn yi_photographs(&mut self, n: u8) {
        let photo = picture(n);
        self.media.push(item(&photo));
        self.media.sort();
        self.yi_states([photographed(&photo)]);
        self.world.uploads(&mut self.yi, &photo);
    }

    pub(crate) fn jia_photographs(&mut self, n: u8) {
        let photo = picture(n);
        self.media.push(item(&photo));
        self.media.sort();
        self.jia_states([photographed(&photo)]);
        self.world.uploads(&mut self.jia, &photo);
    }

    /// Yi answers, or gives another answer.
    pub(crate) fn answers(&mut self, name: &'static str, value: Value) {
        self.answers.insert(name, Disclosure::new([2; 16], name, value));
    }

    /// What a seal over everything says now, in place of another.
    pub(crate) fn seal_over(&self, superseded: SealId) -> SealBody {
        let mut heads = vec![head(&self.jia, self.visit), head(&self.yi, self.visit)];
        let mut participants = vec![participant(&self.jia), participant(&self.yi)];
        heads.sort();
        participants.sort();
        SealBody {
            heads,
            participants,
            media: self.media.clone(),
            missing: Vec::new(),
            snapshot: Some(Self::fixes(self.visit, &self.answers).hash()),
            supersedes: Some(superseded),
            wall: at(self.later_ms),
            ..self.first.clone()
        }
    }

    /// These people sign a seal, and yi's phone brings it with the answers.
    pub(crate) fn sealed(&mut self, body: SealBody, signers: &[&Person]) -> SealId {
        let keys: Vec<_> = signers.iter().map(|person| person.signer()).collect();
        let (seal, note) = Seal::sign(body, &keys.iter().collect::<Vec<_>>()).unwrap();
        let disclosures: Vec<Disclosure> = self.answers.values().cloned().collect();
        let snapshot = Self::fixes(self.visit, &self.answers);
        self.yi_sends(&SyncRequest {
            snapshots: vec![SnapshotParcel::new(&snapshot, &disclosures)],
            seals: vec![note.into()],
            ..SyncRequest::default()
        });
        seal.id()
    }

    /// Yi alone seals everything as it stands, in place of jia's seal.
    pub(crate) fn yi_seals(&mut self) -> SealId {
        let yi = self.yi.clone();
        self.sealed(self.seal_over(self.first_id), &[&yi])
    }

    /// Jia's signature is added to a seal.
    pub(crate) fn jia_signs(&mut self, body: &SealBody) -> SealId {
        let (seal, note) = Seal::sign(body.clone(), &[&self.jia.signer()]).unwrap();
        self.jia_sends(&SyncRequest {
            seals: vec![note.into()],
            ..SyncRequest::default()
        });
        seal.id()
    }

    /// State and reason, as the purchaser's clerk is told once the server has looked into the originals.
    pub(crate) fn stands(&self) -> String {
        self.world.settles();
        self.world.stands(self.visit)
    }

    /// The codes that are told about the visit.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.world.codes(self.visit)
    }

    /// The office sends the visit back.
    pub(crate) fn is_returned(&self) {
        let path = format!("/v1/visits/{}/return", self.visit);
        let comment = json!({ "comments": [{ "at": "photo:门牌", "text": "看不清门牌号" }] });
        let answer = self
            .world
            .office(Role::PurchaserHandler, "POST", &path)
            .json(&comment)
            .send()
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().unwrap());
    }

    /// When the next thing is stated.
    pub(crate) const fn later_ms(&self) -> i64 {
        self.later_ms
    }

    /// The day's opening, for seals that move it.
    pub(crate) const fn opened_ms(&self) -> i64 {
        self.opened_ms
    }
}

/// Somebody has a phone enrolled by an invitation of the contractor's office.
pub(crate) fn enrols(world: &World, person: &Person) {
    enrols_under(world, person, contract().id.as_str());
}

/// The same, under a contract.
pub(crate) fn enrols_under(world: &World, person: &Person, contract: &str) {
    let asked = json!({ "contract": contract, "person": person.name, "hours": 2 });
    let made: Value = world
        .contractor_of(person.name, "POST", "/v1/enrol-codes")
        .json(&asked)
        .send()
        .unwrap()
        .json()
        .unwrap();
    let invitation = SignedInvitation::parse(made["invitation"].as_str().unwrap()).unwrap();
    let answer = world
        .bare("POST", "/v1/enrol")
        .header("content-type", "text/plain; charset=utf-8")
        .body(person.asks_to_enrol(invitation.invitation()))
        .send()
        .unwrap();
    assert_eq!(answer.status(), 200);
}

/// The office takes a key's right to add evidence.
pub(crate) fn is_revoked(world: &World, person: &Person) {
    let path = format!("/v1/devices/{}/revoke", person.signer().device_id());
    let answer = world
        .office(Role::ContractorAdmin, "POST", &path)
        .json(&json!({ "reason": "left" }))
        .send()
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().unwrap());
}
