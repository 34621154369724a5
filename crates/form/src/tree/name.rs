//! Names with their namespaces, each held once in a tree.

use rustc_hash::FxHashMap;

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
    by_local: FxHashMap<Box<str>, Alike>,
}

/// Names with the same local part.
#[derive(Debug, Clone, Default)]
struct Alike {
    all: Vec<NameId>,
    /// Those that a name without a prefix means.
    plain: Vec<NameId>,
}

impl Names {
    /// The number of `name`, if it has one.
    pub(super) fn find(&self, name: &QualifiedName) -> Option<NameId> {
        let alike = self.of_local(&name.local);
        alike.iter().copied().find(|id| self.name(*id) == name)
    }

    /// Gives a new name its number.
    pub(super) fn add(&mut self, name: &QualifiedName) -> NameId {
        let id = NameId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(name.clone());
        let alike = self.by_local.entry(name.local.clone()).or_default();
        alike.all.push(id);
        if name.is_plain() {
            alike.plain.push(id);
        }
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
        self.by_local.get(local).map_or(&[], |alike| &alike.all)
    }

    /// The numbers of those that an expression means by this name without a prefix.
    pub fn plain(&self, local: &str) -> &[NameId] {
        self.by_local.get(local).map_or(&[], |alike| &alike.plain)
    }
}
