//! Forms as attackers and accidents make them: each gets an error or a table of problems within seconds and within
//! 256 MiB, whatever is in it. The cases take turns, so that the memory is that of one.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "asks the kernel; a surprise ends the test"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use hudang_form::form::{Attachments, Form};
use hudang_form::session::{Environment, Session};
use hudang_form::xlsform::{Options, Problem, Workbook, read_workbook, to_xform};
use rustix::time::{ClockId, clock_gettime};

static TURN: Mutex<()> = Mutex::new(());

const KIB_MAX: u64 = 256 << 10;
/// Of the processor's time, since the machine may be busy.
const SECONDS_MAX: i64 = 20;

/// Does the work within its bounds; `input` is made outside of them.
fn bounded<I, T>(input: impl FnOnce() -> I, work: impl FnOnce(&I) -> T) -> T {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let input = input();
    // From here on the most is what the kernel counts anew.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory_kib("VmRSS:");
    let seconds = || clock_gettime(ClockId::ThreadCPUTime).tv_sec;
    let begun = seconds();
    let result = work(&input);
    let took = seconds() - begun;
    let kib = memory_kib("VmHWM:").saturating_sub(before);
    eprintln!("{took} s, {} MiB", kib >> 10);
    assert!(kib <= KIB_MAX, "{} MiB", kib >> 10);
    assert!(took <= SECONDS_MAX, "{took} s");
    result
}

