//! Long lists that never change are looked up, not walked: `instance('villages')/root/item[town = current()/../town]`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Evaluator, Focus, NodeRef, Result, Value};
use crate::expression::{Axis, Call, Comparison, Function, Kind, Part, Path, Start, Step, Test};
use crate::tree::{NodeId, Tree};

/// Shorter lists are walked.
const LENGTH_MIN: usize = 32;

/// Of the children of one name: which ones hold a value in a child of another name.
pub(super) type Index = BTreeMap<String, Vec<NodeId>>;

/// The list's parent in its tree, the name of its items, the name of the key.
pub(super) type IndexKey = (NodeRef, String, String);

/// The name of the key and what it is to equal, where a predicate says no more than that.
fn equality(predicate: &Part) -> Option<(&str, &Part)> {
    let Kind::Compare(first, rest) = &predicate.kind else {
        return None;
    };
    let [(Comparison::Equal, second)] = rest.as_slice() else {
        return None;
    };
    let pairs = [(&**first, second), (second, &**first)];
    pairs
        .into_iter()
        .find_map(|(key, wanted)| Some((child_name(key)?, fixed(wanted)?)))
}

/// `name`
fn child_name(part: &Part) -> Option<&str> {
    match &part.kind {
        Kind::Path(Path {
            start: Start::Context,
            steps,
            ..
        }) => match steps.as_slice() {
            [step] if step.predicates.is_empty() => plain_child(step),
            _ => None,
        },
        _ => None,
    }
}

fn plain_child(step: &Step) -> Option<&str> {
    match (&step.test, step.axis) {
        (Test::Name { prefix: None, local }, Axis::Child) => Some(local),
        _ => None,
    }
}

/// Texts and nodes that are the same whichever item is asked about.
fn fixed(part: &Part) -> Option<&Part> {
    let is_current = |part: &Part| {
        matches!(
            &part.kind,
            Kind::Call(Call {
                function: Some(Function::Current),
                ..
            })
        )
    };
    let is_fixed = match &part.kind {
        Kind::Text(_) => true,
        Kind::Path(path) => match &path.start {
            Start::Root => true,
            Start::Part(part, predicates) => predicates.is_empty() && is_current(part),
            Start::Context => false,
        },
        _ => false,
    };
    is_fixed.then_some(part)
}

impl<'a> Evaluator<'a> {
    /// The items that a step from `from` takes by its first predicate, if they can be looked up.
    pub(super) fn looked_up(&self, from: NodeRef, step: &'a Step) -> Result<Option<Vec<NodeRef>>> {
        // Tree 0 holds the answers, which change.
        let found = step
            .predicates
            .first()
            .filter(|_| from.tree != 0)
            .and_then(equality);
        let (Some(items), Some((key, wanted))) = (plain_child(step), found) else {
            return Ok(None);
        };
        let Some(index) = self.index(from, items, key) else {
            return Ok(None);
        };
        let focus = Focus {
            node: from,
            position: 1,
            size: 1,
        };
        let mut nodes: Vec<NodeId> = Vec::new();
        match self.part(wanted, focus)? {
            Value::Nodes(values) => {
                for value in values.iter() {
                    nodes.extend(index.get(&*self.value_of(*value)).into_iter().flatten());
                }
            }
            value => nodes.extend(index.get(&*value.to_text(self.around)).into_iter().flatten()),
        }
        // In trees that never change nodes are numbered in their order.
        nodes.sort_unstable();
        nodes.dedup();
        let found = nodes.into_iter().map(|node| NodeRef {
            tree: from.tree,
            node,
        });
        Ok(Some(found.collect()))
    }

    /// The index, made when it is first asked for; `None` for short lists.
    fn index(&self, from: NodeRef, items: &str, key: &str) -> Option<Arc<Index>> {
        let name = (from, items.to_owned(), key.to_owned());
        let mut known = self.around.kept().indexes.borrow_mut();
        if let Some(index) = known.get(&name) {
            return index.clone();
        }
        let tree = self.tree(from);
        let is_long = tree.children(from.node).nth(LENGTH_MIN).is_some();
        let index = is_long.then(|| Arc::new(indexed(tree, from.node, items, key)));
        known.insert(name, index.clone());
        index
    }
}

fn indexed(tree: &Tree, list: NodeId, items: &str, key: &str) -> Index {
    let mut index = Index::new();
    let is_named = |node: NodeId, local: &str| {
        let name = tree.name(node);
        *name.local == *local && name.is_plain()
    };
    for item in tree.elements(list).filter(|item| is_named(*item, items)) {
        for key in tree.elements(item).filter(|child| is_named(*child, key)) {
            let same = index.entry(tree.value(key).into_owned()).or_default();
            if same.last() != Some(&item) {
                same.push(item);
            }
        }
    }
    index
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use crate::form::{Attachments, Form};
    use crate::session::{Environment, Session};

    #[test]
    fn a_long_list_gives_what_a_short_one_gives() {
        let now = chrono::DateTime::parse_from_rfc3339("2026-01-31T10:00:00+08:00").unwrap();
        let chosen = |extra: usize| {
            let mut csv = "name,town\na,x\nb,y\nc,x\nd,\n".to_owned();
            for number in 0..extra {
                let _infallible = writeln!(csv, "n{number},z");
            }
            let xform = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
                <h:title>t</h:title><model><instance><data id="t"><town/><village/></data></instance>
                <instance id="v" src="jr://file-csv/v.csv"/></model></h:head><h:body><input ref="/data/town"/>
                <select1 ref="/data/village"><itemset nodeset="instance('v')/root/item[town = current()/../town][name != 'c']">
                <value ref="name"/></itemset></select1></h:body></h:html>"#;
            let attachments = Attachments::none().with("v.csv", csv.into_bytes());
            let form = Form::from_xform(xform, &attachments).unwrap();
            let (mut session, _) = Session::open(Arc::new(form), Environment::new(now, 1), None);
            ["x", "y", "nowhere", ""].map(|town| {
                session.set("/data/town", town).unwrap();
                let choices = session.view_at("/data/village").unwrap().choices.unwrap();
                choices
                    .iter()
                    .map(|choice| choice.value.clone())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(chosen(0), chosen(1_000));
        assert_eq!(chosen(0)[0], ["a"]);
    }
}
