//! Functions that take or give nodes.

use std::borrow::Cow;

use super::call::Arguments;
use super::text::normalized;
use super::{Evaluator, NodeRef, NodeSet, Result, Value, evaluate_at, fail, random};
use crate::expression::{Cause, Expression, Function};
use crate::tree::NodeKind;

impl<'a> Evaluator<'a> {
    #[expect(clippy::cast_precision_loss, reason = "counts of nodes are far below 2^53")]
    pub(super) fn of_nodes(&self, function: Function, arguments: &Arguments<'_, 'a>) -> Result<Value<'a>> {
        let number = match function {
            Function::Count => arguments.nodes(0)?.len() as f64,
            Function::CountNonEmpty => {
                let nodes = arguments.nodes(0)?;
                nodes
                    .iter()
                    .filter(|node| !self.value_of(**node).is_empty())
                    .count() as f64
            }
            Function::Last => arguments.focus().size as f64,
            Function::Position if arguments.len() == 0 => arguments.focus().position as f64,
            Function::Position => self.position(arguments)?,
            Function::Name | Function::LocalName | Function::NamespaceUri => {
                return self.name_of(function, arguments).map(text);
            }
            Function::ChoiceName => return self.choice_name(arguments).map(text),
            Function::Pulldata => return self.pulldata(arguments).map(text),
            Function::Current => return Ok(Value::Nodes(NodeSet::one(self.current))),
            Function::Instance => {
                let found = self.around.instance(&arguments.text(0)?);
                let found = found.map_or_else(|| Vec::new().into(), NodeSet::one);
                return Ok(Value::Nodes(found));
            }
            Function::Itext => return Ok(Value::Nodes(self.around.itext(&arguments.text(0)?).into())),
            Function::Id => return self.with_id(arguments).map(listed),
            Function::IndexedRepeat => return self.indexed_repeat(arguments).map(listed),
            Function::Randomize => return self.randomize(arguments).map(listed),
            _ => return Err(fail(arguments.span, Cause::NotNodes)),
        };
        Ok(Value::Number(number))
    }

    /// `position(node)`: among the neighbours of its name.
    #[expect(clippy::cast_precision_loss, reason = "counts of nodes are far below 2^53")]
    fn position(&self, arguments: &Arguments<'_, 'a>) -> Result<f64> {
        let nodes = arguments.nodes(0)?;
        let node = match &*nodes {
            [] => return Ok(f64::NAN),
            [node] => *node,
            many => return Err(fail(arguments.span, Cause::ManyNodes(many.len()))),
        };
        let tree = self.tree(node);
        if tree.kind(node.node) == NodeKind::Range {
            return Ok(1.0);
        }
        let name = tree.name_id(node.node);
        let before = std::iter::successors(tree.previous(node.node), |at| tree.previous(*at))
            .filter(|at| tree.kind(*at) == NodeKind::Element)
            .take_while(|at| tree.name_id(*at) == name)
            .count();
        self.require_visits(before, arguments.span)?;
        Ok((before + 1) as f64)
    }

    fn name_of(&self, function: Function, arguments: &Arguments<'_, 'a>) -> Result<String> {
        let Value::Nodes(nodes) = arguments.value_or_node(0)? else {
            return Err(fail(arguments.span, Cause::NotNodes));
        };
        let Some(node) = nodes.first() else {
            return Ok(String::new());
        };
        let name = self.tree(*node).name(node.node);
        Ok(match function {
            Function::LocalName => name.local.to_string(),
            Function::NamespaceUri => name.namespace.as_deref().unwrap_or_default().to_owned(),
            _ => name.written(),
        })
    }

    /// The second argument is a path as text.
    fn choice_name(&self, arguments: &Arguments<'_, 'a>) -> Result<String> {
        let (value, path) = (arguments.text(0)?, arguments.text(1)?);
        let none = || fail(arguments.span, Cause::NoChoices(path.to_string()));
        let expression = Expression::parse(&path).map_err(|_| none())?;
        let found = evaluate_at(&expression, arguments.focus().node, self.current, self.around)?;
        let question = match found {
            Value::Nodes(nodes) => nodes.first().copied().ok_or_else(none)?,
            _ => return Err(none()),
        };
        Ok(self.around.choice_name(&value, question).unwrap_or_default())
    }

    /// `pulldata(instance, wanted, key, value)`: of the first row whose key is the value, what is wanted.
    fn pulldata(&self, arguments: &Arguments<'_, 'a>) -> Result<String> {
        let Some(instance) = self.around.instance(&arguments.text(0)?) else {
            return Ok(String::new());
        };
        let column = |index: usize| -> Result<Expression> {
            Expression::parse(&arguments.text(index)?).map_err(|error| fail(arguments.span, error.cause))
        };
        let (wanted, key, value) = (column(1)?, column(2)?, arguments.text(3)?);
        let tree = self.tree(instance);
        let Some(root) = tree.elements(instance.node).next() else {
            return Ok(String::new());
        };
        for row in tree.elements(root) {
            self.require_visits(1, arguments.span)?;
            let row = NodeRef {
                tree: instance.tree,
                node: row,
            };
            let Value::Nodes(keys) = evaluate_at(&key, row, row, self.around)? else {
                continue;
            };
            if keys.iter().any(|key| self.value_of(*key) == value) {
                let wanted = evaluate_at(&wanted, row, row, self.around)?;
                return Ok(wanted.into_text(self.around).into_owned());
            }
        }
        Ok(String::new())
    }

    fn with_id(&self, arguments: &Arguments<'_, 'a>) -> Result<Vec<NodeRef>> {
        let wanted = normalized(&arguments.texts(0)?.join(" "));
        let wanted: Vec<&str> = wanted.split(' ').collect();
        let (at, tree) = (arguments.focus().node, self.tree(arguments.focus().node));
        let root = self.root.node;
        let all = std::iter::successors(Some(root), |at| {
            tree.first_child(*at).or_else(|| tree.behind(*at, root))
        });
        let found = all.filter(|node| tree.attribute(*node, "id").is_some_and(|id| wanted.contains(&id)));
        let found: Vec<NodeRef> = found.map(|node| NodeRef { tree: at.tree, node }).collect();
        self.require_visits(found.len(), arguments.span)?;
        Ok(found)
    }

    /// `indexed-repeat(target, repeat, index, …)`: the pairs may come in any order; the outermost counts first.
    fn indexed_repeat(&self, arguments: &Arguments<'_, 'a>) -> Result<Vec<NodeRef>> {
        let mut pairs = Vec::new();
        for index in (1..arguments.len()).step_by(2) {
            let position = arguments.number(index + 1)?;
            let repeats = arguments.nodes(index)?;
            let Some(first) = repeats.first() else {
                return Ok(Vec::new());
            };
            let depth = std::iter::successors(Some(first.node), |at| self.tree(*first).parent(*at)).count();
            pairs.push((depth, repeats, position));
        }
        pairs.sort_by_key(|(depth, ..)| *depth);
        let is_below = |node: NodeRef, above: NodeRef| {
            node.tree == above.tree && self.tree(node).is_within(node.node, above.node)
        };
        let mut chosen: Option<NodeRef> = None;
        for (_, repeats, position) in pairs {
            let mut within = repeats
                .iter()
                .copied()
                .filter(|repeat| chosen.is_none_or(|above| is_below(*repeat, above)));
            chosen = whole(position).and_then(|position| within.nth(position));
            if chosen.is_none() {
                return Ok(Vec::new());
            }
        }
        let targets = arguments.nodes(0)?;
        self.require_visits(targets.len(), arguments.span)?;
        let within = |target: &NodeRef| chosen.is_none_or(|above| is_below(*target, above));
        Ok(targets.iter().copied().filter(within).collect())
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, as Java's does"
    )]
    fn randomize(&self, arguments: &Arguments<'_, 'a>) -> Result<Vec<NodeRef>> {
        let nodes = arguments.nodes(0)?;
        if arguments.len() < 2 {
            return Ok(random::shuffle_by(&nodes, || random::unit(self.around.chance())));
        }
        let value = arguments.value(1)?;
        let number = value.to_number(self.around);
        let seed = match value.to_text(self.around) {
            text if number.is_nan() && !text.is_empty() => super::digest::seed(&text),
            _ => number.trunc() as i64,
        };
        Ok(random::shuffle(&nodes, seed))
    }
}

fn text<'a>(text: String) -> Value<'a> {
    Value::Text(Cow::Owned(text))
}

fn listed<'a>(nodes: Vec<NodeRef>) -> Value<'a> {
    Value::Nodes(nodes.into())
}

/// The index that a position from 1 stands for.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and positive, as just checked"
)]
fn whole(position: f64) -> Option<usize> {
    (position >= 1.0 && position.fract() == 0.0).then(|| position as usize - 1)
}
