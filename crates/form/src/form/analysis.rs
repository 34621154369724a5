//! Which nodes an expression looks at, found by walking its paths over the model instead of over answers.
//!
//! Beside each node goes its *scope*: the nearest node above from which on there may be several instances of it for one
//! instance of the expression's own node. `../age` from a member's question has the member as its scope: another
//! member's age does not matter. `/data/member/age` has the root: every member's does.

use std::collections::BTreeSet;

use super::question::{Chunk, Question, QuestionId, Text};
use super::{Form, constant_text};
use crate::expression::{
    Axis, Call, Expression, Function, Kind, Part, Path, Span, Start, Step, Test, nearest,
};
use crate::tree::XFORMS;

/// What of a node matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum What {
    /// Its value.
    Value,
    /// How many instances there are.
    Instances,
    /// Which of the instances it is.
    Position,
    /// What may be chosen.
    Choices,
}

/// What an expression looks at.
#[derive(Debug, Default)]
pub(super) struct References {
    /// What, of which node, within which scope.
    pub(super) found: BTreeSet<(What, QuestionId, QuestionId)>,
    /// Whether the language matters.
    pub(super) is_translated: bool,
    /// Whether it cannot be known: then everything matters.
    pub(super) is_unknown: bool,
    /// Names that lead nowhere.
    pub(super) strange: Vec<Strange>,
}

impl References {
    /// Whether no answer matters.
    pub(super) fn is_nothing(&self) -> bool {
        self.found.is_empty() && !self.is_unknown
    }
}

/// A name that leads nowhere.
#[derive(Debug)]
pub(super) struct Strange {
    pub(super) span: Span,
    pub(super) name: String,
    /// The name that it is most like, of those that are there.
    pub(super) nearest: Option<String>,
    /// The expression it is in.
    pub(super) text: String,
}

impl std::fmt::Display for Strange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, character) = (&self.name, self.span.start + 1);
        write!(formatter, "there is no {name} (character {character})")?;
        match &self.nearest {
            Some(nearest) => write!(formatter, "; is it {nearest}?"),
            None => Ok(()),
        }
    }
}

impl Strange {
    /// The same in Chinese.
    pub(super) fn zh(&self) -> String {
        let (name, character) = (&self.name, self.span.start + 1);
        let hint = self.nearest.as_ref().map(|nearest| format!(",是不是 {nearest}"));
        format!("没有 {name}{}(第 {character} 个字符)", hint.unwrap_or_default())
    }
}

/// Where a path has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Above the root.
    Document,
    /// A node with its scope.
    Node(QuestionId, QuestionId),
    /// In a tree that never changes.
    Elsewhere,
}

/// Whether what the nodes hold matters, or only which they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Values,
    Nodes,
}

pub(super) struct Analyst<'f> {
    form: &'f Form,
    current: Vec<Place>,
    text: String,
    pub(super) references: References,
}

impl<'f> Analyst<'f> {
    pub(super) fn at(form: &'f Form, question: QuestionId) -> Self {
        Self {
            form,
            current: vec![Place::Node(question, question)],
            text: String::new(),
            references: References::default(),
        }
    }

    pub(super) fn values(&mut self, expression: &Expression) {
        let current = self.current.clone();
        expression.text().clone_into(&mut self.text);
        self.walk(expression.root(), &current, Use::Values);
    }

    /// An expression whose nodes become the place of others.
    pub(super) fn move_to(&mut self, expression: &Expression) {
        let current = self.current.clone();
        expression.text().clone_into(&mut self.text);
        self.current = self.walk(expression.root(), &current, Use::Nodes);
    }

