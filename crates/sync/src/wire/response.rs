//! What the server answers to `POST /v1/sync`.

use hudang_evidence::id::{BlobHash, DeviceId, HouseholdId, SealId, VisitId};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

use super::WIRE_VERSION;
use super::fields::{Bytes, choice, fixed, list, maybe, skip, split_hashes};
use super::request::{DocumentParcel, SnapshotParcel};

/// The answer: a verdict on each item in the order of the request, and what happened elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SyncResponse {
    /// Version of the sender.
    #[n(0)]
    pub version: u16,
    /// Where the next request goes on from, once the changes here are stored.
    #[n(1)]
    pub cursor: u64,
    /// There are more changes after this cursor.
    #[n(2)]
    pub more: bool,
    /// One for each entry of the request.
    #[cbor(n(3), with = "list")]
    pub entries: Vec<Verdict>,
    /// One for each snapshot of the request.
    #[cbor(n(4), with = "list")]
    pub snapshots: Vec<Verdict>,
    /// One for each seal of the request.
    #[cbor(n(5), with = "list")]
    pub seals: Vec<Verdict>,
    /// One for each document of the request.
    #[cbor(n(6), with = "list")]
    pub documents: Vec<Verdict>,
    /// One for each parcel of remarks of the request.
    #[cbor(n(7), with = "list")]
    pub remarks: Vec<Verdict>,
    /// Originals that the server wants, and from which byte.
    #[cbor(n(8), with = "list")]
    pub upload: Vec<BlobNeed>,
    /// Hashes, 32 bytes each, of originals asked about or named by the request's entries that the server holds whole.
    #[n(9)]
    pub held: Bytes,
    /// Receipts for seals of the visits that the request was about.
    #[cbor(n(10), with = "list")]
    pub receipts: Vec<ReceiptParcel>,
    /// What this installation may see and has not seen, in the order of the server's journal.
    #[cbor(n(11), with = "list")]
    pub changes: Vec<Change>,
    /// What is wrong beside the verdicts.
    #[cbor(n(12), with = "list")]
    pub problems: Vec<Problem>,
    /// How far the server holds the devices of the request's entries.
    #[cbor(n(13), with = "list")]
    pub tips: Vec<DeviceTip>,
    /// The server's clock when it was asked, in milliseconds since 1970.
    #[n(14)]
    pub server_time_ms: i64,
    /// The server's signature of that time beside the reading of the request's clock
    /// ([`hudang_evidence::signed_time::TimeStatement`]), 64 bytes.
    #[n(15)]
    pub time_signature: Option<Bytes>,
    /// Whether the visits that were asked about count. Of one that is not the sender's nothing is said.
    #[cbor(n(16), with = "list")]
    pub standings: Vec<StandingParcel>,
}

impl Default for SyncResponse {
    fn default() -> Self {
        Self {
            version: WIRE_VERSION,
            cursor: 0,
            more: false,
            entries: Vec::new(),
            snapshots: Vec::new(),
            seals: Vec::new(),
            documents: Vec::new(),
            remarks: Vec::new(),
            upload: Vec::new(),
            held: Bytes::from(Vec::new()),
            receipts: Vec::new(),
            changes: Vec::new(),
            problems: Vec::new(),
            tips: Vec::new(),
            server_time_ms: 0,
            time_signature: None,
            standings: Vec::new(),
        }
    }
}

impl SyncResponse {
    /// The originals that the server holds whole.
    pub fn held(&self) -> Vec<BlobHash> {
        split_hashes(&self.held)
            .unwrap_or_default()
            .into_iter()
            .map(BlobHash::from_bytes)
            .collect()
    }
}

/// Who can do something about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalKind {
    /// The field worker or the office must change something first.
    Yours,
    /// It may pass later without a change.
    TryAgain,
    /// The server failed; the data stays where it is.
    Ours,
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is in the journal, durably.
    Stored,
    /// It was there before.
    Already,
    /// It was not taken; the sender keeps it.
    Refused {
        /// Why, from [`crate::code`].
        code: String,
        /// Who can do something.
        kind: RefusalKind,
    },
    /// It is kept, durably, but apart: as proof, or because it would do harm.
    Quarantined {
        /// Why, from [`crate::code`].
        code: String,
    },
}

impl Verdict {
    /// A refusal with a code of this crate, whose kind the code decides.
    pub fn refused(code: &str) -> Self {
        Self::Refused {
            code: code.to_owned(),
            kind: crate::code::kind(code),
        }
    }

    /// A quarantine with a code of this crate.
    pub fn quarantined(code: &str) -> Self {
        Self::Quarantined {
            code: code.to_owned(),
        }
    }

