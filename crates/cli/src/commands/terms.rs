//! `hudang admin contract|proposal|confirm|form|lift …`: what visits are judged by, in an archive or at a server.

use chrono::NaiveDate;
use hudang_archive::{Archive, ContractWritten, FormFile, Lift, LiftedVisits, Recount};
use hudang_contract::calendar::Span;
use hudang_contract::contract::Contract;
use hudang_contract::history::Publication;
use hudang_contract::problem::Problem;
use hudang_contract::state::Reason;
use hudang_evidence::id::FormHash;
use hudang_sync_server::message::{
    ContractWriting, Named, NewConfirmation, NewLift, NewPublication, NewTeamLift, NewWhy, PublishedForm,
};
use reqwest::Method;
use serde_json::Value;

use crate::args::{PublicationArgs, TermsAct};
use crate::commands::admin::{person_id, written};
use crate::commands::{contract_id, local, read, visit_id};
use crate::error::Failure;
use crate::output::Output;
use crate::outside;
use crate::remote::Remote;

/// Does it in an archive.
pub(super) fn run(archive: &Archive, act: TermsAct, output: &Output) -> Result<(), Failure> {
    let now = outside::now();
    match act {
        TermsAct::Contract { file, from, dry_run } => {
            let contract = contract(&read(&file)?)?;
            if dry_run {
                return recounted(&archive.recount(&local(), contract, from, now)?, output);
            }
            let name = contract.id.to_string();
            let written = archive.put_contract(&local(), contract, from, now)?;
            writing(&ContractWriting { name, written }, output)
        }
        TermsAct::Contracts => {
            let ids: Vec<String> = archive
                .contracts(&local())?
                .iter()
                .map(ToString::to_string)
                .collect();
            listed(&ids, output)
        }
        TermsAct::Proposal { contract } => {
            let found = archive.contract_proposal(&local(), &contract_id(&contract)?, now)?;
            output.result(&found, |found| shown(&found.recount, output))
        }
        TermsAct::Confirm { contract, seen } => {
            let recount = archive.confirm_contract(&local(), &contract_id(&contract)?, &seen, now)?;
            recounted(&recount, output)
        }
        TermsAct::Form { file, publication } => {
            let name = give(archive, text(read(&file)?)?, &publication)?;
            output.result(&Named { name }, |form| println!("{}", form.name))
        }
        TermsAct::Lift {
            visit,
            contract,
            people,
            from,
            to,
            reasons,
            why,
        } => {
            let of = match visit {
                Some(visit) => LiftedVisits::Visit(visit_id(&visit)?),
                None => LiftedVisits::Team {
                    contract: contract_id(&contract.unwrap_or_default())?,
                    people: people
                        .iter()
                        .map(|one| person_id(one))
                        .collect::<Result<_, _>>()?,
                    days: days(from, to)?,
                },
            };
            let reason = |word: &String| word.parse().map_err(|_| Failure::input("原因", "reason", word));
            let reasons = reasons.iter().map(reason).collect::<Result<_, Failure>>()?;
            lifted(&archive.lift(&local(), of, reasons, &why, now)?, output)
        }
        TermsAct::Lifts { contract } => lifts(&archive.lifts(&local(), &contract_id(&contract)?)?, output),
        TermsAct::RevokeLift { id, why } => {
            archive.revoke_lift(&local(), id, &why, now)?;
            written(output, 1)
        }
    }
}

