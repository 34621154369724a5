//! A visit being filled in: the answers of its document in a session of its form.
//!
//! The document holds what people wrote, and what the form drew once (`once`, `uuid`, chance): that is the visit's from
//! then on, on every phone. What the form presets (defaults, `start`, `today`, an
//! instance id) follows from the form, the visit and the moment of its opening, on every phone alike, until somebody
//! writes over it; what it calculates follows from the answers. Both are part of what is sealed.

use std::collections::BTreeMap;
use std::sync::Arc;

use hudang_evidence::id::VisitId;
use hudang_evidence::seal::Outcome;
use hudang_evidence::snapshot::Revealed;
use hudang_evidence::time::WallTime;
use hudang_form::form::{Form, Question, QuestionId};
use hudang_form::session::{Answers, Changes, Environment, Held, Place, Session, SessionError, ViewKind};

use super::Questionnaire;
use super::judge::{Sitting, Verdict, count_up, judge, value_of};
use super::known::{Known, add_known};
use super::names::{Located, Owner};
use crate::document::DocumentError;
use crate::document::genesis::Repeat;
use crate::document::standing::Standing;
use crate::document::visit::VisitDocument;
use crate::value::{AnswerPath, InstanceId, InstancePath, PathError, Value};

/// Why an answer is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillingError {
    /// The form has no such question, or there is no such instance.
    #[error("the form has no {0}")]
    Unknown(String),
    /// The form works it out itself.
    #[error("{0} is worked out by the form")]
    Calculated(String),
    /// It is no value of the question's type, or none of the choices.
    #[error("{0} does not take this value")]
    Value(String),
    /// The session refuses it.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The document refuses it.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl From<PathError> for FillingError {
    fn from(error: PathError) -> Self {
        Self::Document(error.into())
    }
}

impl FillingError {
    /// The path of the question that it is about, where it is about one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Unknown(path) | Self::Calculated(path) | Self::Value(path) => Some(path),
            Self::Session(_) | Self::Document(_) => None,
        }
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "ANSWER-UNKNOWN",
            Self::Calculated(_) => "ANSWER-CALCULATED",
            Self::Value(_) => "ANSWER-VALUE",
            Self::Session(error) => error.code(),
            Self::Document(error) => error.code(),
        }
    }
}

/// Which visit is filled in, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// The visit.
    pub visit: VisitId,
    /// When it was opened first, as far as is known.
    pub opened: WallTime,
    /// The present.
    pub now: WallTime,
}

/// A visit being filled in.
#[derive(Debug)]
pub struct Filling {
    questionnaire: Arc<Questionnaire>,
    occasion: Occasion,
    /// Which document: what the form brings along has its ids from the form that the visit was opened with.
    owner: Owner,
    session: Session,
    /// What is known of household and visit.
    known: Known,
    /// What the form presets and what is known, by the session's keys.
    presets: BTreeMap<String, String>,
    /// Whether what was drawn at the opening is in the document.
    has_kept_draws: bool,
}

impl Filling {
    /// Opens a document's answers, over what is known already.
    pub fn open(
        questionnaire: Arc<Questionnaire>,
        document: &VisitDocument,
        occasion: Occasion,
        known: Known,
    ) -> Result<Self, DocumentError> {
        let environment = questionnaire.environment(occasion.visit, occasion.opened);
        let (_, began) = document.identity()?;
        let owner = Owner {
            visit: occasion.visit,
            form: began,
        };
        let presets = presets(&questionnaire, owner, &environment, &known);
        let answers = answers(&questionnaire, &presets, &document.standing()?);
        let (mut session, _) = Session::open(Arc::clone(questionnaire.form()), environment, Some(&answers));
        session.set_now(super::in_shanghai(occasion.now));
        Ok(Self {
            questionnaire,
            occasion,
            owner,
            session,
            known,
            presets,
            has_kept_draws: false,
        })
    }

    /// The form.
    pub const fn questionnaire(&self) -> &Arc<Questionnaire> {
        &self.questionnaire
    }

