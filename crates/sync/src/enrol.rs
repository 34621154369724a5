//! Enrolling a person on a phone: the office's invitation, the phone's request, the server's confirmation.
//!
//! ```text
//! invitation     hudang/invitation/v1, one JSON line, signed by the server's key; in a QR code. Nothing in it is secret
//!                for longer than its one-time code
//! request        hudang/enrol-request/v1, one JSON line, signed by the installation's and the person's key
//! confirmation   hudang/enrolment/v1, one JSON line, signed by the server's key
//! ```
//! All three are in the JSON profile of evidence (EVIDENCE §1.2), as C2SP signed notes. A phone that knows a server takes an
//! invitation only where that server's key signed it (EVIDENCE §1.10 R10).

use hudang_evidence::id::{ContractId, DeviceId, InstallationId, PersonId, Sha256};
use hudang_evidence::note::{Note, NoteError, NoteSigner, VerifierKey, device_id, installation_id};
use hudang_evidence::profile::{self, ProfileError};
use hudang_evidence::time::WallTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// First line of the office's invitation.
pub const INVITATION_HEADER: &str = "hudang/invitation/v1";
/// Longest time for which an invitation may be used, in hours.
pub const INVITATION_HOURS_MAX: u32 = 72;
/// First line of the message that asks the server to enrol a key.
pub const REQUEST_HEADER: &str = "hudang/enrol-request/v1";
/// First line of the server's confirmation.
pub const CONFIRMATION_HEADER: &str = "hudang/enrolment/v1";
/// A QR code that a phone's camera reads from a screen holds about this much.
const INVITATION_BYTES_MAX: usize = 2 << 10;

/// Why a message about an enrolment is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// Not a note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not JSON of the profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The first line or the fields are not of this message.
    #[error("not the message that is expected: {0}")]
    Form(String),
}

/// What the office's code holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The one-time code.
    pub code: String,
    /// Under which contract the person works.
    pub contract: ContractId,
    /// Until when the code may be used, by the server's clock.
    pub expires: WallTime,
    /// The server's name, e.g. `hudang/152502`.
    pub origin: String,
    /// Who is enrolled.
    pub person: PersonId,
    /// The server's key, as a note verifier key.
    pub server_key: String,
    /// SHA-256 of the server's certificate (DER) where it made its own; absent where a public authority vouches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Sha256>,
    /// Where the server is, e.g. `https://10.1.2.3:8443`; no path.
    pub url: String,
}

/// An invitation as the server signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInvitation {
    invitation: Invitation,
    note: Note,
}

impl SignedInvitation {
    /// Signs an invitation; `server` must be the key that it names.
    pub fn sign(invitation: Invitation, server: &NoteSigner) -> Result<Self, EnrolError> {
        if invitation.server_key != server.verifier().to_string() || invitation.origin != server.name() {
            return Err(form("the invitation names another server's key"));
        }
        let line = render(&invitation, INVITATION_BYTES_MAX)?;
        let text = Note::sign(&format!("{INVITATION_HEADER}\n{line}\n"), &[server])?;
        let note = Note::parse(text.as_bytes())?;
        Ok(Self { invitation, note })
    }

    /// Reads the text of a QR code, or what was pasted. The key that it names must have signed it; whether that is the key
    /// of a server that the phone knows is asked by [`Self::is_signed_by`].
    pub fn parse(text: &str) -> Result<Self, EnrolError> {
        let mut text = text.trim().replace("\r\n", "\n");
        text.push('\n');
        if text.len() > 2 * INVITATION_BYTES_MAX {
            return Err(form("too long"));
        }
        let note = Note::parse(text.as_bytes())?;
        let invitation: Invitation = read(INVITATION_HEADER, &note)?;
        let key: VerifierKey = invitation.server_key.parse().map_err(form)?;
        if key.name() != invitation.origin {
            return Err(form("the server's key has another name"));
        }
        note.verify(core::slice::from_ref(&key))?;
        Ok(Self { invitation, note })
    }

    /// The text of the QR code.
    pub fn text(&self) -> String {
        self.note.render()
    }

