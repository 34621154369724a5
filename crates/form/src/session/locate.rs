//! From keys and references to nodes and back.

use super::{Session, Slot};
use crate::form::QuestionId;
use crate::tree::NodeId;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Id,
    Position,
}

impl Session {
    /// The key of what is at a reference such as `/data/member[2]/name` now.
    pub fn key_at(&self, reference: &str) -> Option<String> {
        self.lookup(reference, Name::Position).map(|node| self.key(node))
    }

    /// The reference by which a key can be found now.
    pub fn reference(&self, key: &str) -> Option<String> {
        self.find(key).map(|node| self.written(node, Name::Position))
    }

    pub(super) fn find(&self, key: &str) -> Option<NodeId> {
        self.lookup(key, Name::Id)
    }

    pub(super) fn key(&self, node: NodeId) -> String {
        self.written(node, Name::Id)
    }

    fn written(&self, node: NodeId, name: Name) -> String {
        let mut steps = Vec::new();
        let above = std::iter::successors(Some(node), |at| self.tree.parent(*at));
        for at in above.take_while(|at| *at != NodeId::ROOT) {
            let Some(state) = self.state(at) else { break };
            let question = self.form.question(state.question);
            let mark = if question.has_attribute_name() { "@" } else { "" };
            let mut step = format!("/{mark}{}", question.name.written());
            if let Some(id) = &state.instance {
                let number = match name {
                    Name::Id => id.clone(),
                    Name::Position => (self.index_of(at) + 1).to_string(),
                };
                step = format!("{step}[{number}]");
            }
            steps.push(step);
        }
        steps.reverse();
        steps.concat()
    }

    /// Which of its repeat's instances a node is, from 0.
    pub(super) fn index_of(&self, instance: NodeId) -> usize {
        let parent = self.tree.parent(instance).unwrap_or(NodeId::ROOT);
        let instances = self.slot_of(parent, self.question_of(instance));
        match instances {
            Some(Slot::Many { instances, .. }) => instances
                .iter()
                .position(|found| *found == instance)
                .unwrap_or_default(),
            _ => 0,
        }
    }

    /// Where a node has the child that a question is.
    pub(super) fn slot_of(&self, parent: NodeId, child: QuestionId) -> Option<&Slot> {
        let slot = self.form.question(child).slot;
        self.state(parent)?.slots.get(slot)
    }

    pub(super) fn slot_of_mut(&mut self, parent: NodeId, child: QuestionId) -> Option<&mut Slot> {
        let slot = self.form.question(child).slot;
        self.states.get_mut(parent.index())?.slots.get_mut(slot)
    }

    fn lookup(&self, path: &str, name: Name) -> Option<NodeId> {
        match self.form.at_path(path) {
            Some(question) if !self.form.is_in_repeat(question) => self
                .instances_below(self.root_node(), QuestionId::ROOT, question)
                .first()
                .copied(),
            _ => self.lookup_steps(path, name),
        }
    }

    fn lookup_steps(&self, path: &str, name: Name) -> Option<NodeId> {
        let mut steps = path.strip_prefix('/')?.split('/');
        let mut at = self.root_node();
        let root = self.form.question(self.question_of(at));
        if !root.name.is_written(steps.next()?) {
            return None;
        }
        for step in steps {
            at = self.lookup_step(at, step, name)?;
        }
        Some(at)
    }

