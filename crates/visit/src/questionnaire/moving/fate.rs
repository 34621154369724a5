//! What becomes of each answer when a draft goes over to another form.

use std::collections::{BTreeMap, BTreeSet};

use hudang_form::form::{Form, Question, QuestionId};
use hudang_form::outline::{Change, Described, Outline, compare};

use super::super::Questionnaire;
use super::super::filling::{text_of, typed};
use super::{Fate, MoveError, Reason};
use crate::document::DocumentError;
use crate::document::genesis::Repeat;
use crate::document::standing::Standing;
use crate::document::visit::VisitDocument;
use crate::value::{AnswerPath, InstancePath, Value};

/// Both forms, side by side.
pub(super) struct Forms<'a> {
    from: &'a Questionnaire,
    to: &'a Questionnaire,
    /// As they are described, by path.
    old: BTreeMap<String, Described>,
    new: BTreeMap<String, Described>,
    /// From a path of the old form to where the question is in the new one.
    moved: BTreeMap<String, String>,
    pub(super) new_questions: Vec<String>,
}

/// What becomes of an answer, and what is written for it.
pub(super) struct Found {
    pub(super) fate: Fate,
    pub(super) writes: Vec<(AnswerPath, Value)>,
}

impl<'a> Forms<'a> {
    pub(super) fn of(from: &'a Questionnaire, to: &'a Questionnaire) -> Self {
        let (before, after) = (Outline::of(from.form()), Outline::of(to.form()));
        let mut moved = BTreeMap::new();
        let mut new_questions = Vec::new();
        for difference in compare(&before, &after) {
            match difference.change {
                Change::Moved { from } => {
                    moved.insert(from, difference.path);
                }
                Change::Added { kind } if is_asked(&kind) => new_questions.push(difference.path),
                _ => {}
            }
        }
        let by_path = |outline: Outline| -> BTreeMap<String, Described> {
            let questions = outline.questions.into_iter();
            questions
                .map(|question| (question.path.clone(), question))
                .collect()
        };
        Self {
            from,
            to,
            old: by_path(before),
            new: by_path(after),
            moved,
            new_questions,
        }
    }

    /// The repeats outside all others that the document has not; an error where one has no room in it.
    pub(super) fn new_repeats(&self, document: &VisitDocument) -> Result<Vec<String>, MoveError> {
        for (path, new) in &self.new {
            let is_other = |old: &Described| (old.kind == "repeat") != (new.kind == "repeat");
            if self.old.get(path).is_some_and(is_other) {
                return Err(MoveError::Kind(path.clone()));
            }
            // A form before the present one may have left a repeat here.
            if !["repeat", "group"].contains(&new.kind.as_str()) && document.is_repeat(path)? == Some(true) {
                return Err(MoveError::Kind(path.clone()));
            }
        }
        let mut missing = Vec::new();
        for repeat in &self.to.skeleton().repeats {
            match document.is_repeat(&repeat.name)? {
                Some(true) => check_rows(document, &InstancePath::TOP, repeat)?,
                Some(false) => return Err(MoveError::Kind(repeat.name.clone())),
                None => missing.push(repeat.name.clone()),
            }
        }
        Ok(missing)
    }

    pub(super) fn fate(
        &self,
        standing: &Standing,
        path: &AnswerPath,
        value: &Value,
    ) -> Result<Option<Found>, MoveError> {
        let dropped = |why: Reason, writes: Vec<(AnswerPath, Value)>| {
            let fate = Fate::Dropped { why };
            Ok(Some(Found { fate, writes }))
        };
        let in_form = path.in_form();
        let place = self.moved.get(&in_form).unwrap_or(&in_form);
        let old = located(self.from, path);
        let Some((id, described)) = at(self.to.form(), place).zip(self.new.get(place)) else {
            return match old {
                Some(_) => dropped(Reason::QuestionGone, Vec::new()),
                // Neither form knows it: it was left behind before.
                None => Ok(None),
            };
        };
        let question = self.to.form().question(id);
        if !question.is_value() {
            return dropped(Reason::QuestionGone, Vec::new());
        }
        let old_question = old.map(|id| self.from.form().question(id));
        let was_calculated = old_question.is_some_and(|old| old.bind.calculate.is_some());
        let Some(target) = self.target(path, old, id) else {
            return dropped(Reason::RepeatChanged, Vec::new());
        };
        let taken_back = if target == *path {
            vec![(path.clone(), Value::Cleared)]
        } else {
            Vec::new()
        };
        if question.bind.calculate.is_some() {
            // What both forms work out is nobody's answer.
            if was_calculated {
                return Ok(None);
            }
            return dropped(Reason::Calculated, taken_back);
        }
        let old_kind = self.old.get(&in_form).map_or("", |old| old.kind.as_str());
        if !is_of_kind(old_kind, &described.kind) {
            return dropped(Reason::TypeChanged, taken_back);
        }
        let text = text_of(value);
        let (left, gone) = offered(described, &text);
        if !gone.is_empty() && (left.is_empty() || described.kind == "rank") {
            return dropped(Reason::ChoiceGone, taken_back);
        }
        if !question.takes(&left) {
            return dropped(Reason::TypeChanged, taken_back);
        }
        let kept = typed(question, &left);
        let mut writes = Vec::new();
        let fate = if target == *path {
            if kept != *value {
                writes.push((target, kept));
            }
            if gone.is_empty() {
                Fate::Carried
            } else {
                Fate::Reduced { gone }
            }
        } else {
            let there = standing.values.get(&target);
            if there.is_some_and(|there| there.is_answered() && *there != kept) {
                return dropped(Reason::AnsweredThere, Vec::new());
            }
            writes.push((target.clone(), kept));
            writes.push((path.clone(), Value::Cleared));
            Fate::Moved { to: target }
        };
        Ok(Some(Found { fate, writes }))
    }

