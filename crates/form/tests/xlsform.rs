//! Workbooks as people and attackers make them.

use hudang_form::answer::AnswerType;
use hudang_form::form::{Attachments, Form};
use hudang_form::xlsform::{
    Attachment, Options, Problem, Workbook, check_attachments, read_workbook, to_xform,
};

fn rows(lines: &[&[&str]]) -> Vec<Vec<String>> {
    lines
        .iter()
        .map(|line| line.iter().map(|cell| (*cell).to_owned()).collect())
        .collect()
}

fn convert(survey: &[&[&str]], choices: &[&[&str]]) -> Result<String, Vec<Problem>> {
    let book = Workbook::from_rows([("survey", rows(survey)), ("choices", rows(choices))]);
    to_xform(&book, &Options::default()).map(|form| form.xform)
}

fn places(problems: &[Problem]) -> Vec<String> {
    let shown = |problem: &Problem| {
        format!(
            "{} {}",
            problem.code(),
            problem.place.cell.as_deref().unwrap_or_default()
        )
    };
    problems.iter().map(shown).collect()
}

#[test]
fn twenty_planted_mistakes_are_all_found_in_one_run() {
    let header: &[&str] = &[
        "type",
        "name",
        "label",
        "relevant",
        "constraint",
        "calculation",
        "choice_filter",
        "parameters",
        "trigger",
        "relevnat",
    ];
    let survey: &[&[&str]] = &[
        header,                                                // 1 unknown column J1
        &["intger", "a", "A"],                                 // 2 A2 unknown type
        &["text", "b c", "B"],                                 // 3 B3 bad name
        &["text", "", "C"],                                    // 4 B4 no name
        &["", "d", "D"],                                       // 5 A5 no type
        &["text", "e", ""],                                    // 6 C6 no label
        &["text", "f", "F", "${nobody} = 1"],                  // 7 D7 unknown reference
        &["text", "g", "G", "", "(. > 1"],                     // 8 E8 bracket
        &["calculate", "h", "", "", "", "slected(${f}, 'x')"], // 9 F9 unknown function
        &["calculate", "i", "", "", "", ""],                   // 10 F10 no calculation
        &["calculate", "j", "", "", "", "${k} + 1"],           // 11 cycle
        &["calculate", "k", "", "", "", "${j} + 1"],
        &["select_one nolist", "l", "L"],               // 12 A13 unknown list
        &["select_one", "m", "M"],                      // 13 A14 no list given
        &["text", "f", "F again"],                      // 14 B15 name twice
        &["range", "n", "N", "", "", "", "", "step=0"], // 15 H16 range
        &["geopoint", "o", "O", "", "", "", "", "accuracy=2"], // 16 H17 unknown parameter
        &["dateTime", "p", "", "", "", "now()", "", "", "6"], // 17 I18 trigger
        &["end repeat"],                                // 18 A19 end without begin
        &["begin group", "q", "Q"],                     // 19 A20 begin without end
        &["text", "r", "${f"],                          // 20 C21 reference
    ];
    let choices: &[&[&str]] = &[
        &["list_name", "name", "label"],
        &["yes_no", "yes", "是"],
        &["yes_no", "yes", "是"],
    ];
    let problems = convert(survey, choices).unwrap_err();
    let found = places(&problems);
    for expected in [
        "XF-COLUMN-UNKNOWN J1",
        "XF-TYPE-UNKNOWN A2",
        "XF-NAME-INVALID B3",
        "XF-NAME-MISSING B4",
        "XF-TYPE-MISSING A5",
        "XF-LABEL-MISSING C6",
        "XF-REF-UNKNOWN D7",
        "XF-EXPR-BRACKET E8",
        "XF-EXPR-FUNCTION F9",
        "XF-CALC-MISSING F10",
        "XF-CYCLE F11",
        "XF-LIST-UNKNOWN A13",
        "XF-TYPE-LIST A14",
        "XF-NAME-TWICE B15",
        "XF-RANGE H16",
        "XF-PARAM-UNKNOWN H17",
        "XF-TRIGGER-SYNTAX I18",
        "XF-GROUP-END A19",
        "XF-GROUP-BEGIN A20",
        "XF-REF-SYNTAX C21",
        "XF-CHOICE-TWICE B3",
    ] {
        assert!(
            found.iter().any(|found| found == expected),
            "{expected} is not among {found:#?}"
        );
    }
    let cycle = problems
        .iter()
        .find(|problem| problem.code() == "XF-CYCLE")
        .unwrap();
    assert!(cycle.en().contains("j → k → j"), "{}", cycle.en());
    assert!(
        problems
            .iter()
            .all(|problem| problem.place.sheet.is_some() && problem.place.row.is_some())
    );
}

#[test]
fn a_bar_code_is_asked_as_one_by_either_name() {
    for name in ["barcode", "add barcode prompt"] {
        let survey: &[&[&str]] = &[&["type", "name", "label"], &[name, "tag", "耳标"]];
        let form = Form::from_xform(&convert(survey, &[]).unwrap(), &Attachments::none()).unwrap();
        let tag = form.at_path("/data/tag").map(|id| form.question(id));
        assert_eq!(tag.unwrap().bind.answer_type, AnswerType::Barcode);
    }
}

