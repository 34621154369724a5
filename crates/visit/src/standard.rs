//! The evidence standard 留痕标准 of a contract: what a visit must contain to count (操作流程 注1.1(2), REQ D6).
//!
//! Each outcome has requirements of its own. Every requirement has a code, which a waiver names: `question:<path>`,
//! `photo:<purpose>`, `audio`, `sign:<role>`, `consent:<to>`, `gps`, `attempts`, `investigators`.

use std::collections::BTreeMap;

use hudang_evidence::body::{ConsentTo, SignerRole};
use hudang_evidence::id::StandardHash;
use hudang_evidence::profile::{self, ProfileError};
use hudang_evidence::seal::Outcome;
use serde::{Deserialize, Serialize};

use crate::document::visit::{outcome_name, outcome_of};
use crate::language::Language;

/// Largest standard in bytes.
pub const STANDARD_BYTES_MAX: usize = 256 << 10;

/// Why a text is not an evidence standard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// Not JSON, or outside the JSON profile of evidence.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Other fields or values than a standard has.
    #[error("not an evidence standard: {0}")]
    Fields(String),
    /// There is no such outcome.
    #[error("unknown outcome {0}")]
    Outcome(String),
    /// Two rules for one thing.
    #[error("{0} is required twice")]
    Twice(String),
    /// A rule that asks for nothing, and so would look like one that is met.
    #[error("{0} asks for nothing")]
    Nothing(String),
    /// A waiver of something that is not required, or that cannot be waived, or without any reason.
    #[error("{0} cannot be waived")]
    Waiver(String),
}

impl StandardError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Profile(_) | Self::Fields(_) => "STD-FORM",
            Self::Outcome(_) => "STD-OUTCOME",
            Self::Twice(_) => "STD-TWICE",
            Self::Nothing(_) => "STD-NOTHING",
            Self::Waiver(_) => "STD-WAIVER",
        }
    }

    /// What is wrong and what to do.
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => format!("{self}. Correct the standard in the contract and load it again."),
            (Self::Profile(_) | Self::Fields(_), Language::Zh) => {
                format!("留痕标准的格式有误({self}),请按样例改正后重新导入。")
            }
            (Self::Outcome(name), Language::Zh) => format!("留痕标准中没有“{name}”这种入户结果,请改正。"),
            (Self::Twice(code), Language::Zh) => format!("留痕标准中“{code}”重复,请只保留一条。"),
            (Self::Nothing(code), Language::Zh) => {
                format!("留痕标准中“{code}”的数量为零,请填写数量或删除该条。")
            }
            (Self::Waiver(code), Language::Zh) => {
                format!("“{code}”不能免留痕:未要求该项、不允许免除或没有列出理由,请改正。")
            }
        }
    }
}

/// A standard, with the bytes that its hash is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standard {
    title: String,
    shared_phone: SharedPhone,
    unreadable_photos: UnreadablePhotos,
    outcomes: BTreeMap<String, Requirements>,
    canonical: String,
    hash: StandardHash,
}

/// What becomes of a visit whose two signers used one phone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharedPhone {
    /// It does not count.
    Never,
    /// It counts once the purchaser has decided so.
    #[default]
    Review,
}

/// What becomes of photos whose pixels the server cannot read, such as HEIF.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnreadablePhotos {
    /// They do not count as photos.
    Never,
    /// They count, with a finding that asks a person to look.
    #[default]
    Review,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shared_phone: Option<SharedPhone>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unreadable_photos: Option<UnreadablePhotos>,
    outcomes: BTreeMap<String, Requirements>,
}

/// What a visit of one outcome must contain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirements {
    /// How many different investigators took part, at least.
    pub investigators: u32,
    /// Questions that must be answered.
    #[serde(default)]
    pub questions: Vec<QuestionRule>,
    /// Photos by purpose.
    #[serde(default)]
    pub photos: Vec<PhotoRule>,
    /// The recording of the interview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioRule>,
    /// Signatures by hand.
    #[serde(default)]
    pub signatures: Vec<SignatureRule>,
    /// What the household must have agreed to.
    #[serde(default)]
    pub consents: Vec<ConsentTo>,
    /// A fix of the position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gps: Option<GpsRule>,
    /// Attempts on different days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<AttemptRule>,
    /// Whether photos and recordings chosen from files count like those made in the app.
    #[serde(default)]
    pub imports: bool,
    /// What may be missing, and for which reasons.
    #[serde(default)]
    pub waivers: Vec<WaiverRule>,
}