    /// The session, for showing.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// When the visit was opened, as this filling knows it.
    pub const fn opened(&self) -> WallTime {
        self.occasion.opened
    }

    /// Moves the clock.
    pub fn set_now(&mut self, now: WallTime) {
        self.occasion.now = now;
        self.session.set_now(super::in_shanghai(now));
    }

    /// Answers a question; the document gets one change for each field that this changed. After an error the filling
    /// may be ahead of the document: it is to be opened again.
    pub fn answer(
        &mut self,
        document: &mut VisitDocument,
        path: &AnswerPath,
        value: &Value,
    ) -> Result<Changes, FillingError> {
        let name = path.to_string();
        let unknown = || FillingError::Unknown(name.clone());
        let located = self.locate(&name).ok_or_else(unknown)?;
        let form = Arc::clone(self.questionnaire.form());
        let question = form.question(located.question);
        if !question.is_value() {
            return Err(unknown());
        }
        if question.bind.calculate.is_some() {
            return Err(FillingError::Calculated(name));
        }
        let text = text_of(value);
        let before = self.session.kept(&located.key).ok_or_else(unknown)?.to_owned();
        let changes = self.session.set(&located.key, &text)?;
        let kept = self.session.kept(&located.key).unwrap_or_default();
        if kept.is_empty() && !text.is_empty() {
            self.session.set(&located.key, &before)?;
            return Err(FillingError::Value(name));
        }
        document.set_answer(path, &typed(question, kept))?;
        self.keep_draws(document)?;
        // Before anything is written: what a count brought back has its answers in the document.
        let changes = self.follow_counts(document, changes)?;
        self.write_back(document, &changes)?;
        Ok(changes)
    }

    /// Adds an instance of a repeat, with what the form presets in it.
    pub fn add(
        &mut self,
        document: &mut VisitDocument,
        within: &InstancePath,
        repeat: &str,
        id: InstanceId,
    ) -> Result<Changes, FillingError> {
        let place = within.question(repeat)?.to_string();
        let located = self.locate(&place).ok_or(FillingError::Unknown(place))?;
        let changes = self.session.add_with_id(&located.key, &id.to_string())?;
        let questionnaire = Arc::clone(&self.questionnaire);
        let skeleton = questionnaire.skeleton();
        document.add_instance(skeleton, within, repeat, id)?;
        self.keep_draws(document)?;
        let instance = within.join(repeat, id)?;
        let inner = skeleton.inside(&instance).unwrap_or_default();
        let has_inner = self.plant(document, &instance, inner)?;
        let id = id.to_string();
        let mut preset = Vec::new();
        each_written(
            &questionnaire,
            self.owner,
            &self.session,
            &mut |places, path, question, kept| {
                if places.iter().any(|(_, at)| *at == id) {
                    preset.push((path.to_owned(), typed(question, kept)));
                }
            },
        );
        for (path, value) in preset {
            document.set_answer(&path.parse::<AnswerPath>()?, &value)?;
        }
        if has_inner {
            // The instances inside have their derived ids from now on.
            return self.reload(document);
        }
        self.follow_counts(document, changes)
    }

    /// Removes an instance, or brings it back.
    pub fn set_removed(
        &mut self,
        document: &mut VisitDocument,
        instance: &InstancePath,
        removed: bool,
    ) -> Result<Changes, FillingError> {
        document.set_removed(instance, removed)?;
        self.reload(document)
    }

    /// Writes what the form drew into the document, where that holds none of it yet. Every action on answers does so by
    /// itself; before answers are sealed it is to be called.
    pub fn keep_draws(&mut self, document: &mut VisitDocument) -> Result<(), FillingError> {
        if self.has_kept_draws {
            return Ok(());
        }
        self.has_kept_draws = true;
        let questionnaire = Arc::clone(&self.questionnaire);
        if !questionnaire.form().has_drawn() {
            return Ok(());
        }
        let mut drawn = Vec::new();
        each_written(
            &questionnaire,
            self.owner,
            &self.session,
            &mut |_, path, question, kept| {
                if question.bind.calculate.is_some() {
                    drawn.push((path.to_owned(), typed(question, kept)));
                }
            },
        );
        for (path, value) in drawn {
            let path: AnswerPath = path.parse()?;
            if document.answer(&path)?.value.is_none() {
                document.set_answer(&path, &value)?;
            }
        }
        Ok(())
    }

