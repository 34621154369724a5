//! The phone's side: a state machine without IO.
//!
//! ```text
//! Wake ─▶ LoadBatch ─▶ Batch ─▶ Send ─▶ Answered ─▶ Apply ─▶ (LoadBatch …) ─▶ Upload × n ─▶ LoadBatch … ─▶ Idle
//!                                  └──▶ Failed ─▶ Wait
//! ```
//! The driver carries the actions out in order and reports what happened: each `LoadBatch` with `Batch`, each `Send`
//! with `Answered`, each `Upload` with `BlobSent`, `BlobOffset` or `BlobFailed`; where anything before that fails, with
//! `Failed` of kind [`FailureKind::Storage`]. The outbox in the phone's store is the truth: an item leaves it only by
//! an `Apply` that says so, in the same transaction as the rest of that `Apply`. The machine itself holds nothing that
//! must survive; after a crash a new one starts from the outbox, and what the server had is answered with `Already`.
//!
//! Small things go first: entries, snapshots, seals, documents and remarks, in the order in which they were made, then
//! photos and papers, then recordings. Times are milliseconds on a clock that never goes back.

mod answer;
mod backoff;
mod blobs;
mod machine;
mod parking;

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::{BlobHash, DeviceId, VisitId};
use hudang_evidence::signed_time::{Moment, TimeSignature};

use crate::wire::{
    Bytes, Change, DocumentParcel, Problem, ReceiptParcel, RefusalKind, RemarkParcel, SnapshotParcel,
    StandingParcel, SyncRequest, SyncResponse, UnsentTip,
};

pub use machine::PhoneSync;

/// What the machine may do at once, and how long it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Largest batch of small things before compression, in bytes. One item may be larger and goes alone.
    pub batch_bytes_max: usize,
    /// Most items in one batch.
    pub batch_items_max: usize,
    /// Uploads at once.
    pub uploads_max: usize,
    /// Largest piece of an original sent at once over Wi-Fi, in bytes; small things pass between pieces.
    pub wifi_piece_bytes_max: u64,
    /// The same over a mobile link.
    pub mobile_piece_bytes_max: u64,
    /// Most originals asked about in one request: each is 32 bytes that do not compress.
    pub blobs_asked_max: usize,
    /// Over which links recordings go.
    pub audio: AudioOver,
    /// First wait after a failure, in milliseconds.
    pub backoff_base_ms: u64,
    /// Longest wait after failures, in milliseconds.
    pub backoff_cap_ms: u64,
    /// After which time an item that a person must settle is tried again unasked, in milliseconds: the office
    /// may have settled it.
    pub parked_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_bytes_max: 1 << 20,
            batch_items_max: 4096,
            uploads_max: 3,
            wifi_piece_bytes_max: 8 << 20,
            mobile_piece_bytes_max: 512 << 10,
            blobs_asked_max: 64,
            audio: AudioOver::AnyLink,
            backoff_base_ms: 2_000,
            backoff_cap_ms: 15 * 60_000,
            parked_ms: 6 * 3_600_000,
        }
    }
}

/// Over which links recordings go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioOver {
    /// Whatever there is.
    AnyLink,
    /// They wait for Wi-Fi.
    WifiOnly,
}

/// The way to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// There is none.
    None,
    /// Metered, slow.
    Mobile,
    /// Wi-Fi or cable.
    Wifi,
}

/// Why the machine wakes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeBy {
    /// The time came that `Wait` asked for, or the platform's own.
    Timer,
    /// The link changed.
    Link,
    /// A person asked for it: no waiting, and refused items are tried again.
    Person,
}

