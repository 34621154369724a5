//! `cargo xtask test`: everything that must hold before a change is taken.

use crate::run::{run, run_built, succeeds};
use crate::screens;

/// Runs all checks; stops at the first that fails.
pub(crate) fn main() -> anyhow::Result<()> {
    run("cargo", &["fmt", "--all", "--check"])?;
    run(
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    // The window holds the screens as they are when it is built.
    screens::check()?;
    // Once for all that follows: built package by package, much would be built again with other features.
    run("cargo", &["build", "--workspace", "--all-targets", "--locked"])?;
    // The main job first: it says in seconds whether anything can count at all, and fails where a figure is another one.
    run_built("hudang-demo", &["--exit".to_owned()])?;
    run("cargo", &["test", "--workspace", "--locked", "--quiet"])?;
    run_built("hudang-conformance", &[])?;
    run_built("examples/typescript", &["--check".to_owned()])?;
    screens::drive()?;
    if succeeds("cargo", &["deny", "--version"]) {
        run(
            "cargo",
            &["deny", "--offline", "check", "licenses", "bans", "sources"],
        )
    } else {
        println!("cargo deny: skipped, not installed (cargo install --locked cargo-deny)");
        Ok(())
    }
}

/// Runs the public cases; without a corpus it says so and passes.
pub(crate) fn conformance(arguments: &[String]) -> anyhow::Result<()> {
    let mut all = vec!["run", "--package", "hudang-conformance", "--locked", "--"];
    all.extend(arguments.iter().map(String::as_str));
    run("cargo", &all)
}
