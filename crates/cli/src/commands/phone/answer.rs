//! `phone draft`, `answer`, `instance`, `confirm`, `answers`, `pick`, `outcome`.

use std::collections::BTreeMap;

use hudang_device::{Device, DeviceError};
use hudang_evidence::body::Body;
use hudang_evidence::id::{DeviceId, VisitId};
use hudang_evidence::seal::Outcome;
use hudang_form::session::{View, ViewKind};
use hudang_visit::document::Told;
use hudang_visit::questionnaire::filling::Filling;
use hudang_visit::value::{AnswerPath, InstancePath, Value};
use serde::Serialize;

use crate::args::{By, PhoneAct};
use crate::error::Failure;
use crate::output::Output;

use super::store::Store;
use super::{name, saved};

#[derive(Serialize)]
struct Instance {
    instance: String,
}

#[derive(Serialize)]
struct Confirmed {
    snapshot: String,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the members of the JSON")]
struct Answers {
    visit: String,
    outcome: Option<Outcome>,
    answers: Vec<Placed>,
    /// What is being typed.
    drafts: Vec<Placed>,
    notes: Vec<String>,
    conflicts: Vec<Conflict>,
}

#[derive(Serialize)]
struct Placed {
    path: String,
    value: Option<Value>,
}

/// One question of the form as it stands.
#[derive(Serialize)]
struct Question {
    path: String,
    label: String,
    value: String,
    required: bool,
    state: Validity,
    message: Option<String>,
}

#[derive(Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Validity {
    Valid,
    Missing,
    NotAllowed,
}

#[derive(Serialize)]
struct Conflict {
    /// As `pick` takes it.
    place: String,
    values: Vec<Written>,
}

#[derive(Serialize)]
struct Written {
    value: Value,
    /// Who wrote it, as far as the phone knows.
    person: Option<String>,
}

pub(crate) fn run(store: &mut Store, act: PhoneAct, output: &Output) -> Result<(), Failure> {
    match act {
        PhoneAct::Draft { visit, path, value } => {
            let visit = name::visit(&store.device, &visit)?;
            let path = placed_path(&store.device, visit, &path)?;
            store.device.draft(visit, &path, &name::value(&value))?;
            saved(output)
        }
        PhoneAct::Answer {
            visit,
            path,
            value,
            original,
            by,
        } => {
            // The key may stay locked: answers are stated when the page is confirmed.
            let (person, visit) = (store.person(&by)?, name::visit(&store.device, &visit)?);
            let path = placed_path(&store.device, visit, &path)?;
            let value = match original {
                Some(which) => Value::Text(name::original(&store.device, visit, &which)?),
                None => name::value(value.as_deref().unwrap_or_default()),
            };
            store.device.answer(&person, visit, &path, &value)?;
            saved(output)
        }
        PhoneAct::Instance {
            visit,
            repeat,
            within,
            remove,
            restore,
            by,
        } => {
            let visit = name::visit(&store.device, &visit)?;
            if remove || restore {
                let instance = name::instance(&repeat)?;
                let person = store.person(&by)?;
                store.device.set_removed(&person, visit, &instance, remove)?;
                return saved(output);
            }
            add_instance(store, visit, &repeat, within.as_deref(), &by, output)
        }
        PhoneAct::Confirm { visit, page, by } => {
            let (person, visit) = (store.signer(&by)?, name::visit(&store.device, &visit)?);
            let snapshot = store.device.confirm_page(&person, visit, page.as_deref())?;
            let snapshot = snapshot.to_string();
            output.result(&Confirmed { snapshot }, |confirmed| {
                println!("{} {}", output.say("已确认", "confirmed"), confirmed.snapshot);
            })
        }
        PhoneAct::Answers { visit } => {
            let visit = name::visit(&store.device, &visit)?;
            let answers = answers(&store.device, visit)?;
            output.result(&answers, |answers| print(answers, output))
        }
        PhoneAct::Questions { visit, missing } => {
            let visit = name::visit(&store.device, &visit)?;
            let mut asked = store.device.look(visit, questions)?;
            asked.retain(|one| !missing || one.state != Validity::Valid);
            output.result(&asked, |asked| print_questions(asked, output))
        }
        PhoneAct::Pick {
            visit,
            place,
            value,
            by,
        } => {
            let (person, visit) = (store.person(&by)?, name::visit(&store.device, &visit)?);
            store.device.pick(&person, visit, &place, &name::value(&value))?;
            saved(output)
        }
        PhoneAct::Outcome { visit, outcome, by } => {
            let outcome = name::word("入户结果", "outcome", &outcome)?;
            let (person, visit) = (store.person(&by)?, name::visit(&store.device, &visit)?);
            store.device.set_outcome(&person, visit, outcome)?;
            saved(output)
        }
        _ => Ok(()),
    }
}

