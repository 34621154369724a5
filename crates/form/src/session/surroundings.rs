//! What a session's expressions reach.

use chrono::{DateTime, FixedOffset};

use super::choices::here;
use super::{Session, Slot};
use crate::evaluate::{Kept, NodeRef, Surroundings, TreeId};
use crate::expression::{Origin, Shortcut};
use crate::form::{InstanceSource, in_document};
use crate::tree::{NodeId, Tree};

/// The tree of what was sent last.
const LAST_SAVED: TreeId = TreeId::MAX;

impl Surroundings for Session {
    fn tree(&self, id: TreeId) -> &Tree {
        let index = usize::try_from(id).unwrap_or(usize::MAX);
        let other = match id {
            0 => Some(&self.tree),
            LAST_SAVED => self.last_saved.as_ref(),
            _ => self.form.tree(index - 1),
        };
        other.unwrap_or(&self.tree)
    }

    fn root(&self) -> NodeRef {
        NodeRef {
            tree: 0,
            node: NodeId::ROOT,
        }
    }

    fn instance(&self, id: &str) -> Option<NodeRef> {
        match self.form.instance(id)? {
            InstanceSource::At(node) => Some(node),
            InstanceSource::LastSaved => self.last_saved.is_some().then_some(NodeRef {
                tree: LAST_SAVED,
                node: NodeId::ROOT,
            }),
        }
    }

    fn itext(&self, id: &str) -> Vec<NodeRef> {
        let text = self
            .form
            .translation(self.language())
            .and_then(|found| found.text(id));
        let (Some(text), Some(document)) = (text, self.form.document()) else {
            return Vec::new();
        };
        document.elements(text.node).map(in_document).collect()
    }

    fn choice_name(&self, value: &str, question: NodeRef) -> Option<String> {
        let state = self.state(question.node).filter(|_| question.tree == 0)?;
        let choice = state.choices.iter().find(|choice| choice.value == value)?;
        Some(choice.label.clone())
    }

    fn language(&self) -> Option<&str> {
        let reading = self
            .reading
            .get()
            .and_then(|number| self.form.languages().nth(number));
        reading.or(self.language.as_deref())
    }

    fn now(&self) -> DateTime<FixedOffset> {
        self.environment.now
    }

    fn chance(&self) -> u64 {
        self.chance.borrow_mut().next_bits()
    }

    fn namespace(&self, prefix: &str) -> Option<&str> {
        self.form
            .document()
            .and_then(|document| document.namespace(prefix))
    }

    fn kept(&self) -> &Kept {
        &self.kept
    }

    fn by_shortcut(&self, from: NodeRef, shortcut: &Shortcut) -> Option<NodeRef> {
        if from.tree != 0 {
            return None;
        }
        let mut node = match shortcut.origin {
            Origin::Root => self.root_node(),
            Origin::Context | Origin::Current => from.node,
        };
        for _ in 0..shortcut.up {
            node = self.tree.parent(node)?;
        }
        for slot in &shortcut.down {
            node = match self.state(node)?.slots.get(*slot)? {
                Slot::One(child) => *child,
                Slot::Many { .. } => return None,
            };
        }
        Some(here(node))
    }
}
