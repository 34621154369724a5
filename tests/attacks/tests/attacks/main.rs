//! Hostile stories against a real server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test a surprise is a failure"
)]

mod neighbour;
mod r04_media;
mod r11_quota;
mod strangers;
