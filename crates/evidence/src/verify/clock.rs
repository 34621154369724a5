//! Clocks: a wall clock may lie, but it must lie evenly beside the clock that counts from boot (EVIDENCE §1.4).

use super::chain::Chains;
use super::{Code, Report};
use crate::body::Body;
use crate::entry::Entry;

/// How far clocks may differ before that is worth a look, in milliseconds.
pub(super) const TOLERANCE_MS: i64 = 2 * 60 * 1_000;

pub(super) fn check(chains: &Chains<'_>, report: &mut Report) {
    for chain in chains.values() {
        let entries: Vec<&Entry> = chain.values().copied().collect();
        for pair in entries.windows(2) {
            if let [before, entry] = pair {
                check_step(before, entry, report);
            }
        }
        for entry in entries {
            if let Body::Anchor(anchor) = entry.body()
                && differ(anchor.at.ms(), entry.header().wall.ms())
            {
                report.find(Code::ClockOff, entry.id());
            }
        }
    }
}

fn check_step(before: &Entry, entry: &Entry, report: &mut Report) {
    let (earlier, later) = (before.header(), entry.header());
    if earlier.boot != later.boot {
        return;
    }
    if later.mono_ms < earlier.mono_ms {
        report.find(Code::ClockBack, entry.id());
        return;
    }
    let elapsed = i64::try_from(later.mono_ms - earlier.mono_ms).unwrap_or(i64::MAX);
    if differ(later.wall.ms(), earlier.wall.ms().saturating_add(elapsed)) {
        report.find(Code::ClockJump, entry.id());
    }
}

const fn differ(a_ms: i64, b_ms: i64) -> bool {
    a_ms.abs_diff(b_ms) > TOLERANCE_MS.unsigned_abs()
}
