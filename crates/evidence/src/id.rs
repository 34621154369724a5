//! Names of things: every id and hash has its own type, so that one cannot stand in for another.
//!
//! All of them have one text form, which is also their form in JSON, SQL, routes and on screen.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256 as Sha256Hasher};

/// A text is not the name of what it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}: {text:?}")]
pub struct IdError {
    /// What the text should have been, e.g. `visit id`.
    pub kind: &'static str,
    /// The refused text, cut to 80 characters.
    pub text: String,
}

impl IdError {
    fn new(kind: &'static str, text: &str) -> Self {
        Self {
            kind,
            text: text.chars().take(80).collect(),
        }
    }
}

/// A SHA-256 digest (FIPS 180-4). Text form: 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Thirty-two zero bytes: the `prev` of the first entry of a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256Hasher::digest(bytes).into())
    }

    /// Wraps a digest that was computed elsewhere, for example while streaming a file.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0_u8; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            if let ([high, low], Some(h), Some(l)) = (
                pair,
                HEX.get(usize::from(byte >> 4)),
                HEX.get(usize::from(byte & 15)),
            ) {
                (*high, *low) = (*h, *l);
            }
        }
        f.write_str(core::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Sha256 {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError::new("SHA-256", text);
        let digit = |c: u8| match c {
            b'0'..=b'9' => Ok(c - b'0'),
            b'a'..=b'f' => Ok(c - b'a' + 10),
            _ => Err(wrong()),
        };
        if text.len() != 64 {
            return Err(wrong());
        }
        let mut out = [0; 32];
        for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return Err(wrong()) };
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Ok(Self(out))
    }
}

/// Gives a newtype its text form in `Display`, `Debug`, `FromStr` and serde.
macro_rules! text_form {
    ($name:ident, $pattern:literal) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

macro_rules! hash_name {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Sha256);

        impl $name {
            /// Names `bytes` by their hash.
            pub fn of(bytes: &[u8]) -> Self {
                Self(Sha256::of(bytes))
            }
            /// Wraps raw digest bytes, as they come from the wire or the store.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(Sha256::from_bytes(bytes))
            }
            /// The raw digest.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                self.0.as_bytes()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self).map_err(|_| IdError::new($kind, text))
            }
        }
        text_form!($name, "^[0-9a-f]{64}$");
    };
}

text_form!(Sha256, "^[0-9a-f]{64}$");
hash_name!(
    /// Names an entry: the SHA-256 of its note text (EVIDENCE §1.2).
    EntryId, "entry id");
hash_name!(
    /// Names a seal: the SHA-256 of the seal's text. Later signatures do not change it.
    SealId, "seal id");
hash_name!(
    /// Names an original photo or recording: the SHA-256 of its bytes.
    BlobHash, "blob hash");
hash_name!(
    /// Names a form definition: the SHA-256 of its bytes.
    FormHash, "form hash");
hash_name!(
    /// Names an evidence standard: the SHA-256 of its canonical JSON.
    StandardHash, "standard hash");
hash_name!(
    /// Names an answer snapshot: the SHA-256 of its bytes.
    SnapshotHash, "snapshot hash");
hash_name!(
    /// Names an evidence key, one per (installation, person): the SHA-256 of the public key. `dev` in an entry.
    DeviceId, "device id");
hash_name!(
    /// Names an installation of the app: the SHA-256 of the public key that signs its requests.
    InstallationId, "installation id");

/// A ULID: 48 bits of milliseconds since 1970 and 80 random bits, in 26 Crockford base-32 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Ulid(u128);

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Ulid {
    fn new(wall_ms: u64, random: [u8; 10]) -> Self {
        let mut low = [0; 16];
        low[6..].copy_from_slice(&random);
        Self((u128::from(wall_ms & ((1 << 48) - 1)) << 80) | u128::from_be_bytes(low))
    }

    fn parse(kind: &'static str, text: &str) -> Result<Self, IdError> {
        let wrong = || IdError::new(kind, text);
        if text.len() != 26 || text.as_bytes().first().is_none_or(|first| *first > b'7') {
            return Err(wrong());
        }
        text.bytes()
            .try_fold(0_u128, |value, c| {
                let digit = CROCKFORD.iter().position(|d| *d == c)?;
                Some((value << 5) | u128::try_from(digit).ok()?)
            })
            .map(Self)
            .ok_or_else(wrong)
    }
}

impl fmt::Display for Ulid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for place in (0..26).rev() {
            let digit = usize::try_from((self.0 >> (5 * place)) & 31).unwrap_or(0);
            f.write_char(CROCKFORD.get(digit).copied().map_or('0', char::from))?;
        }
        Ok(())
    }
}

macro_rules! ulid_name {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// Makes a new name from the time (milliseconds since 1970) and ten random bytes.
            pub fn new(wall_ms: u64, random: [u8; 10]) -> Self {
                Self(Ulid::new(wall_ms, random))
            }
            /// The 128 bits, big-endian.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.0.to_be_bytes()
            }
            /// Reads the 128 bits back, as they come from the wire or the store.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Ulid(u128::from_be_bytes(bytes)))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Ulid::parse($kind, text).map(Self)
            }
        }
        text_form!($name, "^[0-7][0-9A-HJKMNP-TV-Z]{25}$");
    };
}

ulid_name!(
    /// Names a visit 入户. Text form: ULID.
    VisitId, "visit id");
ulid_name!(
    /// Names a household 户 across years and contracts. Text form: ULID.
    HouseholdId, "household id");

macro_rules! code_name {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
                let starts = text.bytes().next().is_some_and(|c| c.is_ascii_alphanumeric());
                if starts && text.len() <= 64 && text.bytes().all(allowed) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError::new($kind, text))
                }
            }
        }
        text_form!($name, "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$");
    };
}

code_name!(
    /// Names a contract 合同, as printed on it, e.g. `HT-2026-001`: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    ContractId, "contract id");
code_name!(
    /// Names a person on a roster, without being the person's name: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    PersonId, "person id");
code_name!(
    /// Names a contractor or purchaser organisation: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    OrgId, "organisation id");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_forms_come_back(bytes: [u8; 32], ms in 0_u64..(1 << 48), random: [u8; 10]) {
            let hash = EntryId::from_bytes(bytes);
            prop_assert_eq!(hash.to_string().parse::<EntryId>().unwrap(), hash);
            let visit = VisitId::new(ms, random);
            prop_assert_eq!(visit.to_string().parse::<VisitId>().unwrap(), visit);
            prop_assert_eq!(VisitId::from_bytes(visit.to_bytes()), visit);
        }
    }

    #[test]
    fn a_ulid_sorts_by_time_and_matches_the_published_form() {
        // The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41.
        let id = VisitId::new(1_469_918_176_385, [0; 10]);
        assert_eq!(id.to_string(), "01ARYZ6S410000000000000000");
        assert!(VisitId::new(1, [255; 10]) < VisitId::new(2, [0; 10]));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "01aryz6s410000000000000000",
            "01ARYZ6S4100000000000000U0",
        ] {
            assert!(text.parse::<VisitId>().is_err(), "{text}");
        }
        assert!("A".repeat(64).parse::<Sha256>().is_err());
        assert!("../x".parse::<ContractId>().is_err());
        assert!("户".parse::<PersonId>().is_err());
    }
}
