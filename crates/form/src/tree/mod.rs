//! The small tree that expressions look at: elements, attributes, text. Nodes are numbers, links are numbers, so a
//! repeat's instance is hung in or taken out without touching another node.

mod bounds;
mod name;
mod xml;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::name::{NameId, Names, QualifiedName};
pub use self::xml::{Doctype, XmlError, read};

/// The namespace of XForms.
pub const XFORMS: &str = "http://www.w3.org/2002/xforms";
/// The namespace of JavaRosa's additions.
pub const JAVAROSA: &str = "http://openrosa.org/javarosa";
/// The namespace of OpenRosa's metadata.
pub const OPENROSA: &str = "http://openrosa.org/xforms";
/// The namespace of ODK's additions.
pub const ODK: &str = "http://www.opendatakit.org/xforms";
/// The namespace of the form's document.
pub const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// The namespace of `xml:`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A node's number in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The root of every tree.
    pub const ROOT: Self = Self(0);
    const NONE: Self = Self(u32::MAX);

    fn some(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }

    /// As an index.
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// The document itself.
    Root,
    /// An element.
    Element,
    /// An attribute.
    Attribute,
    /// Text between tags.
    Text,
    /// `<!-- … -->`
    Comment,
    /// `<? … ?>`
    Instruction,
    /// The place where the instances of a repeat stand; nobody's child.
    Range,
}

#[derive(Debug, Clone)]
struct Node {
    kind: NodeKind,
    name: NameId,
    parent: NodeId,
    first: NodeId,
    last: NodeId,
    next: NodeId,
    previous: NodeId,
    attribute: NodeId,
    value: Box<str>,
}

/// A tree.
#[derive(Debug, Clone)]
pub struct Tree {
    nodes: Vec<Node>,
    /// Shared by trees of one form that were made alike.
    names: Arc<Names>,
    prefixes: BTreeMap<Box<str>, Box<str>>,
}

impl Default for Tree {
    fn default() -> Self {
        let mut tree = Self {
            nodes: Vec::new(),
            names: Arc::default(),
            prefixes: BTreeMap::new(),
        };
        let name = tree.name_of(&QualifiedName::local(""));
        tree.new_node(NodeKind::Root, name, NodeId::NONE, "");
        tree
    }
}

