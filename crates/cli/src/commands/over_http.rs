//! The same commands, asked of a running server.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use hudang_archive::{Count, Return};
use hudang_contract::contract::{Contract, Quantity};
use hudang_contract::counts::{Counts as Numbers, compare};
use hudang_sync_server::message::{Code, NewAssignments, NewCode, NewReturn, Phone, Reason, Written};
use serde_json::{Value, json};

use crate::args::{Admin, AdminAct, Archive, Command, Counts, ReportAct, VisitAct};
use crate::commands::source::Source;
use crate::commands::{accounts, admin, contract_id, counts, household, picture, terms, visit, visit_id};
use crate::error::Failure;
use crate::output::Output;
use crate::remote::Remote;

const PAUSE: Duration = Duration::from_millis(200);

pub(crate) fn run(command: Command, remote: &Remote, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Admin(command) => office(command, remote, output),
        Command::Counts(command) => numbers(&command, remote, output),
        Command::Visit(command) => match command.act {
            VisitAct::Show { id } => shown(&remote.get(&format!("/v1/visits/{id}"), &[])?, output),
            VisitAct::Verify { id } => visit::verify(&Source::Server(remote), &id, output),
        },
        Command::Household(command) => household::export(&Source::Server(remote), &command.act, output),
        Command::Report(command) => {
            let ReportAct::Month { month, contract, out } = &command.act;
            let bytes = remote.bytes(
                &format!("/v1/reports/month/{month}"),
                &[("contract", contract.as_str())],
            )?;
            written_file(out, &bytes, output)
        }
        Command::Archive(Archive::Check { .. }) => job("/v1/archive/checks", &json!({}), remote, output),
        Command::Archive(Archive::Backup {
            recipient: Some(_), ..
        }) => Err(Failure::new(
            "CLI-LOCAL",
            "服务器的备份加密给它启动时 --backup-recipient 所设的接收方。请去掉 --recipient。",
            "A server encrypts to whom its own --backup-recipient says. Leave --recipient out.",
        )),
        Command::Archive(Archive::Backup { to, .. }) => {
            let name = to
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            job("/v1/archive/backups", &json!({ "name": name }), remote, output)
        }
        _ => Err(only_here()),
    }
}

fn only_here() -> Failure {
    Failure::new(
        "CLI-LOCAL",
        "该命令不能通过服务器执行，请停止服务后在档案库目录上运行，并去掉 --server。",
        "This command does not go over a server. Stop the server and run it on the directory, without --server.",
    )
}

fn office(command: Admin, remote: &Remote, output: &Output) -> Result<(), Failure> {
    match command.act {
        AdminAct::Terms(act) => terms::ask(remote, act, output),
        AdminAct::Households { file, .. } => written(
            remote.post("/v1/households", &admin::new_households(&file)?)?,
            output,
        ),
        AdminAct::Assignments { file, contract, form } => {
            let assigned = NewAssignments {
                contract: contract_id(&contract)?,
                form: form
                    .parse()
                    .map_err(|_| Failure::input("表单名称", "form name", &form))?,
                assignments: admin::new_assignments(&file)?,
            };
            written(remote.post("/v1/assignments", &assigned)?, output)
        }
        AdminAct::Return { visit, comments } => {
            let visit = visit_id(&visit)?;
            let wanted = NewReturn {
                comments: admin::comments(&comments),
            };
            let _: Return = remote.post(&format!("/v1/visits/{visit}/return"), &wanted)?;
            written(Written { rows: 1 }, output)
        }
        AdminAct::Code {
            contract,
            person,
            hours,
            picture,
            ..
        } => {
            let wanted = NewCode {
                contract: contract_id(&contract)?,
                person: admin::person_id(&person)?,
                hours,
            };
            let code: Code = remote.post("/v1/enrol-codes", &wanted)?;
            output.result(&code, |code| println!("{}\n{}", code.code, code.invitation))?;
            picture::write_where_wanted(&code.invitation, picture.as_deref())
        }
        AdminAct::Devices => {
            let phones: Vec<Phone> = remote.all("/v1/devices", &[])?;
            output.result(&phones, |phones| {
                let row = |one: &Phone| {
                    let names = [
                        one.person.to_string(),
                        one.contract.to_string(),
                        one.device.to_string(),
                    ];
                    (names, one.revoked)
                };
                admin::show_phones(output, phones.iter().map(row));
            })
        }
        AdminAct::Revoke { device, reason } => {
            let id: hudang_evidence::id::DeviceId = device
                .parse()
                .map_err(|_| Failure::input("设备编号", "device id", &device))?;
            remote.tell(&format!("/v1/devices/{id}/revoke"), &Reason { reason })?;
            written(Written { rows: 1 }, output)
        }
        act => accounts::over_http(act, remote, output),
    }
}

