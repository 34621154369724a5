//! What a form's model knows of a path: which way leads to its only node.

use std::sync::OnceLock;

use super::{Path, Start, Step};

/// Where a shortcut begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// At the root element.
    Root,
    /// At the node at hand.
    Context,
    /// At the node that the whole expression is worked out at.
    Current,
}

/// A way by the places that nodes have among their parents' children, not by names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortcut {
    pub(crate) origin: Origin,
    /// How many levels up first.
    pub(crate) up: usize,
    /// By which places down from there.
    pub(crate) down: Box<[usize]>,
}

impl Shortcut {
    pub(crate) fn new(origin: Origin, up: usize, down: Vec<usize>) -> Self {
        Self {
            origin,
            up,
            down: down.into(),
        }
    }
}

/// The shortcut of a path, noted once by the form that the path's expression belongs to.
pub(super) type Noted = OnceLock<Shortcut>;

impl Path {
    pub(super) fn new(start: Start, steps: Vec<Step>) -> Self {
        Self {
            start,
            steps,
            shortcut: Noted::new(),
        }
    }

    /// Notes a shortcut.
    pub(crate) fn shorten(&self, shortcut: Shortcut) {
        // Noted before, it was the same.
        let _same = self.shortcut.set(shortcut);
    }

    pub(crate) fn shortcut(&self) -> Option<&Shortcut> {
        self.shortcut.get()
    }
}
