//! The app's window with 2,000 households in its store beside a window of Tauri with an empty page: how long it takes until
//! somebody can do something, and how much memory it holds. Both are driven by the web view's own driver on a display that
//! nobody sees, in turns.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Row;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    start_ms: f64,
    rss_mi_b: f64,
    pss_mi_b: f64,
}

#[derive(serde::Deserialize)]
struct Figures {
    app: Seen,
    empty: Seen,
}

pub(crate) fn run() -> Vec<Row> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let ui = root.join("ui");
    does("npm", &["ci", "--no-audit", "--no-fund"], &ui, &[]);
    does("npm", &["run", "build"], &ui, &[]);
    let window = [
        "build",
        "--release",
        "--package",
        "hudang-app",
        "--bins",
        "--examples",
        "--locked",
    ];
    does("cargo", &window, &root, &[]);
    let field = [
        "build",
        "--release",
        "--package",
        "hudang-cli",
        "--package",
        "hudang-demo",
        "--locked",
    ];
    does("cargo", &field, &root, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.json");
    let release = root.join("target/release");
    let places = [
        ("HUDANG_APP", release.join("hudang-app")),
        ("HUDANG_EMPTY", release.join("examples/empty")),
        ("HUDANG_DEMO", release.join("hudang-demo")),
        ("HUDANG_FIGURES", file.clone()),
    ];
    does("npm", &["run", "figures", "--workspace", "visit"], &ui, &places);
    let Figures { app, empty } = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let row = |id, what: &str, unit, ours: f64, beside: f64, most: f64| Row {
        id,
        what: what.to_owned(),
        ours,
        beside,
        unit,
        ratio: ours / beside,
        goal: format!("≤ {most}"),
        met: ours <= most * beside,
    };
    vec![
        row(
            "window-start",
            "the window until the PIN can be given, 2,000 households, beside an empty one",
            "ms",
            app.start_ms,
            empty.start_ms,
            2.0,
        ),
        row(
            "window-rss",
            "memory of the window with today's list, all its processes (RSS)",
            "MiB",
            app.rss_mi_b,
            empty.rss_mi_b,
            1.5,
        ),
        row(
            "window-pss",
            "the same, what is shared counted once (PSS)",
            "MiB",
            app.pss_mi_b,
            empty.pss_mi_b,
            1.5,
        ),
    ]
}

fn does(program: &str, arguments: &[&str], directory: &Path, places: &[(&str, PathBuf)]) {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(directory)
        .stdout(std::io::stderr());
    command.envs(places.iter().map(|(name, place)| (name, place)));
    assert!(
        command.status().unwrap().success(),
        "{program} {}",
        arguments.join(" ")
    );
}
