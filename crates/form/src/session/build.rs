//! Makes nodes from the form's model.

use std::sync::Arc;

use super::{Mode, Session, Slot, State};
use crate::evaluate::Moment;
use crate::form::{ControlKind, Question, QuestionId, RepeatCount, Role};
use crate::tree::{JAVAROSA, NodeId};

/// What a node's values are made from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// An element of the XForm.
    Element(NodeId),
    /// Nothing.
    Blank,
}

impl State {
    fn new(question: QuestionId) -> Self {
        Self {
            question,
            slots: Vec::new(),
            attributes: Vec::new(),
            base: String::new(),
            calculated: None,
            own_relevant: true,
            relevant: true,
            own_readonly: false,
            readonly: false,
            required: false,
            constraint_holds: true,
            texts: None,
            choices: Arc::default(),
            instance: None,
            is_range: false,
            is_gone: false,
        }
    }
}

impl Session {
    pub(super) fn build_root(&mut self) {
        // The document above the root has no question; its state is never asked for.
        self.states.push(State::new(QuestionId::ROOT));
        let source = self.form.question(QuestionId::ROOT).source;
        let root = self.build(QuestionId::ROOT, NodeId::ROOT, Source::Element(source));
        self.tree.hang(root, NodeId::ROOT, None);
        self.welcome(root);
    }

    /// Makes the node of a question with all below it; it hangs nowhere yet.
    pub(super) fn build(&mut self, id: QuestionId, parent: NodeId, source: Source) -> NodeId {
        let form = Arc::clone(&self.form);
        let question = form.question(id);
        let node = self.tree.new_element(&question.name, parent);
        let mut state = State::new(id);
        state.slots.reserve_exact(question.children.len());
        for attribute in &question.attributes {
            let bound = form.question(*attribute);
            let text = self.attribute_text(bound, source);
            let made = self.tree.append_attribute(node, &bound.name, &text);
            state.attributes.push(made);
        }
        if question.has_value() && self.mode == Mode::Answering {
            state.base = decoded(question, &self.source_text(source));
        }
        self.push_state(node, state);
        let attributes = if question.attributes.is_empty() {
            Vec::new()
        } else {
            self.state(node)
                .map(|state| state.attributes.clone())
                .unwrap_or_default()
        };
        for (attribute, id) in attributes.iter().zip(&question.attributes) {
            let mut state = State::new(*id);
            self.tree.own_value(*attribute).clone_into(&mut state.base);
            self.push_state(*attribute, state);
        }
        self.show(node);
        for child in &question.children {
            let slot = self.build_slot(*child, node, source);
            self.update(node, |state| state.slots.push(slot));
        }
        node
    }

    fn push_state(&mut self, node: NodeId, state: State) {
        if self.states.len() == node.index() {
            return self.states.push(state);
        }
        while self.states.len() <= node.index() {
            self.states.push(State::new(QuestionId::ROOT));
        }
        if let Some(place) = self.states.get_mut(node.index()) {
            *place = state;
        }
    }

    fn build_slot(&mut self, id: QuestionId, parent: NodeId, source: Source) -> Slot {
        let form = Arc::clone(&self.form);
        let question = form.question(id);
        // Who judges makes values without what the form presets, whatever stands there.
        let is_blank = self.mode == Mode::Judging && question.is_value() && question.attributes.is_empty();
        let sources = if is_blank {
            Vec::new()
        } else {
            self.matching(question, source)
        };
        let Some(repeat) = question.repeat() else {
            let own = match (sources.first(), source) {
                (Some(own), _) => Source::Element(*own),
                (None, Source::Element(_)) => Source::Element(question.source),
                (None, Source::Blank) => Source::Blank,
            };
            let node = self.build(id, parent, own);
            let last = self.tree.last_child(parent);
            self.tree.hang(node, parent, last);
            return Slot::One(node);
        };
        let range = self.tree.new_range(&question.name, parent);
        let mut state = State::new(id);
        state.is_range = true;
        self.push_state(range, state);
        let first = match repeat.count {
            RepeatCount::Open => sources.len(),
            RepeatCount::Fixed(count) => count,
            RepeatCount::Computed(_) => 0,
        };
        let mut instances = Vec::new();
        for index in 0..first {
            let own = sources.get(index).copied().or(repeat.template);
            let node = self.build(id, parent, own.map_or(Source::Blank, Source::Element));
            self.update(node, |state| state.instance = Some(format!("{}", index + 1)));
            let last = self.tree.last_child(parent);
            self.tree.hang(node, parent, last);
            instances.push(node);
        }
        Slot::Many {
            range,
            made: instances.len(),
            instances,
            sources,
        }
    }

