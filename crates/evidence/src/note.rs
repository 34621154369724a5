//! Signed notes: a text, a blank line, and signature lines (C2SP signed-note, C2SP/C2SP 5ba5ee8).
//!
//! The bytes that are signed are the bytes that are stored. The four-byte key id in a signature line is only
//! a hint for which key to try; a key is named by its verifier key.

use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::id::{DeviceId, InstallationId, Sha256};

/// Ed25519 signature type (C2SP signed-note, "Signatures").
const TYPE_ED25519: u8 = 0x01;
/// Longest accepted note in bytes: a seal of a large visit with its signatures stays far below.
pub const NOTE_BYTES_MAX: usize = 1 << 20;
/// Most signature lines read on one note.
pub const SIGNATURES_MAX: usize = 64;

const DASH: &str = "\u{2014} ";

/// Why bytes are not a signed note, or a text is not a verifier key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not in the form of a signed note.
    #[error("malformed note: {0}")]
    Malformed(&'static str),
    /// A line of a known key does not verify.
    #[error("the signature of {0} does not verify")]
    BadSignature(String),
    /// No line is by a known key.
    #[error("no signature of a known key")]
    Unsigned,
    /// Not a verifier key of type 0x01 with its own key id.
    #[error("malformed verifier key: {0}")]
    VerifierKey(&'static str),
}

/// A key that checks notes, with its name: `<name>+<key id>+<base64(type ‖ public key)>`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: VerifyingKey,
}

impl VerifierKey {
    /// Takes a name (no spaces, no `+`, not empty) and 32 bytes that are a usable Ed25519 public key.
    pub fn new(name: &str, public: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        let public = VerifyingKey::from_bytes(public)
            .map_err(|_| NoteError::VerifierKey("not a point of the curve"))?;
        if public.is_weak() {
            return Err(NoteError::VerifierKey("a point of small order"));
        }
        Ok(Self {
            name: name.to_owned(),
            public,
        })
    }

    /// The key that checks the entries of the device with this public key.
    pub fn device(public: &[u8; 32]) -> Result<Self, NoteError> {
        Self::new(&device_key_name(&device_id(public)), public)
    }

    /// The name before the first `+`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The 32 bytes of the public key.
    pub fn public(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    /// Whether `signature` is this key's over `message`; `verify_strict`, so that one text has one signature.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.public
            .verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    }

    fn key_id(&self) -> [u8; 4] {
        key_id(&self.name, self.public.as_bytes())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut data = vec![TYPE_ED25519];
        data.extend_from_slice(self.public.as_bytes());
        write!(
            f,
            "{}+{:08x}+{}",
            self.name,
            u32::from_be_bytes(self.key_id()),
            STANDARD.encode(data)
        )
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let wrong = NoteError::VerifierKey;
        let (name, rest) = text.split_once('+').ok_or(wrong("no key id"))?;
        let (id, data) = rest.split_once('+').ok_or(wrong("no key"))?;
        let data = STANDARD.decode(data).map_err(|_| wrong("not base64"))?;
        let (kind, public) = data.split_first().ok_or(wrong("empty key"))?;
        if *kind != TYPE_ED25519 {
            return Err(wrong("unknown type"));
        }
        let public: &[u8; 32] = public.try_into().map_err(|_| wrong("not 32 bytes"))?;
        let key = Self::new(name, public)?;
        if id.len() == 8 && id == format!("{:08x}", u32::from_be_bytes(key.key_id())) {
            Ok(key)
        } else {
            Err(wrong("the key id is another key's"))
        }
    }
}

/// A key that signs notes. Holds 32 secret bytes; its `Debug` shows only the name.
#[derive(Clone)]
pub struct NoteSigner {
    name: String,
    secret: SigningKey,
}

