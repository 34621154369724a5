//! What waits to be sent 上传, and how it goes.

use hudang_evidence::id::VisitId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::cross::today::VisitState;
use crate::error::DoorError;

/// What one visit still has to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Parcel {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The household's code.
    pub code: String,
    /// Rows that wait.
    pub rows: usize,
    /// What the server refused, and what to do.
    pub refusals: Vec<DoorError>,
    /// Photos and pictures that wait.
    pub photos: usize,
    /// Their bytes.
    pub photo_bytes: u64,
    /// Recordings that wait.
    pub recordings: usize,
    /// Their bytes.
    pub recording_bytes: u64,
    /// How far the visit is.
    pub state: VisitState,
}

/// Reply of `outbox`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Outbox {
    /// Visits with something to send, and those that were received, by the household's code.
    pub parcels: Vec<Parcel>,
    /// Rows that concern the phone alone.
    pub rows_of_phone: usize,
    /// What the server refused of these, and what to do.
    pub refusals_of_phone: Vec<DoorError>,
    /// Bytes of originals that wait.
    pub originals_bytes: u64,
    /// Originals that wait.
    pub originals: usize,
    /// Whether more originals wait than are told of here.
    pub and_more: bool,
}

/// The link that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Not metered.
    Wifi,
    /// Metered, slow.
    Mobile,
}

/// Over which links recordings go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordingsOver {
    /// Whatever there is.
    AnyLink,
    /// They wait for Wi-Fi.
    WifiOnly,
}

/// Arguments of `sync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// The link that there is.
    pub link: LinkKind,
    /// Over which links recordings go.
    pub recordings: RecordingsOver,
}

/// How the work of sending stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncPhase {
    /// It was not asked for since the start.
    Idle,
    /// It is under way.
    Running,
    /// It came to rest: what could be sent was sent.
    Rested,
    /// It waits to be tried again.
    Waiting,
    /// Somebody paused it.
    Paused,
    /// There was no way to the server.
    Failed,
}

/// Reply of `sync` and `sync_progress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SyncProgress {
    /// How it stands.
    pub phase: SyncPhase,
    /// Requests of this wake-up.
    pub requests: u64,
    /// Requests and pieces that did not come through.
    pub broken: u64,
    /// Bytes sent in this wake-up, headers apart.
    pub sent_bytes: u64,
    /// Bytes of originals that waited when it began.
    pub originals_bytes: u64,
    /// Of these, bytes that the server holds by now.
    pub originals_held_bytes: u64,
    /// How long it has been running, in milliseconds.
    pub running_ms: u64,
    /// In how many milliseconds it wants to be tried again.
    pub again_in_ms: Option<u64>,
    /// When it came to rest last, in milliseconds since 1970, also before the app was started.
    pub ended_ms: Option<i64>,
    /// Rows that wait.
    pub waiting: usize,
    /// Originals that wait.
    pub originals_waiting: usize,
    /// What went wrong last.
    pub problem: Option<DoorError>,
}

/// Something that is wrong and stays on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProblemView {
    /// Stable code.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// The id of what it is about.
    pub subject: String,
    /// The visit that it is about, where that is known.
    #[ts(type = "string | null")]
    pub visit: Option<VisitId>,
    /// When it was first seen, in milliseconds since 1970.
    pub at_ms: i64,
}
