//! `phone enrol`, `people`, `new-life`.

use std::path::Path;

use hudang_device::{DeviceError, EnrolmentMessage};
use hudang_sync::enrol::{INVITATION_HEADER, SignedInvitation};
use serde::Serialize;

use crate::error::Failure;
use crate::output::Output;

use super::saved;
use super::store::Store;

#[derive(Serialize)]
struct Enrolled {
    person: String,
    contract: String,
    device: String,
    /// Whether the server has confirmed it.
    confirmed: bool,
}

/// Makes the person's key and keeps the message for the server, which waits until it is sent.
pub(crate) fn enrol(store: &mut Store, invitation: &str, output: &Output) -> Result<(), Failure> {
    let signed = read(invitation)?;
    let invitation = signed.invitation();
    let pin = store.pin(&invitation.person)?.to_owned();
    let EnrolmentMessage { dev, .. } = store.device.enrol(&signed, &pin)?;
    let people = store.device.people()?;
    let enrolled = Enrolled {
        person: invitation.person.to_string(),
        contract: invitation.contract.to_string(),
        device: dev.to_string(),
        confirmed: people.iter().any(|person| person.dev == dev && person.confirmed),
    };
    output.result(&enrolled, |enrolled| {
        let state = if enrolled.confirmed {
            output.say("已登记", "enrolled")
        } else {
            output.say(
                "已登记，待服务器确认",
                "enrolled; the server has not confirmed it yet",
            )
        };
        println!("{} {} {state}", enrolled.person, enrolled.contract);
    })
}

/// The invitation itself, or the file that holds it.
fn read(given: &str) -> Result<SignedInvitation, Failure> {
    let text = if given.trim_start().starts_with(INVITATION_HEADER) {
        given.to_owned()
    } else {
        let bytes = crate::commands::read(Path::new(given))?;
        String::from_utf8(bytes).map_err(|_| DeviceError::Invitation)?
    };
    SignedInvitation::parse(&text).map_err(|error| Failure::from(DeviceError::Invitation).because(&error))
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the members of the JSON")]
struct Person {
    person: String,
    contract: String,
    device: String,
    confirmed: bool,
}

pub(crate) fn list(store: &Store, output: &Output) -> Result<(), Failure> {
    let people: Vec<Person> = store
        .device
        .people()?
        .into_iter()
        .map(|person| Person {
            person: person.person.to_string(),
            contract: person.contract.to_string(),
            device: person.dev.to_string(),
            confirmed: person.confirmed,
        })
        .collect();
    output.result(&people, |people| {
        let heads = [
            ("人员", "person"),
            ("合同", "contract"),
            ("登记", "enrolment"),
            ("设备", "device"),
        ];
        let row = |one: &Person| {
            let state = if one.confirmed {
                output.say("已确认", "confirmed")
            } else {
                output.say("待确认", "pending")
            };
            vec![
                one.person.clone(),
                one.contract.clone(),
                state.to_owned(),
                one.device.clone(),
            ]
        };
        output.table(&heads, people.iter().map(row));
    })
}

/// For a store that was restored from a copy.
pub(crate) fn begin_new_life(store: &mut Store, output: &Output) -> Result<(), Failure> {
    store.device.begin_new_life()?;
    saved(output)
}
