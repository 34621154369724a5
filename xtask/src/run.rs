//! Starts other programs in the project's root and says which.

#![allow(clippy::disallowed_methods, reason = "measures how long a step took")]
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;

/// The project's root.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// Runs a program to its end; any other end than success is an error.
pub(crate) fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    run_in(&root(), program, arguments)
}

/// Runs a program that this workspace has built in development, by its way from there.
pub(crate) fn run_built(program: &str, arguments: &[String]) -> anyhow::Result<()> {
    let program = root().join("target/debug").join(program);
    let program = program.to_str().context("The program's place")?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(program, &arguments)
}

/// The same in a directory of the project; says how long it took.
pub(crate) fn run_in(directory: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let line = format!("{program} {}", arguments.join(" "));
    println!("$ {line}");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    let begun = Instant::now();
    let status = command.status().with_context(|| format!("Start {line}"))?;
    println!("  {} s: {line}", begun.elapsed().as_secs());
    anyhow::ensure!(status.success(), "{line}: {status}");
    Ok(())
}

/// Whether a program starts and succeeds; nothing is printed.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .output()
        .is_ok_and(|output| output.status.success())
}
