//! `hudang admin …`: what the office decides.

use std::path::Path;

use hudang_archive::{Archive, Assignment, Comment, Household, ServerPlace};
use hudang_evidence::id::{FormHash, HouseholdId, PersonId, VisitId};
use hudang_evidence::time::WallTime;
use hudang_sync_server::message::{NewAssignment, NewHousehold, NewHouseholds};
use hudang_sync_server::{ServeError, host, own_fingerprint};
use serde::{Deserialize, Serialize};

use crate::args::{Admin, AdminAct};
use crate::commands::{accounts, contract_id, local, open, picture, read, terms, visit_id};
use crate::error::Failure;
use crate::output::Output;
use crate::outside;

#[derive(Serialize)]
struct Named {
    name: String,
}

#[derive(Serialize)]
struct Written {
    rows: usize,
}

#[derive(Serialize)]
struct Phone {
    device: String,
    person: String,
    contract: String,
    installation: String,
    revoked: bool,
}

pub(crate) fn run(command: Admin, output: &Output) -> Result<(), Failure> {
    let archive = open(&command.archive.dir)?;
    let now = outside::now();
    match command.act {
        AdminAct::Terms(act) => terms::run(&archive, act, output),
        AdminAct::Households { file, organisation } => {
            let households = households(&file, now)?;
            let by = match organisation {
                Some(id) => local().on_behalf_of(accounts::org_id(&id)?),
                None => local(),
            };
            let rows = archive.put_households(&by, households, now)?.len();
            written(output, rows)
        }
        AdminAct::Assignments { file, contract, form } => {
            let form = form
                .parse()
                .map_err(|_| Failure::input("表单名称", "form name", &form))?;
            let assignments = assignments(&archive, &file, &contract, form, now)?;
            let rows = assignments.len();
            archive.assign(&local(), assignments, now)?;
            written(output, rows)
        }
        AdminAct::Return { visit, comments } => {
            archive.return_visit(&local(), visit_id(&visit)?, self::comments(&comments), now)?;
            written(output, 1)
        }
        AdminAct::Code {
            contract,
            person,
            hours,
            url,
            public_certificate,
            picture,
        } => {
            if picture.is_some() && url.is_none() {
                return Err(Failure::new(
                    "CLI-INPUT",
                    "--picture 需要同时给出 --url。",
                    "--picture needs --url.",
                ));
            }
            let person = person_id(&person)?;
            let expires = WallTime::from_ms_clamped(now.ms().saturating_add(i64::from(hours) * 3_600_000));
            let contract = contract_id(&contract)?;
            let (of, whose) = (contract.clone(), person.clone());
            let name =
                archive.create_enrol_code(&local(), contract, person, expires, outside::random()?, now)?;
            let Some(url) = url else {
                return output.result(&Named { name }, |code| println!("{}", code.name));
            };
            let place = place(&archive, url, public_certificate)?;
            let name = archive.invite(&local(), &place, &name, of, whose, expires)?;
            let named = Named { name };
            output.result(&named, |invitation| println!("{}", invitation.name))?;
            picture::write_where_wanted(&named.name, picture.as_deref())
        }
        AdminAct::Devices => devices(&archive, output),
        AdminAct::Revoke { device, reason } => {
            let id = device
                .parse()
                .map_err(|_| Failure::input("设备编号", "device id", &device))?;
            archive.revoke_device(&local(), id, &reason, now)?;
            written(output, 1)
        }
        act => accounts::run(&archive, act, output),
    }
}

/// How a phone that reads the code will reach the server.
fn place(archive: &Archive, url: String, public_certificate: bool) -> Result<ServerPlace, Failure> {
    let names: Vec<String> = host(&url).map(str::to_owned).into_iter().collect();
    let own = || own_fingerprint(archive.root(), &names);
    let failed =
        |error: ServeError| Failure::new(error.code(), error.chinese(), error.english()).because(&error);
    let fingerprint = if public_certificate || !url.starts_with("https:") {
        None
    } else {
        own().map_err(failed)?
    };
    Ok(ServerPlace { url, fingerprint })
}

pub(super) fn written(output: &Output, rows: usize) -> Result<(), Failure> {
    output.result(&Written { rows }, |written| {
        println!("{} {}", output.say("已写入", "written"), written.rows);
    })
}

pub(super) fn person_id(text: &str) -> Result<PersonId, Failure> {
    text.parse()
        .map_err(|_| Failure::input("人员编号", "person id", text))
}

