//! A questionnaire as a workbook that is converted, and the same questionnaire as an `XForm` that this test writes by
//! itself, after the specification and not after the converter: whoever answers sees the same, step by step.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::format_collect,
    clippy::self_only_used_in_recursion,
    clippy::indexing_slicing,
    reason = "a surprise ends the test"
)]

use std::fmt::Write as _;
use std::sync::Arc;

use hudang_form::form::{Attachments, Form};
use hudang_form::session::{Answers, Environment, Session, View, ViewKind};
use hudang_form::xlsform::{Options, Workbook, to_xform};
use proptest::prelude::*;

/// A row of a questionnaire, with what it is to refer to drawn by number.
#[derive(Debug, Clone)]
struct Drawn {
    what: usize,
    rules: [usize; 4],
    target: usize,
}

/// What a row becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Type in the workbook, type of the bind, the control's element.
    Question(&'static str, &'static str, &'static str),
    Calculate,
    Group,
    Repeat,
}

const WHATS: [What; 11] = [
    What::Question("text", "string", "input"),
    What::Question("integer", "int", "input"),
    What::Question("decimal", "decimal", "input"),
    What::Question("date", "date", "input"),
    What::Question("select_one work", "string", "select1"),
    What::Question("select_multiple work", "string", "select"),
    What::Question("acknowledge", "string", "trigger"),
    What::Question("note", "string", "input"),
    What::Calculate,
    What::Group,
    What::Repeat,
];
/// Ends the innermost group or repeat.
const END: usize = WHATS.len();

const RELEVANT: [&str; 5] = ["", "{} != ''", "{} = 'herd'", "selected({}, 'drive')", "{} > 2"];
const CONSTRAINT: [&str; 4] = [
    "",
    ". != {}",
    "string-length(.) < 3 or . = {}",
    "regex(., '^[0-9]+$')",
];
const REQUIRED: [&str; 3] = ["", "true()", "{} = '1'"];
const CALCULATION: [&str; 5] = [
    "concat({}, '户')",
    "number({}) * 2",
    "if({} = '', 'none', {})",
    "count-selected({})",
    "coalesce({}, 'x')",
];
const CHOICES: [(&str, &str); 3] = [("herd", "放牧"), ("drive", "开车"), ("study", "上学")];

/// One row, named and with its references in the form of `${name}`.
#[derive(Debug, Clone)]
struct Row {
    name: String,
    what: What,
    /// From the root: names of groups and repeats around it, and itself.
    path: Vec<String>,
    label: String,
    relevant: String,
    constraint: String,
    required: String,
    calculation: String,
    /// What stands in it.
    rows: Vec<Row>,
}

/// A row to which others may refer.
#[derive(Debug, Clone)]
struct Known {
    name: String,
    path: Vec<String>,
    /// The path of the innermost repeat around it; empty if there is none.
    repeat: Vec<String>,
}

#[derive(Debug, Default)]
struct Questionnaire {
    rows: Vec<Row>,
    known: Vec<Known>,
}

impl Questionnaire {
    fn of(drawn: &[Drawn]) -> Self {
        let mut made = Self::default();
        // A question that everything can refer to.
        made.known.push(Known {
            name: "head".to_owned(),
            path: vec!["head".to_owned()],
            repeat: Vec::new(),
        });
        let mut rows = drawn.iter().enumerate();
        made.rows = made.level(&mut rows, &[], &[]);
        made.rows.insert(
            0,
            Row {
                name: "head".to_owned(),
                what: WHATS[0],
                path: vec!["head".to_owned()],
                label: "户主".to_owned(),
                relevant: String::new(),
                constraint: String::new(),
                required: String::new(),
                calculation: String::new(),
                rows: Vec::new(),
            },
        );
        made
    }

