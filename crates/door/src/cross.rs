//! What crosses the door: the arguments of commands and their replies, as JSON on the wire and as types in TypeScript.

pub mod capture;
pub mod form;
pub mod people;
pub mod report;
pub mod seal;
pub mod sending;
pub mod today;
pub mod visit;

use hudang_evidence::id::EntryId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// No argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// It was done, and there is nothing more to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Done {
    /// Always true: what could not be done is an error.
    pub done: bool,
}

impl Done {
    /// The one value.
    pub const DONE: Self = Self { done: true };
}

/// A statement was signed and stands in the visit's chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Stated {
    /// Its entry.
    #[ts(type = "string")]
    pub entry: EntryId,
}

/// An answer as it crosses: decimals, dates and choices are texts as `XForms` writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Scalar {
    /// No answer, or one that was taken back.
    Nothing,
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Anything else.
    Text(String),
}