/// What is to be mended: the requirement before the sign `=`, nothing where the whole visit is meant.
pub(super) fn comments(given: &[String]) -> Vec<Comment> {
    let comment = |text: &String| {
        let (at, text) = text.split_once('=').unwrap_or(("", text));
        Comment {
            at: at.trim().to_owned(),
            text: text.trim().to_owned(),
        }
    };
    given.iter().map(comment).collect()
}

fn devices(archive: &Archive, output: &Output) -> Result<(), Failure> {
    let phones: Vec<Phone> = archive
        .devices(&local())?
        .into_iter()
        .map(|device| Phone {
            device: device.id.to_string(),
            person: device.person.to_string(),
            contract: device.contract.to_string(),
            installation: device.installation.to_string(),
            revoked: device.revoked.is_some(),
        })
        .collect();
    output.result(&phones, |phones| {
        let row = |one: &Phone| [&one.person, &one.contract, &one.device].map(Clone::clone);
        show_phones(output, phones.iter().map(|one| (row(one), one.revoked)));
    })
}

/// Prints phones: person, contract, key, and whether it was revoked.
pub(super) fn show_phones(output: &Output, phones: impl Iterator<Item = ([String; 3], bool)>) {
    let row = |([person, contract, device], is_revoked): ([String; 3], bool)| {
        let state = if is_revoked {
            output.say("已停用", "revoked")
        } else {
            output.say("在用", "in use")
        };
        vec![person, contract, state.to_owned(), device]
    };
    output.table(
        &[
            ("人员", "person"),
            ("合同", "contract"),
            ("状态", "state"),
            ("设备", "device"),
        ],
        phones.map(row),
    );
}

#[derive(Deserialize)]
struct HouseholdRow {
    /// Of one that was found in the field.
    #[serde(default)]
    id: Option<HouseholdId>,
    code: String,
    area: String,
    #[serde(default)]
    head: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    township: String,
    #[serde(default)]
    village: String,
}

#[derive(Deserialize)]
struct AssignmentRow {
    household: String,
    people: String,
}

/// Households of a CSV file, as a server takes them.
pub(super) fn new_households(file: &Path) -> Result<NewHouseholds, Failure> {
    let rows: Vec<HouseholdRow> = rows(file)?;
    let new = |row: HouseholdRow| NewHousehold {
        id: row.id,
        code: row.code,
        area: row.area,
        address: row.address,
        head: row.head,
        phone: row.phone,
        township: row.township,
        village: row.village,
    };
    Ok(NewHouseholds {
        households: rows.into_iter().map(new).collect(),
    })
}

/// Assignments of a CSV file, as a server takes them.
pub(super) fn new_assignments(file: &Path) -> Result<Vec<NewAssignment>, Failure> {
    let rows: Vec<AssignmentRow> = rows(file)?;
    let new = |row: AssignmentRow| {
        Ok(NewAssignment {
            household: row.household,
            people: row
                .people
                .split_whitespace()
                .map(person_id)
                .collect::<Result<_, _>>()?,
        })
    };
    rows.into_iter().map(new).collect()
}

/// Rows of a CSV file with a line of names; a byte order mark, as spreadsheets write it, is no part of a name.
fn rows<T: serde::de::DeserializeOwned>(file: &Path) -> Result<Vec<T>, Failure> {
    let bytes = read(file)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let rows = reader.deserialize().collect::<Result<Vec<T>, csv::Error>>();
    rows.map_err(|error| {
        let path = file.display();
        let zh = format!("{path} 不是所需的 CSV，请检查表头和编码（UTF-8）。");
        Failure::new(
            "CLI-CSV",
            zh,
            format!("{path} is not the CSV that is needed; check its first line."),
        )
        .because(&error)
    })
}

fn ms(now: WallTime) -> u64 {
    u64::try_from(now.ms()).unwrap_or(0)
}

fn households(file: &Path, now: WallTime) -> Result<Vec<Household>, Failure> {
    let rows = new_households(file)?.households.into_iter();
    rows.map(|row| Ok(row.with_id(HouseholdId::new(ms(now), outside::random()?))))
        .collect()
}

fn assignments(
    archive: &Archive,
    file: &Path,
    contract: &str,
    form: FormHash,
    now: WallTime,
) -> Result<Vec<Assignment>, Failure> {
    let contract = contract_id(contract)?;
    let rows: Vec<AssignmentRow> = rows(file)?;
    rows.into_iter()
        .map(|row| {
            Ok(Assignment {
                visit: VisitId::new(ms(now), outside::random()?),
                household: archive.household(&local(), &row.household)?.id,
                contract: contract.clone(),
                form,
                people: row
                    .people
                    .split_whitespace()
                    .map(person_id)
                    .collect::<Result<_, _>>()?,
            })
        })
        .collect()
}
