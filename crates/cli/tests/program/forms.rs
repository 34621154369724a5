//! The real program and real workbooks: a bureau's questionnaire is checked, converted, tried and compared.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

type Rows<'a> = &'a [&'a [&'a str]];

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{} {}", self.out, self.err))
    }
}

/// Runs the program; `input` is what a person types.
fn hudang(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hudang"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("HUDANG_LANG")
        .env("HUDANG_SERVER", "https://192.0.2.1:1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who does not read to the end closes the pipe; that is no failure.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn workbook(path: &Path, sheets: &[(&str, Rows<'_>)]) {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, cells) in (0_u32..).zip(*rows) {
            for (column, cell) in (0_u16..).zip(*cells) {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
    }
    workbook.save(path).unwrap();
}

const SURVEY: Rows<'_> = &[
    &[
        "type",
        "name",
        "label",
        "required",
        "constraint",
        "constraint_message",
        "relevant",
        "calculation",
        "choice_filter",
    ],
    &["text", "head", "户主姓名", "yes"],
    &["integer", "sheep", "几只羊", "", ". >= 0", "羊的数量不能是负数"],
    &[
        "select_one_from_file areas.csv",
        "area",
        "嘎查",
        "yes",
        "",
        "",
        "",
        "",
        "sheep >= ${sheep}",
    ],
    &["begin_repeat", "member", "成员"],
    &["text", "name", "姓名", "yes"],
    &[
        "select_multiple work",
        "work",
        "做什么",
        "",
        "",
        "",
        "${sheep} > 0",
    ],
    &["end_repeat"],
    &["calculate", "wool", "", "", "", "", "", "${sheep} * 3"],
];
const CHOICES: Rows<'_> = &[
    &["list_name", "name", "label"],
    &["work", "herd", "放牧"],
    &["work", "drive", "开车"],
];
const AREAS: &str = "name,label,sheep\na1,阿拉坦,10\nb1,宝日,100\n";

fn pasture(folder: &Path) {
    workbook(
        &folder.join("form.xlsx"),
        &[("survey", SURVEY), ("choices", CHOICES)],
    );
    fs::write(folder.join("areas.csv"), AREAS).unwrap();
}

#[test]
fn the_forms_of_the_trade_are_clean() {
    let forms = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../forms");
    let mut count = 0;
    for entry in fs::read_dir(&forms).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|found| found != "xlsx") {
            continue;
        }
        count += 1;
        let ran = hudang(&forms, &["--json", "form", "check", path.to_str().unwrap()], "");
        assert_eq!((ran.code, &ran.json()["problems"]), (0, &json!([])), "{path:?}");
    }
    assert!(count >= 4, "{count} forms in {forms:?}");
}