    /// Takes over what the document says by now, e.g. after a partner's changes were merged. Says what that changed.
    pub fn merge(&mut self, document: &VisitDocument, opened: WallTime) -> Result<Changes, FillingError> {
        if opened != self.occasion.opened {
            self.occasion.opened = opened;
            self.preset();
        }
        self.reload(document)
    }

    /// Takes over what is known by now. Says what that changed.
    pub fn set_known(&mut self, document: &VisitDocument, known: Known) -> Result<Changes, FillingError> {
        if known == self.known {
            return Ok(Changes::default());
        }
        self.known = known;
        self.preset();
        self.reload(document)
    }

    fn preset(&mut self) {
        let environment = self
            .questionnaire
            .environment(self.occasion.visit, self.occasion.opened);
        self.presets = presets(&self.questionnaire, self.owner, &environment, &self.known);
    }

    /// What is sealed: the relevant answers and calculated values by their paths, and the instances of each repeat in
    /// their order. The time of the end is not among them.
    pub fn sealed(&self) -> BTreeMap<String, serde_json::Value> {
        self.gathered(false)
    }

    /// The same with the time of the end, where the form asks for it.
    pub fn sealed_now(&mut self) -> BTreeMap<String, serde_json::Value> {
        self.session.finish();
        self.gathered(true)
    }

    /// Whether sealed answers say what stands here, the time of the end apart.
    pub fn says_the_same(&self, sealed: &BTreeMap<String, serde_json::Value>) -> bool {
        let form = self.questionnaire.form();
        let counts = |path: &str| {
            self.locate(path)
                .is_none_or(|located| !is_end(form.question(located.question)))
        };
        let without_end = sealed.iter().filter(|(path, _)| counts(path));
        without_end.eq(self.sealed().iter())
    }

    /// What the form says about the answers as they stand; `standing` holds what [`Self::sealed`] gave.
    pub fn verdict(&self, standing: &Revealed, outcome: Outcome) -> Verdict {
        let sitting = Sitting {
            visit: self.occasion.visit,
            sealed: self.occasion.now,
            outcome,
        };
        judge(&self.questionnaire, standing, sitting)
    }

    /// What the form asks at a path, with answers filled in.
    pub fn label(&self, path: &str) -> Option<String> {
        self.session.view_at(&self.locate(path)?.key)?.label
    }

    fn locate(&self, path: &str) -> Option<Located> {
        self.questionnaire.names().locate(self.questionnaire.form(), path)
    }

    fn gathered(&self, with_end: bool) -> BTreeMap<String, serde_json::Value> {
        let (form, names) = (self.questionnaire.form(), self.questionnaire.names());
        let mut sealed = BTreeMap::new();
        self.session.each_held(&mut |places, held| match held {
            Held::Value {
                question: id,
                value,
                relevant,
                ..
            } => {
                let question = form.question(*id);
                let is_wanted = question.is_value() && (with_end || !is_end(question));
                if is_wanted && *relevant && !value.is_empty() {
                    sealed.insert(names.path(form, places, *id), value_of(question, value));
                }
            }
            Held::Repeat { question, ids } => {
                if form.question(*question).is_open_repeat() && !ids.is_empty() {
                    sealed.insert(
                        names.path(form, places, *question),
                        serde_json::Value::from(ids.clone()),
                    );
                }
            }
        });
        sealed
    }

