//! The problem report.

use std::collections::BTreeMap;

use hudang_device::DeviceError;

use crate::acts::sending::sync_progress;
use crate::cross::Nothing;
use crate::cross::report::{Counted, ProblemReport, Recorded};
use crate::error::Result;
use crate::hall::Call;

/// Most problems that a report holds.
const PROBLEMS_MAX: usize = 200;

pub(crate) fn problem_report(call: &mut Call<'_>, _: Nothing) -> Result<ProblemReport> {
    let progress = sync_progress(call, Nothing {})?;
    let hall = &*call.hall;
    let device = &hall.device;
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    for code in device.outbox()?.into_iter().filter_map(|row| row.refusal) {
        let times = refused.entry(code).or_default();
        *times = times.saturating_add(1);
    }
    // What a problem is about stays here: the codes say what to look for.
    let recorded = |problem: hudang_device::StoredProblem| Recorded {
        code: problem.code,
        at_ms: problem.at_ms,
    };
    Ok(ProblemReport {
        version: hall.furnishing.version.clone(),
        installation: device.installation(),
        server: device.server()?.map(|server| server.url),
        now_ms: hall.platform.clock().wall_ms,
        people: device.people()?.len(),
        enrolments_pending: device.pending_enrolments()?.len(),
        free_bytes: hall.platform.free_bytes().map_err(DeviceError::from)?,
        assignments: device.assignments()?.len(),
        visits: device.visits()?.len(),
        recordings_unfinished: device.recordings_unfinished()?.len(),
        rows_waiting: progress.waiting,
        originals_waiting: progress.originals_waiting,
        refused: refused
            .into_iter()
            .map(|(code, times)| Counted { code, times })
            .collect(),
        sync: progress.phase,
        sync_problem: progress.problem.map(|problem| problem.code),
        problems: device
            .problems()?
            .into_iter()
            .take(PROBLEMS_MAX)
            .map(recorded)
            .collect(),
    })
}
