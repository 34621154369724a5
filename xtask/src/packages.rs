//! Debian packages that the build needs beside Rust.

use crate::run::{run, succeeds};

/// What for: a C compiler for libopus, libzstd and SQLCipher, `cmake` for libopus, OpenSSL for SQLCipher.
const PACKAGES: [&str; 4] = ["build-essential", "cmake", "libssl-dev", "pkg-config"];

/// Installs what is missing as root; otherwise says what to run.
pub(crate) fn install() -> anyhow::Result<()> {
    if !succeeds("dpkg", &["--version"]) {
        println!("Not a Debian system: install a C compiler and cmake by hand if the build asks for them.");
        return Ok(());
    }
    let missing: Vec<&str> = PACKAGES
        .into_iter()
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
