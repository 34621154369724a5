//! Steps along a path.

use std::collections::BTreeSet;

use super::{Evaluator, Focus, NodeRef, NodeSet, Result, Value};
use crate::expression::{Axis, Part, Span, Step, Test};
use crate::tree::{NameId, NodeId, NodeKind, Tree};

impl<'a> Evaluator<'a> {
    pub(super) fn steps(&self, start: NodeSet, mut steps: &'a [Step]) -> Result<NodeSet> {
        // Most paths of a form name one node after another: those need no lists on the way.
        let mut nodes = match start.alone() {
            Ok(mut node) => {
                while let Some((step, rest)) = steps.split_first() {
                    match self.next_alone(node, step)? {
                        Some(next) => node = next,
                        None => break,
                    }
                    steps = rest;
                }
                if steps.is_empty() {
                    return Ok(NodeSet::one(node));
                }
                vec![node]
            }
            Err(nodes) => nodes,
        };
        for step in steps {
            nodes = self.step(&nodes, step)?;
        }
        Ok(nodes.into())
    }

    /// The only node that a step by a plain name, `..` or `.` leads to; nothing where there is not exactly one, or
    /// where the step is more than that.
    fn next_alone(&self, from: NodeRef, step: &Step) -> Result<Option<NodeRef>> {
        if !step.predicates.is_empty() {
            return Ok(None);
        }
        let tree = self.tree(from);
        let found = match (step.axis, &step.test) {
            (Axis::Child, Test::Name { prefix: None, local }) => {
                let test = Tester::Plain(NodeKind::Element, tree.names().plain(local));
                let mut visits = 0;
                let mut passing = tree
                    .children(from.node)
                    .inspect(|_| visits += 1)
                    .filter(|child| test.passes(tree, *child));
                let (first, second) = (passing.next(), passing.next());
                self.visit(visits, step.span)?;
                first.filter(|_| second.is_none())
            }
            (Axis::Parent, Test::Node) => tree.parent(from.node).filter(|_| from != self.root),
            (Axis::Itself, Test::Node) => Some(from.node),
            _ => None,
        };
        Ok(found.map(|node| NodeRef {
            tree: from.tree,
            node,
        }))
    }

    fn step(&self, from: &[NodeRef], step: &'a Step) -> Result<Vec<NodeRef>> {
        let mut found = Vec::new();
        for node in from {
            let before = found.len();
            let looked_up = self.looked_up(*node, step)?;
            let done = usize::from(looked_up.is_some());
            match looked_up {
                Some(items) => found.extend(items),
                None => self.along(*node, step, &mut found)?,
            }
            if step.predicates.len() > done {
                let mut own = found.split_off(before);
                for predicate in step.predicates.iter().skip(done) {
                    own = self.filter(own, predicate)?;
                }
                found.extend(own);
            }
            if step.axis.is_reverse() {
                // Positions count away from the node; what is handed on is in document order.
                if let Some(own) = found.get_mut(before..) {
                    own.reverse();
                }
            }
        }
        let keeps_order = matches!(step.axis, Axis::Child | Axis::Attribute | Axis::Itself);
        if from.len() > 1 && !keeps_order {
            found = self.in_order(found);
        }
        Ok(found)
    }

    pub(super) fn filter(&self, nodes: Vec<NodeRef>, predicate: &'a Part) -> Result<Vec<NodeRef>> {
        let size = nodes.len();
        self.visit(size, predicate.span)?;
        let mut kept = Vec::new();
        for (index, node) in nodes.into_iter().enumerate() {
            let focus = Focus {
                node,
                position: index + 1,
                size,
            };
            let is_kept = match self.part(predicate, focus)? {
                Value::Number(number) => is_position(number, index + 1),
                value => value.to_boolean(),
            };
            if is_kept {
                kept.push(node);
            }
        }
        Ok(kept)
    }

    /// In document order, each once.
    pub(super) fn in_order(&self, nodes: Vec<NodeRef>) -> Vec<NodeRef> {
        let once: BTreeSet<NodeRef> = nodes.into_iter().collect();
        if once.len() < 2 {
            return once.into_iter().collect();
        }
        let mut ordered: Vec<_> = once
            .into_iter()
            .map(|node| (node.tree, self.tree(node).order(node.node), node))
            .collect();
        ordered.sort();
        ordered.into_iter().map(|(_, _, node)| node).collect()
    }

    /// Appends what lies along the axis and passes the test, nearest first.
    fn along(&self, from: NodeRef, step: &Step, found: &mut Vec<NodeRef>) -> Result<()> {
        let tree = self.tree(from);
        let test = self.tester(tree, step)?;
        let mut visits = 0;
        let mut take = |node: NodeId| {
            visits += 1;
            if test.passes(tree, node) {
                found.push(NodeRef {
                    tree: from.tree,
                    node,
                });
            }
        };
        let at = from.node;
        let is_root = from == self.root;
        match step.axis {
            Axis::Itself => take(at),
            Axis::Child => tree.children(at).for_each(&mut take),
            Axis::Attribute => tree.attributes(at).for_each(&mut take),
            Axis::Namespace => {}
            Axis::Parent => {
                if let Some(parent) = tree.parent(at).filter(|_| !is_root) {
                    take(parent);
                }
            }
            Axis::Ancestor => self.above(from).skip(1).for_each(&mut take),
            Axis::AncestorOrSelf => self.above(from).for_each(&mut take),
            Axis::Descendant => below(tree, at).for_each(&mut take),
            Axis::DescendantOrSelf => {
                take(at);
                below(tree, at).for_each(&mut take);
            }
            Axis::FollowingSibling => {
                if tree.kind(at) != NodeKind::Attribute && !is_root {
                    std::iter::successors(tree.next(at), |beside| tree.next(*beside)).for_each(&mut take);
                }
            }
            Axis::PrecedingSibling => {
                if tree.kind(at) != NodeKind::Attribute && !is_root {
                    std::iter::successors(tree.previous(at), |beside| tree.previous(*beside))
                        .for_each(&mut take);
                }
            }
            Axis::Following => self.following(from).into_iter().for_each(&mut take),
            Axis::Preceding => self.preceding(from).into_iter().for_each(&mut take),
        }
        self.visit(visits, step.span)
    }

