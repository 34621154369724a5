//! From XML text to a tree. DTDs are refused, and with them entities: nothing can grow beyond what was written.

use super::{NodeId, NodeKind, QualifiedName, Tree, bounds};

/// Whether a document may say `<!DOCTYPE …>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doctype {
    /// It is an error.
    Refused,
    /// It is read over. Entities are expanded within the limits of the XML reader: for documents that are ours.
    Allowed,
}

/// XML that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct XmlError {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What the XML reader says.
    pub reason: String,
}

/// More nodes than any form has, and less than 256 MiB.
const NODES_MAX: u32 = 1_000_000;

/// More names of elements and attributes than any form has.
const NAMES_MAX: usize = 50_000;

/// Reads `text`.
pub fn read(text: &str, doctype: Doctype) -> Result<Tree, XmlError> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: doctype == Doctype::Allowed,
        nodes_limit: NODES_MAX,
        ..roxmltree::ParsingOptions::default()
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if let Some(reason) = bounds::excess(text) {
        return Err(XmlError {
            line: 1,
            column: 1,
            reason,
        });
    }
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|error| {
        let at = error.pos();
        XmlError {
            line: at.row,
            column: at.col,
            reason: error.to_string(),
        }
    })?;
    let mut tree = Tree::default();
    // Growing by doubling would take twice the memory.
    tree.nodes.reserve_exact(document.descendants().count());
    // Open elements and the node to be copied next; without recursion, since a document may be as deep as it likes.
    let mut parent = NodeId::ROOT;
    let mut at = document.root().first_child();
    while let Some(node) = at {
        if tree.names.count() > NAMES_MAX {
            return Err(XmlError {
                line: 1,
                column: 1,
                reason: format!("more than {NAMES_MAX} different names"),
            });
        }
        let copied = copy(&mut tree, parent, node);
        if let (Some(child), Some(copied)) = (node.first_child(), copied) {
            parent = copied;
            at = Some(child);
            continue;
        }
        let mut open = node;
        at = loop {
            if let Some(next) = open.next_sibling() {
                break Some(next);
            }
            match open.parent() {
                None => break None,
                Some(above) => {
                    open = above;
                    parent = tree.parent(parent).unwrap_or(NodeId::ROOT);
                }
            }
        };
    }
    Ok(tree)
}

/// Copies one node without what is below; gives it if something may be below.
fn copy(tree: &mut Tree, parent: NodeId, node: roxmltree::Node<'_, '_>) -> Option<NodeId> {
    let value = node.text().unwrap_or_default();
    if node.is_text() {
        tree.append_leaf(parent, NodeKind::Text, "", value);
        return None;
    }
    if node.is_comment() {
        tree.append_leaf(parent, NodeKind::Comment, "", value);
        return None;
    }
    if let Some(instruction) = node.pi() {
        let value = instruction.value.unwrap_or_default();
        tree.append_leaf(parent, NodeKind::Instruction, instruction.target, value);
        return None;
    }
    for declared in node.namespaces() {
        if let Some(prefix) = declared.name() {
            tree.declare(prefix, declared.uri());
        }
    }
    let name = node.tag_name();
    let id = tree.append_element(
        parent,
        &qualified(node, name.namespace(), name.name(), Prefix::Element),
    );
    for attribute in node.attributes() {
        let name = qualified(node, attribute.namespace(), attribute.name(), Prefix::Attribute);
        tree.append_attribute(id, &name, attribute.value());
    }
    Some(id)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Element,
    Attribute,
}

/// The reader resolves prefixes; the one that was written is found again by its namespace.
fn qualified(
    node: roxmltree::Node<'_, '_>,
    namespace: Option<&str>,
    local: &str,
    prefix: Prefix,
) -> QualifiedName {
    let written = namespace.and_then(|namespace| {
        let is_default = node.default_namespace() == Some(namespace);
        if prefix == Prefix::Element && is_default {
            return None;
        }
        node.lookup_prefix(namespace).filter(|prefix| !prefix.is_empty())
    });
    QualifiedName {
        namespace: namespace.map(Into::into),
        prefix: written.map(Into::into),
        local: local.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was_nested() {
        let tree = read(
            "<a><b>1</b><!--x--><c><d>2</d></c><e x='3'/></a>",
            Doctype::Refused,
        )
        .unwrap();
        let a = tree.elements(NodeId::ROOT).next().unwrap();
        let names: Vec<String> = tree.elements(a).map(|child| tree.name(child).written()).collect();
        assert_eq!(names, ["b", "c", "e"]);
        assert_eq!(tree.value(a), "12");
        let e = tree.last_child(a).unwrap();
        assert_eq!(tree.attribute(e, "x"), Some("3"));
    }

    #[test]
    fn a_doctype_and_its_entities_are_refused() {
        let laughs = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;&b;'>]><a>&c;</a>";
        let error = read(laughs, Doctype::Refused).unwrap_err();
        assert_eq!(error.line, 1);
    }

    #[test]
    fn depth_is_no_danger() {
        let text = format!("{}x{}", "<a>".repeat(900), "</a>".repeat(900));
        let tree = read(&text, Doctype::Refused).unwrap();
        assert_eq!(tree.value(NodeId::ROOT), "x");
    }
}
