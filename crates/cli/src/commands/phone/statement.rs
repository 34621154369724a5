//! `phone consent`, `position`, `note`, `waive`, `witness`, `withdraw`, `entries`.

use hudang_device::{Correction, Waive, Withdrawal};
use hudang_evidence::body::{Body, Coordinates, Position};
use hudang_evidence::entry::Entry;
use hudang_evidence::time::WallTime;
use serde::Serialize;

use crate::args::PhoneAct;
use crate::error::Failure;
use crate::output::Output;

use super::store::Store;
use super::{answer, name, saved, stated};

#[derive(Serialize)]
struct Listed {
    entry: String,
    kind: &'static str,
    person: Option<String>,
    seq: u64,
    wall: WallTime,
    /// What it is about: a purpose, a requirement, an entry, a page.
    about: Option<String>,
    /// The original that it brings.
    sha256: Option<String>,
}

pub(crate) fn run(store: &mut Store, act: PhoneAct, output: &Output) -> Result<(), Failure> {
    match act {
        PhoneAct::Consent {
            visit,
            to,
            refused,
            by,
        } => {
            let to = name::word("同意事项", "what is agreed to", &to)?;
            let (person, visit) = (store.signer(&by)?, name::visit(&store.device, &visit)?);
            stated(output, store.device.consent(&person, visit, to, !refused)?)
        }
        PhoneAct::Position {
            visit,
            lat,
            lon,
            accuracy_cm,
            mock,
            by,
        } => {
            let at = Coordinates {
                lat_e7: name::degrees_e7(&lat, 90)?,
                lon_e7: name::degrees_e7(&lon, 180)?,
            };
            let position = Position {
                at,
                accuracy_cm,
                mock,
                fix: None,
            };
            let (person, visit) = (store.signer(&by)?, name::visit(&store.device, &visit)?);
            stated(output, store.device.position(&person, visit, position)?)
        }
        PhoneAct::Note { visit, text, by } => {
            let (person, visit) = (store.signer(&by)?, name::visit(&store.device, &visit)?);
            stated(output, store.device.note(&person, visit, &text)?)
        }
        PhoneAct::Waive {
            visit,
            requirement,
            reason,
            text,
            by,
        } => {
            let (person, visit) = (store.signer(&by)?, name::visit(&store.device, &visit)?);
            let waive = Waive {
                requirement,
                reason,
                text,
            };
            stated(output, store.device.waive(&person, visit, &waive)?)
        }
        PhoneAct::Witness { visit, entry, by } => {
            let visit = name::visit(&store.device, &visit)?;
            let of = name::entry(&store.device, visit, &entry)?;
            let person = store.signer(&by)?;
            stated(output, store.device.witness(&person, visit, of)?)
        }
        PhoneAct::Withdraw {
            visit,
            entry,
            reason,
            amend,
            text,
            by,
        } => {
            let visit = name::visit(&store.device, &visit)?;
            let withdrawal = Withdrawal {
                of: name::entry(&store.device, visit, &entry)?,
                correction: if amend {
                    Correction::Replaced
                } else {
                    Correction::Withdrawn
                },
                reason,
                text,
            };
            let person = store.signer(&by)?;
            stated(output, store.device.withdraw(&person, visit, &withdrawal)?)
        }
        PhoneAct::Void {
            visit,
            reason,
            text,
            back,
            by,
        } => {
            let (person, visit) = (store.signer(&by)?, name::visit(&store.device, &visit)?);
            if back {
                store.device.unvoid(&person, visit)?;
                return saved(output);
            }
            let entry = store.device.void(&person, visit, &reason, text.as_deref())?;
            stated(output, entry)
        }
        PhoneAct::Entries { visit } => list(store, &visit, output),
        _ => Ok(()),
    }
}

fn list(store: &Store, visit: &str, output: &Output) -> Result<(), Failure> {
    let visit = name::visit(&store.device, visit)?;
    let people = answer::people(&store.device, visit)?;
    let listed: Vec<Listed> = name::entries(&store.device, visit)?
        .iter()
        .map(|entry| Listed {
            entry: entry.id().to_string(),
            kind: entry.body().kind(),
            person: people.get(&entry.header().dev).cloned(),
            seq: entry.header().seq,
            wall: entry.header().wall,
            about: about(entry),
            sha256: entry.body().blob().map(|(hash, _)| hash.to_string()),
        })
        .collect();
    output.result(&listed, |listed| {
        let heads = [
            ("时间", "time"),
            ("人员", "person"),
            ("条目", "kind"),
            ("内容", "about"),
            ("编号", "entry"),
        ];
        let row = |one: &Listed| {
            vec![
                one.wall.to_string(),
                one.person.clone().unwrap_or_default(),
                one.kind.to_owned(),
                one.about.clone().unwrap_or_default(),
                one.entry.clone(),
            ]
        };
        output.table(&heads, listed.iter().map(row));
    })
}

fn about(entry: &Entry) -> Option<String> {
    match entry.body() {
        Body::Photo(photo) => Some(photo.purpose.clone()),
        Body::Audio(audio) => Some(audio.purpose.clone()),
        Body::Doc(doc) => Some(doc.purpose.clone()),
        Body::Waiver(waiver) => Some(waiver.requirement.clone()),
        Body::Drawing(drawing) => Some(drawing.of.to_string()),
        Body::Witness(witness) => Some(witness.of.to_string()),
        Body::Amend(amend) => Some(amend.of.to_string()),
        Body::Form(form) => form.page.clone(),
        _ => None,
    }
}
