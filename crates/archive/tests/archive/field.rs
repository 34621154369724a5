//! An office with a contract of one banner, its households, and phones that push visits as real ones do.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hudang_archive::{
    Archive, Assignment, Count, Faults, FormFile, Household, Keys, NewArchive, NoFaults, Opening, VisitFilter,
};
use hudang_contract::contract::Contract;
use hudang_evidence::body::{Body, Consent, ConsentTo, Form, Open, Photo, SealMade, Source};
use hudang_evidence::entry::{Entry, EntryHeader, Tip};
use hudang_evidence::id::{BlobHash, EntryId, FormHash, HouseholdId, InstallationId, SealId, VisitId};
use hudang_evidence::note::{NoteSigner, installation_id};
use hudang_evidence::seal::{Head, MediaItem, Outcome, Participant, Seal, SealBody};
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_evidence::time::WallTime;
use hudang_sync::wire::{Bytes, DocumentId, DocumentParcel, SnapshotParcel, SyncRequest, SyncResponse};
use hudang_visit::document::Actor;
use hudang_visit::document::genesis::Skeleton;
use hudang_visit::document::visit::{Header, VisitDocument};

/// 2026-03-20, in the contract's one period.
pub(crate) const MORNING_MS: i64 = 1_774_000_000_000;
pub(crate) const DAY_MS: i64 = 86_400_000;
const FORM: &str = r#"{"skeleton":{"repeats":[]},"title":"入户调查表"}"#;
const CONTRACT: &str = r#"{
  "id": "HT-2026-001", "title": "东乌旗 2026 年入户核查", "buyer": "minzheng", "contractors": ["xinghe"],
  "term": {"from": "2026-01-01", "to": "2026-12-31"},
  "areas": [{"code": "152525", "name": "东乌珠穆沁旗"}],
  "periods": [{"key": "2026-03", "from": "2026-03-01", "to": "2026-03-31"}],
  "quantities": [{"area": "152525", "period": "2026-03", "visits": 12}],
  "cycle": "quarter", "paid": ["done"],
  "standard": {"title": "留痕标准", "outcomes": {
    "done": {"investigators": 2, "questions": [{"path": "income", "min": 1}],
             "photos": [{"purpose": "门牌", "min": 1}]},
    "refused": {"investigators": 2, "photos": [{"purpose": "门牌", "min": 1}]}}},
  "roster": [{"person": "jia", "org": "xinghe"}, {"person": "yi", "org": "xinghe"}]
}"#;

pub(crate) fn at(later_ms: i64) -> WallTime {
    WallTime::from_ms(MORNING_MS + later_ms).unwrap()
}

pub(crate) fn contract() -> Contract {
    Contract::from_json(CONTRACT.as_bytes()).unwrap()
}

fn form() -> FormHash {
    FormHash::of(FORM.as_bytes())
}

pub(crate) fn visit(n: u8) -> VisitId {
    VisitId::new(1_774_000_000_000, [n; 10])
}

pub(crate) fn household(n: u8) -> HouseholdId {
    HouseholdId::new(1, [n; 10])
}

/// Opens or makes an archive.
pub(crate) fn open_with(root: &Path, faults: Arc<dyn Faults>) -> hudang_archive::Result<Archive> {
    let new = NewArchive {
        origin: "hudang/152525".to_owned(),
        secret: [77; 32],
    };
    Archive::open(
        root,
        &Opening {
            new: Some(new),
            now: at(-2 * DAY_MS),
            faults,
        },
    )
}

pub(crate) fn open(root: &Path) -> Archive {
    open_with(root, Arc::new(NoFaults)).unwrap()
}

/// Writes contract, form, and `households` households, of which household n is to get visit n.
pub(crate) fn set_up(archive: &Archive, households: u8) {
    let now = at(-2 * DAY_MS);
    archive.put_contract("office", contract(), now).unwrap();
    archive
        .put_form(
            "office",
            FormFile {
                text: FORM.to_owned(),
            },
            now,
        )
        .unwrap();
    let row = |n| Household {
        id: household(n),
        code: format!("户-{n:03}"),
        area: "152525104201".to_owned(),
        address: String::new(),
        head: String::new(),
        phone: String::new(),
    };
    archive
        .put_households("office", (1..=households).map(row).collect(), now)
        .unwrap();
    archive
        .assign(
            "office",
            (1..=households).map(|n| assignment(n, n)).collect(),
            now,
        )
        .unwrap();
}

