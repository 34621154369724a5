//! Originals and statements of a visit.

use hudang_evidence::body::{ConsentTo, SignerRole};
use hudang_evidence::id::{BlobHash, EntryId, PersonId, VisitId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::cross::today::Place;
use crate::text::{Pin, Prose, Word};

/// Arguments of `photo_add`; the bytes come as the body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AddPhoto {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// What it is for, as the standard names it.
    pub purpose: Word,
    /// It was chosen from files, not taken now.
    pub imported: bool,
    /// The entry of the photo that it takes the place of: that one is withdrawn, and answers that named it name this one.
    #[serde(default)]
    #[ts(type = "string | null", optional)]
    pub instead: Option<EntryId>,
}

/// Arguments of `drawing_add`; the body is the sheet that was drawn on, transparent where nothing is, over the whole photo.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AddDrawing {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The entry of the photo.
    #[ts(type = "string")]
    pub of: EntryId,
}

/// Arguments of `signature_add`; the picture comes as the body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AddSignature {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// Who signed.
    #[ts(type = "\"household\" | \"neighbour\" | \"investigator\"")]
    pub role: SignerRole,
    /// Of an investigator's signature: whose it is; the caller's where nothing is said.
    #[serde(default)]
    #[ts(optional, type = "string")]
    pub signer: Option<PersonId>,
    /// By whose hand; the signer's own where nothing is said.
    #[serde(default)]
    #[ts(optional, as = "Option<SigningHand>")]
    pub hand: SigningHand,
}

/// By whose hand something is signed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum SigningHand {
    /// The signer's own, on the screen.
    #[default]
    Own,
    /// The signer's thumb on paper; the picture is a photo of it.
    Thumbprint,
    /// That of somebody whom the signer named: their name.
    Proxy(Word),
}

/// An original was kept and stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Kept {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// Its name: SHA-256, as `/blob/…` and `/thumbnail/…` take it.
    #[ts(type = "string")]
    pub blob: BlobHash,
    /// Its size.
    pub size_bytes: u64,
}

/// Arguments of `recording_start`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StartRecording {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// What it is for, as the standard names it.
    pub purpose: Word,
}

/// Arguments of `recording_append`; the piece comes as the body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AppendPiece {
    /// The recording.
    pub recording: Word,
    /// After how many bytes of the recording the piece begins: one that was kept already is not kept twice.
    #[ts(type = "number")]
    pub offset: u64,
}

/// Arguments of what is about one recording.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OfRecording {
    /// The recording.
    pub recording: Word,
}

/// A recording that is not finished. Whether it is being made or was cut off knows the screen that records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Unfinished {
    /// Which.
    pub recording: String,
    /// Of which visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// What it is for.
    pub purpose: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
}

/// Arguments of `consent`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct GiveConsent {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// What was asked.
    #[ts(type = "\"visit\" | \"photo\" | \"audio\"")]
    pub to: ConsentTo,
    /// What was answered.
    pub given: bool,
}

/// Arguments of `position`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TakePosition {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// Latitude × 10⁷.
    pub lat_e7: i32,
    /// Longitude × 10⁷.
    pub lon_e7: i32,
    /// Radius of confidence in centimetres.
    pub accuracy_cm: u32,
    /// Whether the platform marked it as simulated.
    pub mock: bool,
    /// The time of the fix, in milliseconds since 1970.
    #[serde(default)]
    #[ts(optional)]
    pub fix_ms: Option<i64>,
}

/// Where the platform says the phone is, beside something else that is stated there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PlaceFix {
    /// Latitude × 10⁷.
    pub lat_e7: i32,
    /// Longitude × 10⁷.
    pub lon_e7: i32,
    /// Radius of confidence in centimetres.
    pub accuracy_cm: u32,
    /// Whether the platform marked it as simulated.
    pub mock: bool,
    /// The time of the fix, in milliseconds since 1970.
    #[serde(default)]
    #[ts(optional)]
    pub fix_ms: Option<i64>,
}

/// Arguments of `note`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WriteNote {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The note.
    pub text: Prose,
}

/// Arguments of `waive`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WaiveNeed {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The requirement, as the need's `requirement` says.
    pub requirement: Word,
    /// One of the reasons that the standard accepts.
    pub reason: Word,
    /// A further explanation.
    #[serde(default)]
    #[ts(optional)]
    pub text: Option<Prose>,
}

/// Arguments of `witness`: another person confirms an entry, with an own PIN.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BearWitness {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// What is confirmed.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// Who confirms it.
    #[ts(type = "string")]
    pub person: PersonId,
    /// That person's PIN.
    pub pin: Pin,
}