    /// Whether the server has it, so that the sender's duty is done.
    pub const fn is_kept(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }
}

impl<C> Encode<C> for Verdict {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::Stored => e.array(1)?.u8(0)?,
            Self::Already => e.array(1)?.u8(1)?,
            Self::Refused { code, kind } => {
                let kind = match kind {
                    RefusalKind::Yours => 0,
                    RefusalKind::TryAgain => 1,
                    RefusalKind::Ours => 2,
                };
                e.array(3)?.u8(2)?.str(code)?.u8(kind)?
            }
            Self::Quarantined { code } => e.array(2)?.u8(3)?.str(code)?,
        };
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Verdict {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let (places, number) = choice(d)?;
        let too_short = || DecodeError::message("a verdict without its places");
        let (verdict, read) = match number {
            0 => (Self::Stored, 0),
            1 => (Self::Already, 0),
            2 if places < 2 => return Err(too_short()),
            2 => {
                let code = d.str()?.to_owned();
                let kind = match d.u64()? {
                    0 => RefusalKind::Yours,
                    2 => RefusalKind::Ours,
                    _ => RefusalKind::TryAgain,
                };
                (Self::Refused { code, kind }, 2)
            }
            3 if places < 1 => return Err(too_short()),
            3 => (
                Self::Quarantined {
                    code: d.str()?.to_owned(),
                },
                1,
            ),
            // What a later version decided is not understood, so the item stays in the outbox.
            _ => (Self::refused(crate::code::VERSION), 0),
        };
        skip(d, places.saturating_sub(read))?;
        Ok(verdict)
    }
}

/// An original that the server wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct BlobNeed {
    /// Which.
    #[cbor(n(0), with = "fixed")]
    pub hash: BlobHash,
    /// The byte from which to go on.
    #[n(1)]
    pub offset: u64,
}

/// A receipt as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReceiptParcel {
    /// The signed note.
    #[n(0)]
    pub note: Bytes,
    /// The log's proof that the receipt stands in it, once there is a log (C2SP tlog-proof).
    #[n(1)]
    pub proof: Option<Bytes>,
}

/// How far the server holds a device's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct DeviceTip {
    /// Which device.
    #[cbor(n(0), with = "fixed")]
    pub dev: DeviceId,
    /// The highest `dseq` up to which none is missing; 0 where there is none.
    #[n(1)]
    pub dseq: u64,
}

/// Where a visit stands on the server, for those who made it. Of other visits it says nothing: not which one a photo was
/// used in before, nor which one counts in this one's place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct StandingParcel {
    /// Which visit.
    #[cbor(n(0), with = "fixed")]
    pub visit: VisitId,
    /// The word of its state (`hudang_contract::state::State`).
    #[n(1)]
    pub state: String,
    /// The words of the reasons why it does not count, the one that is named in counts first.
    #[cbor(n(2), with = "list")]
    pub reasons: Vec<String>,
    /// What the standard asks for and the server does not find.
    #[cbor(n(3), with = "list")]
    pub missing: Vec<MissingParcel>,
    /// The seal that was judged: of a later one nothing is said yet.
    #[cbor(n(4), with = "fixed")]
    pub seal: SealId,
}

/// Something that the standard asks for and that is missing, as `hudang_visit::assess::Missing` has it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MissingParcel {
    /// Its code.
    #[n(0)]
    pub code: String,
    /// The requirement's code in the standard.
    #[n(1)]
    pub requirement: String,
    /// How much there is.
    #[n(2)]
    pub have: u64,
    /// How much is needed.
    #[n(3)]
    pub need: u64,
}

/// Something that is wrong, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Problem {
    /// Stable code, from [`crate::code`] or the findings of `evidence`.
    #[n(0)]
    pub code: String,
    /// The id of what it is about.
    #[n(1)]
    pub subject: String,
}

/// A household given to a pair of investigators, or taken from them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Assignment {
    /// Which household.
    #[cbor(n(0), with = "fixed")]
    pub household: HouseholdId,
    /// Under which contract.
    #[n(1)]
    pub contract: String,
    /// The visit that it is for, where the office opened one.
    #[cbor(n(2), with = "maybe")]
    pub visit: Option<VisitId>,
    /// Who is to go.
    #[cbor(n(3), with = "list")]
    pub persons: Vec<String>,
    /// The household's code as the office writes it.
    #[n(4)]
    pub code: String,
    /// Taken back.
    #[n(5)]
    pub withdrawn: bool,
    /// What the office knows of the household; nothing of one that was taken back.
    #[n(6)]
    pub register: Option<Register>,
}

