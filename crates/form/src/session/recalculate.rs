//! Works out what depends on what changed, each rule once, those that others need first.

use std::sync::Arc;

use super::choices::here;
use super::{Fault, Mode, Session, Texts};
use crate::evaluate::{Surroundings as _, evaluate};
use crate::expression::{Expression, ExpressionError};
use crate::form::{Aspect, Cell, CellId, QuestionId, RepeatCount, Text, What};
use crate::tree::NodeId;

/// Rules worked out in one step; circles that never settle end here.
const EVALUATIONS_MAX: usize = 500_000;

impl Session {
    /// Works out whatever waits.
    pub(super) fn settle(&mut self) {
        let form = Arc::clone(&self.form);
        self.has_begun = true;
        let mut left = EVALUATIONS_MAX;
        while let Some((_, node, id)) = self.queue.pop_first() {
            left -= 1;
            if left == 0 {
                self.queue.clear();
                break;
            }
            let is_here = self.state(node).is_some_and(|state| !state.is_gone);
            if let (true, Some(cell)) = (is_here, form.graph().cell(id)) {
                match self.work_out(cell, node) {
                    Ok(()) => {
                        self.faults.remove(&(node, id));
                    }
                    Err(error) => {
                        let key = self.key(node);
                        self.faults.insert((node, id), Fault { key, error });
                    }
                }
            }
        }
    }

    pub(super) fn queue_cell(&mut self, node: NodeId, id: CellId) {
        if let Some(cell) = self.form.graph().cell(id)
            && (self.mode == Mode::Answering || !cell.aspect.is_text())
        {
            // Who judges is told of no step, so that what no answer decides need not wait for its turn.
            let is_done = self.mode == Mode::Judging && cell.is_fixed && self.work_out(cell, node).is_ok();
            if !is_done {
                self.queue.insert((cell.rank, node, id));
            }
        }
    }

    /// Every rule of a node waits.
    pub(super) fn queue_all(&mut self, node: NodeId) {
        let form = Arc::clone(&self.form);
        for id in form.graph().of_question(self.question_of(node)) {
            self.queue_cell(node, *id);
        }
    }

    pub(super) fn queue_aspect(&mut self, node: NodeId, aspect: Aspect) {
        let form = Arc::clone(&self.form);
        for id in form.graph().of_question(self.question_of(node)) {
            if form.graph().cell(*id).is_some_and(|cell| cell.aspect == aspect) {
                self.queue_cell(node, *id);
            }
        }
    }

    /// A rule waits at every node that it is about.
    pub(super) fn queue_everywhere(&mut self, id: CellId) {
        if let Some(cell) = self.form.graph().cell(id) {
            for node in self.instances_below(self.root_node(), QuestionId::ROOT, cell.question) {
                self.queue_cell(node, id);
            }
        }
    }

    /// Whoever looks at a node waits.
    pub(super) fn announce(&mut self, what: What, node: NodeId) {
        if !self.has_begun {
            return;
        }
        let form = Arc::clone(&self.form);
        for edge in form.graph().edges(what, self.question_of(node)) {
            let Some(cell) = form.graph().cell(edge.cell) else {
                continue;
            };
            let Some(top) = self.scope_above(node, edge.scope) else {
                continue;
            };
            if let Some(dependent) = self.only_below(top, edge.scope, cell.question) {
                self.queue_cell(dependent, edge.cell);
                continue;
            }
            for dependent in self.instances_below(top, edge.scope, cell.question) {
                self.queue_cell(dependent, edge.cell);
            }
        }
        for id in form.graph().unknown() {
            self.queue_everywhere(*id);
        }
    }

    /// Changes an answer.
    pub(super) fn set_base(&mut self, node: NodeId, value: String) {
        if self.state(node).is_none_or(|state| state.base == value) {
            return;
        }
        self.touch(node);
        self.update(node, |state| state.base = value);
        self.refresh(node);
    }

    /// Shows a value anew, and tells if it looks different.
    pub(super) fn refresh(&mut self, node: NodeId) {
        let visible = self.visible(node);
        if self.tree.own_value(node) == visible {
            return;
        }
        let visible = visible.into();
        self.touch(node);
        self.tree.set_value(node, visible);
        self.announce(What::Value, node);
        if self.step.is_open {
            self.step.values.insert(node);
        }
    }