#[test]
fn twenty_planted_mistakes_are_all_told_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let survey: Rows<'_> = &[
        &[
            "type",
            "name",
            "label",
            "relevant",
            "constraint",
            "calculation",
            "trigger",
            "parameters",
            "requird",
        ],
        &["intger", "a", "A"],
        &["text", "b c", "B"],
        &["text", "", "C"],
        &["", "d", "D"],
        &["text", "e", ""],
        &["text", "f", "F", "${nobody} = 1"],
        &["text", "g", "G", "", "(. > 1"],
        &["calculate", "h", "", "", "", "slected(${f}, 'x')"],
        &["calculate", "i"],
        &["calculate", "j", "", "", "", "${k} + 1"],
        &["calculate", "k", "", "", "", "${j} + 1"],
        &["select_one nolist", "l", "L"],
        &["select_one", "m", "M"],
        &["text", "f", "F again"],
        &["range", "n", "N", "", "", "", "", "step=0"],
        &["geopoint", "o", "O", "", "", "", "", "accuracy=2"],
        &["dateTime", "p", "P", "", "", "now()", "six"],
        &["text", "q", "Q", "${g} ＝ 'x'"],
        &["text", "r", "${f"],
        &["end repeat"],
        &["begin group", "s", "S"],
    ];
    let choices: Rows<'_> = &[
        &["list_name", "name", "label"],
        &["yes_no", "yes", "是"],
        &["yes_no", "yes", "是"],
    ];
    workbook(
        &folder.join("wrong.xlsx"),
        &[("survey", survey), ("choices", choices)],
    );
    let ran = hudang(folder, &["--json", "form", "check", "wrong.xlsx"], "");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let found = ran.json();
    let found: Vec<String> = found["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            let text = |name: &str| problem[name].as_str().unwrap_or_default();
            assert!(!text("zh").is_ascii() && !text("en").is_empty(), "{problem}");
            assert!(problem["row"].is_u64(), "{problem}");
            format!("{} {} {}", text("code"), text("sheet"), text("cell"))
        })
        .collect();
    let planted = [
        "XF-COLUMN-UNKNOWN survey I1",
        "XF-TYPE-UNKNOWN survey A2",
        "XF-NAME-INVALID survey B3",
        "XF-NAME-MISSING survey B4",
        "XF-TYPE-MISSING survey A5",
        "XF-LABEL-MISSING survey C6",
        "XF-REF-UNKNOWN survey D7",
        "XF-EXPR-BRACKET survey E8",
        "XF-EXPR-FUNCTION survey F9",
        "XF-CALC-MISSING survey F10",
        "XF-CYCLE survey F11",
        "XF-LIST-UNKNOWN survey A13",
        "XF-TYPE-LIST survey A14",
        "XF-NAME-TWICE survey B15",
        "XF-RANGE survey H16",
        "XF-PARAM-UNKNOWN survey H17",
        "XF-TRIGGER-SYNTAX survey G18",
        "XF-EXPR-FULLWIDTH survey D19",
        "XF-REF-SYNTAX survey C20",
        "XF-GROUP-END survey A21",
        "XF-GROUP-BEGIN survey A22",
        "XF-CHOICE-TWICE choices B3",
    ];
    for planted in planted {
        assert!(
            found.iter().any(|found| found == planted),
            "{planted} is not among {found:#?}"
        );
    }
    for (language, word) in [("zh", "没有名为"), ("en", "No question is named")] {
        let ran = hudang(folder, &["--lang", language, "form", "check", "wrong.xlsx"], "");
        let flat: String = ran.out.split_whitespace().collect();
        let word: String = word.split_whitespace().collect();
        // In a narrow table a sentence may be broken over several lines; its first words stand together.
        assert!(
            ran.out.contains("XF-CYCLE") && ran.out.contains("D7"),
            "{}",
            ran.out
        );
        assert!(flat.contains(&word), "{word}: {}", ran.out);
    }
}

#[test]
fn files_beside_the_form_are_found_and_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pasture(folder);
    let check = || hudang(folder, &["--json", "form", "check", "form.xlsx"], "");
    assert_eq!((check().code, &check().json()["problems"]), (0, &json!([])));
    fs::write(
        folder.join("areas.csv"),
        b"name,label,sheep\n1,\xce\xe4\xb4\xa8,3\n",
    )
    .unwrap();
    assert_eq!(check().json()["problems"][0]["code"], "XF-ATTACHMENT-ENCODING");
    assert_eq!(check().json()["problems"].as_array().unwrap().len(), 1);
    fs::remove_file(folder.join("areas.csv")).unwrap();
    assert_eq!(check().json()["problems"][0]["code"], "XF-ATTACHMENT-MISSING");
    assert_eq!(check().code, 1);
    let unusable = hudang(
        folder,
        &["form", "run", "form.xlsx", "--answers", "none.json"],
        "",
    );
    assert_eq!(unusable.code, 1);
    assert!(unusable.err.contains("FORM-UNUSABLE"), "{}", unusable.err);
}

#[test]
fn a_converted_form_is_the_same_form() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pasture(folder);
    let written = hudang(
        folder,
        &["--json", "form", "convert", "form.xlsx", "--out", "form.xml"],
        "",
    );
    assert_eq!(written.json()["files"], json!(["form.xml"]), "{}", written.err);
    let checked = hudang(folder, &["--json", "form", "check", "form.xml"], "");
    assert_eq!(checked.json()["problems"], json!([]));
    let differences = hudang(folder, &["--json", "form", "diff", "form.xlsx", "form.xml"], "");
    assert_eq!(
        differences.json()["differences"],
        json!([]),
        "{}",
        differences.err
    );
    let described = hudang(folder, &["form", "convert", "form.xlsx", "--to", "json"], "").json();
    assert_eq!(described["questions"][2]["path"], "area");
    assert_eq!(described["questions"][2]["choices"][1]["label"][""], "宝日");
}

