//! Disclosures on the wire.
//!
//! A disclosure is base64url of JSON (RFC 9901 §4.2.1), which hides from the compressor that a hundred answers of a
//! form share their names. So the JSON travels, texts divided by U+001E (RFC 7464 §2.1), which JSON never holds;
//! the reader makes the base64url again, letter for letter.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hudang_evidence::snapshot::Disclosure;

use super::fields::Bytes;

const SEPARATOR: u8 = 0x1e;

/// Most disclosures in one parcel: the answers of a snapshot of the largest size.
const DISCLOSURES_MAX: usize = 100_000;

pub(super) fn join_disclosures(disclosures: &[Disclosure]) -> Bytes {
    let mut joined = Vec::new();
    for disclosure in disclosures {
        if !joined.is_empty() {
            joined.push(SEPARATOR);
        }
        // A disclosure was read or made as base64url, so its text always decodes.
        joined.extend(URL_SAFE_NO_PAD.decode(disclosure.as_str()).unwrap_or_default());
    }
    Bytes::from(joined)
}

pub(super) fn split_disclosures(joined: &[u8]) -> Option<Vec<Disclosure>> {
    if joined.is_empty() {
        return Some(Vec::new());
    }
    joined
        .split(|byte| *byte == SEPARATOR)
        .enumerate()
        .map(|(n, json)| {
            let text = (n < DISCLOSURES_MAX).then(|| URL_SAFE_NO_PAD.encode(json))?;
            Disclosure::parse(&text).ok()
        })
        .collect()
}
