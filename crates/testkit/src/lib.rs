//! People, phones, networks and an office for tests; no product depends on it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    reason = "in a test a surprise is a failure"
)]

pub mod chance;
pub mod dibao;
pub mod folder;
pub mod form;
pub mod office;
pub mod person;
pub mod phone;
pub mod picture;
pub mod scene;
pub mod sound;
pub mod visit;
pub mod voice;
pub mod workbook;