    /// The node and what is above it, up to the root.
    fn above(&self, from: NodeRef) -> impl Iterator<Item = NodeId> + '_ {
        let tree = self.tree(from);
        let root = self.root;
        std::iter::successors(Some(from.node), move |at| {
            let is_root = root
                == NodeRef {
                    tree: from.tree,
                    node: *at,
                };
            tree.parent(*at).filter(|_| !is_root)
        })
    }

    fn top(&self, from: NodeRef) -> NodeId {
        self.above(from).last().unwrap_or(NodeId::ROOT)
    }

    fn following(&self, from: NodeRef) -> Vec<NodeId> {
        let tree = self.tree(from);
        let top = self.top(from);
        let first = match tree.kind(from.node) {
            // An attribute comes before its element's children.
            NodeKind::Attribute => tree
                .parent(from.node)
                .and_then(|element| tree.first_child(element).or_else(|| tree.behind(element, top))),
            _ => tree.behind(from.node, top),
        };
        std::iter::successors(first, |at| {
            tree.first_child(*at).or_else(|| tree.behind(*at, top))
        })
        .collect()
    }

    fn preceding(&self, from: NodeRef) -> Vec<NodeId> {
        let tree = self.tree(from);
        let above: BTreeSet<NodeId> = self.above(from).collect();
        let end = match tree.kind(from.node) {
            NodeKind::Attribute => tree.parent(from.node).unwrap_or(from.node),
            _ => from.node,
        };
        let mut found: Vec<NodeId> = below(tree, self.top(from))
            .take_while(|at| *at != end)
            .filter(|at| !above.contains(at))
            .collect();
        found.reverse();
        found
    }

    fn tester<'t>(&self, tree: &'t Tree, step: &'t Step) -> Result<Tester<'t>> {
        let principal = if step.axis == Axis::Attribute {
            NodeKind::Attribute
        } else {
            NodeKind::Element
        };
        Ok(match &step.test {
            Test::Node => Tester::Node,
            Test::Text => Tester::Kind(NodeKind::Text),
            Test::Comment => Tester::Kind(NodeKind::Comment),
            Test::Instruction(None) => Tester::Kind(NodeKind::Instruction),
            Test::Instruction(Some(target)) => Tester::Instruction(target),
            Test::Any => Tester::Kind(principal),
            Test::AnyOf(prefix) => {
                Tester::Namespace(principal, self.namespace(prefix, step.span)?.to_owned())
            }
            Test::Name { prefix, local } => match prefix {
                None => Tester::Plain(principal, tree.names().plain(local)),
                Some(prefix) => Tester::Name(
                    principal,
                    tree.names().of_local(local),
                    self.namespace(prefix, step.span)?.to_owned(),
                ),
            },
        })
    }

    pub(super) fn require_visits(&self, count: usize, span: Span) -> Result<()> {
        self.visit(count, span)
    }
}

enum Tester<'t> {
    Node,
    Kind(NodeKind),
    Instruction(&'t str),
    Namespace(NodeKind, String),
    Plain(NodeKind, &'t [NameId]),
    Name(NodeKind, &'t [NameId], String),
}

impl Tester<'_> {
    fn passes(&self, tree: &Tree, node: NodeId) -> bool {
        match self {
            Self::Node => true,
            Self::Kind(kind) => tree.kind(node) == *kind,
            Self::Instruction(target) => {
                tree.kind(node) == NodeKind::Instruction && &*tree.name(node).local == *target
            }
            Self::Namespace(kind, namespace) => {
                tree.kind(node) == *kind && tree.name(node).namespace.as_deref() == Some(namespace)
            }
            Self::Plain(kind, ids) => ids.contains(&tree.name_id(node)) && tree.kind(node) == *kind,
            Self::Name(kind, ids, namespace) => {
                let id = tree.name_id(node);
                ids.contains(&id)
                    && tree.kind(node) == *kind
                    && tree.names().name(id).namespace.as_deref() == Some(namespace)
            }
        }
    }
}

impl Axis {
    fn is_reverse(self) -> bool {
        matches!(
            self,
            Self::Ancestor | Self::AncestorOrSelf | Self::Preceding | Self::PrecedingSibling
        )
    }
}

/// Everything below, in document order.
fn below(tree: &Tree, top: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    std::iter::successors(tree.first_child(top), move |at| {
        tree.first_child(*at).or_else(|| tree.behind(*at, top))
    })
}

#[expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "positions are small whole numbers"
)]
fn is_position(number: f64, position: usize) -> bool {
    number == position as f64
}
