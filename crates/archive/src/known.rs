//! What was read before and cannot have changed: everything here is found by its own hash, so that nothing can be
//! stale and a job that is undone leaves nothing wrong behind.
//!
//! Each shelf has two halves. A full front half becomes the back half, whose things are forgotten unless they are
//! asked for again: memory is bounded, and what is in use stays.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use hudang_contract::contract::Contract;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, DeviceId, EntryId, FormHash, SealId, Sha256};
use hudang_evidence::note::VerifierKey;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::judge::Verdict;

use crate::dhashes::Memory;
use crate::search::Search;

/// Most things in half a shelf. An entry takes about a kilobyte, a contract with its roster a few hundred.
const ENTRIES_MAX: usize = 2_048;
const VERDICTS_MAX: usize = 2_048;
const KEYS_MAX: usize = 4_096;
const TERMS_MAX: usize = 16;
const SEARCHES_MAX: usize = 64;

/// All shelves.
pub(crate) struct Known {
    /// Contracts, each by the SHA-256 of the decision that holds it.
    pub(crate) contracts: Shelf<Sha256, Arc<Contract>>,
    /// Forms, ready to be asked and to judge.
    pub(crate) forms: Shelf<FormHash, Arc<Questionnaire>>,
    /// What forms say about seals whose answers are all here.
    pub(crate) verdicts: Shelf<SealId, Arc<Verdict>>,
    /// Evidence keys that are or were enrolled.
    pub(crate) keys: Shelf<DeviceId, VerifierKey>,
    /// Entries that stand in the journal or wait for their turn.
    pub(crate) entries: Shelf<EntryId, Arc<Entry>>,
    /// Whether this server signed the time that an `anchor` entry brings.
    pub(crate) anchors: Shelf<EntryId, bool>,
    /// Searches for what is like an original that were begun beside the writer's turn. None is ever out of date: it says how
    /// far it has come.
    pub(crate) searches: Shelf<BlobHash, Arc<Search>>,
    /// dHashes of photos, for searches.
    pub(crate) dhashes: Memory,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            contracts: Shelf::new(TERMS_MAX),
            forms: Shelf::new(TERMS_MAX),
            verdicts: Shelf::new(VERDICTS_MAX),
            keys: Shelf::new(KEYS_MAX),
            entries: Shelf::new(ENTRIES_MAX),
            anchors: Shelf::new(ENTRIES_MAX),
            searches: Shelf::new(SEARCHES_MAX),
            dhashes: Memory::default(),
        }
    }
}

/// Things by their hashes.
pub(crate) struct Shelf<K, V> {
    halves: Mutex<Halves<K, V>>,
    most: usize,
}

struct Halves<K, V> {
    front: HashMap<K, V>,
    back: HashMap<K, V>,
}

impl<K: Copy + Eq + Hash, V: Clone> Shelf<K, V> {
    fn new(most: usize) -> Self {
        let halves = Halves {
            front: HashMap::new(),
            back: HashMap::new(),
        };
        Self {
            halves: Mutex::new(halves),
            most,
        }
    }

    /// What is here under this hash.
    pub(crate) fn get(&self, hash: &K) -> Option<V> {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = halves.front.get(hash) {
            return Some(found.clone());
        }
        let found = halves.back.remove(hash)?;
        halves.put(self.most, *hash, found.clone());
        Some(found)
    }

    /// Keeps a thing under its hash.
    pub(crate) fn put(&self, hash: K, thing: V) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.put(self.most, hash, thing);
    }

    /// What is here under this hash, or what `read` finds; nothing is kept of what `read` does not find.
    pub(crate) fn get_or<E>(
        &self,
        hash: K,
        read: impl FnOnce() -> Result<Option<V>, E>,
    ) -> Result<Option<V>, E> {
        if let Some(found) = self.get(&hash) {
            return Ok(Some(found));
        }
        let found = read()?;
        if let Some(found) = &found {
            self.put(hash, found.clone());
        }
        Ok(found)
    }
}

impl<K: Eq + Hash, V> Halves<K, V> {
    fn put(&mut self, most: usize, hash: K, thing: V) {
        if self.front.len() >= most {
            self.back = mem::take(&mut self.front);
        }
        self.front.insert(hash, thing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_is_bounded_and_keeps_what_is_asked_for() {
        let shelf: Shelf<u32, u32> = Shelf::new(10);
        shelf.put(0, 7);
        for n in 1..1_000 {
            shelf.put(n, n);
            assert_eq!(shelf.get(&0), Some(7), "asked for all the time");
            let halves = shelf.halves.lock().unwrap();
            assert!(halves.front.len() + halves.back.len() <= 20);
        }
        assert_eq!(shelf.get(&1), None, "not asked for, and forgotten");
        assert_eq!(shelf.get_or(1, || Ok::<_, ()>(None)), Ok(None));
        assert_eq!(shelf.get_or(1, || Ok::<_, ()>(Some(5))), Ok(Some(5)));
        assert_eq!(shelf.get_or(1, || Err(())), Ok(Some(5)), "not read again");
    }
}
