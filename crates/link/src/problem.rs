//! What the server says when it says no: `application/problem+json` (RFC 9457).

use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::RETRY_AFTER;
use serde::Deserialize;

use hudang_sync::code;
use hudang_sync::phone::{BlobFailure, FailureKind};

/// Longest problem that is read.
const BYTES_MAX: u64 = 64 << 10;

/// An answer that is no success.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) retry_after_ms: Option<u64>,
    pub(crate) told: Told,
}

/// The members of the problem that a phone uses.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    pub(crate) code: String,
    pub(crate) zh: String,
    pub(crate) en: String,
    highest: Option<u64>,
}

impl Said {
    /// Reads it; what is no problem, as a proxy's own page, has no code.
    pub(crate) fn read(response: Response) -> Self {
        let status = response.status();
        let seconds = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let mut bytes = Vec::new();
        let read = std::io::Read::read_to_end(&mut std::io::Read::take(response, BYTES_MAX), &mut bytes);
        let told = read
            .ok()
            .and_then(|_| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self {
            status,
            retry_after_ms: seconds.map(|seconds| seconds.saturating_mul(1_000)),
            told,
        }
    }

    /// The highest counter that the server saw, where it says that this one was used.
    pub(crate) fn replayed(&self) -> Option<u64> {
        let is_replay = self.status == StatusCode::CONFLICT && self.told.code == code::REPLAY;
        self.told.highest.filter(|_| is_replay)
    }

    /// What it means for a request of sync.
    pub(crate) fn of_request(&self) -> FailureKind {
        if let Some(highest) = self.replayed() {
            return FailureKind::Counter { highest };
        }
        match self.status.as_u16() {
            413 => FailureKind::TooLarge,
            429 | 503 => FailureKind::Busy {
                retry_after_ms: self.retry_after_ms,
            },
            // Without a code it was not our server that answered.
            400..=499 if !self.told.code.is_empty() => FailureKind::Refused {
                code: self.told.code.clone(),
            },
            _ => FailureKind::Server,
        }
    }

    /// What it means for a piece of an original.
    pub(crate) fn of_piece(&self) -> BlobFailure {
        match self.status.as_u16() {
            460 => BlobFailure::Mismatch,
            401 | 409 | 429 | 500..=599 => BlobFailure::Busy {
                retry_after_ms: self.retry_after_ms,
            },
            _ if self.told.code.is_empty() => BlobFailure::Busy {
                retry_after_ms: self.retry_after_ms,
            },
            _ => BlobFailure::Refused {
                code: self.told.code.clone(),
            },
        }
    }
}
