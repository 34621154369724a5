//! Bodies come in: no larger than is taken, no slower than is waited for.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use crate::config::Limits;
use crate::problem::{Problem, Result};

/// A body that is read under limits of time.
pub(crate) struct Incoming {
    body: Body,
    limits: Limits,
    began: Instant,
    received: u64,
}

impl Incoming {
    pub(crate) fn new(body: Body, limits: &Limits) -> Self {
        Self {
            body,
            limits: *limits,
            began: Instant::now(),
            received: 0,
        }
    }

    /// The next bytes; nothing at the end. An error where it broke off or came too slowly.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let frame = timeout_at(self.deadline(), self.body.frame()).await;
            let Some(frame) = frame.map_err(|_| Problem::too_slow())? else {
                return Ok(None);
            };
            let frame = frame.map_err(|_| Problem::too_slow())?;
            // Trailers say nothing that is listened to.
            if let Ok(bytes) = frame.into_data() {
                self.received = self.received.saturating_add(bytes.len() as u64);
                return Ok(Some(bytes));
            }
        }
    }

    /// All of it, at most `limit` bytes.
    pub(crate) async fn whole(mut self, limit: usize) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next().await? {
            if all.len().saturating_add(bytes.len()) > limit {
                return Err(Problem::too_large());
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }

    /// Until when the next bytes are waited for: a body may pause, but not drip.
    fn deadline(&self) -> Instant {
        let per_second = u64::from(self.limits.body_bytes_per_s.max(1));
        let due = Duration::from_secs(self.received / per_second);
        let on_the_whole = self.began + self.limits.body_grace + due;
        on_the_whole.min(Instant::now() + self.limits.body_idle)
    }
}

/// The length that the head announces.
pub(crate) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
