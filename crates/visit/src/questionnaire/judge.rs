//! Sealed answers held to the form's rules, the same on the phone before sealing and on the server before counting.
//!
//! The answers are what a snapshot discloses, by the names of [`super::names`]; the session is opened on just these.
//! `now` and `today` are the sealing's. A calculation that hangs on the moment or on chance is kept as it was sealed;
//! every other must follow. Where values were erased, only what can be told from one answer alone is found: any other
//! finding might follow from what is no longer there.

use core::fmt;
use std::borrow::Cow;
use std::collections::BTreeMap;

use hudang_evidence::id::VisitId;
use hudang_evidence::seal::Outcome;
use hudang_evidence::snapshot::Revealed;
use hudang_evidence::time::WallTime;
use hudang_form::answer::AnswerType;
use hudang_form::form::{Question, QuestionId};
use hudang_form::session::{Answers, Given, Held, Session};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Questionnaire;
use crate::assess::{Assessment, Missing, MissingCode};
use crate::value::InstanceId;

/// Most findings about names that the form does not have; a hostile snapshot may hold any number.
const UNKNOWN_MAX: usize = 20;
/// Most instances of one repeat, and of all repeats of a visit together, that are judged.
const INSTANCES_MAX: usize = 999;
const INSTANCES_IN_ALL_MAX: usize = 4_000;
/// Longest name that is repeated in a finding, in bytes.
const NAME_SHOWN_MAX: usize = 256;

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum FormCode {
    /// A required question without an answer.
    FormRequired,
    /// An answer that breaks the question's constraint.
    FormConstraint,
    /// A calculated value that does not follow from the answers.
    FormCalculation,
    /// An answer to a question that is not asked.
    FormIrrelevant,
    /// An answer that is none of the choices.
    FormChoice,
    /// A value that is not of the question's type.
    FormType,
    /// A name that the form does not have, or an instance that is not there.
    FormUnknown,
}

impl fmt::Display for FormCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl FormCode {
    const fn missing(self) -> MissingCode {
        match self {
            Self::FormRequired => MissingCode::FormRequired,
            Self::FormConstraint => MissingCode::FormConstraint,
            Self::FormCalculation => MissingCode::FormCalculation,
            Self::FormIrrelevant => MissingCode::FormIrrelevant,
            Self::FormChoice => MissingCode::FormChoice,
            Self::FormType => MissingCode::FormType,
            Self::FormUnknown => MissingCode::FormUnknown,
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormFinding {
    /// What.
    pub code: FormCode,
    /// The path of the answer.
    pub path: String,
}

/// Which visit, and when and how it was sealed.
#[derive(Debug, Clone, Copy)]
pub struct Sitting {
    /// The visit.
    pub visit: VisitId,
    /// When it was sealed: the form's `now`.
    pub sealed: WallTime,
    /// How it ended. Where nobody could be asked, nothing is required.
    pub outcome: Outcome,
}

/// What the form says about sealed answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong, sorted.
    pub findings: Vec<FormFinding>,
    /// How many values were erased or withheld: then only names and types were judged.
    pub withheld: usize,
}

impl Verdict {
    /// Whether all of the form's rules were held to the answers, and all hold.
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty() && self.withheld == 0
    }

    /// Adds the findings to an assessment, one piece for each question and kind. Values that are not here are a piece
    /// too: whoever holds one back would otherwise escape all rules.
    pub fn add_to(&self, assessment: &mut Assessment) {
        let mut pieces: BTreeMap<(FormCode, String), u64> = BTreeMap::new();
        for finding in &self.findings {
            let count = pieces.entry((finding.code, in_form(&finding.path))).or_default();
            *count = count.saturating_add(1);
        }
        let missing = pieces.into_iter().map(|((code, question), need)| Missing {
            code: code.missing(),
            requirement: format!("form:{question}"),
            have: 0,
            need,
            waiver: None,
        });
        assessment.missing.extend(missing);
        if self.withheld > 0 {
            assessment.missing.push(Missing {
                code: MissingCode::FormWithheld,
                requirement: "form:".to_owned(),
                have: 0,
                need: self.withheld as u64,
                waiver: None,
            });
        }
        assessment.missing.sort_unstable();
    }
}

/// A path without the ids and numbers of instances.
fn in_form(path: &str) -> String {
    let steps = path
        .split('/')
        .filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit()));
    let names: Vec<&str> = steps.map(|step| step.split('[').next().unwrap_or(step)).collect();
    names.join("/")
}

