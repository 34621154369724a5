//! `cargo xtask demo`: builds the programs, the screens and the demonstration, and runs it.

use crate::run::run_built;
use crate::screens;

/// Runs it. The server and the phone's screens stay up afterwards, but for `--exit`.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let known = |argument: &String| ["--exit", "--lan"].contains(&argument.as_str());
    if let Some(other) = arguments.iter().find(|argument| !known(argument)) {
        anyhow::bail!("unknown option {other}; usage: demo [--exit] [--lan]");
    }
    screens::build_programs()?;
    if !arguments.iter().any(|argument| argument == "--exit") {
        screens::build()?;
    }
    run_built("hudang-demo", arguments)
}
