//! What an expression may be worth.

use std::borrow::Cow;
use std::ops::Deref;

use super::date::Moment;
use super::{NodeRef, Surroundings, number};

/// A value (XPath 1.0 §1), with dates, which are numbers that read as dates. Texts are lent by the expression and the
/// trees wherever they stand there as they are.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nodes in document order.
    Nodes(NodeSet),
    /// Text.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A date or a date with its time.
    Dated(Dated),
}

/// Nodes in document order; of the usual one no list is made.
#[derive(Debug, Clone)]
pub struct NodeSet(Held);

#[derive(Debug, Clone)]
enum Held {
    One(NodeRef),
    Many(Vec<NodeRef>),
}

impl NodeSet {
    /// One node.
    pub(super) fn one(node: NodeRef) -> Self {
        Self(Held::One(node))
    }

    /// The only node, or the list.
    pub(super) fn alone(self) -> Result<NodeRef, Vec<NodeRef>> {
        match self.0 {
            Held::One(node) => Ok(node),
            Held::Many(nodes) => Err(nodes),
        }
    }

    /// As a list.
    pub(super) fn into_vec(self) -> Vec<NodeRef> {
        match self.0 {
            Held::One(node) => vec![node],
            Held::Many(nodes) => nodes,
        }
    }
}

impl Deref for NodeSet {
    type Target = [NodeRef];

    fn deref(&self) -> &[NodeRef] {
        match &self.0 {
            Held::One(node) => std::slice::from_ref(node),
            Held::Many(nodes) => nodes,
        }
    }
}

impl PartialEq for NodeSet {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<Vec<NodeRef>> for NodeSet {
    fn from(nodes: Vec<NodeRef>) -> Self {
        Self(Held::Many(nodes))
    }
}

/// Days that read as a date; they are made into text only when that is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dated {
    days: f64,
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Reading {
    /// As the date with its time.
    Moment(Moment),
    /// As the number of whole days.
    Days,
    /// As what is no date.
    Invalid,
}

impl Dated {
    /// A date; what is none reads as such.
    pub(super) fn of(moment: Option<Moment>) -> Self {
        match moment {
            Some(moment) => Self {
                days: moment.days(),
                reading: Reading::Moment(moment),
            },
            None => Self {
                days: f64::NAN,
                reading: Reading::Invalid,
            },
        }
    }

    /// A date that reads as its whole days.
    pub(super) fn in_days(moment: Moment) -> Self {
        Self {
            days: moment.days(),
            reading: Reading::Days,
        }
    }

    /// Days since 1970-01-01T00:00Z.
    pub(super) fn days(self) -> f64 {
        self.days
    }

    fn text(self) -> Cow<'static, str> {
        match self.reading {
            Reading::Moment(moment) => Cow::Owned(moment.shown()),
            Reading::Days => Cow::Owned(number::shown(self.days.floor())),
            Reading::Invalid => Cow::Borrowed("Invalid Date"),
        }
    }

    fn truth(self) -> bool {
        match self.reading {
            Reading::Moment(_) => self.days != 0.0,
            Reading::Days => true,
            Reading::Invalid => false,
        }
    }
}

impl<'a> Value<'a> {
    /// As text.
    pub fn to_text<'s>(&'s self, around: &'s dyn Surroundings) -> Cow<'s, str> {
        match self {
            Self::Nodes(nodes) => text_of(nodes, around),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Dated(date) => date.text(),
            Self::Number(number) => Cow::Owned(number::shown(*number)),
            Self::Boolean(truth) => Cow::Borrowed(written(*truth)),
        }
    }

    /// The same, given away.
    pub fn into_text(self, around: &'a dyn Surroundings) -> Cow<'a, str> {
        match self {
            Self::Nodes(nodes) => text_of(&nodes, around),
            Self::Text(text) => text,
            Self::Dated(date) => date.text(),
            Self::Number(number) => Cow::Owned(number::shown(number)),
            Self::Boolean(truth) => Cow::Borrowed(written(truth)),
        }
    }

    /// As a number; NaN where it is none.
    pub fn to_number(&self, around: &dyn Surroundings) -> f64 {
        match self {
            Self::Nodes(nodes) => nodes.first().map_or(f64::NAN, |first| {
                number::of_text(&around.tree(first.tree).value(first.node), around)
            }),
            Self::Text(text) => number::of_text(text, around),
            Self::Number(number) => *number,
            Self::Dated(date) => date.days,
            Self::Boolean(truth) => f64::from(u8::from(*truth)),
        }
    }

    /// As true or false.
    pub fn to_boolean(&self) -> bool {
        match self {
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Dated(date) => date.truth(),
            Self::Boolean(truth) => *truth,
        }
    }
}

fn text_of<'s>(nodes: &[NodeRef], around: &'s dyn Surroundings) -> Cow<'s, str> {
    nodes.first().map_or(Cow::Borrowed(""), |first| {
        around.tree(first.tree).value(first.node)
    })
}

const fn written(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}
