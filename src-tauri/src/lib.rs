//! The phone app: the screens in a window or on a phone, and the command door behind them.
//!
//! In: a store's directory. Out: a window whose page may call the two handlers in [`commands`] and read originals by
//! [`originals`], and nothing else. It has no rules: what a session may do is for the door to say.

#![allow(
    clippy::disallowed_methods,
    reason = "this shell reads its settings and the store's place"
)]

#[cfg(target_os = "android")]
mod android;
mod commands;
mod originals;
mod shell;
mod store;

use std::path::PathBuf;

/// Free space in MB under which photos and recordings are refused, where nobody says otherwise.
pub const RESERVE_MB: u32 = 200;

/// Opens the window and stays until it is closed.
///
/// Without `store` the store lies where the platform keeps this app's data. Photos and recordings are refused while less
/// than `reserve_mb` MB are free.
pub fn open(store: Option<PathBuf>, reserve_mb: u32) -> anyhow::Result<()> {
    shell::run(store, u64::from(reserve_mb) << 20)
}

/// Where a phone's system begins.
#[cfg(mobile)]
#[tauri::mobile_entry_point]
pub fn run() {
    if let Err(error) = open(None, RESERVE_MB) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
