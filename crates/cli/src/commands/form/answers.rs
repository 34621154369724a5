//! Answers in JSON: objects for groups, lists of objects for repeats, by the questions' names.

use std::collections::BTreeMap;

use hudang_form::form::{Form, QuestionId, Role};
use hudang_form::session::{Session, SessionError};
use hudang_visit::Language;
use hudang_visit::questionnaire::filling::FillingError;
use serde::Serialize;
use serde_json::{Map, Value};

/// An answer that could not be given.
#[derive(Debug, Serialize)]
pub(super) struct Refused {
    /// Where it stands in the file.
    pub(super) at: String,
    pub(super) code: &'static str,
    /// Why, in Chinese and in English.
    pub(super) zh: String,
    pub(super) en: String,
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
    values: Vec<Given>,
    refused: Vec<Refused>,
}

/// An answer of the file.
struct Given {
    /// Where it stands in the file.
    at: String,
    key: String,
    text: String,
    /// Nobody is asked: the form must come to it by itself.
    is_calculated: bool,
}

impl Giving<'_> {
    fn refuse(&mut self, at: &str, code: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.refused.push(Refused {
            at: at.to_owned(),
            code,
            zh: zh.into(),
            en: en.into(),
        });
    }

    /// What the session refuses, as the phone says it.
    fn refuse_by_session(&mut self, at: &str, error: SessionError) {
        let error = FillingError::from(error);
        let [zh, en] = [Language::Zh, Language::En].map(|language| error.message(language));
        self.refuse(at, error.code(), zh, en);
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
                "表单的这个位置没有这一题，请核对题名和所在的组。",
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
                (Role::Value, Some(value)) => {
                    let is_calculated = question.control.is_none() && question.bind.calculate.is_some();
                    self.value(child_key, place, value, is_calculated);
                }
                (Role::Group, Some(Value::Object(answers))) => self.group(child, &child_key, &place, answers),
                (Role::Repeat(_), Some(Value::Array(instances))) => {
                    self.instances(child, &child_key, &place, instances);
                }
                (Role::Group, None) => self.within(child, &child_key, at, left),
                (Role::Group | Role::Repeat(_), Some(_)) => self.refuse(
                    &place,
                    "FORM-ANSWER-SHAPE",
                    "分组应写成对象，重复组应写成对象的列表。",
                    "a group is an object, a repeat a list of objects",
                ),
                _ => {}
            }
        }
    }

    fn value(&mut self, key: String, at: String, value: &Value, is_calculated: bool) {
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
                    "答案应是文字、数字或选项的列表。",
                    "an answer is a text, a number or a list of choices",
                );
                return;
            }
        };
        if !is_calculated && let Err(error) = self.session.set(&key, &text) {
            // It may be possible once the others are given.
            if !matches!(error, SessionError::ReadOnly(_)) {
                self.refuse_by_session(&at, error);
                return;
            }
        }
        self.values.push(Given {
            at,
            key,
            text,
            is_calculated,
        });
    }

    fn instances(&mut self, id: QuestionId, key: &str, at: &str, instances: &[Value]) {
        for (index, instance) in instances.iter().enumerate() {
            let place = format!("{at}[{}]", index + 1);
            let Value::Object(answers) = instance else {
                self.refuse(
                    &place,
                    "FORM-ANSWER-SHAPE",
                    "重复组的每一项应是一个对象。",
                    "an instance of a repeat is an object",
                );
                continue;
            };
            let Some(found) = self.instance(key, index, &place) else {
                continue;
            };
            self.group(id, &found, &place, answers);
        }
    }

    /// The key of a repeat's instance at a position, which is added if it is the next one.
    fn instance(&mut self, range: &str, index: usize, place: &str) -> Option<String> {
        if let Some(found) = self.instance_at(range, index) {
            return Some(found);
        }
        if let Err(error) = self.session.add(range) {
            self.refuse_by_session(place, error);
            return None;
        }
        self.instance_at(range, index)
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
            let asked = self.values.iter().filter(|given| !given.is_calculated);
            for Given { key, text, .. } in asked {
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
        for given in std::mem::take(&mut self.values) {
            let Given {
                at,
                key,
                text,
                is_calculated,
            } = given;
            let Some(view) = self.session.view_at(&key).filter(|view| view.relevant) else {
                continue;
            };
            let value = view.value.unwrap_or_default();
            if (view.readonly || is_calculated) && value != text {
                let zh = format!("这一题由表单自己得出（{value}），不能填写。");
                let en = format!("the form itself says {value:?}, which cannot be answered");
                self.refuse(&at, "HT-ANSWER-READONLY", zh, en);
            } else if value.is_empty() && !text.is_empty() {
                let zh = format!("{text} 不是这一题类型的值，或不在选项里。");
                let en = format!("{text} is no value of the question's type, or none of its choices");
                self.refuse(&at, "FORM-ANSWER-VALUE", zh, en);
            }
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