#[test]
fn answers_of_a_file_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pasture(folder);
    let run = |answers: Value| {
        fs::write(folder.join("answers.json"), answers.to_string()).unwrap();
        hudang(
            folder,
            &["--json", "form", "run", "form.xlsx", "--answers", "answers.json"],
            "",
        )
    };
    let whole = run(json!({
        "head": "甲", "sheep": 40, "area": "b1", "wool": 120,
        "member": [{"name": "甲", "work": ["herd", "drive"]}, {"name": "乙"}],
    }));
    assert_eq!(whole.code, 0, "{}", whole.out);
    let values = whole.json()["values"].clone();
    let value = |at: &str| {
        let found = values.as_array().unwrap().iter().find(|value| value["at"] == at);
        found.map(|found| found["value"].as_str().unwrap().to_owned())
    };
    assert_eq!(value("/data/wool").as_deref(), Some("120"));
    assert_eq!(value("/data/member[1]/work").as_deref(), Some("herd drive"));
    assert_eq!(value("/data/member[2]/name").as_deref(), Some("乙"));

    let lacking = run(json!({
        "sheep": -1, "area": "nowhere", "camel": 2, "wool": 5, "member": [{"work": ["herd"]}],
    }));
    assert_eq!(lacking.code, 1);
    let lacking = lacking.json();
    let list = |name: &str, field: &str| -> Vec<String> {
        let found = lacking[name].as_array().unwrap().iter();
        found.map(|one| one[field].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        list("missing", "at"),
        ["/data/head", "/data/area", "/data/member[1]/name"]
    );
    assert_eq!(list("not_allowed", "message"), ["羊的数量不能是负数"]);
    assert_eq!(list("refused", "at"), ["camel", "area", "wool"]);
}

#[test]
fn a_form_is_answered_in_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pasture(folder);
    // A negative number is asked again; a second member is added, a third is not.
    let typed = "甲\n-4\n4\na1\n甲\nherd\ny\n乙\n\nn\n";
    let ran = hudang(folder, &["--json", "form", "run", "form.xlsx"], typed);
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
    assert!(ran.err.contains("! 羊的数量不能是负数"), "{}", ran.err);
    assert!(ran.err.contains("a1 = 阿拉坦"), "{}", ran.err);
    let values = ran.json()["values"].to_string();
    assert!(values.contains("/data/member[2]/name") && !values.contains("/data/member[3]"));
    let stopped = hudang(folder, &["--json", "form", "run", "form.xlsx"], "甲\n");
    assert_eq!(stopped.code, 1);
    assert_eq!(stopped.json()["missing"][0]["at"], "/data/area");
}

#[test]
fn a_new_version_is_compared_question_by_question() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pasture(folder);
    let mut survey: Vec<&[&str]> = SURVEY.to_vec();
    survey[1] = &["text", "head", "户主", "yes"];
    survey[2] = &["decimal", "sheep", "几只羊", "", ". >= 0", "羊的数量不能是负数"];
    survey.push(&["text", "phone", "电话"]);
    let choices: Rows<'_> = &[CHOICES[0], CHOICES[1], &["work", "study", "上学"]];
    workbook(
        &folder.join("next.xlsx"),
        &[("survey", &survey), ("choices", choices)],
    );
    let ran = hudang(folder, &["form", "diff", "form.xlsx", "next.xlsx"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let compared = hudang(folder, &["--json", "form", "diff", "form.xlsx", "next.xlsx"], "").json();
    let told: Vec<(String, String)> = compared["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            (text("path"), text("change"))
        })
        .collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(path, change)| (&**path, &**change)).collect();
    let expected = [
        ("", "form"),
        ("", "form"),
        ("head", "text"),
        ("sheep", "type"),
        ("member/work", "choice_added"),
        ("member/work", "choice_removed"),
        ("phone", "added"),
    ];
    assert_eq!(told, expected);
    for word in ["新增选项", "study 上学", "integer", "decimal", "户主姓名"] {
        assert!(ran.out.contains(word), "{word}: {}", ran.out);
    }
}
