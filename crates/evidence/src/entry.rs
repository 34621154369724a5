//! An entry 证据条目: one signed, hash-chained statement by one device (EVIDENCE §1.2).
//!
//! ```text
//! hudang/entry/v1
//! {"app":…,"body":{…},…,"wall":"…"}
//!
//! — dev/<device id> <base64>
//! ```
//! An entry's id is the SHA-256 of the text above the blank line. `prev` names the device's previous entry in
//! the same visit, `dprev` its previous entry in any visit, so that a dropped visit leaves a hole in `dseq`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::Body;
use crate::id::{ContractId, DeviceId, EntryId, VisitId};
use crate::note::{Note, NoteError, NoteSigner, VerifierKey, device_key_name};
use crate::profile::{self, ENTRY_BYTES_MAX, ProfileError};
use crate::statement;
use crate::time::WallTime;

/// First line of an entry's text: its format, and the domain that the signature is bound to.
pub const HEADER: &str = "hudang/entry/v1";
/// The one suite of this version; a second (SM3 with SM2) may join it.
pub const SUITE: &str = "ed25519-sha256";

/// Why bytes are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not a signed note, or its signature fails.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not of the form header, one line of JSON.
    #[error("not an entry: {0}")]
    Form(&'static str),
    /// The JSON is outside the profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The JSON holds other fields or values than its kind.
    #[error("unexpected fields: {0}")]
    Fields(String),
    /// `seq` or `dseq` is zero, or the first of a chain names a predecessor, or a later one does not.
    #[error("sequence number and previous entry contradict each other")]
    Sequence,
    /// The key's device id is not `dev`.
    #[error("signed by another device than it names")]
    OtherDevice,
}

impl EntryError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Note(_) => "ENTRY-SIGNATURE",
            Self::Form(_) | Self::Fields(_) => "ENTRY-FORM",
            Self::Profile(_) => "ENTRY-PROFILE",
            Self::Sequence => "ENTRY-SEQUENCE",
            Self::OtherDevice => "ENTRY-DEVICE",
        }
    }
}

/// What an entry says besides its body: who, where in which chain, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryHeader {
    /// Version and build of the app, e.g. `1.4.0+9f3c`.
    pub app: String,
    /// Random id of the device's boot, minted when the boot-time clock went backwards.
    pub boot: String,
    /// The contract under which the device works.
    pub contract: ContractId,
    /// The evidence key's id.
    pub dev: DeviceId,
    /// The device's previous entry in any visit; zeros at `dseq` 1.
    pub dprev: EntryId,
    /// Counter of the device over all visits, from 1.
    pub dseq: u64,
    /// Milliseconds on the boot-time clock (counts deep sleep).
    pub mono_ms: u64,
    /// The device's previous entry in this visit; zeros at `seq` 1.
    pub prev: EntryId,
    /// Counter of the chain, from 1.
    pub seq: u64,
    /// The visit; absent for what concerns the device alone (wipe, enrol).
    pub visit: Option<VisitId>,
    /// What the device's clock said.
    pub wall: WallTime,
}

/// A well-formed entry. Its signature was checked if it came from [`Entry::verify`] or [`Entry::sign`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    id: EntryId,
    header: EntryHeader,
    body: Body,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    app: String,
    body: Value,
    boot: String,
    contract: ContractId,
    dev: DeviceId,
    dprev: EntryId,
    dseq: u64,
    kind: String,
    mono_ms: u64,
    /// Not-before: reserved until the server has a log (DESIGN §5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nb: Option<Value>,
    prev: EntryId,
    seq: u64,
    suite: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visit: Option<VisitId>,
    wall: WallTime,
}

impl Entry {
    /// Signs a new entry; returns it with the bytes of its note, which are what is stored and sent.
    pub fn sign(header: EntryHeader, body: Body, signer: &NoteSigner) -> Result<(Self, Vec<u8>), EntryError> {
        if signer.device_id() != header.dev {
            return Err(EntryError::OtherDevice);
        }
        check_sequence(&header)?;
        let text = render(&header, &body)?;
        let note = Note::sign(&text, &[signer])?;
        let entry = Self {
            id: EntryId::of(text.as_bytes()),
            header,
            body,
        };
        Ok((entry, note.into_bytes()))
    }

    /// Reads an entry without checking its signature; for showing, never for counting.
    pub fn parse(note: &[u8]) -> Result<Self, EntryError> {
        Self::from_note(&Note::parse(note)?)
    }

    /// Reads an entry and checks that the device with this key signed exactly it.
    pub fn verify(note: &[u8], key: &VerifierKey) -> Result<Self, EntryError> {
        let note = Note::parse(note)?;
        let entry = Self::from_note(&note)?;
        if device_key_name(&entry.header.dev) != key.name() {
            return Err(EntryError::OtherDevice);
        }
        note.verify(core::slice::from_ref(key))?;
        Ok(entry)
    }

