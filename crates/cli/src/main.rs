//! `hudang`: every capability has a door here (DESIGN §3). Plain tables, or JSON with `--json`.

#![allow(
    clippy::disallowed_methods,
    reason = "a shell: reads files, the clock and random bytes for the pure crates"
)]

#[macro_use]
extern crate hudang_print;

mod args;
mod commands;
mod error;
mod output;
mod outside;
mod remote;

use std::process::ExitCode;

use clap::Parser as _;

use crate::output::Output;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let output = Output::new(args.json, args.lang.into());
    match commands::run(args.command, &args.server, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit)
        }
    }
}
