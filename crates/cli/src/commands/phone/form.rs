//! `phone form`: takes a draft over to another form. Without `--yes` it only shows what would become of the answers.

use hudang_device::{Device, DeviceError};
use hudang_evidence::id::{FormHash, VisitId};
use hudang_visit::Language;
use hudang_visit::questionnaire::moving::{Fate, Item, Plan};
use hudang_visit::value::Value;
use serde::Serialize;

use crate::args::By;
use crate::error::Failure;
use crate::output::Output;

use super::name;
use super::store::Store;

#[derive(Serialize)]
struct Shown {
    visit: String,
    done: bool,
    #[serde(flatten)]
    plan: Plan,
}

pub(super) fn run(
    store: &mut Store,
    visit: &str,
    to: Option<&str>,
    yes: bool,
    by: &By,
    output: &Output,
) -> Result<(), Failure> {
    let visit = name::visit(&store.device, visit)?;
    let form = match to {
        Some(text) => text
            .parse()
            .map_err(|_| Failure::input("表单", "hash of a form", text))?,
        None => assigned(&store.device, visit)?,
    };
    let plan = store.device.plan_move(visit, &form)?;
    if yes {
        let person = store.signer(by)?;
        store.device.move_to_form(&person, visit, &plan)?;
    }
    let shown = Shown {
        visit: visit.to_string(),
        done: yes,
        plan,
    };
    output.result(&shown, |shown| print(shown, output))
}

/// The form that the office assigned for the visit's household by now.
fn assigned(device: &Device, visit: VisitId) -> Result<FormHash, Failure> {
    let visits = device.visits()?;
    let info = visits.iter().find(|info| info.visit == visit);
    let info = info.ok_or(DeviceError::VisitUnknown)?;
    let assignments = device.assignments()?.into_iter();
    let mut same = assignments.filter(|one| {
        one.visit.is_none_or(|of| of == visit)
            && one.household == info.household
            && one.contract == info.contract
    });
    let form = same.find_map(|one| one.form);
    Ok(form.ok_or(DeviceError::FormUnknown)?)
}

fn print(shown: &Shown, output: &Output) {
    let heads = [
        ("题名", "path"),
        ("答案", "answer"),
        ("结果", "what becomes of it"),
    ];
    let row = |item: &Item| vec![item.path.to_string(), text(&item.value), fate(item, output)];
    output.table(&heads, shown.plan.answers.iter().map(row));
    for path in &shown.plan.new_questions {
        println!("{} {path}", output.say("新题", "new question"));
    }
    let lost = shown.plan.lost().count();
    println!(
        "{}",
        match output.language {
            Language::Zh => format!("{lost} 个答案不能原样带过去;原来的都留在记录里。"),
            Language::En =>
                format!("{lost} answers do not carry over as they are; what was written stays on record."),
        }
    );
    let line = if shown.done {
        output.say("已换用新表单", "the visit is with the new form")
    } else {
        output.say(
            "这只是预览;加 --yes 换用新表单",
            "this is a preview; --yes takes the visit over",
        )
    };
    println!("{line}");
}

fn fate(item: &Item, output: &Output) -> String {
    let language = output.language;
    let fate = match &item.fate {
        Fate::Carried => output.say("保留", "stays").to_owned(),
        Fate::Moved { to } => format!("{} {to}", output.say("移到", "moves to")),
        Fate::Reduced { gone } => {
            format!(
                "{} {}",
                output.say("选项没有了:", "choices gone:"),
                gone.join(" ")
            )
        }
        Fate::Dropped { why } => {
            format!(
                "{} {}",
                output.say("不带过去:", "dropped:"),
                why.message(language)
            )
        }
    };
    match item.doubt {
        Some(doubt) => format!("{fate};{}", doubt.message(language)),
        None => fate,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Cleared => String::new(),
    }
}