    /// Reads an entry and checks that the device that it names signed exactly it. `key_of` gives that device's
    /// key; nothing comes back where it gives none, and another device's key is refused.
    pub fn verify_by(
        note: &[u8],
        key_of: impl FnOnce(&DeviceId) -> Option<VerifierKey>,
    ) -> Result<Option<Self>, EntryError> {
        let note = Note::parse(note)?;
        let entry = Self::from_note(&note)?;
        let Some(key) = key_of(&entry.header.dev) else {
            return Ok(None);
        };
        if device_key_name(&entry.header.dev) != key.name() {
            return Err(EntryError::OtherDevice);
        }
        note.verify(core::slice::from_ref(&key))?;
        Ok(Some(entry))
    }

    fn from_note(note: &Note) -> Result<Self, EntryError> {
        let line = statement::line(note, HEADER).ok_or(EntryError::Form("another header"))?;
        let value = profile::parse(line.as_bytes(), ENTRY_BYTES_MAX)?;
        let fields = |error: serde_json::Error| EntryError::Fields(error.to_string());
        let line: Line = serde_json::from_value(value).map_err(fields)?;
        if line.suite != SUITE {
            return Err(EntryError::Form("an unknown suite"));
        }
        if line.nb.is_some() {
            return Err(EntryError::Form("nb is reserved"));
        }
        let body = serde_json::json!({ "kind": line.kind, "body": line.body });
        let body: Body = serde_json::from_value(body).map_err(fields)?;
        let header = EntryHeader {
            app: line.app,
            boot: line.boot,
            contract: line.contract,
            dev: line.dev,
            dprev: line.dprev,
            dseq: line.dseq,
            mono_ms: line.mono_ms,
            prev: line.prev,
            seq: line.seq,
            visit: line.visit,
            wall: line.wall,
        };
        check_sequence(&header)?;
        Ok(Self {
            id: EntryId(note.text_hash()),
            header,
            body,
        })
    }

    /// The SHA-256 of the text.
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// Who, where in which chain, when.
    pub const fn header(&self) -> &EntryHeader {
        &self.header
    }

    /// What is stated.
    pub const fn body(&self) -> &Body {
        &self.body
    }
}

/// The entries that an amendment among these takes back or corrects: they do not count, whoever amended them. An
/// amendment is final.
pub fn amended<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> BTreeSet<EntryId> {
    let of = |entry: &Entry| match entry.body() {
        Body::Amend(amend) => Some(amend.of),
        _ => None,
    };
    entries.into_iter().filter_map(of).collect()
}

const NOTHING: EntryId = EntryId::from_bytes([0; 32]);

fn check_sequence(header: &EntryHeader) -> Result<(), EntryError> {
    let agrees = |seq: u64, prev: EntryId| seq > 0 && (seq == 1) == (prev == NOTHING);
    if agrees(header.seq, header.prev) && agrees(header.dseq, header.dprev) && header.dseq >= header.seq {
        Ok(())
    } else {
        Err(EntryError::Sequence)
    }
}

fn render(header: &EntryHeader, body: &Body) -> Result<String, EntryError> {
    let fields = |error: serde_json::Error| EntryError::Fields(error.to_string());
    let mut tagged = serde_json::to_value(body).map_err(fields)?;
    let body_value = tagged.get_mut("body").map(Value::take).unwrap_or_default();
    let line = Line {
        app: header.app.clone(),
        body: body_value,
        boot: header.boot.clone(),
        contract: header.contract.clone(),
        dev: header.dev,
        dprev: header.dprev,
        dseq: header.dseq,
        kind: body.kind().to_owned(),
        mono_ms: header.mono_ms,
        nb: None,
        prev: header.prev,
        seq: header.seq,
        suite: SUITE.to_owned(),
        visit: header.visit,
        wall: header.wall,
    };
    let value = serde_json::to_value(line).map_err(fields)?;
    let json = profile::render(&value, ENTRY_BYTES_MAX)?;
    Ok(format!("{HEADER}\n{json}\n"))
}

/// The end of one device's work so far, from which its next entries continue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// How many entries there are.
    pub seq: u64,
    /// The last one; zeros where there is none.
    pub id: EntryId,
}

impl Tip {
    /// Before the first entry.
    pub const START: Self = Self { seq: 0, id: NOTHING };

    /// The tip after the entry with this number and id.
    pub const fn at(seq: u64, id: EntryId) -> Self {
        Self { seq, id }
    }
}

impl Default for Tip {
    fn default() -> Self {
        Self::START
    }
}
