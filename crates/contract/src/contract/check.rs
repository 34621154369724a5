//! The rules that a contract's terms must meet. Each looks at all of it and never stops at the first problem.

use std::collections::BTreeSet;

use hudang_visit::Outcome;
use hudang_visit::standard::{Standard, StandardError};

use super::Terms;
use crate::area::lies_in;
use crate::cycle::CycleRule;
use crate::money::Fen;
use crate::problem::Problem;

/// What is wrong apart from the standard.
pub(super) fn problems(terms: &Terms) -> Vec<Problem> {
    let mut problems = Vec::new();
    head(terms, &mut problems);
    areas(terms, &mut problems);
    periods(terms, &mut problems);
    quantities(terms, &mut problems);
    cycle(terms, &mut problems);
    roster(terms, &mut problems);
    problems
}

/// The standard in the terms.
pub(super) fn standard(terms: &Terms) -> Result<Standard, StandardError> {
    let json =
        serde_json::to_vec(&terms.standard).map_err(|error| StandardError::Fields(error.to_string()))?;
    Standard::from_json(&json)
}

/// What is wrong with the outcomes that the standard accepts and that are paid (REQ D6: two investigators).
pub(super) fn outcomes(terms: &Terms, standard: &Standard) -> Vec<Problem> {
    let mut problems = Vec::new();
    for outcome in standard.outcomes() {
        if standard
            .requirements(outcome)
            .is_some_and(|rules| rules.investigators < 2)
        {
            problems.push(Problem::Pair(word(outcome)));
        }
    }
    if terms.paid.is_empty() {
        problems.push(Problem::PaidOutcome(String::new()));
    }
    for outcome in &terms.paid {
        if standard.requirements(*outcome).is_none() {
            problems.push(Problem::PaidOutcome(word(*outcome)));
        }
    }
    problems
}

fn word(outcome: Outcome) -> String {
    serde_json::to_value(outcome)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn head(terms: &Terms, problems: &mut Vec<Problem>) {
    if terms.title.trim().is_empty() {
        problems.push(Problem::Empty("title"));
    }
    let different: BTreeSet<_> = terms.contractors.iter().collect();
    if different.is_empty() || different.len() != terms.contractors.len() {
        problems.push(Problem::Contractors);
    }
    if !terms.term.is_forward() {
        problems.push(Problem::Backwards("term".to_owned()));
    }
    for (field, amount) in [
        ("amount_fen", terms.amount_fen),
        ("unit_price_fen", terms.unit_price_fen),
    ] {
        if amount.is_some_and(|amount| amount < Fen(0)) {
            problems.push(Problem::Amount(field));
        }
    }
}

fn areas(terms: &Terms, problems: &mut Vec<Problem>) {
    if terms.areas.is_empty() {
        problems.push(Problem::NoArea);
    }
    for (place, area) in terms.areas.iter().enumerate() {
        if area.code.trim().is_empty() {
            problems.push(Problem::Empty("areas.code"));
        }
        for other in terms.areas.iter().skip(place + 1) {
            if lies_in(&area.code, &other.code) || lies_in(&other.code, &area.code) {
                problems.push(Problem::AreaOverlap(area.code.clone(), other.code.clone()));
            }
        }
    }
}

fn periods(terms: &Terms, problems: &mut Vec<Problem>) {
    if terms.periods.is_empty() {
        problems.push(Problem::NoPeriod);
    }
    for (place, period) in terms.periods.iter().enumerate() {
        if period.key.trim().is_empty() {
            problems.push(Problem::Empty("periods.key"));
        }
        if !period.span().is_forward() {
            problems.push(Problem::Backwards(period.key.clone()));
        } else if !terms.term.covers(&period.span()) {
            problems.push(Problem::PeriodOutside(period.key.clone()));
        }
        for other in terms.periods.iter().skip(place + 1) {
            if period.key == other.key || period.span().overlaps(&other.span()) {
                problems.push(Problem::PeriodOverlap(period.key.clone(), other.key.clone()));
            }
        }
    }
}

fn quantities(terms: &Terms, problems: &mut Vec<Problem>) {
    if terms.quantities.is_empty() {
        problems.push(Problem::NoQuantity);
        return;
    }
    let areas: BTreeSet<&str> = terms.areas.iter().map(|area| area.code.as_str()).collect();
    let periods: BTreeSet<&str> = terms.periods.iter().map(|period| period.key.as_str()).collect();
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut agreed: BTreeSet<&str> = BTreeSet::new();
    for row in &terms.quantities {
        let (area, period) = (row.area.as_str(), row.period.as_str());
        let both = || (row.area.clone(), row.period.clone());
        if !areas.contains(area) || !periods.contains(period) {
            let (area, period) = both();
            problems.push(Problem::QuantityUnknown(area, period));
        } else if !seen.insert((area, period)) {
            let (area, period) = both();
            problems.push(Problem::QuantityTwice(area, period));
        }
        if row.visits == 0 {
            let (area, period) = both();
            problems.push(Problem::QuantityZero(area, period));
        }
        agreed.insert(area);
    }
    let without = areas.difference(&agreed);
    problems.extend(without.map(|area| Problem::AreaWithoutQuantity((*area).to_owned())));
}

fn cycle(terms: &Terms, problems: &mut Vec<Problem>) {
    let CycleRule::From(starts) = &terms.cycle else {
        return;
    };
    let first_in_time = starts.first().is_some_and(|first| *first <= terms.term.from);
    if !first_in_time || !starts.is_sorted_by(|a, b| a < b) {
        problems.push(Problem::CycleDates);
    }
}

fn roster(terms: &Terms, problems: &mut Vec<Problem>) {
    let mut sorted: Vec<_> = terms.roster.iter().collect();
    sorted.sort_by_key(|member| (&member.person, member.on.map(|span| span.from)));
    for member in &sorted {
        if !terms.contractors.contains(&member.org) {
            problems.push(Problem::RosterOrg(member.person.to_string()));
        }
        if member.on.is_some_and(|span| !span.is_forward()) {
            problems.push(Problem::Backwards(member.person.to_string()));
        }
    }
    for pair in sorted.windows(2) {
        let [one, other] = pair else { continue };
        let together = match (one.on, other.on) {
            (Some(one), Some(other)) => one.overlaps(&other),
            _ => true,
        };
        if one.person == other.person && together {
            problems.push(Problem::RosterTwice(one.person.to_string()));
        }
    }
}
