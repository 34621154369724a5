//! What holds from which day: versions of a contract, and the forms that were published to it (EVIDENCE §1.10 R5).
//!
//! Each item holds from its day on until a later decision holds. What somebody in the field may still go by is what held
//! before the last change: nobody learns of a decision before it was made, nor without a network.
//!
//! ```
//! use hudang_contract::history::{History, Item};
//! use hudang_evidence::time::WallTime;
//!
//! let decided = |day: &str| format!("{day}T00:00:00.000Z").parse::<WallTime>().expect("a time");
//! let day = |day: &str| day.parse().expect("a day");
//! let history = History::new(vec![
//!     Item { from: None, decided: decided("2026-01-02"), what: "first" },
//!     Item { from: Some(day("2026-03-10")), decided: decided("2026-03-01"), what: "second" },
//! ]);
//! assert_eq!(history.on(day("2026-03-09")).map(|item| item.what), Some("first"));
//! assert_eq!(history.on(day("2026-03-10")).map(|item| item.what), Some("second"));
//! let usable = |on| history.usable(day(on), 15, None).map(|item| item.what).collect::<Vec<_>>();
//! assert_eq!(usable("2026-03-20"), ["second", "first"], "a phone without a network for ten days");
//! assert_eq!(usable("2026-03-26"), ["second"]);
//! ```

use chrono::{Days, NaiveDate};
use hudang_evidence::id::FormHash;
use hudang_evidence::time::WallTime;

/// Something that holds from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<T> {
    /// The first day; `None` for what has held ever since.
    pub from: Option<NaiveDate>,
    /// When it was decided.
    pub decided: WallTime,
    /// What holds.
    pub what: T,
}

impl<T> Item<T> {
    fn has_begun(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day)
    }

    /// From when on people had to go by it: not before it was decided.
    fn since(&self) -> NaiveDate {
        let decided = self.decided.day();
        self.from.map_or(decided, |from| from.max(decided))
    }
}

/// Items in the order in which they were decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History<T>(Vec<Item<T>>);

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> History<T> {
    /// Takes items in the order in which they were decided.
    pub const fn new(items: Vec<Item<T>>) -> Self {
        Self(items)
    }

    /// All of it, in the order in which it was decided.
    pub fn items(&self) -> &[Item<T>] {
        &self.0
    }

    /// What was decided last, in force or not.
    pub fn newest(&self) -> Option<&Item<T>> {
        self.0.last()
    }

    /// What holds on a day.
    pub fn on(&self, day: NaiveDate) -> Option<&Item<T>> {
        self.0.iter().rev().find(|item| item.has_begun(day))
    }

    /// What may be gone by on a day: first what holds, then what held before changes that are no older than the grace.
    /// `heard` is when the phone last had word from the server: what it knew by then it has to go by.
    pub fn usable(
        &self,
        day: NaiveDate,
        grace_days: u32,
        heard: Option<WallTime>,
    ) -> impl Iterator<Item = &Item<T>> {
        let mut replaced_by: Option<&Item<T>> = None;
        let begun = self.0.iter().rev().filter(move |item| item.has_begun(day));
        begun.take_while(move |item| {
            let Some(change) = replaced_by.replace(item) else {
                return true;
            };
            let last = change.since().checked_add_days(Days::new(u64::from(grace_days)));
            last.is_none_or(|last| day <= last) && heard.is_none_or(|heard| heard < change.decided)
        })
    }
}

/// A form that was published to a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Which form.
    pub form: FormHash,
    /// Where its answers hold the identity number of the household's head, e.g. `head/identity`; empty where nowhere.
    pub identity: String,
}

impl History<Publication> {
    /// Whether a visit may be asked by a form: the one that holds on the day of its opening, one that a phone may still go
    /// by on that day, or one that came into force until the seal, to which its draft was moved.
    pub fn admits(&self, form: FormHash, asked: &Asked) -> bool {
        let mut usable = self.usable(asked.opened, asked.grace_days, asked.heard);
        usable.any(|item| item.what.form == form)
            || self.0.iter().any(|item| {
                item.what.form == form
                    && item.decided <= asked.sealed
                    && item
                        .from
                        .is_some_and(|from| asked.opened < from && from <= asked.sealed.day())
            })
    }

    /// How a form was published last.
    pub fn of(&self, form: FormHash) -> Option<&Publication> {
        let mut published = self.0.iter().rev().filter(|item| item.what.form == form);
        published.next().map(|item| &item.what)
    }
}