/// A question that must be answered, in every instance of its repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionRule {
    /// Its path in the form, without instances, e.g. `members/name`.
    pub path: String,
    /// How many answers there must be; 1 for a question outside repeats.
    pub min: u32,
}

/// Photos of one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoRule {
    /// What they are for, e.g. `门牌`, `合影`, `居住环境`.
    pub purpose: String,
    /// How many different photos.
    pub min: u32,
}

/// The recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioRule {
    /// What it is for, e.g. `访谈`.
    pub purpose: String,
    /// How long all recordings are together, in seconds.
    pub min_seconds: u32,
    /// The longest silence that a recording may hold, in seconds; a longer one makes it not count.
    pub gap_max_seconds: u32,
    /// Whether the household must have agreed to being recorded.
    pub consent: bool,
    /// Of a recording, so many hundredths somebody should be speaking; with less a person is asked to listen.
    #[serde(default = "speech_percent_min", skip_serializing_if = "is_usual_speech")]
    pub speech_percent_min: u32,
}

/// Where the standard says nothing else: an interview with long silences has more, an empty room less.
const fn speech_percent_min() -> u32 {
    10
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_usual_speech(percent: &u32) -> bool {
    *percent == speech_percent_min()
}

/// Signatures of one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureRule {
    /// Who signs.
    pub role: SignerRole,
    /// How many different signatures.
    pub min: u32,
}

/// The position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpsRule {
    /// The largest radius of confidence, in centimetres.
    pub accuracy_max_cm: u32,
}

/// Attempts, for when nobody is at home: a day counts on which a photo of this purpose was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptRule {
    /// On how many different days (Asia/Shanghai).
    pub days: u32,
    /// The purpose of the photo that proves an attempt, e.g. `门牌`.
    pub purpose: String,
}

/// What may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiverRule {
    /// The requirement's code.
    #[serde(rename = "for")]
    pub requirement: String,
    /// The reasons that are accepted, e.g. `household-refused`.
    pub reasons: Vec<String>,
    /// Whether a second person must confirm.
    pub witness: bool,
}

impl Standard {
    /// Of a recording, so many hundredths somebody should be speaking.
    pub fn speech_percent_min(&self) -> u32 {
        let rules = self
            .outcomes
            .values()
            .filter_map(|requirements| requirements.audio.as_ref());
        rules
            .map(|rule| rule.speech_percent_min)
            .min()
            .unwrap_or(speech_percent_min())
    }

    /// Makes a standard of requirements by outcome.
    pub fn new(title: &str, outcomes: &[(Outcome, Requirements)]) -> Result<Self, StandardError> {
        let mut named = BTreeMap::new();
        for (outcome, requirements) in outcomes {
            if named
                .insert(outcome_name(*outcome), requirements.clone())
                .is_some()
            {
                return Err(StandardError::Twice(outcome_name(*outcome)));
            }
        }
        let fields = Fields {
            title: title.to_owned(),
            shared_phone: None,
            unreadable_photos: None,
            outcomes: named,
        };
        let value = serde_json::to_value(fields).map_err(|error| StandardError::Fields(error.to_string()))?;
        Self::from_value(value)
    }

    /// Reads a standard from JSON, in any layout; its hash is of the canonical one.
    pub fn from_json(json: &[u8]) -> Result<Self, StandardError> {
        let size_bytes = json.len();
        if size_bytes > STANDARD_BYTES_MAX {
            return Err(ProfileError::TooLarge {
                size_bytes,
                limit_bytes: STANDARD_BYTES_MAX,
            }
            .into());
        }
        let fields = |error: serde_json::Error| StandardError::Fields(error.to_string());
        Self::from_value(serde_json::from_slice(json).map_err(fields)?)
    }

