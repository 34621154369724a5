//! `hudang visit show|verify`.

use std::collections::BTreeMap;

use hudang_archive::{Archive, VisitFile, VisitRow};
use hudang_evidence::id::{BlobHash, Sha256};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::verify::{self, Enrolled, HeldBlob, Keyring, Report};
use hudang_visit::Language;
use hudang_visit::assess::Missing;
use serde::Serialize;

use crate::args::{Visit, VisitAct};
use crate::commands::{open, visit_id};
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
}

#[derive(Serialize)]
struct Verified {
    countable: bool,
    entries: usize,
    signers: Vec<String>,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    code: &'static str,
    subject: String,
    zh: &'static str,
    en: &'static str,
}

pub(crate) fn run(command: &Visit, output: &Output) -> Result<(), Failure> {
    let archive = open(&command.archive.dir)?;
    match &command.act {
        VisitAct::Show { id } => {
            let file = archive.visit_file(visit_id(id)?)?;
            let shown = Shown {
                entries: file.entries.len(),
                seals: file.seals.len(),
                receipts: file.receipts.len(),
                originals: file.blobs.len(),
                originals_held: file.blobs.iter().filter(|blob| blob.held_bytes.is_some()).count(),
                findings: file.findings,
                row: file.row,
            };
            output.result(&shown, show)
        }
        VisitAct::Verify { id } => {
            let report = verified(&archive, &archive.visit_file(visit_id(id)?)?)?;
            let result = Verified {
                countable: report.is_countable(),
                entries: report.entries,
                signers: report.signers.iter().map(ToString::to_string).collect(),
                findings: report.findings.iter().map(found).collect(),
            };
            output.result(&result, |result| {
                let row = |one: &Found| {
                    let text = if output.language == Language::Zh {
                        one.zh
                    } else {
                        one.en
                    };
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
    }
}

fn found(finding: &verify::Finding) -> Found {
    let code = finding.code;
    Found {
        code: code.as_str(),
        subject: finding.subject.clone(),
        zh: code.zh(),
        en: code.en(),
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
}

/// What the standard and the form ask for and is missing.
fn missing(standing: &serde_json::Value) -> Vec<Missing> {
    let missing = standing.get("missing").cloned().unwrap_or_default();
    serde_json::from_value(missing).unwrap_or_default()
}

/// Verifies what the archive holds of a visit, with the originals hashed from disk.
fn verified(archive: &Archive, file: &VisitFile) -> Result<Report, Failure> {
    let mut keys = Keyring::new();
    for device in &file.devices {
        let key = VerifierKey::device(&device.public).map_err(|error| {
            Failure::new("KEY-DAMAGED", "登记的密钥已损坏。", "An enrolled key is damaged.").because(&error)
        })?;
        keys.insert(
            device.id,
            Enrolled {
                key,
                person: device.person.clone(),
            },
        );
    }
    let mut blobs = BTreeMap::new();
    for blob in file.blobs.iter().filter(|blob| blob.held_bytes.is_some()) {
        let (mut content, _) = archive.open_blob(&blob.hash)?;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut content, &mut bytes)
            .map_err(|error| Failure::file(std::path::Path::new(&blob.hash.to_string()), &error))?;
        let sha256 = BlobHash(Sha256::of(&bytes));
        blobs.insert(
            blob.hash,
            HeldBlob {
                sha256,
                bytes: bytes.len() as u64,
            },
        );
    }
    // Chains in their own order: the journal's order mixes them but keeps each.
    let entries: Vec<&[u8]> = file.entries.iter().map(|note| note.bytes.as_slice()).collect();
    let seals: Vec<&[u8]> = file.seals.iter().map(|note| note.bytes.as_slice()).collect();
    let receipts: Vec<&[u8]> = file
        .receipts
        .iter()
        .map(|(_, note)| note.bytes.as_slice())
        .collect();
    Ok(verify::verify_visit(&verify::Held {
        visit: file.row.visit,
        entries: &entries,
        seals: &seals,
        receipts: &receipts,
        blobs: &blobs,
        keys: &keys,
        server: Some(&archive.receipt_key()),
    }))
}
