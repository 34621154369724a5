//! Instances of repeats come and go.

use std::sync::Arc;

use super::build::Source;
use super::{Changes, Session, SessionError, Slot};
use crate::form::{RepeatCount, What};
use crate::tree::NodeId;

/// More instances than anybody asks for; a count beyond it is a mistake.
const INSTANCES_MAX: usize = 10_000;
/// With so many nodes no counted repeat grows any more.
const NODES_MAX: usize = 150_000;

impl Session {
    /// Adds an instance at the end of a repeat, with an id from the session's chance.
    pub fn add(&mut self, repeat: &str) -> Result<Changes, SessionError> {
        let id = self.new_uuid();
        let id: String = id.chars().filter(|letter| *letter != '-').take(16).collect();
        self.add_with_id(repeat, &id)
    }

    /// Adds an instance at the end of a repeat. The id becomes part of its key.
    pub fn add_with_id(&mut self, repeat: &str, id: &str) -> Result<Changes, SessionError> {
        let range = self.open_range(repeat)?;
        self.check_id(range, id)?;
        let count = self.instances(range).len();
        self.insert(range, count, None, id.to_owned());
        self.settle();
        self.act_on_values();
        Ok(self.end_step())
    }

    /// Removes an instance.
    pub fn remove(&mut self, instance: &str) -> Result<Changes, SessionError> {
        let node = self
            .find(instance)
            .ok_or_else(|| SessionError::Unknown(instance.to_owned()))?;
        let is_instance = self.state(node).is_some_and(|state| state.instance.is_some());
        if !is_instance || !self.is_open(node) {
            return Err(SessionError::NotOpen(instance.to_owned()));
        }
        self.take_out(node);
        self.settle();
        self.act_on_values();
        Ok(self.end_step())
    }

    fn is_open(&self, node: NodeId) -> bool {
        let question = self.form.question(self.question_of(node));
        question
            .repeat()
            .is_some_and(|repeat| matches!(repeat.count, RepeatCount::Open))
    }

    fn open_range(&self, key: &str) -> Result<NodeId, SessionError> {
        let node = self
            .find(key)
            .ok_or_else(|| SessionError::Unknown(key.to_owned()))?;
        let is_range = self.state(node).is_some_and(|state| state.is_range);
        if is_range && self.is_open(node) {
            return Ok(node);
        }
        Err(SessionError::NotOpen(key.to_owned()))
    }

    pub(super) fn check_id(&self, range: NodeId, id: &str) -> Result<(), SessionError> {
        let is_there = self.instances(range).iter().any(|node| {
            self.state(*node)
                .is_some_and(|state| state.instance.as_deref() == Some(id))
        });
        let is_plain = !id.is_empty() && !id.contains(['/', '[', ']']);
        if is_there || !is_plain {
            return Err(SessionError::InstanceId(id.to_owned()));
        }
        Ok(())
    }

    /// The instances at a repeat's place.
    pub(super) fn instances(&self, range: NodeId) -> Vec<NodeId> {
        let parent = self.tree.parent(range).unwrap_or(NodeId::ROOT);
        match self.slot_of(parent, self.question_of(range)) {
            Some(Slot::Many { instances, .. }) => instances.clone(),
            _ => Vec::new(),
        }
    }

    /// Makes the count of instances what an expression says.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates; what is negative is none"
    )]
    pub(super) fn set_count(&mut self, range: NodeId, number: f64) {
        let wanted = (number.trunc() as usize).min(INSTANCES_MAX);
        let mut instances = self.instances(range);
        while instances.len() > wanted {
            if let Some(last) = instances.pop() {
                self.take_out(last);
            }
        }
        for index in instances.len()..wanted {
            // Counted repeats in counted repeats multiply.
            if self.states.len() >= NODES_MAX {
                break;
            }
            // Two phones that count alike make alike.
            let id = (index + 1).to_string();
            let source = self.source_at(range, index);
            self.insert(range, index, source, id);
        }
    }

    /// What the form has for an instance at this place.
    pub(super) fn source_at(&self, range: NodeId, index: usize) -> Option<NodeId> {
        let parent = self.tree.parent(range).unwrap_or(NodeId::ROOT);
        match self.slot_of(parent, self.question_of(range)) {
            Some(Slot::Many { sources, .. }) => sources.get(index).copied(),
            _ => None,
        }
    }

    /// Makes an instance and hangs it in.
    pub(super) fn insert(
        &mut self,
        range: NodeId,
        index: usize,
        source: Option<NodeId>,
        id: String,
    ) -> NodeId {
        let form = Arc::clone(&self.form);
        let question = self.question_of(range);
        let parent = self.tree.parent(range).unwrap_or(NodeId::ROOT);
        let template = form
            .question(question)
            .repeat()
            .and_then(|repeat| repeat.template);
        let source = source.or(template).map_or(Source::Blank, Source::Element);
        let node = self.build(question, parent, source);
        self.update(node, |state| state.instance = Some(id));
        let before = self.neighbour(parent, range, index);
        self.tree.hang(node, parent, before);
        if let Some(Slot::Many { instances, made, .. }) = self.slot_of_mut(parent, question) {
            let index = index.min(instances.len());
            instances.insert(index, node);
            *made += 1;
        }
        self.welcome(node);
        self.announce_instance(range, node, index);
        if self.step.is_open {
            // What a new instance needs is settled before its own events speak.
            self.settle_new(node);
        }
        node
    }

    /// The element that an instance is to stand behind.
    fn neighbour(&self, parent: NodeId, range: NodeId, index: usize) -> Option<NodeId> {
        let instances = self.instances(range);
        if let Some(before) = index.checked_sub(1).and_then(|before| instances.get(before)) {
            return Some(*before);
        }
        let slot = self.form.question(self.question_of(range)).slot;
        let earlier = self.state(parent)?.slots.get(..slot)?;
        earlier.iter().rev().find_map(|slot| match slot {
            Slot::One(node) => Some(*node),
            Slot::Many { instances, .. } => instances.last().copied(),
        })
    }

    /// Whoever counts the instances, knows their places or looks into them is told.
    fn announce_instance(&mut self, range: NodeId, instance: NodeId, index: usize) {
        self.announce(What::Instances, range);
        for node in self.subtree(instance) {
            let question = self.form.question(self.question_of(node));
            if question.has_value() {
                self.announce(What::Value, node);
            } else if question.repeat().is_some() && self.state(node).is_some_and(|state| state.is_range) {
                self.announce(What::Instances, node);
            }
        }
        let later: Vec<NodeId> = self.instances(range).into_iter().skip(index).collect();
        for node in later {
            self.announce(What::Position, node);
        }
    }

    pub(super) fn take_out(&mut self, instance: NodeId) {
        let question = self.question_of(instance);
        let parent = self.tree.parent(instance).unwrap_or(NodeId::ROOT);
        let index = self.index_of(instance);
        let Some(Slot::Many { range, .. }) = self.slot_of(parent, question) else {
            return;
        };
        let range = *range;
        for node in self.subtree(instance) {
            let is_new = self.step.before.get(&node).is_some_and(Option::is_none);
            if !is_new && !self.form.question(self.question_of(node)).has_attribute_name() {
                let key = self.key(node);
                self.step.gone.push(key);
            }
            self.faults.retain(|(at, _), _| *at != node);
        }
        self.tree.unhang(instance);
        if let Some(Slot::Many { instances, .. }) = self.slot_of_mut(parent, question) {
            instances.retain(|node| *node != instance);
        }
        self.announce_instance(range, instance, index);
        for node in self.subtree(instance) {
            self.update(node, |state| state.is_gone = true);
        }
    }
}
