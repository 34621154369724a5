//! When something happened, from what a phone's clocks said and what the server saw (EVIDENCE §1.4).
//!
//! A wall clock is set by whoever holds the phone; the boot-time clock only counts. At each contact the server keeps its
//! own time beside the reading that the phone stated: an anchor of that boot. Between anchors the boot-time clock tells
//! the time, whatever the wall clock said. Two things bound even that, because no phone has a say in them: a statement
//! is no older than what its device was known to lack, and no younger than its first receipt.

use crate::time::WallTime;

/// How fast a boot-time clock may run off, in millionths: a watch crystal at −25 °C loses ninety.
const DRIFT_PPM: u64 = 200;
/// So long a request may be on its way before the server reads its head.
pub const DELAY_MS: i64 = 60_000;
/// Anchors of one boot that disagree by more than this, drift apart, come from no clock that only counts.
pub const MISFIT_MS: i64 = 10 * 60_000;
/// A wall clock may stand so far outside of what the server saw.
pub const WALL_OUTSIDE_MS: i64 = 10 * 60_000;
/// So far an anchored time may lie outside of what the server saw: a statement made while a request was on its way.
const SLACK_MS: i64 = 2 * 60_000;

/// The server's time beside a reading of a phone's boot-time clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeAnchor {
    /// The phone's boot.
    pub boot: String,
    /// What its clock said when it asked.
    pub mono_ms: u64,
    /// What the server's clock said when it heard.
    pub at: WallTime,
}

/// What a phone said about when it stated something, and what the server knows of that.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The phone's boot.
    pub boot: &'a str,
    /// Its boot-time clock.
    pub mono_ms: u64,
    /// Its wall clock.
    pub wall: WallTime,
    /// The last moment at which this had not been stated yet: the enrolment, or a later contact.
    pub not_before: WallTime,
    /// When the server first held it; on the phone, now.
    pub not_after: WallTime,
}

/// What a time rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeSource {
    /// An anchor of the same boot.
    Anchor,
    /// The phone's wall clock, within what the server saw.
    Wall,
}

/// When something happened: surely not before `from`, surely not after `until`, as far as is known at `at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bracket {
    /// The best that is known; what decides the day.
    pub at: WallTime,
    /// Not before.
    pub from: WallTime,
    /// Not after.
    pub until: WallTime,
    /// What `at` rests on.
    pub source: TimeSource,
    /// The wall clock stood more than [`WALL_OUTSIDE_MS`] outside of what the server saw.
    pub wall_outside: bool,
    /// Anchors of the boot contradict each other or what the server saw; they were not used.
    pub conflict: bool,
}

impl Bracket {
    /// How wide it is.
    pub const fn width_ms(&self) -> i64 {
        self.until.ms().saturating_sub(self.from.ms())
    }

    /// Whether a time lies inside or at most so far outside.
    pub const fn is_near(&self, time: WallTime, by_ms: i64) -> bool {
        time.ms() >= self.from.ms().saturating_sub(by_ms)
            && time.ms() <= self.until.ms().saturating_add(by_ms)
    }
}

/// Where the boot-time clock of an anchor puts another reading of it: the time, and how far the clock may have run off.
fn carried(anchor: &TimeAnchor, mono_ms: u64) -> (i64, i64) {
    let elapsed = mono_ms.abs_diff(anchor.mono_ms);
    let drift = elapsed.saturating_mul(DRIFT_PPM) / 1_000_000;
    let [elapsed, drift] = [elapsed, drift].map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
    let at = if mono_ms < anchor.mono_ms {
        anchor.at.ms().saturating_sub(elapsed)
    } else {
        anchor.at.ms().saturating_add(elapsed)
    };
    (at, drift.saturating_add(1))
}

/// Whether anchors of one boot disagree by more than delays and drift explain.
pub fn is_conflict<'a>(anchors: impl IntoIterator<Item = &'a TimeAnchor>) -> bool {
    let mut anchors = anchors.into_iter();
    let Some(first) = anchors.next() else { return false };
    let (mut least, mut most) = (0_i64, 0_i64);
    for anchor in anchors {
        let (at, drift) = carried(first, anchor.mono_ms);
        let apart = anchor.at.ms().saturating_sub(at);
        least = least.min(apart.saturating_add(drift));
        most = most.max(apart.saturating_sub(drift));
    }
    most.saturating_sub(least) > MISFIT_MS
}

/// When something was stated.
///
/// An anchor of the same boot tells, before or after; of several the one that binds tightest, as a request that was
/// long on its way only makes a time look later. Where there is none, or where they contradict each other or what the
/// server saw, the wall clock tells, within what the server saw.
pub fn locate<'a>(claim: &Claim<'_>, anchors: impl IntoIterator<Item = &'a TimeAnchor>) -> Bracket {
    let (latest, earliest) = (
        claim.not_after.ms(),
        claim.not_before.ms().min(claim.not_after.ms()),
    );
    let within = |ms: i64| WallTime::from_ms_clamped(ms.clamp(earliest, latest));
    let wall = claim.wall.ms();
    let wall_outside =
        wall < earliest.saturating_sub(WALL_OUTSIDE_MS) || wall > latest.saturating_add(WALL_OUTSIDE_MS);
    let of_boot: Vec<&TimeAnchor> = anchors
        .into_iter()
        .filter(|anchor| anchor.boot == claim.boot)
        .collect();
    let mut conflict = is_conflict(of_boot.iter().copied());
    let tightest = of_boot
        .iter()
        .map(|anchor| carried(anchor, claim.mono_ms))
        .min_by_key(|(at, drift)| at.saturating_add(*drift))
        .filter(|_| !conflict);
    if let Some((at, drift)) = tightest {
        let from = at.saturating_sub(drift).saturating_sub(DELAY_MS);
        let until = at.saturating_add(drift);
        if until >= earliest.saturating_sub(SLACK_MS) && from <= latest.saturating_add(SLACK_MS) {
            return Bracket {
                at: within(at),
                from: within(from),
                until: within(until),
                source: TimeSource::Anchor,
                wall_outside,
                conflict: false,
            };
        }
        conflict = true;
    }
    Bracket {
        at: within(wall),
        from: within(earliest),
        until: within(latest),
        source: TimeSource::Wall,
        wall_outside,
        conflict,
    }
}

/// The opening of a visit: the earliest of those that an anchor tells, or where none does, the earliest of all.
pub fn opening(openings: impl IntoIterator<Item = Bracket>) -> Option<Bracket> {
    openings
        .into_iter()
        .min_by_key(|found| (found.source, found.at, found.from, found.until))
}

#[cfg(test)]
mod tests;