    /// The elements of a question's name in its parent's element; the template of a repeat is none of its instances.
    fn matching(&self, question: &Question, source: Source) -> Vec<NodeId> {
        let (Source::Element(source), Some(document)) = (source, self.form.document()) else {
            return Vec::new();
        };
        let is_template = |node: NodeId| document.attribute_of(node, Some(JAVAROSA), "template").is_some();
        let is_repeat = question.repeat().is_some();
        document
            .elements(source)
            .filter(|node| *document.name(*node) == question.name && !(is_repeat && is_template(*node)))
            .collect()
    }

    fn source_text(&self, source: Source) -> String {
        match (source, self.form.document()) {
            (Source::Element(node), Some(document)) => document.value(node).into_owned(),
            _ => String::new(),
        }
    }

    fn attribute_text(&self, question: &Question, source: Source) -> String {
        let (Source::Element(node), Some(document)) = (source, self.form.document()) else {
            return String::new();
        };
        let found = document.attribute_of(node, question.name.namespace.as_deref(), &question.name.local);
        found.unwrap_or_default().to_owned()
    }

    /// Everything about a new node is to be worked out.
    pub(super) fn welcome(&mut self, top: NodeId) {
        for node in self.subtree(top) {
            self.touch_new(node);
            self.inherit(node);
            self.queue_all(node);
        }
    }

    fn inherit(&mut self, node: NodeId) {
        let parent = self.tree.parent(node).filter(|parent| *parent != NodeId::ROOT);
        let above = parent
            .and_then(|parent| self.state(parent))
            .map(|above| (above.relevant, above.readonly));
        let (relevant, readonly) = above.unwrap_or((true, false));
        self.update(node, |state| {
            state.relevant = relevant && state.own_relevant;
            state.readonly = readonly || state.own_readonly;
        });
        self.show(node);
    }

    /// Puts into the tree what is to be seen of a value. Gives whether that changed.
    pub(super) fn show(&mut self, node: NodeId) -> bool {
        let Some(state) = self.state(node) else {
            return false;
        };
        if !self.form.question(state.question).has_value() {
            return false;
        }
        let value = self.visible(node);
        if self.tree.own_value(node) == value {
            return false;
        }
        let value = value.into();
        self.tree.set_value(node, value);
        true
    }

    /// `jr:preload`, once for a new session.
    pub(super) fn preload(&mut self) {
        for node in self.subtree(self.root_node()) {
            let form = Arc::clone(&self.form);
            let question = form.question(self.question_of(node));
            let Some((kind, parameter)) = &question.bind.preload else {
                continue;
            };
            let now = self.environment.now;
            let value = match (&**kind, &**parameter) {
                ("uid", _) => Some(format!("uuid:{}", self.new_uuid())),
                ("timestamp", "end") => None,
                ("timestamp", _) => Some(Moment::at(now).shown_in_full()),
                ("date", _) => Moment::today(now).map(Moment::shown),
                ("property", name) => self.environment.properties.get(name).cloned(),
                _ => None,
            };
            if let Some(value) = value {
                self.preset(node, &value);
            }
        }
    }

    pub(super) fn preload_end(&mut self) {
        for node in self.subtree(self.root_node()) {
            let form = Arc::clone(&self.form);
            let preload = &form.question(self.question_of(node)).bind.preload;
            let is_end = preload
                .as_ref()
                .is_some_and(|(kind, parameter)| kind == "timestamp" && parameter == "end");
            if is_end {
                let now = Moment::at(self.environment.now).shown_in_full();
                self.preset(node, &now);
            }
        }
    }

    /// Sets a value by the form's own will.
    pub(super) fn preset(&mut self, node: NodeId, value: &str) {
        let value = decoded(self.form.question(self.question_of(node)), value);
        self.set_base(node, value);
    }
}

/// A text as a value of the question's type.
pub(crate) fn decoded(question: &Question, text: &str) -> String {
    if question.is_plain(text) {
        return text.to_owned();
    }
    let kind = question.control.as_ref().map(|control| &control.kind);
    match kind {
        Some(ControlKind::Trigger) if text.eq_ignore_ascii_case("ok") => "OK".to_owned(),
        Some(ControlKind::Trigger) => String::new(),
        Some(ControlKind::SelectMultiple | ControlKind::Rank) => {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        Some(ControlKind::SelectOne) => text.to_owned(),
        Some(ControlKind::Range(bounds)) => {
            let value = question.bind.answer_type.canonical(text);
            let number = crate::evaluate::parse_number(&value);
            let is_within = number >= bounds.start && number <= bounds.end;
            if is_within { value } else { String::new() }
        }
        _ if matches!(question.role, Role::Attribute) => text.to_owned(),
        _ => question.bind.answer_type.canonical(text),
    }
}
