//! How many visits stand where. Counts add up: those of two parts together are those of the whole, in any order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::Quantity;
use crate::stand::Standing;
use crate::state::{Reason, State};

/// Where visits are counted; also what opens the list of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The contracted area; empty for none.
    pub area: String,
    /// The contracted period; empty for none.
    pub period: String,
    /// The state.
    pub state: State,
    /// The first reason; absent where the state needs none.
    pub reason: Option<Reason>,
}

impl Place {
    /// Where a visit that stands so is counted.
    pub fn of(standing: &Standing) -> Self {
        Self {
            area: standing.area.clone(),
            period: standing.period.clone(),
            state: standing.state,
            reason: standing.reason(),
        }
    }

    /// The reason's word; empty where there is none.
    pub fn reason_word(&self) -> &'static str {
        self.reason.map_or("", Reason::as_str)
    }
}

/// How many visits stand at each place. As a difference between two counts the numbers may be negative.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    // No place with zero is kept, so that equal counts are equal.
    places: BTreeMap<Place, i64>,
}

impl Counts {
    /// One visit more at this place.
    pub fn add(&mut self, place: Place) {
        self.change(place, 1);
    }

    /// One visit less at this place.
    pub fn remove(&mut self, place: Place) {
        self.change(place, -1);
    }

    /// So many visits more, or fewer.
    pub fn change(&mut self, place: Place, by: i64) {
        let number = self.places.get(&place).copied().unwrap_or(0).saturating_add(by);
        if number == 0 {
            self.places.remove(&place);
        } else {
            self.places.insert(place, number);
        }
    }

    /// Takes over all of the other counts.
    pub fn merge(&mut self, other: &Self) {
        for (place, number) in &other.places {
            self.change(place.clone(), *number);
        }
    }

    /// The places with their numbers, in order; none is zero.
    pub fn iter(&self) -> impl Iterator<Item = (&Place, i64)> {
        self.places.iter().map(|(place, number)| (place, *number))
    }

    /// How many visits there are in all.
    pub fn total(&self) -> i64 {
        self.places.values().sum()
    }

    /// How many visits there are at the places that meet a condition.
    pub fn total_where(&self, condition: impl Fn(&Place) -> bool) -> i64 {
        self.iter()
            .filter(|(place, _)| condition(place))
            .map(|(_, number)| number)
            .sum()
    }
}

impl FromIterator<Place> for Counts {
    fn from_iter<I: IntoIterator<Item = Place>>(places: I) -> Self {
        let mut counts = Self::default();
        places.into_iter().for_each(|place| counts.add(place));
        counts
    }
}

/// A column of the comparison (REQ D8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// Assigned or begun, or not all of it is here.
    Underway,
    /// All of it is here, whatever became of it.
    Received,
    /// Counts towards the quantity.
    Counted,
    /// All of it is here, but it does not count.
    NotCounted,
    /// The purchaser looked at it.
    Checked,
    /// The purchaser accepted it.
    Accepted,
}

impl Column {
    /// Whether visits in this state belong in the column.
    pub const fn has(self, state: State) -> bool {
        match self {
            Self::Underway => matches!(state, State::Assigned | State::Draft | State::Sealed),
            Self::Received => state.is_received(),
            Self::Counted => state.is_counted(),
            Self::NotCounted => state.is_received() && !state.is_counted(),
            Self::Checked => matches!(state, State::Checked | State::Accepted | State::Rejected),
            Self::Accepted => matches!(state, State::Accepted),
        }
    }
}

/// What was agreed and what there is, in one area and period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The contracted area; empty for visits outside all of them.
    pub area: String,
    /// The contracted period; empty for visits outside all of them.
    pub period: String,
    /// How many visits are agreed.
    pub contracted: u64,
    /// How many are assigned or begun, or not wholly here.
    pub underway: u64,
    /// How many are wholly here.
    pub received: u64,
    /// How many of those count.
    pub counted: u64,
    /// How many of those do not, by reason.
    pub not_counted: BTreeMap<Reason, u64>,
    /// How many the purchaser looked at.
    pub checked: u64,
    /// How many the purchaser accepted.
    pub accepted: u64,
    /// Every place that the numbers are made of: what opens the lists behind them.
    pub places: Vec<(Place, u64)>,
}

impl Line {
    /// The places behind a number.
    pub fn behind(&self, column: Column) -> impl Iterator<Item = &Place> {
        self.places
            .iter()
            .map(|(place, _)| place)
            .filter(move |place| column.has(place.state))
    }

    fn take(&mut self, place: &Place, visits: u64) {
        let into = |column: Column| if column.has(place.state) { visits } else { 0 };
        self.underway += into(Column::Underway);
        self.received += into(Column::Received);
        self.counted += into(Column::Counted);
        self.checked += into(Column::Checked);
        self.accepted += into(Column::Accepted);
        if Column::NotCounted.has(place.state) {
            // A rejected visit needs no other reason than that.
            *self
                .not_counted
                .entry(place.reason.unwrap_or(Reason::Refused))
                .or_default() += visits;
        }
        self.places.push((place.clone(), visits));
    }
}

/// Puts counts beside the contracted quantities: a line for each that is agreed, and for each where there is
/// something, ordered by area and period.
pub fn compare(agreed: &[Quantity], counts: &Counts) -> Vec<Line> {
    let mut lines: BTreeMap<(String, String), Line> = BTreeMap::new();
    let empty = |area: &str, period: &str| Line {
        area: area.to_owned(),
        period: period.to_owned(),
        contracted: agreed
            .iter()
            .find(|row| row.area == area && row.period == period)
            .map_or(0, |row| row.visits),
        underway: 0,
        received: 0,
        counted: 0,
        not_counted: BTreeMap::new(),
        checked: 0,
        accepted: 0,
        places: Vec::new(),
    };
    for row in agreed {
        lines
            .entry((row.area.clone(), row.period.clone()))
            .or_insert_with(|| empty(&row.area, &row.period));
    }
    for (place, visits) in counts.iter() {
        let key = (place.area.clone(), place.period.clone());
        let line = lines
            .entry(key)
            .or_insert_with(|| empty(&place.area, &place.period));
        line.take(place, u64::try_from(visits).unwrap_or(0));
    }
    lines.into_values().collect()
}
