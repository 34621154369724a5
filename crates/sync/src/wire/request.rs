//! What a phone sends: `POST /v1/sync`.

use hudang_evidence::id::{BlobHash, DeviceId, EntryId, FormHash, VisitId};
use hudang_evidence::salt::SaltSeed;
use hudang_evidence::signed_time::Moment;
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use minicbor::{Decode, Encode};

use super::WIRE_VERSION;
use super::fields::{Bytes, DocumentId, fixed, join_hashes, join_visits, list, split_hashes};
use super::salted::{join_disclosures, join_values, split_disclosures, split_values};

/// One push and pull. Everything in it may be sent again: what the server has, it answers with `Already`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SyncRequest {
    /// Version of the sender; the answer holds nothing that it could not read.
    #[n(0)]
    pub version: u16,
    /// The last place in the server's journal that the phone has seen; 0 at first.
    #[n(1)]
    pub cursor: u64,
    /// Notes of entries, in `dseq` order for each device.
    #[cbor(n(2), with = "list")]
    pub entries: Vec<Bytes>,
    /// Answer snapshots with the values that lie beside them.
    #[cbor(n(3), with = "list")]
    pub snapshots: Vec<SnapshotParcel>,
    /// Notes of seals.
    #[cbor(n(4), with = "list")]
    pub seals: Vec<Bytes>,
    /// Documents, each whole or as the changes that the server lacks.
    #[cbor(n(5), with = "list")]
    pub documents: Vec<DocumentParcel>,
    /// Texts of notes, waivers and amendments.
    #[cbor(n(6), with = "list")]
    pub remarks: Vec<RemarkParcel>,
    /// Hashes, 32 bytes each, of originals of which the phone asks whether and from where to send them.
    #[n(7)]
    pub blobs_wanted_status: Bytes,
    /// When this is asked, by a clock that nobody sets; without its reading the answer brings no signed time.
    #[n(8)]
    pub clock: Option<ClockParcel>,
    /// Visits, 16 bytes each, of which the phone asks whether they count; no more than [`STANDINGS_ASKED_MAX`] are answered.
    #[n(9)]
    pub standings_asked: Option<Bytes>,
}

/// Most visits in one request of which the phone asks whether they count.
pub const STANDINGS_ASKED_MAX: usize = 64;

impl Default for SyncRequest {
    fn default() -> Self {
        Self {
            version: WIRE_VERSION,
            cursor: 0,
            entries: Vec::new(),
            snapshots: Vec::new(),
            seals: Vec::new(),
            documents: Vec::new(),
            remarks: Vec::new(),
            blobs_wanted_status: Bytes::from(Vec::new()),
            clock: None,
            standings_asked: None,
        }
    }
}

impl SyncRequest {
    /// Asks about these originals.
    pub fn ask_about(&mut self, blobs: &[BlobHash]) {
        self.blobs_wanted_status = join_hashes(blobs.iter().map(BlobHash::as_bytes));
    }

    /// Asks whether these visits count; asking about none costs no byte.
    pub fn ask_whether_they_count(&mut self, visits: &[VisitId]) {
        self.standings_asked = (!visits.is_empty()).then(|| join_visits(visits));
    }
}

/// What the phone's boot-time clock said when the request was put together, and what the phone had stated by then.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ClockParcel {
    /// Random id of the phone's boot; empty where the phone says nothing of it.
    #[n(0)]
    pub boot: String,
    /// Milliseconds since that boot; 0 where the phone says nothing of it.
    #[n(1)]
    pub mono_ms: u64,
    /// For each device with entries that wait for a later request, the last one of them. Everything else that the
    /// device ever states is stated after this contact.
    #[cbor(n(2), with = "list")]
    pub unsent: Vec<UnsentTip>,
}

impl ClockParcel {
    /// Wraps a reading, where there is one.
    pub fn new(moment: Option<Moment>, unsent: Vec<UnsentTip>) -> Self {
        let (boot, mono_ms) = moment
            .map(|moment| (moment.boot, moment.mono_ms))
            .unwrap_or_default();
        Self {
            boot,
            mono_ms,
            unsent,
        }
    }

    /// The reading, where it is one that can be signed.
    pub fn moment(&self) -> Option<Moment> {
        let moment = Moment {
            boot: self.boot.clone(),
            mono_ms: self.mono_ms,
        };
        moment.is_sound().then_some(moment)
    }
}

/// The last entry of a device that was stated and not sent yet. Its id fixes that it and all before it exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct UnsentTip {
    /// Which device.
    #[cbor(n(0), with = "fixed")]
    pub dev: DeviceId,
    /// The entry's number on the device.
    #[n(1)]
    pub dseq: u64,
    /// The entry.
    #[cbor(n(2), with = "fixed")]
    pub id: EntryId,
}

