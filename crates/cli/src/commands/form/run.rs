//! `hudang form run`.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use hudang_form::form::Form;
use hudang_form::session::{Environment, Session, View};
use hudang_visit::Language;
use serde::Serialize;

use super::answers::{Refused, give};
use super::ask;
use super::source::Source;
use crate::commands::read;
use crate::error::Failure;
use crate::output::Output;
use crate::outside;

#[derive(Serialize)]
struct Ran {
    /// Nothing is missing, everything is allowed, and every answer of the file was taken.
    complete: bool,
    missing: Vec<Question>,
    not_allowed: Vec<Question>,
    refused: Vec<Refused>,
    /// Rules that cannot be worked out.
    faults: Vec<Fault>,
    /// What is sent.
    values: Vec<Question>,
}

#[derive(Serialize)]
struct Question {
    /// With positions: `/data/member[2]/name`.
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Serialize)]
struct Fault {
    at: String,
    error: String,
}

pub(super) fn run(file: &Path, answers: Option<&Path>, output: &Output) -> Result<(), Failure> {
    let form = Source::open(file)?.into_form(file)?;
    let mut session = open(form, output)?;
    let refused = if let Some(path) = answers {
        give(&mut session, &object(path)?)
    } else {
        let mut input = std::io::stdin().lock();
        // Questions go where messages go: what is printed at the end may be piped on.
        let mut screen = std::io::stderr().lock();
        ask::all(&mut session, &mut input, &mut screen, output)
            .map_err(|error| Failure::file(Path::new("-"), &error))?;
        Vec::new()
    };
    session.finish();
    let ran = result(&session, refused);
    output.result(&ran, |ran| print(ran, output))?;
    if ran.complete {
        return Ok(());
    }
    Err(Failure::new(
        "FORM-INCOMPLETE",
        "表单未填完整，或有不被允许的答案，见上表。",
        "Answers are missing or not allowed; see above.",
    )
    .found())
}

fn object(path: &Path) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    serde_json::from_slice(&read(path)?).map_err(|error| {
        Failure::new(
            "FORM-ANSWERS",
            "答案文件须是 JSON 对象：题名对答案，重复组用数组。",
            "The answers must be a JSON object: names with answers, repeats as lists.",
        )
        .because(&error)
    })
}

fn open(form: Form, output: &Output) -> Result<Session, Failure> {
    let now = outside::now().to_string();
    let now: DateTime<FixedOffset> = DateTime::parse_from_rfc3339(&now)
        .map_err(|error| Failure::input("时间", "time", &now).because(&error))?;
    // The visits are in one country with one time; the machine's own zone does not matter.
    let zone = FixedOffset::east_opt(8 * 3_600).unwrap_or(*now.offset());
    let seed = u64::from_le_bytes(outside::random::<8>()?);
    let (mut session, _first) = Session::open(
        Arc::new(form),
        Environment::new(now.with_timezone(&zone), seed),
        None,
    );
    let languages: Vec<String> = session.form().languages().map(str::to_owned).collect();
    let is_wanted = |language: &&String| {
        let language = language.to_lowercase();
        match output.language {
            Language::Zh => language.contains("zh") || language.contains("中文") || language.contains("汉"),
            Language::En => language == "en" || language.contains("(en") || language.starts_with("english"),
        }
    };
    if let Some(language) = languages.iter().find(is_wanted) {
        let _only_known_ones = session.language(language);
    }
    Ok(session)
}

fn result(session: &Session, refused: Vec<Refused>) -> Ran {
    let views = session.views();
    let question = |view: &View| Question {
        at: session.reference(&view.key).unwrap_or_else(|| view.key.clone()),
        label: view.label.clone(),
        value: view.value.clone().unwrap_or_default(),
        message: view.message.clone(),
    };
    let those = |fits: &dyn Fn(&View) -> bool| {
        views
            .iter()
            .filter(|view| fits(view))
            .map(question)
            .collect::<Vec<_>>()
    };
    let missing = those(&|view| !view.required_ok);
    let not_allowed = those(&|view| !view.constraint_ok);
    let values = those(&|view| view.relevant && view.value.as_deref().is_some_and(|value| !value.is_empty()));
    let faults = session.faults().map(|fault| Fault {
        at: session.reference(&fault.key).unwrap_or_else(|| fault.key.clone()),
        error: fault.error.to_string(),
    });
    Ran {
        complete: missing.is_empty() && not_allowed.is_empty() && refused.is_empty(),
        missing,
        not_allowed,
        refused,
        faults: faults.collect(),
        values,
    }
}

fn print(ran: &Ran, output: &Output) {
    let heads = [
        ("题目", "question"),
        ("位置", "place"),
        ("答案", "answer"),
        ("说明", "message"),
    ];
    let row = |question: &Question| {
        vec![
            question.label.clone().unwrap_or_default(),
            question.at.clone(),
            question.value.clone(),
            question.message.clone().unwrap_or_default(),
        ]
    };
    let parts = [
        (output.say("缺少的答案", "missing"), &ran.missing),
        (output.say("不被允许的答案", "not allowed"), &ran.not_allowed),
        (output.say("填写结果", "values"), &ran.values),
    ];
    for (title, questions) in parts.into_iter().filter(|(_, questions)| !questions.is_empty()) {
        println!("{title}");
        output.table(&heads, questions.iter().map(row));
    }
    for refused in &ran.refused {
        let taken = output.say("未采用的答案", "not taken");
        let why = output.say(&refused.zh, &refused.en);
        println!("{taken} {}: {} {why}", refused.at, refused.code);
    }
    for fault in &ran.faults {
        let cannot = output.say("无法求值的规则", "rule that cannot be worked out");
        println!("{cannot} {}: {}", fault.at, fault.error);
    }
}
