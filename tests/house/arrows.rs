//! Arrows point one way, and pure crates reach nothing that reads a clock, a disk, the network or a random source.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The pure crates, each with the crates of the house that it may use.
const PURE: [(&str, &[&str]); 6] = [
    ("hudang-evidence", &[]),
    ("hudang-form", &[]),
    ("hudang-media", &["hudang-evidence"]),
    ("hudang-visit", &["hudang-evidence", "hudang-form"]),
    ("hudang-sync", &["hudang-evidence"]),
    ("hudang-contract", &["hudang-evidence", "hudang-visit"]),
];

/// Crates whose purpose is to read the outside world, or to run what does.
const OUTSIDE: [&str; 14] = [
    "async-std",
    "fastrand",
    "getrandom",
    "hyper",
    "memmap2",
    "mio",
    "rand",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
    "ureq",
];

/// (pure crate, outside crate, why it is allowed).
const EXCEPTIONS: [(&str, &str, &str); 5] = [
    (
        "hudang-visit",
        "rand",
        "automerge draws actor ids from it; every document gets its actor from us",
    ),
    (
        "hudang-visit",
        "getrandom",
        "the source behind automerge's rand and uuid",
    ),
    (
        "hudang-form",
        "getrandom",
        "zip draws salts from it for archives that it encrypts; workbooks are only read",
    ),
    ("hudang-contract", "rand", "through hudang-visit"),
    ("hudang-contract", "getrandom", "through hudang-visit"),
];

/// What the workspace is built from on this machine; packages of other platforms were never fetched.
pub(crate) fn metadata() -> Value {
    let output = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        let output = command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let rustc = output("rustc", &["-vV"]);
    let host = rustc
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--offline",
        "--filter-platform",
        host,
    ];
    serde_json::from_str(&output(env!("CARGO"), &arguments)).unwrap()
}

/// Package id → ids of what it needs when it runs.
fn graph(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let edges = |node: &Value| {
        let runs = |dep: &&Value| {
            dep["dep_kinds"]
                .as_array()
                .unwrap()
                .iter()
                .any(|kind| kind["kind"].is_null())
        };
        let deps = node["deps"].as_array().unwrap().iter().filter(runs);
        deps.map(|dep| dep["pkg"].as_str().unwrap().to_owned()).collect()
    };
    nodes
        .iter()
        .map(|node| (node["id"].as_str().unwrap().to_owned(), edges(node)))
        .collect()
}

fn names(metadata: &Value) -> BTreeMap<String, String> {
    let text = |package: &Value, field: &str| package[field].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect()
}

#[test]
fn pure_crates_reach_nothing_outside() {
    let metadata = metadata();
    let (graph, names) = (graph(&metadata), names(&metadata));
    let mut found = BTreeSet::new();
    for (id, _) in names
        .iter()
        .filter(|(_, name)| PURE.iter().any(|(pure, _)| pure == name))
    {
        let mut seen = BTreeSet::from([id]);
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            open.extend(graph[next].iter().filter(|dep| seen.insert(dep)));
        }
        let outside = seen
            .iter()
            .map(|dep| names[*dep].as_str())
            .filter(|name| OUTSIDE.contains(name));
        found.extend(outside.map(|name| (names[id].clone(), name.to_owned())));
    }
    let allowed: BTreeSet<(String, String)> = EXCEPTIONS
        .iter()
        .map(|(pure, outside, _)| ((*pure).to_owned(), (*outside).to_owned()))
        .collect();
    assert_eq!(
        found, allowed,
        "an exception too few, or one that is no longer needed"
    );
}

#[test]
fn arrows_point_one_way() {
    let metadata = metadata();
    let (graph, names) = (graph(&metadata), names(&metadata));
    for (pure, may) in PURE {
        let (id, _) = names.iter().find(|(_, name)| *name == pure).unwrap();
        let house = graph[id]
            .iter()
            .map(|dep| names[dep].as_str())
            .filter(|name| name.starts_with("hudang-"));
        let beyond: Vec<&str> = house.filter(|name| !may.contains(name)).collect();
        assert!(beyond.is_empty(), "{pure} must not use {beyond:?}");
    }
}