/// Names a row of the outbox; given once and never again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxKey(pub u64);

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its name; rows are made and sent in this order.
    pub key: OutboxKey,
    /// What is to be sent.
    pub content: OutboxContent,
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxContent {
    /// An entry.
    Entry {
        /// Whose.
        dev: DeviceId,
        /// Its place in the device's history.
        dseq: u64,
        /// The original that it names: its status need not be asked for.
        blob: Option<BlobHash>,
        /// The note.
        note: Bytes,
    },
    /// An answer snapshot with its values.
    Snapshot(SnapshotParcel),
    /// The note of a seal.
    Seal(Bytes),
    /// A document or its changes.
    Document(DocumentParcel),
    /// Texts of notes, waivers and amendments.
    Remark(RemarkParcel),
}

/// Kinds of originals in the order in which they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlobClass {
    /// Photos and pictures of signatures.
    Photo,
    /// Papers.
    Paper,
    /// Recordings.
    Audio,
}

/// An original of which the server may lack bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobItem {
    /// Which.
    pub hash: BlobHash,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What kind.
    pub class: BlobClass,
}

/// What `LoadBatch` wants from the outbox: the first rows in order of their keys, at least one where there is one.
/// The keys of a device's entries are in the order of `dseq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// Stop before this many bytes, but not before the first row.
    pub bytes_max: usize,
    /// Stop after this many rows.
    pub items_max: usize,
    /// Rows to leave out: refused, and not yet to be tried again.
    pub skip: BTreeSet<OutboxKey>,
    /// Entries to leave out: of this device from this `dseq` on, because that one was refused.
    pub hold: BTreeMap<DeviceId, u64>,
}

/// What the outbox holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Rows as wanted.
    pub items: Vec<OutboxItem>,
    /// Originals not known to be with the server, smallest class first; a few hundred are enough.
    pub blobs: Vec<BlobItem>,
    /// The cursor as stored.
    pub cursor: u64,
    /// What the boot-time clock says.
    pub moment: Option<Moment>,
    /// The last entry of each device that is in the outbox, in this batch or not.
    pub tips: Vec<UnsentTip>,
    /// There are more rows that are wanted.
    pub more: bool,
    /// Sealed visits of which it is to be asked whether they count: asked when nothing else is to be sent.
    pub standings_asked: Vec<VisitId>,
}

/// Why a request came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// No connection, or it broke, or no answer came in time.
    Network,
    /// The server asks to come later.
    Busy {
        /// After how long, where it says so.
        retry_after_ms: Option<u64>,
    },
    /// The server says that the request is too large.
    TooLarge,
    /// The server refuses the request as a whole: the installation is unknown or revoked, or versions do not fit.
    Refused {
        /// Why.
        code: String,
    },
    /// The request's counter was used before ([`crate::sign::Replayed`]).
    Counter {
        /// The highest that the server saw.
        highest: u64,
    },
    /// The server failed, or its answer could not be read.
    Server,
    /// The phone's own store failed, for example because it is full.
    Storage,
}

/// Why an upload came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobFailure {
    /// No connection, or it broke. The server keeps what came through.
    Network,
    /// The server asks to come later, or failed.
    Busy {
        /// After how long, where it says so.
        retry_after_ms: Option<u64>,
    },
    /// The whole did not have its hash (tus checksum, status 460); the server has dropped it.
    Mismatch,
    /// The original cannot be read on the phone.
    Gone,
    /// The server does not take it.
    Refused {
        /// Why.
        code: String,
    },
}

