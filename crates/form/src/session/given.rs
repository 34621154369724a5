//! Answers that are given for good, as who judges takes them up.

use std::borrow::Cow;

use super::{Answers, Session};
use crate::form::{Form, QuestionId};
use crate::tree::NodeId;

/// Answers that are given for good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given<'a> {
    /// Of questions outside of repeats, by their numbers: each has one place, so that no key is needed to find it.
    alone: Vec<Option<Cow<'a, str>>>,
    inside: Vec<Inside<'a>>,
    /// All others, by keys, and the instances of repeats.
    pub keyed: Answers,
}

/// Answers in one instance of a repeat, outside of repeats in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Inside<'a> {
    key: String,
    repeat: QuestionId,
    values: Vec<(QuestionId, Cow<'a, str>)>,
}

impl<'a> Given<'a> {
    /// Answers by keys.
    pub fn of(keyed: Answers) -> Self {
        Self {
            keyed,
            ..Self::default()
        }
    }

    /// Puts the answer to a question that stands in no repeat.
    pub fn put(&mut self, question: QuestionId, value: Cow<'a, str>) {
        let index = question.index();
        if self.alone.len() <= index {
            self.alone.resize(index + 1, None);
        }
        if let Some(place) = self.alone.get_mut(index) {
            *place = Some(value);
        }
    }

    /// Puts the answer to a question in an instance of the nearest repeat around it, by that instance's key.
    pub fn put_inside(
        &mut self,
        (key, repeat): (&str, QuestionId),
        question: QuestionId,
        value: Cow<'a, str>,
    ) {
        match self.inside.last_mut().filter(|inside| inside.key == key) {
            Some(inside) => inside.values.push((question, value)),
            None => self.inside.push(Inside {
                key: key.to_owned(),
                repeat,
                values: vec![(question, value)],
            }),
        }
    }

    /// The answer that was put for a question.
    pub fn alone(&self, question: QuestionId) -> Option<&str> {
        self.alone.get(question.index())?.as_deref()
    }
}

impl Session {
    /// The same as [`Session::restore`] for who judges: nodes are made without what the form presets, so only what is
    /// given is set. `alone` has the nodes of questions outside of repeats.
    pub(super) fn restore_given(&mut self, given: &Given<'_>, alone: &[Option<NodeId>]) {
        self.restore_instances(self.root_node(), &given.keyed);
        for (value, node) in given.alone.iter().zip(alone) {
            if let (Some(value), Some(node)) = (value, node) {
                self.preset(*node, value);
            }
        }
        for inside in &given.inside {
            let top = self.find(&inside.key);
            let Some(top) = top.filter(|top| self.question_of(*top) == inside.repeat) else {
                continue;
            };
            for (question, value) in &inside.values {
                if let Some(node) = self.only_below(top, inside.repeat, *question) {
                    self.preset(node, value);
                }
            }
        }
        for (key, value) in &given.keyed.values {
            let node = self.find(key);
            let is_value = |node: &NodeId| self.form.question(self.question_of(*node)).has_value();
            if let Some(node) = node.filter(is_value) {
                self.preset(node, value);
            }
        }
    }

    /// The nodes of a form's values outside of repeats, by their questions' numbers.
    pub(super) fn nodes_alone(&self) -> Vec<Option<NodeId>> {
        let form: &Form = &self.form;
        let node_of = |index: usize| {
            let id = QuestionId::of_index(index);
            let is_alone = form.question(id).has_value() && !form.is_in_repeat(id);
            let nodes = is_alone.then(|| self.instances_below(self.root_node(), QuestionId::ROOT, id));
            nodes?.first().copied()
        };
        (0..form.questions().len()).map(node_of).collect()
    }
}