impl Tree {
    fn new_node(&mut self, kind: NodeKind, name: NameId, parent: NodeId, value: &str) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX - 1));
        let none = NodeId::NONE;
        self.nodes.push(Node {
            kind,
            name,
            parent,
            first: none,
            last: none,
            next: none,
            previous: none,
            attribute: none,
            value: value.into(),
        });
        id
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    fn update(&mut self, id: NodeId, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id.index()) {
            change(node);
        }
    }

    fn name_of(&mut self, name: &QualifiedName) -> NameId {
        match self.names.find(name) {
            Some(id) => id,
            None => Arc::make_mut(&mut self.names).add(name),
        }
    }

    /// The names in use.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The namespace that a prefix stood for where the document first declared it.
    pub fn namespace(&self, prefix: &str) -> Option<&str> {
        self.prefixes.get(prefix).map(|namespace| &**namespace)
    }

    /// A prefix that was declared for the namespace.
    pub fn prefix(&self, namespace: &str) -> Option<&str> {
        let found = self
            .prefixes
            .iter()
            .find(|(_, declared)| &***declared == namespace);
        found.map(|(prefix, _)| &**prefix)
    }

    fn declare(&mut self, prefix: &str, namespace: &str) {
        self.prefixes
            .entry(prefix.into())
            .or_insert_with(|| namespace.into());
    }

    /// Makes an element that hangs nowhere yet; `parent` is where it belongs.
    pub fn new_element(&mut self, name: &QualifiedName, parent: NodeId) -> NodeId {
        let name = self.name_of(name);
        self.new_node(NodeKind::Element, name, parent, "")
    }

    /// Makes the place of a repeat's instances.
    pub fn new_range(&mut self, name: &QualifiedName, parent: NodeId) -> NodeId {
        let name = self.name_of(name);
        self.new_node(NodeKind::Range, name, parent, "")
    }

    /// Makes an element and hangs it in as the last child.
    pub fn append_element(&mut self, parent: NodeId, name: &QualifiedName) -> NodeId {
        let id = self.new_element(name, parent);
        self.hang(id, parent, self.last_child(parent));
        id
    }

    /// Makes text, a comment or an instruction, and hangs it in as the last child.
    pub fn append_leaf(&mut self, parent: NodeId, kind: NodeKind, name: &str, value: &str) -> NodeId {
        let name = self.name_of(&QualifiedName::local(name));
        let id = self.new_node(kind, name, parent, value);
        self.hang(id, parent, self.last_child(parent));
        id
    }

    /// Gives an element an attribute more.
    pub fn append_attribute(&mut self, element: NodeId, name: &QualifiedName, value: &str) -> NodeId {
        let name = self.name_of(name);
        let id = self.new_node(NodeKind::Attribute, name, element, value);
        match self.attributes(element).last() {
            None => self.update(element, |node| node.attribute = id),
            Some(last) => {
                self.update(last, |node| node.next = id);
                self.update(id, |node| node.previous = last);
            }
        }
        id
    }

    /// Hangs `id` in below `parent`, after `after` or as the first child.
    pub fn hang(&mut self, id: NodeId, parent: NodeId, after: Option<NodeId>) {
        let next = match after {
            None => self.first_child(parent),
            Some(after) => self.next(after),
        };
        let (before, behind) = (after.unwrap_or(NodeId::NONE), next.unwrap_or(NodeId::NONE));
        self.update(id, |node| {
            node.parent = parent;
            node.previous = before;
            node.next = behind;
        });
        match after {
            None => self.update(parent, |node| node.first = id),
            Some(after) => self.update(after, |node| node.next = id),
        }
        match next {
            None => self.update(parent, |node| node.last = id),
            Some(next) => self.update(next, |node| node.previous = id),
        }
    }

    /// Takes `id` out; it keeps its parent, so that what is below can still look up.
    pub fn unhang(&mut self, id: NodeId) {
        let Some(node) = self.node(id) else { return };
        let (parent, before, behind) = (node.parent, node.previous, node.next);
        match before.some() {
            None => self.update(parent, |node| node.first = behind),
            Some(before) => self.update(before, |node| node.next = behind),
        }
        match behind.some() {
            None => self.update(parent, |node| node.last = before),
            Some(behind) => self.update(behind, |node| node.previous = before),
        }
        self.update(id, |node| {
            node.next = NodeId::NONE;
            node.previous = NodeId::NONE;
        });
    }

    /// What a node is.
    pub fn kind(&self, id: NodeId) -> NodeKind {
        self.node(id).map_or(NodeKind::Comment, |node| node.kind)
    }

    /// A node's name as a number.
    pub fn name_id(&self, id: NodeId) -> NameId {
        self.node(id).map_or(NameId::default(), |node| node.name)
    }

    /// A node's name; empty for text and comments.
    pub fn name(&self, id: NodeId) -> &QualifiedName {
        self.names.name(self.name_id(id))
    }

    /// The node above.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.parent.some()
    }

    /// The first node below.
    pub fn first_child(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.first.some()
    }

    /// The last node below.
    pub fn last_child(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.last.some()
    }

    /// The node beside, behind.
    pub fn next(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.next.some()
    }

    /// The node beside, before.
    pub fn previous(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.previous.some()
    }

    /// The nodes below, one level.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.first_child(id), |child| self.next(*child))
    }

    /// The elements below, one level.
    pub fn elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.children(id)
            .filter(|child| self.kind(*child) == NodeKind::Element)
    }

    /// The attributes of an element.
    pub fn attributes(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let first = self.node(id).and_then(|node| node.attribute.some());
        std::iter::successors(first, |attribute| self.next(*attribute))
    }

    /// An attribute without a namespace.
    pub fn attribute(&self, id: NodeId, local: &str) -> Option<&str> {
        self.attribute_of(id, None, local)
    }

    /// An attribute of a namespace.
    pub fn attribute_of(&self, id: NodeId, namespace: Option<&str>, local: &str) -> Option<&str> {
        let found = self.attributes(id).find(|attribute| {
            let name = self.name(*attribute);
            &*name.local == local && name.namespace.as_deref() == namespace
        })?;
        Some(&self.node(found)?.value)
    }

    /// The first element below with this local name.
    pub fn element(&self, id: NodeId, local: &str) -> Option<NodeId> {
        self.elements(id).find(|child| &*self.name(*child).local == local)
    }

    /// The value held by the node itself.
    pub fn own_value(&self, id: NodeId) -> &str {
        self.node(id).map_or("", |node| &node.value)
    }

    /// Changes the value held by the node itself.
    pub fn set_value(&mut self, id: NodeId, value: Box<str>) {
        self.update(id, |node| node.value = value);
    }

    /// The string-value (XPath 1.0 §5): its own, or that of all text below.
    pub fn value(&self, id: NodeId) -> Cow<'_, str> {
        let mut child = self.first_child(id);
        let Some(first) = child else {
            return Cow::Borrowed(self.own_value(id));
        };
        if self.next(first).is_none() && self.kind(first) == NodeKind::Text {
            return Cow::Borrowed(self.own_value(first));
        }
        let mut text = String::new();
        // Without recursion: a document may be as deep as it likes.
        while let Some(at) = child {
            match self.kind(at) {
                NodeKind::Element | NodeKind::Text => text.push_str(self.own_value(at)),
                _ => {}
            }
            child = self.first_child(at).or_else(|| self.behind(at, id));
        }
        Cow::Owned(text)
    }

    /// The next node in document order that is not below `at`, but below `top`.
    pub fn behind(&self, mut at: NodeId, top: NodeId) -> Option<NodeId> {
        while at != top {
            if let Some(next) = self.next(at) {
                return Some(next);
            }
            at = self.parent(at)?;
        }
        None
    }

    /// Whether `id` is `above` or below it.
    pub fn is_within(&self, id: NodeId, above: NodeId) -> bool {
        std::iter::successors(Some(id), |at| self.parent(*at)).any(|at| at == above)
    }

    /// Where the node stands in the document, comparable to others of the same tree.
    pub fn order(&self, id: NodeId) -> Vec<(u8, usize)> {
        let mut path: Vec<(u8, usize)> = std::iter::successors(Some(id), |at| self.parent(*at))
            .map(|at| {
                let before =
                    std::iter::successors(self.previous(at), |beside| self.previous(*beside)).count();
                (u8::from(self.kind(at) != NodeKind::Attribute), before)
            })
            .collect();
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hung_in_and_taken_out_leaves_the_others_in_order() {
        let mut tree = Tree::default();
        let root = tree.append_element(NodeId::ROOT, &QualifiedName::local("data"));
        let name = QualifiedName::local("member");
        let first = tree.append_element(root, &name);
        let third = tree.append_element(root, &name);
        let second = tree.new_element(&name, root);
        tree.hang(second, root, Some(first));
        let order = |tree: &Tree| tree.children(root).collect::<Vec<_>>();
        assert_eq!(order(&tree), [first, second, third]);
        tree.unhang(first);
        assert_eq!(order(&tree), [second, third]);
        tree.unhang(third);
        tree.unhang(second);
        assert!(order(&tree).is_empty());
        assert_eq!(tree.parent(second), Some(root));
    }
}