/// What happened. `jitter` is 32 random bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The phone may work.
    Wake {
        /// Now.
        now_ms: u64,
        /// Over this link.
        link: Link,
        /// Because of this.
        by: WakeBy,
    },
    /// The outbox has new rows.
    OutboxChanged,
    /// `LoadBatch` is done.
    Batch(Batch),
    /// `Send` is done.
    Answered {
        /// The number of the request.
        number: u64,
        /// What the server said.
        response: Box<SyncResponse>,
        /// Now.
        now_ms: u64,
        /// Randomness.
        jitter: u32,
    },
    /// `LoadBatch`, `Send` or `Apply` failed.
    Failed {
        /// How.
        kind: FailureKind,
        /// Now.
        now_ms: u64,
        /// Randomness.
        jitter: u32,
    },
    /// The server holds so much of an original and wants it from there (tus status 409, or `HEAD`).
    BlobOffset {
        /// Which.
        hash: BlobHash,
        /// From where to go on.
        offset: u64,
    },
    /// The server holds an original up to this byte.
    BlobSent {
        /// Which.
        hash: BlobHash,
        /// Up to where; the size where it is whole and its hash was right.
        offset: u64,
    },
    /// `Upload` failed.
    BlobFailed {
        /// Which.
        hash: BlobHash,
        /// How.
        kind: BlobFailure,
        /// Now.
        now_ms: u64,
        /// Randomness.
        jitter: u32,
    },
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read the outbox and report `Batch`.
    LoadBatch(Want),
    /// Send `POST /v1/sync` and report `Answered` or `Failed`.
    Send {
        /// To be told with the answer: a late answer to an earlier request must not count.
        number: u64,
        /// What to send.
        request: Box<SyncRequest>,
    },
    /// Store what came, in one transaction.
    Apply(Box<Applied>),
    /// Put a device's entries after this `dseq` into the outbox again, with all else of the visits that they belong
    /// to: the server was restored from a backup and lacks them.
    Resend {
        /// Whose.
        dev: DeviceId,
        /// After which.
        after_dseq: u64,
    },
    /// Use only counters above this one from now on.
    RaiseCounter {
        /// The highest that the server saw.
        above: u64,
    },
    /// Send a piece of an original and report.
    Upload {
        /// Which.
        hash: BlobHash,
        /// From which byte.
        offset: u64,
        /// How many bytes; 0 where the server holds all and has yet to check them.
        len: u64,
    },
    /// Wake the machine at this time, at the latest.
    Wait {
        /// When.
        until_ms: u64,
    },
    /// Nothing is to do until something happens.
    Idle,
}

/// An item that the server did not take. It stays in the outbox, and its reason is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which row.
    pub key: OutboxKey,
    /// Why: [`crate::code::explain`] says what to do.
    pub code: String,
    /// Who can do something about it.
    pub kind: RefusalKind,
}

/// A time that came with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTime {
    /// What the boot-time clock said when it was asked for.
    pub asked: Moment,
    /// What the server's clock said, in milliseconds since 1970.
    pub server_time_ms: i64,
    /// The server's signature, not verified yet.
    pub signature: TimeSignature,
}

/// What an answer changes on the phone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Rows that leave the outbox: the server has them durably.
    pub acknowledged: Vec<OutboxKey>,
    /// Rows that leave the outbox, kept apart by the server, each with the code to be shown.
    pub quarantined: Vec<(OutboxKey, String)>,
    /// Rows that stay.
    pub refused: Vec<Refusal>,
    /// Rows that stay because of another one: `(row, the refused row that it waits for)`. Rows of the same device
    /// that were not sent wait likewise.
    pub waiting: Vec<(OutboxKey, OutboxKey)>,
    /// Originals that the server holds whole. Not yet a leave to delete: that takes a receipt.
    pub blobs_held: Vec<BlobHash>,
    /// Originals that cannot be sent, each with the code to be shown.
    pub blobs_refused: Vec<(BlobHash, String)>,
    /// Receipts, to be verified.
    pub receipts: Vec<ReceiptParcel>,
    /// Whether visits count, as the server sees it now.
    pub standings: Vec<StandingParcel>,
    /// What happened elsewhere, to be verified each for itself.
    pub changes: Vec<Change>,
    /// The new cursor, stored with the changes.
    pub cursor: Option<u64>,
    /// What is wrong beside.
    pub problems: Vec<Problem>,
    /// The time that the server signed for the reading of the request, to be verified; for the `anchor` entry.
    pub signed_time: Option<SignedTime>,
    /// The request as a whole was refused, with this code to be shown.
    pub request_refused: Option<String>,
}
