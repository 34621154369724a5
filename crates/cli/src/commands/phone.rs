//! `hudang phone …`: the phone's use cases without a screen. Each command opens the store, does one durable thing, and
//! ends; `do` runs a file of them in one open store.

mod answer;
mod assignment;
mod capture;
mod form;
mod name;
mod outbox;
mod people;
mod script;
mod seal;
mod serve;
mod statement;
mod store;
mod sync;

use serde::Serialize;

use crate::args::{Phone, PhoneAct, PhoneCommand};
use crate::error::Failure;
use crate::output::Output;

use self::store::{Machine, Store};

/// An entry that was stated.
#[derive(Serialize)]
struct Stated {
    entry: String,
}

/// Something that has nothing more to tell.
#[derive(Serialize)]
struct Done {
    done: bool,
}

pub(crate) fn run(command: Phone, output: &Output) -> Result<(), Failure> {
    let Phone {
        store,
        pins,
        reserve_mb,
        started_earlier_s,
        command,
    } = command;
    let machine = Machine {
        reserve_mb,
        started_earlier_s,
    };
    match command {
        PhoneCommand::Init => store::init(&store, machine, output),
        PhoneCommand::Do { file } => {
            // Read first: a missing file costs no opening.
            let lines = script::read(&file)?;
            let mut store = Store::open(&store, machine, pins)?;
            script::run(&mut store, lines, output)
        }
        PhoneCommand::Serve(with) => {
            serve::run(Store::open(&store, machine, pins)?, with, reserve_mb, output)
        }
        PhoneCommand::Act(command) => act(&mut Store::open(&store, machine, pins)?, command, output),
    }
}

/// One act in an open store.
fn act(store: &mut Store, act: PhoneAct, output: &Output) -> Result<(), Failure> {
    match act {
        PhoneAct::Enrol { invitation } => people::enrol(store, &invitation, output),
        PhoneAct::People => people::list(store, output),
        PhoneAct::NewLife => people::begin_new_life(store, output),
        PhoneAct::Assignments => assignment::list(store, output),
        PhoneAct::Visits => assignment::visits(store, output),
        PhoneAct::Open { which, anew, by } => assignment::open(store, &which, anew, &by, output),
        act @ (PhoneAct::Draft { .. }
        | PhoneAct::Answer { .. }
        | PhoneAct::Instance { .. }
        | PhoneAct::Confirm { .. }
        | PhoneAct::Answers { .. }
        | PhoneAct::Questions { .. }
        | PhoneAct::Pick { .. }
        | PhoneAct::Outcome { .. }) => answer::run(store, act, output),
        act @ (PhoneAct::Photo { .. }
        | PhoneAct::Audio { .. }
        | PhoneAct::AudioUnfinished { .. }
        | PhoneAct::Sign { .. }
        | PhoneAct::Original { .. }) => capture::run(store, act, output),
        act @ (PhoneAct::Consent { .. }
        | PhoneAct::Position { .. }
        | PhoneAct::Note { .. }
        | PhoneAct::Waive { .. }
        | PhoneAct::Witness { .. }
        | PhoneAct::Withdraw { .. }
        | PhoneAct::Void { .. }
        | PhoneAct::Entries { .. }) => statement::run(store, act, output),
        PhoneAct::Form { visit, to, yes, by } => form::run(store, &visit, to.as_deref(), yes, &by, output),
        PhoneAct::Assess { visit } => seal::assess(store, &visit, output),
        PhoneAct::Seal {
            visit,
            people,
            even_if_incomplete,
        } => seal::seal(store, &visit, &people, even_if_incomplete, output),
        PhoneAct::Status { visit } => seal::status(store, &visit, output),
        PhoneAct::Receipt { visit, out } => seal::receipt(store, &visit, &out, output),
        PhoneAct::Sync { with } => sync::run(store, &with, output),
        PhoneAct::Outbox => outbox::list(store, output),
        PhoneAct::Problems => outbox::problems(store, output),
        PhoneAct::Wipe {
            keep_days,
            reason,
            by,
        } => outbox::wipe(store, keep_days, &reason, &by, output),
    }
}

fn stated(output: &Output, entry: hudang_evidence::id::EntryId) -> Result<(), Failure> {
    let entry = entry.to_string();
    output.result(&Stated { entry }, |stated| {
        println!("{} {}", output.say("已记录", "stated"), stated.entry);
    })
}

fn saved(output: &Output) -> Result<(), Failure> {
    output.result(&Done { done: true }, |_| {
        println!("{}", output.say("已保存", "saved"));
    })
}
