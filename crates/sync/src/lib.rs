//! Sync: what phone and server say to each other, and what each decides.
//!
//! In: what happened (a wake-up, rows of the outbox, an answer, a failure), with the time and randomness as
//! arguments. Out: messages and actions. [`wire`] is the messages as bytes, [`parse`] the door where bytes become
//! typed items, [`sign`] the signature of a request, [`phone`] the phone's state machine, [`server`] the server's
//! decision about a request. The drivers outside are short and decide nothing.
//! This crate never knows a clock, a disk, a network, a random source, a database, or automerge.

pub mod code;
pub mod enrol;
pub mod parse;
pub mod phone;
pub mod server;
pub mod sign;
pub mod wire;
