//! The server's time, signed at a contact, beside what the phone's boot-time clock said when it asked.
//!
//! ```text
//! hudang/time/v1
//! {"at":…,"boot":…,"installation":…,"mono_ms":…,"origin":…,"suite":"ed25519-sha256"}
//!
//! — <origin> <base64>
//! ```
//! Only the signature travels: whoever asked knows the rest, and rebuilds the text. A time that was given to another
//! installation, for another boot or another reading of its clock has another text, so that it proves nothing here.

use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::InstallationId;
use crate::note::{Note, NoteError, NoteSigner, VerifierKey};
use crate::profile::ProfileError;
use crate::statement;
use crate::time::WallTime;

/// First line of a signed time's text.
pub const HEADER: &str = "hudang/time/v1";
/// Longest name of a boot: Linux names it by a UUID.
pub const BOOT_BYTES_MAX: usize = 64;
/// The largest reading: 2⁵³ − 1, more than any clock counts.
const MONO_MS_MAX: u64 = (1 << 53) - 1;
const LINE_BYTES_MAX: usize = 1 << 10;

/// Why a time cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedTimeError {
    /// The text is outside the JSON profile, for example because the boot's name is too long.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The text cannot be signed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It names another server than the one whose key signs it.
    #[error("signed by another server than it names")]
    OtherServer,
}

/// A reading of a phone's boot-time clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// Random id of the phone's boot.
    pub boot: String,
    /// Milliseconds since that boot, deep sleep included.
    pub mono_ms: u64,
}

impl Moment {
    /// Whether the server signs it: the boot's name has 1 to 64 visible ASCII characters, and the reading fits the
    /// JSON profile.
    pub fn is_sound(&self) -> bool {
        let bytes = self.boot.as_bytes();
        self.mono_ms <= MONO_MS_MAX
            && !bytes.is_empty()
            && bytes.len() <= BOOT_BYTES_MAX
            && bytes.iter().all(u8::is_ascii_graphic)
    }
}

/// What a server states at a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeStatement {
    /// What its clock said when the request came.
    pub at: WallTime,
    /// The phone's boot.
    pub boot: String,
    /// The phone.
    pub installation: InstallationId,
    /// What the phone's boot-time clock said when it asked.
    pub mono_ms: u64,
    /// The server's name, which is its key's name too.
    pub origin: String,
}

impl TimeStatement {
    fn text(&self) -> Result<String, ProfileError> {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        statement::add_suite(&mut value);
        statement::text(HEADER, &value, LINE_BYTES_MAX)
    }

    /// Signs it.
    pub fn sign(&self, signer: &NoteSigner) -> Result<TimeSignature, SignedTimeError> {
        if self.origin != signer.name() {
            return Err(SignedTimeError::OtherServer);
        }
        Ok(TimeSignature(signer.sign_bytes(self.text()?.as_bytes())))
    }

    /// Whether the server with this key signed exactly this.
    pub fn is_signed_by(&self, signature: &TimeSignature, key: &VerifierKey) -> bool {
        let text = self.text();
        self.origin == key.name() && text.is_ok_and(|text| key.verify(text.as_bytes(), &signature.0))
    }

    /// The whole note, for showing and for other programs.
    pub fn note(&self, signer: &NoteSigner) -> Result<String, SignedTimeError> {
        if self.origin != signer.name() {
            return Err(SignedTimeError::OtherServer);
        }
        Ok(Note::sign(&self.text()?, &[signer])?)
    }
}

/// The signature of a [`TimeStatement`]. Text form: base64.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimeSignature([u8; 64]);

impl TimeSignature {
    /// Takes the 64 bytes of the signature.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Display for TimeSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for TimeSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is not a signature in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the base64 of 64 bytes")]
pub struct TimeSignatureError;

impl FromStr for TimeSignature {
    type Err = TimeSignatureError;

    fn from_str(text: &str) -> Result<Self, TimeSignatureError> {
        let bytes = STANDARD.decode(text).map_err(|_| TimeSignatureError)?;
        bytes.try_into().map(Self).map_err(|_| TimeSignatureError)
    }
}

impl Serialize for TimeSignature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeSignature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> TimeStatement {
        TimeStatement {
            at: WallTime::from_ms(1_774_000_000_000).unwrap(),
            boot: "b3f1".to_owned(),
            installation: InstallationId::of(b"phone"),
            mono_ms: 183_224,
            origin: "hudang/152502".to_owned(),
        }
    }

    fn server() -> NoteSigner {
        NoteSigner::new("hudang/152502", &[9; 32]).unwrap()
    }

    #[test]
    fn the_note_is_one_that_any_reader_of_notes_checks() {
        let note = statement().note(&server()).unwrap();
        assert_eq!(
            note.split("\n\n").next().unwrap(),
            format!(
                "hudang/time/v1\n{{\"at\":\"2026-03-20T09:46:40.000Z\",\"boot\":\"b3f1\",\"installation\":\"{}\",\
                 \"mono_ms\":183224,\"origin\":\"hudang/152502\",\"suite\":\"ed25519-sha256\"}}",
                InstallationId::of(b"phone")
            )
        );
        assert!(
            Note::parse(note.as_bytes())
                .unwrap()
                .verify(&[server().verifier()])
                .is_ok()
        );
    }

    #[test]
    fn a_signed_time_holds_for_one_phone_one_boot_one_reading_and_one_server() {
        let signature = statement().sign(&server()).unwrap();
        let key = server().verifier();
        assert!(statement().is_signed_by(&signature, &key));
        let text = signature.to_string();
        assert_eq!(text.parse::<TimeSignature>(), Ok(signature));
        let others = [
            TimeStatement {
                at: WallTime::from_ms(1_774_000_000_001).unwrap(),
                ..statement()
            },
            TimeStatement {
                boot: "b3f2".to_owned(),
                ..statement()
            },
            TimeStatement {
                installation: InstallationId::of(b"another"),
                ..statement()
            },
            TimeStatement {
                mono_ms: 183_225,
                ..statement()
            },
            TimeStatement {
                origin: "hudang/150000".to_owned(),
                ..statement()
            },
        ];
        for other in others {
            assert!(!other.is_signed_by(&signature, &key), "{other:?}");
        }
        let forger = NoteSigner::new("hudang/152502", &[8; 32]).unwrap();
        assert!(!statement().is_signed_by(&statement().sign(&forger).unwrap(), &key));
        let elsewhere = NoteSigner::new("hudang/150000", &[9; 32]).unwrap();
        assert_eq!(statement().sign(&elsewhere), Err(SignedTimeError::OtherServer));
    }

    #[test]
    fn a_boot_has_a_short_visible_name() {
        let moment = |boot: &str| Moment {
            boot: boot.to_owned(),
            mono_ms: 1,
        };
        assert!(moment("9b2c1c5e-7a0b-4a6f-8f0e-1d2c3b4a5968").is_sound());
        for boot in ["", "b 1", "启动", &"b".repeat(65)] {
            assert!(!moment(boot).is_sound(), "{boot}");
        }
    }
}
