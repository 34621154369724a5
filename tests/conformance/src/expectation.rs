//! `expectations.json`: from a path to the facts that are expected of that file.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::de::DeserializeOwned;

use super::Failure;

/// The files of one folder with what is expected of each.
pub(super) struct Expectations<T> {
    folder: PathBuf,
    cases: BTreeMap<String, T>,
}

impl<T: DeserializeOwned> Expectations<T> {
    /// Opens `folder`, if it is there.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join("expectations.json");
        if !path.is_file() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("Read {}", path.display()))?;
        let cases = serde_json::from_str(&text).with_context(|| format!("Parse {}", path.display()))?;
        Ok(Some(Self {
            folder: folder.to_owned(),
            cases,
        }))
    }

    /// Paths of all files.
    pub(super) fn ids(&self) -> Vec<String> {
        self.cases.keys().cloned().collect()
    }

    /// The bytes of one file and what is expected of it.
    pub(super) fn case(&self, id: &str) -> Result<(Vec<u8>, &T), Failure> {
        let fail = |got: String| Failure {
            expected: format!("the file {id}"),
            got,
        };
        let expected = self
            .cases
            .get(id)
            .ok_or_else(|| fail("no such case".to_owned()))?;
        let bytes = std::fs::read(self.folder.join(id)).map_err(|error| fail(error.to_string()))?;
        Ok((bytes, expected))
    }
}

/// Whether the file is to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Ok,
    Reject,
}

/// Collects the facts that differ, so that a failed case shows all of them.
#[derive(Default)]
pub(super) struct Comparison {
    expected: Vec<String>,
    got: Vec<String>,
}

impl Comparison {
    /// Compares a fact, if it is asked.
    pub(super) fn same<T: PartialEq + Debug>(&mut self, name: &str, expected: Option<T>, got: &T) {
        if let Some(expected) = expected.filter(|expected| expected != got) {
            self.expected.push(format!("{name} {expected:?}"));
            self.got.push(format!("{name} {got:?}"));
        }
    }

    /// Compares a number, if it is asked.
    pub(super) fn near(&mut self, name: &str, expected: Option<f64>, tolerance: f64, got: f64) {
        if let Some(expected) = expected.filter(|expected| (expected - got).abs() > tolerance) {
            self.expected.push(format!("{name} {expected} ± {tolerance}"));
            self.got.push(format!("{name} {got}"));
        }
    }

    pub(super) fn result(self) -> Result<(), Failure> {
        if self.expected.is_empty() {
            return Ok(());
        }
        Err(Failure {
            expected: self.expected.join(", "),
            got: self.got.join(", "),
        })
    }
}
