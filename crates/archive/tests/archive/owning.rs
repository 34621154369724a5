//! Whoever else works on the machine reads nothing of an archive, whatever the umask.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use hudang_testkit::office::{DAY_MS, at, open, set_up};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;

/// What others may do with something in a directory, and with the directory itself.
fn open_to_others(root: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            found.push((path.clone(), mode));
        }
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}

#[test]
fn an_archive_and_its_copies_are_their_owners_only() {
    let folder = tempfile::tempdir().unwrap();
    let [root, backup, restored] = ["archive", "backup", "restored"].map(|name| folder.path().join(name));
    let archive = open(&root);
    set_up(&archive, 2);
    let (mut jia, mut yi) = Person::pair(&archive);
    let [first, second] = [1, 2].map(|n| Plan::of(n).carried_out(&mut jia, &mut yi));
    first.brought(&archive, &mut jia, &mut yi, DAY_MS);
    // An upload that is under way.
    let hash = hudang_evidence::id::BlobHash::of(&second.photo);
    yi.sends(&archive, second.of_second(), DAY_MS);
    jia.sends(&archive, second.of_first(), DAY_MS);
    archive
        .create_upload(hash, second.photo.len() as u64, jia.installation(), at(DAY_MS))
        .unwrap();
    let mut upload = archive.write_upload(hash, 0, jia.installation()).unwrap();
    upload.write(&second.photo[..10]).unwrap();
    upload.finish(at(DAY_MS)).unwrap();
    assert!(root.join("archive.db-wal").is_file() && root.join("archive.db-shm").is_file());
    assert_eq!(fs::read_dir(root.join("incoming")).unwrap().count(), 1);
    archive
        .back_up(
            &hudang_testkit::office::local(),
            &backup,
            None,
            &hudang_archive::Looking::at(hudang_testkit::office::at(DAY_MS)),
            &mut |_| {},
        )
        .unwrap();
    archive.close();
    hudang_archive::restore(&backup, &restored, None, &mut |_| {}).unwrap();
    for place in [root, backup, restored] {
        assert_eq!(open_to_others(&place), []);
    }
}

#[test]
fn an_archive_that_was_open_to_others_is_closed_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    open(&root).close();
    for name in [".", "archive.db", "blobs", "incoming"] {
        let path = root.join(name);
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    open(&root).close();
    assert_eq!(open_to_others(&root), []);
}
