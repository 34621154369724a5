//! Patterns of `regex()`, compiled once for a form.

use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;
use rustc_hash::FxHashMap;

use crate::expression::compile_pattern;

/// Most patterns that are kept: a form has few, but an expression may put one together from answers, and each may take
/// megabytes.
const PATTERNS_MAX: usize = 32;

/// Compiled patterns by their text; nothing for those that cannot be used. Shared, not copied: a copy would have to warm
/// up anew.
#[derive(Debug, Default)]
pub(crate) struct Patterns(Mutex<FxHashMap<String, Option<Arc<Regex>>>>);

impl Patterns {
    /// The compiled pattern; nothing where it cannot be used.
    pub(super) fn compiled(&self, pattern: &str) -> Option<Arc<Regex>> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known().get(pattern) {
            return compiled.clone();
        }
        let compiled = compile_pattern(pattern).map(Arc::new);
        let mut known = known();
        if known.len() < PATTERNS_MAX {
            known.insert(pattern.to_owned(), compiled.clone());
        }
        compiled
    }
}
