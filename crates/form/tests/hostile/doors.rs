//! The doors by which foreign bytes come in, as functions of any bytes. `tests/hostile` knocks with thousands of
//! spoilt seeds at each run of the tests; `fuzz/` lets a fuzzer choose. What is promised: no panic, and what the
//! assertions say.

use std::io::Write as _;
use std::sync::Arc;

use hudang_form::document::Document;
use hudang_form::expression::Expression;
use hudang_form::form::{Attachments, Form, FormError};
use hudang_form::session::{Environment, Session};
use hudang_form::tree::Doctype;
use hudang_form::xlsform::{Options, Problem, Workbook, read_workbook, to_xform};

fn now() -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339("2026-01-31T10:00:00+08:00").unwrap()
}

/// An expression: it is read and worked out, or its error points into it.
pub(crate) fn expression(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let length = u32::try_from(text.chars().count()).unwrap();
    match Expression::parse(&text) {
        Err(error) => assert!(error.span.start <= length, "{text:?}: {error}"),
        Ok(expression) => {
            expression.root().visit(&mut |part| {
                assert!(
                    part.span.start <= part.span.end && part.span.end <= length,
                    "{text:?}"
                );
            });
            assert_eq!(Expression::parse(expression.text()).as_ref(), Ok(&expression));
            let _problems = expression.problems();
            let data = "<data><a>3</a><r><b>x y</b></r><r><b>2026-01-31</b></r><c>1 2 0 0;3 4 0 0</c></data>";
            let document = Document::read(data, Doctype::Refused, now()).unwrap();
            let _value = document.evaluate(&expression, document.root_node());
        }
    }
}

/// Rows of a workbook: lines, cells between tabs; a line of `#` and a name begins a sheet. They become a form that can
/// be opened, or problems that each say what to do.
pub(crate) fn rows(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut sheets: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('#') {
            sheets.push((name.to_owned(), Vec::new()));
        } else if let Some((_, rows)) = sheets.last_mut() {
            rows.push(line.split('\t').map(str::to_owned).collect());
        }
    }
    match to_xform(&Workbook::from_rows(sheets), &Options::default()) {
        Err(problems) => told(&problems),
        Ok(converted) => match Form::from_xform(&converted.xform, &Attachments::none()) {
            Ok(form) => answer(form),
            Err(error) => refused(&error),
        },
    }
}

fn refused(error: &FormError) {
    assert!(!error.advice_zh().is_empty() && !error.advice_en().is_empty());
}

fn told(problems: &[Problem]) {
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(!problem.zh().is_empty() && !problem.en().is_empty());
    }
}

/// The XML of a sheet, within an .xlsx that is sound otherwise.
pub(crate) fn sheet(bytes: &[u8]) {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let files: [(&str, &[u8]); 5] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", ROOT_RELATIONS.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.xml", bytes),
    ];
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in files {
        archive.start_file(name, stored).unwrap();
        archive.write_all(content).unwrap();
    }
    let file = archive.finish().unwrap().into_inner();
    match read_workbook(&file) {
        Err(problems) => told(&problems),
        Ok(workbook) => {
            let _converted = to_xform(&workbook, &Options::default());
        }
    }
}

const ROOT_RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="survey" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const WORKBOOK_RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// An `XForm`: it is opened and answered, or its error says what to do.
pub(crate) fn xform(bytes: &[u8]) {
    match Form::from_xform(&String::from_utf8_lossy(bytes), &Attachments::none()) {
        Ok(form) => answer(form),
        Err(error) => refused(&error),
    }
}

/// Answers everything once, then looks whether what was kept shows the same when it is opened again.
fn answer(form: Form) {
    let form = Arc::new(form);
    let (mut session, first) = Session::open(Arc::clone(&form), Environment::new(now(), 1), None);
    for view in first.changed.iter().take(40) {
        let _refused = session.set(&view.key, "3");
        let _refused = session.add(&view.key);
    }
    let answers = session.answers();
    let (again, _) = Session::open(form, Environment::new(now(), 1), Some(&answers));
    assert_eq!(again.views().len(), session.views().len());
}
