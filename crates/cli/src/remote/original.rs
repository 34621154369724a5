//! An original, read from a server piece by piece: each piece is a request of its own and is asked for again where the
//! connection breaks, so that neither the length of a recording nor a bad line ends the whole.

use std::io::{self, Read};
use std::thread::sleep;
use std::time::Duration;

use hudang_evidence::id::BlobHash;
use reqwest::blocking::Response;
use reqwest::{Method, StatusCode, header};

use super::Remote;

const PIECE_BYTES: u64 = 4 << 20;
/// How often one place is asked for before it is given up.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(500);

/// An original under way.
pub(crate) struct Reading<'a> {
    remote: &'a Remote,
    path: String,
    /// How many bytes were read.
    at: u64,
    /// How many there are, once the server has said so.
    size: Option<u64>,
    piece: Option<Response>,
    /// Failures since the last byte came.
    failed: u32,
}

impl<'a> Reading<'a> {
    pub(super) fn new(remote: &'a Remote, hash: &BlobHash) -> Self {
        Self {
            remote,
            path: format!("/v1/blobs/{hash}"),
            at: 0,
            size: None,
            piece: None,
            failed: 0,
        }
    }

    /// Asks for the next piece; nothing where all was read.
    fn next_piece(&mut self) -> io::Result<Option<Response>> {
        if self.size.is_some_and(|size| self.at >= size) {
            return Ok(None);
        }
        let last = self.at.saturating_add(PIECE_BYTES).saturating_sub(1);
        let request = self
            .remote
            .request(Method::GET, &self.path)
            .header(header::RANGE, format!("bytes={}-{last}", self.at));
        let answer = request.send().map_err(io::Error::other)?;
        match answer.status() {
            // All of it at once, from the beginning.
            StatusCode::OK if self.at == 0 => {
                self.size = answer.content_length();
                Ok(Some(answer))
            }
            StatusCode::PARTIAL_CONTENT => {
                let (from, size) =
                    stretch(&answer).ok_or_else(|| io::Error::other("no usable Content-Range"))?;
                if from != self.at || self.size.is_some_and(|known| known != size) {
                    return Err(io::Error::other("another part than was asked for"));
                }
                self.size = Some(size);
                Ok(Some(answer))
            }
            status => Err(io::Error::other(format!("the server answers {status}"))),
        }
    }

    fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut piece = match self.piece.take() {
                Some(piece) => piece,
                None => match self.next_piece()? {
                    Some(piece) => piece,
                    None => return Ok(0),
                },
            };
            let read = piece.read(buffer)?;
            if read > 0 {
                self.piece = Some(piece);
                self.at = self.at.saturating_add(read as u64);
                return Ok(read);
            }
            // The piece is over; an answer without a size was all there is.
            if self.size.is_none() {
                self.size = Some(self.at);
            }
        }
    }
}

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.try_read(buffer) {
                Ok(read) => {
                    self.failed = 0;
                    return Ok(read);
                }
                Err(error) => {
                    self.failed = self.failed.saturating_add(1);
                    if self.failed >= TRIES {
                        return Err(error);
                    }
                    sleep(PAUSE * self.failed);
                }
            }
        }
    }
}

/// Where a part begins, and how long the whole is: `bytes 0-99/1000`.
fn stretch(answer: &Response) -> Option<(u64, u64)> {
    let text = answer.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (part, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, _) = part.split_once('-')?;
    Some((from.parse().ok()?, size.parse().ok()?))
}