/// A path whose instances may be named by their places too: `members[2]/name` is the second member's.
fn placed_path(device: &Device, visit: VisitId, text: &str) -> Result<AnswerPath, Failure> {
    let is_place = |step: &str| {
        let number = step.split_once('[').and_then(|(_, id)| id.strip_suffix(']'));
        number.is_some_and(|number| number.len() < 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if !text.split('/').any(is_place) {
        return name::path(text);
    }
    let found = device.look(visit, |filling| {
        let questionnaire = filling.questionnaire();
        let form = questionnaire.form();
        let root = form.questions().first()?.path.clone();
        let key = filling.session().key_at(&format!("{root}/{text}"))?;
        questionnaire.names().path_of_key(form, &key)
    })?;
    name::path(found.as_deref().unwrap_or(text))
}

/// What the form asks and shows a value of, in the order of the form.
fn questions(filling: &Filling) -> Vec<Question> {
    let questionnaire = filling.questionnaire();
    let views = filling.session().views().into_iter();
    let asked = views.filter(|view| view.relevant && view.kind != ViewKind::Note);
    let question = |view: View| {
        let state = match (view.constraint_ok, view.required_ok) {
            (false, _) => Validity::NotAllowed,
            (_, false) => Validity::Missing,
            _ => Validity::Valid,
        };
        Some(Question {
            path: questionnaire
                .names()
                .path_of_key(questionnaire.form(), &view.key)?,
            value: view.value?,
            label: view.label.unwrap_or_default(),
            required: view.required,
            message: view.message,
            state,
        })
    };
    asked.filter_map(question).collect()
}

fn print_questions(asked: &[Question], output: &Output) {
    let heads = [
        ("题名", "path"),
        ("题目", "question"),
        ("答案", "answer"),
        ("状态", "state"),
    ];
    let row = |one: &Question| {
        let state = match one.state {
            Validity::Valid if one.required => output.say("必填，已填", "required, answered"),
            Validity::Valid => "",
            Validity::Missing => output.say("必填，未填", "required, missing"),
            Validity::NotAllowed => output.say("不符合规定", "not allowed"),
        };
        let state = match &one.message {
            Some(message) => format!("{state} {message}"),
            None => state.to_owned(),
        };
        vec![one.path.clone(), one.label.clone(), one.value.clone(), state]
    };
    output.table(&heads, asked.iter().map(row));
}

fn add_instance(
    store: &mut Store,
    visit: VisitId,
    repeat: &str,
    within: Option<&str>,
    by: &By,
    output: &Output,
) -> Result<(), Failure> {
    let person = store.person(by)?;
    let within = within
        .map(name::instance)
        .transpose()?
        .unwrap_or(InstancePath::TOP);
    let id = store.device.add_instance(&person, visit, &within, repeat)?;
    let path = within.join(repeat, id);
    let instance = path
        .map_err(|_| Failure::input("循环组", "repeat", repeat))?
        .to_string();
    output.result(&Instance { instance }, |added| {
        println!("{} {}", output.say("已添加", "added"), added.instance);
    })
}

fn answers(device: &Device, visit: VisitId) -> Result<Answers, Failure> {
    let document = device.document(visit)?;
    let people = people(device, visit)?;
    let placed = |(path, value): (AnswerPath, Option<Value>)| Placed {
        path: path.to_string(),
        value,
    };
    let written = |told: Told| Written {
        value: told.value,
        person: told.device.and_then(|device| people.get(&device).cloned()),
    };
    let conflicts = device.conflicts(visit)?.into_iter().map(|conflict| Conflict {
        place: conflict.place,
        values: conflict.values.into_iter().map(&written).collect(),
    });
    let conflicts = conflicts.collect();
    let answers = document.answers().map_err(DeviceError::from)?.into_iter();
    let answers = answers.map(|(path, answer)| placed((path, answer.value)));
    let drafts = device.drafts(visit)?.into_iter();
    let notes = document.notes().map_err(DeviceError::from)?.into_values();
    let text = |value| match value {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    };
    Ok(Answers {
        visit: visit.to_string(),
        outcome: document.outcome().map_err(DeviceError::from)?,
        answers: answers.collect(),
        drafts: drafts.map(|(path, value)| placed((path, Some(value)))).collect(),
        notes: notes.filter_map(|note| text(note.value)).collect(),
        conflicts,
    })
}

/// Who holds which key, as the visit's chains say.
pub(crate) fn people(device: &Device, visit: VisitId) -> Result<BTreeMap<DeviceId, String>, Failure> {
    let entries = name::entries(device, visit)?;
    let people = entries.iter().filter_map(|entry| match entry.body() {
        Body::Open(open) => Some((entry.header().dev, open.person.to_string())),
        _ => None,
    });
    Ok(people.collect())
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Boolean(boolean)) => boolean.to_string(),
        Some(Value::Cleared) | None => String::new(),
    }
}

fn print(answers: &Answers, output: &Output) {
    let heads = [("题目", "question"), ("答案", "answer"), ("状态", "state")];
    let rows = |placed: &[Placed], state: &str| -> Vec<Vec<String>> {
        let row = |one: &Placed| vec![one.path.clone(), text(one.value.as_ref()), state.to_owned()];
        placed.iter().map(row).collect()
    };
    let mut all = rows(&answers.answers, output.say("已填", "answered"));
    all.extend(rows(&answers.drafts, output.say("正在填写", "being typed")));
    output.table(&heads, all);
    for note in &answers.notes {
        println!("{} {note}", output.say("备注", "note"));
    }
    for conflict in &answers.conflicts {
        println!(
            "{} {}",
            output.say("两人填写不同，请选定：", "differs, pick one:"),
            conflict.place
        );
        for written in &conflict.values {
            let who = written.person.as_deref().unwrap_or("?");
            println!("  {who}: {}", text(Some(&written.value)));
        }
    }
}