/// What the office's register of households says: personal values, told to those who are to go there and to nobody
/// else. A text is empty where the office knows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Register {
    /// Administrative division code (GB/T 2260) of the area.
    #[n(0)]
    pub area: String,
    /// Who heads the household.
    #[n(1)]
    pub head: String,
    /// Where it lives.
    #[n(2)]
    pub address: String,
    /// How to reach it.
    #[n(3)]
    pub phone: String,
    /// The name of its 苏木, township or street.
    #[n(4)]
    pub township: String,
    /// The name of its 嘎查, village or community.
    #[n(5)]
    pub village: String,
}

/// A sealed visit that the office sent back 退回, to be mended and sealed again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReturnParcel {
    /// Which visit.
    #[cbor(n(0), with = "fixed")]
    pub visit: VisitId,
    /// The seal that does not suffice; once another seal takes its place, the return is answered.
    #[cbor(n(1), with = "fixed")]
    pub seal: SealId,
    /// When, by the server's clock, in milliseconds since 1970.
    #[n(2)]
    pub at_ms: i64,
    /// What is to be mended; at least one.
    #[cbor(n(3), with = "list")]
    pub comments: Vec<CommentParcel>,
}

/// One of the office's comments.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CommentParcel {
    /// The requirement of the standard that it is about, e.g. `photo:门牌`; empty where it is about the whole visit.
    #[n(0)]
    pub at: String,
    /// What the office wrote.
    #[n(1)]
    pub text: String,
}

/// Something in the server's journal that this installation may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A partner's entry: its note.
    Entry(Bytes),
    /// A seal, or one that gained a signature: its note.
    Seal(Bytes),
    /// A document, whole or in part.
    Document(DocumentParcel),
    /// An answer snapshot with its values.
    Snapshot(SnapshotParcel),
    /// A household given or taken back.
    Assignment(Assignment),
    /// A version of a contract with the day from which it is in force, as JSON.
    Contract(Bytes),
    /// An evidence standard, in its canonical JSON.
    Standard(Bytes),
    /// A form definition.
    Form(Bytes),
    /// A receipt, new or with more originals.
    Receipt(ReceiptParcel),
    /// The key of a partner's device, which checks what it signs.
    Key(Bytes),
    /// A visit that was sent back.
    Return(ReturnParcel),
    /// Of a later version; after an update the phone pulls again from before it.
    Unknown(u64),
}

impl<C> Encode<C> for Change {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, context: &mut C) -> Result<(), EncodeError<W::Error>> {
        let number = match self {
            Self::Entry(_) => 0,
            Self::Seal(_) => 1,
            Self::Document(_) => 2,
            Self::Snapshot(_) => 3,
            Self::Assignment(_) => 4,
            Self::Contract(_) => 5,
            Self::Standard(_) => 6,
            Self::Form(_) => 7,
            Self::Receipt(_) => 8,
            Self::Key(_) => 9,
            Self::Return(_) => 10,
            Self::Unknown(number) => {
                e.array(1)?.u64(*number)?;
                return Ok(());
            }
        };
        e.array(2)?.u64(number)?;
        match self {
            Self::Entry(bytes)
            | Self::Seal(bytes)
            | Self::Contract(bytes)
            | Self::Standard(bytes)
            | Self::Form(bytes)
            | Self::Key(bytes) => bytes.encode(e, context),
            Self::Document(parcel) => parcel.encode(e, context),
            Self::Snapshot(parcel) => parcel.encode(e, context),
            Self::Assignment(assignment) => assignment.encode(e, context),
            Self::Receipt(parcel) => parcel.encode(e, context),
            Self::Return(parcel) => parcel.encode(e, context),
            Self::Unknown(_) => Ok(()),
        }
    }
}

impl<'b, C> Decode<'b, C> for Change {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, DecodeError> {
        let (places, number) = choice(d)?;
        if number > 10 {
            skip(d, places)?;
            return Ok(Self::Unknown(number));
        }
        let places = places
            .checked_sub(1)
            .ok_or_else(|| DecodeError::message("a change without a body"))?;
        let change = match number {
            0 => Self::Entry(d.decode_with(context)?),
            1 => Self::Seal(d.decode_with(context)?),
            2 => Self::Document(d.decode_with(context)?),
            3 => Self::Snapshot(d.decode_with(context)?),
            4 => Self::Assignment(d.decode_with(context)?),
            5 => Self::Contract(d.decode_with(context)?),
            6 => Self::Standard(d.decode_with(context)?),
            7 => Self::Form(d.decode_with(context)?),
            8 => Self::Receipt(d.decode_with(context)?),
            9 => Self::Key(d.decode_with(context)?),
            _ => Self::Return(d.decode_with(context)?),
        };
        skip(d, places)?;
        Ok(change)
    }
}