    pub(super) fn text(&mut self, text: &Text) {
        match text {
            Text::Chunks(chunks) => self.chunks(chunks),
            Text::Reference(expression) => self.values(expression),
            Text::Itext(id) => {
                self.references.is_translated = true;
                self.values(id);
                let form = self.form;
                let constant = constant_text(id);
                for translation in form.translations() {
                    match &constant {
                        Some(id) => {
                            if let Some(text) = translation.text(id) {
                                self.chunks(&text.chunks);
                                self.chunks(&text.guidance);
                            }
                        }
                        None => {
                            for (_, text) in translation.texts() {
                                self.chunks(&text.chunks);
                            }
                        }
                    }
                }
            }
        }
    }

    fn chunks(&mut self, chunks: &[Chunk]) {
        for chunk in chunks {
            if let Chunk::Output(expression) = chunk {
                self.values(expression);
            }
        }
    }

    fn all(&mut self, parts: &[Part], places: &[Place]) {
        for part in parts {
            self.walk(part, places, Use::Values);
        }
    }

    /// Notes what `part` looks at, worked out at `places`; gives where its nodes are.
    fn walk(&mut self, part: &Part, places: &[Place], wanted: Use) -> Vec<Place> {
        match &part.kind {
            Kind::Number(_) | Kind::Text(_) => Vec::new(),
            Kind::Or(parts) | Kind::And(parts) => {
                self.all(parts, places);
                Vec::new()
            }
            Kind::Compare(first, rest) => {
                self.walk(first, places, Use::Values);
                for (_, part) in rest {
                    self.walk(part, places, Use::Values);
                }
                Vec::new()
            }
            Kind::Arithmetic(first, rest) => {
                self.walk(first, places, Use::Values);
                for (_, part) in rest {
                    self.walk(part, places, Use::Values);
                }
                Vec::new()
            }
            Kind::Negate(part) => self.walk(part, places, Use::Values),
            Kind::Union(parts) => parts
                .iter()
                .flat_map(|part| self.walk(part, places, wanted))
                .collect(),
            Kind::Call(call) => self.call(call, places, wanted),
            Kind::Path(path) => self.path(path, places, wanted),
        }
    }

    fn call(&mut self, call: &Call, places: &[Place], wanted: Use) -> Vec<Place> {
        let first = call.arguments.first();
        match call.function {
            Some(Function::Count | Function::Position) => {
                let Some(first) = first else { return Vec::new() };
                for place in self.walk(first, places, Use::Nodes) {
                    if let Place::Node(node, scope) = place
                        && node == scope
                        && self.form.question(node).repeat().is_some()
                    {
                        self.references.found.insert((What::Position, node, scope));
                    }
                }
                Vec::new()
            }
            Some(Function::Current) => {
                let current = self.current.clone();
                self.used(&current, wanted);
                current
            }
            Some(Function::Instance) => {
                self.all(&call.arguments, places);
                vec![Place::Elsewhere]
            }
            Some(Function::Itext) => {
                self.references.is_translated = true;
                self.all(&call.arguments, places);
                vec![Place::Elsewhere]
            }
            Some(Function::Once) => {
                self.used(places, Use::Values);
                self.all(&call.arguments, places);
                Vec::new()
            }
            Some(Function::ChoiceName) => {
                self.all(&call.arguments, places);
                self.references.is_translated = true;
                self.choice_name(call.arguments.get(1), places);
                Vec::new()
            }
            Some(Function::IndexedRepeat) => {
                for (index, argument) in call.arguments.iter().enumerate().skip(1) {
                    let wanted = if index % 2 == 1 { Use::Nodes } else { Use::Values };
                    self.walk(argument, places, wanted);
                }
                first
                    .map(|first| self.walk(first, places, wanted))
                    .unwrap_or_default()
            }
            Some(Function::Randomize) => {
                self.all(call.arguments.get(1..).unwrap_or_default(), places);
                first
                    .map(|first| self.walk(first, places, wanted))
                    .unwrap_or_default()
            }
            Some(Function::If) => {
                let mut found = Vec::new();
                for (index, argument) in call.arguments.iter().enumerate() {
                    let wanted = if index == 0 { Use::Values } else { wanted };
                    let places = self.walk(argument, places, wanted);
                    if index > 0 {
                        found.extend(places);
                    }
                }
                found
            }
            Some(Function::FormatDate | Function::FormatDateTime) => {
                self.references.is_translated = true;
                self.all(&call.arguments, places);
                Vec::new()
            }
            Some(_) if call.arguments.is_empty() => {
                // `string()` and its kin speak of the node at hand.
                self.used(places, Use::Values);
                Vec::new()
            }
            _ => {
                self.all(&call.arguments, places);
                Vec::new()
            }
        }
    }

