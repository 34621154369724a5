//! `digest()` and `base64-decode()`.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::Digest as _;

use super::call::Arguments;
use super::{Result, fail};
use crate::expression::Cause;

pub(super) fn digest(arguments: &Arguments<'_, '_>) -> Result<String> {
    let unknown = |value: String| {
        fail(
            arguments.span,
            Cause::Unsupported {
                name: "digest",
                value,
            },
        )
    };
    let (text, algorithm) = (arguments.text(0)?, arguments.text(1)?);
    let bytes = text.as_bytes();
    let hash = match &*algorithm {
        "MD5" => md5::Md5::digest(bytes).to_vec(),
        "SHA-1" => sha1::Sha1::digest(bytes).to_vec(),
        "SHA-256" => sha2::Sha256::digest(bytes).to_vec(),
        "SHA-384" => sha2::Sha384::digest(bytes).to_vec(),
        "SHA-512" => sha2::Sha512::digest(bytes).to_vec(),
        _ => return Err(unknown(algorithm.into_owned())),
    };
    let encoding = if arguments.len() > 2 {
        arguments.text(2)?
    } else {
        Cow::Borrowed("base64")
    };
    match &*encoding {
        "base64" => Ok(STANDARD.encode(hash)),
        "hex" => Ok(hash.iter().fold(String::new(), |mut text, byte| {
            let _infallible = write!(text, "{byte:02x}");
            text
        })),
        _ => Err(unknown(encoding.into_owned())),
    }
}

/// Text from base64; nothing if it is none.
pub(super) fn decoded(text: &str) -> String {
    let packed: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let bytes = STANDARD
        .decode(&packed)
        .or_else(|_| STANDARD_NO_PAD.decode(&packed));
    bytes
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// The seed that JavaRosa makes of a text: the first 64 bits of its SHA-256.
pub(super) fn seed(text: &str) -> i64 {
    let hash = sha2::Sha256::digest(text.as_bytes());
    let first = hash
        .iter()
        .take(8)
        .fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    first.cast_signed()
}
