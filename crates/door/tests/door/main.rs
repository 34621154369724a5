//! The command door over a real store in a temporary directory.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "in a test a surprise is a failure; one test waits for what happens in the background"
)]

mod form;
mod phone;
mod sending;
mod session;
mod visit;
