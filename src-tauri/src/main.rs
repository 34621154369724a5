//! The window of the phone app: the screens, and the command door behind them.
//!
//! In: a store's directory. Out: a window whose page may call the two handlers in [`commands`] and read originals by
//! [`originals`], and nothing else. It has no rules: what a session may do is for the door to say.

#![allow(
    clippy::disallowed_methods,
    reason = "this shell reads its settings and the store's place"
)]

mod commands;
mod originals;
mod shell;
mod store;

use clap::Parser;

/// The window of the phone app.
#[derive(Debug, Parser)]
#[command(name = "hudang-app", version)]
struct Arguments {
    /// The store's directory, made where there is none; without it the place that the platform gives this app.
    #[arg(long)]
    store: Option<std::path::PathBuf>,
    /// Free space in MB under which photos and recordings are refused.
    #[arg(long, default_value_t = 200)]
    reserve_mb: u32,
}

fn main() -> anyhow::Result<()> {
    let Arguments { store, reserve_mb } = Arguments::parse();
    shell::run(store, u64::from(reserve_mb) << 20)
}
