//! Names with their namespaces, each held once in a tree.

use std::collections::BTreeMap;

/// The number of a name in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NameId(u32);

/// A name with its namespace and the prefix it was written with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The namespace it is in.
    pub namespace: Option<Box<str>>,
    /// Before the colon, as written.
    pub prefix: Option<Box<str>>,
    /// After the colon.
    pub local: Box<str>,
}

impl QualifiedName {
    /// A name in no namespace.
    pub fn local(local: &str) -> Self {
        Self {
            namespace: None,
            prefix: None,
            local: local.into(),
        }
    }

    /// Whether a name without a prefix in an expression means it: it is in no namespace, or in that of the form itself.
    pub fn is_plain(&self) -> bool {
        self.namespace
            .as_deref()
            .is_none_or(|namespace| namespace == super::XFORMS)
    }

    /// Whether it is written like this.
    pub fn is_written(&self, text: &str) -> bool {
        match &self.prefix {
            None => *self.local == *text,
            Some(prefix) => text
                .strip_prefix(&**prefix)
                .and_then(|rest| rest.strip_prefix(':'))
                .is_some_and(|local| *self.local == *local),
        }
    }

    /// As it is written.
    pub fn written(&self) -> String {
        match &self.prefix {
            None => self.local.to_string(),
            Some(prefix) => format!("{prefix}:{}", self.local),
        }
    }
}

/// All names of a tree.
#[derive(Debug, Clone, Default)]
pub struct Names {
    all: Vec<QualifiedName>,
    ids: BTreeMap<QualifiedName, NameId>,
    by_local: BTreeMap<Box<str>, Vec<NameId>>,
}

impl Names {
    /// The number of `name`, which gets one if it has none.
    pub(super) fn id(&mut self, name: &QualifiedName) -> NameId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = NameId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(name.clone());
        self.ids.insert(name.clone(), id);
        self.by_local.entry(name.local.clone()).or_default().push(id);
        id
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// The name with this number.
    pub fn name(&self, id: NameId) -> &QualifiedName {
        static NAMELESS: std::sync::LazyLock<QualifiedName> =
            std::sync::LazyLock::new(|| QualifiedName::local(""));
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        self.all.get(index).unwrap_or(&NAMELESS)
    }

    /// The numbers of all names with this local part.
    pub fn of_local(&self, local: &str) -> &[NameId] {
        self.by_local.get(local).map_or(&[], Vec::as_slice)
    }
}
