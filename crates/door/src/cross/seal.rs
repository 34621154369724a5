//! Sealing 封存.

use hudang_evidence::id::{PersonId, SealId, VisitId};
use hudang_evidence::seal::Outcome;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::cross::visit::{Lack, SealView};
use crate::error::DoorError;
use crate::text::Pin;

/// Who may sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table, one mark each")]
pub struct SignerView {
    /// Who.
    #[ts(type = "string")]
    pub person: PersonId,
    /// Whether the person is on this phone.
    pub here: bool,
    /// Whether the person has opened the visit; on this phone, only then can a seal be signed.
    pub present: bool,
    /// Whether the person left an own trace of having been there; only then does the signature count.
    pub traced: bool,
    /// Whether the person signed the seal that stands, and the signature covers the visit as it is now.
    pub signed: bool,
    /// Whether the person signed, and what was signed has changed since.
    pub stale: bool,
    /// What this person is to do before the signature counts, where there is something.
    pub message: Option<String>,
}

/// What a seal would fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Fixes {
    /// Answers.
    pub answers: usize,
    /// Photos.
    pub photos: usize,
    /// Recordings.
    pub recordings: usize,
    /// Signatures by hand.
    pub signatures: usize,
    /// All originals together, in bytes.
    pub size_bytes: u64,
}

/// Reply of `seal_preview`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SealPreview {
    /// The household's code.
    pub code: String,
    /// Who heads it, as far as the office knows.
    pub head: Option<String>,
    /// How the visit ended, where that is decided.
    #[ts(type = "Outcome | null")]
    pub outcome: Option<Outcome>,
    /// What would be fixed.
    pub fixes: Fixes,
    /// What keeps the visit from being sealed at all: no outcome, conflicts, drafts, a recording.
    pub obstacles: Vec<DoorError>,
    /// What is missing: sealed so, it would not count.
    pub lacks: Vec<Lack>,
    /// Requirements with a waiver that the standard accepts.
    pub waived: Vec<String>,
    /// Who may sign.
    pub signers: Vec<SignerView>,
    /// The seal that stands, where there is one that was not sent back: made by somebody here before, also where the app
    /// was killed before it could say so, or by a partner.
    pub seal: Option<SealView>,
}

/// One who signs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// Who.
    #[ts(type = "string")]
    pub person: PersonId,
    /// That person's PIN.
    pub pin: Pin,
}

/// What to do where something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WhereLacking {
    /// Refuse with the list.
    Refuse,
    /// Seal all the same: the partner's phone may bring what is missing.
    Seal,
}

/// Arguments of `seal`: who signs confirms it with the PIN, each.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SealVisit {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// One or two.
    pub signers: Vec<Signer>,
    /// What to do where something is missing.
    pub where_lacking: WhereLacking,
}

/// Reply of `seal`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SealMade {
    /// Which.
    #[ts(type = "string")]
    pub seal: SealId,
    /// Assigned persons whose chains were not at hand.
    #[ts(type = "string[]")]
    pub missing: Vec<PersonId>,
    /// What the visit lacked.
    pub lacks: Vec<Lack>,
    /// People whose signatures this seal made stale: they have to look at it and sign anew.
    #[ts(type = "string[]")]
    pub stale: Vec<PersonId>,
}
