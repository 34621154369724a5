//! What differs between two versions of a form, question by question.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Described, Offered, Outline, RuleKind, TextKind, Wording};

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The question's path in the new version (in the old one where it was removed); empty for the form as a whole.
    pub path: String,
    /// What differs.
    #[serde(flatten)]
    pub change: Change,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Title, id, version or languages of the form.
    Form {
        /// Which of them.
        what: &'static str,
        /// Before.
        before: String,
        /// After.
        after: String,
    },
    /// The question is new.
    Added {
        /// Its type.
        #[serde(rename = "type")]
        kind: String,
    },
    /// The question is gone.
    Removed {
        /// Its type.
        #[serde(rename = "type")]
        kind: String,
    },
    /// The question of that name is in another group.
    Moved {
        /// Its path before.
        from: String,
    },
    /// It has another type.
    Type {
        /// Before.
        before: String,
        /// After.
        after: String,
    },
    /// Another text is read.
    Text {
        /// Which one.
        text: TextKind,
        /// In which language; empty where texts have none.
        language: String,
        /// Before, if there was one.
        before: Option<String>,
        /// After, if there is one.
        after: Option<String>,
    },
    /// Another rule holds.
    Rule {
        /// Which one.
        rule: RuleKind,
        /// Before, if there was one.
        before: Option<String>,
        /// After, if there is one.
        after: Option<String>,
    },
    /// A choice is new.
    ChoiceAdded {
        /// What is stored.
        value: String,
        /// What is read.
        label: Wording,
    },
    /// A choice is gone.
    ChoiceRemoved {
        /// What was stored.
        value: String,
        /// What was read.
        label: Wording,
    },
    /// A choice reads differently.
    ChoiceText {
        /// What is stored.
        value: String,
        /// Before.
        before: Wording,
        /// After.
        after: Wording,
    },
    /// The same choices stand in another order.
    ChoicesReordered,
}

/// Compares two versions: differences of the form, then of each question in the order of the new version, then what is
/// gone in the order of the old one. Questions are the same by their path; those of a name that both versions have once
/// are the same wherever they stand.
pub fn compare(before: &Outline, after: &Outline) -> Vec<Difference> {
    let mut found = whole(before, after);
    let old: BTreeMap<&str, &Described> = by_path(before);
    let new: BTreeMap<&str, &Described> = by_path(after);
    let (old_names, new_names) = (names(before), names(after));
    let mut met = BTreeSet::new();
    for question in &after.questions {
        let path = question.path.as_str();
        let mut add = |change| {
            found.push(Difference {
                path: path.to_owned(),
                change,
            });
        };
        let moved = || {
            let is_once = new_names.get(question.name()).is_some_and(Option::is_some);
            let from = old_names.get(question.name()).copied().flatten();
            from.filter(|from| is_once && !new.contains_key(from.path.as_str()))
        };
        let known = old.get(path).copied().or_else(moved);
        let Some(known) = known else {
            add(Change::Added {
                kind: question.kind.clone(),
            });
            continue;
        };
        met.insert(known.path.as_str());
        if known.path != question.path {
            add(Change::Moved {
                from: known.path.clone(),
            });
        }
        of_question(known, question, &mut add);
    }
    let gone = before
        .questions
        .iter()
        .filter(|question| !met.contains(question.path.as_str()));
    found.extend(gone.map(|question| Difference {
        path: question.path.clone(),
        change: Change::Removed {
            kind: question.kind.clone(),
        },
    }));
    found
}

fn by_path(outline: &Outline) -> BTreeMap<&str, &Described> {
    let pairs = outline
        .questions
        .iter()
        .map(|question| (question.path.as_str(), question));
    pairs.collect()
}

/// The question of each name, if there is only one.
fn names(outline: &Outline) -> BTreeMap<&str, Option<&Described>> {
    let mut names = BTreeMap::new();
    for question in &outline.questions {
        names
            .entry(question.name())
            .and_modify(|one| *one = None)
            .or_insert(Some(question));
    }
    names
}

fn whole(before: &Outline, after: &Outline) -> Vec<Difference> {
    let (languages, later_languages) = (before.languages.join(", "), after.languages.join(", "));
    let facts = [
        ("id", &before.id, &after.id),
        ("title", &before.title, &after.title),
        ("version", &before.version, &after.version),
        ("languages", &languages, &later_languages),
    ];
    let differs = |(what, before, after): (&'static str, &String, &String)| {
        (before != after).then(|| Difference {
            path: String::new(),
            change: Change::Form {
                what,
                before: before.clone(),
                after: after.clone(),
            },
        })
    };
    facts.into_iter().filter_map(differs).collect()
}

fn of_question(before: &Described, after: &Described, add: &mut impl FnMut(Change)) {
    if before.kind != after.kind {
        add(Change::Type {
            before: before.kind.clone(),
            after: after.kind.clone(),
        });
    }
    let kinds: BTreeSet<TextKind> = before.texts.keys().chain(after.texts.keys()).copied().collect();
    for text in kinds {
        let (old, new) = (before.texts.get(&text), after.texts.get(&text));
        let in_language = |wording: Option<&Wording>, language: &str| wording?.get(language).cloned();
        let languages: BTreeSet<&String> = [old, new].into_iter().flatten().flat_map(Wording::keys).collect();
        for language in languages {
            let (old, new) = (in_language(old, language), in_language(new, language));
            if old != new {
                add(Change::Text {
                    text,
                    language: language.clone(),
                    before: old,
                    after: new,
                });
            }
        }
    }
    let kinds: BTreeSet<RuleKind> = before.rules.keys().chain(after.rules.keys()).copied().collect();
    for rule in kinds {
        let (old, new) = (before.rules.get(&rule), after.rules.get(&rule));
        if old != new {
            add(Change::Rule {
                rule,
                before: old.cloned(),
                after: new.cloned(),
            });
        }
    }
    of_choices(&before.choices, &after.choices, add);
}

fn of_choices(before: &[Offered], after: &[Offered], add: &mut impl FnMut(Change)) {
    let index = |choices: &[Offered]| -> BTreeMap<String, Wording> {
        let pairs = choices
            .iter()
            .map(|choice| (choice.value.clone(), choice.label.clone()));
        pairs.collect()
    };
    let (old, new) = (index(before), index(after));
    for choice in after {
        match old.get(&choice.value) {
            None => add(Change::ChoiceAdded {
                value: choice.value.clone(),
                label: choice.label.clone(),
            }),
            // Where a list has one value twice, its last label stands for it in both versions.
            Some(label) if Some(label) != new.get(&choice.value) => add(Change::ChoiceText {
                value: choice.value.clone(),
                before: label.clone(),
                after: choice.label.clone(),
            }),
            Some(_) => {}
        }
    }
    for choice in before.iter().filter(|choice| !new.contains_key(&choice.value)) {
        add(Change::ChoiceRemoved {
            value: choice.value.clone(),
            label: choice.label.clone(),
        });
    }
    let kept = |choices: &[Offered], other: &BTreeMap<String, Wording>| -> Vec<String> {
        let kept = choices.iter().filter(|choice| other.contains_key(&choice.value));
        kept.map(|choice| choice.value.clone()).collect()
    };
    if kept(before, &new) != kept(after, &old) {
        add(Change::ChoicesReordered);
    }
}
