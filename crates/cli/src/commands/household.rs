//! `hudang household export`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use hudang_archive::{BlobFile, VisitFile};
use hudang_dossier::{DossierError, Household as Dossier, Original, Return, Visit};
use hudang_evidence::body::{Body, SignedBy};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::BlobHash;
use hudang_evidence::note::VerifierKey;
use hudang_evidence::seal::Seal;
use hudang_evidence::snapshot::{Disclosure, Revealed, Snapshot};
use hudang_evidence::verify::{HeldBlob, Weight};
use hudang_visit::Language;
use serde::Serialize;

use crate::args::{Household, HouseholdAct};
use crate::commands::open;
use crate::commands::source::{Kept, Source};
use crate::commands::visit::Found;
use crate::error::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Exported {
    dir: String,
    files: usize,
    visits: usize,
    /// What does not hold together, by visit.
    broken: BTreeMap<String, Vec<Found>>,
    /// The keys that the receipts were checked with.
    receipt_keys: BTreeSet<String>,
}

pub(crate) fn run(command: &Household, output: &Output) -> Result<(), Failure> {
    let archive = open(&command.archive.dir)?;
    export(&Source::Directory(&archive), &command.act, output)
}

/// Writes a household's file, wherever it is kept, and checks all that it rests on by itself.
pub(super) fn export(source: &Source<'_>, act: &HouseholdAct, output: &Output) -> Result<(), Failure> {
    let HouseholdAct::Export { code, dir } = act;
    let (household, kept) = source.household(code)?;
    let dossier = Dossier {
        code: household.code,
        address: household.address,
        head: household.head,
        visits: kept
            .iter()
            .map(|kept| visit(&kept.file))
            .collect::<Result<_, _>>()?,
    };
    let originals = kept.iter().map(|kept| kept.held().count() as u64).sum();
    let bar = output.progress(originals);
    let original = |name: &str| {
        bar.inc(1);
        source.original(&name.parse().map_err(io::Error::other)?)
    };
    let files = hudang_dossier::write(&dossier, dir, &original).map_err(|error| unwritten(&error))?;
    bar.finish_and_clear();
    let exported = Exported {
        dir: dir.display().to_string(),
        files,
        visits: dossier.visits.len(),
        broken: broken(&kept)?,
        receipt_keys: kept.iter().map(|kept| kept.receipt_key().to_string()).collect(),
    };
    output.result(&exported, |exported| {
        println!(
            "{} ({} {})",
            exported.dir,
            exported.files,
            output.say("个文件", "files")
        );
        let row = |(visit, one): (&String, &Found)| {
            let text = output.say(one.zh, one.en);
            vec![
                visit.clone(),
                one.code.to_owned(),
                text.to_owned(),
                one.subject.clone(),
            ]
        };
        let found = exported.broken.iter();
        let mut found = found
            .flat_map(|(visit, found)| found.iter().map(move |one| (visit, one)))
            .peekable();
        if found.peek().is_some() {
            output.table(
                &[
                    ("入户", "visit"),
                    ("代码", "code"),
                    ("说明", "what it means"),
                    ("对象", "about"),
                ],
                found.map(row),
            );
        }
    })?;
    if exported.broken.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        "HOUSEHOLD-BROKEN",
        "户档已写出，但其中有证据不成立，见上。请勿据此计数，并联系系统管理员。",
        "The file is written, but evidence in it does not hold; see above. Do not count on it; speak to the administrator.",
    )
    .found())
}

/// What of the evidence contradicts itself. What is still to come stands against no export.
fn broken(kept: &[Kept]) -> Result<BTreeMap<String, Vec<Found>>, Failure> {
    let mut broken = BTreeMap::new();
    for kept in kept {
        // The export was written: every original had the hash and the size under which it is kept.
        let as_written = |(blob, bytes): (&BlobFile, u64)| {
            let sha256 = blob.hash;
            (sha256, HeldBlob { sha256, bytes })
        };
        let report = kept.verify(&kept.held().map(as_written).collect())?;
        let found = report.findings.iter();
        let found: Vec<Found> = found
            .filter(|one| one.code.weight() == Weight::Broken)
            .map(Found::of)
            .collect();
        if !found.is_empty() {
            broken.insert(kept.file.row.visit.to_string(), found);
        }
    }
    Ok(broken)
}

