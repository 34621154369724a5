//! How questions are named in documents, snapshots, standards and findings.
//!
//! The path of an answer is the session's key without the root: group names and the question's own, joined by `/`,
//! e.g. `basics/address`. Groups always appear, so that a name never changes because a question was added elsewhere.
//! An instance that people added is `members[00c0ffee00c0ffee]`, by its random id; one that the form counts is
//! `children/2`, by its number, which two phones agree on without having met. No element of an `XForm` is named by a
//! number, so the two cannot be taken for each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use hudang_evidence::id::{FormHash, VisitId};
use hudang_form::form::{Form, QuestionId};
use hudang_form::session::{Environment, Place, Session};

use super::package::PackageError;
use crate::document::genesis::{Repeat, Skeleton, derived_instance};
use crate::value::{InstancePath, NAME_BYTES_MAX, REPEAT_LEVELS_MAX, is_name};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The question, or the repeat.
    pub question: QuestionId,
    /// The session's key of it.
    pub key: String,
}

/// The names of a form's questions and repeats.
#[derive(Debug)]
pub struct Names {
    root: QuestionId,
    /// Of each value and repeat: group names and its own, from the repeat around it on.
    relative: BTreeMap<QuestionId, String>,
}

impl Names {
    /// Names a form's questions, if answers can be named so.
    pub fn of(form: &Arc<Form>) -> Result<Self, PackageError> {
        let root = form.questions().first().and_then(|root| form.at_path(&root.path));
        let root = root.ok_or_else(|| PackageError::Name("/".to_owned()))?;
        let mut names = Self {
            root,
            relative: BTreeMap::new(),
        };
        names.add(form, root, "", 0)?;
        Ok(names)
    }

    fn add(
        &mut self,
        form: &Form,
        node: QuestionId,
        groups: &str,
        levels: usize,
    ) -> Result<(), PackageError> {
        for child in &form.question(node).children {
            let question = form.question(*child);
            let relative = joined(groups, &question.name.written());
            // A counted repeat's number becomes part of the names within it.
            let longest = relative.len() + if question.repeat().is_some() { 12 } else { 0 };
            if !is_name(&relative) || longest > NAME_BYTES_MAX {
                return Err(PackageError::Name(question.path.clone()));
            }
            if question.is_value() {
                self.relative.insert(*child, relative);
            } else if question.repeat().is_some() {
                let levels = levels + usize::from(question.is_open_repeat());
                if levels > REPEAT_LEVELS_MAX {
                    return Err(PackageError::Name(question.path.clone()));
                }
                self.relative.insert(*child, relative);
                self.add(form, *child, "", levels)?;
            } else {
                self.add(form, *child, &relative, levels)?;
            }
        }
        Ok(())
    }

