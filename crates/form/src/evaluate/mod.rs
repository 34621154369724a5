//! What an expression is worth at a node. Everything that is not in the expression comes from [`Surroundings`].

mod call;
mod compare;
mod date;
mod digest;
mod geo;
mod index;
mod nodes;
mod number;
mod path;
mod pattern;
mod random;
mod selection;
mod text;
mod value;
mod words;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};

pub use self::date::{Moment, is_date, is_date_time, is_time};
pub use self::geo::Point;
pub use self::number::{parse as parse_number, shown as shown_number};
pub(crate) use self::pattern::Patterns;
pub use self::random::Chance;
use self::value::Dated;
pub use self::value::{NodeSet, Value};
pub(crate) use self::words::primary;
use crate::expression::{
    Cause, Expression, ExpressionError, Kind, Operator, Origin, Part, Path, Shortcut, Span, Start,
};
use crate::tree::{JAVAROSA, NodeId, ODK, OPENROSA, Tree, XFORMS, XHTML, XML};

type Result<T> = std::result::Result<T, ExpressionError>;

/// Which tree: 0 holds the answers.
pub type TreeId = u32;

/// A node of one of the trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRef {
    /// The tree.
    pub tree: TreeId,
    /// The node in it.
    pub node: NodeId,
}

/// Whose rules hold where the two differ: dates as numbers, `round`, `concat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// XPath 1.0 alone.
    XPath,
    /// ODK XForms.
    Odk,
}

/// What an expression can reach beyond its own text.
pub trait Surroundings {
    /// One of the trees.
    fn tree(&self, id: TreeId) -> &Tree;

    /// What `/` means.
    fn root(&self) -> NodeRef;

    /// What `instance('id')` gives.
    fn instance(&self, id: &str) -> Option<NodeRef>;

    /// The values of a text in the language at hand.
    fn itext(&self, id: &str) -> Vec<NodeRef>;

    /// The label of a choice of the question that `question` leads to.
    fn choice_name(&self, value: &str, question: NodeRef) -> Option<String>;

    /// The language at hand, as the form calls it.
    fn language(&self) -> Option<&str>;

    /// The time, with the zone's offset.
    fn now(&self) -> DateTime<FixedOffset>;

    /// The next 64 bits of chance.
    fn chance(&self) -> u64;

    /// The namespace of a prefix that the form declares.
    fn namespace(&self, prefix: &str) -> Option<&str>;

    /// Whose rules hold.
    fn dialect(&self) -> Dialect {
        Dialect::Odk
    }

    /// What is kept between evaluations.
    fn kept(&self) -> &Kept;

    /// Where a shortcut leads; nothing where the names have to show the way.
    fn by_shortcut(&self, _from: NodeRef, _shortcut: &Shortcut) -> Option<NodeRef> {
        None
    }
}

/// What is worth keeping between evaluations.
#[derive(Debug, Default)]
pub struct Kept {
    patterns: Arc<Patterns>,
    /// Indexes of long lists; `None` for those that are short.
    indexes: RefCell<BTreeMap<index::IndexKey, Option<Arc<index::Index>>>>,
}

impl Kept {
    /// With patterns that are kept elsewhere.
    pub(crate) fn with(patterns: Arc<Patterns>) -> Self {
        Self {
            patterns,
            indexes: RefCell::default(),
        }
    }
}

/// Nodes that one evaluation may look at.
const VISITS_MAX: u64 = 20_000_000;

/// One evaluation.
struct Evaluator<'a> {
    around: &'a dyn Surroundings,
    dialect: Dialect,
    root: NodeRef,
    /// Where the whole expression is worked out: `current()`.
    current: NodeRef,
    visits: Cell<u64>,
}

/// Where a part is worked out.
#[derive(Clone, Copy)]
struct Focus {
    node: NodeRef,
    position: usize,
    size: usize,
}

/// Works an expression out at `node`.
pub fn evaluate<'a>(
    expression: &'a Expression,
    node: NodeRef,
    around: &'a dyn Surroundings,
) -> Result<Value<'a>> {
    evaluate_at(expression, node, node, around)
}

/// Works an expression out at `node`, where `current()` is `current`.
pub fn evaluate_at<'a>(
    expression: &'a Expression,
    node: NodeRef,
    current: NodeRef,
    around: &'a dyn Surroundings,
) -> Result<Value<'a>> {
    let evaluator = Evaluator {
        around,
        dialect: around.dialect(),
        root: around.root(),
        current,
        visits: Cell::new(0),
    };
    let focus = Focus {
        node,
        position: 1,
        size: 1,
    };
    evaluator.part(expression.root(), focus)
}

