//! `hudang visit show|verify`.

use std::collections::BTreeMap;

use hudang_archive::VisitRow;
use hudang_contract::state::{Reason, State};
use hudang_evidence::id::BlobHash;
use hudang_evidence::verify::{Finding, HeldBlob, Report};
use hudang_sync_server::message::ReturnShown;
use hudang_visit::assess::Missing;
use serde::Serialize;

use crate::args::{Visit, VisitAct};
use crate::commands::source::{Kept, Source};
use crate::commands::{counts, local, open, visit_id};
use crate::error::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    row: VisitRow,
    entries: usize,
    seals: usize,
    receipts: usize,
    originals: usize,
    originals_held: usize,
    findings: Vec<(String, serde_json::Value)>,
    returns: Vec<ReturnShown>,
}

#[derive(Serialize)]
struct Verified {
    countable: bool,
    entries: usize,
    signers: Vec<String>,
    findings: Vec<Found>,
    /// The key that its receipts were checked with.
    receipt_key: String,
}

/// What verification found.
#[derive(Serialize)]
pub(super) struct Found {
    pub(super) code: &'static str,
    pub(super) subject: String,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
}

pub(crate) fn run(command: &Visit, output: &Output) -> Result<(), Failure> {
    let archive = open(&command.archive.dir)?;
    match &command.act {
        VisitAct::Show { id } => {
            let file = archive.visit_outline(&local(), visit_id(id)?)?;
            let shown = Shown {
                entries: file.entries.len(),
                seals: file.seals.len(),
                receipts: file.receipts.len(),
                originals: file.blobs.len(),
                originals_held: file.blobs.iter().filter(|blob| blob.held_bytes.is_some()).count(),
                findings: file.findings,
                returns: file.returns.into_iter().map(ReturnShown::of).collect(),
                row: file.row,
            };
            output.result(&shown, |shown| show(shown, output))
        }
        VisitAct::Verify { id } => verify(&Source::Directory(&archive), id, output),
    }
}

/// Checks a visit again, wherever it is kept, and says what was found.
pub(super) fn verify(source: &Source<'_>, id: &str, output: &Output) -> Result<(), Failure> {
    let kept = source.visit(visit_id(id)?)?;
    let report = verified(source, &kept, output)?;
    let result = Verified {
        countable: report.is_countable(),
        entries: report.entries,
        signers: report.signers.iter().map(ToString::to_string).collect(),
        findings: report.findings.iter().map(Found::of).collect(),
        receipt_key: kept.receipt_key().to_string(),
    };
    output.result(&result, |result| {
        let row = |one: &Found| {
            let text = output.say(one.zh, one.en);
            vec![one.code.to_owned(), text.to_owned(), one.subject.clone()]
        };
        output.table(
            &[("代码", "code"), ("说明", "what it means"), ("对象", "about")],
            result.findings.iter().map(row),
        );
        let verdict = if result.countable {
            output.say(
                "证据完整，两名调查员已封存",
                "whole, and sealed by two investigators",
            )
        } else {
            output.say("不能计数", "cannot count")
        };
        println!("{verdict}");
    })?;
    if report.is_countable() {
        return Ok(());
    }
    Err(Failure::new(
        "VISIT-FINDINGS",
        "核验有发现，见上表。",
        "Verification found something; see above.",
    )
    .found())
}

impl Found {
    pub(super) fn of(finding: &Finding) -> Self {
        let code = finding.code;
        Self {
            code: code.as_str(),
            subject: finding.subject.clone(),
            zh: code.zh(),
            en: code.en(),
        }
    }
}

fn show(shown: &Shown, output: &Output) {
    let row = &shown.row;
    let state = counts::label(&row.state, State::label, output);
    let reason = counts::label(&row.reason, Reason::label, output);
    let kept = format!(
        "{} {}, {} {}, {} {}",
        shown.entries,
        output.say("条目", "entries"),
        shown.seals,
        output.say("封存", "seals"),
        shown.receipts,
        output.say("回执", "receipts")
    );
    let originals = format!("{} / {}", shown.originals_held, shown.originals);
    let facts = [
        (output.say("户编号", "household"), row.household_code.clone()),
        (output.say("合同", "contract"), row.contract.to_string()),
        (
            output.say("区域 / 期次", "area / period"),
            format!("{} / {}", row.area, row.period),
        ),
        (output.say("状态", "state"), format!("{state} {reason}")),
        (output.say("结果", "outcome"), row.outcome.clone()),
        (output.say("入户时间", "opened"), counts::in_shanghai(row.opened)),
        (output.say("证据", "evidence"), kept),
        (output.say("原件", "originals"), originals),
    ];
    output.table(
        &[("项", "item"), ("内容", "content")],
        facts.map(|(name, text)| vec![name.to_owned(), text]),
    );
    for missing in missing(&row.standing) {
        println!("- {} {}", missing.code, missing.message(output.language));
    }
    for (code, details) in &shown.findings {
        println!("{code} {details}");
    }
    for returned in &shown.returns {
        println!(
            "{} {} {} {} {}",
            output.say("退回", "sent back"),
            returned.at,
            returned.by,
            returned.comments,
            output.say("条", "comments")
        );
    }
}

/// What the standard and the form ask for and is missing.
fn missing(standing: &serde_json::Value) -> Vec<Missing> {
    let missing = standing.get("missing").cloned().unwrap_or_default();
    serde_json::from_value(missing).unwrap_or_default()
}

/// Verifies what is held of a visit, with the originals hashed as they are read.
fn verified(source: &Source<'_>, kept: &Kept, output: &Output) -> Result<Report, Failure> {
    let mut blobs = BTreeMap::new();
    let bar = output.progress(kept.held().count() as u64);
    for (blob, _) in kept.held() {
        let read = source
            .original(&blob.hash)
            .and_then(|mut content| hudang_dossier::copy(&mut content, &mut std::io::sink()));
        let (sha256, bytes) =
            read.map_err(|error| Failure::file(std::path::Path::new(&blob.hash.to_string()), &error))?;
        let sha256 = BlobHash(sha256);
        blobs.insert(blob.hash, HeldBlob { sha256, bytes });
        bar.inc(1);
    }
    bar.finish_and_clear();
    kept.verify(&blobs)
}
