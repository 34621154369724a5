//! Answers as salted digests, and the values that lie beside them (RFC 9901 §4.2.4.1, EVIDENCE §1.5).
//!
//! A snapshot fixes all answers of one moment without holding any: `{"_sd":[…],"_sd_alg":"sha-256",…}`. A
//! disclosure `[salt, name, value]` proves one of them. Deleting a disclosure erases the value for good, and
//! the snapshot, the entry that names it and the chain still verify.

use core::fmt;
use core::str::FromStr;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::id::{FormHash, Sha256, SnapshotHash, VisitId};
use crate::profile::{self, ProfileError};

/// Largest snapshot in bytes: about 90,000 answers.
pub const SNAPSHOT_BYTES_MAX: usize = 4 << 20;
/// Largest disclosure in bytes.
pub const DISCLOSURE_BYTES_MAX: usize = 64 << 10;

/// Why bytes are not a snapshot or a disclosure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Outside the JSON profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Not the fields of a snapshot, or digests not sorted and unique.
    #[error("not a snapshot")]
    NotASnapshot,
    /// Not base64url of `[salt, name, value]`.
    #[error("not a disclosure")]
    NotADisclosure,
    /// A disclosure whose digest the snapshot does not hold.
    #[error("a disclosure of another snapshot")]
    Foreign,
    /// Two disclosures name one answer.
    #[error("two values for {0}")]
    Twice(String),
}

/// SHA-256 of a disclosure in base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SaltedDigest(Sha256);

impl SaltedDigest {
    /// The digest of a disclosure's text.
    pub fn of(disclosure: &Disclosure) -> Self {
        Self(Sha256::of(disclosure.encoded.as_bytes()))
    }
}

impl fmt::Display for SaltedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for SaltedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SaltedDigest {
    type Err = SnapshotError;

    fn from_str(text: &str) -> Result<Self, SnapshotError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| SnapshotError::NotASnapshot)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| SnapshotError::NotASnapshot)?;
        Ok(Self(Sha256::from_bytes(bytes)))
    }
}

impl Serialize for SaltedDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SaltedDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// One answer with its salt: what is deleted to erase the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    encoded: String,
    name: String,
    value: Value,
}

impl Disclosure {
    /// Salts a value with 16 random bytes. The value may be any JSON; the name is the answer's path in the form.
    pub fn new(salt: [u8; 16], name: &str, value: Value) -> Self {
        let json = json!([URL_SAFE_NO_PAD.encode(salt), name, value]).to_string();
        Self {
            encoded: URL_SAFE_NO_PAD.encode(json),
            name: name.to_owned(),
            value,
        }
    }

    /// Reads the base64url text of a disclosure.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let wrong = || SnapshotError::NotADisclosure;
        if text.len() > DISCLOSURE_BYTES_MAX {
            return Err(wrong());
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let parts: (String, String, Value) = serde_json::from_slice(&json).map_err(|_| wrong())?;
        // A salt below 96 bits would let a digest of a short value be guessed.
        if parts.0.len() < 16 {
            return Err(wrong());
        }
        Ok(Self {
            encoded: text.to_owned(),
            name: parts.1,
            value: parts.2,
        })
    }

    /// The base64url text: what is stored, sent and hashed.
    pub fn as_str(&self) -> &str {
        &self.encoded
    }

    /// The answer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The answer.
    pub const fn value(&self) -> &Value {
        &self.value
    }
}

/// The salted digests of all answers of a visit at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    bytes: Vec<u8>,
    visit: VisitId,
    form: FormHash,
    digests: Vec<SaltedDigest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(rename = "_sd")]
    digests: Vec<SaltedDigest>,
    #[serde(rename = "_sd_alg")]
    algorithm: String,
    form: FormHash,
    visit: VisitId,
}

