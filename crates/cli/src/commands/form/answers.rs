//! Answers in JSON: objects for groups, lists of objects for repeats, by the questions' names.

use std::collections::BTreeMap;

use hudang_form::form::{Form, QuestionId, Role};
use hudang_form::session::Session;
use serde::Serialize;
use serde_json::{Map, Value};

/// An answer that could not be given.
#[derive(Debug, Serialize)]
pub(super) struct Refused {
    /// Where it stands in the file.
    pub(super) at: String,
    pub(super) code: &'static str,
    pub(super) why: String,
}

/// Later answers may open choices for earlier ones; more rounds than this are a circle.
const ROUNDS_MAX: usize = 4;

/// Answers the form. What cannot be answered is returned, and does not stop the rest.
pub(super) fn give(session: &mut Session, answers: &Map<String, Value>) -> Vec<Refused> {
    let form = std::sync::Arc::clone(session.form());
    let mut giving = Giving {
        form: &form,
        session,
        values: Vec::new(),
        refused: Vec::new(),
    };
    let Some((root, id)) = form
        .questions()
        .first()
        .and_then(|root| Some((root.path.clone(), form.at_path(&root.path)?)))
    else {
        return Vec::new();
    };
    giving.group(id, &root, "", answers);
    giving.settle();
    giving.refused
}

struct Giving<'s> {
    form: &'s Form,
    session: &'s mut Session,
    /// Place in the file, key, value.
    values: Vec<(String, String, String)>,
    refused: Vec<Refused>,
}

impl Giving<'_> {
    fn refuse(&mut self, at: &str, code: &'static str, why: impl Into<String>) {
        self.refused.push(Refused {
            at: at.to_owned(),
            code,
            why: why.into(),
        });
    }

    /// Answers what is in a group, in the order of the form: a choice may depend on one before it.
    fn group(&mut self, id: QuestionId, key: &str, at: &str, answers: &Map<String, Value>) {
        let mut left: BTreeMap<&str, &Value> = answers
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        self.within(id, key, at, &mut left);
        for name in left.keys() {
            self.refuse(
                &below(at, name),
                "FORM-ANSWER-UNKNOWN",
                "the form has no such question here",
            );
        }
    }

    /// Groups need not be written: what is in them may stand directly.
    fn within(&mut self, id: QuestionId, key: &str, at: &str, left: &mut BTreeMap<&str, &Value>) {
        let children = self.form.question(id).children.clone();
        for child in children {
            let question = self.form.question(child);
            let name = question.name.written();
            let (child_key, place) = (format!("{key}/{name}"), below(at, &name));
            let given = left.remove(name.as_str());
            match (&question.role, given) {
                (Role::Value, Some(value)) => self.value(child_key, place, value),
                (Role::Group, Some(Value::Object(answers))) => self.group(child, &child_key, &place, answers),
                (Role::Repeat(_), Some(Value::Array(instances))) => {
                    self.instances(child, &child_key, &place, instances);
                }
                (Role::Group, None) => self.within(child, &child_key, at, left),
                (Role::Group | Role::Repeat(_), Some(_)) => self.refuse(
                    &place,
                    "FORM-ANSWER-SHAPE",
                    "a group is an object, a repeat a list of objects",
                ),
                _ => {}
            }
        }
    }

    fn value(&mut self, key: String, at: String, value: &Value) {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(answer) => answer.to_string(),
            Value::Array(values) => {
                let chosen: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                chosen.join(" ")
            }
            Value::Object(_) => {
                self.refuse(
                    &at,
                    "FORM-ANSWER-SHAPE",
                    "an answer is a text, a number or a list of choices",
                );
                return;
            }
        };
        if let Err(error) = self.session.set(&key, &text) {
            // It may be possible once the others are given.
            if !matches!(error, hudang_form::session::SessionError::ReadOnly(_)) {
                self.refuse(&at, error.code(), error.to_string());
                return;
            }
        }
        self.values.push((at, key, text));
    }

    fn instances(&mut self, id: QuestionId, key: &str, at: &str, instances: &[Value]) {
        for (index, instance) in instances.iter().enumerate() {
            let place = format!("{at}[{}]", index + 1);
            let Value::Object(answers) = instance else {
                self.refuse(
                    &place,
                    "FORM-ANSWER-SHAPE",
                    "an instance of a repeat is an object",
                );
                continue;
            };
            let found = self.instance_at(key, index);
            let found = match found {
                Some(found) => found,
                None => {
                    if let Err(error) = self.session.add(key) {
                        self.refuse(&place, error.code(), error.to_string());
                        continue;
                    }
                    match self.instance_at(key, index) {
                        Some(found) => found,
                        None => continue,
                    }
                }
            };
            self.group(id, &found, &place, answers);
        }
    }

    /// The key of a repeat's instance at a position.
    fn instance_at(&self, range: &str, index: usize) -> Option<String> {
        let reference = self.session.reference(range)?;
        self.session.key_at(&format!("{reference}[{}]", index + 1))
    }

    /// Gives again what did not stay, as long as that helps.
    fn settle(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let mut has_helped = false;
            for (_, key, text) in &self.values {
                if held(self.session, key).is_some_and(|value| value.is_empty()) && !text.is_empty() {
                    has_helped |= self
                        .session
                        .set(key, text)
                        .is_ok_and(|changes| !changes.changed.is_empty());
                }
            }
            if !has_helped {
                break;
            }
        }
        let lost: Vec<(String, String)> =
            self.values
                .iter()
                .filter(|(_, key, text)| {
                    !text.is_empty()
                        && self.session.view_at(key).is_some_and(|view| {
                            view.relevant && view.value.is_some_and(|value| value.is_empty())
                        })
                })
                .map(|(at, _, text)| (at.clone(), text.clone()))
                .collect();
        for (at, text) in lost {
            self.refuse(
                &at,
                "FORM-ANSWER-VALUE",
                format!("{text} is no value of the question's type, or none of its choices"),
            );
        }
    }
}

fn held(session: &Session, key: &str) -> Option<String> {
    session.view_at(key).and_then(|view| view.value)
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}/{name}")
    }
}
