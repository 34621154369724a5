//! XForms.
#![no_main]

#[allow(dead_code, reason = "each target takes one of the doors")]
#[path = "../../crates/form/tests/hostile/doors.rs"]
mod doors;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| doors::xform(bytes));
