//! Answers as they are kept: by keys, those to questions that are not relevant too.

use std::collections::BTreeMap;

use super::{Changes, Mode, Session, Slot};
use crate::evaluate::Chance;
use crate::form::{Aspect, RepeatCount};
use crate::tree::NodeId;

/// The answers of a session.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Answers {
    /// Values by key; what is empty is left out.
    pub values: BTreeMap<String, String>,
    /// Ids of the instances of each repeat, by its key, in their order.
    pub instances: BTreeMap<String, Vec<String>>,
}

impl Session {
    /// The answers, to be kept.
    pub fn answers(&self) -> Answers {
        let mut answers = Answers::default();
        for node in self.subtree(self.root_node()) {
            let Some(state) = self.state(node) else { continue };
            if state.is_range {
                let ids = self
                    .instances(node)
                    .into_iter()
                    .filter_map(|node| self.state(node)?.instance.clone());
                answers.instances.insert(self.key(node), ids.collect());
            } else if self.form.question(state.question).has_value() && !state.base.is_empty() {
                answers.values.insert(self.key(node), state.base.clone());
            }
        }
        answers
    }

    /// Takes over answers that another phone has: values and instances become what they are there, through the same
    /// rules as any answer. Says what that changed.
    pub fn merge(&mut self, answers: &Answers) -> Changes {
        self.restore(answers);
        self.calculate_anew();
        self.settle();
        self.act_on_values();
        self.end_step()
    }

    /// What the other phone calculated is not taken on trust: every calculation is due, as when the form is opened.
    fn calculate_anew(&mut self) {
        for node in self.subtree(self.root_node()) {
            let question = self.form.question(self.question_of(node));
            if question.bind.calculate.is_some() {
                self.update(node, |state| state.calculated = None);
                self.queue_aspect(node, Aspect::Calculate);
            }
        }
    }

    pub(super) fn restore(&mut self, answers: &Answers) {
        self.restore_instances(self.root_node(), answers);
        for node in self.subtree(self.root_node()) {
            let has_value = self.form.question(self.question_of(node)).has_value();
            if has_value {
                let value = answers.values.get(&self.key(node)).cloned().unwrap_or_default();
                self.preset(node, &value);
            }
        }
    }

    /// Before a calculation: whether what it drew stands already. Otherwise, where draws are kept, its chance begins anew
    /// from the session's seed and its own place: so it draws the same at every opening, whatever else is drawn before.
    pub(super) fn begin_draw(&self, node: NodeId) -> bool {
        let Some(question) = self.state(node).map(|state| state.question) else {
            return false;
        };
        if !self.environment.keeps_drawn || !self.form.is_fleeting(question) {
            return false;
        }
        let has_value = self.state(node).is_some_and(|state| !state.base.is_empty());
        if has_value && self.form.is_drawn(question) {
            return true;
        }
        let place = number_of(&self.key(node));
        *self.chance.borrow_mut() = Chance::new(self.environment.seed ^ place);
        false
    }

    pub(super) fn restore_instances(&mut self, top: NodeId, answers: &Answers) {
        let mut open = vec![top];
        while let Some(node) = open.pop() {
            if self.state(node).is_some_and(|state| state.is_range) {
                let ids = answers.instances.get(&self.key(node)).cloned();
                // Who judges sees only what is given: what the form would bring along by itself is not there.
                let is_given = ids.is_some() || self.mode == Mode::Judging;
                if is_given {
                    self.restore_range(node, &ids.unwrap_or_default());
                }
                open.extend(self.instances(node));
                continue;
            }
            let slots = self
                .state(node)
                .map(|state| state.slots.clone())
                .unwrap_or_default();
            open.extend(slots.into_iter().map(|slot| match slot {
                Slot::One(child) => child,
                Slot::Many { range, .. } => range,
            }));
        }
    }

    fn restore_range(&mut self, range: NodeId, ids: &[String]) {
        let question = self.form.question(self.question_of(range));
        let is_fixed = question
            .repeat()
            .is_some_and(|repeat| matches!(repeat.count, RepeatCount::Fixed(_)));
        if is_fixed {
            return;
        }
        for node in self.instances(range) {
            let id = self
                .state(node)
                .and_then(|state| state.instance.clone())
                .unwrap_or_default();
            if !ids.contains(&id) {
                self.take_out(node);
            }
        }
        for (index, id) in ids.iter().enumerate() {
            let instances = self.instances(range);
            let id_at = |index: usize| {
                instances
                    .get(index)
                    .and_then(|node| self.state(*node)?.instance.clone())
            };
            if id_at(index).as_ref() == Some(id) {
                continue;
            }
            if self.check_id(range, id).is_ok() {
                let source = self.source_at(range, index);
                self.insert(range, index, source, id.clone());
            }
        }
        // A count has the last word about how many there are.
        self.queue_all(range);
    }
}

/// A number for a text, the same everywhere (FNV-1a).
fn number_of(text: &str) -> u64 {
    let step = |number: u64, byte: u8| (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}