/// Holds disclosed answers to a form.
pub fn judge(questionnaire: &Questionnaire, sealed: &Revealed, sitting: Sitting) -> Verdict {
    let mut reading = Reading::of(questionnaire, sealed);
    // Where nobody could be asked and nothing was answered, nothing is claimed that could be wrong.
    let is_blank = sealed.answers.is_empty() && sitting.outcome != Outcome::Done;
    if sealed.withheld == 0 && !is_blank {
        reading.hold(sitting);
    }
    reading.findings.sort_unstable();
    reading.findings.dedup();
    Verdict {
        findings: reading.findings,
        withheld: sealed.withheld,
    }
}

/// A sealed value in a repeat.
#[derive(Default)]
struct Sealed<'a> {
    path: &'a str,
    /// As a session writes it.
    text: Cow<'a, str>,
}

/// An instance of an open repeat.
#[derive(Default)]
struct Around<'a> {
    /// Its part of the paths of what stands in it.
    path: &'a str,
    /// The repeat; none where nothing is to be found by this path.
    repeat: Option<QuestionId>,
    /// Its key.
    key: String,
}

struct Reading<'a> {
    questionnaire: &'a Questionnaire,
    given: Given<'a>,
    /// What was sealed in repeats: by the instance's part of the path, and in it by question.
    texts: FxHashMap<&'a str, FxHashMap<QuestionId, Sealed<'a>>>,
    /// The instance that was looked at last: answers come in the order of their paths.
    around: Around<'a>,
    /// A question's path in the form, made in one place again and again.
    asked: String,
    findings: Vec<FormFinding>,
    unknown: usize,
    instances: usize,
}

impl<'a> Reading<'a> {
    fn of(questionnaire: &'a Questionnaire, sealed: &'a Revealed) -> Self {
        let mut reading = Self {
            questionnaire,
            given: Given::default(),
            texts: FxHashMap::default(),
            around: Around::default(),
            asked: String::new(),
            findings: Vec::new(),
            unknown: 0,
            instances: 0,
        };
        for (path, value) in &sealed.answers {
            reading.take(path, value);
        }
        reading
    }

    fn find(&mut self, code: FormCode, path: &str) {
        if code == FormCode::FormUnknown {
            self.unknown += 1;
            if self.unknown > UNKNOWN_MAX {
                return;
            }
        }
        let mut end = path.len().min(NAME_SHOWN_MAX);
        while !path.is_char_boundary(end) {
            end -= 1;
        }
        self.findings.push(FormFinding {
            code,
            path: path.get(..end).unwrap_or_default().to_owned(),
        });
    }

    /// Whether so many more instances are still judged.
    fn has_room(&mut self, more: usize) -> bool {
        self.instances = self.instances.saturating_add(more);
        more <= INSTANCES_MAX && self.instances <= INSTANCES_IN_ALL_MAX
    }

    /// The value that stands below a question by these names, whatever repeats are on the way.
    fn below(&mut self, question: &Question, names: &str) -> Option<QuestionId> {
        self.asked.clear();
        self.asked.push_str(&question.path);
        self.asked.push('/');
        self.asked.push_str(names);
        let form = self.questionnaire.form();
        let found = form.at_path(&self.asked)?;
        form.question(found).is_value().then_some(found)
    }

    /// The question that a path outside of repeats leads to, if it holds a value.
    fn alone(&mut self, path: &str) -> Option<QuestionId> {
        let form = self.questionnaire.form();
        let found = self.below(form.questions().first()?, path)?;
        (!form.is_in_repeat(found)).then_some(found)
    }

