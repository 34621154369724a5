//! Every value with its rules, for who judges or keeps answers; nothing is made into text for a screen.

use super::{Session, Slot};
use crate::form::QuestionId;
use crate::tree::NodeId;

/// An instance of a repeat on the way to a value: the repeat, and the instance's id.
pub type Place<'s> = (QuestionId, &'s str);

/// What stands at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held<'s> {
    /// A question's value.
    Value {
        /// Which.
        question: QuestionId,
        /// As it was answered.
        kept: &'s str,
        /// As it is seen: nothing while it is not relevant, of choices only those that there are.
        value: &'s str,
        /// Whether it is asked and sent.
        relevant: bool,
        /// Whether it must be answered.
        required: bool,
        /// Whether the form allows the answer.
        allowed: bool,
    },
    /// A repeat with the ids of its instances, in their order.
    Repeat {
        /// Which.
        question: QuestionId,
        /// The ids.
        ids: Vec<&'s str>,
    },
}

impl Session {
    /// Shows every value and every repeat, parents before children, in the order of the form; each with the instances
    /// that it is in. Attributes are none of them.
    pub fn each_held<'s>(&'s self, see: &mut dyn FnMut(&[Place<'s>], &Held<'s>)) {
        let mut places = Vec::new();
        self.held_below(self.root_node(), &mut places, see);
    }

    fn held_below<'s>(
        &'s self,
        node: NodeId,
        places: &mut Vec<Place<'s>>,
        see: &mut dyn FnMut(&[Place<'s>], &Held<'s>),
    ) {
        let slots = self.state(node).map_or(&[][..], |state| &state.slots);
        for slot in slots {
            match slot {
                Slot::One(child) => {
                    self.see_value(*child, places, see);
                    // The reader of forms bounds how deep groups nest.
                    self.held_below(*child, places, see);
                }
                Slot::Many { range, instances, .. } => {
                    let question = self.question_of(*range);
                    let ids: Vec<&str> = instances.iter().map(|instance| self.id_of(*instance)).collect();
                    let in_order = ids.clone();
                    see(places, &Held::Repeat { question, ids });
                    for (instance, id) in instances.iter().zip(in_order) {
                        places.push((question, id));
                        self.held_below(*instance, places, see);
                        places.pop();
                    }
                }
            }
        }
    }

    fn id_of(&self, instance: NodeId) -> &str {
        self.state(instance)
            .and_then(|state| state.instance.as_deref())
            .unwrap_or_default()
    }

    fn see_value<'s>(
        &'s self,
        node: NodeId,
        places: &[Place<'s>],
        see: &mut dyn FnMut(&[Place<'s>], &Held<'s>),
    ) {
        let Some(state) = self.state(node) else { return };
        if !self.form.question(state.question).has_value() {
            return;
        }
        let held = Held::Value {
            question: state.question,
            kept: &state.base,
            value: self.tree.own_value(node),
            relevant: state.relevant,
            required: state.required,
            allowed: state.constraint_holds,
        };
        see(places, &held);
    }

    /// The answer at a key as it is kept, whether it is relevant or not; nothing where there is no such value.
    pub fn kept(&self, key: &str) -> Option<&str> {
        let state = self.state(self.find(key)?)?;
        let has_value = self.form.question(state.question).has_value();
        has_value.then_some(state.base.as_str())
    }

    /// The ids of a repeat's instances, in their order; nothing where there is no such repeat.
    pub fn instance_ids(&self, key: &str) -> Option<Vec<String>> {
        let range = self.find(key)?;
        let is_range = self.state(range).is_some_and(|state| state.is_range);
        is_range.then(|| {
            let instances = self.instances(range);
            instances
                .iter()
                .map(|node| self.id_of(*node).to_owned())
                .collect()
        })
    }
}