impl Snapshot {
    /// Fixes these answers.
    pub fn new(visit: VisitId, form: FormHash, disclosures: &[Disclosure]) -> Result<Self, SnapshotError> {
        let mut texts: Vec<String> = disclosures
            .iter()
            .map(|d| SaltedDigest::of(d).to_string())
            .collect();
        // Sorted, so that their order tells nothing about the form's (RFC 9901 §4.2.4.1).
        texts.sort_unstable();
        texts.dedup();
        let value = json!({ "_sd": texts, "_sd_alg": "sha-256", "form": form, "visit": visit });
        Self::parse(profile::render(&value, SNAPSHOT_BYTES_MAX)?.as_bytes())
    }

    /// Reads a snapshot.
    pub fn parse(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let value = profile::parse(bytes, SNAPSHOT_BYTES_MAX)?;
        let fields: Fields = serde_json::from_value(value).map_err(|_| SnapshotError::NotASnapshot)?;
        let texts: Vec<String> = fields.digests.iter().map(ToString::to_string).collect();
        if fields.algorithm != "sha-256" || !texts.is_sorted_by(|a, b| a < b) {
            return Err(SnapshotError::NotASnapshot);
        }
        Ok(Self {
            bytes: bytes.to_vec(),
            visit: fields.visit,
            form: fields.form,
            digests: fields.digests,
        })
    }

    /// Names the snapshot: what a `form` entry and a seal hold.
    pub fn hash(&self) -> SnapshotHash {
        SnapshotHash::of(&self.bytes)
    }

    /// The stored bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The visit.
    pub const fn visit(&self) -> VisitId {
        self.visit
    }

    /// The form.
    pub const fn form(&self) -> FormHash {
        self.form
    }

    /// The digests, sorted by their text.
    pub fn digests(&self) -> &[SaltedDigest] {
        &self.digests
    }

    /// The answers that are still disclosed, by name, and how many were erased or withheld.
    pub fn reveal(&self, disclosures: &[Disclosure]) -> Result<Revealed, SnapshotError> {
        // A set: a hostile snapshot may hold a hundred thousand digests and as many disclosures.
        let digests: BTreeSet<&SaltedDigest> = self.digests.iter().collect();
        let mut answers = BTreeMap::new();
        for disclosure in disclosures {
            if !digests.contains(&SaltedDigest::of(disclosure)) {
                return Err(SnapshotError::Foreign);
            }
            if answers
                .insert(disclosure.name.clone(), disclosure.value.clone())
                .is_some()
            {
                return Err(SnapshotError::Twice(disclosure.name.clone()));
            }
        }
        let withheld = self.digests.len().saturating_sub(answers.len());
        Ok(Revealed { answers, withheld })
    }
}

/// What disclosures say about a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revealed {
    /// Answers by name.
    pub answers: BTreeMap<String, Value>,
    /// How many answers are erased or withheld.
    pub withheld: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 9901 §4.2.1 and §4.2.3: disclosure of family_name and its digest.
        let disclosure =
            Disclosure::parse("WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0")
                .unwrap();
        assert_eq!(
            (disclosure.name(), disclosure.value()),
            ("family_name", &json!("Möbius"))
        );
        assert_eq!(
            SaltedDigest::of(&disclosure).to_string(),
            "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
        );
    }

    #[test]
    fn an_erased_value_breaks_nothing() {
        let visit = VisitId::new(1, [7; 10]);
        let form = FormHash::of(b"form");
        let all = [
            Disclosure::new([1; 16], "income", json!(120_000)),
            Disclosure::new([2; 16], "head/name", json!("某某")),
        ];
        let snapshot = Snapshot::new(visit, form, &all).unwrap();
        assert_eq!(Snapshot::parse(snapshot.bytes()).unwrap(), snapshot);
        assert_eq!(snapshot.reveal(&all).unwrap().withheld, 0);
        let left = snapshot.reveal(&all[..1]).unwrap();
        assert_eq!((left.answers.len(), left.withheld), (1, 1));
        let other = Disclosure::new([3; 16], "income", json!(1));
        assert_eq!(snapshot.reveal(&[other]), Err(SnapshotError::Foreign));
    }
}