fn unwritten(error: &DossierError) -> Failure {
    let code = error.code();
    match error {
        DossierError::NotEmpty(dir) => {
            let dir = dir.display();
            Failure::new(
                code,
                format!("目录 {dir} 不为空，请换一个目录。"),
                format!("{dir} is not empty; name another directory."),
            )
        }
        DossierError::Io(error) => Failure::new(
            code,
            "写出失败，没有留下文件。请检查磁盘和网络后重试。",
            "It could not be written, and nothing was left. Check the disk and the network and try again.",
        )
        .because(error),
        DossierError::Altered(name) => Failure::new(
            code,
            format!("原件 {name} 与其编号不符，未导出。请系统管理员运行 hudang archive check。"),
            format!("The original {name} is not what its name says; nothing was exported. Run hudang archive check."),
        )
        .found(),
    }
}

fn visit(file: &VisitFile) -> Result<Visit, Failure> {
    let row = &file.row;
    let place = row.place()?;
    let revealed = answers(file);
    let mut keys = Vec::new();
    for device in &file.devices {
        if let Ok(key) = VerifierKey::device(&device.public) {
            keys.push((key.to_string(), device.person.to_string()));
        }
    }
    Ok(Visit {
        id: row.visit.to_string(),
        contract: row.contract.to_string(),
        state: place.state.label(Language::Zh).to_owned(),
        reasons: place
            .reason
            .iter()
            .map(|reason| reason.label(Language::Zh).to_owned())
            .collect(),
        outcome: row.outcome.clone(),
        opened: row.opened.to_string(),
        answers: revealed.answers,
        withheld: revealed.withheld,
        findings: file.findings.clone(),
        returns: file.returns.iter().map(returned).collect(),
        entries: file.entries.iter().map(|note| note.bytes.clone()).collect(),
        seals: file.seals.iter().map(|note| note.bytes.clone()).collect(),
        receipts: file.receipts.iter().map(|(_, note)| note.bytes.clone()).collect(),
        snapshots: file
            .snapshots
            .iter()
            .map(|one| (one.bytes.clone(), one.disclosures.clone()))
            .collect(),
        keys,
        originals: originals(file),
    })
}

/// A return as it is read: what each comment is about goes before what it says.
fn returned(one: &hudang_archive::Return) -> Return {
    let comment = |one: &hudang_archive::Comment| match one.at.rsplit_once(':') {
        Some((_, about)) => format!("{about}：{}", one.text),
        None => one.text.clone(),
    };
    Return {
        heading: format!("{} {}", one.at, one.by),
        comments: one.comments.iter().map(comment).collect(),
    }
}

/// The answers of the governing seal's snapshot.
fn answers(file: &VisitFile) -> Revealed {
    let sealed = file.seals.iter().filter_map(|note| Seal::parse(&note.bytes).ok());
    let governing = sealed.into_iter().find(|seal| Some(seal.id()) == file.row.seal);
    let wanted = governing.and_then(|seal| seal.body().snapshot);
    let kept = file.snapshots.iter().find(|one| Some(one.hash) == wanted);
    let revealed = kept.and_then(|one| {
        let disclosures: Option<Vec<Disclosure>> = one
            .disclosures
            .iter()
            .map(|text| Disclosure::parse(text).ok())
            .collect();
        Snapshot::parse(&one.bytes).ok()?.reveal(&disclosures?).ok()
    });
    revealed.unwrap_or_default()
}

/// The originals with what their entries say they are for.
fn originals(file: &VisitFile) -> Vec<Original> {
    let mut told: BTreeMap<BlobHash, (String, String)> = BTreeMap::new();
    for entry in file
        .entries
        .iter()
        .filter_map(|note| Entry::parse(&note.bytes).ok())
    {
        let purpose = match entry.body() {
            Body::Photo(photo) => photo.purpose.clone(),
            Body::Audio(audio) => audio.purpose.clone(),
            Body::Doc(doc) => doc.purpose.clone(),
            Body::Drawing(_) => "照片上的标注".to_owned(),
            Body::Sign(sign) => {
                let hand = match sign.by {
                    None => "签名",
                    Some(SignedBy::Thumbprint) => "手印",
                    Some(SignedBy::Proxy(_)) => "代签",
                };
                hand.to_owned()
            }
            _ => continue,
        };
        if let (Some((blob, _)), Some(mime)) = (entry.body().blob(), entry.body().media_type()) {
            told.insert(blob, (purpose, mime.to_owned()));
        }
    }
    let original = |blob: &BlobFile| {
        let (purpose, mime) = told.get(&blob.hash).cloned().unwrap_or_default();
        Original {
            sha256: blob.hash.to_string(),
            purpose,
            mime,
            held_bytes: blob.held_bytes,
        }
    };
    file.blobs.iter().map(original).collect()
}
