//! The journal's rows as links of one chain, without what they hold (EVIDENCE §1.10 R12).
//!
//! ```text
//! hudang/row/v1
//! {"digest":…,"from":…,"kind":…,"prev":…,"recv_ms":…,"seq":…,"subject":…}
//! ```
//! A row's hash is the SHA-256 of this text, in the JSON profile of evidence. The text holds no personal value: what the
//! row holds enters it as a digest, salted where it may be personal, so that the text can be shown to anyone and published
//! for good, and nobody who is shown it can try what an erased payload may have said. The same text becomes the leaf of
//! the log.

use core::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::id::Sha256;

/// First line of a row's text.
pub const HEADER: &str = "hudang/row/v1";
/// What the first row names as the row before it.
pub const START: Sha256 = Sha256::from_bytes([0; 32]);

/// A place in the journal, with the hash of the row there, which covers all rows before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalHead {
    /// The row's place, from 1; 0 before the first row.
    pub seq: u64,
    /// The row's hash; [`START`] before the first row.
    pub sha256: Sha256,
}

impl JournalHead {
    /// Before the first row.
    pub const START: Self = Self {
        seq: 0,
        sha256: START,
    };
}

/// What of a row is chained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowHeader<'a> {
    /// The digest of what the row holds; see [`payload_digest`].
    pub digest: Sha256,
    /// The id of the key that sent it; empty for the office and the server itself.
    pub from: &'a [u8],
    /// What the row holds: a word of lower-case letters, hyphens and slashes.
    pub kind: &'a str,
    /// The hash of the row before.
    pub prev: Sha256,
    /// When it was received, in milliseconds since 1970 by the server's clock.
    pub recv_ms: i64,
    /// Its place, from 1.
    pub seq: u64,
    /// What it is about: opaque ids and hashes only.
    pub subject: &'a [u8],
}

impl RowHeader<'_> {
    /// The text that is hashed.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(420);
        text.push_str(HEADER);
        // Sorted names, ASCII, integers: as the profile would render it, without a detour.
        let _ = write!(text, "\n{{\"digest\":\"{}\",\"from\":\"", self.digest);
        push_hex(&mut text, self.from);
        let _ = write!(
            text,
            "\",\"kind\":\"{}\",\"prev\":\"{}\",\"recv_ms\":{},\"seq\":{},\"subject\":\"",
            self.kind, self.prev, self.recv_ms, self.seq
        );
        push_hex(&mut text, self.subject);
        text.push_str("\"}\n");
        text
    }

    /// The place and hash that the next row and receipts name.
    pub fn head(&self) -> JournalHead {
        JournalHead {
            seq: self.seq,
            sha256: Sha256::of(self.text().as_bytes()),
        }
    }
}

/// The digest of what a row holds. The salt is sixteen random bytes where the payload may hold personal values, and is
/// erased with it; empty elsewhere.
pub fn payload_digest(salt: &[u8], payload: &[u8]) -> Sha256 {
    let mut hash = sha2::Sha256::new();
    hash.update(salt);
    hash.update(payload);
    Sha256::from_bytes(hash.finalize().into())
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    #[test]
    fn a_row_is_in_the_profile_and_every_part_of_it_counts() {
        let row = RowHeader {
            digest: payload_digest(b"", b"payload"),
            from: &[1; 32],
            kind: "entry",
            prev: START,
            recv_ms: 1_774_000_000_000,
            seq: 1,
            subject: &[2; 16],
        };
        let text = row.text();
        let line = text
            .strip_prefix("hudang/row/v1\n")
            .and_then(|rest| rest.strip_suffix('\n'))
            .unwrap();
        let value = profile::parse(line.as_bytes(), 4_096).unwrap();
        assert_eq!(profile::render(&value, 4_096).unwrap(), line);
        let other = [
            RowHeader {
                digest: payload_digest(b"s", b"payload"),
                ..row
            },
            RowHeader { from: b"", ..row },
            RowHeader { kind: "seal", ..row },
            RowHeader {
                prev: Sha256::of(b"another"),
                ..row
            },
            RowHeader {
                recv_ms: row.recv_ms + 1,
                ..row
            },
            RowHeader { seq: 2, ..row },
            RowHeader { subject: b"", ..row },
        ];
        for changed in other {
            assert_ne!(changed.head().sha256, row.head().sha256, "{changed:?}");
        }
    }
}