/// Asks a server to do it.
pub(super) fn ask(remote: &Remote, act: TermsAct, output: &Output) -> Result<(), Failure> {
    match act {
        TermsAct::Contract { file, from, dry_run } => {
            let bytes = read(&file)?;
            let id = contract(&bytes)?.id;
            let since = from.map(|from| format!("?from={from}")).unwrap_or_default();
            if dry_run {
                let path = format!("/v1/contracts/{id}/recount{since}");
                return recounted(&remote.send_file(Method::POST, &path, bytes)?, output);
            }
            let path = format!("/v1/contracts/{id}{since}");
            writing(&remote.send_file(Method::PUT, &path, bytes)?, output)
        }
        TermsAct::Contracts => listed(&remote.all("/v1/contracts", &[])?, output),
        TermsAct::Proposal { contract } => {
            let id = contract_id(&contract)?;
            let found: Value = remote.get(&format!("/v1/contracts/{id}/proposal"), &[])?;
            let recount = found.get("recount").cloned().unwrap_or_default();
            let recount: Option<Recount> = serde_json::from_value(recount).ok();
            output.result(&found, |_| {
                if let Some(recount) = &recount {
                    shown(recount, output);
                }
            })
        }
        TermsAct::Confirm { contract, seen } => {
            let id = contract_id(&contract)?;
            let path = format!("/v1/contracts/{id}/confirm");
            recounted(&remote.post(&path, &NewConfirmation { seen })?, output)
        }
        TermsAct::Form { file, publication } => {
            let name = give_to_server(remote, read(&file)?, &publication)?;
            output.result(&Named { name }, |form| println!("{}", form.name))
        }
        TermsAct::Lift {
            visit: Some(visit),
            reasons,
            why,
            ..
        } => {
            let path = format!("/v1/visits/{}/lift", visit_id(&visit)?);
            lifted(&remote.post(&path, &NewLift { reasons, why })?, output)
        }
        TermsAct::Lift {
            contract,
            people,
            from,
            to,
            reasons,
            why,
            ..
        } => {
            let id = contract_id(&contract.unwrap_or_default())?;
            let wanted = NewTeamLift {
                people: people
                    .iter()
                    .map(|one| person_id(one))
                    .collect::<Result<_, _>>()?,
                days: days(from, to)?,
                reasons,
                why,
            };
            lifted(
                &remote.post(&format!("/v1/contracts/{id}/lifts"), &wanted)?,
                output,
            )
        }
        TermsAct::Lifts { contract } => {
            let id = contract_id(&contract)?;
            lifts(&remote.get(&format!("/v1/contracts/{id}/lifts"), &[])?, output)
        }
        TermsAct::RevokeLift { id, why } => {
            remote.tell(&format!("/v1/lifts/{id}/revoke"), &NewWhy { why })?;
            written(output, 1)
        }
    }
}

fn days(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Span, Failure> {
    let missing = || {
        Failure::input(
            "入户编号或日期",
            "visit or days",
            "--visit | --contract --people --from --to",
        )
    };
    Ok(Span {
        from: from.ok_or_else(missing)?,
        to: to.ok_or_else(missing)?,
    })
}

fn text(bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|_| Failure::input("表单", "form", "UTF-8"))
}

/// Writes a form's package and publishes it where a contract is named; returns its name.
pub(super) fn give(
    archive: &Archive,
    text: String,
    publication: &PublicationArgs,
) -> Result<String, Failure> {
    let now = outside::now();
    let contract = publication.contract.as_deref().map(contract_id).transpose()?;
    if let Some(contract) = &contract {
        archive.contract(&local(), contract)?;
    }
    let form = archive.put_form(&local(), FormFile { text }, now)?;
    if let Some(contract) = contract {
        let identity = publication.identity.clone().unwrap_or_default();
        archive.publish_form(
            &local(),
            &contract,
            Publication { form, identity },
            publication.from,
            now,
        )?;
    }
    Ok(form.to_string())
}

/// The same at a server.
pub(super) fn give_to_server(
    remote: &Remote,
    text: Vec<u8>,
    publication: &PublicationArgs,
) -> Result<String, Failure> {
    let contract = publication.contract.as_deref().map(contract_id).transpose()?;
    if let Some(contract) = &contract {
        let _known: Contract = remote.get(&format!("/v1/contracts/{contract}"), &[])?;
    }
    let named: Named = remote.send_file(Method::POST, "/v1/forms", text)?;
    if let Some(contract) = contract {
        let form: FormHash = named
            .name
            .parse()
            .map_err(|_| Failure::input("表单名称", "form name", &named.name))?;
        let new = NewPublication {
            form,
            from: publication.from,
            identity: publication.identity.clone().unwrap_or_default(),
        };
        let _all: Vec<PublishedForm> = remote.post(&format!("/v1/contracts/{contract}/forms"), &new)?;
    }
    Ok(named.name)
}