    /// The question of `jr:choice-name` is a path as text.
    fn choice_name(&mut self, question: Option<&Part>, places: &[Place]) {
        let path = match question.map(|part| &part.kind) {
            Some(Kind::Text(path)) => Expression::parse(path).ok(),
            _ => None,
        };
        let Some(path) = path else {
            self.references.is_unknown = true;
            return;
        };
        for place in self.walk(path.root(), places, Use::Nodes) {
            if let Place::Node(node, scope) = place {
                self.references.found.insert((What::Choices, node, scope));
            }
        }
    }

    fn path(&mut self, path: &Path, places: &[Place], wanted: Use) -> Vec<Place> {
        let mut at = match &path.start {
            Start::Root => vec![Place::Document],
            Start::Context => places.to_vec(),
            Start::Part(part, predicates) => {
                let ends_here = path.steps.is_empty();
                let at = self.walk(part, places, if ends_here { wanted } else { Use::Nodes });
                self.all(predicates, &at);
                at
            }
        };
        for step in &path.steps {
            at = self.step(step, &at);
            self.all(&step.predicates, &at);
        }
        self.used(&at, wanted);
        at
    }

    /// The nodes' values matter: those of all that is below.
    fn used(&mut self, places: &[Place], wanted: Use) {
        if wanted == Use::Nodes {
            return;
        }
        for place in places {
            let (node, scope) = match place {
                Place::Node(node, scope) => (*node, *scope),
                Place::Document => (QuestionId::ROOT, QuestionId::ROOT),
                Place::Elsewhere => continue,
            };
            for below in self.form.below(node) {
                let question = self.form.question(below);
                if question.has_value() {
                    self.references.found.insert((What::Value, below, scope));
                } else if question.repeat().is_some() && below != node {
                    self.references.found.insert((What::Instances, below, scope));
                }
            }
        }
    }

    fn step(&mut self, step: &Step, places: &[Place]) -> Vec<Place> {
        let mut found = BTreeSet::new();
        for place in places {
            match place {
                Place::Elsewhere => {
                    found.insert(Place::Elsewhere);
                }
                place => {
                    let along = self.along(step.axis, *place);
                    found.extend(along.into_iter().filter(|to| self.passes(step, *to)));
                }
            }
        }
        for place in &found {
            // Reached from above or from beside, a repeat may be there any number of times.
            if let Place::Node(node, scope) = place
                && node != scope
                && self.form.question(*node).repeat().is_some()
            {
                self.references.found.insert((What::Instances, *node, *scope));
            }
        }
        if found.is_empty() {
            self.note_strange(step, places);
        }
        found.into_iter().collect()
    }

    fn note_strange(&mut self, step: &Step, places: &[Place]) {
        let Test::Name { prefix: None, local } = &step.test else {
            return;
        };
        if !matches!(step.axis, Axis::Child | Axis::Attribute) || places.is_empty() {
            return;
        }
        let around = places.iter().flat_map(|place| self.along(step.axis, *place));
        let names: Vec<&str> = around
            .filter_map(|place| match place {
                Place::Node(node, _) => Some(&*self.form.question(node).name.local),
                _ => None,
            })
            .collect();
        let nearest = nearest(local, names.into_iter()).map(str::to_owned);
        self.references.strange.push(Strange {
            span: step.span,
            name: local.to_string(),
            nearest,
            text: self.text.clone(),
        });
    }