#[test]
fn a_hundred_thousand_choices_are_converted() {
    let mut choices = rows(&[&["list_name", "name", "label", "banner"]]);
    choices.extend((0..100_000).map(|n| {
        vec![
            "v".to_owned(),
            format!("n{n}"),
            format!("嘎查{n}"),
            (n % 100).to_string(),
        ]
    }));
    let survey = rows(&[&["type", "name", "label"], &["select_one v", "a", "A"]]);
    let book = Workbook::from_rows([("survey", survey), ("choices", choices)]);
    let form = to_xform(&book, &Options::default()).unwrap();
    assert_eq!(form.xform.matches("<item>").count(), 100_000);
}

#[test]
fn a_gb18030_attachment_is_named_with_its_line() {
    let survey = rows(&[
        &["type", "name", "label"],
        &["select_one_from_file villages.csv", "a", "A"],
    ]);
    let form = to_xform(&Workbook::from_rows([("survey", survey)]), &Options::default()).unwrap();
    let bytes = b"name,label\n1,\xce\xe4\xb4\xa8\n";
    let problems = check_attachments(
        &form,
        &[Attachment {
            name: "villages.csv",
            bytes,
        }],
    );
    assert_eq!(problems[0].code(), "XF-ATTACHMENT-ENCODING");
    assert_eq!(problems[0].place.row, Some(2));
    assert!(problems[0].zh().contains("GB18030"));
    let wrong = check_attachments(
        &form,
        &[Attachment {
            name: "villages.csv",
            bytes: b"id,label\n",
        }],
    );
    assert_eq!(wrong[0].code(), "XF-ATTACHMENT-COLUMN");
    assert_eq!(check_attachments(&form, &[])[0].code(), "XF-ATTACHMENT-MISSING");
}

#[test]
fn ten_thousand_parentheses_and_endless_groups_are_refused() {
    let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
    let problems = convert(
        &[
            &["type", "name", "label", "calculation"],
            &["calculate", "a", "", &deep],
        ],
        &[],
    )
    .unwrap_err();
    assert_eq!(places(&problems), ["XF-EXPR-DEEP D2"]);
    let mut survey = rows(&[&["type", "name", "label"]]);
    survey.extend((0..5_000).map(|n| vec!["begin group".to_owned(), format!("g{n}"), "G".to_owned()]));
    survey.extend((0..5_000).map(|_| vec!["end group".to_owned()]));
    let problems = to_xform(&Workbook::from_rows([("survey", survey)]), &Options::default()).unwrap_err();
    assert!(problems.iter().any(|problem| problem.code() == "XF-GROUP-DEEP"));
}

#[test]
fn merged_cells_dates_and_booleans_are_read_as_people_see_them() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("survey").unwrap();
    for (column, text) in (0_u16..).zip(["type", "name", "label", "default", "required"]) {
        sheet.write(0, column, text).unwrap();
    }
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 18).unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for (column, text) in (0_u16..).zip(["date", "a", "A"]) {
        sheet.write(1, column, text).unwrap();
    }
    sheet.write_datetime_with_format(1, 3, &day, &format).unwrap();
    sheet.write(1, 4, true).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let form = to_xform(&read_workbook(&bytes).unwrap(), &Options::default()).unwrap();
    assert!(form.xform.contains("<a>2026-11-18</a>"), "{}", form.xform);
    assert!(form.xform.contains("required=\"true()\""));
    let sheet = book.worksheet_from_index(0).unwrap();
    sheet
        .merge_range(2, 0, 4, 0, "text", &rust_xlsxwriter::Format::new())
        .unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let read = read_workbook(&bytes).unwrap();
    assert_eq!(places(&read.problems), ["XF-MERGED-ROWS A3"]);
}

#[test]
fn files_that_are_none_bombs_and_a_million_rows_get_one_clear_answer() {
    assert_eq!(
        read_workbook(b"not a zip").unwrap_err()[0].code(),
        "XF-FILE-FORMAT"
    );
    assert_eq!(read_workbook(&[]).unwrap_err()[0].code(), "XF-FILE-FORMAT");
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bomb.start_file(
        "xl/worksheets/sheet1.xml",
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..100 {
        std::io::Write::write_all(&mut bomb, &zeros).unwrap();
    }
    let bomb = bomb.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    assert_eq!(read_workbook(&bomb).unwrap_err()[0].code(), "XF-FILE-SIZE");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("survey").unwrap();
    sheet.write(0, 0, "type").unwrap();
    sheet.write(1_000_000, 0, "text").unwrap();
    let problems = read_workbook(&book.save_to_buffer().unwrap()).unwrap_err();
    assert_eq!(problems[0].code(), "XF-FILE-ROWS");
    assert_eq!(problems[0].place.row, Some(1_000_001));
}

#[test]
fn damaged_workbooks_never_panic() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("survey").unwrap();
    sheet.write(0, 0, "type").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let _ = read_workbook(&damaged);
        let _ = read_workbook(&bytes[..at]);
    }
}

#[test]
fn a_pattern_that_cannot_be_used_is_named_with_its_character() {
    let survey: &[&[&str]] = &[
        &["type", "name", "label", "constraint"],
        &["text", "a", "A", "regex(., '^[0-9]+$')"],
        &[
            "text",
            "b",
            "B",
            "${a} = '甲' or regex(${a}, '(?=x)') and regex(., '[')",
        ],
    ];
    let problems = convert(survey, &[]).unwrap_err();
    assert_eq!(places(&problems), ["XF-EXPR-REGEX D3", "XF-EXPR-REGEX D3"]);
    let characters: Vec<Option<u32>> = problems.iter().map(|problem| problem.place.character).collect();
    assert_eq!(characters, [Some(27), Some(49)]);
}