pub(crate) fn assignment(of_visit: u8, of_household: u8) -> Assignment {
    Assignment {
        visit: visit(of_visit),
        household: household(of_household),
        contract: contract().id,
        form: form(),
        people: vec!["jia".parse().unwrap(), "yi".parse().unwrap()],
    }
}

/// An investigator with a phone.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    secret: [u8; 32],
    device: Tip,
    chains: BTreeMap<VisitId, Tip>,
    counter: u64,
    /// How far the phone's clock is off.
    pub(crate) wall_off_ms: i64,
}

impl Person {
    /// Has a phone enrolled.
    pub(crate) fn enrolled(archive: &Archive, name: &'static str, secret: u8) -> Self {
        let person = Self::stranger(name, secret);
        let id = contract().id;
        let code = archive
            .create_enrol_code(
                "office",
                id,
                name.parse().unwrap(),
                at(0),
                [secret; 20],
                at(-DAY_MS),
            )
            .unwrap();
        archive.enrol(&code, person.keys(), at(-DAY_MS)).unwrap();
        person
    }

    /// Has a phone that nobody enrolled.
    pub(crate) fn stranger(name: &'static str, secret: u8) -> Self {
        let chains = BTreeMap::new();
        Self {
            name,
            secret: [secret; 32],
            device: Tip::START,
            chains,
            counter: 0,
            wall_off_ms: 0,
        }
    }

    pub(crate) fn keys(&self) -> Keys {
        Keys {
            installation: self.phone().public(),
            device: self.signer().public(),
        }
    }

    pub(crate) fn signer(&self) -> NoteSigner {
        NoteSigner::device(&self.secret)
    }

    fn phone(&self) -> NoteSigner {
        let mut secret = self.secret;
        secret[0] ^= 0xff;
        NoteSigner::device(&secret)
    }

    pub(crate) fn installation(&self) -> InstallationId {
        installation_id(&self.phone().public())
    }

    /// Signs the next entry of a visit.
    pub(crate) fn states(&mut self, visit: VisitId, later_ms: i64, body: Body) -> Vec<u8> {
        let chain = self.chains.get(&visit).copied().unwrap_or_default();
        let header = EntryHeader {
            app: "0.1.0+9f3c2ab".to_owned(),
            boot: "b3f1".to_owned(),
            contract: contract().id,
            dev: self.signer().device_id(),
            dprev: self.device.id,
            dseq: self.device.seq + 1,
            mono_ms: u64::try_from(later_ms + DAY_MS).unwrap(),
            prev: chain.id,
            seq: chain.seq + 1,
            visit: Some(visit),
            wall: at(later_ms + self.wall_off_ms),
        };
        let (entry, note) = Entry::sign(header, body, &self.signer()).unwrap();
        self.device = Tip::at(self.device.seq + 1, entry.id());
        self.chains.insert(visit, Tip::at(chain.seq + 1, entry.id()));
        note
    }

    /// Sends a request as this phone.
    pub(crate) fn sends(&mut self, archive: &Archive, request: SyncRequest, later_ms: i64) -> SyncResponse {
        self.tries(archive, request, later_ms).unwrap()
    }

    pub(crate) fn tries(
        &mut self,
        archive: &Archive,
        request: SyncRequest,
        later_ms: i64,
    ) -> hudang_archive::Result<SyncResponse> {
        let installation = archive
            .installation(&self.installation())?
            .expect("an enrolled phone");
        self.counter += 1;
        archive.admit(&installation, self.counter)?;
        archive.sync(&installation, self.counter, request, at(later_ms))
    }
}

/// What two people made of a visit, as requests.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) visit: VisitId,
    pub(crate) seal: SealId,
    pub(crate) photo: Vec<u8>,
    /// Entries of the first and of the second person.
    pub(crate) entries: [Vec<Vec<u8>>; 2],
    pub(crate) seals: Vec<Vec<u8>>,
    pub(crate) snapshot: SnapshotParcel,
    pub(crate) document: DocumentParcel,
}