    /// What it says.
    pub const fn invitation(&self) -> &Invitation {
        &self.invitation
    }

    /// Whether this key signed it.
    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        self.note.verify(core::slice::from_ref(key)).is_ok()
    }
}

/// What a phone asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time code.
    pub code: String,
    /// Under which contract.
    pub contract: ContractId,
    /// Public key of the person.
    pub device: Sha256,
    /// Public key of the installation.
    pub installation: Sha256,
    /// The server's name.
    pub origin: String,
    /// Who.
    pub person: PersonId,
    /// The key that this one replaces, after a forgotten PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<DeviceId>,
}

impl EnrolRequest {
    /// Signs it with both keys.
    pub fn sign(&self, installation: &NoteSigner, device: &NoteSigner) -> Result<Vec<u8>, EnrolError> {
        sign(REQUEST_HEADER, self, &[installation, device])
    }

    /// Reads it; both keys that it names must have signed it.
    pub fn parse(note: &[u8]) -> Result<Self, EnrolError> {
        let note = Note::parse(note)?;
        let request: Self = read(REQUEST_HEADER, &note)?;
        let device = VerifierKey::device(request.device.as_bytes())?;
        let public = request.installation.as_bytes();
        let installation = VerifierKey::new(&format!("installation/{}", installation_id(public)), public)?;
        let keys = [device, installation];
        if note.verify(&keys)?.len() == keys.len() {
            Ok(request)
        } else {
            Err(form("one of the two signatures is missing"))
        }
    }

    /// The id of the person's key.
    pub fn dev(&self) -> DeviceId {
        device_id(self.device.as_bytes())
    }
}

/// What the server confirms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// When, by the server's clock.
    pub at: WallTime,
    /// Under which contract.
    pub contract: ContractId,
    /// Which key.
    pub dev: DeviceId,
    /// On which phone.
    pub installation: InstallationId,
    /// The server's name.
    pub origin: String,
    /// Whose.
    pub person: PersonId,
}

impl Confirmation {
    /// Signs it.
    pub fn sign(&self, server: &NoteSigner) -> Result<Vec<u8>, EnrolError> {
        sign(CONFIRMATION_HEADER, self, &[server])
    }

    /// Reads it; the server's key must have signed it and bear the name that it states.
    pub fn verify(note: &[u8], server: &VerifierKey) -> Result<Self, EnrolError> {
        let note = Note::parse(note)?;
        note.verify(core::slice::from_ref(server))?;
        let confirmation: Self = read(CONFIRMATION_HEADER, &note)?;
        if confirmation.origin == server.name() {
            Ok(confirmation)
        } else {
            Err(form("it is of another server"))
        }
    }
}

fn sign<T: Serialize>(header: &str, fields: &T, signers: &[&NoteSigner]) -> Result<Vec<u8>, EnrolError> {
    let line = render(fields, profile::ENTRY_BYTES_MAX)?;
    Ok(Note::sign(&format!("{header}\n{line}\n"), signers)?.into_bytes())
}

fn render<T: Serialize>(fields: &T, limit_bytes: usize) -> Result<String, EnrolError> {
    let value = serde_json::to_value(fields).map_err(form)?;
    Ok(profile::render(&value, limit_bytes)?)
}

fn read<T: DeserializeOwned>(header: &str, note: &Note) -> Result<T, EnrolError> {
    let line = note
        .text()
        .strip_prefix(header)
        .and_then(|rest| rest.strip_prefix('\n')?.strip_suffix('\n'))
        .ok_or_else(|| form("another first line"))?;
    let value = profile::parse(line.as_bytes(), profile::ENTRY_BYTES_MAX)?;
    serde_json::from_value(value).map_err(form)
}

