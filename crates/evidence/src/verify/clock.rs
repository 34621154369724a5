//! Clocks: a wall clock may lie, but it must lie evenly beside the clock that counts from boot (EVIDENCE §1.4).

use std::collections::{BTreeMap, BTreeSet};

use super::chain::Chains;
use super::{Code, Report};
use crate::body::{Anchor, Body};
use crate::bracket::{TimeAnchor, is_conflict};
use crate::entry::Entry;
use crate::id::EntryId;

/// How far clocks may differ before that is worth a look, in milliseconds.
pub const TOLERANCE_MS: i64 = 2 * 60 * 1_000;

pub(super) fn check(chains: &Chains<'_>, forged: &BTreeSet<EntryId>, report: &mut Report) {
    for chain in chains.values() {
        let entries: Vec<&Entry> = chain.values().copied().collect();
        for pair in entries.windows(2) {
            if let [before, entry] = pair {
                check_step(before, entry, report);
            }
        }
        check_anchors(&entries, forged, report);
    }
}

/// The server's times against the phone's clocks, and against each other within a boot.
fn check_anchors(entries: &[&Entry], forged: &BTreeSet<EntryId>, report: &mut Report) {
    let mut of_boot: BTreeMap<&str, Vec<TimeAnchor>> = BTreeMap::new();
    for entry in entries {
        let Body::Anchor(anchor) = entry.body() else {
            continue;
        };
        if forged.contains(&entry.id()) {
            report.find(Code::AnchorSignature, entry.id());
            continue;
        }
        check_wall(anchor, entry, report);
        let known = of_boot.entry(&entry.header().boot).or_default();
        known.push(time_anchor(anchor, entry));
        if is_conflict(known.iter()) {
            report.find(Code::ClockConflict, entry.id());
        }
    }
}

/// The anchor that an entry brings to its boot.
pub fn time_anchor(anchor: &Anchor, entry: &Entry) -> TimeAnchor {
    TimeAnchor {
        boot: entry.header().boot.clone(),
        mono_ms: anchor.mono_ms,
        at: anchor.at,
    }
}

fn check_wall(anchor: &Anchor, entry: &Entry, report: &mut Report) {
    let header = entry.header();
    let Some(since) = header.mono_ms.checked_sub(anchor.mono_ms) else {
        // The time was signed later in this boot than the entry says that it was written.
        report.find(Code::ClockConflict, entry.id());
        return;
    };
    let since = i64::try_from(since).unwrap_or(i64::MAX);
    if differ(anchor.at.ms().saturating_add(since), header.wall.ms()) {
        report.find(Code::ClockOff, entry.id());
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
