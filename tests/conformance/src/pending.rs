//! Suites whose code is not written yet: counted, so that the report shows what is still owed.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

use super::{Failure, Suite};

struct Pending {
    name: String,
    cases: Vec<String>,
}

impl Suite for Pending {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn cases(&self) -> Vec<String> {
        self.cases.clone()
    }

    fn run_case(&self, _id: &str) -> Result<(), Failure> {
        Err(Failure {
            expected: "code for this suite".to_owned(),
            got: "none".to_owned(),
        })
    }

    fn is_pending(&self) -> bool {
        true
    }
}

/// Everything with cases in it that the corpus has. A suite with code of the same name takes its place.
pub(super) fn open(corpus: &Path) -> anyhow::Result<Vec<Box<dyn Suite>>> {
    let mut found: Vec<Box<dyn Suite>> = Vec::new();
    let mut add = |name: String, count: usize| {
        found.push(Box::new(Pending {
            name,
            cases: (1..=count).map(|number| number.to_string()).collect(),
        }));
    };
    for path in files(&corpus.join("vectors"), "json")? {
        let vectors: Value =
            serde_json::from_str(&read(&path)?).with_context(|| format!("Parse {}", path.display()))?;
        add(
            format!("vectors/{}", stem(&path)),
            vectors.get("cases").and_then(Value::as_array).map_or(0, Vec::len),
        );
    }
    let bags = corpus.join("bagit/expectations.json");
    if bags.is_file() {
        let bags: Value =
            serde_json::from_str(&read(&bags)?).with_context(|| format!("Parse {}", bags.display()))?;
        add(
            "bagit".to_owned(),
            bags.as_object().map_or(0, serde_json::Map::len),
        );
    }
    for path in files(&corpus.join("forms"), "jsonl")? {
        // The first line says what the cases mean.
        let lines = read(&path)?
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count();
        add(format!("forms/{}", stem(&path)), lines.saturating_sub(1));
    }
    Ok(found)
}

fn files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).with_context(|| format!("List {}", folder.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("Read {}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
