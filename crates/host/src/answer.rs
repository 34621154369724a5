//! What goes back: replies, errors with their status, parts of originals.

use core::ops::Range;

use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hudang_door::error::DoorError;
use hudang_door::{Part, http};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A reply of the door.
pub(crate) fn reply(json: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, JSON), (CACHE_CONTROL, NO_STORE)], json).into_response()
}

/// An error of the door.
pub(crate) fn refusal(error: &DoorError) -> Response {
    let status = StatusCode::from_u16(http::status(error)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = serde_json::to_vec(error).unwrap_or_default();
    (status, [(CONTENT_TYPE, JSON), (CACHE_CONTROL, NO_STORE)], json).into_response()
}

/// Part of an original, or the whole.
pub(crate) fn part(part: Part, is_ranged: bool) -> Response {
    let answered = http::answered(&part, is_ranged);
    let (Ok(mime), Ok(status)) = (
        HeaderValue::from_str(&part.mime),
        StatusCode::from_u16(answered.status),
    ) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (CONTENT_TYPE, mime),
        (CACHE_CONTROL, NO_STORE),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
    ];
    let range = answered.content_range.map(|range| [(CONTENT_RANGE, range)]);
    match range {
        Some(range) => (status, headers, range, Body::from(part.bytes)).into_response(),
        None => (status, headers, Body::from(part.bytes)).into_response(),
    }
}

/// The one range that a request wants.
pub(crate) fn range(headers: &HeaderMap) -> Option<Range<u64>> {
    http::range(headers.get(RANGE)?.to_str().ok()?)
}
