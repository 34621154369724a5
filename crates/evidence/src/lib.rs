//! Evidence: what a device stated about a visit, and how anyone can check it.
//!
//! In: bytes, keys, times and randomness as arguments. Out: entries, seals, receipts, and findings about them.
//! The signed bytes are the exact stored bytes: JSON in a narrow profile inside a C2SP signed note.
//! This crate never knows a clock, a disk, a network, a random source, or automerge.

pub mod body;
pub mod bracket;
pub mod entry;
pub mod id;
pub mod journal;
pub mod note;
pub mod original;
pub mod profile;
pub mod receipt;
pub mod salt;
pub mod seal;
pub mod signed_time;
pub mod snapshot;
mod statement;
pub mod time;
pub mod verify;
