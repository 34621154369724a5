//! What speaks against a single original: why the standard does not count it, or why the purchaser will ask about it.
//!
//! Pure, so that whoever took a photo hears on the spot, while the household is still there, what the purchaser will see
//! (EVIDENCE §1.10 R8). What is said of times and places is a finding for a person, never a rejection: a camera's clock may
//! be wrong, and a fix a kilometre off.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use hudang_evidence::id::BlobHash;

use crate::assess::Photos;
use crate::facts::VisitFacts;
use crate::language::Language;
use crate::standard::Standard;

/// How far a camera's clock may be off, in milliseconds.
const CLOCK_OFF_MS: i64 = 10 * 60_000;
/// Cameras write local time; where they do not say which, it is that of the field (Asia/Shanghai).
const FIELD_OFFSET_MINUTES: i64 = 8 * 60;
/// How far apart the places of one visit may lie: a yard, the way to the sheep, and what positions under a roof are worth.
pub const APART_METRES_MAX: f64 = 2_000.0;

/// What speaks against an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// It was chosen from files, and the standard takes only what was made on the spot.
    Imported,
    /// Its pixels cannot be read, and the standard does not take that.
    Unreadable,
    /// It was stated for another purpose before: one original proves one purpose.
    Twice,
    /// It proves an attempt on a day that another photo proves already.
    SameDay,
    /// The same file is in another visit of this phone.
    Reused,
    /// Its camera says another time than the visit's.
    OtherTime,
    /// Its camera says a place that is far from the visit's.
    OtherPlace,
}

impl Doubt {
    /// What speaks against it and what to do.
    pub const fn message(self, language: Language) -> &'static str {
        match self {
            Self::Imported => language.pick(
                "从相册选的，不计入数量，请现场拍摄。",
                "Chosen from the album: it does not count. Take one on the spot.",
            ),
            Self::Unreadable => language.pick(
                "画面读不出，不计入数量，请把相机格式设为 JPEG 后重拍。",
                "The picture cannot be read: it does not count. Set the camera to JPEG and take it again.",
            ),
            Self::Twice => language.pick(
                "这张照片已用于另一项，不重复计算，请另拍一张。",
                "It stands for something else already: take another one.",
            ),
            Self::SameDay => language.pick(
                "同一天只算上门一次，请改日再去。",
                "One day counts as one attempt: come again on another day.",
            ),
            Self::Reused => language.pick(
                "这部手机上另一户已用过同一个文件，整户会因此不计数。请撤回并现场重拍。",
                "The same file is in another household's visit on this phone, and the visit would not count. Withdraw it and take a \
                 new one.",
            ),
            Self::OtherTime => language.pick(
                "相机记录的拍摄时间不在这次入户期间，办公室会核查。时间不对请打开手机的“自动设置时间”后重拍。",
                "The camera's time is not that of this visit, and the office will ask. Set the phone's clock to automatic and take it \
                 again.",
            ),
            Self::OtherPlace => language.pick(
                "相机记录的位置离这户超过 2 公里，办公室会核查。请现场重拍，或在备注里说明。",
                "The camera's place is more than 2 km away, and the office will ask. Take it again here, or say why in a note.",
            ),
        }
    }
}

/// What the standard has against photos, by purpose and original; one of which nothing is said counts.
pub fn of_photos(facts: &VisitFacts, standard: &Standard) -> BTreeMap<(String, BlobHash), BTreeSet<Doubt>> {
    let mut found: BTreeMap<(String, BlobHash), BTreeSet<Doubt>> = BTreeMap::new();
    let Some(rules) = standard.requirements(facts.outcome) else {
        return found;
    };
    let taken = Photos::of(standard, rules);
    for photo in &facts.photos {
        let doubts = taken.doubts(facts, photo);
        if !doubts.is_empty() {
            found
                .entry((photo.purpose.clone(), photo.blob))
                .or_default()
                .extend(doubts);
        }
    }
    if let Some(rule) = &rules.attempts {
        let mut proven = BTreeSet::new();
        let of_attempts = |photo: &&crate::facts::PhotoFact| photo.purpose == rule.purpose;
        let mut attempts: Vec<_> = facts.photos.iter().filter(of_attempts).collect();
        attempts.sort_by_key(|photo| facts.photo_times.get(&(photo.purpose.clone(), photo.blob)));
        for photo in attempts {
            let place = (photo.purpose.clone(), photo.blob);
            if !found.contains_key(&place) && !proven.insert(photo.day) {
                found.entry(place).or_default().insert(Doubt::SameDay);
            }
        }
    }
    found
}

/// Whether a camera's time (EXIF `DateTimeOriginal`, `YYYY:MM:DD HH:MM:SS`, with `OffsetTimeOriginal` where it is known) lies
/// outside of when the visit was made, in milliseconds since 1970. A time that cannot be read says nothing.
pub fn is_another_time(taken: &str, offset_minutes: Option<i16>, from_ms: i64, to_ms: i64) -> bool {
    let Ok(local) = NaiveDateTime::parse_from_str(taken, "%Y:%m:%d %H:%M:%S") else {
        return false;
    };
    let offset_minutes = offset_minutes.map_or(FIELD_OFFSET_MINUTES, i64::from);
    let taken_ms = local.and_utc().timestamp_millis() - offset_minutes * 60_000;
    taken_ms < from_ms.saturating_sub(CLOCK_OFF_MS) || taken_ms > to_ms.saturating_add(CLOCK_OFF_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_may_be_ten_minutes_off_and_no_more() {
        // 2026-03-20 10:00 in the field.
        let (from_ms, to_ms) = (1_773_972_000_000, 1_773_975_600_000);
        let is_other = |taken: &str, offset| is_another_time(taken, offset, from_ms, to_ms);
        assert!(!is_other("2026:03:20 10:00:00", None));
        assert!(!is_other("2026:03:20 09:50:00", None));
        assert!(is_other("2026:03:20 09:49:59", None));
        assert!(!is_other("2026:03:20 11:10:00", None));
        assert!(is_other("2026:03:20 11:10:01", None));
        assert!(is_other("2025:03:20 10:00:00", None));
        assert!(!is_other("2026:03:20 02:30:00", Some(0)));
        assert!(!is_other("yesterday", None));
    }
}
