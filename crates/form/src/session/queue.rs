//! Which rules wait to be worked out, those first that others need.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::form::CellId;
use crate::tree::NodeId;

/// A rule's rank, and at which node it waits.
pub(super) type Waiting = (u32, NodeId, CellId);

/// Rules in the order of their ranks, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    /// What waits from the beginning, in order; shared by all sessions that begin alike.
    first: Arc<[Waiting]>,
    /// How many of these are done.
    done: usize,
    /// What came to wait since.
    later: BTreeSet<Waiting>,
}

impl Queue {
    pub(super) fn insert(&mut self, waiting: Waiting) {
        let open = self.first.get(self.done..).unwrap_or_default();
        if open.binary_search(&waiting).is_err() {
            self.later.insert(waiting);
        }
    }

    pub(super) fn pop_first(&mut self) -> Option<Waiting> {
        let first = self.first.get(self.done).copied();
        let is_first = match (first, self.later.first()) {
            (Some(first), Some(later)) => first < *later,
            (first, _) => first.is_some(),
        };
        if is_first {
            self.done += 1;
            return first;
        }
        self.later.pop_first()
    }

    /// Nothing waits any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The same, of which all is there from the beginning.
    pub(super) fn begun(mut self) -> Self {
        Self {
            first: std::iter::from_fn(|| self.pop_first()).collect(),
            done: 0,
            later: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_comes_in_order_and_once() {
        let waiting = |rank: u32| (rank, NodeId::ROOT, CellId(rank));
        let mut queue = Queue::default();
        for rank in [4, 2, 8] {
            queue.insert(waiting(rank));
        }
        let mut queue = queue.begun();
        for rank in [5, 2, 9, 5] {
            queue.insert(waiting(rank));
        }
        assert_eq!(queue.pop_first(), Some(waiting(2)));
        // Once more, and something before it.
        queue.insert(waiting(2));
        queue.insert(waiting(1));
        let ranks: Vec<u32> = std::iter::from_fn(|| queue.pop_first())
            .map(|(rank, ..)| rank)
            .collect();
        assert_eq!(ranks, [1, 2, 4, 5, 8, 9]);
    }
}
