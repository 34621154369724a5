//! The workbooks are fresh, and the converter has nothing to say against them.

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
