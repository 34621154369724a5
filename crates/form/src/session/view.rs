//! How a node looks, and what changed.

use std::sync::Arc;

use super::{Mode, Session, State};
use crate::form::{ControlKind, Media, Question, RepeatCount, Role};
use crate::tree::NodeId;

/// What a node is to the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    /// A value without a face.
    ModelValue,
    /// Free entry.
    Input,
    /// Something to read.
    Note,
    /// One choice or several.
    Select,
    /// All choices in an order.
    Rank,
    /// A yes.
    Trigger,
    /// A number between two.
    Range,
    /// A file.
    Upload,
    /// Others together.
    Group,
    /// The place of a repeat's instances, to which who answers may add.
    OpenRepeat,
    /// The place of a repeat's instances, whose number the form knows.
    CountedRepeat,
    /// One instance of a repeat.
    Instance,
}

/// Something that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What is shown or played with it.
    pub media: Arc<[Media]>,
}

/// How a node looks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "what a screen asks of a question")]
pub struct View {
    /// Its key, which stays.
    pub key: String,
    /// What it is.
    pub kind: ViewKind,
    /// Whether it is asked and sent.
    pub relevant: bool,
    /// Whether it cannot be answered.
    pub readonly: bool,
    /// Whether it must be answered.
    pub required: bool,
    /// Its value, if it holds one; nothing while it is not relevant.
    pub value: Option<String>,
    /// Whether the answer is one that the form allows.
    pub constraint_ok: bool,
    /// Whether it is answered if it must be.
    pub required_ok: bool,
    /// What the form says about an answer that is not valid.
    pub message: Option<String>,
    /// What is asked.
    pub label: Option<String>,
    /// What is shown or played with what is asked.
    pub media: Arc<[Media]>,
    /// What helps.
    pub hint: Option<String>,
    /// What may be chosen.
    pub choices: Option<Arc<[Choice]>>,
}

impl View {
    /// Whether the answer is valid.
    pub fn is_valid(&self) -> bool {
        self.constraint_ok && self.required_ok
    }
}

/// What a step changed, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// How what is new or different looks now.
    pub changed: Vec<View>,
    /// Keys of what is no longer there.
    pub gone: Vec<String>,
}

impl Session {
    /// How everything looks, parents before children.
    pub fn views(&self) -> Vec<View> {
        let mut found = Vec::new();
        self.each_node(&mut |node| found.push(self.view(node)));
        found
    }

    /// How one node looks.
    pub fn view_at(&self, key: &str) -> Option<View> {
        self.find(key).map(|node| self.view(node))
    }

    pub(super) fn view(&self, node: NodeId) -> View {
        let Some(state) = self.state(node) else {
            return View::nothing();
        };
        let question = self.form.question(state.question);
        let has_value = question.has_value();
        let value = self.tree.own_value(node);
        let is_blank = value.is_empty();
        let constraint_ok = !has_value || !state.relevant || is_blank || state.constraint_holds;
        let required_ok = !has_value || !state.relevant || !state.required || !is_blank;
        let texts = state.texts.as_deref();
        let message = texts.and_then(|texts| match (constraint_ok, required_ok) {
            (false, _) => texts.constraint_message.clone(),
            (_, false) => texts.required_message.clone(),
            _ => None,
        });
        View {
            key: self.key(node),
            kind: kind(question, state),
            relevant: state.relevant,
            readonly: state.readonly,
            required: state.required,
            value: has_value.then(|| value.to_owned()),
            constraint_ok,
            required_ok,
            message,
            label: texts.and_then(|texts| texts.label.clone()),
            media: texts.map(|texts| Arc::clone(&texts.media)).unwrap_or_default(),
            hint: texts.and_then(|texts| texts.hint.clone()),
            choices: question.choices().map(|_| Arc::clone(&state.choices)),
        }
    }

    /// Remembers how a node looks before it changes.
    pub(super) fn touch(&mut self, node: NodeId) {
        if self.mode == Mode::Answering && !self.step.before.contains_key(&node) {
            let view = self.view(node);
            self.step.before.insert(node, Some(view));
        }
    }

    /// Remembers that a node is new.
    pub(super) fn touch_new(&mut self, node: NodeId) {
        if self.mode == Mode::Answering {
            self.step.before.insert(node, None);
        }
    }

    /// Ends the step: what looks different from before.
    pub(super) fn end_step(&mut self) -> Changes {
        let touched = std::mem::take(&mut self.step.before);
        let mut changes = Changes {
            changed: Vec::new(),
            gone: std::mem::take(&mut self.step.gone),
        };
        for (node, before) in touched {
            let Some(state) = self.state(node) else { continue };
            if state.is_gone || self.form.question(state.question).is_hidden() {
                continue;
            }
            let now = self.view(node);
            if before.as_ref() != Some(&now) {
                changes.changed.push(now);
            }
        }
        self.step.values.clear();
        changes
    }
}

impl View {
    fn nothing() -> Self {
        Self {
            key: String::new(),
            kind: ViewKind::ModelValue,
            relevant: false,
            readonly: true,
            required: false,
            value: None,
            constraint_ok: true,
            required_ok: true,
            message: None,
            label: None,
            media: Arc::default(),
            hint: None,
            choices: None,
        }
    }
}

impl Question {
    /// Attributes and the root are values and places, but nothing to be shown.
    fn is_hidden(&self) -> bool {
        matches!(self.role, Role::Attribute) || self.parent.is_none()
    }
}

fn kind(question: &Question, state: &State) -> ViewKind {
    if let Some(repeat) = question.repeat() {
        return match &repeat.count {
            _ if !state.is_range => ViewKind::Instance,
            RepeatCount::Open => ViewKind::OpenRepeat,
            _ => ViewKind::CountedRepeat,
        };
    }
    if !question.has_value() {
        return ViewKind::Group;
    }
    match question.control.as_ref().map(|control| &control.kind) {
        Some(ControlKind::Input) => ViewKind::Input,
        Some(ControlKind::Note) => ViewKind::Note,
        Some(ControlKind::SelectOne | ControlKind::SelectMultiple) => ViewKind::Select,
        Some(ControlKind::Rank) => ViewKind::Rank,
        Some(ControlKind::Trigger) => ViewKind::Trigger,
        Some(ControlKind::Range(_)) => ViewKind::Range,
        Some(ControlKind::Upload) => ViewKind::Upload,
        Some(ControlKind::Group | ControlKind::Repeat) | None => ViewKind::ModelValue,
    }
}
