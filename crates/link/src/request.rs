//! One request and what became of it. Runs on a worker's thread: it has all that it needs.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hudang_evidence::id::BlobHash;
use hudang_sync::phone::{BlobFailure, FailureKind};
use hudang_sync::sign::SignedHeaders;
use hudang_sync::wire::{CONTENT_TYPE, Limits, SyncResponse, unpack};
use reqwest::StatusCode;
use reqwest::blocking::{Body, RequestBuilder, Response};

use crate::problem::Said;
use crate::way::Way;

/// The path of sync.
pub(crate) const SYNC_PATH: &str = "/v1/sync";
/// The path of uploads.
pub(crate) const BLOBS_PATH: &str = "/v1/blobs";
const OFFSET: &str = "Upload-Offset";

/// What became of a request of sync.
pub(crate) type Answer = Result<Box<SyncResponse>, FailureKind>;

/// Sends a packed request.
pub(crate) fn sync(way: &Way, packed: Vec<u8>, signed: &SignedHeaders) -> Answer {
    let request = way
        .client
        .post(way.url(SYNC_PATH))
        .header("Content-Type", CONTENT_TYPE)
        .body(packed);
    let response = with(request, signed).send().map_err(|_| FailureKind::Network)?;
    if response.status() != StatusCode::OK {
        return Err(Said::read(response).of_request());
    }
    let limit = Limits::DEFAULT.packed_bytes_max as u64;
    let mut packed = Vec::new();
    response
        .take(limit.saturating_add(1))
        .read_to_end(&mut packed)
        .map_err(|_| FailureKind::Network)?;
    let response = unpack(&packed, Limits::DEFAULT).map_err(|_| FailureKind::Server)?;
    Ok(Box::new(response))
}

/// A piece of an original.
pub(crate) struct Piece {
    pub(crate) hash: BlobHash,
    pub(crate) size_bytes: u64,
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Piece {
    /// The method and the path under which it goes: the first piece makes the upload.
    pub(crate) fn target(&self) -> (&'static str, String) {
        if self.offset == 0 || self.bytes.is_empty() {
            ("POST", BLOBS_PATH.to_owned())
        } else {
            ("PATCH", format!("{BLOBS_PATH}/{}", self.hash))
        }
    }
}

/// What became of a piece.
pub(crate) enum Brought {
    /// The server holds the original up to there.
    Sent(u64),
    /// It wants it from there.
    From(u64),
    /// The request's counter was used before.
    Replayed(u64),
    /// It did not go.
    Failed(BlobFailure),
}

/// Sends a piece.
pub(crate) fn piece(way: &Way, piece: Piece, signed: &SignedHeaders) -> Brought {
    let (method, path) = piece.target();
    let mut request = if method == "POST" {
        let name = STANDARD.encode(piece.hash.to_string());
        way.client
            .post(way.url(&path))
            .header("Upload-Length", piece.size_bytes)
            .header("Upload-Metadata", format!("sha256 {name}"))
    } else {
        way.client.patch(way.url(&path)).header(OFFSET, piece.offset)
    };
    request = request.header("Tus-Resumable", "1.0.0");
    if !piece.bytes.is_empty() {
        let bytes = piece.bytes.len() as u64;
        let cut = Cut {
            bytes: io::Cursor::new(piece.bytes),
            until: Arc::clone(&way.until_cut),
        };
        request = request
            .header("Content-Type", "application/offset+octet-stream")
            .body(Body::sized(cut, bytes));
    }
    match with(request, signed).send() {
        Ok(response) => brought(response),
        Err(_) => Brought::Failed(BlobFailure::Network),
    }
}

fn brought(response: Response) -> Brought {
    let offset = response
        .headers()
        .get(OFFSET)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    match (response.status(), offset) {
        (StatusCode::CREATED | StatusCode::NO_CONTENT, Some(offset)) => Brought::Sent(offset),
        (StatusCode::CONFLICT, Some(offset)) => Brought::From(offset),
        // The upload is not there any more, as after a restored backup: it begins anew.
        (StatusCode::NOT_FOUND, _) => Brought::From(0),
        (status, _) if status.is_success() => Brought::Failed(BlobFailure::Busy { retry_after_ms: None }),
        _ => {
            let said = Said::read(response);
            match said.replayed() {
                Some(highest) => Brought::Replayed(highest),
                None => Brought::Failed(said.of_piece()),
            }
        }
    }
}

fn with(mut request: RequestBuilder, signed: &SignedHeaders) -> RequestBuilder {
    for (name, value) in signed.to_pairs() {
        request = request.header(name, value);
    }
    request
}

/// Bytes of a piece, which end in a broken connection where that is asked for.
struct Cut {
    bytes: io::Cursor<Vec<u8>>,
    until: Arc<AtomicU64>,
}

impl Read for Cut {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.until.load(Ordering::Relaxed);
        if left == u64::MAX {
            return self.bytes.read(buffer);
        }
        if left == 0 {
            self.until.store(u64::MAX, Ordering::Relaxed);
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.bytes.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.until.fetch_sub(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
