//! `forms/xlsform-refuse`: workbooks that must be refused with a problem that names the place.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use hudang_form::xlsform::{Options, Place, Problem, Severity, Workbook, to_xform};
use serde_json::Value;

use super::{Failure, Suite};

struct Refuse {
    cases: BTreeMap<String, Value>,
    order: Vec<String>,
}

/// The suite, if the corpus has it.
pub(super) fn open(corpus: &Path) -> anyhow::Result<Option<Box<dyn Suite>>> {
    let path = corpus.join("forms/xlsform-refuse.jsonl");
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("Read {}", path.display()))?;
    let mut suite = Refuse {
        cases: BTreeMap::new(),
        order: Vec::new(),
    };
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).with_context(|| format!("Parse {}", path.display()))?;
        if let Some(id) = case.get("id").and_then(Value::as_str) {
            suite.order.push(id.to_owned());
            suite.cases.insert(id.to_owned(), case);
        }
    }
    Ok(Some(Box::new(suite)))
}

impl Suite for Refuse {
    fn name(&self) -> String {
        "forms/xlsform-refuse".to_owned()
    }

    fn cases(&self) -> Vec<String> {
        self.order.clone()
    }

    fn run_case(&self, id: &str) -> Result<(), Failure> {
        let case = self.cases.get(id).unwrap_or(&Value::Null);
        let said = said(case);
        let expected = if said.is_empty() {
            "a problem with its place".to_owned()
        } else {
            said.clone()
        };
        let Err(problems) = to_xform(&workbook(case), &options(case)) else {
            return Err(Failure {
                expected,
                got: "a form".to_owned(),
            });
        };
        let errors: Vec<&Problem> = problems
            .iter()
            .filter(|problem| problem.severity() == Severity::Error)
            .collect();
        let is_named = errors.iter().any(|problem| names(&problem.place, &said))
            && errors
                .iter()
                .all(|problem| problem.place.sheet.is_some() && !problem.zh().is_empty());
        if is_named {
            return Ok(());
        }
        let got: Vec<String> = errors
            .iter()
            .map(|problem| format!("{} {}", problem.code(), problem.place))
            .collect();
        Err(Failure {
            expected,
            got: got.join("; "),
        })
    }
}

/// The sheets of a case.
pub(super) fn workbook(case: &Value) -> Workbook {
    let text = |cell: &Value| cell.as_str().unwrap_or_default().to_owned();
    let row = |row: &Value| row.as_array().into_iter().flatten().map(text).collect();
    let sheets = case.get("sheets").and_then(Value::as_object);
    let sheets = sheets.into_iter().flatten();
    Workbook::from_rows(sheets.map(|(name, rows)| {
        let rows: Vec<Vec<String>> = rows.as_array().into_iter().flatten().map(row).collect();
        (name.clone(), rows)
    }))
}

pub(super) fn options(case: &Value) -> Options {
    Options {
        root: case.get("root").and_then(Value::as_str).map(str::to_owned),
        form_id: None,
    }
}

fn said(case: &Value) -> String {
    let parts = case.get("pyxform_says").and_then(Value::as_array);
    parts
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a place is the one that a message speaks of: its row, sheet and column, as far as it has them.
fn names(place: &Place, said: &str) -> bool {
    let between = |before: &str, after: &str| {
        said.split_once(before)?
            .1
            .split_once(after)
            .map(|(found, _)| found)
    };
    let row = between("[row : ", "]").and_then(|row| row.parse::<u32>().ok());
    let sheet = between("On the '", "' sheet");
    let column = between("' sheet, the '", "' value");
    // The message calls some columns by another of their names.
    let column = column.map(|column| match column {
        "dataset" => "list_name",
        other => other.split(' ').next().unwrap_or(other),
    });
    let is_column = |wanted: &str| {
        place.column.as_deref().is_some_and(|column| {
            column == wanted
                || column.starts_with(wanted)
                || wanted == "name" && matches!(column, "tag" | "value")
        })
    };
    row.is_none_or(|row| place.row == Some(row))
        && sheet.is_none_or(|sheet| place.sheet.as_deref() == Some(sheet))
        && column.is_none_or(is_column)
}
