//! `cargo xtask demo`: builds the program and the demonstration, and runs it.

use crate::run::run;

/// Runs it. The server stays up afterwards, but for `--exit`.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    if let Some(other) = arguments.iter().find(|argument| *argument != "--exit") {
        anyhow::bail!("unknown option {other}; usage: demo [--exit]");
    }
    let build = ["build", "--package", "hudang-cli", "--package", "hudang-demo"];
    run("cargo", &[&build[..], &["--locked", "--quiet"]].concat())?;
    let mut all = vec!["run", "--package", "hudang-demo", "--locked", "--quiet", "--"];
    all.extend(arguments.iter().map(String::as_str));
    run("cargo", &all)
}
