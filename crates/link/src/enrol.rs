//! Enrolments that the server has not confirmed yet.

use std::io::Read as _;

use hudang_device::EnrolmentMessage;
use hudang_evidence::id::PersonId;
use reqwest::StatusCode;

use crate::error::{LinkError, Result};
use crate::hold::Hold;
use crate::problem::Said;
use crate::way::Way;

/// A confirmation is a note of a few lines.
const CONFIRMATION_BYTES_MAX: u64 = 64 << 10;

/// What became of one enrolment.
#[derive(Debug)]
pub struct Enrolment {
    /// Whose it is, where the server confirmed it.
    pub outcome: Result<PersonId>,
}

/// Sends every enrolment that waits. One that is refused keeps no other from being sent; without a network the first
/// one ends it.
pub fn enrol_pending<H: Hold>(device: &mut H, way: &Way) -> Result<Vec<Enrolment>> {
    let mut done = Vec::new();
    for message in device.with(|device| device.pending_enrolments())? {
        let outcome =
            send(way, &message).and_then(|note| Ok(device.with(|device| device.confirm_enrolment(&note))?));
        if let Err(error @ LinkError::Network(_)) = outcome {
            return Err(error);
        }
        done.push(Enrolment { outcome });
    }
    Ok(done)
}

fn send(known: &Way, message: &EnrolmentMessage) -> Result<Vec<u8>> {
    let network = |error: &dyn core::fmt::Display| LinkError::Network(error.to_string());
    // A server that moved is asked where the invitation that it signed says.
    let moved = if known.leads_to(&message.server) {
        None
    } else {
        Some(Way::to(&message.server)?)
    };
    let way = moved.as_ref().unwrap_or(known);
    let response = way
        .client
        .post(way.url("/v1/enrol"))
        .header("Content-Type", "text/plain; charset=utf-8")
        .body(message.note.clone())
        .send()
        .map_err(|error| network(&error))?;
    if response.status() != StatusCode::OK {
        let said = Said::read(response);
        if said.told.code.is_empty() {
            return Err(network(&said.status));
        }
        return Err(LinkError::Refused {
            code: said.told.code,
            zh: said.told.zh,
            en: said.told.en,
        });
    }
    let mut note = Vec::new();
    response
        .take(CONFIRMATION_BYTES_MAX)
        .read_to_end(&mut note)
        .map_err(|error| network(&error))?;
    Ok(note)
}
