//! Suites `forms/*`: a case a line; the first line says what they mean.

mod session;
mod xlsform;
mod xpath;

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::{Failure, Suite};

/// When the cases were recorded, in their zone: `today()` is in some of them, and they do not say it themselves.
const RECORDED_AT: &str = "2026-11-23T12:00:00-07:00";

/// What judges one case.
type Judge = fn(&Value) -> Result<(), String>;

struct Lines {
    name: String,
    cases: Vec<(String, Value)>,
    judge: Judge,
}

/// Opens the suites that the corpus has.
pub(super) fn open(corpus: &Path) -> anyhow::Result<Vec<Box<dyn Suite>>> {
    let judges: [(&str, Judge); 3] = [
        ("xpath", xpath::judge),
        ("session", session::judge),
        ("xlsform", xlsform::judge),
    ];
    let mut found: Vec<Box<dyn Suite>> = Vec::new();
    for (name, judge) in judges {
        let path = corpus.join("forms").join(format!("{name}.jsonl"));
        if path.is_file() {
            found.push(Box::new(Lines {
                name: format!("forms/{name}"),
                cases: read(&path)?,
                judge,
            }));
        }
    }
    Ok(found)
}

fn read(path: &Path) -> anyhow::Result<Vec<(String, Value)>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("Read {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty()).skip(1);
    lines
        .map(|line| {
            let case: Value =
                serde_json::from_str(line).with_context(|| format!("Parse {}", path.display()))?;
            let id = case
                .get("id")
                .and_then(Value::as_str)
                .context("A case without an id")?;
            Ok((id.to_owned(), case))
        })
        .collect()
}

impl Suite for Lines {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn cases(&self) -> Vec<String> {
        self.cases.iter().map(|(id, _)| id.clone()).collect()
    }

    fn run_case(&self, id: &str) -> Result<(), Failure> {
        let fail = |got: String| Failure {
            expected: "what was recorded".to_owned(),
            got,
        };
        let case = self.cases.iter().find(|(found, _)| found == id);
        let (_, case) = case.ok_or_else(|| fail("no such case".to_owned()))?;
        (self.judge)(case).map_err(fail)
    }
}
