//! One visit at a glance: what the contract's standard still wants, and what there is.

use hudang_evidence::id::{ContractId, FormHash, HouseholdId, PersonId, SealId, VisitId};
use hudang_evidence::seal::Outcome;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::cross::capture::{
    ConsentView, PictureView, PositionView, RecordingView, SignatureView, Unfinished, WaiverView,
};
use crate::cross::form::FormProgress;
use crate::cross::today::{Sealing, VisitState};

/// What kind of thing the standard wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NeedKind {
    /// Different investigators.
    Investigators,
    /// An answer; `subject` is the question's path.
    Question,
    /// Photos; `subject` is their purpose.
    Photo,
    /// The recording, in seconds; `subject` is its purpose.
    Recording,
    /// Signatures by hand; `subject` is the role.
    Signature,
    /// The household's consent; `subject` is to what.
    Consent,
    /// A position; centimetres of accuracy, at most `need`.
    Position,
    /// Attempts on different days; `subject` is the purpose of the photo that proves one.
    Attempts,
}

/// How a need stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NeedState {
    /// Met.
    Met,
    /// Not met yet.
    Missing,
    /// Missing, with a waiver that the standard accepts.
    Waived,
}

/// One thing that the standard wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Need {
    /// Its code in the standard, as `waive` takes it.
    pub requirement: String,
    /// What kind of thing.
    pub kind: NeedKind,
    /// What it is about.
    pub subject: String,
    /// As it is read: a question's label, a purpose.
    pub label: String,
    /// How much there is.
    pub have: u64,
    /// How much is needed; of a position the most that is allowed.
    pub need: u64,
    /// How it stands.
    pub state: NeedState,
    /// What is missing and what to do.
    pub message: Option<String>,
    /// The same where something is there and does not suffice: beside the need, so that nobody wonders.
    pub why: Option<String>,
    /// The reasons for which it may be waived; empty where it may not.
    pub waivable_for: Vec<String>,
    /// Whether a waiver must be confirmed by a second person.
    pub waiver_wants_witness: bool,
}

/// Something that is missing, as the assessment says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Lack {
    /// Stable code.
    pub code: String,
    /// The requirement's code; empty where none can be waived.
    pub requirement: String,
    /// How much there is.
    pub have: u64,
    /// How much is needed.
    pub need: u64,
    /// What is missing and what to do.
    pub message: String,
    /// The key of the first question in the form that it means.
    pub key: Option<String>,
    /// Whether no seal may leave it behind, not even where a partner's phone brings the rest: a typed text that is no
    /// answer of its question stands on this phone alone.
    pub blocks: bool,
}

/// The seal that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SealView {
    /// Which.
    #[ts(type = "string")]
    pub seal: SealId,
    /// When it was made, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who signed it.
    #[ts(type = "string[]")]
    pub signed_by: Vec<PersonId>,
    /// Whose chains were not at hand.
    #[ts(type = "string[]")]
    pub missing: Vec<PersonId>,
}

/// Where the visit stands on the server, as it was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct StandingView {
    /// When it was told, in milliseconds since 1970.
    pub told_ms: i64,
    /// Whether it counts towards the contract's quantity.
    pub counts: bool,
    /// Why it does not count, the reason that is named in counts first.
    pub reasons: Vec<ReasonView>,
    /// What the standard asks for and the server does not find.
    pub missing: Vec<String>,
}

/// Why a visit does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReasonView {
    /// The reason, as the office reads it.
    pub text: String,
    /// What to do, or whose turn it is.
    pub remedy: String,
}

/// The office sent the visit back 退回, and no later seal has answered that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReturnView {
    /// When, by the server's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// What is to be mended.
    pub comments: Vec<CommentView>,
}

/// One of the office's comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CommentView {
    /// The code of the requirement that it is about, as in [`Need`]; empty where it is about the whole visit.
    pub requirement: String,
    /// What the office wrote.
    pub text: String,
    /// What the form asks where the comment is about a question.
    pub label: Option<String>,
    /// The key of that question in the form.
    pub key: Option<String>,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NoteView {
    /// Its text.
    pub text: String,
}

/// Reply of `visit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct VisitView {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// Whom.
    #[ts(type = "string")]
    pub household: HouseholdId,
    /// The household's code.
    pub code: String,
    /// Who heads it, as far as the office knows.
    pub head: Option<String>,
    /// Where it lives.
    pub address: Option<String>,
    /// How to reach it.
    pub phone: Option<String>,
    /// Under which contract.
    #[ts(type = "string")]
    pub contract: ContractId,
    /// What the contract is called.
    pub contract_title: Option<String>,
    /// With which form.
    #[ts(type = "string")]
    pub form: FormHash,
    /// Who was assigned.
    #[ts(type = "string[]")]
    pub assigned: Vec<PersonId>,
    /// Who has opened it, on this phone or elsewhere.
    #[ts(type = "string[]")]
    pub present: Vec<PersonId>,
    /// Of those, who is on this phone.
    #[ts(type = "string[]")]
    pub here: Vec<PersonId>,
    /// How far it is.
    pub state: VisitState,
    /// Whose turn it is, where it is half sealed.
    pub sealing: Sealing,
    /// How it ended, where that is decided.
    #[ts(type = "Outcome | null")]
    pub outcome: Option<Outcome>,
    /// How it may end, as the standard accepts it.
    #[ts(type = "Outcome[]")]
    pub outcomes: Vec<Outcome>,
    /// What the standard wants of this outcome (of a finished visit where none is decided).
    pub needs: Vec<Need>,
    /// Everything that is missing.
    pub lacks: Vec<Lack>,
    /// How many of the visit's lines that is: the number that the list tells too.
    pub missing: usize,
    /// How far the form is filled in.
    pub progress: FormProgress,
    /// Whether anybody wrote an answer; what register and visit fill in is nobody's.
    pub is_answered: bool,
    /// Photos, the latest last.
    pub photos: Vec<PictureView>,
    /// Signatures by hand.
    pub signatures: Vec<SignatureView>,
    /// Recordings.
    pub recordings: Vec<RecordingView>,
    /// Recordings of this visit that are not finished.
    pub unfinished: Vec<Unfinished>,
    /// Positions.
    pub positions: Vec<PositionView>,
    /// What the household agreed to.
    pub consents: Vec<ConsentView>,
    /// Why something is missing.
    pub waivers: Vec<WaiverView>,
    /// Notes.
    pub notes: Vec<NoteView>,
    /// Fields that are being typed.
    pub drafts: usize,
    /// Answers that people wrote differently.
    pub conflicts: usize,
    /// The seal that stands, where there is one that was not sent back.
    pub seal: Option<SealView>,
    /// Where it stands on the server; absent before that was told.
    pub standing: Option<StandingView>,
    /// What the office wants mended, where it sent the visit back.
    pub returned: Option<ReturnView>,
    /// Rows that wait to be sent.
    pub waiting: u64,
    /// Of these, rows that the server refused.
    pub refused: u64,
    /// Originals that are not known to be with the server.
    pub originals_waiting: u64,
    /// When it was opened, in milliseconds since 1970.
    pub opened_ms: Option<i64>,
    /// What people should know of how well that can be proved, in their language; absent where all is well.
    pub time_note: Option<String>,
}

/// Arguments of `outcome_set`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SetOutcome {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// How it ended.
    #[ts(type = "Outcome")]
    pub outcome: Outcome,
}
