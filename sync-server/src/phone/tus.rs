//! The headers of tus 1.0.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hudang_evidence::id::{BlobHash, Sha256};

use crate::problem::{Problem, Result};

pub(crate) const VERSION: &str = "1.0.0";
pub(crate) const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination";
pub(crate) const CONTENT: &str = "application/offset+octet-stream";

pub(crate) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(crate) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(crate) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");

/// The header that every answer about uploads carries.
pub(crate) fn resumable() -> (HeaderName, HeaderValue) {
    (RESUMABLE, HeaderValue::from_static(VERSION))
}

/// Refuses other versions.
pub(crate) fn check_version(headers: &HeaderMap) -> Result<()> {
    match headers.get(RESUMABLE) {
        Some(version) if version == VERSION => Ok(()),
        _ => Err(Problem::tus_version()),
    }
}

/// A header that holds a number.
pub(crate) fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64> {
    let text = headers.get(name).and_then(|value| value.to_str().ok());
    let digits = text.filter(|text| text.bytes().all(|c| c.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or_else(|| {
        Problem::malformed(
            &format!("缺少 {name} 或不是数字"),
            &format!("{name} is missing or no number"),
        )
    })
}

/// The hash that `Upload-Metadata` names.
pub(crate) fn named(headers: &HeaderMap) -> Result<BlobHash> {
    let text = headers.get(METADATA).and_then(|value| value.to_str().ok());
    let pairs = text.unwrap_or_default().split(',');
    let value = pairs
        .filter_map(|pair| pair.trim().split_once(' '))
        .find(|(key, _)| *key == "sha256");
    let decoded = value.and_then(|(_, value)| STANDARD.decode(value.trim()).ok());
    let hash = decoded.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    hash.ok_or_else(|| {
        Problem::malformed(
            "Upload-Metadata 须含 sha256（64 位十六进制的 base64）",
            "Upload-Metadata needs sha256 with the base64 of 64 hex digits",
        )
    })
}

/// Checks `Upload-Checksum`, where there is one, against the hash of the body that was signed.
pub(crate) fn check_checksum(headers: &HeaderMap, signed: &Sha256) -> Result<()> {
    let Some(value) = headers.get(CHECKSUM) else {
        return Ok(());
    };
    let stated = value.to_str().ok().and_then(|text| text.trim().split_once(' '));
    let (algorithm, digest) =
        stated.ok_or_else(|| Problem::malformed("Upload-Checksum 无效", "Upload-Checksum is not usable"))?;
    if algorithm != "sha256" {
        return Err(Problem::malformed(
            "Upload-Checksum 只支持 sha256",
            "Upload-Checksum takes sha256 only",
        ));
    }
    let digest = STANDARD.decode(digest).unwrap_or_default();
    if digest == signed.as_bytes() {
        Ok(())
    } else {
        Err(Problem::piece_checksum())
    }
}