/// What becomes of an earlier entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Becomes {
    /// It does not stand any more.
    Withdrawn,
    /// A later entry takes its place, as after a retake.
    Replaced,
}

/// Arguments of `withdraw`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WithdrawEntry {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// Which entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// What becomes of it.
    pub becomes: Becomes,
    /// Why, as a code.
    pub reason: Word,
    /// A further explanation.
    #[serde(default)]
    #[ts(optional)]
    pub text: Option<Prose>,
}

/// Arguments of `void`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct VoidVisit {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// Why, as a code: `opened-by-mistake` or `not-finished`.
    pub reason: Word,
    /// A further explanation.
    #[serde(default)]
    #[ts(optional)]
    pub text: Option<Prose>,
}

/// A photo or a signature by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PictureView {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// The original.
    #[ts(type = "string")]
    pub blob: BlobHash,
    /// What it is for, as the standard names it.
    pub purpose: String,
    /// Size of the original.
    pub size_bytes: u64,
    /// When it was stated, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who stated it.
    pub person: Option<String>,
    /// When the camera says it was taken, local time.
    pub taken: Option<String>,
    /// Where the camera says it was taken.
    pub place: Option<Place>,
    /// It was chosen from files.
    pub imported: bool,
    /// It was withdrawn or replaced later.
    pub withdrawn: bool,
    /// The copies of it that somebody drew on.
    pub drawings: Vec<DrawingView>,
    /// What speaks against it, each with what to do: why it does not count, or why the office will ask.
    pub doubts: Vec<String>,
}

/// A copy of a photo that somebody drew on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DrawingView {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// The copy.
    #[ts(type = "string")]
    pub blob: BlobHash,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SignatureView {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// The original.
    #[ts(type = "string")]
    pub blob: BlobHash,
    /// Who signed.
    #[ts(type = "\"household\" | \"neighbour\" | \"investigator\"")]
    pub role: SignerRole,
    /// Of an investigator's: whose it is.
    #[ts(type = "string | null")]
    pub signer: Option<PersonId>,
    /// What was answered otherwise since, as it is asked: the signature does not cover that, and is wanted again.
    pub changed: Vec<String>,
    /// By whose hand.
    pub hand: SignedHand,
    /// When it was stated, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who stated it.
    pub person: Option<String>,
    /// It was withdrawn or replaced later.
    pub withdrawn: bool,
}

/// By whose hand something was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum SignedHand {
    /// The signer's own, on the screen.
    Own,
    /// The signer's thumb on paper.
    Thumbprint,
    /// That of somebody whom the signer named; nothing where the name was erased or has not come yet.
    Proxy(Option<String>),
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RecordingView {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// The original.
    #[ts(type = "string")]
    pub blob: BlobHash,
    /// What it is for.
    pub purpose: String,
    /// Its type, e.g. `audio/webm`.
    pub mime: String,
    /// Size of the original.
    pub size_bytes: u64,
    /// Its length.
    pub duration_ms: u64,
    /// Its longest silence.
    pub gap_ms: u64,
    /// There is nothing but silence in it.
    pub silent: bool,
    /// When it was stated, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who stated it.
    pub person: Option<String>,
    /// It was withdrawn or replaced later.
    pub withdrawn: bool,
}

/// A position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PositionView {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// Where.
    pub place: Place,
    /// Radius of confidence in centimetres.
    pub accuracy_cm: u32,
    /// Whether the platform marked it as simulated.
    pub mock: bool,
    /// When it was stated, in milliseconds since 1970.
    pub at_ms: i64,
    /// It was withdrawn or replaced later.
    pub withdrawn: bool,
}

/// What the household answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ConsentView {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// What was asked.
    #[ts(type = "\"visit\" | \"photo\" | \"audio\"")]
    pub to: ConsentTo,
    /// What was answered.
    pub given: bool,
    /// When it was stated, in milliseconds since 1970.
    pub at_ms: i64,
    /// It was withdrawn or replaced later.
    pub withdrawn: bool,
}

/// A statement why something is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WaiverView {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
    /// What is missing.
    pub requirement: String,
    /// Why, as a code.
    pub reason: String,
    /// Who stated it.
    pub person: Option<String>,
    /// Who confirmed it.
    pub witnesses: Vec<String>,
    /// When it was stated, in milliseconds since 1970.
    pub at_ms: i64,
    /// It was withdrawn or replaced later.
    pub withdrawn: bool,
}
