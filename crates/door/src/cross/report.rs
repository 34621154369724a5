//! What a person may hand to whoever helps 问题报告: nothing in it tells of a household or of anybody's name.

use hudang_evidence::id::InstallationId;
use serde::Serialize;
use ts_rs::TS;

use crate::cross::sending::SyncPhase;

/// Reply of `problem_report`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProblemReport {
    /// Version of the app.
    pub version: String,
    /// Names the installation.
    #[ts(type = "string")]
    pub installation: InstallationId,
    /// Where the server is.
    pub server: Option<String>,
    /// The phone's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// How many people are on this phone.
    pub people: usize,
    /// How many enrolments the server has not confirmed.
    pub enrolments_pending: usize,
    /// Free space in bytes.
    pub free_bytes: u64,
    /// Assignments on this phone.
    pub assignments: usize,
    /// Visits on this phone.
    pub visits: usize,
    /// Recordings that are not finished.
    pub recordings_unfinished: usize,
    /// Rows that wait.
    pub rows_waiting: usize,
    /// Originals that wait.
    pub originals_waiting: usize,
    /// What the server refused: codes, each with how often.
    pub refused: Vec<Counted>,
    /// How sending stands.
    pub sync: SyncPhase,
    /// The code of what went wrong last with sending.
    pub sync_problem: Option<String>,
    /// What stays on record, the newest first.
    pub problems: Vec<Recorded>,
}

/// A code and how often it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Counted {
    /// Stable code.
    pub code: String,
    /// How often.
    pub times: usize,
}

/// One problem on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Recorded {
    /// Stable code.
    pub code: String,
    /// When it was first seen, in milliseconds since 1970.
    pub at_ms: i64,
}