    /// The question that a path into an instance leads to, if it holds a value, with the repeat; the instance is at
    /// hand then.
    fn inside(&mut self, path: &'a str) -> Option<(QuestionId, QuestionId)> {
        let (instance, name) = path.split_at(path.rfind("]/")? + 2);
        if self.around.path != instance {
            self.around = self.locate_instance(instance).unwrap_or_default();
            self.around.path = instance;
        }
        let repeat = self.around.repeat?;
        let form = self.questionnaire.form();
        let found = self.below(form.question(repeat), name)?;
        (form.repeat_around(found) == Some(repeat)).then_some((found, repeat))
    }

    fn locate_instance(&self, instance: &'a str) -> Option<Around<'a>> {
        let form = self.questionnaire.form();
        let located = self
            .questionnaire
            .names()
            .locate(form, instance.strip_suffix('/')?)?;
        // What names counted instances goes the longer way.
        let is_plain = count_up(&mut Answers::default(), &located.key) == 0;
        let is_open = form.question(located.question).is_open_repeat();
        (is_plain && is_open).then_some(Around {
            path: instance,
            repeat: Some(located.question),
            key: located.key,
        })
    }

    /// Takes up one answer, if its name and type are the form's.
    fn take(&mut self, path: &'a str, value: &'a Value) {
        let form = self.questionnaire.form();
        if let Some(question) = self.alone(path) {
            match text_of(form.question(question), value) {
                Some(text) => self.given.put(question, text),
                None => self.find(FormCode::FormType, path),
            }
            return;
        }
        if let Some((question, repeat)) = self.inside(path) {
            match text_of(form.question(question), value) {
                Some(_) if !self.has_room(0) => self.find(FormCode::FormUnknown, path),
                Some(text) => {
                    let place = (self.around.key.as_str(), repeat);
                    self.given.put_inside(place, question, text.clone());
                    self.remember(path, question, text);
                }
                None => self.find(FormCode::FormType, path),
            }
            return;
        }
        self.take_by_key(path, value);
    }

    fn take_by_key(&mut self, path: &'a str, value: &'a Value) {
        let form = self.questionnaire.form();
        let Some(located) = self.questionnaire.names().locate(form, path) else {
            return self.find(FormCode::FormUnknown, path);
        };
        let question = form.question(located.question);
        if question.repeat().is_some() {
            let ids = instances(value).filter(|_| question.is_open_repeat());
            match ids.filter(|ids| self.has_room(ids.len())) {
                Some(ids) => {
                    self.given.keyed.instances.insert(located.key, ids);
                }
                None => self.find(FormCode::FormType, path),
            }
            return;
        }
        match text_of(question, value) {
            Some(text) => {
                let made = count_up(&mut self.given.keyed, &located.key);
                if !self.has_room(made) {
                    return self.find(FormCode::FormUnknown, path);
                }
                let kept = text.clone().into_owned();
                self.given.keyed.values.insert(located.key, kept);
                self.remember(path, located.question, text);
            }
            None => self.find(FormCode::FormType, path),
        }
    }

    /// Remembers what was sealed in a repeat, to be held to what the form makes of it.
    fn remember(&mut self, path: &'a str, question: QuestionId, text: Cow<'a, str>) {
        let instance = path.strip_suffix(self.questionnaire.names().relative(question));
        let inside = self.texts.entry(instance.unwrap_or(path)).or_default();
        inside.insert(question, Sealed { path, text });
    }

    /// Holds what was taken up to the form's rules.
    fn hold(&mut self, sitting: Sitting) {
        let questionnaire = self.questionnaire;
        let (form, names) = (questionnaire.form(), questionnaire.names());
        let environment = questionnaire.environment(sitting.visit, sitting.sealed);
        let session = Session::judge(form, environment, &self.given);
        let mut found = Vec::new();
        // The instances at hand, and their part of the paths of what stands in them.
        let (mut at, mut instance) = (Vec::new(), String::new());
        session.each_held(&mut |places, held| {
            let Held::Value {
                question,
                value,
                relevant,
                required,
                allowed,
                ..
            } = held
            else {
                return;
            };
            if !form.question(*question).is_value() {
                return;
            }
            let sealed = if places.is_empty() {
                self.given.alone(*question).unwrap_or_default().into()
            } else {
                if at != places {
                    at = places.to_vec();
                    instance = names.path(form, places, *question);
                    instance.truncate(instance.len() - names.relative(*question).len());
                }
                let inside = self.texts.get_mut(&*instance);
                let sealed = inside.and_then(|inside| inside.remove(question));
                sealed.unwrap_or_default().text
            };
            let code = match () {
                () if !relevant && !sealed.is_empty() => FormCode::FormIrrelevant,
                () if !relevant => return,
                () if is_calculated(questionnaire, *question) && *value != sealed => {
                    FormCode::FormCalculation
                }
                () if *value != sealed => FormCode::FormChoice,
                () if *required && value.is_empty() && sitting.outcome == Outcome::Done => {
                    FormCode::FormRequired
                }
                () if !allowed && !value.is_empty() => FormCode::FormConstraint,
                () => return,
            };
            found.push((code, names.path(form, places, *question)));
        });
        for (code, path) in found {
            self.find(code, &path);
        }
        // What is left stands in instances that are not there.
        let mut left: Vec<&str> = core::mem::take(&mut self.texts)
            .into_values()
            .flat_map(FxHashMap::into_values)
            .map(|sealed| sealed.path)
            .collect();
        left.sort_unstable();
        for path in left {
            self.find(FormCode::FormUnknown, path);
        }
    }
}

/// Whether a question's value must follow from the answers.
fn is_calculated(questionnaire: &Questionnaire, question: QuestionId) -> bool {
    let form = questionnaire.form();
    form.question(question).bind.calculate.is_some() && !form.is_fleeting(question)
}

/// The ids of a repeat's instances; nothing where the value is none.
fn instances(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array()?;
    let mut ids = Vec::with_capacity(items.len());
    for item in items {
        let id: InstanceId = item.as_str()?.parse().ok()?;
        ids.push(id.to_string());
    }
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    (sorted.len() == ids.len()).then_some(ids)
}

/// The text of a sealed value as a session writes it; nothing where it is none of the question's type.
fn text_of<'a>(question: &Question, value: &'a Value) -> Option<Cow<'a, str>> {
    let text = match (question.bind.answer_type, value) {
        (AnswerType::Integer, Value::Number(number)) => Cow::Owned(number.as_i64()?.to_string()),
        (AnswerType::Integer, _) => return None,
        (_, Value::String(text)) => Cow::Borrowed(text.as_str()),
        _ => return None,
    };
    question.takes(&text).then_some(text)
}

