//! Who is on this phone, and whose PIN session it is.

use std::collections::BTreeMap;

use hudang_evidence::id::{ContractId, InstallationId, PersonId};
use hudang_media::code::Codes;
use hudang_visit::Language;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::{Pin, Prose};

/// In which language the door speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub enum Tongue {
    /// Chinese.
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// Mongolian; messages that are not translated come in Chinese.
    #[serde(rename = "mn")]
    Mongolian,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Tongue {
    /// The code by which forms know it (ISO 639-1).
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::Mongolian => "mn",
            Self::English => "en",
        }
    }
}

/// The language of messages: what is not translated comes in Chinese.
impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Chinese | Tongue::Mongolian => Self::Zh,
            Tongue::English => Self::En,
        }
    }
}

/// Somebody on this phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Somebody {
    /// Who.
    #[ts(type = "string")]
    pub person: PersonId,
    /// Under which contract.
    #[ts(type = "string")]
    pub contract: ContractId,
    /// Whether the server confirmed the enrolment.
    pub confirmed: bool,
    /// Whether this session has the person's PIN.
    pub unlocked: bool,
    /// Names the person's portrait, as `/portrait/…` takes it; nothing where there is none.
    pub portrait: Option<String>,
}

/// What the first screen needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Start {
    /// Everybody on this phone, by enrolment.
    pub people: Vec<Somebody>,
    /// Names of the people on this phone by their ids and, once a PIN was given, of all who work under its contracts;
    /// whoever is missing has none in the roster.
    #[ts(type = "Record<string, string>")]
    pub names: BTreeMap<PersonId, String>,
    /// Who acts in this session; nobody before the PIN.
    #[ts(type = "string | null")]
    pub acting: Option<PersonId>,
    /// How many enrolments the server has not confirmed.
    pub enrolments_pending: usize,
    /// Whether this session practises: nothing is real then, and nothing is sent.
    pub practising: bool,
    /// In which language messages come.
    pub language: Tongue,
    /// Fewest characters of a PIN.
    pub pin_characters_min: usize,
    /// After how long without a command the session locks, in milliseconds.
    pub idle_ms: u64,
    /// Version of the app.
    pub version: String,
}

/// Arguments of `code_read`; the grey values come as the body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SeenByCamera {
    /// How many pixels make a row.
    pub width: usize,
    /// Which codes are looked for; QR codes alone where it is not said.
    #[serde(default)]
    pub codes: CodeKinds,
}

/// Which codes are looked for in a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CodeKinds {
    /// QR codes: what the office or a partner shows.
    #[default]
    Qr,
    /// QR codes and bar codes: what a question asks for.
    Any,
}

impl From<CodeKinds> for Codes {
    fn from(kinds: CodeKinds) -> Self {
        match kinds {
            CodeKinds::Qr => Self::Qr,
            CodeKinds::Any => Self::Any,
        }
    }
}

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CodeRead {
    /// Its text; nothing where no code can be read.
    pub text: Option<String>,
}

/// Arguments of `enrol`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The text of the office's QR code.
    pub invitation: Prose,
    /// The PIN that the person chose.
    pub pin: Pin,
}

/// Arguments of `practice_begin`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Practise {
    /// One's own PIN.
    pub pin: Pin,
}

/// Arguments of `unlock`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Unlock {
    /// Who.
    #[ts(type = "string")]
    pub person: PersonId,
    /// The PIN.
    pub pin: Pin,
}

/// Arguments of `language`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Speak {
    /// The language.
    pub language: Tongue,
}

/// Enrolments that wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Enrolments {
    /// How many the server has not confirmed.
    pub pending: usize,
    /// Where the server is.
    pub server: Option<String>,
}

/// About this phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct About {
    /// Version of the app.
    pub version: String,
    /// Names the installation.
    #[ts(type = "string")]
    pub installation: InstallationId,
    /// Where the server is.
    pub server: Option<String>,
    /// SHA-256 of its certificate, where it made its own.
    pub server_fingerprint: Option<String>,
    /// The evidence keys in use.
    pub keys: Vec<Key>,
    /// Free space in bytes.
    pub free_bytes: u64,
    /// How many hours of recording fit above the reserve, at 32 kbit/s.
    pub recording_hours: u64,
    /// Originals that are not known to be with the server.
    pub originals_waiting: usize,
}

/// The evidence key of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Key {
    /// Whose.
    #[ts(type = "string")]
    pub person: PersonId,
    /// SHA-256 of the public key.
    pub device: String,
}
