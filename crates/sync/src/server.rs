//! The server's decision about a request, without IO.
//!
//! [`plan`] looks at what the server holds through [`View`] and says what to append, what to keep apart and what to
//! answer. The caller carries it out in the same transaction in which the view was read. Nothing here depends on
//! what was lost, repeated or reordered before: what is held is answered with `Already`, an entry that comes too
//! early is refused until the one before it is there, and a second history of a device is kept apart as proof, so that
//! neither it nor any other device is held up.

mod entries;
mod plan;

use hudang_evidence::entry::Tip;
use hudang_evidence::id::{BlobHash, ContractId, DeviceId, EntryId, SealId, SnapshotHash, VisitId};
use hudang_evidence::seal::Head;
use hudang_evidence::snapshot::SaltedDigest;

use crate::wire::{BlobNeed, Bytes, DeviceTip, DocumentId, Problem, SyncResponse, Verdict, join_hashes};

pub use plan::plan;

/// Whether a device may add evidence under a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is enrolled under the contract.
    Admitted,
    /// It was never enrolled.
    Unknown,
    /// It was enrolled and is revoked: what it sent before stays, nothing more is taken.
    Revoked,
    /// It is enrolled, but under another contract.
    OtherContract,
}

/// What the server has of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// Nothing.
    Absent,
    /// In the journal.
    Held,
    /// Kept apart, as one side of a fork.
    Quarantined,
}

/// What the server has of an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobState {
    /// No entry names it.
    Unnamed,
    /// It is named, and this many bytes of it are here.
    Wanted {
        /// From where to go on.
        offset: u64,
    },
    /// All of it, checked against its hash.
    Held,
}

/// How a document stands to the heads that a phone sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentState {
    /// It holds all of these heads.
    Current,
    /// It lacks some of them, or all.
    Behind,
    /// The installation may not write it.
    Forbidden,
}

/// What the server has of a remark's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkState {
    /// No entry names its digest.
    Unnamed,
    /// Named, and the text is missing.
    Wanted,
    /// Here, or erased on purpose: a phone that sends late must not bring an erased text back.
    Settled,
}

/// What the server knows, read inside the transaction that will carry the plan out.
pub trait View {
    /// Why the store could not be read.
    type Error;

    /// Whether the device may add evidence under this contract.
    fn admission(
        &self,
        dev: &DeviceId,
        contract: &ContractId,
        dseq: Option<u64>,
    ) -> Result<Admission, Self::Error>;
    /// What is held of an entry.
    fn entry(&self, id: &EntryId) -> Result<EntryState, Self::Error>;
    /// The last entry of the device over all visits, by `dseq`; [`Tip::START`] where there is none.
    fn device_tip(&self, dev: &DeviceId) -> Result<Tip, Self::Error>;
    /// The last entry of the device's chain in this visit, or outside of any, by `seq`.
    fn chain_tip(&self, visit: Option<VisitId>, dev: &DeviceId) -> Result<Tip, Self::Error>;
    /// The note of a seal as it is kept, with all its signatures.
    fn seal(&self, id: &SealId) -> Result<Option<Vec<u8>>, Self::Error>;
    /// The seals of a visit with the heads that they name.
    fn seals_of(&self, visit: &VisitId) -> Result<Vec<(SealId, Vec<Head>)>, Self::Error>;
    /// Whether the snapshot is here; its values may have been erased since.
    fn holds_snapshot(&self, hash: &SnapshotHash) -> Result<bool, Self::Error>;
    /// How the document stands to these heads.
    fn document(&self, id: &DocumentId, heads: &[[u8; 32]]) -> Result<DocumentState, Self::Error>;
    /// What is held of a remark's text.
    fn remark(&self, digest: &SaltedDigest) -> Result<RemarkState, Self::Error>;
    /// What is held of an original.
    fn blob(&self, hash: &BlobHash) -> Result<BlobState, Self::Error>;
}

/// A seal to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealStep {
    /// Its place in the request.
    pub index: usize,
    /// Which seal.
    pub id: SealId,
    /// The note to keep: the signatures of the one that is held, and the admitted ones of the one that came.
    pub note: Vec<u8>,
    /// Whose signatures were admitted of those that came.
    pub signers: Vec<DeviceId>,
}

/// A signature on a kept seal that was not admitted: it is left out, and takes nothing from the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSignature {
    /// The place of the seal in the request.
    pub index: usize,
    /// Which seal.
    pub seal: SealId,
    /// Whose.
    pub dev: DeviceId,
    /// Why.
    pub code: &'static str,
}

/// A parcel of remarks to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemarkStep {
    /// Its place in the request.
    pub index: usize,
    /// The places of the disclosures to keep.
    pub wanted: Vec<usize>,
}

/// What to do with a request. Indexes are places in the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Entries to append to the journal, in this order.
    pub entries: Vec<usize>,
    /// Entries to keep apart as sides of a fork, in this order.
    pub quarantine: Vec<usize>,
    /// Snapshots to write.
    pub snapshots: Vec<usize>,
    /// Seals to write.
    pub seals: Vec<SealStep>,
    /// Signatures on kept seals that are not admitted.
    pub refused: Vec<RefusedSignature>,
    /// Documents to try on a copy. Their verdict stands as `Stored`; where the try fails, the caller puts
    /// [`Verdict::quarantined`] or [`Verdict::refused`] in its place.
    pub documents: Vec<usize>,
    /// Remarks to write.
    pub remarks: Vec<RemarkStep>,
    /// Seals whose receipt goes into the answer: all entries that they cover are held.
    pub receipts: Vec<SealId>,
    /// Originals to ask for.
    pub needs: Vec<BlobNeed>,
    /// Originals that were asked about or named and are held whole.
    pub held: Vec<BlobHash>,
    /// How far each device of the request stands after the plan.
    pub tips: Vec<DeviceTip>,
    /// What is wrong beside the verdicts.
    pub problems: Vec<Problem>,
    /// A verdict for each item.
    pub verdicts: Verdicts,
}

/// A verdict for each item, in the order of the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// On entries.
    pub entries: Vec<Verdict>,
    /// On snapshots.
    pub snapshots: Vec<Verdict>,
    /// On seals.
    pub seals: Vec<Verdict>,
    /// On documents.
    pub documents: Vec<Verdict>,
    /// On remarks.
    pub remarks: Vec<Verdict>,
}

impl Plan {
    /// The answer, to which the caller adds receipts, changes, cursor and time. To be sent after the commit only.
    pub fn into_response(self) -> SyncResponse {
        let held: Bytes = join_hashes(self.held.iter().map(BlobHash::as_bytes));
        SyncResponse {
            entries: self.verdicts.entries,
            snapshots: self.verdicts.snapshots,
            seals: self.verdicts.seals,
            documents: self.verdicts.documents,
            remarks: self.verdicts.remarks,
            upload: self.needs,
            held,
            problems: self.problems,
            tips: self.tips,
            ..SyncResponse::default()
        }
    }
}
