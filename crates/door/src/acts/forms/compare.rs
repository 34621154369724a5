//! What one step changed in the form, against what the screen was shown.

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::Laid;
use crate::cross::form::{FormChanges, Node};

/// What is new, different or gone.
pub(super) fn changes(before: &[Node], laid: &Laid, added: Option<String>) -> FormChanges {
    let known: BTreeMap<&str, &Node> = before.iter().map(|node| (node.key.as_str(), node)).collect();
    let now: BTreeSet<&str> = laid.nodes.iter().map(|node| node.key.as_str()).collect();
    let is_other = |node: &&Node| known.get(node.key.as_str()) != Some(node);
    let gone = before.iter().filter(|node| !now.contains(node.key.as_str()));
    let keys = |nodes: &[Node]| -> Vec<String> { nodes.iter().map(|node| node.key.clone()).collect() };
    let order = keys(&laid.nodes);
    FormChanges {
        changed: laid.nodes.iter().filter(is_other).cloned().collect(),
        gone: gone.map(|node| node.key.clone()).collect(),
        order: (keys(before) != order).then_some(order),
        progress: laid.progress.clone(),
        added,
    }
}