    fn level<'d>(
        &mut self,
        drawn: &mut impl Iterator<Item = (usize, &'d Drawn)>,
        path: &[String],
        repeat: &[String],
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        while let Some((number, row)) = drawn.next() {
            let Some(what) = WHATS.get(row.what).copied() else {
                if path.is_empty() {
                    continue;
                }
                break;
            };
            let name = format!("q{number}");
            let path: Vec<String> = path.iter().chain([&name]).cloned().collect();
            // What stands in no repeat, or in one that is around this row too.
            let reachable: Vec<&Known> = self
                .known
                .iter()
                .filter(|known| repeat.starts_with(&known.repeat))
                .collect();
            let target = format!("${{{}}}", reachable[row.target % reachable.len()].name);
            let rule = |rules: &[&str], at: usize| rules[row.rules[at] % rules.len()].replace("{}", &target);
            let is_question = matches!(what, What::Question(..));
            let takes_answers = is_question && !matches!(what, What::Question("note" | "acknowledge", ..));
            let mut made = Row {
                label: format!("问{number} {target}"),
                relevant: rule(&RELEVANT, 0),
                constraint: if takes_answers {
                    rule(&CONSTRAINT, 1)
                } else {
                    String::new()
                },
                required: if is_question && takes_answers {
                    rule(&REQUIRED, 2)
                } else {
                    String::new()
                },
                calculation: if what == What::Calculate {
                    rule(&CALCULATION, 3)
                } else {
                    String::new()
                },
                rows: Vec::new(),
                name: name.clone(),
                what,
                path: path.clone(),
            };
            match what {
                What::Group | What::Repeat => {
                    let inner = if what == What::Repeat { &path } else { repeat };
                    let inner = inner.to_vec();
                    made.rows = if path.len() < 4 {
                        self.level(drawn, &path, &inner)
                    } else {
                        Vec::new()
                    };
                    if made.rows.is_empty() {
                        // A group without rows is refused; this one's name must not be lost either.
                        let mut child = made.clone();
                        child.what = WHATS[0];
                        child.name = format!("{name}in");
                        child.path.push(child.name.clone());
                        made.rows.push(child);
                    }
                }
                _ => self.known.push(Known {
                    name,
                    path,
                    repeat: repeat.to_vec(),
                }),
            }
            rows.push(made);
        }
        rows
    }

    fn workbook(&self) -> Workbook {
        let mut survey = vec![cells([
            "type",
            "name",
            "label",
            "relevant",
            "constraint",
            "required",
            "calculation",
        ])];
        sheet_rows(&self.rows, &mut survey);
        let mut choices = vec![cells(["list_name", "name", "label"])];
        choices.extend(CHOICES.map(|(name, label)| cells(["work", name, label])));
        Workbook::from_rows([("survey", survey), ("choices", choices)])
    }

    fn xform(&self) -> String {
        let mut writer = Writer {
            known: &self.known,
            binds: String::new(),
        };
        let (instance, body) = (writer.instance(&self.rows, false), writer.body(&self.rows));
        for row in &self.rows {
            writer.bind(row, &[]);
        }
        format!(
            r#"<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
                xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"><h:head><h:title>t</h:title>
                <model><instance><data id="t">{instance}<orx:meta><orx:instanceID/></orx:meta></data></instance>
                {}</model></h:head><h:body>{body}</h:body></h:html>"#,
            writer.binds
        )
    }
}

fn cells<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

fn sheet_rows(rows: &[Row], survey: &mut Vec<Vec<String>>) {
    for row in rows {
        let (kind, end) = match row.what {
            What::Question(kind, ..) => (kind, None),
            What::Calculate => ("calculate", None),
            What::Group => ("begin group", Some("end group")),
            What::Repeat => ("begin repeat", Some("end repeat")),
        };
        let label = if row.what == What::Calculate {
            ""
        } else {
            &row.label
        };
        let [relevant, constraint, required, calculation] = row.rules();
        survey.push(cells([
            kind,
            &row.name,
            label,
            relevant,
            constraint,
            required,
            calculation,
        ]));
        sheet_rows(&row.rows, survey);
        survey.extend(end.map(|end| cells([end])));
    }
}

impl Row {
    fn rules(&self) -> [&str; 4] {
        [
            &self.relevant,
            &self.constraint,
            &self.required,
            &self.calculation,
        ]
    }
}

/// Writes the `XForm`.
struct Writer<'a> {
    known: &'a [Known],
    binds: String,
}