fn written(written: Written, output: &Output) -> Result<(), Failure> {
    output.result(&written, |written| {
        println!("{} {}", output.say("已写入", "written"), written.rows);
    })
}

fn numbers(command: &Counts, remote: &Remote, output: &Output) -> Result<(), Failure> {
    let id = contract_id(&command.contract)?;
    let narrowed = [
        ("area", &command.area),
        ("period", &command.period),
        ("state", &command.state),
        ("reason", &command.reason),
    ];
    if narrowed.iter().any(|(_, given)| given.is_some()) {
        let mut query = vec![("contract", id.as_str())];
        query.extend(
            narrowed
                .iter()
                .filter_map(|(name, given)| Some((*name, given.as_deref()?))),
        );
        return counts::list(&remote.all("/v1/visits", &query)?, output);
    }
    let agreed: Vec<Quantity> = remote.get(&format!("/v1/contracts/{id}/agreed"), &[])?;
    let rows: Vec<Count> = remote.get("/v1/counts", &[("contract", id.as_str())])?;
    let mut numbers = Numbers::default();
    for count in &rows {
        numbers.change(count.place()?, i64::try_from(count.visits).unwrap_or(i64::MAX));
    }
    let contract: Contract = remote.get(&format!("/v1/contracts/{id}"), &[])?;
    counts::lines(&compare(&agreed, &numbers), &contract, output)
}

fn shown(visit: &Value, output: &Output) -> Result<(), Failure> {
    output.result(visit, |visit| {
        let members = visit.as_object().into_iter().flatten();
        output.table(
            &[("项", "item"), ("内容", "content")],
            members.map(|(name, value)| vec![name.clone(), value.to_string()]),
        );
    })
}

fn written_file(out: &Path, bytes: &[u8], output: &Output) -> Result<(), Failure> {
    std::fs::write(out, bytes).map_err(|error| Failure::file(out, &error))?;
    let written = json!({ "file": out.display().to_string(), "bytes": bytes.len() });
    output.result(&written, |_| println!("{}", out.display()))
}

/// Starts long work and follows it to its end.
fn job(path: &str, body: &Value, remote: &Remote, output: &Output) -> Result<(), Failure> {
    let mut job: Value = remote.post(path, body)?;
    let place = format!("{path}/{}", job.get("id").cloned().unwrap_or_default());
    let number = |job: &Value, member: &str| job.get(member).and_then(Value::as_u64).unwrap_or(0);
    let bar = output.progress(0);
    while job.get("done") != Some(&Value::Bool(true)) {
        sleep(PAUSE);
        job = remote.get(&place, &[])?;
        let progress = job.get("progress").unwrap_or(&job);
        bar.set_length(number(progress, "rows_total") + number(progress, "blobs_total"));
        bar.set_position(number(progress, "rows") + number(progress, "blobs"));
    }
    bar.finish_and_clear();
    output.result(&job, |job| {
        let progress = job.get("progress").unwrap_or(job);
        let found = job.get("found").and_then(Value::as_array);
        println!(
            "{} {}  {} {}  {} {}",
            output.say("台账", "rows"),
            number(progress, "rows"),
            output.say("原件", "originals"),
            number(progress, "blobs"),
            output.say("发现", "findings"),
            found.map_or(0, Vec::len)
        );
        for finding in found.into_iter().flatten() {
            println!("{finding}");
        }
    })?;
    let failed = job.get("failed").and_then(Value::as_str).unwrap_or_default();
    let found = job.get("found").and_then(Value::as_array).map_or(0, Vec::len);
    match (failed, found) {
        ("", 0) => Ok(()),
        ("", _) => Err(Failure::new(
            "ARCHIVE-FINDINGS",
            "核查有发现，见上。",
            "The check found something; see above.",
        )
        .found()),
        (code, _) => Err(Failure::new(
            code,
            "任务未能完成。",
            "The work could not be finished.",
        )),
    }
}