    /// Writes into the document what a step changed beside the answer: what the form set in turn.
    fn write_back(&self, document: &mut VisitDocument, changes: &Changes) -> Result<(), FillingError> {
        let form = self.questionnaire.form();
        for view in changes.changed.iter().filter(|view| view.value.is_some()) {
            let Some(path) = self.questionnaire.names().path_of_key(form, &view.key) else {
                continue;
            };
            let Some(located) = self.locate(&path) else {
                continue;
            };
            let question = form.question(located.question);
            if !is_written(form, located.question) {
                continue;
            }
            let path: AnswerPath = path.parse()?;
            let kept = self.session.kept(&view.key).unwrap_or_default();
            let written = document.answer(&path)?.value;
            let shown = match &written {
                Some(value) => text_of(value),
                None => self.presets.get(&view.key).cloned().unwrap_or_default(),
            };
            if shown != kept {
                document.set_answer(&path, &typed(question, kept))?;
            }
        }
        Ok(())
    }

    /// Where a count brought instances back, their answers are in the document.
    fn follow_counts(
        &mut self,
        document: &VisitDocument,
        mut changes: Changes,
    ) -> Result<Changes, FillingError> {
        let is_counted = |key: &str| {
            let short = key.rsplit_once('[').and_then(|(_, id)| id.strip_suffix(']'));
            short.is_some_and(|id| id.len() <= 3)
        };
        let has_come =
            |view: &hudang_form::session::View| view.kind == ViewKind::Instance && is_counted(&view.key);
        if changes.changed.iter().any(has_come) {
            let more = self.reload(document)?;
            changes.changed.extend(more.changed);
            changes.gone.extend(more.gone);
        }
        Ok(changes)
    }

    /// Makes the inner instances that the form brings along with a new one; whether there are any.
    fn plant(
        &self,
        document: &mut VisitDocument,
        within: &InstancePath,
        repeats: &[Repeat],
    ) -> Result<bool, FillingError> {
        let mut has_any = false;
        for repeat in repeats {
            for number in 1..=repeat.instances {
                let id = self.owner.derived(within, &repeat.name, &number.to_string());
                let id: InstanceId = id.ok_or(PathError)?.parse()?;
                document.add_instance(self.questionnaire.skeleton(), within, &repeat.name, id)?;
                self.plant(document, &within.join(&repeat.name, id)?, &repeat.repeats)?;
                has_any = true;
            }
        }
        Ok(has_any)
    }

    fn reload(&mut self, document: &VisitDocument) -> Result<Changes, FillingError> {
        let mut answers = answers(&self.questionnaire, &self.presets, &document.standing()?);
        // What is calculated or counted stays until what it looks at changes.
        let (form, names) = (self.questionnaire.form(), self.questionnaire.names());
        self.session.each_held(&mut |places, held| match held {
            Held::Value {
                question: id, kept, ..
            } => {
                let question = form.question(*id);
                if question.is_value()
                    && question.bind.calculate.is_some()
                    && let Some(located) = names.locate(form, &names.path(form, places, *id))
                {
                    // What was drawn stands as the document has it.
                    if form.is_drawn(*id) {
                        let drawn = answers.values.entry(located.key);
                        drawn.or_insert_with(|| (*kept).to_owned());
                    } else {
                        answers.values.insert(located.key, (*kept).to_owned());
                    }
                }
            }
            Held::Repeat { question, ids } => {
                if !form.question(*question).is_open_repeat()
                    && let Some(located) = names.locate(form, &names.path(form, places, *question))
                {
                    let written = answers.instances.entry(located.key).or_default();
                    if written.len() < ids.len() {
                        *written = ids.iter().map(|id| (*id).to_owned()).collect();
                    }
                }
            }
        });
        Ok(self.session.merge(&answers))
    }
}

/// Is shown a value with the places that it is in, its path, and its question.
type Seer<'a> = dyn FnMut(&[Place<'_>], &str, &Question, &str) + 'a;

