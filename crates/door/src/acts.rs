//! What the commands do: one module for each group of the table.

#![allow(
    clippy::needless_pass_by_value,
    reason = "the table gives every act its arguments for good"
)]

pub(crate) mod forms;
pub(crate) mod people;
pub(crate) mod practice;
pub(crate) mod recordings;
pub(crate) mod report;
pub(crate) mod sealing;
pub(crate) mod sending;
pub(crate) mod statements;
pub(crate) mod today;
pub(crate) mod visits;
