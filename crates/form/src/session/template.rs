//! What every judging session of a form begins with, made once: the nodes before any answer, and the rules that no
//! answer decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Answers, Environment, Mode, Session, State};
use crate::expression::Expression;
use crate::form::{Aspect, Cell, CellId, Form};
use crate::tree::{NodeId, Tree};

/// The parts of a session that does not know yet whom it is about.
#[derive(Debug)]
pub(crate) struct Template {
    tree: Tree,
    states: Vec<State>,
    queue: BTreeSet<(u32, NodeId, CellId)>,
}

impl Template {
    fn of(form: &Arc<Form>) -> Self {
        let nobody = Environment::new(chrono::DateTime::UNIX_EPOCH.fixed_offset(), 0);
        let mut session = Session::blank(Arc::clone(form), nobody, Mode::Judging);
        session.build_root();
        session.restore_given(&Answers::default());
        session.settle_what_is_fixed();
        Self {
            tree: session.tree,
            states: session.states,
            queue: session.queue,
        }
    }
}

impl Session {
    /// A judging session without answers.
    pub(super) fn from_template(form: Arc<Form>, environment: Environment) -> Self {
        let template = form.template().get_or_init(|| Template::of(&form));
        let (tree, states, queue) = (
            template.tree.clone(),
            template.states.clone(),
            template.queue.clone(),
        );
        let mut session = Self::blank(form, environment, Mode::Judging);
        session.tree = tree;
        session.states = states;
        session.queue = queue;
        session
    }

    /// Works out the rules that look at nothing but themselves; the others go on waiting.
    fn settle_what_is_fixed(&mut self) {
        let form = Arc::clone(&self.form);
        for waiting in self.queue.clone() {
            let (_, node, id) = waiting;
            let Some(cell) = form.graph().cell(id).filter(|cell| is_fixed(&form, *cell)) else {
                continue;
            };
            if self.work_out(cell, node).is_ok() {
                self.queue.remove(&waiting);
            }
        }
    }
}

fn is_fixed(form: &Form, cell: Cell) -> bool {
    let bind = &form.question(cell.question).bind;
    let is_constant = |rule: &Option<Expression>| rule.as_ref().is_none_or(Expression::is_constant);
    match cell.aspect {
        Aspect::Relevant => is_constant(&bind.relevant),
        Aspect::Readonly => is_constant(&bind.readonly),
        Aspect::Required => is_constant(&bind.required),
        Aspect::Choices => form.lasting_choices(cell.question).is_some(),
        _ => false,
    }
}
