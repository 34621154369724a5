//! Printing to a reader that may go away, as in `hudang counts … | head`.
//!
//! The macros of the standard library panic then. A program has these in their place, in all its modules, by
//! `#[macro_use] extern crate hudang_print;` at its root: it ends as other tools do, without a word.

use core::fmt::Arguments;
use std::io::{self, ErrorKind, Write as _};
use std::process::exit;

/// What a shell sees of a program that was ended by SIGPIPE.
const CLOSED_PIPE: i32 = 128 + 13;
/// What is printed cannot be written, e.g. on a full disk.
const UNWRITTEN: i32 = 2;

/// Prints to standard output, or ends the program if nobody reads it.
pub fn out(text: Arguments<'_>) {
    match io::stdout().lock().write_fmt(text) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(CLOSED_PIPE),
        Err(error) => {
            err(format_args!(
                "CLI-OUTPUT: 结果不能写出，请检查磁盘。The output cannot be written: {error}\n"
            ));
            exit(UNWRITTEN);
        }
    }
}

/// Prints to the error stream. Where nobody listens, nothing is said, and the program goes on: how it ends is still told.
pub fn err(text: Arguments<'_>) {
    let _nobody_listens = io::stderr().lock().write_fmt(text);
}

/// `std::print` that ends quietly where nobody reads.
#[macro_export]
macro_rules! print {
    ($($text:tt)*) => { $crate::out(::core::format_args!($($text)*)) };
}

/// `std::println` that ends quietly where nobody reads.
#[macro_export]
macro_rules! println {
    () => { $crate::out(::core::format_args!("\n")) };
    ($($text:tt)*) => { $crate::out(::core::format_args!("{}\n", ::core::format_args!($($text)*))) };
}

/// `std::eprintln` that is silent where nobody listens.
#[macro_export]
macro_rules! eprintln {
    () => { $crate::err(::core::format_args!("\n")) };
    ($($text:tt)*) => { $crate::err(::core::format_args!("{}\n", ::core::format_args!($($text)*))) };
}
