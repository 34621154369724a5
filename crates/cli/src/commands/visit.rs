//! `hudang visit show|verify`.

use std::collections::BTreeMap;

use hudang_archive::VisitRow;
use hudang_evidence::id::BlobHash;
use hudang_evidence::verify::{Finding, HeldBlob, Report};
use hudang_sync_server::message::ReturnShown;
use hudang_visit::Language;
use hudang_visit::assess::Missing;
use serde::Serialize;

use crate::args::{Visit, VisitAct};
use crate::commands::source::{Kept, Source};
use crate::commands::{local, open, visit_id};
use crate::error::Failure;
use crate::output::{Output, table};

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
            let file = archive.visit_file(&local(), visit_id(id)?)?;
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
            output.result(&shown, show)
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
        table(&["代码", "说明", "对象"], result.findings.iter().map(row));
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

fn show(shown: &Shown) {
    let row = &shown.row;
    let facts = [
        ("户编号", row.household_code.clone()),
        ("合同", row.contract.to_string()),
        ("区域 / 期次", format!("{} / {}", row.area, row.period)),
        ("状态", format!("{} {}", row.state, row.reason)),
        ("结果", row.outcome.clone()),
        ("入户时间", row.opened.to_string()),
        (
            "证据",
            format!(
                "{} 条目，{} 封存，{} 回执",
                shown.entries, shown.seals, shown.receipts
            ),
        ),
        ("原件", format!("{} / {}", shown.originals_held, shown.originals)),
    ];
    table(
        &["项", "内容"],
        facts.map(|(name, text)| vec![name.to_owned(), text]),
    );
    for missing in missing(&row.standing) {
        println!("- {} {}", missing.code, missing.message(Language::Zh));
    }
    for (code, details) in &shown.findings {
        println!("{code} {details}");
    }
    for returned in &shown.returns {
        println!("退回 {} {} {} 条", returned.at, returned.by, returned.comments);
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
