//! Stretches of days, both ends included: 2021-02-01…2022-01-31 is 365 days (DESIGN §9).

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stretch of days in Asia/Shanghai, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Span {
    /// Whether the day lies in it.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether all of another stretch lies in it.
    pub fn covers(&self, other: &Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// Whether the two share a day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// How many days it has; nothing where it ends before it begins.
    pub fn days(&self) -> u64 {
        u64::try_from((self.to - self.from).num_days().saturating_add(1)).unwrap_or(0)
    }

    /// How many days the two share.
    pub fn shared_days(&self, other: &Self) -> u64 {
        Self {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        }
        .days()
    }

    /// Whether it begins no later than it ends.
    pub fn is_forward(&self) -> bool {
        self.from <= self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        }
    }

    #[test]
    fn both_ends_are_included() {
        let year = span("2021-02-01", "2022-01-31");
        assert_eq!(year.days(), 365);
        assert!(year.contains(year.from) && year.contains(year.to));
        assert!(year.overlaps(&span("2022-01-31", "2022-02-01")));
        // The example of the procedure.
        assert_eq!(year.shared_days(&span("2021-11-19", "2022-11-19")), 74);
        assert_eq!(year.shared_days(&span("2022-02-01", "2022-02-02")), 0);
        assert!(!year.overlaps(&span("2022-02-01", "2022-02-01")));
        assert_eq!(span("2022-02-02", "2022-02-01").days(), 0);
    }
}