/// Shows what of a session belongs into a document, by its path there.
fn each_written(questionnaire: &Questionnaire, owner: Owner, session: &Session, see: &mut Seer<'_>) {
    let (form, names) = (questionnaire.form(), questionnaire.names());
    session.each_held(&mut |places, held| {
        let Held::Value {
            question: id, kept, ..
        } = held
        else {
            return;
        };
        let question = form.question(*id);
        if !is_written(form, *id) || kept.is_empty() {
            return;
        }
        let Some(places) = in_document(questionnaire, owner, places) else {
            return;
        };
        let places: Vec<Place<'_>> = places.iter().map(|(repeat, id)| (*repeat, id.as_str())).collect();
        see(&places, &names.path(form, &places, *id), question, kept);
    });
}

/// The same places with the ids that the document has: what the form brings along has derived ones there.
fn in_document(
    questionnaire: &Questionnaire,
    owner: Owner,
    places: &[Place<'_>],
) -> Option<Vec<(QuestionId, String)>> {
    let mut within = InstancePath::TOP;
    let mut found = Vec::with_capacity(places.len());
    for (repeat, id) in places {
        let mut id = (*id).to_owned();
        if questionnaire.form().question(*repeat).is_open_repeat() {
            let name = questionnaire.names().relative(*repeat);
            if id.parse::<InstanceId>().is_err() {
                id = owner.derived(&within, name, &id)?;
            }
            within = within.join(name, id.parse().ok()?).ok()?;
        }
        found.push((*repeat, id));
    }
    Some(found)
}

/// What a fresh session holds by itself and what is known, by the keys that a session on the document has.
fn presets(
    questionnaire: &Questionnaire,
    owner: Owner,
    environment: &Environment,
    known: &Known,
) -> BTreeMap<String, String> {
    let (fresh, _) = Session::open(Arc::clone(questionnaire.form()), environment.clone(), None);
    let mut presets = BTreeMap::new();
    each_written(questionnaire, owner, &fresh, &mut |_, path, _, kept| {
        if let Some(located) = questionnaire.names().locate(questionnaire.form(), path) {
            presets.insert(located.key, kept.to_owned());
        }
    });
    add_known(questionnaire, &fresh, known, &mut presets);
    presets
}

/// The answers of a session on a document: what stands there, over what the form presets.
fn answers(
    questionnaire: &Questionnaire,
    presets: &BTreeMap<String, String>,
    standing: &Standing,
) -> Answers {
    let (form, names) = (questionnaire.form(), questionnaire.names());
    let mut answers = Answers {
        values: presets.clone(),
        ..Answers::default()
    };
    for ((within, repeat), ids) in &standing.instances {
        let place = within.question(repeat).map(|path| path.to_string());
        if let Some(located) = place.ok().and_then(|place| names.locate(form, &place)) {
            let ids = ids.iter().map(ToString::to_string).collect();
            answers.instances.insert(located.key, ids);
        }
    }
    for (path, value) in &standing.values {
        // What a partner wrote by another form is none of this one's answers.
        let Some(located) = names.locate(form, &path.to_string()) else {
            continue;
        };
        if is_written(form, located.question) {
            count_up(&mut answers, &located.key);
            answers.values.insert(located.key, text_of(value));
        }
    }
    answers
}

/// Whether a question's value is kept in the document: what is calculated follows from the others, unless it is drawn.
fn is_written(form: &Form, id: QuestionId) -> bool {
    let question = form.question(id);
    question.is_value() && (question.bind.calculate.is_none() || form.is_drawn(id))
}

/// Whether it holds the time at which the visit ended (`jr:preload`).
fn is_end(question: &Question) -> bool {
    let preload = question.bind.preload.as_ref();
    preload.is_some_and(|(kind, parameter)| kind == "timestamp" && parameter == "end")
}

/// An answer as a session takes it.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Cleared => String::new(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    }
}

/// What a session keeps, as the document keeps it.
pub(super) fn typed(question: &Question, kept: &str) -> Value {
    if kept.is_empty() {
        return Value::Cleared;
    }
    match value_of(question, kept) {
        serde_json::Value::Number(number) => number.as_i64().map_or_else(|| kept.into(), Value::Integer),
        _ => kept.into(),
    }
}