impl Writer<'_> {
    /// A repeat is its template and one instance; directly within a template it is the template alone, as pyxform
    /// writes it.
    fn instance(&self, rows: &[Row], in_template: bool) -> String {
        let mut xml = String::new();
        for row in rows {
            let name = &row.name;
            let inner = self.instance(&row.rows, false);
            if row.what == What::Repeat {
                let template = self.instance(&row.rows, true);
                let _infallible = write!(xml, "<{name} jr:template=\"\">{template}</{name}>");
                if in_template {
                    continue;
                }
            }
            let _infallible = write!(xml, "<{name}>{inner}</{name}>");
        }
        xml
    }

    fn bind(&mut self, row: &Row, repeat: &[String]) {
        let path = row.path.join("/");
        let _infallible = write!(self.binds, "<bind nodeset=\"/data/{path}\"");
        if let What::Question(_, kind, _) = row.what {
            let _infallible = write!(self.binds, " type=\"{kind}\"");
        }
        if let What::Question("note", ..) = row.what {
            self.binds.push_str(" readonly=\"true()\"");
        }
        let rules = ["relevant", "constraint", "required", "calculate"];
        for (attribute, rule) in rules.into_iter().zip(row.rules()) {
            if !rule.is_empty() {
                let rule = self.with_paths(rule, row, repeat);
                let _infallible = write!(self.binds, " {attribute}=\"{}\"", escaped(&rule));
            }
        }
        self.binds.push_str("/>");
        let repeat = if row.what == What::Repeat {
            &row.path
        } else {
            repeat
        };
        let repeat = repeat.to_vec();
        for row in &row.rows {
            self.bind(row, &repeat);
        }
    }

    /// References as paths: from the innermost repeat that both stand in, else from the root. Of a repeat's own rule
    /// the repeat around it counts.
    fn with_paths(&self, text: &str, row: &Row, repeat: &[String]) -> String {
        let mut text = text.to_owned();
        for known in self.known {
            let common = repeat
                .iter()
                .zip(&known.repeat)
                .take_while(|(one, other)| one == other)
                .count();
            let path = if common == 0 || known.repeat.len() > common {
                format!("/data/{}", known.path.join("/"))
            } else {
                let up = vec![".."; row.path.len() - common].join("/");
                format!("{up}/{}", known.path[common..].join("/"))
            };
            text = text.replace(&format!("${{{}}}", known.name), &path);
        }
        text
    }

    fn label(&self, row: &Row, repeat: &[String]) -> String {
        match row.label.split_once("${") {
            None => row.label.clone(),
            Some((before, reference)) => {
                let path = self.with_paths(&format!("${{{reference}"), row, repeat);
                format!("{before}<output value=\"{path}\"/>")
            }
        }
    }

    fn body(&self, rows: &[Row]) -> String {
        self.controls(rows, &[])
    }

    fn controls(&self, rows: &[Row], repeat: &[String]) -> String {
        let mut xml = String::new();
        for row in rows {
            let path = format!("/data/{}", row.path.join("/"));
            let label = format!("<label>{}</label>", self.label(row, repeat));
            let _infallible = match row.what {
                What::Calculate => Ok(()),
                What::Group => {
                    let inner = self.controls(&row.rows, repeat);
                    write!(xml, "<group ref=\"{path}\">{label}{inner}</group>")
                }
                What::Repeat => {
                    let inner = self.controls(&row.rows, &row.path);
                    write!(
                        xml,
                        "<group ref=\"{path}\">{label}<repeat nodeset=\"{path}\">{inner}</repeat></group>"
                    )
                }
                What::Question(_, _, control) => {
                    let items: String = if control.starts_with("select") {
                        CHOICES
                            .iter()
                            .map(|(name, label)| {
                                format!("<item><label>{label}</label><value>{name}</value></item>")
                            })
                            .collect()
                    } else {
                        String::new()
                    };
                    write!(xml, "<{control} ref=\"{path}\">{label}{items}</{control}>")
                }
            };
        }
        xml
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let row = (0..=END, proptest::array::uniform4(0_usize..60), 0_usize..20)
        .prop_map(|(what, rules, target)| Drawn { what, rules, target });
    proptest::collection::vec(row, 1..16)
}

/// Which of the nodes is touched, and with what.
fn edits() -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::vec((0_usize..200, 0_usize..12), 1..24)
}

const VALUES: [&str; 10] = [
    "",
    "1",
    "3",
    "44",
    "甲",
    "herd",
    "drive",
    "herd study",
    "2026-02-03",
    "OK",
];

fn open(xform: &str, earlier: Option<&Answers>) -> Session {
    let form =
        Form::from_xform(xform, &Attachments::none()).unwrap_or_else(|error| panic!("{error}: {xform}"));
    let now = chrono::DateTime::parse_from_rfc3339("2026-01-31T10:00:00+08:00").unwrap();
    Session::open(Arc::new(form), Environment::new(now, 1), earlier).0
}

/// How all looks but the instance's id, whose place in the form is the converter's to choose. Blanks around a
/// reference in a label are kept.
fn seen(session: &Session) -> Vec<View> {
    let views = session.views().into_iter();
    let mut views: Vec<View> = views.filter(|view| !view.key.contains("meta")).collect();
    views.sort_by(|one, other| one.key.cmp(&other.key));
    views
}