    fn lookup_step(&self, at: NodeId, step: &str, name: Name) -> Option<NodeId> {
        let (named, number) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
            Some((named, number)) => (named, Some(number)),
            None => (step, None),
        };
        let state = self.state(at)?;
        let question = self.form.question(state.question);
        if let Some(attribute) = named.strip_prefix('@') {
            let is_named = |id: &QuestionId| self.form.question(*id).name.is_written(attribute);
            let index = question.attributes.iter().position(is_named)?;
            return state.attributes.get(index).copied();
        }
        let is_named = |id: &&QuestionId| self.form.question(**id).name.is_written(named);
        let child = question.children.iter().find(is_named)?;
        match (self.slot_of(at, *child)?, number) {
            (Slot::One(node), None) => Some(*node),
            (Slot::Many { range, .. }, None) => Some(*range),
            (Slot::Many { instances, .. }, Some(number)) if name == Name::Position => {
                let position: usize = number.parse().ok()?;
                instances.get(position.checked_sub(1)?).copied()
            }
            (Slot::Many { instances, .. }, Some(id)) => {
                let has_id = |node: &&NodeId| {
                    self.state(**node)
                        .is_some_and(|state| state.instance.as_deref() == Some(id))
                };
                instances.iter().find(has_id).copied()
            }
            (Slot::One(_), Some(_)) => None,
        }
    }

    /// The node of a question below an instance of `scope`, where no repeat is on the way.
    pub(super) fn only_below(&self, top: NodeId, scope: QuestionId, question: QuestionId) -> Option<NodeId> {
        if question == scope {
            return Some(top);
        }
        let asked = self.form.question(question);
        if asked.has_attribute_name() {
            return None;
        }
        // The reader of forms bounds how deep groups nest.
        let parent = self.only_below(top, scope, asked.parent?)?;
        match self.state(parent)?.slots.get(asked.slot)? {
            Slot::One(node) => Some(*node),
            Slot::Many { .. } => None,
        }
    }

    /// Every instance of `question` below the instance `top` of `scope`; of a repeat also its place.
    pub(super) fn instances_below(
        &self,
        top: NodeId,
        scope: QuestionId,
        question: QuestionId,
    ) -> Vec<NodeId> {
        if scope == question {
            return vec![top];
        }
        let mut steps: Vec<QuestionId> = self.form.above(question).take_while(|at| *at != scope).collect();
        steps.reverse();
        let mut nodes = vec![top];
        for step in steps {
            let mut found = Vec::with_capacity(nodes.len());
            let child = self.form.question(step);
            for node in nodes {
                if child.has_attribute_name() {
                    let attribute = self
                        .state(node)
                        .and_then(|state| state.attributes.get(child.slot));
                    found.extend(attribute.copied());
                    continue;
                }
                match self.slot_of(node, step) {
                    Some(Slot::One(child)) => found.push(*child),
                    Some(Slot::Many { range, instances, .. }) => {
                        if step == question {
                            found.push(*range);
                        }
                        found.extend(instances);
                    }
                    None => {}
                }
            }
            nodes = found;
        }
        nodes
    }

    /// The instance of `scope` that a node is in, or is.
    pub(super) fn scope_above(&self, node: NodeId, scope: QuestionId) -> Option<NodeId> {
        std::iter::successors(Some(node), |at| self.tree.parent(*at))
            .take_while(|at| *at != NodeId::ROOT)
            .find(|at| self.question_of(*at) == scope)
    }

    /// The node's children: places of repeats and their instances, groups and values; attributes apart.
    pub(super) fn children_of(&self, node: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        for slot in self.state(node).map_or(&[][..], |state| &state.slots) {
            match slot {
                Slot::One(child) => found.push(*child),
                Slot::Many { range, instances, .. } => {
                    found.push(*range);
                    found.extend(instances);
                }
            }
        }
        found
    }

    /// A node and all below it, attributes too, parents first.
    pub(super) fn subtree(&self, top: NodeId) -> Vec<NodeId> {
        let mut found = vec![top];
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            if let Some(state) = self.state(at) {
                found.extend(&state.attributes);
            }
            found.extend(self.children_of(at));
            next += 1;
        }
        found
    }

    /// Shows every node that has a face or a value, in the order of the form.
    pub(super) fn each_node(&self, see: &mut dyn FnMut(NodeId)) {
        let mut open = self.children_of(self.root_node());
        open.reverse();
        while let Some(node) = open.pop() {
            see(node);
            let mut children = self.children_of(node);
            children.reverse();
            open.extend(children);
        }
    }
}
