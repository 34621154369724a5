//! What is sent: the instance as XML, without what is not relevant.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;

use super::Session;
use crate::form::QuestionId;
use crate::tree::NodeId;

enum Piece {
    Open(NodeId),
    Close(String),
}

impl Session {
    /// The instance as XML (ODK's submission), in Unicode's composed form.
    pub fn submission(&self) -> String {
        let mut xml = String::new();
        let root = self.root_node();
        let mut open = vec![Piece::Open(root)];
        while let Some(piece) = open.pop() {
            match piece {
                Piece::Close(name) => {
                    let _infallible = write!(xml, "</{name}>");
                }
                Piece::Open(node) => {
                    let Some(state) = self.state(node) else { continue };
                    if state.is_range || !state.relevant {
                        continue;
                    }
                    let question = self.form.question(state.question);
                    let name = question.name.written();
                    let _infallible = write!(xml, "<{name}");
                    if node == root {
                        self.write_namespaces(&mut xml);
                    }
                    if state.instance.is_none() {
                        self.write_attributes(&mut xml, node);
                    }
                    let value = if question.has_value() {
                        self.tree.own_value(node)
                    } else {
                        ""
                    };
                    let children: Vec<NodeId> = self
                        .children_of(node)
                        .into_iter()
                        .filter(|child| self.is_sent(*child))
                        .collect();
                    if value.is_empty() && children.is_empty() {
                        xml.push_str("/>");
                        continue;
                    }
                    xml.push('>');
                    xml.push_str(&escaped(value));
                    open.push(Piece::Close(name));
                    open.extend(children.into_iter().rev().map(Piece::Open));
                }
            }
        }
        xml
    }

    fn is_sent(&self, node: NodeId) -> bool {
        self.state(node)
            .is_some_and(|state| state.relevant && !state.is_range)
    }

    /// The prefixes in use, in the order in which they come.
    fn write_namespaces(&self, xml: &mut String) {
        let mut seen = BTreeSet::new();
        for question in self.form.questions() {
            if let (Some(prefix), Some(namespace)) = (&question.name.prefix, &question.name.namespace)
                && seen.insert(prefix.clone())
            {
                let _infallible = write!(xml, " xmlns:{prefix}=\"{}\"", escaped_attribute(namespace));
            }
        }
    }

    fn write_attributes(&self, xml: &mut String, node: NodeId) {
        let attributes = self.state(node).map_or(&[][..], |state| &state.attributes);
        for attribute in attributes {
            let question: QuestionId = self.question_of(*attribute);
            let name = self.form.question(question).name.written();
            let value = escaped_attribute(self.tree.own_value(*attribute));
            let _infallible = write!(xml, " {name}=\"{value}\"");
        }
    }
}

fn escaped(text: &str) -> String {
    let text: String = text.nfc().collect();
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn escaped_attribute(text: &str) -> String {
    escaped(text).replace('"', "&quot;")
}
