//! Suite `forms/session`: a form being answered, step by step.
//!
//! What is compared is put together from the changes that the steps gave, not read anew: a change that is not told is a
//! failure.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;
use hudang_form::form::{Attachments, Form, Media, MediaKind};
use hudang_form::session::{Changes, Environment, Session, View, ViewKind};
use serde_json::Value as Json;

/// A case of `forms/session.jsonl`.
#[derive(serde::Deserialize)]
struct Case {
    form: String,
    steps: Vec<Step>,
}

#[derive(serde::Deserialize)]
struct Step {
    op: Op,
    #[serde(default)]
    set: Vec<Json>,
    #[serde(default)]
    gone: Vec<String>,
    xml: Option<String>,
}

#[derive(serde::Deserialize)]
struct Op {
    #[serde(rename = "op")]
    kind: String,
    r#ref: Option<String>,
    value: Option<String>,
}

/// How exactly texts that people read are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    /// Every blank counts.
    Exact,
    /// Runs of blanks count as one, and those at the ends not at all.
    Collapsed,
}

/// Judges one case.
pub(super) fn judge(case: &Json) -> Result<(), String> {
    judge_with(case, Blanks::Exact)
}

/// Judges one case, comparing texts that people read as `blanks` says.
pub(super) fn judge_with(case: &Json, blanks: Blanks) -> Result<(), String> {
    let case: Case = serde_json::from_value(case.clone()).map_err(|error| error.to_string())?;
    let form = Form::from_xform(&case.form, &Attachments::none()).map_err(|error| error.to_string())?;
    let now = DateTime::parse_from_rfc3339(super::RECORDED_AT).map_err(|error| error.to_string())?;
    let (mut session, first) = Session::open(Arc::new(form), Environment::new(now, 1), None);
    let mut shown = BTreeMap::new();
    let mut first = Some(first);
    for (index, step) in case.steps.iter().enumerate() {
        let changes = match first.take() {
            Some(first) => first,
            None => take(&mut session, &step.op).map_err(|error| format!("step {index}: {error}"))?,
        };
        apply(&mut shown, changes);
        let failures = compare(&session, &shown, step, blanks);
        if !failures.is_empty() {
            return Err(format!(
                "step {index} ({}): {}",
                step.op.kind,
                failures.join("; ")
            ));
        }
    }
    Ok(())
}

fn take(session: &mut Session, op: &Op) -> Result<Changes, String> {
    let value = op.value.as_deref().unwrap_or_default();
    if op.kind == "language" {
        return session.language(value).map_err(|error| error.to_string());
    }
    let reference = op.r#ref.as_deref().unwrap_or_default();
    let key = session
        .key_at(reference)
        .ok_or_else(|| format!("nothing at {reference}"))?;
    match &*op.kind {
        "set" => session.set(&key, value),
        "add-repeat" => session.add(&key),
        "remove-repeat" => session.remove(&key),
        other => return Err(format!("unknown op {other}")),
    }
    .map_err(|error| error.to_string())
}

fn apply(shown: &mut BTreeMap<String, View>, changes: Changes) {
    for key in changes.gone {
        shown.remove(&key);
    }
    for view in changes.changed {
        shown.insert(view.key.clone(), view);
    }
}

fn compare(session: &Session, shown: &BTreeMap<String, View>, step: &Step, blanks: Blanks) -> Vec<String> {
    let mut failures = Vec::new();
    let by_reference: BTreeMap<String, &View> = shown
        .iter()
        .filter_map(|(key, view)| Some((session.reference(key)?, view)))
        .collect();
    for expected in &step.set {
        let reference = expected.get("ref").and_then(Json::as_str).unwrap_or_default();
        match by_reference.get(reference) {
            None => failures.push(format!("{reference} is not shown")),
            Some(view) => failures.extend(differences(reference, expected, view, blanks)),
        }
    }
    let still = step
        .gone
        .iter()
        .filter(|reference| by_reference.contains_key(*reference));
    failures.extend(still.map(|reference| format!("{reference} is still shown")));
    if let Some(expected) = &step.xml {
        let got = session.submission();
        if !matches(expected, &got) {
            failures.push(format!("xml {got} instead of {expected}"));
        }
    }
    failures
}

fn differences(reference: &str, expected: &Json, view: &View, blanks: Blanks) -> Vec<String> {
    let choices = view.choices.as_ref().map(|choices| {
        let pairs = choices
            .iter()
            .map(|choice| Json::from(vec![choice.value.clone(), read(&choice.label, &choice.media)]));
        Json::from(pairs.collect::<Vec<_>>())
    });
    let facts: [(&str, Json); 10] = [
        ("kind", kind(view.kind).into()),
        ("relevant", view.relevant.into()),
        ("readonly", view.readonly.into()),
        ("required", view.required.into()),
        ("constraint_ok", view.constraint_ok.into()),
        ("required_ok", view.required_ok.into()),
        ("value", view.value.clone().into()),
        ("message", view.message.clone().into()),
        (
            "label",
            view.label.as_ref().map(|label| read(label, &view.media)).into(),
        ),
        ("options", choices.into()),
    ];
    let differs = |(name, got): (&str, Json)| {
        let mut expected = expected.get(name)?.clone();
        let mut got = got;
        if blanks == Blanks::Collapsed {
            collapse(name, &mut expected);
            collapse(name, &mut got);
        }
        let is_same = match (&expected, &got) {
            (Json::String(expected), Json::String(got)) => matches(expected, got),
            (expected, got) => expected == got,
        };
        (!is_same).then(|| format!("{reference} {name} {got} instead of {expected}"))
    };
    facts.into_iter().filter_map(differs).collect()
}

/// A text as the recordings have it: their engine knows image, audio and video, and takes a big image's address for words.
fn read(label: &str, media: &[Media]) -> String {
    let large = media.iter().find(|media| media.kind == MediaKind::BigImage);
    format!("{label}{}", large.map_or("", |large| &large.uri))
}

/// Makes runs of blanks in what people read one blank, and takes those at the ends away.
fn collapse(fact: &str, value: &mut Json) {
    match (fact, value) {
        ("label" | "message", Json::String(text)) => *text = collapsed(text),
        ("options", Json::Array(choices)) => {
            for choice in choices {
                if let Some(Json::String(label)) = choice.get_mut(1) {
                    *label = collapsed(label);
                }
            }
        }
        _ => {}
    }
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `*` in what is expected stands for anything.
fn matches(expected: &str, got: &str) -> bool {
    let mut parts = expected.split('*');
    let Some(mut rest) = parts.next().and_then(|first| got.strip_prefix(first)) else {
        return false;
    };
    let mut ends_open = false;
    for part in parts {
        ends_open = part.is_empty();
        match rest.find(part) {
            None => return false,
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
        }
    }
    ends_open || rest.is_empty()
}

fn kind(kind: ViewKind) -> &'static str {
    match kind {
        ViewKind::ModelValue => "model-value",
        ViewKind::Input => "input",
        ViewKind::Note => "note",
        ViewKind::Select => "select",
        ViewKind::Rank => "rank",
        ViewKind::Trigger => "trigger",
        ViewKind::Range => "range",
        ViewKind::Upload => "upload",
        ViewKind::Group => "group",
        ViewKind::OpenRepeat => "repeat-range:uncontrolled",
        ViewKind::CountedRepeat => "repeat-range:controlled",
        ViewKind::Instance => "repeat-instance",
    }
}