/// Takes the same step in both; whether it can be taken is the same too.
fn step(sessions: &mut [Session; 2], edit: (usize, usize)) -> Result<(), TestCaseError> {
    let views = seen(&sessions[0]);
    let view = &views[edit.0 % views.len()];
    // A value written over a calculation is not kept: what a calculation gives is nobody's answer.
    if view.kind == ViewKind::ModelValue {
        return Ok(());
    }
    let [one, other] = sessions.each_mut().map(|session| match view.kind {
        ViewKind::OpenRepeat => session.add_with_id(&view.key, &format!("i{}", edit.0 * 100 + edit.1)),
        ViewKind::Instance => session.remove(&view.key),
        _ => session.set(&view.key, VALUES.get(edit.1).copied().unwrap_or("1")),
    });
    let keys = |changes: hudang_form::session::Changes| {
        let mut keys: Vec<String> = changes.changed.into_iter().map(|view| view.key).collect();
        keys.sort();
        (keys, changes.gone)
    };
    prop_assert_eq!(one.map(keys), other.map(keys));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_workbook_and_its_xform_are_answered_alike(drawn in drawn(), edits in edits()) {
        let questionnaire = Questionnaire::of(&drawn);
        let converted = to_xform(&questionnaire.workbook(), &Options::default());
        let converted = converted.unwrap_or_else(|problems| {
            let told: Vec<String> = problems.iter().map(|problem| format!("{} {}", problem.place, problem.en())).collect();
            panic!("{told:?}")
        });
        let written = questionnaire.xform();
        let mut sessions = [open(&converted.xform, None), open(&written, None)];
        prop_assert_eq!(seen(&sessions[0]), seen(&sessions[1]), "{}\n{}", converted.xform, written);
        for edit in edits {
            step(&mut sessions, edit)?;
            prop_assert_eq!(seen(&sessions[0]), seen(&sessions[1]), "{}\n{}", converted.xform, written);
        }
        // What one keeps, the other takes up.
        let answers = sessions[0].answers();
        let taken_up = open(&written, Some(&answers));
        prop_assert_eq!(seen(&taken_up), seen(&sessions[0]));
    }
}

/// Public workbooks with what pyxform made of them; outside the project, and looked at where it is there.
const CASES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/forms/xlsform.jsonl"
);

/// Texts as people read them: pyxform prints an `XForm` prettily, and adds blanks around references in labels.
fn read_by_people(mut view: View) -> View {
    let collapse = |text: &mut Option<String>| {
        *text = text
            .take()
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    };
    collapse(&mut view.label);
    collapse(&mut view.hint);
    collapse(&mut view.message);
    view.choices = view.choices.map(|choices| {
        let read = |choice: &hudang_form::session::Choice| {
            let mut choice = choice.clone();
            choice.label = choice.label.split_whitespace().collect::<Vec<_>>().join(" ");
            choice
        };
        choices.iter().map(read).collect()
    });
    view
}

/// Takes the recorded steps in the converted workbook and in pyxform's `XForm`; says where the two differ.
fn differences(case: &serde_json::Value) -> Option<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let sheets = case["sheets"].as_object()?.iter().map(|(name, rows)| {
        let rows = rows.as_array().unwrap().iter();
        let row = |row: &serde_json::Value| row.as_array().unwrap().iter().map(text).collect();
        (name.clone(), rows.map(row).collect())
    });
    let options = Options {
        root: case["root"].as_str().map(str::to_owned),
        form_id: None,
    };
    let converted = to_xform(&Workbook::from_rows(sheets), &options).ok()?;
    let forms = [&*converted.xform, case["form"].as_str()?];
    let mut sessions = forms.map(|form| open(form, None));
    for step in case["steps"].as_array()? {
        let (op, value) = (&step["op"], text(&step["op"]["value"]));
        let [one, other] = sessions.each_mut().map(|session| {
            let key = session
                .key_at(op["ref"].as_str().unwrap_or_default())
                .unwrap_or_default();
            let done = match op["op"].as_str().unwrap_or_default() {
                "set" => session.set(&key, &value),
                "add-repeat" => session.add(&key),
                "remove-repeat" => session.remove(&key),
                "language" => session.language(&value),
                _ => Ok(hudang_form::session::Changes::default()),
            };
            let views: Vec<View> = seen(session).into_iter().map(read_by_people).collect();
            (done.is_ok(), views)
        });
        if one != other {
            let differs = one.1.iter().zip(&other.1).find(|(one, other)| one != other);
            return Some(format!("at {op}: {differs:?}"));
        }
    }
    None
}

#[test]
fn public_workbooks_are_answered_as_what_pyxform_makes_of_them() {
    let Ok(cases) = std::fs::read_to_string(CASES) else {
        eprintln!("skipped, because there is no {CASES}");
        return;
    };
    let (mut count, mut failed) = (0, Vec::new());
    for line in cases.lines().skip(1) {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        count += 1;
        if let Some(difference) = differences(&case) {
            failed.push(format!("{}: {difference}", case["id"]));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {count}:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