fn form(error: impl core::fmt::Display) -> EnrolError {
    EnrolError::Form(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> NoteSigner {
        NoteSigner::new("hudang/152525", &[9; 32]).unwrap()
    }

    fn keys() -> (NoteSigner, NoteSigner) {
        let public = NoteSigner::device(&[1; 32]).public();
        let name = format!("installation/{}", installation_id(&public));
        (
            NoteSigner::new(&name, &[1; 32]).unwrap(),
            NoteSigner::device(&[2; 32]),
        )
    }

    fn request() -> EnrolRequest {
        let (installation, device) = keys();
        EnrolRequest {
            code: "7KQ2M-X9D4T".to_owned(),
            contract: "HT-2026-001".parse().unwrap(),
            device: Sha256::from_bytes(device.public()),
            installation: Sha256::from_bytes(installation.public()),
            origin: "hudang/152525".to_owned(),
            person: "jia".parse().unwrap(),
            succeeds: None,
        }
    }

    fn invitation() -> Invitation {
        Invitation {
            code: "7KQ2M-X9D4T".to_owned(),
            contract: "HT-2026-001".parse().unwrap(),
            expires: WallTime::from_ms_clamped(1_772_413_200_000),
            origin: "hudang/152525".to_owned(),
            person: "jia".parse().unwrap(),
            server_key: server().verifier().to_string(),
            tls: Some(Sha256::of(b"certificate")),
            url: "https://127.0.0.1:8443".to_owned(),
        }
    }

    #[test]
    fn an_invitation_is_read_as_it_was_shown_and_signed() {
        let signed = SignedInvitation::sign(invitation(), &server()).unwrap();
        let text = signed.text();
        assert_eq!(SignedInvitation::parse(&format!(" {text}\n")).unwrap(), signed);
        assert_eq!(
            SignedInvitation::parse(&text.replace('\n', "\r\n")).unwrap(),
            signed
        );
        assert!(signed.is_signed_by(&server().verifier()));
        for (this, other) in [
            ("hudang/152525\",", "hudang/152526\","),
            ("127.0.0.1:8443", "10.66.66.66:443"),
            ("\"jia\"", "\"yii\""),
            ("7KQ2M", "7KQ2N"),
        ] {
            assert!(text.contains(this), "{this}");
            assert!(
                SignedInvitation::parse(&text.replace(this, other)).is_err(),
                "{other}"
            );
        }
        let line = text.lines().nth(1).unwrap();
        assert!(SignedInvitation::parse(line).is_err(), "unsigned");
    }

    #[test]
    fn an_invitation_of_another_key_under_one_name_is_not_the_servers() {
        let forger = NoteSigner::new("hudang/152525", &[8; 32]).unwrap();
        assert!(SignedInvitation::sign(invitation(), &forger).is_err());
        let other = Invitation {
            server_key: forger.verifier().to_string(),
            ..invitation()
        };
        let text = SignedInvitation::sign(other, &forger).unwrap().text();
        let read = SignedInvitation::parse(&text).unwrap();
        assert!(!read.is_signed_by(&server().verifier()));
    }

    #[test]
    fn a_request_needs_both_signatures_on_these_very_words() {
        let (installation, device) = keys();
        let note = request().sign(&installation, &device).unwrap();
        assert_eq!(EnrolRequest::parse(&note).unwrap(), request());
        let alone = sign(REQUEST_HEADER, &request(), &[&device]).unwrap();
        assert!(EnrolRequest::parse(&alone).is_err());
        let text = String::from_utf8(note).unwrap();
        assert!(EnrolRequest::parse(text.replace("\"jia\"", "\"yii\"").as_bytes()).is_err());
    }

    #[test]
    fn a_confirmation_is_the_servers_own() {
        let (installation, _) = keys();
        let confirmation = Confirmation {
            at: WallTime::from_ms_clamped(1_772_413_200_000),
            contract: "HT-2026-001".parse().unwrap(),
            dev: request().dev(),
            installation: installation_id(&installation.public()),
            origin: "hudang/152525".to_owned(),
            person: "jia".parse().unwrap(),
        };
        let note = confirmation.sign(&server()).unwrap();
        assert_eq!(
            Confirmation::verify(&note, &server().verifier()).unwrap(),
            confirmation
        );
        let forged = confirmation
            .sign(&NoteSigner::new("hudang/152525", &[8; 32]).unwrap())
            .unwrap();
        assert!(Confirmation::verify(&forged, &server().verifier()).is_err());
    }
}