    /// Where an answer's question is in the new form; nothing where that is not in the same row.
    fn target(&self, path: &AnswerPath, old: Option<QuestionId>, new: QuestionId) -> Option<AnswerPath> {
        let Some(old) = old else {
            // The present form does not know it; a form before it did, and the new one does under the same path.
            return (located(self.to, path) == Some(new)).then(|| path.clone());
        };
        if repeats_around(self.from.form(), old) != repeats_around(self.to.form(), new) {
            return None;
        }
        let text = path.to_string();
        let row = text.strip_suffix(self.from.names().relative(old))?;
        format!("{row}{}", self.to.names().relative(new)).parse().ok()
    }
}

/// Rows that are there must have a place for each repeat inside them.
fn check_rows(document: &VisitDocument, within: &InstancePath, repeat: &Repeat) -> Result<(), MoveError> {
    let rows = document.instances(within, &repeat.name);
    let rows = rows.map_err(|error| match error {
        DocumentError::OtherKind(_) => MoveError::Inner(repeat.name.clone()),
        other => other.into(),
    })?;
    for row in rows {
        let row = within.join(&repeat.name, row.id)?;
        for inner in &repeat.repeats {
            check_rows(document, &row, inner)?;
        }
    }
    Ok(())
}

/// The value that a path leads to.
fn located(questionnaire: &Questionnaire, path: &AnswerPath) -> Option<QuestionId> {
    let form = questionnaire.form();
    let located = questionnaire.names().locate(form, &path.to_string())?;
    form.question(located.question)
        .is_value()
        .then_some(located.question)
}

/// The question at a path without the root.
fn at(form: &Form, path: &str) -> Option<QuestionId> {
    let root = form.questions().first()?;
    form.at_path(&format!("{}/{path}", root.path))
}

/// The repeats around a question, the innermost first, and whether people add their rows.
fn repeats_around(form: &Form, question: QuestionId) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut above = form.question(question).parent;
    while let Some(id) = above {
        let around: &Question = form.question(id);
        if around.repeat().is_some() {
            found.push((below_root(&around.path).to_owned(), around.is_open_repeat()));
        }
        above = around.parent;
    }
    found
}

fn below_root(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    path.split_once('/').map_or(path, |(_, below)| below)
}

fn is_asked(kind: &str) -> bool {
    !["group", "repeat", "calculate", "hidden", "note"].contains(&kind)
}

/// Whether an answer of one kind may be one of another: an original stays what it is, an order stays an order, and all
/// else is told by the text.
fn is_of_kind(old: &str, new: &str) -> bool {
    const ONLY_ITSELF: [&str; 5] = ["image", "audio", "video", "file", "rank"];
    old.is_empty() || old == new || !ONLY_ITSELF.contains(&old) && !ONLY_ITSELF.contains(&new)
}

/// What is left of an answer, and the choices in it that are gone. Lists that are read from a file are not looked at.
fn offered(described: &Described, text: &str) -> (String, Vec<String>) {
    if described.choices.is_empty() {
        return (text.to_owned(), Vec::new());
    }
    let known: BTreeSet<&str> = described
        .choices
        .iter()
        .map(|choice| choice.value.as_str())
        .collect();
    if described.kind == "select_one" {
        return if known.contains(text) {
            (text.to_owned(), Vec::new())
        } else {
            (String::new(), vec![text.to_owned()])
        };
    }
    let (left, gone): (Vec<&str>, Vec<&str>) =
        text.split_whitespace().partition(|token| known.contains(token));
    (left.join(" "), gone.into_iter().map(str::to_owned).collect())
}
