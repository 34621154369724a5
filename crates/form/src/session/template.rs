//! What every judging session of a form begins with, made once: the nodes before any answer, and the rules that no
//! answer decides.

use std::sync::Arc;

use super::{Environment, Given, Mode, Queue, Session, State};
use crate::form::Form;
use crate::tree::{NodeId, Tree};

/// The parts of a session that does not know yet whom it is about.
#[derive(Debug)]
pub(crate) struct Template {
    tree: Tree,
    states: Vec<State>,
    queue: Queue,
    /// The nodes of values outside of repeats, by their questions' numbers.
    alone: Vec<Option<NodeId>>,
}

impl Template {
    fn of(form: &Arc<Form>) -> Self {
        let nobody = Environment::new(chrono::DateTime::UNIX_EPOCH.fixed_offset(), 0);
        let mut session = Session::blank(Arc::clone(form), nobody, Mode::Judging);
        session.build_root();
        session.restore_given(&Given::default(), &[]);
        Self {
            alone: session.nodes_alone(),
            tree: session.tree,
            states: session.states,
            queue: session.queue.begun(),
        }
    }

    /// That of a form, made when it is first asked for.
    pub(super) fn at_hand(form: &Arc<Form>) -> &Self {
        form.template().get_or_init(|| Self::of(form))
    }

    pub(super) fn nodes_alone(&self) -> &[Option<NodeId>] {
        &self.alone
    }
}

impl Session {
    /// A judging session without answers.
    pub(super) fn from_template(form: Arc<Form>, environment: Environment, template: &Template) -> Self {
        let (tree, queue) = (template.tree.clone(), template.queue.clone());
        // With room for instances.
        let mut states = Vec::with_capacity(template.states.len() * 3 / 2);
        states.extend_from_slice(&template.states);
        let mut session = Self::blank(form, environment, Mode::Judging);
        session.tree = tree;
        session.states = states;
        session.queue = queue;
        session
    }
}
