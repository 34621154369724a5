//! `setvalue` and `setgeopoint`, at their events.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Session;
use super::choices::here;
use crate::evaluate::{Value, evaluate};
use crate::form::{Action, ActionValue, Form, QuestionId};
use crate::tree::NodeId;

/// Changes that answer changes; more is a circle.
const ROUNDS_MAX: usize = 100;

impl Session {
    /// The events of opening, for every node in the order of the form.
    pub(super) fn act_on_load(&mut self, is_first: bool) {
        let form = Arc::clone(&self.form);
        let is_due = |action: &Action| action.events.load || (is_first && action.events.first_load);
        if form.actions().iter().any(is_due) {
            let nodes = self.in_form_order(self.root_node());
            self.act(&form, &nodes, is_due);
        }
    }

    /// The event of a new instance.
    pub(super) fn settle_new(&mut self, instance: NodeId) {
        let form = Arc::clone(&self.form);
        let is_due = |action: &Action| action.events.new_repeat;
        if form.actions().iter().any(is_due) {
            self.settle();
            let nodes = self.in_form_order(instance);
            self.act(&form, &nodes, is_due);
        }
    }

    fn act(&mut self, form: &Form, nodes: &[NodeId], is_due: impl Fn(&Action) -> bool) {
        for node in nodes {
            let question = self.question_of(*node);
            let own = form
                .actions()
                .iter()
                .filter(|action| action.target == question && is_due(action));
            for action in own {
                let is_relevant = self
                    .state(*node)
                    .is_some_and(|state| state.relevant && !state.is_range);
                if is_relevant && self.is_meant(action, *node, *node) {
                    self.carry_out(action, *node);
                    self.settle();
                }
            }
        }
    }

    /// The event of a changed value, until nothing changes.
    pub(super) fn act_on_values(&mut self) {
        let form = Arc::clone(&self.form);
        for _ in 0..ROUNDS_MAX {
            let changed = std::mem::take(&mut self.step.values);
            let mut has_acted = false;
            for source in changed {
                let question = self.question_of(source);
                let is_here = self.state(source).is_some_and(|state| !state.is_gone);
                let own = form.actions().iter().filter(|action| {
                    is_here && action.events.value_changed && action.source == Some(question)
                });
                for action in own {
                    has_acted = true;
                    for target in self.targets(action, source) {
                        self.carry_out(action, target);
                    }
                    self.settle();
                }
            }
            if !has_acted {
                return;
            }
        }
    }

    /// The instances of an action's target that are nearest to its source.
    fn targets(&self, action: &Action, source: NodeId) -> Vec<NodeId> {
        let form = &self.form;
        let around: BTreeSet<QuestionId> = form.above(self.question_of(source)).collect();
        let shared = form
            .above(action.target)
            .find(|at| around.contains(at))
            .unwrap_or(QuestionId::ROOT);
        let Some(top) = self.scope_above(source, shared) else {
            return Vec::new();
        };
        let candidates = self.instances_below(top, shared, action.target);
        if action.reference.is_some() {
            return candidates
                .into_iter()
                .filter(|node| self.is_meant(action, *node, source))
                .collect();
        }
        candidates.into_iter().take(1).collect()
    }

    /// Whether a reference that chooses among instances chooses this one.
    fn is_meant(&self, action: &Action, node: NodeId, from: NodeId) -> bool {
        let Some(reference) = &action.reference else {
            return true;
        };
        match evaluate(reference, here(from), self) {
            Ok(Value::Nodes(nodes)) => nodes.contains(&here(node)),
            _ => false,
        }
    }

    fn carry_out(&mut self, action: &Action, node: NodeId) {
        let value = match &action.value {
            ActionValue::Literal(text) => text.clone(),
            ActionValue::Location => match &self.environment.location {
                Some(location) => location.clone(),
                None => return,
            },
            ActionValue::Expression(expression) => match evaluate(expression, here(node), self) {
                Ok(value) => value.into_text(self).into_owned(),
                Err(_) => return,
            },
        };
        self.preset(node, &value);
    }

    /// A node and all below, each parent directly before its children.
    fn in_form_order(&self, top: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut open = vec![top];
        while let Some(node) = open.pop() {
            found.push(node);
            if let Some(state) = self.state(node) {
                found.extend(&state.attributes);
            }
            let mut children = self.children_of(node);
            children.reverse();
            open.extend(children);
        }
        found
    }
}