impl NoteSigner {
    /// Takes a name and the 32 secret bytes of RFC 8032 §5.1.5.
    pub fn new(name: &str, secret: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            secret: SigningKey::from_bytes(secret),
        })
    }

    /// The evidence key made from these 32 random bytes, named after its device id.
    pub fn device(secret: &[u8; 32]) -> Self {
        let secret = SigningKey::from_bytes(secret);
        let id = device_id(secret.verifying_key().as_bytes());
        Self {
            name: device_key_name(&id),
            secret,
        }
    }

    /// The name that stands in signature lines.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The 32 bytes of the public key.
    pub fn public(&self) -> [u8; 32] {
        self.secret.verifying_key().to_bytes()
    }

    /// The device id of this key.
    pub fn device_id(&self) -> DeviceId {
        device_id(&self.public())
    }

    /// The key that checks what this one signs.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey {
            name: self.name.clone(),
            public: self.secret.verifying_key(),
        }
    }

    /// Signs bytes that are not a note, such as a request.
    pub fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }

    fn line(&self, text: &str) -> String {
        let mut data = key_id(&self.name, &self.public()).to_vec();
        data.extend_from_slice(&self.sign_bytes(text.as_bytes()));
        format!("{DASH}{} {}\n", self.name, STANDARD.encode(data))
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteSigner")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// `dev` of the evidence key with this public key: the full SHA-256 (DESIGN §5).
pub fn device_id(public: &[u8; 32]) -> DeviceId {
    DeviceId::of(public)
}

/// The name of the installation whose request key has this public key.
pub fn installation_id(public: &[u8; 32]) -> InstallationId {
    InstallationId::of(public)
}

/// The key name in signature lines of a device: `dev/<64 hex digits>`.
pub fn device_key_name(device: &DeviceId) -> String {
    format!("dev/{device}")
}

/// SHA-256(name ‖ LF ‖ type ‖ public key), first four bytes.
fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let mut data = name.as_bytes().to_vec();
    data.extend_from_slice(&[b'\n', TYPE_ED25519]);
    data.extend_from_slice(public);
    let [a, b, c, d, ..] = *Sha256::of(&data).as_bytes();
    [a, b, c, d]
}

