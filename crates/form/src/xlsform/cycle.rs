//! Calculations that wait for each other.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::problem::Problems;
use super::reference::references;
use super::table::Table;
use super::text::Text;
use super::tree::{Id, Tree, What};

/// Reports each circle of calculations and conditions once, at the row of one of its questions.
pub(super) fn check(tree: &Tree, table: &Table<'_>, problems: &mut Problems) {
    let mut needs: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for id in tree.in_order() {
        let element = tree.get(id);
        let mut found = Vec::new();
        for attribute in ["calculate", "relevant"] {
            if attribute == "calculate" && !element.trigger.is_empty() {
                continue;
            }
            let Some(text) = element.bound(attribute).and_then(Text::any) else {
                continue;
            };
            for name in direct_references(text) {
                found.extend(tree.named(name));
            }
        }
        // A question is asked only while the groups around it are.
        if let Some(parent) = element
            .parent
            .filter(|parent| tree.get(*parent).what != What::Root)
        {
            found.push(parent);
        }
        if !found.is_empty() {
            needs.insert(id, found);
        }
    }
    for circle in circles(&needs) {
        let place_at = circle.iter().copied().find(|id| {
            let element = tree.get(*id);
            element.bound("calculate").is_some() || element.bound("relevant").is_some()
        });
        let Some(first) = place_at.or(circle.first().copied()) else {
            continue;
        };
        let from = circle.iter().position(|id| *id == first).unwrap_or(0);
        let turned = circle.iter().cycle().skip(from).take(circle.len() + 1);
        let names: Vec<&str> = turned.map(|id| tree.get(*id).name.as_str()).collect();
        let element = tree.get(first);
        let attribute = if element.bound("calculate").is_some() {
            "calculate"
        } else {
            "relevant"
        };
        let place = table.cell(element.row, &["bind", attribute]);
        problems.add(
            place,
            Kind::Cycle {
                path: names.join(" → "),
            },
        );
    }
}

/// Names that an expression needs in the same moment: not those of another instance of a repeat, nor of the last record.
fn direct_references(text: &str) -> impl Iterator<Item = &str> {
    let indexed = text.contains("indexed-repeat") || text.contains("position(");
    references(text)
        .filter(move |reference| {
            let is_filtered = text
                .get(reference.end..)
                .is_some_and(|rest| rest.trim_start().starts_with('['));
            !reference.is_last_saved && !is_filtered && !indexed
        })
        .map(|reference| reference.name)
}

/// One circle for each group of nodes that reach each other. Walks with a list, as graphs can be deep.
fn circles(needs: &BTreeMap<Id, Vec<Id>>) -> Vec<Vec<Id>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Open,
        Done,
    }
    let none = Vec::new();
    let mut states: BTreeMap<Id, State> = BTreeMap::new();
    let mut found = Vec::new();
    for start in needs.keys().copied() {
        if states.contains_key(&start) {
            continue;
        }
        let mut path: Vec<(Id, usize)> = vec![(start, 0)];
        states.insert(start, State::Open);
        while let Some((id, at)) = path.last_mut() {
            let next = needs.get(id).unwrap_or(&none).get(*at).copied();
            *at += 1;
            match next {
                None => {
                    states.insert(*id, State::Done);
                    path.pop();
                }
                Some(next) => match states.get(&next) {
                    Some(State::Done) => {}
                    Some(State::Open) => {
                        let from = path.iter().position(|(id, _)| *id == next).unwrap_or(0);
                        found.push(path.iter().skip(from).map(|(id, _)| *id).collect());
                    }
                    None => {
                        states.insert(next, State::Open);
                        path.push((next, 0));
                    }
                },
            }
        }
    }
    found
}
