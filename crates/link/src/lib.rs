//! The phone's way to the server: HTTPS between the store of `hudang-device` and the machine of `hudang-sync`.
//!
//! In: a store, where the server is, and a wake-up. Out: what the machine decided, carried out until it rests.
//! [`Way`] sends one request, [`work`] drives the machine through one wake-up, [`enrol_pending`] sends enrolments.
//! This crate decides nothing about what is sent, when it is tried again, or what an answer means; it keeps no state
//! that is lost with it, and writes no log.

mod drive;
mod enrol;
mod error;
mod hold;
mod pin;
mod problem;
mod request;
mod way;

pub use drive::{Go, Progress, Rest, Wake, work};
pub use enrol::{Enrolment, enrol_pending};
pub use error::{LinkError, Result};
pub use hold::Hold;
pub use pin::pinned;
pub use way::Way;
