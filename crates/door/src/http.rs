//! What ranges, originals and errors are in HTTP, for every shell that hands them to a web view.

use core::ops::Range;

use crate::error::{DoorError, FaultKind};
use crate::original::Part;

/// The one range that a `Range` header wants (RFC 9110 §14.2); several, and those from the end, are answered with the
/// whole.
pub fn range(header: &str) -> Option<Range<u64>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let start: u64 = first.trim().parse().ok()?;
    let end = match last.trim() {
        "" => u64::MAX,
        last => last.parse::<u64>().ok()?.checked_add(1)?,
    };
    (start < end).then_some(start..end)
}

/// How part of an original is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// `Content-Range`, where the answer has one.
    pub content_range: Option<String>,
}

/// How part of an original is answered where a range was asked for, or none.
pub fn answered(part: &Part, is_ranged: bool) -> Answered {
    if !is_ranged {
        return Answered {
            status: 200,
            content_range: None,
        };
    }
    let Some(length) = u64::try_from(part.bytes.len()).ok().filter(|length| *length > 0) else {
        return Answered {
            status: 416,
            content_range: Some(format!("bytes */{}", part.size_bytes)),
        };
    };
    let last = part.offset.saturating_add(length).saturating_sub(1);
    Answered {
        status: 206,
        content_range: Some(format!("bytes {}-{last}/{}", part.offset, part.size_bytes)),
    }
}

/// The status of an error.
pub fn status(error: &DoorError) -> u16 {
    match (error.code.as_str(), error.kind) {
        ("DOOR-LOCKED", _) => 401,
        ("DOOR-NOT-YOURS" | "PIN-WRONG", _) => 403,
        ("PIN-WAIT", _) => 429,
        ("DOOR-COMMAND" | "BLOB-GONE", _) => 404,
        ("DOOR-TOO-LARGE", _) => 413,
        ("DOOR-ARGUMENTS" | "DOOR-CONTENT", _) => 400,
        (_, FaultKind::Yours) => 422,
        (_, FaultKind::Again) => 503,
        (_, FaultKind::Ours) => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_browsers_write_them() {
        assert_eq!(range("bytes=0-"), Some(0..u64::MAX));
        assert_eq!(range("bytes=10-19"), Some(10..20));
        for text in ["bytes=-5", "bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=a-"] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn a_part_says_where_it_lies_in_the_whole() {
        let part = |bytes: &[u8]| Part {
            bytes: bytes.to_vec(),
            mime: "image/jpeg".to_owned(),
            offset: 10,
            size_bytes: 50,
        };
        assert_eq!(answered(&part(b"12345"), false).status, 200);
        let some = answered(&part(b"12345"), true);
        assert_eq!(
            (some.status, some.content_range.as_deref()),
            (206, Some("bytes 10-14/50"))
        );
        let none = answered(&part(b""), true);
        assert_eq!(
            (none.status, none.content_range.as_deref()),
            (416, Some("bytes */50"))
        );
    }
}
