//! `phone assignments`, `visits`, `open`.

use hudang_device::{Assignment, Device, DeviceError, OpenVisit, VisitInfo};
use hudang_evidence::id::{FormHash, PersonId, VisitId};
use serde::Serialize;

use crate::args::By;
use crate::error::Failure;
use crate::output::Output;

use super::store::Store;

#[derive(Serialize)]
struct Listed {
    code: String,
    household: String,
    contract: String,
    visit: Option<String>,
    form: Option<String>,
    people: Vec<String>,
    /// `new`, `open`, `sealed`, `received` or `withdrawn`.
    state: &'static str,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the members of the JSON")]
struct Visit {
    visit: String,
    code: Option<String>,
    household: String,
    contract: String,
    form: String,
    standard: String,
    state: &'static str,
}

#[derive(Serialize)]
struct Opened {
    visit: String,
}

/// How far a visit is, in a word.
fn state(device: &Device, visit: VisitId) -> Result<&'static str, Failure> {
    let status = device.status(visit)?;
    Ok(match status.seal {
        _ if status.received => "received",
        Some(_) => "sealed",
        None => "open",
    })
}

fn state_word(output: &Output, state: &str) -> String {
    let (zh, en) = match state {
        "new" => ("未入户", "new"),
        "open" => ("进行中", "open"),
        "sealed" => ("已封存", "sealed"),
        "received" => ("已有回执", "received"),
        _ => ("已撤回", "withdrawn"),
    };
    output.say(zh, en).to_owned()
}

pub(crate) fn list(store: &Store, output: &Output) -> Result<(), Failure> {
    let device = &store.device;
    let visits = device.visits()?;
    let listed: Vec<Listed> = device
        .assignments()?
        .into_iter()
        .map(|one| {
            let here = visits
                .iter()
                .find(|info| is_of(info, &one))
                .map(|info| info.visit);
            let state = match here {
                _ if one.withdrawn => "withdrawn",
                Some(visit) => state(device, visit)?,
                None => "new",
            };
            Ok(Listed {
                code: one.code,
                household: one.household.to_string(),
                contract: one.contract.to_string(),
                visit: one.visit.or(here).map(|visit| visit.to_string()),
                form: one.form.map(|form| form.to_string()),
                people: one.persons.iter().map(ToString::to_string).collect(),
                state,
            })
        })
        .collect::<Result<_, Failure>>()?;
    output.result(&listed, |listed| {
        let heads = [
            ("户", "household"),
            ("合同", "contract"),
            ("人员", "people"),
            ("状态", "state"),
            ("入户", "visit"),
        ];
        let row = |one: &Listed| {
            vec![
                one.code.clone(),
                one.contract.clone(),
                one.people.join(" "),
                state_word(output, one.state),
                one.visit.clone().unwrap_or_default(),
            ]
        };
        output.table(&heads, listed.iter().map(row));
    })
}

pub(crate) fn visits(store: &Store, output: &Output) -> Result<(), Failure> {
    let device = &store.device;
    let assignments = device.assignments()?;
    let visits: Vec<Visit> = device
        .visits()?
        .into_iter()
        .map(|info| {
            let code = assignments.iter().find(|one| one.household == info.household);
            Ok(Visit {
                visit: info.visit.to_string(),
                code: code.map(|one| one.code.clone()),
                household: info.household.to_string(),
                contract: info.contract.to_string(),
                form: info.form.to_string(),
                standard: info.standard.to_string(),
                state: state(device, info.visit)?,
            })
        })
        .collect::<Result<_, Failure>>()?;
    output.result(&visits, |visits| {
        let heads = [
            ("户", "household"),
            ("合同", "contract"),
            ("状态", "state"),
            ("入户", "visit"),
        ];
        let row = |one: &Visit| {
            vec![
                one.code.clone().unwrap_or_else(|| one.household.clone()),
                one.contract.clone(),
                state_word(output, one.state),
                one.visit.clone(),
            ]
        };
        output.table(&heads, visits.iter().map(row));
    })
}

/// Whether a visit on the phone is the one of an assignment.
fn is_of(info: &VisitInfo, assignment: &Assignment) -> bool {
    match assignment.visit {
        Some(visit) => info.visit == visit,
        None => info.household == assignment.household && info.contract == assignment.contract,
    }
}

pub(crate) fn open(
    store: &mut Store,
    which: &str,
    anew: bool,
    by: &By,
    output: &Output,
) -> Result<(), Failure> {
    let person = store.signer(by)?;
    let assignment = assignment(&store.device, which, &person)?;
    let form: FormHash = assignment.form.ok_or(DeviceError::FormUnknown)?;
    // Where the office named no visit, the second person joins the one that the first began.
    let begun = if anew {
        None
    } else {
        begun(&store.device, &assignment)?
    };
    let opening = OpenVisit {
        visit: assignment.visit.or(begun),
        household: assignment.household,
        contract: assignment.contract,
        form,
        assigned: assignment.persons,
    };
    let visit = store.device.open_visit(&person, &opening)?.to_string();
    output.result(&Opened { visit }, |opened| {
        println!("{} {}", output.say("已打开", "open"), opened.visit);
    })
}

/// The visit of an assignment that is on the phone and not sealed.
fn begun(device: &Device, assignment: &Assignment) -> Result<Option<VisitId>, Failure> {
    for info in device.visits()? {
        if is_of(&info, assignment) && device.status(info.visit)?.seal.is_none() {
            return Ok(Some(info.visit));
        }
    }
    Ok(None)
}

/// The assignment of a household's code or a visit's id; of several the one that names the person.
fn assignment(device: &Device, which: &str, person: &PersonId) -> Result<Assignment, Failure> {
    let visit: Option<VisitId> = which.parse().ok();
    let mut found = device.assignments()?;
    found.retain(|one| !one.withdrawn && (one.code == which || (visit.is_some() && one.visit == visit)));
    if found.len() > 1 {
        found.retain(|one| one.persons.contains(person));
    }
    if found.len() > 1 {
        return Err(Failure::new(
            "PHONE-VISIT",
            format!("{which} 有几项任务，请用入户编号（phone assignments）。"),
            format!("{which} has several assignments; name the visit by its id (phone assignments)."),
        ));
    }
    found.pop().ok_or_else(|| {
        Failure::new(
            "PHONE-ASSIGNMENT",
            format!("手机里没有 {which} 的任务。请核对户编号，或先同步。"),
            format!("The phone has no assignment of {which}. Check the household's code, or sync first."),
        )
    })
}