/// A document, whole or in part.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DocumentParcel {
    /// [`DocumentId::to_bytes`].
    #[n(0)]
    pub document: Bytes,
    /// An automerge document as saved, or change chunks one after another.
    #[n(1)]
    pub payload: Bytes,
    /// The heads after the payload is applied, 32 bytes each.
    #[n(2)]
    pub heads: Bytes,
}

impl DocumentParcel {
    /// Wraps a payload.
    pub fn new(document: DocumentId, payload: Vec<u8>, heads: &[[u8; 32]]) -> Self {
        Self {
            document: Bytes::from(document.to_bytes().to_vec()),
            payload: Bytes::from(payload),
            heads: join_hashes(heads),
        }
    }

    /// Which document; nothing where the bytes name none.
    pub fn id(&self) -> Option<DocumentId> {
        DocumentId::from_bytes(&self.document)
    }

    /// The heads; nothing where the last one is cut.
    pub fn heads(&self) -> Option<Vec<[u8; 32]>> {
        split_hashes(&self.heads)
    }
}

/// An answer snapshot with its values.
///
/// The digests of a snapshot follow from its values, and random bytes do not compress: where all values travel,
/// the digests stay at home and the reader computes them. Where all salts follow from one seed, they stay at home too.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SnapshotParcel {
    #[n(0)]
    visit: Bytes,
    #[n(1)]
    form: Bytes,
    /// Only where the values do not give it.
    #[n(2)]
    snapshot: Option<Bytes>,
    #[n(3)]
    disclosures: Bytes,
    /// Only on the way from the phone that made the snapshot; [`Self::open`] expands it.
    #[n(4)]
    seed: Option<Bytes>,
}

impl SnapshotParcel {
    /// Packs a snapshot with the values that are at hand, some or all.
    pub fn new(snapshot: &Snapshot, disclosures: &[Disclosure]) -> Self {
        let follows = Snapshot::new(snapshot.visit(), snapshot.form(), disclosures).as_ref() == Ok(snapshot);
        Self {
            visit: Bytes::from(snapshot.visit().to_bytes().to_vec()),
            form: Bytes::from(snapshot.form().as_bytes().to_vec()),
            snapshot: (!follows).then(|| Bytes::from(snapshot.bytes().to_vec())),
            disclosures: join_disclosures(disclosures),
            seed: None,
        }
    }

    /// The same with the seed from which the salts follow; where they do not, each value brings its own.
    pub fn seeded(snapshot: &Snapshot, disclosures: &[Disclosure], seed: &SaltSeed) -> Self {
        let mut parcel = Self::new(snapshot, disclosures);
        let follows = |one: &Disclosure| seed.disclose(one.name(), one.value().clone()) == *one;
        if parcel.snapshot.is_none() && disclosures.iter().all(follows) {
            parcel.disclosures = join_values(disclosures);
            parcel.seed = Some(Bytes::from(seed.as_bytes().to_vec()));
        }
        parcel
    }

    /// Reads it; nothing where the bytes are no snapshot, no disclosures, or those of another snapshot.
    pub fn open(&self) -> Option<(Snapshot, Vec<Disclosure>)> {
        let disclosures = match &self.seed {
            None => split_disclosures(&self.disclosures)?,
            Some(seed) => {
                let seed = SaltSeed::from_bytes(seed.as_slice().try_into().ok()?);
                split_values(&self.disclosures, &seed)?
            }
        };
        let snapshot = if let Some(bytes) = &self.snapshot {
            Snapshot::parse(bytes).ok()?
        } else {
            let visit = VisitId::from_bytes(self.visit.as_slice().try_into().ok()?);
            let form = FormHash::from_bytes(self.form.as_slice().try_into().ok()?);
            Snapshot::new(visit, form, &disclosures).ok()?
        };
        // A value that the snapshot does not hold, or two for one answer, would be kept and shown for nothing.
        snapshot.reveal(&disclosures).ok()?;
        Some((snapshot, disclosures))
    }
}

/// Texts of notes, waivers and amendments of one visit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RemarkParcel {
    #[n(0)]
    visit: Bytes,
    #[n(1)]
    disclosures: Bytes,
}

impl RemarkParcel {
    /// Packs texts.
    pub fn new(visit: VisitId, disclosures: &[Disclosure]) -> Self {
        Self {
            visit: Bytes::from(visit.to_bytes().to_vec()),
            disclosures: join_disclosures(disclosures),
        }
    }

    /// Reads them; nothing where the bytes are no visit or no disclosures.
    pub fn open(&self) -> Option<(VisitId, Vec<Disclosure>)> {
        let visit = VisitId::from_bytes(self.visit.as_slice().try_into().ok()?);
        Some((visit, split_disclosures(&self.disclosures)?))
    }
}
