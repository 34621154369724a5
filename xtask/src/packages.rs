//! Debian packages that the build needs beside Rust.

use crate::run::{run, succeeds};

/// What for: a C compiler for libopus, libzstd and SQLCipher, `cmake` for libopus, OpenSSL for SQLCipher.
const PACKAGES: [&str; 4] = ["build-essential", "cmake", "libssl-dev", "pkg-config"];

/// What the tests of the screens need beside: a browser, fonts for what it shows, and clocks that can be set.
const FOR_SCREENS: [&str; 4] = ["chromium", "fonts-noto-cjk", "fonts-noto-core", "libfaketime"];

/// What the app's window is built on.
const FOR_WINDOW: [&str; 3] = ["libgtk-3-dev", "librsvg2-dev", "libwebkit2gtk-4.1-dev"];

/// What the test of the window needs beside: a display that nobody sees, and the web view's driver.
const FOR_WINDOW_TEST: [&str; 2] = ["webkit2gtk-driver", "xvfb"];

/// Installs what the build needs.
pub(crate) fn install() -> anyhow::Result<()> {
    install_all(&PACKAGES)
}

/// Installs what the app's window is built on.
pub(crate) fn install_for_window() -> anyhow::Result<()> {
    install_all(&FOR_WINDOW)
}

/// Installs what all tests need, in one go.
pub(crate) fn install_for_tests() -> anyhow::Result<()> {
    install_all(&[&PACKAGES[..], &FOR_SCREENS, &FOR_WINDOW, &FOR_WINDOW_TEST].concat())
}

/// Installs what is missing as root; otherwise says what to run.
fn install_all(packages: &[&str]) -> anyhow::Result<()> {
    if !succeeds("dpkg", &["--version"]) {
        println!(
            "Not a Debian system: install by hand what is asked for of: {}",
            packages.join(" ")
        );
        return Ok(());
    }
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let is_root = std::process::Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    anyhow::ensure!(
        is_root,
        "packages are missing; run: sudo apt-get install -y {packages}"
    );
    run("apt-get", &["update", "-q"])?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(missing);
    run("apt-get", &arguments)
}

fn is_installed(package: &str) -> bool {
    let output = std::process::Command::new("dpkg-query")
        .args(["-W", "-f", "${Status}", package])
        .output();
    output.is_ok_and(|output| output.stdout.ends_with(b"ok installed"))
}
