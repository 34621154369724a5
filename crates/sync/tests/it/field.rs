//! People and what they make, for these tests.

use hudang_evidence::body::{Body, Form, Open, Photo, SealMade, Source};
use hudang_evidence::entry::{Entry, EntryHeader, Tip};
use hudang_evidence::id::{
    BlobHash, ContractId, DeviceId, FormHash, HouseholdId, Sha256, SnapshotHash, StandardHash, VisitId,
};
use hudang_evidence::note::{NoteSigner, VerifierKey};
use hudang_evidence::seal::{Head, MediaItem, Outcome, Participant, Seal, SealBody};
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_evidence::time::WallTime;
use serde_json::json;

/// 2026-03-02, a Monday, 09:00 in Xilingol.
pub(crate) const MORNING_MS: i64 = 1_772_413_200_000;

/// Bytes that look random and are the same in every run.
pub(crate) fn random<const N: usize>(what: &str, n: u64) -> [u8; N] {
    let mut out = [0; N];
    for (part, chunk) in (0_u64..).zip(out.chunks_mut(32)) {
        let hash = Sha256::of(format!("{what}/{n}/{part}").as_bytes());
        chunk.copy_from_slice(&hash.as_bytes()[..chunk.len()]);
    }
    out
}

pub(crate) fn visit(n: u64) -> VisitId {
    VisitId::new(u64::try_from(MORNING_MS).unwrap() + n, random("visit", n))
}

pub(crate) fn contract() -> ContractId {
    "HT-2026-001".parse().unwrap()
}

pub(crate) fn form() -> FormHash {
    FormHash::of(b"form")
}

/// An investigator's evidence key with the history that its phone keeps.
#[derive(Clone)]
pub(crate) struct Investigator {
    pub(crate) name: &'static str,
    pub(crate) signer: NoteSigner,
    pub(crate) device_tip: Tip,
    pub(crate) chain_tips: std::collections::BTreeMap<VisitId, Tip>,
    /// `(dseq, note)` of all entries.
    pub(crate) entries: Vec<(u64, Vec<u8>)>,
}

impl Investigator {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            signer: NoteSigner::device(&random(name, 0)),
            device_tip: Tip::START,
            chain_tips: std::collections::BTreeMap::new(),
            entries: Vec::new(),
        }
    }

    pub(crate) fn dev(&self) -> DeviceId {
        self.signer.device_id()
    }

    pub(crate) fn add(&mut self, visit: VisitId, body: Body) -> Vec<u8> {
        let chain = self.chain_tips.entry(visit).or_default();
        let dseq = self.device_tip.seq + 1;
        let header = EntryHeader {
            app: "0.1.0+9f3c2ab".to_owned(),
            boot: "b3f1c2d4e5f60718".to_owned(),
            contract: contract(),
            dev: self.signer.device_id(),
            dprev: self.device_tip.id,
            dseq,
            mono_ms: 183_224_112 + 37_123 * dseq,
            prev: chain.id,
            seq: chain.seq + 1,
            visit: Some(visit),
            wall: WallTime::from_ms(MORNING_MS + 37_123 * i64::try_from(dseq).unwrap()).unwrap(),
        };
        let (entry, note) = Entry::sign(header, body, &self.signer).unwrap();
        *chain = Tip::at(chain.seq + 1, entry.id());
        self.device_tip = Tip::at(dseq, entry.id());
        self.entries.push((dseq, note.clone()));
        note
    }

    pub(crate) fn open(&mut self, visit: VisitId) -> Vec<u8> {
        let body = Open {
            household: HouseholdId::new(1, random("household", 0)),
            form: form(),
            standard: StandardHash::of(b"standard"),
            person: self.name.parse().unwrap(),
        };
        self.add(visit, Body::Open(body))
    }

    pub(crate) fn photo(&mut self, visit: VisitId, bytes: &[u8], purpose: &str) -> Vec<u8> {
        let hash = BlobHash::of(bytes);
        let dhash = hash.to_string();
        let body = Photo {
            sha256: hash,
            bytes: bytes.len() as u64,
            mime: "image/jpeg".to_owned(),
            w: 4000,
            h: 3000,
            dhash64: Some(dhash[..16].to_owned()),
            src: Source::Camera,
            purpose: purpose.to_owned(),
            taken: Some("2026:03:02 09:14:07".to_owned()),
            gps: Some(hudang_evidence::body::Coordinates {
                lat_e7: 439_331_234,
                lon_e7: 1_160_481_234,
            }),
        };
        self.add(visit, Body::Photo(body))
    }

    pub(crate) fn form(&mut self, visit: VisitId, snapshot: SnapshotHash) -> Vec<u8> {
        self.add(
            visit,
            Body::Form(Form {
                form: form(),
                snapshot,
                page: Some("income".to_owned()),
            }),
        )
    }

    /// A seal by this investigator and `partner` over what both did.
    pub(crate) fn seal(&mut self, visit: VisitId, partner: &Self, media: &[&[u8]]) -> (Seal, Vec<u8>) {
        let head = |who: &Self| {
            who.chain_tips.get(&visit).map(|tip| Head {
                dev: who.dev(),
                seq: tip.seq,
                id: tip.id,
            })
        };
        let person = |who: &Self| Participant {
            person: who.name.parse().unwrap(),
            dev: who.dev(),
        };
        let mut heads: Vec<Head> = [head(self), head(partner)].into_iter().flatten().collect();
        heads.sort();
        let mut participants = vec![person(self), person(partner)];
        participants.sort();
        let mut media: Vec<MediaItem> = media
            .iter()
            .map(|bytes| MediaItem {
                sha256: BlobHash::of(bytes),
                bytes: bytes.len() as u64,
            })
            .collect();
        media.sort();
        let body = SealBody {
            visit,
            household: HouseholdId::new(1, random("household", 0)),
            contract: contract(),
            standard: StandardHash::of(b"standard"),
            form: form(),
            snapshot: Some(SnapshotHash::of(b"snapshot")),
            outcome: Outcome::Done,
            heads,
            media,
            participants,
            missing: Vec::new(),
            supersedes: None,
            opened: WallTime::from_ms(MORNING_MS).unwrap(),
            wall: WallTime::from_ms(MORNING_MS + 3_600_000).unwrap(),
            am_heads: vec![Sha256::of(b"heads")],
        };
        Seal::sign(body, &[&self.signer, &partner.signer]).unwrap()
    }

    pub(crate) fn sealed(&mut self, visit: VisitId, seal: &Seal) -> Vec<u8> {
        self.add(visit, Body::Seal(SealMade { seal: seal.id() }))
    }
}

/// `n` answers of a form, as confirmed on the `page`-th page.
pub(crate) fn answers(n: u64, page: u64) -> Vec<Disclosure> {
    (0..n)
        .map(|at| {
            let value = match at % 4 {
                0 => json!(at * 1_250 + page),
                1 => json!("是"),
                2 => json!("2025-06"),
                _ => json!("no"),
            };
            Disclosure::new(
                random("salt", at + page * 1000),
                &format!("income/source_{}", at + 1),
                value,
            )
        })
        .collect()
}

pub(crate) fn snapshot(visit: VisitId, disclosures: &[Disclosure]) -> Snapshot {
    Snapshot::new(visit, form(), disclosures).unwrap()
}

/// A server where no device is enrolled.
pub(crate) struct Nobody;

impl hudang_sync::parse::Keys for Nobody {
    fn device(&self, _: &DeviceId) -> Option<VerifierKey> {
        None
    }
}