fn contract(bytes: &[u8]) -> Result<Contract, Failure> {
    Contract::from_json(bytes).map_err(|error| {
        let text = |language| {
            let lines: Vec<String> = error.0.iter().map(|problem| problem.message(language)).collect();
            lines.join("\n")
        };
        let code = error.0.first().map_or("HT-FORM", Problem::code);
        Failure::new(
            code,
            text(hudang_visit::Language::Zh),
            text(hudang_visit::Language::En),
        )
        .found()
    })
}

fn listed(ids: &Vec<String>, output: &Output) -> Result<(), Failure> {
    output.result(ids, |ids| ids.iter().for_each(|id| println!("{id}")))
}

fn writing(writing: &ContractWriting, output: &Output) -> Result<(), Failure> {
    output.result(writing, |writing| match &writing.written {
        ContractWritten::InForce => println!("{}", writing.name),
        ContractWritten::Proposed { from, recount } => {
            let waits = output.say(
                "已登记，待购买主体另一人确认后自该日起执行",
                "proposed; once a second person of the purchaser confirms it, it is in force from",
            );
            println!("{} {waits}: {from}", writing.name);
            shown(recount, output);
        }
    })
}

fn recounted(recount: &Recount, output: &Output) -> Result<(), Failure> {
    output.result(recount, |recount| shown(recount, output))
}

/// What would stand elsewhere, and what stands for having looked at it.
fn shown(recount: &Recount, output: &Output) {
    let heads = [
        ("区域", "area"),
        ("期次", "period"),
        ("现在", "now"),
        ("将变为", "then"),
        ("户次", "visits"),
    ];
    let word = |state: &str, reason: &str| {
        let known = state.parse().ok();
        let state = known.map_or(state, |state: hudang_contract::state::State| {
            state.label(output.language)
        });
        let known = reason.parse().ok();
        let reason = known.map_or(reason, |reason: Reason| reason.label(output.language));
        format!("{state} {reason}").trim().to_owned()
    };
    let row = |moved: &hudang_archive::Moved| {
        let (before, after) = (&moved.before, &moved.after);
        let place = |one: &str, other: &str| {
            if one == other {
                one.to_owned()
            } else {
                format!("{one} → {other}")
            }
        };
        vec![
            place(&before.area, &after.area),
            place(&before.period, &after.period),
            word(&before.state, &before.reason),
            word(&after.state, &after.reason),
            moved.visits.to_string(),
        ]
    };
    output.table(&heads, recount.moved.iter().map(row));
    println!(
        "{} {}  {} {}",
        output.say("不变", "unchanged"),
        recount.unmoved,
        output.say("确认码", "seen"),
        recount.seen
    );
}

fn lifted(lift: &Lift, output: &Output) -> Result<(), Failure> {
    output.result(lift, |lift| println!("{}", lift.id))
}

fn lifts(lifts: &Vec<Lift>, output: &Output) -> Result<(), Failure> {
    output.result(lifts, |lifts| {
        let row = |lift: &Lift| {
            let of = match &lift.of {
                LiftedVisits::Visit(visit) => visit.to_string(),
                LiftedVisits::Team { people, days, .. } => {
                    let people: Vec<String> = people.iter().map(ToString::to_string).collect();
                    format!("{} {}…{}", people.join(" "), days.from, days.to)
                }
            };
            let reasons: Vec<&str> = lift
                .reasons
                .iter()
                .map(|reason| reason.label(output.language))
                .collect();
            let state = if lift.revoked {
                output.say("已撤销", "taken back")
            } else {
                ""
            };
            vec![
                lift.id.to_string(),
                of,
                reasons.join("\n"),
                lift.by.clone(),
                lift.why.clone(),
                state.to_owned(),
            ]
        };
        let heads = [
            ("编号", "id"),
            ("入户", "visits"),
            ("原因", "reasons"),
            ("认定人", "by"),
            ("理由", "why"),
            ("状态", "state"),
        ];
        output.table(&heads, lifts.iter().map(row));
    })
}
