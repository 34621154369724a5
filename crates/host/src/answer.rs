//! What goes back: replies, errors with their status, parts of originals.

use core::ops::Range;

use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hudang_door::Part;
use hudang_door::error::{DoorError, FaultKind};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A reply of the door.
pub(crate) fn reply(json: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, JSON), (CACHE_CONTROL, NO_STORE)], json).into_response()
}

/// An error of the door.
pub(crate) fn refusal(error: &DoorError) -> Response {
    let status = match (error.code.as_str(), error.kind) {
        ("DOOR-LOCKED", _) => StatusCode::UNAUTHORIZED,
        ("DOOR-NOT-YOURS", _) => StatusCode::FORBIDDEN,
        ("DOOR-COMMAND" | "BLOB-GONE", _) => StatusCode::NOT_FOUND,
        ("DOOR-TOO-LARGE", _) => StatusCode::PAYLOAD_TOO_LARGE,
        ("DOOR-ARGUMENTS" | "DOOR-CONTENT", _) => StatusCode::BAD_REQUEST,
        (_, FaultKind::Yours) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, FaultKind::Again) => StatusCode::SERVICE_UNAVAILABLE,
        (_, FaultKind::Ours) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let json = serde_json::to_vec(error).unwrap_or_default();
    (status, [(CONTENT_TYPE, JSON), (CACHE_CONTROL, NO_STORE)], json).into_response()
}

/// Part of an original, or the whole.
pub(crate) fn part(part: Part, is_ranged: bool) -> Response {
    let end = part
        .offset
        .saturating_add(u64::try_from(part.bytes.len()).unwrap_or(0));
    let Ok(mime) = HeaderValue::from_str(&part.mime) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (CONTENT_TYPE, mime),
        (CACHE_CONTROL, NO_STORE),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
    ];
    if !is_ranged {
        return (headers, Body::from(part.bytes)).into_response();
    }
    if part.bytes.is_empty() {
        let all = format!("bytes */{}", part.size_bytes);
        return (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, all)]).into_response();
    }
    let last = end.saturating_sub(1);
    let range = format!("bytes {}-{last}/{}", part.offset, part.size_bytes);
    let status = StatusCode::PARTIAL_CONTENT;
    (status, headers, [(CONTENT_RANGE, range)], Body::from(part.bytes)).into_response()
}

/// The one range that a request wants (RFC 9110 §14.2); several, and those from the end, are answered with the whole.
pub(crate) fn range(headers: &HeaderMap) -> Option<Range<u64>> {
    let text = headers.get(RANGE)?.to_str().ok()?;
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let start: u64 = first.trim().parse().ok()?;
    let end = match last.trim() {
        "" => u64::MAX,
        last => last.parse::<u64>().ok()?.checked_add(1)?,
    };
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_browsers_write_them() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, text.parse().unwrap());
            range(&headers)
        };
        assert_eq!(of("bytes=0-"), Some(0..u64::MAX));
        assert_eq!(of("bytes=10-19"), Some(10..20));
        for text in ["bytes=-5", "bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=a-"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
