//! A draft goes over to another form, usually the next version of its own: what carries over, what does not and why.
//!
//! Nothing is decided for people: [`plan`] says answer by answer what would become of it, [`Plan::apply`] writes just
//! that. An answer stays where its question is asked under the same path, and goes along where the question has moved
//! to another group. What the new form does not take is taken back in the document, whose history keeps it.

mod fate;

use std::collections::BTreeMap;
use std::sync::Arc;

use hudang_evidence::id::FormHash;
use hudang_form::session::Held;
use serde::Serialize;

use self::fate::Forms;
use super::Questionnaire;
use super::filling::{Filling, Occasion};
use super::known::Known;
use crate::document::DocumentError;
use crate::document::visit::VisitDocument;
use crate::value::{AnswerPath, Value};

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
    let filling = Filling::open(Arc::clone(to), document, occasion, Known::new())?;
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
