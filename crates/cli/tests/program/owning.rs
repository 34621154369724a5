//! What the program makes is its owner's only, whatever the shell's umask.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::served::CONTRACT;

/// Runs the program in a shell whose umask takes nothing away.
fn open_handed(folder: &Path, arguments: &str) {
    let line = format!("umask 000; exec '{}' {arguments}", env!("CARGO_BIN_EXE_hudang"));
    let output = Command::new("sh")
        .args(["-c", &line])
        .current_dir(folder)
        .env_remove("HUDANG_SERVER")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn archives_stores_keys_and_invitations_are_their_owners_only() {
    let room = tempfile::tempdir().unwrap();
    let folder = room.path();
    fs::write(folder.join("contract.json"), CONTRACT).unwrap();
    open_handed(folder, "archive init archive --origin hudang/152525");
    open_handed(folder, "admin contract contract.json");
    open_handed(
        folder,
        "admin code --contract HT-2026-001 --person jia --url http://127.0.0.1:1 --picture code.svg",
    );
    open_handed(folder, "archive backup archive backup");
    open_handed(folder, "archive restore backup restored");
    open_handed(folder, "archive backup-key backup.key");
    let key = fs::read_to_string(folder.join("backup.key")).unwrap();
    let recipient = key.lines().next().unwrap().trim_start_matches("# ");
    open_handed(
        folder,
        &format!("archive backup archive closed --recipient {recipient}"),
    );
    open_handed(folder, "archive restore closed opened --key backup.key");
    open_handed(folder, "phone --store phone init");
    let mut waiting: Vec<_> = [
        "archive",
        "backup",
        "backup.key",
        "closed",
        "opened",
        "restored",
        "phone",
        "code.svg",
    ]
    .map(|name| folder.join(name))
    .into();
    let mut seen = Vec::new();
    while let Some(path) = waiting.pop() {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", path.display());
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        seen.push(path);
    }
    for wanted in [
        "archive/archive.db",
        "archive/server.key",
        "backup/archive.db",
        "closed/archive.db.age",
        "opened/server.key",
        "restored/server.key",
        "phone/hudang.db",
        "phone/store.key",
    ] {
        assert!(seen.contains(&folder.join(wanted)), "{wanted}: {seen:?}");
    }
}
