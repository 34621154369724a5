//! One XML document with expressions over it, outside of any session: for checks, and to try an expression.
//!
//! ```
//! use chrono::DateTime;
//! use hudang_form::document::Document;
//! use hudang_form::expression::Expression;
//! use hudang_form::tree::Doctype;
//!
//! let now = DateTime::parse_from_rfc3339("2026-01-31T10:00:00+08:00").unwrap();
//! let document = Document::read("<data><sheep>40</sheep><goats>12</goats></data>", Doctype::Refused, now)?;
//! let sum = Expression::parse("sum(/data/*)")?;
//! assert_eq!(document.evaluate(&sum, document.root_node())?.to_text(&document), "52");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::cell::RefCell;

use chrono::{DateTime, FixedOffset};

use crate::evaluate::{Chance, Dialect, Kept, NodeRef, Surroundings, Value, evaluate};
use crate::expression::{Expression, ExpressionError};
use crate::tree::{Doctype, NodeId, Tree, XmlError, read};

/// A document, and what its expressions may reach.
pub struct Document {
    tree: Tree,
    root: NodeRef,
    language: Option<String>,
    dialect: Dialect,
    now: DateTime<FixedOffset>,
    chance: RefCell<Chance>,
    kept: Kept,
}

impl Document {
    /// Reads a document.
    pub fn read(text: &str, doctype: Doctype, now: DateTime<FixedOffset>) -> Result<Self, XmlError> {
        Ok(Self {
            tree: read(text, doctype)?,
            root: at(NodeId::ROOT),
            language: None,
            dialect: Dialect::Odk,
            now,
            chance: RefCell::new(Chance::new(0)),
            kept: Kept::default(),
        })
    }

    /// The same, where `/` means another node.
    #[must_use]
    pub fn with_root(mut self, root: NodeRef) -> Self {
        self.root = root;
        self
    }

    /// The same, in a language.
    #[must_use]
    pub fn with_language(mut self, language: Option<&str>) -> Self {
        self.language = language.map(str::to_owned);
        self
    }

    /// The same, by other rules.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// What `/` means.
    pub fn root_node(&self) -> NodeRef {
        self.root
    }

    /// Works an expression out at a node.
    pub fn evaluate<'a>(
        &'a self,
        expression: &'a Expression,
        node: NodeRef,
    ) -> Result<Value<'a>, ExpressionError> {
        evaluate(expression, node, self)
    }

    /// Every element with this local name, in document order.
    fn elements(&self, local: &str) -> impl Iterator<Item = NodeId> {
        let tree = &self.tree;
        let all = std::iter::successors(Some(NodeId::ROOT), move |node| {
            tree.first_child(*node)
                .or_else(|| tree.behind(*node, NodeId::ROOT))
        });
        all.filter(move |node| &*tree.name(*node).local == local)
    }

    /// The translation at hand: of the language, or else the default one, or else the first.
    fn translation(&self) -> Option<NodeId> {
        let all: Vec<NodeId> = self.elements("translation").collect();
        let attribute = |node: NodeId, name: &str| self.tree.attribute(node, name);
        let wanted = self.language.as_deref();
        let of_language = all
            .iter()
            .find(|node| wanted.is_some() && attribute(**node, "lang") == wanted);
        let default = all.iter().find(|node| attribute(**node, "default").is_some());
        of_language.or(default).or(all.first()).copied()
    }
}

fn at(node: NodeId) -> NodeRef {
    NodeRef { tree: 0, node }
}

impl Surroundings for Document {
    fn tree(&self, _id: u32) -> &Tree {
        &self.tree
    }

    fn root(&self) -> NodeRef {
        self.root
    }

    fn instance(&self, id: &str) -> Option<NodeRef> {
        let found = self
            .elements("instance")
            .find(|node| self.tree.attribute(*node, "id") == Some(id));
        found.map(at)
    }

    fn itext(&self, id: &str) -> Vec<NodeRef> {
        let Some(translation) = self.translation() else {
            return Vec::new();
        };
        let text = self
            .tree
            .elements(translation)
            .find(|text| self.tree.attribute(*text, "id") == Some(id));
        text.map(|text| self.tree.elements(text).map(at).collect())
            .unwrap_or_default()
    }

    fn choice_name(&self, _value: &str, _question: NodeRef) -> Option<String> {
        None
    }

    fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    fn now(&self) -> DateTime<FixedOffset> {
        self.now
    }

    fn chance(&self) -> u64 {
        self.chance.borrow_mut().next_bits()
    }

    fn namespace(&self, prefix: &str) -> Option<&str> {
        self.tree.namespace(prefix)
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn kept(&self) -> &Kept {
        &self.kept
    }
}
