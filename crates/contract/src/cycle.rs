//! Cycles 轮次: the stretch of time in which a household counts once (DESIGN §5 "Counted").

use chrono::{Datelike as _, Days, Months, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::Span;

/// How often a household may count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CycleRule {
    /// Once in a calendar month 月.
    Month,
    /// Once in a calendar quarter 季.
    Quarter,
    /// Once in half a calendar year 半年.
    HalfYear,
    /// Once in a calendar year 年.
    Year,
    /// Once from each of these days to the day before the next, the last one to the end of the contract.
    From(Vec<NaiveDate>),
}

/// One cycle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cycle {
    /// Names it: `2026-03`, `2026-Q1`, `2026-H1`, `2026`, or its first day.
    pub key: String,
    /// Its days.
    pub span: Span,
}

impl CycleRule {
    /// The cycle of a day. `end` is the contract's last day, where a list of dates ends.
    pub fn cycle_of(&self, day: NaiveDate, end: NaiveDate) -> Option<Cycle> {
        let (year, month0) = (day.year(), day.month0());
        let calendar = |months: u32, key: String| {
            let from = NaiveDate::from_ymd_opt(year, month0 / months * months + 1, 1)?;
            let to = from.checked_add_months(Months::new(months))?.pred_opt()?;
            Some(Cycle {
                key,
                span: Span { from, to },
            })
        };
        match self {
            Self::Month => calendar(1, format!("{year:04}-{:02}", month0 + 1)),
            Self::Quarter => calendar(3, format!("{year:04}-Q{}", month0 / 3 + 1)),
            Self::HalfYear => calendar(6, format!("{year:04}-H{}", month0 / 6 + 1)),
            Self::Year => calendar(12, format!("{year:04}")),
            Self::From(starts) => {
                let from = starts.iter().filter(|start| **start <= day).max().copied()?;
                let next = starts.iter().filter(|start| **start > day).min().copied();
                let to = next
                    .and_then(|next| next.checked_sub_days(Days::new(1)))
                    .unwrap_or(end);
                (day <= to).then(|| Cycle {
                    key: from.to_string(),
                    span: Span { from, to },
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn told(rule: &CycleRule, on: &str) -> String {
        rule.cycle_of(day(on), day("2026-12-31")).map_or_else(
            || "none".into(),
            |cycle| format!("{} {}…{}", cycle.key, cycle.span.from, cycle.span.to),
        )
    }

    #[test]
    fn each_day_has_its_cycle() {
        assert_eq!(
            told(&CycleRule::Month, "2026-02-28"),
            "2026-02 2026-02-01…2026-02-28"
        );
        assert_eq!(
            told(&CycleRule::Quarter, "2026-06-30"),
            "2026-Q2 2026-04-01…2026-06-30"
        );
        assert_eq!(
            told(&CycleRule::HalfYear, "2026-07-01"),
            "2026-H2 2026-07-01…2026-12-31"
        );
        assert_eq!(told(&CycleRule::Year, "2024-02-29"), "2024 2024-01-01…2024-12-31");
        let starts = CycleRule::From(vec![day("2026-01-10"), day("2026-05-01")]);
        assert_eq!(told(&starts, "2026-01-09"), "none");
        assert_eq!(told(&starts, "2026-04-30"), "2026-01-10 2026-01-10…2026-04-30");
        assert_eq!(told(&starts, "2026-12-31"), "2026-05-01 2026-05-01…2026-12-31");
        assert_eq!(told(&starts, "2027-01-01"), "none");
    }
}
