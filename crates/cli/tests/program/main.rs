//! The real program, run as people run it: offices, servers, phones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::format_push_string,
    clippy::disallowed_methods,
    reason = "in a test a surprise is a failure"
)]

mod forms;
mod killed;
mod middle;
mod office;
mod owning;
mod piped;
mod served;
mod serving;
mod tables;
mod taken_out;