fn check_name(name: &str) -> Result<(), NoteError> {
    if name.is_empty()
        || name
            .chars()
            .any(|c| c == '+' || c.is_whitespace() || c.is_control())
    {
        return Err(NoteError::VerifierKey("a name is empty or holds a space or plus"));
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SignatureLine {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

/// A note taken apart, nothing checked yet but its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    lines: Vec<SignatureLine>,
}

impl Note {
    /// Signs `text`, which must end with a newline and hold no controls but newlines.
    pub fn sign(text: &str, signers: &[&NoteSigner]) -> Result<String, NoteError> {
        check_text(text)?;
        let mut out = format!("{text}\n");
        for signer in signers {
            out.push_str(&signer.line(text));
        }
        Ok(out)
    }

    /// Takes a note apart.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let wrong = NoteError::Malformed;
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(wrong("too large"));
        }
        let note = core::str::from_utf8(bytes).map_err(|_| wrong("not UTF-8"))?;
        // The text ends at the last blank line: it may itself hold blank lines.
        let at = note.rfind("\n\n").ok_or(wrong("no blank line"))?;
        let (text, rest) = (note.get(..=at), note.get(at + 2..));
        let (Some(text), Some(rest)) = (text, rest) else {
            return Err(wrong("no blank line"));
        };
        check_text(text)?;
        let rest = rest.strip_suffix('\n').ok_or(wrong("no newline at the end"))?;
        let lines = rest.split('\n').map(parse_line).collect::<Result<Vec<_>, _>>()?;
        if lines.len() > SIGNATURES_MAX {
            return Err(wrong("too many signatures"));
        }
        Ok(Self {
            text: text.to_owned(),
            lines,
        })
    }

    /// The signed text, with its newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The SHA-256 of the text: the name of an entry or seal.
    pub fn text_hash(&self) -> Sha256 {
        Sha256::of(self.text.as_bytes())
    }

    /// The key names that the signature lines claim, unchecked.
    pub fn claimed(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.name.as_str())
    }

    /// Checks every line of a known key. All of these must verify, and there must be one; lines of unknown
    /// keys are ignored (C2SP signed-note, "Verification"). Returns the names that signed, in order, once each.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k str>, NoteError> {
        let mut signed: Vec<&str> = Vec::new();
        for line in &self.lines {
            let Some(key) = keys
                .iter()
                .find(|key| key.name == line.name && key.key_id() == line.key_id)
            else {
                continue;
            };
            if signed.contains(&key.name.as_str()) {
                continue;
            }
            let signature: Option<&[u8; 64]> = line.signature.as_slice().try_into().ok();
            if !signature.is_some_and(|signature| key.verify(self.text.as_bytes(), signature)) {
                return Err(NoteError::BadSignature(line.name.clone()));
            }
            signed.push(&key.name);
        }
        if signed.is_empty() {
            Err(NoteError::Unsigned)
        } else {
            Ok(signed)
        }
    }

    /// The note with the first signature line of each of these names only; nothing where none is left.
    pub fn with_lines_of(&self, keeps: impl Fn(&str) -> bool) -> Option<Self> {
        let mut lines: Vec<SignatureLine> = Vec::new();
        for line in &self.lines {
            if keeps(&line.name) && lines.iter().all(|kept| kept.name != line.name) {
                lines.push(line.clone());
            }
        }
        let text = self.text.clone();
        (!lines.is_empty()).then_some(Self { text, lines })
    }

    /// The note with the lines only that one of these keys may have made, the first of each; nothing where none is left.
    pub fn with_lines_by(&self, keys: &[VerifierKey]) -> Option<Self> {
        let is_by = |line: &&SignatureLine| {
            keys.iter()
                .any(|key| key.name == line.name && key.key_id() == line.key_id)
        };
        let lines = self.lines.iter().filter(is_by).cloned().collect();
        let text = self.text.clone();
        Self { text, lines }.with_lines_of(|_| true)
    }

    /// The note with the signature lines of `other` that it lacks; both must hold the same text.
    pub fn with_signatures_of(&self, other: &Self) -> Result<Self, NoteError> {
        if self.text != other.text {
            return Err(NoteError::Malformed("signatures of another text"));
        }
        let mut note = self.clone();
        for line in &other.lines {
            if !note.lines.contains(line) {
                note.lines.push(line.clone());
            }
        }
        Ok(note)
    }

    /// The note with one more signature.
    #[must_use]
    pub fn signed_by(&self, signer: &NoteSigner) -> Self {
        let mut note = self.clone();
        let signature = signer.sign_bytes(self.text.as_bytes()).to_vec();
        let line = SignatureLine {
            name: signer.name.clone(),
            key_id: key_id(&signer.name, &signer.public()),
            signature,
        };
        if !note.lines.contains(&line) {
            note.lines.push(line);
        }
        note
    }

    /// The note as bytes again.
    pub fn render(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for line in &self.lines {
            let mut data = line.key_id.to_vec();
            data.extend_from_slice(&line.signature);
            out.extend([DASH, &line.name, " ", &STANDARD.encode(data), "\n"]);
        }
        out
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("the text does not end with a newline"));
    }
    if text.chars().any(|c| c < ' ' && c != '\n') {
        return Err(NoteError::Malformed("a control character"));
    }
    Ok(())
}

fn parse_line(line: &str) -> Result<SignatureLine, NoteError> {
    let wrong = NoteError::Malformed;
    let rest = line
        .strip_prefix(DASH)
        .ok_or(wrong("a signature line without its dash"))?;
    let (name, data) = rest
        .split_once(' ')
        .ok_or(wrong("a signature line without a signature"))?;
    check_name(name).map_err(|_| wrong("a signature line with a bad name"))?;
    let data = STANDARD
        .decode(data)
        .map_err(|_| wrong("a signature is not base64"))?;
    match data.split_first_chunk::<4>() {
        Some((key_id, signature)) if !signature.is_empty() => Ok(SignatureLine {
            name: name.to_owned(),
            key_id: *key_id,
            signature: signature.to_vec(),
        }),
        _ => Err(wrong("a signature is too short")),
    }
}