    fn along(&self, axis: Axis, place: Place) -> Vec<Place> {
        let form = self.form;
        let (node, scope) = match place {
            Place::Elsewhere => return vec![place],
            Place::Node(node, scope) => (node, scope),
            Place::Document => {
                let root = Place::Node(QuestionId::ROOT, QuestionId::ROOT);
                return match axis {
                    Axis::Child => vec![root],
                    Axis::Descendant => self.below(QuestionId::ROOT, QuestionId::ROOT),
                    Axis::DescendantOrSelf => {
                        let mut found = vec![place];
                        found.extend(self.below(QuestionId::ROOT, QuestionId::ROOT));
                        found
                    }
                    Axis::Itself | Axis::AncestorOrSelf => vec![place],
                    _ => Vec::new(),
                };
            }
        };
        let question = form.question(node);
        // The scope goes up only with the node itself.
        let up = |node: QuestionId| match form.question(node).parent {
            None => Place::Document,
            Some(parent) if scope == node => Place::Node(parent, parent),
            Some(parent) => Place::Node(parent, scope),
        };
        match axis {
            Axis::Itself => vec![place],
            Axis::Child => question
                .children
                .iter()
                .map(|child| Place::Node(*child, scope))
                .collect(),
            Axis::Attribute => question
                .attributes
                .iter()
                .map(|child| Place::Node(*child, scope))
                .collect(),
            Axis::Namespace => Vec::new(),
            Axis::Parent => vec![up(node)],
            Axis::Ancestor | Axis::AncestorOrSelf => {
                let mut found = vec![place];
                let mut at = place;
                while let Place::Node(node, scope) = at {
                    at = self
                        .along(Axis::Parent, Place::Node(node, scope))
                        .first()
                        .copied()
                        .unwrap_or(Place::Document);
                    found.push(at);
                }
                if axis == Axis::Ancestor {
                    found.remove(0);
                }
                found
            }
            Axis::Descendant => self
                .below(node, scope)
                .into_iter()
                .filter(|found| *found != place)
                .collect(),
            Axis::DescendantOrSelf => self.below(node, scope),
            Axis::FollowingSibling | Axis::PrecedingSibling => match up(node) {
                Place::Node(parent, scope) => {
                    let children = &form.question(parent).children;
                    children.iter().map(|child| Place::Node(*child, scope)).collect()
                }
                _ => Vec::new(),
            },
            // Rare enough not to be told apart.
            Axis::Following | Axis::Preceding => self.below(QuestionId::ROOT, QuestionId::ROOT),
        }
    }

    fn below(&self, node: QuestionId, scope: QuestionId) -> Vec<Place> {
        self.form
            .below(node)
            .into_iter()
            .map(|below| Place::Node(below, scope))
            .collect()
    }

    fn passes(&self, step: &Step, place: Place) -> bool {
        let node = match place {
            Place::Elsewhere => return true,
            Place::Document => return step.test == Test::Node,
            Place::Node(node, _) => node,
        };
        let question = self.form.question(node);
        match &step.test {
            Test::Node | Test::Any | Test::Text => true,
            Test::Comment | Test::Instruction(_) => false,
            Test::AnyOf(prefix) => is_of(question, prefix),
            Test::Name { prefix: None, local } => {
                question.name.local == *local
                    && question
                        .name
                        .namespace
                        .as_deref()
                        .is_none_or(|namespace| namespace == XFORMS)
            }
            Test::Name {
                prefix: Some(prefix),
                local,
            } => question.name.local == *local && is_of(question, prefix),
        }
    }
}

/// Prefixes are compared as written: forms declare each namespace once.
fn is_of(question: &Question, prefix: &str) -> bool {
    question.name.prefix.as_deref() == Some(prefix)
}
