//! `cargo xtask demo`: builds the program and the demonstration, and runs it.

use crate::run::run;

/// Runs it. `--exit` is taken and changes nothing until there is a server that could stay up.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    if let Some(other) = arguments.iter().find(|argument| *argument != "--exit") {
        anyhow::bail!("unknown option {other}; usage: demo [--exit]");
    }
    run(
        "cargo",
        &[
            "build",
            "--package",
            "hudang-cli",
            "--package",
            "hudang-demo",
            "--locked",
            "--quiet",
        ],
    )?;
    run(
        "cargo",
        &["run", "--package", "hudang-demo", "--locked", "--quiet"],
    )
}
