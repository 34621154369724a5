//! `hudang household export`.

use std::collections::BTreeMap;
use std::io;

use hudang_archive::{Archive, VisitFile};
use hudang_dossier::{DossierError, Household as Dossier, Original, Visit};
use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::BlobHash;
use hudang_evidence::note::VerifierKey;
use hudang_evidence::seal::Seal;
use hudang_evidence::snapshot::{Disclosure, Revealed, Snapshot};
use hudang_visit::Language;
use serde::Serialize;

use crate::args::{Household, HouseholdAct};
use crate::commands::{counts::placed, open};
use crate::error::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Exported {
    dir: String,
    files: usize,
    visits: usize,
}

pub(crate) fn run(command: &Household, output: &Output) -> Result<(), Failure> {
    let HouseholdAct::Export { code, dir } = &command.act;
    let archive = open(&command.archive.dir)?;
    let file = archive.household_file(code)?;
    let dossier = Dossier {
        code: file.household.code,
        address: file.household.address,
        head: file.household.head,
        visits: file.visits.iter().map(visit).collect::<Result<_, _>>()?,
    };
    let files = hudang_dossier::write(&dossier, dir, &|name| original(&archive, name)).map_err(|error| {
        let code = error.code();
        match error {
            DossierError::NotEmpty(dir) => {
                let dir = dir.display();
                Failure::new(
                    code,
                    format!("目录 {dir} 不为空。"),
                    format!("{dir} is not empty."),
                )
            }
            DossierError::Io(error) => Failure::new(
                code,
                "写出失败，请检查磁盘后换一个空目录重试。",
                "It could not be written.",
            )
            .because(&error),
            DossierError::Altered(name) => Failure::new(
                code,
                format!("原件 {name} 已损坏。"),
                format!("The original {name} is damaged."),
            )
            .found(),
        }
    })?;
    let exported = Exported {
        dir: dir.display().to_string(),
        files,
        visits: dossier.visits.len(),
    };
    output.result(&exported, |exported| {
        println!(
            "{} ({} {})",
            exported.dir,
            exported.files,
            output.say("个文件", "files")
        );
    })
}

fn original(archive: &Archive, name: &str) -> io::Result<Box<dyn io::Read>> {
    let hash: BlobHash = name.parse().map_err(io::Error::other)?;
    let (file, _) = archive.open_blob(&hash).map_err(io::Error::other)?;
    Ok(Box::new(file))
}

fn visit(file: &VisitFile) -> Result<Visit, Failure> {
    let row = &file.row;
    let place = placed(&row.area, &row.period, &row.state, &row.reason)?;
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
        let (purpose, mime) = match entry.body() {
            Body::Photo(photo) => (photo.purpose.clone(), photo.mime.clone()),
            Body::Audio(audio) => (audio.purpose.clone(), audio.mime.clone()),
            Body::Doc(doc) => (doc.purpose.clone(), doc.mime.clone()),
            Body::Sign(sign) => ("签名".to_owned(), sign.mime.clone()),
            _ => continue,
        };
        if let Some((blob, _)) = entry.body().blob() {
            told.insert(blob, (purpose, mime));
        }
    }
    let original = |blob: &hudang_archive::BlobFile| {
        let (purpose, mime) = told.get(&blob.hash).cloned().unwrap_or_default();
        Original {
            sha256: blob.hash.to_string(),
            purpose,
            mime,
            held: blob.held_bytes.is_some(),
        }
    };
    file.blobs.iter().map(original).collect()
}
