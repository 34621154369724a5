//! The window of the phone app on a desk: its settings from the command line.

use clap::Parser;

/// The window of the phone app.
#[derive(Debug, Parser)]
#[command(name = "hudang-app", version)]
struct Arguments {
    /// The store's directory, made where there is none; without it the place that the platform gives this app.
    #[arg(long)]
    store: Option<std::path::PathBuf>,
    /// Free space in MB under which photos and recordings are refused.
    #[arg(long, default_value_t = hudang_app_lib::RESERVE_MB)]
    reserve_mb: u32,
}

fn main() -> anyhow::Result<()> {
    let Arguments { store, reserve_mb } = Arguments::parse();
    hudang_app_lib::open(store, reserve_mb)
}
