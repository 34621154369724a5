//! A draft goes over to another form, usually the next version of its own: what carries over, what does not and why.
//!
//! Nothing is decided for people: [`plan`] says answer by answer what would become of it, [`Plan::apply`] writes just
//! that. An answer stays where its question is asked under the same path, and goes along where the question has moved
//! to another group. What the new form does not take is taken back in the document, whose history keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hudang_evidence::id::FormHash;
use hudang_form::form::{Form, Question, QuestionId};
use hudang_form::outline::{Change, Described, Outline, compare};
use hudang_form::session::Held;
use serde::Serialize;

use super::Questionnaire;
use super::filling::{Filling, Occasion, text_of, typed};
use crate::document::DocumentError;
use crate::document::genesis::Repeat;
use crate::document::standing::Standing;
use crate::document::visit::VisitDocument;
use crate::value::{AnswerPath, InstancePath, Value};

/// Why a draft cannot go over to a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// It is the form that is asked.
    #[error("the visit is with this form already")]
    Same,
    /// A question of one form is a repeat in the other: one place cannot hold both.
    #[error("{0} is a question in one form and a repeat in the other")]
    Kind(String),
    /// Rows that were made by the present form have no place for a repeat inside them.
    #[error("the rows that are there have no place for {0}")]
    Inner(String),
    /// The document refuses it.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl From<crate::value::PathError> for MoveError {
    fn from(error: crate::value::PathError) -> Self {
        Self::Document(error.into())
    }
}

impl MoveError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Same => "MOVE-SAME",
            Self::Kind(_) => "MOVE-KIND",
            Self::Inner(_) => "MOVE-INNER",
            Self::Document(error) => error.code(),
        }
    }
}

/// What becomes of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum Fate {
    /// It stays.
    Carried,
    /// It goes along with its question.
    Moved {
        /// Where to.
        to: AnswerPath,
    },
    /// Some of several choices are gone; the others stay.
    Reduced {
        /// The choices that are gone.
        gone: Vec<String>,
    },
    /// It does not carry over.
    Dropped {
        /// Why not.
        why: Reason,
    },
}

/// Why an answer does not carry over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The new form does not ask it.
    QuestionGone,
    /// The question has another type, which does not take this answer.
    TypeChanged,
    /// The choice is gone.
    ChoiceGone,
    /// The new form works it out itself.
    Calculated,
    /// The question is in another repeat, or its repeat counts its rows in another way.
    RepeatChanged,
    /// The question has moved, and another answer stands there already; both stay.
    AnsweredThere,
}

/// Why an answer that carries over is not seen, or not good, in the new form as the answers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// The question is not asked: the answer is kept out of sight and is not sealed.
    NotAsked,
    /// The choice is not offered as the other answers stand.
    NotOffered,
    /// The constraint does not allow it.
    NotAllowed,
}

/// An answer, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Where it stands.
    pub path: AnswerPath,
    /// What it says.
    pub value: Value,
    /// What becomes of it.
    #[serde(flatten)]
    pub fate: Fate,
    /// What is to be looked at afterwards.
    pub doubt: Option<Doubt>,
}

/// What would become of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The form that is asked.
    pub from: FormHash,
    /// The form that will be.
    pub to: FormHash,
    /// Every answer that stands, by path.
    pub answers: Vec<Item>,
    /// The questions that the present form does not ask, in the order of the new one.
    pub new_questions: Vec<String>,
    #[serde(skip)]
    repeats: Vec<String>,
    #[serde(skip)]
    writes: Vec<(AnswerPath, Value)>,
}

impl Plan {
    /// The answers that do not carry over, whole or in part.
    pub fn lost(&self) -> impl Iterator<Item = &Item> {
        self.answers
            .iter()
            .filter(|item| matches!(item.fate, Fate::Dropped { .. } | Fate::Reduced { .. }))
    }

    /// Takes the document over to the new form.
    pub fn apply(&self, document: &mut VisitDocument) -> Result<(), DocumentError> {
        for name in &self.repeats {
            document.make_repeat(name)?;
        }
        document.set_asked(self.to)?;
        for (path, value) in &self.writes {
            document.set_answer(path, value)?;
        }
        Ok(())
    }
}

