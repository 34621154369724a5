//! The same documents pushed to us and to a sync server of automerge-repo with its storage on disk. That server is
//! installed with npm into `target/bench-peer` from `tests/bench/peer`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hudang_testkit::visit::Made;

use crate::Row;
use crate::door::Door;
use crate::ingest::{PAIRS, documents_per_second, prepared};
use crate::served::Served;
use crate::visits::{ANSWERS, work_of};

const GOALS: [(usize, f64); 2] = [(200, 20.0), (1_000, 50.0)];

pub(crate) fn run() -> Vec<Row> {
    let Some(peer) = installed() else {
        return Vec::new();
    };
    GOALS
        .into_iter()
        .filter_map(|(documents, goal)| {
            let folder = tempfile::tempdir().unwrap();
            let (root, mut pairs) = prepared(folder.path(), PAIRS, documents);
            let work = work_of(&mut pairs, 0, documents, ANSWERS);
            let beside = pushed_to_peer(&peer, folder.path(), &work)?;
            let server = Served::start(&root);
            let ours = documents_per_second(&Door::to(&server), &mut pairs, &work);
            Some(Row {
                id: "peer",
                what: format!(
                    "{documents} documents of visits pushed over HTTPS, {PAIRS} at once, beside automerge-repo over \
                     its WebSocket"
                ),
                ours,
                beside,
                unit: "1/s",
                ratio: ours / beside,
                goal: format!("≥ {goal}"),
                met: ours / beside >= goal,
            })
        })
        .collect()
}

/// The directory in which the peers are installed; nothing where that cannot be.
pub(crate) fn installed() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = root.join("../../target/bench-peer");
    std::fs::create_dir_all(&place).unwrap();
    for name in ["package.json", "server.mjs", "push.mjs", "session.mjs"] {
        std::fs::copy(root.join("peer").join(name), place.join(name)).unwrap();
    }
    let is_there = |package: &str| place.join("node_modules").join(package).is_dir();
    if !["@automerge/automerge-repo", "@getodk/xforms-engine", "jsdom"]
        .into_iter()
        .all(is_there)
    {
        let npm = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--silent"])
            .current_dir(&place)
            .status();
        if !npm.is_ok_and(|status| status.success()) {
            eprintln!("peer: skipped, because npm is missing or cannot reach its registry");
            return None;
        }
    }
    Some(place)
}

fn pushed_to_peer(peer: &Path, folder: &Path, work: &[Vec<Made>]) -> Option<f64> {
    let (documents, storage) = (folder.join("documents"), folder.join("storage"));
    std::fs::create_dir_all(&documents).unwrap();
    for (n, made) in work.iter().flatten().enumerate() {
        std::fs::write(documents.join(format!("{n:06}")), &made.document.payload[..]).unwrap();
    }
    let mut server = Command::new("node")
        .arg("server.mjs")
        .arg(&storage)
        .current_dir(peer)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let figure = pushed(peer, &mut server, &documents, &storage);
    server.kill().unwrap();
    server.wait().unwrap();
    if figure.is_none() {
        eprintln!("peer: skipped, because its server or client failed");
    }
    figure
}

fn pushed(peer: &Path, server: &mut Child, documents: &Path, storage: &Path) -> Option<f64> {
    let mut port = String::new();
    BufReader::new(server.stdout.take()?).read_line(&mut port).ok()?;
    let output = Command::new("node")
        .args(["push.mjs", port.trim()])
        .args([documents, storage])
        .arg(PAIRS.to_string())
        .current_dir(peer)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
