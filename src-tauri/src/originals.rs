//! Originals for the page, by the protocol `hudang`: as bytes, by name and range, never inside a text.

use hudang_door::error::DoorError;
use hudang_door::{Original, Part, http};
use tauri::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use tauri::http::{Request, Response, StatusCode, Uri};

use crate::shell::Shell;

/// Edge of a thumbnail of which nothing else is said.
const EDGE: u32 = 320;

/// Answers one request. Blocks on the disk.
pub(crate) fn answer<T>(shell: &Shell, request: &Request<T>) -> Response<Vec<u8>> {
    let range = request.headers().get(RANGE);
    let range = range.and_then(|range| http::range(range.to_str().ok()?));
    let is_ranged = range.is_some();
    let Some(wanted) = wanted(request.uri(), range) else {
        return plain(StatusCode::NOT_FOUND);
    };
    match shell.door.original(&shell.session, &wanted) {
        Ok(part) => of_part(part, is_ranged && matches!(wanted, Original::Blob(..))),
        Err(error) => of_error(&error),
    }
}

/// What an address means: `blob/HASH`, `thumbnail/HASH?edge=N`, `recording/ID` or `portrait/PERSON`, each as one escaped segment or two.
fn wanted(address: &Uri, range: Option<core::ops::Range<u64>>) -> Option<Original> {
    let path = address.path().trim_start_matches('/').replace("%2F", "/");
    let (kind, name) = path.split_once('/')?;
    match kind {
        "blob" => Some(Original::Blob(name.to_owned(), range)),
        "thumbnail" => {
            let edge = address.query().and_then(|query| query.strip_prefix("edge="));
            let edge = edge.and_then(|edge| edge.parse().ok()).unwrap_or(EDGE);
            Some(Original::Thumbnail(name.to_owned(), edge))
        }
        "portrait" => Some(Original::Portrait(name.to_owned())),
        "recording" => Some(Original::Recording(name.to_owned())),
        _ => None,
    }
}

fn of_part(part: Part, is_ranged: bool) -> Response<Vec<u8>> {
    let answered = http::answered(&part, is_ranged);
    let mut response = Response::builder()
        .status(answered.status)
        .header(CONTENT_TYPE, &part.mime)
        .header(CACHE_CONTROL, "no-store")
        .header(ACCEPT_RANGES, "bytes");
    if let Some(range) = answered.content_range {
        response = response.header(CONTENT_RANGE, range);
    }
    response
        .body(part.bytes)
        .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

fn of_error(error: &DoorError) -> Response<Vec<u8>> {
    plain(StatusCode::from_u16(http::status(error)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}

pub(crate) fn plain(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Option<Original> {
        wanted(&address.parse().unwrap(), None)
    }

    #[test]
    fn addresses_are_read_as_the_bridge_writes_them() {
        let blob = Some(Original::Blob("ab".to_owned(), None));
        assert_eq!(of("hudang://localhost/blob%2Fab"), blob);
        assert_eq!(of("hudang://localhost/blob/ab"), blob);
        let small = Some(Original::Thumbnail("ab".to_owned(), 480));
        assert_eq!(of("hudang://localhost/thumbnail%2Fab?edge=480"), small);
        assert_eq!(of("hudang://localhost/elsewhere/ab"), None);
    }
}