/// Answers that stand in a document and that the form does not ask: those of an earlier form, and those that a partner
/// wrote by it after the visit was moved.
pub fn left_behind(
    questionnaire: &Questionnaire,
    document: &VisitDocument,
) -> Result<BTreeMap<AnswerPath, Value>, DocumentError> {
    let form = questionnaire.form();
    let mut standing = document.standing()?.values;
    standing.retain(|path, value| {
        let located = questionnaire.names().locate(form, &path.to_string());
        value.is_answered() && !located.is_some_and(|located| form.question(located.question).is_value())
    });
    Ok(standing)
}

/// Says what would become of a draft that goes over to another form. Changes nothing.
pub fn plan(
    from: &Questionnaire,
    to: &Arc<Questionnaire>,
    document: &VisitDocument,
    occasion: Occasion,
) -> Result<Plan, MoveError> {
    if from.hash() == to.hash() {
        return Err(MoveError::Same);
    }
    let standing = document.standing()?;
    let forms = Forms::of(from, to);
    let mut plan = Plan {
        from: from.hash(),
        to: to.hash(),
        answers: Vec::new(),
        new_questions: forms.new_questions.clone(),
        repeats: forms.new_repeats(document)?,
        writes: Vec::new(),
    };
    for (path, value) in standing.values.iter().filter(|(_, value)| value.is_answered()) {
        if let Some(found) = forms.fate(&standing, path, value)? {
            plan.writes.extend(found.writes);
            plan.answers.push(Item {
                path: path.clone(),
                value: value.clone(),
                fate: found.fate,
                doubt: None,
            });
        }
    }
    let mut after = document.clone();
    plan.apply(&mut after)?;
    let doubts = doubts(to, &after, occasion)?;
    for item in &mut plan.answers {
        let now = match &item.fate {
            Fate::Carried | Fate::Reduced { .. } => &item.path,
            Fate::Moved { to } => to,
            Fate::Dropped { .. } => continue,
        };
        item.doubt = doubts.get(&now.to_string()).copied();
    }
    Ok(plan)
}

/// What the new form says about the answers that it would have.
fn doubts(
    to: &Arc<Questionnaire>,
    document: &VisitDocument,
    occasion: Occasion,
) -> Result<BTreeMap<String, Doubt>, DocumentError> {
    let filling = Filling::open(Arc::clone(to), document, occasion)?;
    let mut doubts = BTreeMap::new();
    filling.session().each_held(&mut |places, held| {
        let Held::Value {
            question,
            kept,
            value,
            relevant,
            allowed,
            ..
        } = held
        else {
            return;
        };
        let doubt = match () {
            () if kept.is_empty() || !to.form().question(*question).is_value() => return,
            () if !relevant => Doubt::NotAsked,
            () if value != kept => Doubt::NotOffered,
            () if !allowed => Doubt::NotAllowed,
            () => return,
        };
        doubts.insert(to.names().path(to.form(), places, *question), doubt);
    });
    Ok(doubts)
}

/// Both forms, side by side.
struct Forms<'a> {
    from: &'a Questionnaire,
    to: &'a Questionnaire,
    /// As they are described, by path.
    old: BTreeMap<String, Described>,
    new: BTreeMap<String, Described>,
    /// From a path of the old form to where the question is in the new one.
    moved: BTreeMap<String, String>,
    new_questions: Vec<String>,
}

/// What becomes of an answer, and what is written for it.
struct Found {
    fate: Fate,
    writes: Vec<(AnswerPath, Value)>,
}

impl<'a> Forms<'a> {
    fn of(from: &'a Questionnaire, to: &'a Questionnaire) -> Self {
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
    fn new_repeats(&self, document: &VisitDocument) -> Result<Vec<String>, MoveError> {
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

    fn fate(
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
        let fate = if target != *path {
            let there = standing.values.get(&target);
            if there.is_some_and(|there| there.is_answered() && *there != kept) {
                return dropped(Reason::AnsweredThere, Vec::new());
            }
            writes.push((target.clone(), kept));
            writes.push((path.clone(), Value::Cleared));
            Fate::Moved { to: target }
        } else {
            if kept != *value {
                writes.push((target, kept));
            }
            if gone.is_empty() {
                Fate::Carried
            } else {
                Fate::Reduced { gone }
            }
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