/// What the kernel says of this process.
fn memory_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// An .xlsx of these files; each is a piece repeated between a head and a tail.
fn zipped(files: &[(&str, String)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook whose survey has these rows as XML, and these shared texts.
fn raw_workbook(rows: &str, shared: &str) -> Vec<u8> {
    zipped(&[
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.to_owned(),
        ),
        (
            "_rels/.rels",
            format!(
                r#"<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="survey" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#),
        ),
        (
            "xl/sharedStrings.xml",
            format!(r#"<sst xmlns="{MAIN}">{shared}</sst>"#),
        ),
    ])
}

fn inline(text: &str) -> String {
    format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// Reads and converts.
fn converted(bytes: &[u8]) -> Result<String, Vec<Problem>> {
    to_xform(&read_workbook(bytes)?, &Options::default()).map(|form| form.xform)
}

fn first_code(result: &Result<String, Vec<Problem>>) -> &'static str {
    result
        .as_ref()
        .err()
        .and_then(|problems| problems.first())
        .map_or("", Problem::code)
}

fn rows(lines: &[&[&str]]) -> Vec<Vec<String>> {
    lines
        .iter()
        .map(|line| line.iter().map(|cell| (*cell).to_owned()).collect())
        .collect()
}

fn xform(instance: &str, model: &str, body: &str) -> String {
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
            xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>t</h:title><model><instance><data id="d">{instance}</data>
            </instance>{model}</model></h:head><h:body>{body}</h:body></h:html>"#
    )
}

fn read(text: &str) -> Result<Form, hudang_form::form::FormError> {
    Form::from_xform(text, &Attachments::none())
}

fn open(form: Form) -> Session {
    let now = chrono::DateTime::parse_from_rfc3339("2026-01-31T10:00:00+08:00").unwrap();
    Session::open(Arc::new(form), Environment::new(now, 1), None).0
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    let bomb = || zipped(&[("xl/worksheets/sheet1.xml", " ".repeat(200 << 20))]);
    let result = bounded(bomb, |bytes| {
        assert!(bytes.len() < 1 << 20);
        converted(bytes)
    });
    assert_eq!(first_code(&result), "XF-FILE-SIZE");
}

#[test]
fn a_million_rows_are_refused_at_the_limit() {
    let rows = |count: usize| {
        let row = format!("<row>{}</row>", inline("text"));
        move || raw_workbook(&row.repeat(count), "")
    };
    let result = bounded(rows(400_000), |bytes| converted(bytes));
    assert_eq!(first_code(&result), "XF-FILE-ROWS");
    let result = bounded(rows(1_000_000), |bytes| converted(bytes));
    assert_eq!(first_code(&result), "XF-FILE-SIZE");
}

#[test]
fn millions_of_shared_texts_and_cells_stay_within_memory() {
    let shared = || raw_workbook("", &"<si><t>a</t></si>".repeat(2_900_000));
    let result = bounded(shared, |bytes| converted(bytes));
    assert!(result.is_err());
    let cells = || {
        raw_workbook(
            &format!("<row>{}</row>", "<c><v>1</v></c>".repeat(900)).repeat(3_500),
            "",
        )
    };
    let result = bounded(cells, |bytes| converted(bytes));
    assert_eq!(first_code(&result), "XF-FILE-CELLS");
    // One long text that every cell shows.
    let long = || {
        let text = format!("<si><t>{}</t></si>", "a".repeat(1 << 20));
        let row = format!("<row>{}</row>", r#"<c t="s"><v>0</v></c>"#.repeat(10));
        raw_workbook(&row.repeat(1_000), &text)
    };
    let result = bounded(long, |bytes| converted(bytes));
    assert_eq!(first_code(&result), "XF-FILE-CELLS");
}

#[test]
fn a_survey_of_endless_questions_is_refused() {
    let survey = |count: usize| {
        move || {
            let mut rows = format!(
                "<row>{}{}{}</row>",
                inline("type"),
                inline("name"),
                inline("label")
            );
            for n in 0..count {
                let _infallible = write!(
                    rows,
                    "<row>{}{}{}</row>",
                    inline("text"),
                    inline(&format!("q{n}")),
                    inline("问")
                );
            }
            raw_workbook(&rows, "")
        }
    };
    let result = bounded(survey(150_000), |bytes| converted(bytes));
    assert_eq!(first_code(&result), "XF-FILE-ROWS");
    let result = bounded(survey(10_000), |bytes| converted(bytes).map(|xform| read(&xform)));
    result.unwrap().unwrap();
}

#[test]
fn a_hundred_thousand_choices_can_be_used() {
    let book = || {
        let mut choices = rows(&[&["list_name", "name", "label", "banner"]]);
        choices.extend((0..100_000).map(|n| {
            let label = format!("嘎查{n}");
            vec!["v".to_owned(), format!("n{n}"), label, (n % 100).to_string()]
        }));
        let survey = rows(&[
            &["type", "name", "label", "choice_filter"],
            &["integer", "b", "旗", ""],
            &["select_one v", "a", "嘎查", "banner = ${b}"],
        ]);
        Workbook::from_rows([("survey", survey), ("choices", choices)])
    };
    bounded(book, |book| {
        let converted = to_xform(book, &Options::default()).unwrap();
        let form = read(&converted.xform).unwrap();
        drop(converted);
        let mut session = open(form);
        session.set("/data/b", "7").unwrap();
        let choices = session.view_at("/data/a").unwrap().choices.unwrap();
        assert_eq!(choices.len(), 1_000);
    });
}

#[test]
fn entities_and_laughs_are_refused() {
    for doctype in [
        r#"<!DOCTYPE h [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"#,
        r#"<!DOCTYPE h [<!ENTITY c SYSTEM "file:///etc/passwd">]>"#,
        r#"<!DOCTYPE h SYSTEM "http://192.0.2.1/h.dtd">"#,
    ] {
        let form = xform("<a>&c;</a>", "", "");
        let error = bounded(|| format!("{doctype}{form}"), |text| read(text).unwrap_err());
        assert_eq!(error.code(), "HT-FORM-XML");
    }
    let error = bounded(|| xform("<a>&c;</a>", "", ""), |text| read(text).unwrap_err());
    assert_eq!(error.code(), "HT-FORM-XML", "an entity that nobody declared");
}

#[test]
fn documents_that_are_large_in_some_way_are_refused() {
    let attributes = || {
        let mut all = String::new();
        for n in 0..400_000 {
            let _infallible = write!(all, " a{n}=''");
        }
        xform(&format!("<a{all}/>"), "", "")
    };
    assert_eq!(
        bounded(attributes, |text| read(text).unwrap_err()).code(),
        "HT-FORM-XML"
    );
    let equals = || xform(&"=".repeat(40 << 20), "", "");
    assert_eq!(
        bounded(equals, |text| read(text).unwrap_err()).code(),
        "HT-FORM-XML"
    );
    let nodes = || xform(&"<a/>".repeat(3_000_000), "", "");
    assert_eq!(
        bounded(nodes, |text| read(text).unwrap_err()).code(),
        "HT-FORM-XML"
    );
    let questions = |count: usize| {
        move || {
            let mut all = String::new();
            for n in 0..count {
                let _infallible = write!(all, "<a{n}/>");
            }
            xform(&all, "", "")
        }
    };
    assert_eq!(
        bounded(questions(800_000), |text| read(text).unwrap_err()).code(),
        "HT-FORM-XML"
    );
    assert_eq!(
        bounded(questions(30_000), |text| read(text).unwrap_err()).code(),
        "HT-FORM-LARGE"
    );
    bounded(questions(2_000), |text| {
        open(read(text).unwrap());
    });
    let deep = || xform(&format!("{}{}", "<a>".repeat(900), "</a>".repeat(900)), "", "");
    assert_eq!(
        bounded(deep, |text| read(text).unwrap_err()).code(),
        "HT-FORM-DEPTH"
    );
    let deeper = || {
        xform(
            &format!("{}{}", "<a>".repeat(900_000), "</a>".repeat(900_000)),
            "",
            "",
        )
    };
    assert!(bounded(deeper, |text| read(text).is_err()));
}

#[test]
fn ten_thousand_parentheses_in_an_xform_are_an_error() {
    let text = || {
        let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
        xform(
            "<a/>",
            &format!(r#"<bind nodeset="/data/a" calculate="{deep}"/>"#),
            "",
        )
    };
    let error = bounded(text, |text| read(text).unwrap_err());
    assert_eq!(error.code(), "HT-FORM-EXPRESSION");
}

#[test]
fn calculations_that_are_quadratic_or_worse_end() {
    for calculation in [
        "count(/data/r[count(/data/r[v = current()]) = 0])",
        "count(//*[count(//*[count(//*) = 0]) = 0])",
        "sum(/data/r[sum(/data/r[position() &lt; 3]) = position()])",
        "count(/data/r/following-sibling::*/preceding-sibling::*/following-sibling::*)",
    ] {
        let text = || {
            let bind = format!(r#"<bind nodeset="/data/a" calculate="{calculation}"/>"#);
            xform(
                &format!("<a/>{}", "<r><v>1</v></r>".repeat(5_000)),
                &bind,
                r#"<repeat nodeset="/data/r"><input ref="/data/r/v"/></repeat>"#,
            )
        };
        bounded(text, |text| {
            open(read(text).unwrap());
        });
    }
}

#[test]
fn texts_that_double_and_double_end() {
    let text = || {
        let (mut instance, mut binds) = ("<a0>长</a0>".to_owned(), String::new());
        for n in 1..64 {
            let before = n - 1;
            let _infallible = write!(instance, "<a{n}/>");
            let _infallible = write!(
                binds,
                r#"<bind nodeset="/data/a{n}" calculate="concat(/data/a{before}, /data/a{before})"/>"#
            );
        }
        xform(&instance, &binds, "")
    };
    bounded(text, |text| {
        let session = open(read(text).unwrap());
        assert!(session.faults().count() > 0, "whoever looks is told");
    });
    let joined = || {
        let bind = r#"<bind nodeset="/data/a" calculate="join(/data/long, /data/r)"/>"#;
        xform(
            &format!(
                "<a/><long>{}</long>{}",
                "x".repeat(500_000),
                "<r><v/></r>".repeat(10_000)
            ),
            bind,
            r#"<repeat nodeset="/data/r"><input ref="/data/r/v"/></repeat>"#,
        )
    };
    bounded(joined, |text| {
        open(read(text).unwrap());
    });
}

#[test]
fn repeats_that_count_without_end_are_cut() {
    let text = || {
        let count = r#"jr:count="1000000000""#;
        xform(
            "<a><b><c><d/></c></b></a>",
            "",
            &format!(
                r#"<repeat nodeset="/data/a" {count}><repeat nodeset="/data/a/b" {count}><repeat nodeset="/data/a/b/c"
                    {count}><input ref="/data/a/b/c/d"/></repeat></repeat></repeat>"#
            ),
        )
    };
    bounded(text, |text| {
        open(read(text).unwrap());
    });
}

#[test]
fn a_thousand_large_patterns_stay_within_memory() {
    let text = || {
        let (mut instance, mut binds) = (String::new(), String::new());
        for n in 0..1_000 {
            let _infallible = write!(instance, "<a{n}>x</a{n}>");
            let _infallible = write!(
                binds,
                r#"<bind nodeset="/data/a{n}" constraint="regex(., concat('(x{n}|[一-龥]{{1,60}}){{1,', 20, '}}'))"/>"#
            );
        }
        xform(&instance, &binds, "")
    };
    bounded(text, |text| {
        open(read(text).unwrap());
    });
}

#[test]
fn files_beside_a_form_are_measured() {
    let form = |name: &str| {
        let kind = if name.contains("csv") { "file-csv" } else { "file" };
        let instance = format!(r#"<instance id="x" src="jr://{kind}/{name}"/>"#);
        xform("<a/>", &instance, "")
    };
    let files: [(&str, &dyn Fn() -> Vec<u8>); 5] = [
        ("wide.csv", &|| {
            let line = format!("{}\n", vec!["1"; 400].join(","));
            line.repeat(50_000).into_bytes()
        }),
        ("long.csv", &|| {
            let mut text = "name,label\n".to_owned();
            text.push_str(&"a,b\n".repeat(300_000));
            text.into_bytes()
        }),
        ("numbers.geojson", &|| {
            let numbers = "0,".repeat(20 << 20);
            format!(r#"{{"type":"FeatureCollection","features":[{numbers}0]}}"#).into_bytes()
        }),
        ("deep.geojson", &|| "[".repeat(10 << 20).into_bytes()),
        ("nodes.xml", &|| {
            format!("<root>{}</root>", "<a/>".repeat(3_000_000)).into_bytes()
        }),
    ];
    for (name, bytes) in files {
        let error = bounded(
            || (form(name), Attachments::none().with(name, bytes())),
            |(form, files)| Form::from_xform(form, files).unwrap_err(),
        );
        assert_eq!(error.code(), "HT-FORM-FILE", "{name}: {error}");
    }
    let missing = bounded(|| form("gone.csv"), |form| read(form).unwrap_err());
    assert!(missing.to_string().contains("gone.csv"), "{missing}");
}

#[test]
fn a_hundred_thousand_rows_of_a_file_can_be_used() {
    let text = || {
        let mut file = "name,label,banner,x,y\n".to_owned();
        for n in 0..100_000 {
            let _infallible = writeln!(file, "n{n},嘎查{n},{},40.1,111.2", n % 100);
        }
        let form = xform(
            "<b>7</b><a/>",
            r#"<instance id="v" src="jr://file-csv/v.csv"/><bind nodeset="/data/b" type="int"/>"#,
            r#"<select1 ref="/data/a"><itemset nodeset="instance('v')/root/item[banner = /data/b]"><value ref="name"/>
                <label ref="label"/></itemset></select1>"#,
        );
        (form, Attachments::none().with("v.csv", file.into_bytes()))
    };
    bounded(text, |(form, files)| {
        let session = open(Form::from_xform(form, files).unwrap());
        assert_eq!(session.view_at("/data/a").unwrap().choices.unwrap().len(), 1_000);
    });
}
