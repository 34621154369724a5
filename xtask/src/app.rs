//! `cargo xtask app`: the phone app's window on this machine.

use anyhow::Context as _;

use crate::run::{root, run, run_built};
use crate::{packages, screens};

/// Where the window's program lies once it is built.
const WINDOW: &str = "target/debug/hudang-app";

/// Builds screens and window, and opens it: over a phone that is enrolled and has households to visit, with a server
/// behind it; or over the store that is named, where a new one begins with enrolling.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let store = match arguments {
        [] => None,
        // The window starts elsewhere than where this was called.
        [option, store] if option == "--store" => Some(std::path::absolute(store)?),
        _ => anyhow::bail!("usage: app [--store DIR]"),
    };
    packages::install_for_window()?;
    screens::build()?;
    screens::build_window()?;
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    anyhow::ensure!(
        has_display,
        "there is no display to open a window on; `cargo xtask demo` shows the same screens in a browser"
    );
    let window = root().join(WINDOW);
    let window = window.to_str().context("The program's place")?;
    match store {
        Some(store) => run(window, &["--store", store.to_str().context("The store's place")?]),
        None => run_built("hudang-demo", &["app".to_owned(), window.to_owned()]),
    }
}
