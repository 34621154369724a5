//! Disclosures on the wire.
//!
//! A disclosure is base64url of JSON (RFC 9901 §4.2.1), which hides from the compressor that a hundred answers of a
//! form share their names. So the JSON travels, texts divided by U+001E (RFC 7464 §2.1), which JSON never holds;
//! the reader makes the base64url again, letter for letter.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hudang_evidence::salt::SaltSeed;
use hudang_evidence::snapshot::{DISCLOSURE_BYTES_MAX, Disclosure};
use serde_json::Value;

use super::fields::Bytes;

const SEPARATOR: u8 = 0x1e;

/// Most disclosures in one parcel: the answers of a snapshot of the largest size.
const DISCLOSURES_MAX: usize = 100_000;

pub(super) fn join_disclosures(disclosures: &[Disclosure]) -> Bytes {
    // A disclosure was read or made as base64url, so its text always decodes.
    join(disclosures, |disclosure| {
        URL_SAFE_NO_PAD.decode(disclosure.as_str()).unwrap_or_default()
    })
}

pub(super) fn split_disclosures(joined: &[u8]) -> Option<Vec<Disclosure>> {
    split(joined, |json| {
        Disclosure::parse(&URL_SAFE_NO_PAD.encode(json)).ok()
    })
}

/// `[name, value]` of each: the salts follow from a seed.
pub(super) fn join_values(disclosures: &[Disclosure]) -> Bytes {
    join(disclosures, |disclosure| {
        // Text and values that were read or made as JSON are always JSON again.
        serde_json::to_vec(&(disclosure.name(), disclosure.value())).unwrap_or_default()
    })
}

pub(super) fn split_values(joined: &[u8], seed: &SaltSeed) -> Option<Vec<Disclosure>> {
    split(joined, |json| {
        if json.len() > DISCLOSURE_BYTES_MAX {
            return None;
        }
        let (name, value): (String, Value) = serde_json::from_slice(json).ok()?;
        let disclosure = seed.disclose(&name, value);
        (disclosure.as_str().len() <= DISCLOSURE_BYTES_MAX).then_some(disclosure)
    })
}

fn join(disclosures: &[Disclosure], text: impl Fn(&Disclosure) -> Vec<u8>) -> Bytes {
    let mut joined = Vec::new();
    for disclosure in disclosures {
        if !joined.is_empty() {
            joined.push(SEPARATOR);
        }
        joined.extend(text(disclosure));
    }
    Bytes::from(joined)
}

fn split(joined: &[u8], read: impl Fn(&[u8]) -> Option<Disclosure>) -> Option<Vec<Disclosure>> {
    if joined.is_empty() {
        return Some(Vec::new());
    }
    joined
        .split(|byte| *byte == SEPARATOR)
        .enumerate()
        .map(|(n, json)| (n < DISCLOSURES_MAX).then(|| read(json))?)
        .collect()
}