    fn from_value(value: serde_json::Value) -> Result<Self, StandardError> {
        // The hash is of what was given, not of what this version makes of it: a field that a later version adds
        // must not change the hash of a standard that is in force.
        let canonical = profile::render(&value, STANDARD_BYTES_MAX)?;
        let fields: Fields =
            serde_json::from_value(value).map_err(|error| StandardError::Fields(error.to_string()))?;
        for (name, requirements) in &fields.outcomes {
            outcome_of(name).ok_or_else(|| StandardError::Outcome(name.clone()))?;
            requirements.check()?;
        }
        let hash = StandardHash::of(canonical.as_bytes());
        Ok(Self {
            title: fields.title,
            shared_phone: fields.shared_phone.unwrap_or_default(),
            unreadable_photos: fields.unreadable_photos.unwrap_or_default(),
            outcomes: fields.outcomes,
            canonical,
            hash,
        })
    }

    /// What it is called, e.g. `东乌旗 2026 年入户留痕标准`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What becomes of a visit whose two signers used one phone.
    pub const fn shared_phone(&self) -> SharedPhone {
        self.shared_phone
    }

    /// What becomes of photos whose pixels cannot be read.
    pub const fn unreadable_photos(&self) -> UnreadablePhotos {
        self.unreadable_photos
    }

    /// The canonical JSON: what is stored, sent and hashed.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Names the standard in entries, seals and contracts.
    pub const fn hash(&self) -> StandardHash {
        self.hash
    }

    /// What a visit of this outcome must contain; `None` where the standard does not accept the outcome.
    pub fn requirements(&self, outcome: Outcome) -> Option<&Requirements> {
        self.outcomes.get(&outcome_name(outcome))
    }

    /// The outcomes that the standard accepts.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome> + '_ {
        self.outcomes.keys().filter_map(|name| outcome_of(name))
    }
}

/// The code of a required question.
pub(crate) fn question_code(path: &str) -> String {
    format!("question:{path}")
}

/// The code of required photos.
pub(crate) fn photo_code(purpose: &str) -> String {
    format!("photo:{purpose}")
}

/// The code of required signatures.
pub(crate) fn signature_code(role: SignerRole) -> String {
    format!("sign:{}", role.as_str())
}

/// The code of a required consent.
pub(crate) fn consent_code(to: ConsentTo) -> String {
    format!("consent:{}", to.as_str())
}

impl Requirements {
    /// The codes of all that is required, with how much of it.
    pub fn codes(&self) -> Vec<(String, u64)> {
        let mut codes = vec![("investigators".to_owned(), u64::from(self.investigators))];
        codes.extend(
            self.questions
                .iter()
                .map(|rule| (question_code(&rule.path), u64::from(rule.min))),
        );
        codes.extend(
            self.photos
                .iter()
                .map(|rule| (photo_code(&rule.purpose), u64::from(rule.min))),
        );
        codes.extend(
            self.audio
                .iter()
                .map(|rule| ("audio".to_owned(), u64::from(rule.min_seconds))),
        );
        codes.extend(
            self.signatures
                .iter()
                .map(|rule| (signature_code(rule.role), u64::from(rule.min))),
        );
        codes.extend(self.consents.iter().map(|to| (consent_code(*to), 1)));
        codes.extend(
            self.gps
                .iter()
                .map(|rule| ("gps".to_owned(), u64::from(rule.accuracy_max_cm))),
        );
        codes.extend(
            self.attempts
                .iter()
                .map(|rule| ("attempts".to_owned(), u64::from(rule.days))),
        );
        codes
    }

    fn check(&self) -> Result<(), StandardError> {
        let mut known = BTreeMap::new();
        for (code, amount) in self.codes() {
            // A question in a repeat that may be empty is required of each instance only.
            if amount == 0 && !code.starts_with("question:") {
                return Err(StandardError::Nothing(code));
            }
            if known.insert(code.clone(), false).is_some() {
                return Err(StandardError::Twice(code));
            }
        }
        for rule in &self.waivers {
            let wrong = || StandardError::Waiver(rule.requirement.clone());
            // One person alone is what the rule of two is there to prevent.
            if rule.requirement == "investigators" || rule.reasons.is_empty() {
                return Err(wrong());
            }
            let waived = known.get_mut(&rule.requirement).ok_or_else(wrong)?;
            if core::mem::replace(waived, true) {
                return Err(StandardError::Twice(rule.requirement.clone()));
            }
        }
        Ok(())
    }
}
