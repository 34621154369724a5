//! What a form knows of each node of its model.

use std::fmt;

use crate::answer::AnswerType;
use crate::expression::Expression;
use crate::tree::{NodeId, QualifiedName};

/// A question's number in its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(pub(crate) u32);

impl QuestionId {
    pub(crate) const ROOT: Self = Self(0);

    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    pub(crate) fn of_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

/// A node of the model: a question, a group, a repeat, or a value without a face.
#[derive(Debug)]
pub struct Question {
    /// Its name.
    pub name: QualifiedName,
    /// `/data/member/name`
    pub path: String,
    /// What it is in.
    pub parent: Option<QuestionId>,
    /// What is in it; attributes apart.
    pub children: Vec<QuestionId>,
    /// Its attributes, which may be bound too.
    pub attributes: Vec<QuestionId>,
    /// What it is.
    pub role: Role,
    /// Its rules.
    pub bind: Bind,
    /// How it is asked, if it is.
    pub control: Option<Control>,
    /// Its place among its parent's children, or attributes.
    pub(crate) slot: usize,
    /// Where the XForm has its default.
    pub(crate) source: NodeId,
}

impl Question {
    pub(super) fn nobody() -> Self {
        Self {
            name: QualifiedName::local(""),
            path: String::new(),
            parent: None,
            children: Vec::new(),
            attributes: Vec::new(),
            role: Role::Group,
            bind: Bind::default(),
            control: None,
            slot: 0,
            source: NodeId::ROOT,
        }
    }

    /// The repeat that it is.
    pub fn repeat(&self) -> Option<&Repeat> {
        match &self.role {
            Role::Repeat(repeat) => Some(repeat),
            _ => None,
        }
    }

    /// Whether it holds a value.
    pub fn has_value(&self) -> bool {
        matches!(self.role, Role::Value | Role::Attribute)
    }

    pub(crate) fn has_attribute_name(&self) -> bool {
        matches!(self.role, Role::Attribute)
    }

    /// Whether a text is a value of this question as a session writes it.
    pub fn takes(&self, text: &str) -> bool {
        !text.is_empty() && (self.is_plain(text) || crate::session::decoded(self, text) == text)
    }

    /// Whether a text is seen at once to be such a value.
    pub(crate) fn is_plain(&self, text: &str) -> bool {
        match self.control.as_ref().map(|control| &control.kind) {
            Some(
                ControlKind::Trigger
                | ControlKind::SelectMultiple
                | ControlKind::Rank
                | ControlKind::Range(_),
            ) => false,
            Some(ControlKind::SelectOne) => true,
            _ => matches!(self.role, Role::Attribute) || self.bind.answer_type.is_plain(text),
        }
    }

    /// Whether people add instances of the repeat that it is.
    pub fn is_open_repeat(&self) -> bool {
        self.repeat()
            .is_some_and(|repeat| matches!(repeat.count, RepeatCount::Open))
    }

    /// Whether it holds a value in an element of its own; attributes do not.
    pub fn is_value(&self) -> bool {
        matches!(self.role, Role::Value)
    }

    /// The choices that it offers.
    pub fn choices(&self) -> Option<&Choices> {
        self.control.as_ref().and_then(|control| control.choices.as_ref())
    }
}

/// What a node is.
#[derive(Debug)]
pub enum Role {
    /// Holds other nodes.
    Group,
    /// Holds other nodes, as often as is asked for.
    Repeat(Repeat),
    /// Holds a value.
    Value,
    /// A value in an attribute.
    Attribute,
}

/// A group that repeats.
#[derive(Debug)]
pub struct Repeat {
    /// Who says how many there are.
    pub count: RepeatCount,
    /// What a new one is made from; without it a new one is empty.
    pub(crate) template: Option<NodeId>,
}

/// Who says how many instances there are.
#[derive(Debug)]
pub enum RepeatCount {
    /// Who answers.
    Open,
    /// The form, once and for all.
    Fixed(usize),
    /// An expression.
    Computed(Expression),
}

/// The rules of a node (`<bind>`).
#[derive(Debug, Default)]
pub struct Bind {
    /// What its value may be.
    pub answer_type: AnswerType,
    /// `relevant`
    pub relevant: Option<Expression>,
    /// `required`
    pub required: Option<Expression>,
    /// `readonly`
    pub readonly: Option<Expression>,
    /// `constraint`
    pub constraint: Option<Expression>,
    /// `calculate`
    pub calculate: Option<Expression>,
    /// `jr:constraintMsg`
    pub constraint_message: Option<Text>,
    /// `jr:requiredMsg`
    pub required_message: Option<Text>,
    /// `jr:preload` with its parameter
    pub preload: Option<(String, String)>,
}

/// How a node is asked.
#[derive(Debug)]
pub struct Control {
    /// In which way.
    pub kind: ControlKind,
    /// What is asked.
    pub label: Option<Text>,
    /// What helps.
    pub hint: Option<Text>,
    /// How it is to look.
    pub appearance: String,
    /// What may be chosen.
    pub choices: Option<Choices>,
    /// Other attributes of the element, by name: `mediatype`, `autoplay`, `rows`.
    pub attributes: Vec<(String, String)>,
}

/// In which way a node is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum ControlKind {
    /// Free entry, also of places and codes.
    Input,
    /// Read only, and something to read.
    Note,
    /// One choice.
    SelectOne,
    /// Any number of choices.
    SelectMultiple,
    /// All choices in an order.
    Rank,
    /// A yes.
    Trigger,
    /// A number between two.
    Range(Bounds),
    /// A file.
    Upload,
    /// Others together.
    Group,
    /// Others together, several times.
    Repeat,
}

/// Between which numbers, in which steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// The least.
    pub start: f64,
    /// The greatest.
    pub end: f64,
    /// From one to the next.
    pub step: f64,
}

/// What may be chosen.
#[derive(Debug)]
pub enum Choices {
    /// A list in the form's body.
    Static(Vec<StaticChoice>),
    /// Nodes that an expression finds.
    Itemset(Box<Itemset>),
}

/// A choice in the form's body.
#[derive(Debug)]
pub struct StaticChoice {
    /// What is stored.
    pub value: String,
    /// What is read.
    pub label: Option<Text>,
}

/// Choices that an expression finds.
#[derive(Debug)]
pub struct Itemset {
    /// The nodes.
    pub nodeset: Expression,
    /// What is stored, from the node.
    pub value: Expression,
    /// What is read, from the node.
    pub label: Option<Text>,
}

/// A text, perhaps with answers in it.
#[derive(Debug)]
pub enum Text {
    /// In pieces.
    Chunks(Vec<Chunk>),
    /// Of the translations; the expression gives its id.
    Itext(Expression),
    /// What a node holds.
    Reference(Expression),
}

/// A piece of a text.
#[derive(Debug)]
pub enum Chunk {
    /// As it stands.
    Literal(String),
    /// `<output value="…"/>`
    Output(Expression),
}

impl fmt::Display for QuestionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}
