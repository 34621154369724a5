//! The screens: their types from Rust, their build, their tests in a browser.

use std::process::Command;

use anyhow::Context as _;

use crate::run::{root, run, run_in};

/// The oldest Node that the screens are built with.
const NODE_MIN: u32 = 20;

/// Writes the TypeScript of the phone's commands, or with `--check` fails where it is stale.
pub(crate) fn codegen(arguments: &[String]) -> anyhow::Result<()> {
    if let Some(other) = arguments.iter().find(|argument| *argument != "--check") {
        anyhow::bail!("unknown option {other}; usage: codegen [--check]");
    }
    let mut all = vec![
        "run",
        "--package",
        "hudang-door",
        "--example",
        "typescript",
        "--locked",
        "--",
    ];
    all.extend(arguments.iter().map(String::as_str));
    run("cargo", &all)
}

/// Builds the screens as the lock file has them.
pub(crate) fn build() -> anyhow::Result<()> {
    has_node()?;
    npm(&["ci", "--no-audit", "--no-fund"])?;
    npm(&["run", "build"])
}

/// Builds the screens, checks their types, and runs the tests of what they decide.
pub(crate) fn check() -> anyhow::Result<()> {
    has_node()?;
    npm(&["ci", "--no-audit", "--no-fund"])?;
    for script in ["check", "test", "build"] {
        npm(&["run", script])?;
    }
    Ok(())
}

/// Drives the screens in a browser and in the app's window against a real phone's store and a real server, with the
/// programs as they are built.
pub(crate) fn drive() -> anyhow::Result<()> {
    npm(&["run", "e2e"])
}

/// The window, with the screens as they are built now, and what makes a phone for it.
pub(crate) fn build_window() -> anyhow::Result<()> {
    let build = ["build", "--package", "hudang-app", "--package", "hudang-cli"];
    run(
        "cargo",
        &[&build[..], &["--package", "hudang-demo", "--locked"]].concat(),
    )
}

/// The programs that serve the screens in tests and demonstrations.
pub(crate) fn build_programs() -> anyhow::Result<()> {
    let build = ["build", "--package", "hudang-cli", "--package", "hudang-demo"];
    run("cargo", &[&build[..], &["--locked"]].concat())
}

fn npm(arguments: &[&str]) -> anyhow::Result<()> {
    run_in(&root().join("ui"), "npm", arguments)
}

/// Says what to do where there is no Node, or an old one.
fn has_node() -> anyhow::Result<()> {
    let needed = format!("the screens need Node {NODE_MIN} or later with npm: https://nodejs.org");
    let output = Command::new("node")
        .arg("--version")
        .output()
        .with_context(|| format!("There is no Node; {needed}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    anyhow::ensure!(
        major.is_some_and(|major| major >= NODE_MIN),
        "Node is {version}; {needed}"
    );
    Ok(())
}
