//! The largest form of the corpus is opened and answered as its recorded session says, beside ODK's own engine for
//! browsers (`@getodk/xforms-engine`) with the same form and the same answers. That engine is installed with npm into
//! `target/bench-peer` and runs in node, each side within one process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use hudang_form::form::{Attachments, Form};
use hudang_form::session::{Environment, Session};
use serde_json::Value as Json;

use crate::Row;
use crate::peer;

/// Where the corpus lies unless it is absent; then there is nothing to measure with.
const SESSIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/forms/session.jsonl"
);
const OPENS: usize = 200;
/// Seconds each, there.
const OPENS_BESIDE: usize = 20;
const WARM_UP: usize = 3;
/// What each side must be faster by.
const TIMES: f64 = 20.0;
/// No answer of the session may take longer.
const WORST_MS: f64 = 5.0;

/// A form with the answers of its session.
struct Recorded {
    /// The line of the corpus.
    line: String,
    xform: String,
    /// References and values.
    answers: Vec<(String, String)>,
}

#[derive(serde::Deserialize)]
struct Beside {
    open_ms: f64,
    answer_ms: f64,
}

pub(crate) fn run() -> Vec<Row> {
    let Some(recorded) = largest() else {
        eprintln!("engine: skipped, because there is no {SESSIONS}");
        return Vec::new();
    };
    let Some(beside) = measured_beside(&recorded) else {
        eprintln!("engine: skipped, because npm, its registry or node is missing, or the engine failed");
        return Vec::new();
    };
    let mut opened = Vec::new();
    let mut answered: Vec<Vec<f64>> = vec![Vec::new(); recorded.answers.len()];
    for round in 0..WARM_UP + OPENS {
        let begun = Instant::now();
        let form = Form::from_xform(&recorded.xform, &Attachments::none()).unwrap();
        let (mut session, first) = Session::open(Arc::new(form), morning(), None);
        let took_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        assert!(!first.changed.is_empty());
        if round >= WARM_UP {
            opened.push(took_ms);
        }
        for ((reference, value), times) in recorded.answers.iter().zip(&mut answered) {
            let key = session.key_at(reference).unwrap();
            let begun = Instant::now();
            let changes = session.set(&key, value).unwrap();
            let took_ms = begun.elapsed().as_secs_f64() * 1_000.0;
            drop(changes);
            if round >= WARM_UP {
                times.push(took_ms);
            }
        }
    }
    let open_ms = mean(opened.iter());
    let answer_ms = mean(answered.iter().flatten());
    // The slowest answer, not the slowest moment of the machine: of each answer its median.
    let worst_ms = answered
        .into_iter()
        .map(|times| crate::percentile::percentile(times, 50))
        .fold(0.0, f64::max);
    let beside_row = |id, what: &str, ours: f64, beside: f64| Row {
        id,
        what: format!("{what}, mean, beside @getodk/xforms-engine (times faster)"),
        ours,
        beside,
        unit: "ms",
        ratio: beside / ours,
        goal: format!("≥ {TIMES}"),
        met: beside / ours >= TIMES,
    };
    vec![
        beside_row(
            "open-form",
            "the WHO verbal autopsy, from text to its first state",
            open_ms,
            beside.open_ms,
        ),
        beside_row(
            "answer-form",
            "one answer of its recorded session",
            answer_ms,
            beside.answer_ms,
        ),
        Row {
            id: "answer-form-worst",
            what: "the slowest answer of that session".to_owned(),
            ours: worst_ms,
            beside: WORST_MS,
            unit: "ms",
            ratio: worst_ms / WORST_MS,
            goal: format!("≤ {WORST_MS} ms"),
            met: worst_ms <= WORST_MS,
        },
    ]
}

/// When what is measured happens.
pub(crate) fn morning() -> Environment {
    Environment::new(
        chrono::DateTime::parse_from_rfc3339("2026-11-24T09:00:00+08:00").unwrap(),
        1,
    )
}

/// Of the sessions with the largest form the longest one.
fn largest() -> Option<Recorded> {
    let text = std::fs::read_to_string(SESSIONS).ok()?;
    let lines = text.lines().skip(1).map(|line| {
        let case: Json = serde_json::from_str(line).unwrap();
        let sizes = (
            case["form"].as_str().unwrap().len(),
            case["steps"].as_array().unwrap().len(),
        );
        (sizes, line, case)
    });
    let (_, line, case) = lines.max_by_key(|(sizes, ..)| *sizes)?;
    let answer = |step: &Json| {
        let text = |name: &str| Some(step["op"].get(name)?.as_str()?.to_owned());
        (step["op"]["op"] == "set").then(|| Some((text("ref")?, text("value")?)))?
    };
    Some(Recorded {
        line: line.to_owned(),
        xform: case["form"].as_str()?.to_owned(),
        answers: case["steps"].as_array()?.iter().filter_map(answer).collect(),
    })
}

fn measured_beside(recorded: &Recorded) -> Option<Beside> {
    let place: PathBuf = peer::installed()?;
    let folder = tempfile::tempdir().unwrap();
    let case: &Path = &folder.path().join("case.json");
    std::fs::write(case, &recorded.line).unwrap();
    let output = Command::new("node")
        .arg("session.mjs")
        .arg(case)
        .args([OPENS_BESIDE, WARM_UP].map(|number| number.to_string()))
        .current_dir(place)
        .stderr(Stdio::inherit())
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

fn mean<'a>(times: impl Iterator<Item = &'a f64>) -> f64 {
    let (count, sum) = times.fold((0.0, 0.0), |(count, sum), time| (count + 1.0, sum + time));
    sum / count
}
