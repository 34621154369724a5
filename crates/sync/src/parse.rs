//! The door: a request's raw items become typed ones, each for itself.
//!
//! Behind it there is no entry or seal whose signature was not checked. One malformed item is refused alone; the
//! others go through. This is where the CPU time goes, so it runs before the server's writer, on any thread.

use std::collections::BTreeSet;

use hudang_evidence::entry::{Entry, EntryError};
use hudang_evidence::id::{BlobHash, DeviceId, VisitId};
use hudang_evidence::note::{Note, VerifierKey};
use hudang_evidence::seal::Seal;
use hudang_evidence::signed_time::Moment;
use hudang_evidence::snapshot::{Disclosure, Snapshot};

use crate::code;
use crate::wire::{
    ClockParcel, DocumentId, DocumentParcel, RemarkParcel, STANDINGS_ASKED_MAX, SnapshotParcel, SyncRequest,
    UnsentTip, Verdict, split_hashes, split_visits,
};

/// Knows the keys of devices, enrolled or revoked.
pub trait Keys {
    /// The key that checks what this device signs; nothing where the device is unknown.
    fn device(&self, dev: &DeviceId) -> Option<VerifierKey>;
}

/// An item as typed, or the verdict that refuses it.
pub type Item<T> = Result<T, Verdict>;

/// An entry whose signature verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryItem {
    /// The bytes to keep.
    pub note: Vec<u8>,
    /// What they say.
    pub entry: Entry,
}

/// A seal with at least one signature of a known device, all of which verify; the note carries no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealItem {
    /// The bytes to keep.
    pub note: Vec<u8>,
    /// What they say.
    pub seal: Seal,
    /// Who signed, of those that are known.
    pub signers: Vec<DeviceId>,
}

/// A snapshot with its own values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotItem {
    /// The salted digests.
    pub snapshot: Snapshot,
    /// The values that came with it.
    pub disclosures: Vec<Disclosure>,
}

/// A document or its changes. The payload is hostile until it was applied to a copy (DESIGN §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentItem {
    /// Which document.
    pub document: DocumentId,
    /// A saved document or change chunks.
    pub payload: Vec<u8>,
    /// The heads after it is applied, as the sender says.
    pub heads: Vec<[u8; 32]>,
}

/// Texts of one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemarkItem {
    /// Which visit.
    pub visit: VisitId,
    /// The texts.
    pub disclosures: Vec<Disclosure>,
}

/// A request whose items are typed, in the order in which they were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Version of the sender.
    pub version: u16,
    /// What it has seen of the journal.
    pub cursor: u64,
    /// Entries.
    pub entries: Vec<Item<EntryItem>>,
    /// Snapshots.
    pub snapshots: Vec<Item<SnapshotItem>>,
    /// Seals.
    pub seals: Vec<Item<SealItem>>,
    /// Documents.
    pub documents: Vec<Item<DocumentItem>>,
    /// Remarks.
    pub remarks: Vec<Item<RemarkItem>>,
    /// Originals that are asked about; a list with a cut hash asks about none.
    pub blobs_wanted_status: Vec<BlobHash>,
    /// What the phone's boot-time clock said; absent where that cannot be signed.
    pub moment: Option<Moment>,
    /// The last entries of devices that the phone has and does not send; absent where it says nothing of clocks.
    pub unsent: Option<Vec<UnsentTip>>,
    /// Visits of which the phone asks whether they count; a list with a cut id asks about none.
    pub standings_asked: Vec<VisitId>,
}

impl Request {
    /// Reads every item and checks its signature.
    pub fn parse(raw: SyncRequest, keys: &impl Keys) -> Self {
        let blobs = split_hashes(&raw.blobs_wanted_status).unwrap_or_default();
        Self {
            version: raw.version,
            cursor: raw.cursor,
            entries: raw
                .entries
                .into_iter()
                .map(|note| entry(note.into(), keys))
                .collect(),
            snapshots: raw.snapshots.iter().map(snapshot).collect(),
            seals: raw
                .seals
                .into_iter()
                .map(|note| seal(note.into(), keys))
                .collect(),
            documents: raw.documents.into_iter().map(document).collect(),
            remarks: raw.remarks.iter().map(remark).collect(),
            blobs_wanted_status: blobs.into_iter().map(BlobHash::from_bytes).collect(),
            moment: raw.clock.as_ref().and_then(ClockParcel::moment),
            unsent: raw.clock.map(|clock| clock.unsent),
            standings_asked: asked(raw.standings_asked.as_deref()),
        }
    }
}

fn asked(visits: Option<&Vec<u8>>) -> Vec<VisitId> {
    let mut visits = visits.and_then(|visits| split_visits(visits)).unwrap_or_default();
    visits.truncate(STANDINGS_ASKED_MAX);
    visits
}

fn entry(note: Vec<u8>, keys: &impl Keys) -> Item<EntryItem> {
    let mut asked = false;
    let verified = Entry::verify_by(&note, |dev| {
        asked = true;
        keys.device(dev)
    });
    match verified {
        Ok(Some(entry)) => Ok(EntryItem { note, entry }),
        Ok(None) => Err(Verdict::refused(code::DEVICE_UNKNOWN)),
        Err(EntryError::Note(_) | EntryError::OtherDevice) if asked => {
            Err(Verdict::refused(code::ENTRY_SIGNATURE))
        }
        Err(_) => Err(Verdict::refused(code::ENTRY)),
    }
}

fn seal(note: Vec<u8>, keys: &impl Keys) -> Item<SealItem> {
    let malformed = || Verdict::refused(code::SEAL);
    let unsigned = || Verdict::refused(code::SEAL_SIGNATURE);
    Seal::parse(&note).map_err(|_| malformed())?;
    let claimed = Note::parse(&note).map_err(|_| malformed())?;
    let named: BTreeSet<DeviceId> = claimed
        .claimed()
        .filter_map(|name| name.strip_prefix("dev/")?.parse().ok())
        .collect();
    let known: Vec<VerifierKey> = named.iter().filter_map(|dev| keys.device(dev)).collect();
    let (seal, signers) = Seal::verify(&note, &known).map_err(|_| unsigned())?;
    // What nobody here can check is not kept: it would be a hindrance to everybody who reads the note later.
    let checked = claimed.with_lines_by(&known).ok_or_else(unsigned)?;
    let note = if checked == claimed {
        note
    } else {
        checked.render().into_bytes()
    };
    Ok(SealItem { note, seal, signers })
}

fn snapshot(parcel: &SnapshotParcel) -> Item<SnapshotItem> {
    let (snapshot, disclosures) = parcel.open().ok_or_else(|| Verdict::refused(code::SNAPSHOT))?;
    Ok(SnapshotItem {
        snapshot,
        disclosures,
    })
}

fn document(parcel: DocumentParcel) -> Item<DocumentItem> {
    let (Some(document), Some(heads)) = (parcel.id(), parcel.heads()) else {
        return Err(Verdict::refused(code::DOCUMENT));
    };
    Ok(DocumentItem {
        document,
        payload: parcel.payload.into(),
        heads,
    })
}

fn remark(parcel: &RemarkParcel) -> Item<RemarkItem> {
    let (visit, disclosures) = parcel.open().ok_or_else(|| Verdict::refused(code::REMARK))?;
    Ok(RemarkItem { visit, disclosures })
}