/// How a visit is made.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) visit: VisitId,
    pub(crate) household: HouseholdId,
    pub(crate) opened_ms: i64,
    pub(crate) outcome: Outcome,
    pub(crate) photo: Vec<u8>,
    pub(crate) income: bool,
    /// Whether the second person signs the seal.
    pub(crate) both_sign: bool,
}

impl Plan {
    pub(crate) fn of(n: u8) -> Self {
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

    pub(crate) fn carried_out(&self, jia: &mut Person, yi: &mut Person) -> Made {
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
    pub(crate) fn of_first(&self) -> SyncRequest {
        SyncRequest {
            entries: notes(&self.entries[0]),
            snapshots: vec![self.snapshot.clone()],
            seals: notes(&self.seals),
            documents: vec![self.document.clone()],
            ..SyncRequest::default()
        }
    }

    /// All that the second person's phone sends.
    pub(crate) fn of_second(&self) -> SyncRequest {
        SyncRequest {
            entries: notes(&self.entries[1]),
            ..SyncRequest::default()
        }
    }

    /// Brings all of it, with the originals.
    pub(crate) fn brought(&self, archive: &Archive, jia: &mut Person, yi: &mut Person, later_ms: i64) {
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

/// Sends an original in two pieces.
pub(crate) fn upload(
    archive: &Archive,
    bytes: &[u8],
    sender: InstallationId,
    later_ms: i64,
) -> hudang_archive::Result<()> {
    let hash = BlobHash::of(bytes);
    let state = archive.create_upload(hash, bytes.len() as u64, sender, at(later_ms))?;
    if state.held {
        return Ok(());
    }
    let mut from = usize::try_from(state.received).unwrap();
    for to in [bytes.len() / 2, bytes.len()] {
        if to > from {
            let mut writing = archive.write_upload(hash, from as u64, sender)?;
            writing.write(&bytes[from..to])?;
            writing.finish(at(later_ms))?;
            from = to;
        }
    }
    Ok(())
}

/// A picture that looks like no other: blocks of grey from a hash of the number.
pub(crate) fn picture(n: u8) -> Vec<u8> {
    let pattern = hudang_evidence::id::Sha256::of(&[n]);
    let shade = |x: u32, y: u32| pattern.as_bytes()[((x / 8 + y / 8 * 8) % 32) as usize];
    let grey = image::GrayImage::from_fn(64, 64, |x, y| {
        image::Luma([shade(x, y) ^ if y >= 32 { 0x5a } else { 0 }])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The counts as `state reason number`.
pub(crate) fn counts(archive: &Archive) -> Vec<String> {
    let line = |count: Count| format!("{} {} {}", count.state, count.reason, count.visits).replace("  ", " ");
    archive
        .counts(&contract().id)
        .unwrap()
        .into_iter()
        .map(line)
        .collect()
}

/// State and reason of one visit.
pub(crate) fn stands(archive: &Archive, visit: VisitId) -> String {
    let row = archive.visit(visit).unwrap().expect("the visit");
    format!("{} {}", row.state, row.reason).trim().to_owned()
}

/// Whether the counts are those of the visits, and a rebuild gives the same tables.
pub(crate) fn is_consistent(archive: Archive) {
    let root = archive.root().to_owned();
    let mut by_place: BTreeMap<(String, String), u64> = BTreeMap::new();
    let all = VisitFilter {
        contract: Some(contract().id),
        ..VisitFilter::default()
    };
    archive
        .walk_visits(&all, &mut |row| {
            *by_place.entry((row.state, row.reason)).or_default() += 1;
            Ok(())
        })
        .unwrap();
    let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for count in archive.counts(&contract().id).unwrap() {
        *counted.entry((count.state, count.reason)).or_default() += count.visits;
    }
    assert_eq!(counted, by_place);
    archive.close();
    let rebuilt =
        hudang_archive::rebuild(&root, hudang_archive::Differences::Report, &mut |_, _| {}).unwrap();
    assert_eq!(rebuilt.differences, []);
}
