//! The workbooks are fresh, and the converter has nothing to say against them.

use std::sync::Arc;

use hudang_form::form::{Attachments, Form};
use hudang_form::identity::IdentityNumber;
use hudang_form::session::{Environment, Session};
use hudang_form::xlsform::{Options, Severity, read_workbook, to_xform};

use super::workbooks;

#[test]
fn workbooks_are_fresh() {
    for (path, bytes) in workbooks().unwrap() {
        let found = std::fs::read(&path).unwrap_or_default();
        assert!(
            found == bytes,
            "{} is stale: cargo run -p hudang-form-workbooks",
            path.display()
        );
    }
}

#[test]
fn checking_them_finds_nothing() {
    let made = workbooks().unwrap();
    assert_eq!(made.len(), 4);
    for (path, bytes) in made {
        let form = to_xform(&read_workbook(&bytes).unwrap(), &Options::default());
        let form = form.unwrap_or_else(|problems| {
            let shown: Vec<String> = problems
                .iter()
                .map(|problem| format!("{} {}", problem.place, problem.zh()))
                .collect();
            panic!("{}: {}", path.display(), shown.join("\n"))
        });
        let warnings: Vec<String> = form
            .warnings
            .iter()
            .map(|problem| format!("{} {}", problem.place, problem.zh()))
            .collect();
        assert_eq!(warnings, Vec::<String>::new(), "{}", path.display());
        assert!(
            form.warnings
                .iter()
                .all(|problem| problem.severity() == Severity::Warning)
        );
    }
}

#[test]
fn the_household_form_asks_about_110_questions_in_two_languages() {
    let (_, bytes) = workbooks()
        .unwrap()
        .into_iter()
        .find(|(path, _)| path.to_string_lossy().contains("低保入户调查表"))
        .unwrap();
    let form = to_xform(&read_workbook(&bytes).unwrap(), &Options::default()).unwrap();
    assert_eq!(form.languages, ["中文 (zh)", "ᠮᠣᠩᠭᠤᠯ (mn)"]);
    let asked: usize = ["<input ", "<select ", "<select1 ", "<upload "]
        .iter()
        .map(|control| form.xform.matches(control).count())
        .sum();
    assert!((105..=145).contains(&asked), "{asked}");
}

/// Identity numbers of days that there are and of days that there are not, with every check character.
fn numbers() -> impl Iterator<Item = String> {
    let days = [
        "0131", "0228", "0229", "0230", "0431", "0630", "1231", "1301", "0010", "0700",
    ];
    let years = ["1900", "1937", "1964", "2000", "2013"];
    years.into_iter().flat_map(move |year| {
        days.into_iter().flat_map(move |day| {
            "0123456789X"
                .chars()
                .map(move |check| format!("152525{year}{day}113{check}"))
        })
    })
}

#[test]
fn the_form_and_the_rule_agree_on_identity_numbers() {
    let rule = super::source::id_check().replace('<', "&lt;");
    let xform = format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>户</h:title>
        <model><instance><data id="a"><id/></data></instance><bind nodeset="/data/id" constraint="{rule}"/></model></h:head>
        <h:body><input ref="/data/id"/></h:body></h:html>"#
    );
    let form = Form::from_xform(&xform, &Attachments::none()).unwrap();
    assert_eq!(form.problems(), []);
    let now = chrono::DateTime::UNIX_EPOCH.fixed_offset();
    let (mut session, _) = Session::open(Arc::new(form), Environment::new(now, 1), None);
    let mut good = 0;
    let others = [
        "1",
        "15252519640131113",
        "1525251964013111300",
        "15252519640131113x ",
    ];
    for number in numbers().chain(others.map(str::to_owned)) {
        session.set("/data/id", &number).unwrap();
        let allowed = session.view_at("/data/id").unwrap().constraint_ok;
        assert_eq!(allowed, number.parse::<IdentityNumber>().is_ok(), "{number}");
        good += u32::from(allowed);
    }
    // One check character fits each day: four that are in every year, and 29 February in two of the five.
    assert_eq!(good, 4 * 5 + 2);
}
