//! The phone: its encrypted store and use cases.
//!
//! In: what a person does on the screen, what the platform's camera, microphone and keystore give, and what the sync
//! machine decides. Out: durable state, signed entries, and rows for the outbox. Every action is one commit: load,
//! call pure code, append, publish. What was acknowledged survives a kill at any moment; files are durable before the
//! entry that names them commits. This crate reads no clock and no random source but through
//! [`platform::Platform`], whose real one is [`platform::system::SystemPlatform`], opens no socket, and writes no log.

#![allow(clippy::disallowed_methods, reason = "this crate does the phone's IO")]

mod anchors;
mod answers;
mod apply;
mod assessment;
mod captures;
mod chain;
mod cipher;
mod desk;
mod device;
mod documents;
mod doubts;
mod error;
mod files;
mod forms;
mod found;
mod joining;
pub mod key_file;
mod known;
mod lock;
mod moving;
mod outbox;
mod person;
pub mod platform;
mod portrait;
mod practice;
mod receive;
mod recordings;
mod returned;
mod schema;
mod seal;
mod signing;
mod standing;
mod statements;
mod status;
mod visits;
mod voiding;
mod wipe;

pub use anchors::OpeningTime;
pub use apply::{Carried, Outbox, StoredProblem};
pub use captures::{Hand, Signatory};
pub use cipher::{PinCost, StoreKey};
pub use device::{Device, Opening, RESERVE_BYTES};
pub use doubts::Doubts;
pub use error::{DeviceError, Result};
pub use found::FoundHousehold;
pub use joining::VisitCode;
pub use known::HouseholdFacts;
pub use outbox::OutboxRow;
pub use person::{EnrolmentMessage, PIN_CHARACTERS_MIN, Person, ServerAddress};
pub use recordings::{RecordingId, UnfinishedRecording};
pub use returned::{Comment, Returned};
pub use seal::{IfIncomplete, Sealed};
pub use signing::VisitSigner;
pub use standing::Standing;
pub use statements::{Correction, Waive, Withdrawal};
pub use status::VisitStatus;
pub use visits::{Assignment, OpenVisit, VisitInfo};
pub use wipe::{Retention, Wiped};