    pub(super) fn work_out(&mut self, cell: Cell, node: NodeId) -> Result<(), ExpressionError> {
        let form = Arc::clone(&self.form);
        let question = form.question(cell.question);
        let bind = &question.bind;
        let control = question.control.as_ref();
        match cell.aspect {
            Aspect::Relevant => {
                let truth = self.truth(bind.relevant.as_ref(), node, true);
                let (truth, fault) = apart(truth, true);
                self.set_relevant(node, truth);
                fault
            }
            Aspect::Readonly => {
                let (truth, fault) = apart(self.truth(bind.readonly.as_ref(), node, false), false);
                self.set_readonly(node, truth);
                fault
            }
            Aspect::Required => {
                let (truth, fault) = apart(self.truth(bind.required.as_ref(), node, false), false);
                self.touch(node);
                self.update(node, |state| state.required = truth);
                fault
            }
            Aspect::Constraint => {
                let is_asked = self.state(node).is_some_and(|state| state.relevant);
                let holds = if is_asked && !self.tree.own_value(node).is_empty() {
                    self.truth(bind.constraint.as_ref(), node, true)
                } else {
                    Ok(true)
                };
                let (holds, fault) = apart(holds, true);
                self.touch(node);
                self.update(node, |state| state.constraint_holds = holds);
                fault
            }
            Aspect::Calculate => {
                let is_kept =
                    self.mode == Mode::Judging && form.is_fleeting(cell.question) || self.begin_draw(node);
                if is_kept || self.state(node).is_none_or(|state| !state.relevant) {
                    return Ok(());
                }
                let Some(calculate) = &bind.calculate else {
                    return Ok(());
                };
                let value = evaluate(calculate, here(node), self)?
                    .into_text(self)
                    .into_owned();
                if self
                    .state(node)
                    .is_some_and(|state| state.calculated.as_ref() == Some(&value))
                {
                    return Ok(());
                }
                self.preset(node, &value);
                self.update(node, |state| state.calculated = Some(value));
                Ok(())
            }
            Aspect::Choices => {
                let Some(choices) = question.choices() else {
                    return Ok(());
                };
                let (found, fault) = apart(self.choices_of(cell.question, node, choices), Arc::default());
                if self.state(node).is_some_and(|state| state.choices != found) {
                    self.touch(node);
                    self.update(node, |state| state.choices = found);
                    self.announce(What::Choices, node);
                    self.refresh(node);
                }
                fault
            }
            Aspect::Count => self.work_out_count(cell, node),
            Aspect::Label => {
                let label = control.and_then(|control| control.label.as_ref());
                let (text, fault) = self.text_of(label, node);
                let media = label.map(|label| self.media_at(label, here(node), here(node)));
                self.touch(node);
                self.retext(node, |texts| {
                    texts.label = text;
                    texts.media = media.unwrap_or_default();
                });
                fault
            }
            Aspect::Hint => {
                let (text, fault) = self.text_of(control.and_then(|control| control.hint.as_ref()), node);
                self.touch(node);
                self.retext(node, |texts| texts.hint = text);
                fault
            }
            Aspect::ConstraintMessage => {
                let (text, fault) = self.text_of(bind.constraint_message.as_ref(), node);
                self.touch(node);
                self.retext(node, |texts| texts.constraint_message = text);
                fault
            }
            Aspect::RequiredMessage => {
                let (text, fault) = self.text_of(bind.required_message.as_ref(), node);
                self.touch(node);
                self.retext(node, |texts| texts.required_message = text);
                fault
            }
        }
    }

    fn retext(&mut self, node: NodeId, change: impl FnOnce(&mut Texts)) {
        self.update(node, |state| change(state.texts.get_or_insert_default()));
    }

    /// How many instances there are to be; what is no number changes nothing.
    fn work_out_count(&mut self, cell: Cell, node: NodeId) -> Result<(), ExpressionError> {
        let form = Arc::clone(&self.form);
        let repeat = form.question(cell.question).repeat();
        let Some(RepeatCount::Computed(count)) = repeat.map(|repeat| &repeat.count) else {
            return Ok(());
        };
        if self.state(node).is_none_or(|state| !state.is_range) {
            return Ok(());
        }
        let number = evaluate(count, here(node), self)?.to_number(self);
        if !number.is_nan() {
            self.set_count(node, number);
        }
        Ok(())
    }

    fn truth(&self, rule: Option<&Expression>, node: NodeId, unruled: bool) -> Result<bool, ExpressionError> {
        let Some(rule) = rule else { return Ok(unruled) };
        Ok(evaluate(rule, here(node), self)?.to_boolean())
    }

    fn text_of(&self, text: Option<&Text>, node: NodeId) -> (Option<String>, Result<(), ExpressionError>) {
        let found = text.map(|text| self.text_at(text, here(node), here(node)));
        match found.transpose() {
            Ok(text) => (text, Ok(())),
            Err(error) => (None, Err(error)),
        }
    }

    fn set_relevant(&mut self, node: NodeId, truth: bool) {
        self.update(node, |state| state.own_relevant = truth);
        self.spread(node);
    }

    fn set_readonly(&mut self, node: NodeId, truth: bool) {
        self.update(node, |state| state.own_readonly = truth);
        self.spread(node);
    }

    /// Hands relevance and readonly down, as far as they change.
    fn spread(&mut self, top: NodeId) {
        let mut open = vec![top];
        while let Some(node) = open.pop() {
            let parent = self.tree.parent(node).filter(|parent| *parent != NodeId::ROOT);
            let above = parent
                .and_then(|parent| self.state(parent))
                .map(|above| (above.relevant, above.readonly));
            let (above_relevant, above_readonly) = above.unwrap_or((true, false));
            let Some(state) = self.state(node) else { continue };
            let relevant = above_relevant && state.own_relevant;
            let readonly = above_readonly || state.own_readonly;
            if (relevant, readonly) == (state.relevant, state.readonly) {
                continue;
            }
            let is_reborn = relevant && !state.relevant;
            let has_value = self.form.question(state.question).has_value();
            self.touch(node);
            self.update(node, |state| {
                state.relevant = relevant;
                state.readonly = readonly;
            });
            if has_value {
                self.refresh(node);
                if is_reborn {
                    self.update(node, |state| state.calculated = None);
                    self.queue_aspect(node, Aspect::Calculate);
                    self.queue_aspect(node, Aspect::Constraint);
                }
            }
            open.extend(
                self.state(node)
                    .map(|state| state.attributes.clone())
                    .unwrap_or_default(),
            );
            open.extend(self.children_of(node));
        }
    }

    pub(super) fn new_uuid(&self) -> String {
        let Ok(expression) = Expression::parse("uuid()") else {
            return String::new();
        };
        let value = evaluate(&expression, self.root(), self);
        value
            .map(|value| value.into_text(self).into_owned())
            .unwrap_or_default()
    }
}

fn apart<T>(result: Result<T, ExpressionError>, otherwise: T) -> (T, Result<(), ExpressionError>) {
    match result {
        Ok(value) => (value, Ok(())),
        Err(error) => (otherwise, Err(error)),
    }
}