    /// The path of a question in these instances.
    pub fn path(&self, form: &Form, places: &[Place<'_>], question: QuestionId) -> String {
        let mut path = String::new();
        for (repeat, id) in places {
            path.push_str(self.relative(*repeat));
            if form.question(*repeat).is_open_repeat() {
                path.push('[');
                path.push_str(id);
                path.push_str("]/");
            } else {
                path.push('/');
                path.push_str(id);
                path.push('/');
            }
        }
        path.push_str(self.relative(question));
        path
    }

    /// The path of what stands at a session's key.
    pub fn path_of_key(&self, form: &Form, key: &str) -> Option<String> {
        let root = form.question(self.root).name.written();
        let mut rest = key.strip_prefix('/')?.strip_prefix(&root)?;
        let mut at = self.root;
        let mut path = String::new();
        while !rest.is_empty() {
            let (step, after) = split(rest.strip_prefix('/')?);
            let (name, id) = named(step);
            at = child(form, at, name)?;
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(name);
            match id {
                Some(id) if form.question(at).is_open_repeat() => {
                    path.push('[');
                    path.push_str(id);
                    path.push(']');
                }
                Some(number) => {
                    path.push('/');
                    path.push_str(number);
                }
                None => {}
            }
            rest = after;
        }
        Some(path)
    }

    /// Where a path leads. Whether the instances that it names are there is for the session to say.
    pub fn locate(&self, form: &Form, path: &str) -> Option<Located> {
        // Outside of repeats the path is the key, but for the root.
        let key = format!("{}/{path}", form.question(self.root).path);
        match form.at_path(&key).filter(|found| !form.is_in_repeat(*found)) {
            Some(question) => self
                .relative
                .contains_key(&question)
                .then_some(Located { question, key }),
            None => self.locate_in_repeat(form, path),
        }
    }

    fn locate_in_repeat(&self, form: &Form, path: &str) -> Option<Located> {
        let mut at = self.root;
        let mut key = format!("/{}", form.question(at).name.written());
        let mut rest = Some(path);
        while let Some(steps) = rest {
            let (step, after) = steps
                .split_once('/')
                .map_or((steps, None), |(step, after)| (step, Some(after)));
            rest = after;
            let (name, id) = named(step);
            at = child(form, at, name)?;
            key.push('/');
            key.push_str(name);
            let question = form.question(at);
            let id = match (question.repeat().is_some(), question.is_open_repeat(), id) {
                (false, _, None) => None,
                (true, true, id) => id,
                // The number of a counted instance is the next step.
                (true, false, None) => match rest {
                    Some(steps) => {
                        let (number, after) = steps.split_once('/')?;
                        rest = Some(after);
                        Some(number).filter(|number| is_number(number))
                    }
                    None => None,
                },
                _ => return None,
            };
            match id {
                Some(id) => {
                    key.push('[');
                    key.push_str(id);
                    key.push(']');
                }
                None if question.repeat().is_some() && rest.is_some() => return None,
                None => {}
            }
        }
        self.relative
            .contains_key(&at)
            .then_some(Located { question: at, key })
    }

    /// The name of a value or repeat, from the repeat around it on.
    pub(super) fn relative(&self, question: QuestionId) -> &str {
        self.relative.get(&question).map_or("", String::as_str)
    }

    /// The repeats that a document of this form has before the first answer.
    pub fn skeleton(&self, form: &Arc<Form>) -> Result<Skeleton, PackageError> {
        let nobody = Environment::new(chrono::DateTime::UNIX_EPOCH.fixed_offset(), 0);
        let (mut probe, _) = Session::open(Arc::clone(form), nobody, None);
        let root = format!("/{}", form.question(self.root).name.written());
        let repeats = self.repeats(form, self.root, &root, &mut probe)?;
        Ok(Skeleton { repeats })
    }

    fn repeats(
        &self,
        form: &Form,
        node: QuestionId,
        key: &str,
        probe: &mut Session,
    ) -> Result<Vec<Repeat>, PackageError> {
        let mut found = Vec::new();
        for child in &form.question(node).children {
            let question = form.question(*child);
            let key = format!("{key}/{}", question.name.written());
            if question.is_value() {
                continue;
            }
            if question.repeat().is_none() {
                found.extend(self.repeats(form, *child, &key, probe)?);
                continue;
            }
            if !question.is_open_repeat() {
                if let Some(inner) = open_below(form, *child) {
                    return Err(PackageError::OpenInCounted(form.question(inner).path.clone()));
                }
                continue;
            }
            let brought = probe.instance_ids(&key).unwrap_or_default();
            // One more, as people add it: the repeats inside are those of the template.
            let _refused_where_it_is_not_open = probe.add_with_id(&key, "probe");
            let repeats = self.repeats(form, *child, &format!("{key}[probe]"), probe)?;
            for id in &brought {
                if self.repeats(form, *child, &format!("{key}[{id}]"), probe)? != repeats {
                    return Err(PackageError::Uneven(question.path.clone()));
                }
            }
            found.push(Repeat {
                name: self.relative(*child).to_owned(),
                instances: u32::try_from(brought.len()).unwrap_or(u32::MAX),
                repeats,
            });
        }
        Ok(found)
    }
}

/// The first repeat below a node in which people add instances.
fn open_below(form: &Form, node: QuestionId) -> Option<QuestionId> {
    form.question(node).children.iter().find_map(|child| {
        if form.question(*child).is_open_repeat() {
            return Some(*child);
        }
        open_below(form, *child)
    })
}

/// Which document an instance that the form brings along belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub(super) visit: VisitId,
    pub(super) form: FormHash,
}

impl Owner {
    /// The id in the document of the session's `number`-th instance, as the genesis derives it.
    pub(super) fn derived(self, within: &InstancePath, repeat: &str, number: &str) -> Option<String> {
        let index = number.parse::<u32>().ok()?.checked_sub(1)?;
        Some(derived_instance(self.visit, self.form, within, repeat, index).to_string())
    }
}

fn joined(groups: &str, name: &str) -> String {
    if groups.is_empty() {
        name.to_owned()
    } else {
        format!("{groups}/{name}")
    }
}

fn child(form: &Form, parent: QuestionId, name: &str) -> Option<QuestionId> {
    let children = &form.question(parent).children;
    children
        .iter()
        .copied()
        .find(|child| form.question(*child).name.is_written(name))
}

/// The first step of a key, and the rest from the next slash on.
fn split(steps: &str) -> (&str, &str) {
    let end = steps.find('/').unwrap_or(steps.len());
    steps.split_at(end)
}

/// The name of a step, and the instance that it names.
fn named(step: &str) -> (&str, Option<&str>) {
    match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
        Some((name, id)) => (name, Some(id)),
        None => (step, None),
    }
}

fn is_number(text: &str) -> bool {
    !text.starts_with('0')
        && text.len() <= 3
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
}