/// The value of a question as it is sealed.
pub(super) fn value_of(question: &Question, text: &str) -> Value {
    match question.bind.answer_type {
        AnswerType::Integer => text
            .parse::<i64>()
            .map_or_else(|_| Value::from(text), Value::from),
        _ => Value::from(text),
    }
}

/// Makes the counted instances that a key names: they stand under their numbers, so that all up to the highest are
/// there. The count that the form works out is taken afterwards. Gives how many it made.
pub(super) fn count_up(answers: &mut Answers, key: &str) -> usize {
    let (mut made, mut from) = (0, 0);
    while let Some(open) = key
        .get(from..)
        .and_then(|rest| rest.find('['))
        .map(|at| from + at)
    {
        let Some(close) = key
            .get(open..)
            .and_then(|rest| rest.find(']'))
            .map(|at| open + at)
        else {
            break;
        };
        let (place, id) = (key.get(..open), key.get(open + 1..close));
        from = close + 1;
        // Ids of instances that people add have sixteen digits, numbers at most three.
        let (Some(place), Some(Ok(number))) = (place, id.filter(|id| id.len() <= 3).map(str::parse::<usize>))
        else {
            continue;
        };
        let ids = answers.instances.entry(place.to_owned()).or_default();
        for next in ids.len() + 1..=number {
            ids.push(next.to_string());
            made += 1;
        }
    }
    made
}
