//! `cargo xtask app`: the phone app's window on this machine.

use std::path::Path;

use anyhow::Context as _;

use crate::run::{root, run};
use crate::{packages, screens};

/// Where the store lies that nobody names.
const STORE: &str = "target/app/phone";

/// Builds screens and window, and opens it over a store; a new one begins with enrolling.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let store = match arguments {
        [] => root().join(STORE),
        // The window starts elsewhere than where this was called.
        [option, store] if option == "--store" => std::path::absolute(store)?,
        _ => anyhow::bail!("usage: app [--store DIR]"),
    };
    packages::install_for_window()?;
    screens::build()?;
    screens::build_window()?;
    open(&store)
}

fn open(store: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some()),
        "there is no display to open a window on; `cargo xtask demo` shows the same screens in a browser"
    );
    let program = root().join("target/debug/hudang-app");
    let program = program.to_str().context("The program's place")?;
    run(
        program,
        &["--store", store.to_str().context("The store's place")?],
    )
}