/// When a visit was asked by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The day of its opening.
    pub opened: NaiveDate,
    /// When its seal was received first.
    pub sealed: WallTime,
    /// Days for which a phone goes on by what held before a change.
    pub grace_days: u32,
    /// When the phone last had word from the server before the opening, if it says so.
    pub heard: Option<WallTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn noon(day: &str) -> WallTime {
        format!("{day}T04:00:00.000Z").parse().unwrap()
    }

    fn item<T>(from: &str, decided: &str, what: T) -> Item<T> {
        Item {
            from: from.parse().ok(),
            decided: noon(decided),
            what,
        }
    }

    fn usable(history: &History<u8>, on: &str, heard: Option<&str>) -> Vec<u8> {
        let items = history.usable(day(on), 15, heard.map(noon));
        items.map(|item| item.what).collect()
    }

    #[test]
    fn what_held_before_is_usable_for_the_grace_and_not_by_who_has_heard() {
        let history = History::new(vec![
            item("", "2026-01-02", 1),
            item("2026-03-10", "2026-03-01", 2),
        ]);
        for (on, heard, expected) in [
            ("2026-03-09", None, vec![1]),
            ("2026-03-10", None, vec![2, 1]),
            ("2026-03-10", Some("2026-02-28"), vec![2, 1]),
            ("2026-03-10", Some("2026-03-02"), vec![2]),
            ("2026-03-25", None, vec![2, 1]),
            ("2026-03-26", None, vec![2]),
        ] {
            assert_eq!(usable(&history, on, heard), expected, "{on} {heard:?}");
        }
    }

    #[test]
    fn a_backdated_change_holds_on_earlier_days_and_takes_nothing_from_who_could_not_know() {
        let history = History::new(vec![
            item("", "2026-01-02", 1),
            item("2026-03-01", "2026-03-20", 2),
        ]);
        assert_eq!(usable(&history, "2026-02-28", None), [1]);
        assert_eq!(usable(&history, "2026-03-05", None), [2, 1]);
        assert_eq!(usable(&history, "2026-04-04", None), [2, 1]);
        assert_eq!(
            usable(&history, "2026-04-05", None),
            [2],
            "fifteen days after the decision"
        );
    }

    #[test]
    fn of_several_changes_each_has_its_own_grace_and_the_last_decision_wins() {
        let history = History::new(vec![
            item("", "2026-01-02", 1),
            item("2026-03-01", "2026-03-01", 2),
            item("2026-03-10", "2026-03-10", 3),
        ]);
        assert_eq!(usable(&history, "2026-03-12", None), [3, 2, 1]);
        assert_eq!(usable(&history, "2026-03-20", None), [3, 2]);
        assert_eq!(usable(&history, "2026-03-20", Some("2026-03-05")), [3, 2]);
        assert_eq!(usable(&history, "2026-03-26", None), [3]);
        let corrected = History::new(vec![
            item("", "2026-01-02", 1),
            item("2026-03-10", "2026-03-01", 2),
            item("2026-03-05", "2026-03-02", 3),
        ]);
        assert_eq!(corrected.on(day("2026-03-11")).map(|item| item.what), Some(3));
    }

    #[test]
    fn a_draft_may_move_to_a_form_that_came_before_its_seal() {
        let form = |n: u8| FormHash::of(&[n]);
        let published = |n| Publication {
            form: form(n),
            identity: String::new(),
        };
        let history = History::new(vec![
            item("", "2026-01-02", published(1)),
            item("2026-03-10", "2026-03-08", published(2)),
        ]);
        let admits = |n, opened: &str, sealed: &str| {
            history.admits(
                form(n),
                &Asked {
                    opened: day(opened),
                    sealed: noon(sealed),
                    grace_days: 15,
                    heard: None,
                },
            )
        };
        for (n, opened, sealed, expected) in [
            (1, "2026-03-09", "2026-04-09", true),
            (2, "2026-03-09", "2026-03-10", true),
            (2, "2026-03-09", "2026-03-09", false),
            (2, "2026-03-07", "2026-03-07", false),
            (1, "2026-03-25", "2026-03-25", true),
            (1, "2026-03-26", "2026-03-26", false),
            (3, "2026-03-26", "2026-03-26", false),
        ] {
            assert_eq!(admits(n, opened, sealed), expected, "{n} {opened} {sealed}");
        }
        assert_eq!(history.of(form(2)), Some(&published(2)));
        assert_eq!(history.of(form(3)), None);
    }
}
