//! The server as a stranger sees it: real sockets, real phones' signatures, a disk that fails when told to.

#![allow(
    clippy::unwrap_used,
    clippy::large_types_passed_by_value,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::format_push_string,
    clippy::assigning_clones,
    clippy::disallowed_methods,
    reason = "in a test a surprise is a failure"
)]

mod described;
mod disk;
mod faults;
mod limits;
mod matrix;
mod office;
mod originals;
mod phones;
mod scope;
mod stopping;
