//! `phone outbox`, `problems`, `wipe`.

use hudang_device::Retention;
use hudang_evidence::time::WallTime;
use serde::Serialize;

use crate::args::By;
use crate::error::Failure;
use crate::output::Output;

use super::store::Store;

#[derive(Serialize)]
struct Row {
    key: u64,
    visit: Option<String>,
    /// Why the server did not take it.
    refusal: Option<String>,
    /// The refused row that it waits for.
    waits_for: Option<u64>,
}

#[derive(Serialize)]
struct Problem {
    code: String,
    subject: String,
    at: WallTime,
}

#[derive(Serialize)]
struct Wiped {
    /// The entry that says so; absent where nothing could go.
    entry: Option<String>,
    blobs: Vec<String>,
}

pub(crate) fn list(store: &Store, output: &Output) -> Result<(), Failure> {
    let rows: Vec<Row> = store
        .device
        .outbox()?
        .into_iter()
        .map(|row| Row {
            key: row.key.0,
            visit: row.visit.map(|visit| visit.to_string()),
            refusal: row.refusal,
            waits_for: row.waits_for.map(|key| key.0),
        })
        .collect();
    output.result(&rows, |rows| {
        let heads = [
            ("序号", "row"),
            ("入户", "visit"),
            ("退回原因", "refusal"),
            ("等待", "waits for"),
        ];
        let row = |one: &Row| {
            vec![
                one.key.to_string(),
                one.visit.clone().unwrap_or_default(),
                one.refusal.clone().unwrap_or_default(),
                one.waits_for.map(|key| key.to_string()).unwrap_or_default(),
            ]
        };
        output.table(&heads, rows.iter().map(row));
    })
}

pub(crate) fn problems(store: &Store, output: &Output) -> Result<(), Failure> {
    let problems: Vec<Problem> = store
        .device
        .problems()?
        .into_iter()
        .map(|problem| Problem {
            code: problem.code,
            subject: problem.subject,
            at: WallTime::from_ms_clamped(problem.at_ms),
        })
        .collect();
    output.result(&problems, |problems| {
        let heads = [("时间", "time"), ("代码", "code"), ("对象", "about")];
        let row = |one: &Problem| vec![one.at.to_string(), one.code.clone(), one.subject.clone()];
        output.table(&heads, problems.iter().map(row));
    })
}

pub(crate) fn wipe(
    store: &mut Store,
    keep_days: u32,
    reason: &str,
    by: &By,
    output: &Output,
) -> Result<(), Failure> {
    let person = store.signer(by)?;
    let wiped = store.device.wipe(&person, Retention { keep_days }, reason)?;
    let wiped = Wiped {
        entry: wiped.as_ref().map(|wiped| wiped.entry.to_string()),
        blobs: wiped
            .iter()
            .flat_map(|wiped| &wiped.blobs)
            .map(ToString::to_string)
            .collect(),
    };
    output.result(&wiped, |wiped| {
        println!(
            "{} {}",
            output.say("已清除原件", "originals deleted"),
            wiped.blobs.len()
        );
    })
}
