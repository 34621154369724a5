//! Hostile stories against a real server.

#![allow(
    clippy::unwrap_used,
    clippy::large_types_passed_by_value,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test a surprise is a failure"
)]

mod lifts;
mod neighbour;
mod r01_signatures;
mod r02_signers;
mod r03_presence;
mod r04_media;
mod r05_standard;
mod r06_scope;
mod r07_time;
mod r08_reuse;
mod r09_twins;
mod r10_enrolment;
mod r11_quota;
mod r12_journal;
mod r13_access;
mod signed_answers;
mod strangers;
mod two_phones;
