//! `phone assess`, `seal`, `status`.

use std::path::Path;

use hudang_device::{IfIncomplete, VisitSigner};
use hudang_evidence::id::PersonId;
use hudang_evidence::seal::Outcome;
use hudang_evidence::verify::Stale;
use hudang_visit::Language;
use hudang_visit::assess::{Assessment, Missing, Waived};
use serde::Serialize;

use crate::error::Failure;
use crate::output::Output;

use super::name;
use super::store::Store;

#[derive(Serialize)]
struct Assessed {
    visit: String,
    outcome: Outcome,
    complete: bool,
    missing: Vec<Lack>,
    waived: Vec<Waived>,
}

#[derive(Serialize)]
struct Lack {
    #[serde(flatten)]
    missing: Missing,
    zh: String,
    en: String,
}

#[derive(Serialize)]
struct Sealed {
    visit: String,
    seal: String,
    /// Assigned persons whose chains were not on the phone.
    missing: Vec<String>,
    complete: bool,
    lacks: Vec<Lack>,
    /// People who have to sign anew, because what they signed has changed.
    stale: Vec<String>,
}

#[derive(Serialize)]
struct Signer {
    person: String,
    opened: bool,
    traced: bool,
    signed: bool,
    /// Why the signature does not stand any more.
    stale: Option<&'static str>,
    zh: Option<&'static str>,
    en: Option<&'static str>,
}

#[derive(Serialize)]
struct Status {
    visit: String,
    drafts: usize,
    people: Vec<String>,
    signers: Vec<Signer>,
    waiting: u64,
    refused: u64,
    blobs_waiting: u64,
    seal: Option<String>,
    received: bool,
}

fn lacks(assessment: &Assessment) -> Vec<Lack> {
    let lack = |missing: &Missing| Lack {
        missing: missing.clone(),
        zh: missing.message(Language::Zh),
        en: missing.message(Language::En),
    };
    assessment.missing.iter().map(lack).collect()
}

fn print_lacks(lacks: &[Lack], output: &Output) {
    for lack in lacks {
        println!("- {} {}", lack.missing.code, output.say(&lack.zh, &lack.en));
    }
}

/// What is missing is an answer and no error: the exit code is 0 either way.
pub(crate) fn assess(store: &Store, visit: &str, output: &Output) -> Result<(), Failure> {
    let visit = name::visit(&store.device, visit)?;
    let assessment = store.device.missing(visit)?;
    let assessed = Assessed {
        visit: visit.to_string(),
        outcome: assessment.outcome,
        complete: assessment.is_complete(),
        missing: lacks(&assessment),
        waived: assessment.waived,
    };
    output.result(&assessed, |assessed| {
        if assessed.complete {
            println!("{}", output.say("完整", "complete"));
        } else {
            println!("{}", output.say("还缺：", "missing:"));
        }
        print_lacks(&assessed.missing, output);
        for waived in &assessed.waived {
            println!(
                "{} {} {}",
                output.say("免留痕", "waived"),
                waived.requirement,
                waived.reason
            );
        }
    })
}

pub(crate) fn seal(
    store: &mut Store,
    visit: &str,
    people: &[String],
    even_if_incomplete: bool,
    output: &Output,
) -> Result<(), Failure> {
    let visit = name::visit(&store.device, visit)?;
    let people: Vec<PersonId> = people
        .iter()
        .map(|person| name::person(person))
        .collect::<Result<_, _>>()?;
    for person in &people {
        store.unlock(person)?;
    }
    let incomplete = if even_if_incomplete {
        IfIncomplete::Seal
    } else {
        IfIncomplete::Refuse
    };
    let sealed = store.device.seal(visit, &people, incomplete)?;
    let sealed = Sealed {
        visit: visit.to_string(),
        seal: sealed.id.to_string(),
        missing: sealed.missing.iter().map(ToString::to_string).collect(),
        complete: sealed.assessment.is_complete(),
        lacks: lacks(&sealed.assessment),
        stale: sealed.stale.iter().map(ToString::to_string).collect(),
    };
    output.result(&sealed, |sealed| {
        println!("{} {}", output.say("已封存", "sealed"), sealed.seal);
        for person in &sealed.missing {
            println!(
                "{} {person}",
                output.say("待搭档手机的证据：", "still expected from the partner's phone:")
            );
        }
        for person in &sealed.stale {
            let text = output.say(
                "所签内容已变，须重新签名：",
                "has to sign anew, as what was signed has changed:",
            );
            println!("{text} {person}");
        }
        print_lacks(&sealed.lacks, output);
    })
}

impl Signer {
    fn of(signer: &VisitSigner) -> Self {
        Self {
            person: signer.person.to_string(),
            opened: signer.opened,
            traced: signer.traced,
            signed: signer.signed,
            stale: signer.stale.map(Stale::as_str),
            zh: signer.stale.map(Stale::zh),
            en: signer.stale.map(Stale::en),
        }
    }

    fn print(&self, output: &Output) {
        let words = [
            (self.opened, "已开始", "opened"),
            (self.traced, "有本人留痕", "own trace"),
            (self.signed, "已签名", "signed"),
        ];
        let mut words: Vec<&str> = words
            .into_iter()
            .filter(|(holds, ..)| *holds)
            .map(|(_, zh, en)| output.say(zh, en))
            .collect();
        if let (Some(zh), Some(en)) = (self.zh, self.en) {
            words.push(output.say(zh, en));
        }
        println!("- {} {}", self.person, words.join(output.say("，", ", ")));
    }
}

pub(crate) fn status(store: &Store, visit: &str, output: &Output) -> Result<(), Failure> {
    let visit = name::visit(&store.device, visit)?;
    let status = store.device.status(visit)?;
    let signers = store.device.visit_signers(visit)?;
    let status = Status {
        visit: visit.to_string(),
        drafts: status.drafts,
        people: status.people.iter().map(ToString::to_string).collect(),
        signers: signers.iter().map(Signer::of).collect(),
        waiting: status.waiting,
        refused: status.refused,
        blobs_waiting: status.blobs_waiting,
        seal: status.seal.map(|seal| seal.to_string()),
        received: status.received,
    };
    output.result(&status, |status| {
        let line = |zh, en, text: &dyn core::fmt::Display| println!("{}: {text}", output.say(zh, en));
        line("入户", "visit", &status.visit);
        line("人员", "people", &status.people.join(" "));
        line("正在填写", "being typed", &status.drafts);
        line("封存", "seal", &status.seal.as_deref().unwrap_or("-"));
        for signer in &status.signers {
            signer.print(output);
        }
        line("待发送", "waiting to be sent", &status.waiting);
        line("被退回", "refused", &status.refused);
        line("待发送原件", "originals waiting", &status.blobs_waiting);
        line("已有回执", "received", &output.yes_no(status.received));
    })
}

/// Writes the last receipt of a visit to a file.
pub(crate) fn receipt(store: &Store, visit: &str, out: &Path, output: &Output) -> Result<(), Failure> {
    let visit = name::visit(&store.device, visit)?;
    let note = store.device.last_receipt(visit)?.ok_or_else(|| {
        Failure::new(
            "PHONE-NO-RECEIPT",
            "服务器还没有给过这次入户的回执，请先同步。",
            "The server has given no receipt for this visit yet; sync first.",
        )
    })?;
    std::fs::write(out, note).map_err(|error| Failure::file(out, &error))?;
    output.result(
        &Written {
            receipt: out.display().to_string(),
        },
        |written| println!("{}", written.receipt),
    )
}

#[derive(Serialize)]
struct Written {
    receipt: String,
}
