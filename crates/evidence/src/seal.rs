//! A seal 封存: the statement that fixes a visit (EVIDENCE §1.3, DESIGN §5).
//!
//! Its id is the SHA-256 of the text, so that signatures added later do not change it. Lists are sorted and
//! hold nothing twice, on signing and on reading, so that one state of a visit has one text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{
    BlobHash, ContractId, DeviceId, EntryId, FormHash, HouseholdId, PersonId, SealId, Sha256, SnapshotHash,
    StandardHash, VisitId,
};
use crate::note::{Note, NoteError, NoteSigner, VerifierKey, device_key_name};
use crate::profile::{self, ProfileError};
use crate::statement;
use crate::time::WallTime;

/// First line of a seal's text.
pub const HEADER: &str = "hudang/seal/v1";
/// Largest line of a seal in bytes.
pub const SEAL_BYTES_MAX: usize = 512 << 10;

/// Why bytes are not a seal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not a signed note, or a signature fails.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The JSON is outside the profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Another header, other fields, or an unknown suite.
    #[error("not a seal: {0}")]
    Form(String),
    /// A list is unsorted or names one thing twice.
    #[error("a list of the seal is not sorted and unique")]
    Order,
}

impl SealError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Note(_) => "SEAL-SIGNATURE",
            Self::Profile(_) => "SEAL-PROFILE",
            Self::Form(_) | Self::Order => "SEAL-FORM",
        }
    }
}

/// The last entry of one chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Whose chain.
    pub dev: DeviceId,
    /// Number of the entry in its chain.
    pub seq: u64,
    /// The entry.
    pub id: EntryId,
}

/// A person who took part, with the key that the person's entries are signed with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// The investigator.
    pub person: PersonId,
    /// The investigator's evidence key.
    pub dev: DeviceId,
}

/// An original that belongs to the visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaItem {
    /// Names the original.
    pub sha256: BlobHash,
    /// Its size.
    pub bytes: u64,
}

/// How a visit ended 入户结果.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The interview took place.
    Done,
    /// Nobody opened.
    NobodyAtHome,
    /// The household did not want the visit.
    Refused,
    /// The household lives elsewhere now.
    Moved,
    /// The only member has died.
    Deceased,
    /// There is no such household at the address.
    Unknown,
}

/// What a seal fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealBody {
    /// Heads of the document, for information only: verification never needs automerge.
    pub am_heads: Vec<Sha256>,
    /// The contract.
    pub contract: ContractId,
    /// The form.
    pub form: FormHash,
    /// The last entry of every chain that the sealing device knows.
    pub heads: Vec<Head>,
    /// The household.
    pub household: HouseholdId,
    /// Every original of the visit.
    pub media: Vec<MediaItem>,
    /// Assigned persons whose chains were not at hand.
    pub missing: Vec<PersonId>,
    /// The earliest `open` entry's time.
    pub opened: WallTime,
    /// How the visit ended.
    pub outcome: Outcome,
    /// Who took part.
    pub participants: Vec<Participant>,
    /// The answers, where the outcome has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotHash>,
    /// The evidence standard.
    pub standard: StandardHash,
    /// The seal that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<SealId>,
    /// The visit.
    pub visit: VisitId,
    /// When it was sealed, by the sealing device's clock.
    pub wall: WallTime,
}

/// A well-formed seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    id: SealId,
    body: SealBody,
}

impl Seal {
    /// Signs a new seal; returns it with the bytes of its note.
    pub fn sign(body: SealBody, signers: &[&NoteSigner]) -> Result<(Self, Vec<u8>), SealError> {
        check_order(&body)?;
        let form = |error: serde_json::Error| SealError::Form(error.to_string());
        let mut value = serde_json::to_value(&body).map_err(form)?;
        statement::add_suite(&mut value);
        let text = statement::text(HEADER, &value, SEAL_BYTES_MAX)?;
        let note = Note::sign(&text, signers)?;
        Ok((
            Self {
                id: SealId::of(text.as_bytes()),
                body,
            },
            note.into_bytes(),
        ))
    }

    /// Reads a seal without checking its signatures.
    pub fn parse(note: &[u8]) -> Result<Self, SealError> {
        Self::from_note(&Note::parse(note)?)
    }

    /// Reads a seal and checks every signature by one of `keys`; returns who signed, at least one.
    pub fn verify(note: &[u8], keys: &[VerifierKey]) -> Result<(Self, Vec<DeviceId>), SealError> {
        let note = Note::parse(note)?;
        let seal = Self::from_note(&note)?;
        let names = note.verify(keys)?;
        let signed = |key: &&VerifierKey| {
            names.contains(&key.name()) && device_key_name(&DeviceId::of(key.public())) == key.name()
        };
        let signers: Vec<DeviceId> = keys
            .iter()
            .filter(signed)
            .map(|key| DeviceId::of(key.public()))
            .collect();
        if signers.is_empty() {
            Err(NoteError::Unsigned.into())
        } else {
            Ok((seal, signers))
        }
    }

    fn from_note(note: &Note) -> Result<Self, SealError> {
        let other = || SealError::Form("another header".to_owned());
        let line = statement::line(note, HEADER).ok_or_else(other)?;
        let mut value = profile::parse(line.as_bytes(), SEAL_BYTES_MAX)?;
        if !statement::take_suite(&mut value) {
            return Err(SealError::Form("an unknown suite".to_owned()));
        }
        let body: SealBody = serde_json::from_value(value).map_err(|e| SealError::Form(e.to_string()))?;
        check_order(&body)?;
        Ok(Self {
            id: SealId(note.text_hash()),
            body,
        })
    }

    /// The SHA-256 of the text.
    pub const fn id(&self) -> SealId {
        self.id
    }

    /// What is fixed.
    pub const fn body(&self) -> &SealBody {
        &self.body
    }
}

fn check_order(body: &SealBody) -> Result<(), SealError> {
    let one_head_each = body.heads.is_sorted_by(|a, b| a.dev < b.dev);
    let one_size_each = body.media.is_sorted_by(|a, b| a.sha256 < b.sha256);
    let rest = body.participants.is_sorted_by(|a, b| a < b)
        && body.missing.is_sorted_by(|a, b| a < b)
        && body.am_heads.is_sorted_by(|a, b| a < b);
    if one_head_each && one_size_each && rest {
        Ok(())
    } else {
        Err(SealError::Order)
    }
}
