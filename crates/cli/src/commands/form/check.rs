//! `hudang form check`.

use std::path::Path;

use hudang_form::xlsform::Severity;
use hudang_visit::Language;
use serde::Serialize;

use super::source::{Finding, Source};
use crate::error::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Checked {
    file: String,
    problems: Vec<Finding>,
}

pub(super) fn run(file: &Path, output: &Output) -> Result<(), Failure> {
    let source = Source::open(file)?;
    let has_errors = source.has_errors();
    let checked = Checked {
        file: file.display().to_string(),
        problems: source.findings,
    };
    output.result(&checked, |checked| print(checked, output))?;
    if has_errors {
        return Err(Failure::new(
            "FORM-PROBLEMS",
            "表单有错误，见上表。改正后再检查一次。",
            "The form has errors; see above. Correct them and check again.",
        )
        .found());
    }
    Ok(())
}

fn print(checked: &Checked, output: &Output) {
    if checked.problems.is_empty() {
        println!(
            "{}: {}",
            checked.file,
            output.say("没有发现问题", "no problems found")
        );
        return;
    }
    let heads = [
        ("程度", "severity"),
        ("工作表", "sheet"),
        ("行", "row"),
        ("列", "column"),
        ("单元格", "cell"),
        ("代码", "code"),
        ("问题与改法", "what is wrong, and what to do"),
    ];
    output.table(
        &heads,
        checked.problems.iter().map(|finding| row(finding, output)),
    );
}

fn row(finding: &Finding, output: &Output) -> Vec<String> {
    let place = &finding.place;
    let cell = match (&place.cell, place.character) {
        (Some(cell), Some(character)) => format!("{cell}#{character}"),
        (Some(cell), None) => cell.clone(),
        (None, _) => String::new(),
    };
    let number = |number: Option<u32>| number.map_or_else(String::new, |number| number.to_string());
    let severity = match finding.severity {
        Severity::Error => output.say("错误", "error"),
        Severity::Warning => output.say("提醒", "warning"),
    };
    let sheet = place.sheet.as_ref().or(finding.path.as_ref());
    let text = match output.language {
        Language::Zh => &finding.zh,
        Language::En => &finding.en,
    };
    vec![
        severity.to_owned(),
        sheet.cloned().unwrap_or_default(),
        number(place.row),
        place.column.clone().unwrap_or_default(),
        cell,
        finding.code.clone(),
        text.clone(),
    ]
}