impl<'a> Evaluator<'a> {
    fn tree(&self, node: NodeRef) -> &'a Tree {
        self.around.tree(node.tree)
    }

    fn value_of(&self, node: NodeRef) -> Cow<'a, str> {
        self.tree(node).value(node.node)
    }

    fn text(&self, part: &'a Part, focus: Focus) -> Result<Cow<'a, str>> {
        Ok(self.part(part, focus)?.into_text(self.around))
    }

    fn number(&self, part: &'a Part, focus: Focus) -> Result<f64> {
        Ok(self.part(part, focus)?.to_number(self.around))
    }

    fn boolean(&self, part: &'a Part, focus: Focus) -> Result<bool> {
        Ok(self.part(part, focus)?.to_boolean())
    }

    fn nodes(&self, part: &'a Part, focus: Focus) -> Result<NodeSet> {
        match self.part(part, focus)? {
            Value::Nodes(nodes) => Ok(nodes),
            _ => Err(fail(part.span, Cause::NotNodes)),
        }
    }

    /// Counts nodes looked at, so that no expression can hang.
    fn visit(&self, count: usize, span: Span) -> Result<()> {
        let visits = self
            .visits
            .get()
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        self.visits.set(visits);
        if visits > VISITS_MAX {
            return Err(fail(span, Cause::TooCostly(VISITS_MAX)));
        }
        Ok(())
    }

    fn part(&self, part: &'a Part, focus: Focus) -> Result<Value<'a>> {
        match &part.kind {
            Kind::Number(number) => Ok(Value::Number(*number)),
            Kind::Text(text) => Ok(Value::Text(Cow::Borrowed(text))),
            Kind::Or(parts) => {
                for part in parts {
                    if self.boolean(part, focus)? {
                        return Ok(Value::Boolean(true));
                    }
                }
                Ok(Value::Boolean(false))
            }
            Kind::And(parts) => {
                for part in parts {
                    if !self.boolean(part, focus)? {
                        return Ok(Value::Boolean(false));
                    }
                }
                Ok(Value::Boolean(true))
            }
            Kind::Compare(first, rest) => {
                let mut left = self.part(first, focus)?;
                for (comparison, right) in rest {
                    let right = self.part(right, focus)?;
                    left = Value::Boolean(self.compare(*comparison, &left, &right));
                }
                Ok(left)
            }
            Kind::Arithmetic(first, rest) => self.arithmetic(first, rest, focus),
            Kind::Negate(part) => Ok(Value::Number(-self.number(part, focus)?)),
            Kind::Union(parts) => {
                let mut found = Vec::new();
                for part in parts {
                    found.extend_from_slice(&self.nodes(part, focus)?);
                }
                self.visit(found.len(), part.span)?;
                Ok(Value::Nodes(self.in_order(found).into()))
            }
            Kind::Call(call) => self.call(call, part.span, focus),
            Kind::Path(path) => {
                if let Some(end) = self.by_shortcut(path, focus) {
                    return Ok(Value::Nodes(NodeSet::one(end)));
                }
                let start = match &path.start {
                    Start::Root => NodeSet::one(self.root),
                    Start::Context => NodeSet::one(focus.node),
                    Start::Part(part, predicates) => {
                        let mut nodes = self.nodes(part, focus)?;
                        for predicate in predicates {
                            nodes = self.filter(nodes.into_vec(), predicate)?.into();
                        }
                        nodes
                    }
                };
                Ok(Value::Nodes(self.steps(start, &path.steps)?))
            }
        }
    }

    /// The only node that a path leads to, where the model knows the way.
    fn by_shortcut(&self, path: &Path, focus: Focus) -> Option<NodeRef> {
        let shortcut = path.shortcut()?;
        let from = match shortcut.origin {
            Origin::Root => self.root,
            Origin::Context => focus.node,
            Origin::Current => self.current,
        };
        self.around.by_shortcut(from, shortcut)
    }

    fn arithmetic(&self, first: &'a Part, rest: &'a [(Operator, Part)], focus: Focus) -> Result<Value<'a>> {
        let mut left = self.number(first, focus)?;
        for (operator, right) in rest {
            let right = self.number(right, focus)?;
            left = match operator {
                Operator::Add => left + right,
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide => left / right,
                Operator::Remainder => left % right,
            };
        }
        Ok(Value::Number(left))
    }

    /// The namespace of a prefix: what the form declares, or else what everybody means by it.
    fn namespace(&self, prefix: &str, span: Span) -> Result<&'a str> {
        let known = match prefix {
            "jr" | "javarosa" => JAVAROSA,
            "odk" => ODK,
            "orx" | "openrosa-xforms" => OPENROSA,
            "h" | "html" | "xhtml" => XHTML,
            "xf" | "xforms" => XFORMS,
            "xml" => XML,
            "mathml" => "http://www.w3.org/1998/Math/MathML",
            _ => "",
        };
        match self.around.namespace(prefix) {
            Some(declared) => Ok(declared),
            None if !known.is_empty() => Ok(known),
            None => Err(fail(span, Cause::UnknownPrefix(prefix.to_owned()))),
        }
    }
}

fn fail(span: Span, cause: Cause) -> ExpressionError {
    ExpressionError { span, cause }
}
