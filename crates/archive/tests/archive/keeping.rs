//! Fixity, backup, and one server to a directory.

use std::fs;

use hudang_archive::{CheckFinding, CheckListener, CheckProgress};
use hudang_evidence::id::BlobHash;

use hudang_testkit::office::{DAY_MS, counts, open, set_up};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;

#[derive(Default)]
struct Heard(Vec<String>);

impl CheckListener for Heard {
    fn found(&mut self, finding: CheckFinding) {
        self.0.push(finding.code);
    }

    fn progress(&mut self, _progress: CheckProgress) {}
}

fn checked(archive: &hudang_archive::Archive) -> Vec<String> {
    let mut heard = Heard::default();
    archive.check(&mut heard).unwrap();
    heard.0
}

#[test]
fn a_backup_taken_at_work_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 3);
    let (mut jia, mut yi) = (
        Person::enrolled(&archive, "jia", 1),
        Person::enrolled(&archive, "yi", 2),
    );
    let [first, second] = [1, 2].map(|n| Plan::of(n).carried_out(&mut jia, &mut yi));
    first.brought(&archive, &mut jia, &mut yi, DAY_MS);
    let backup = folder.path().join("backup");
    archive.back_up(&backup, &mut |_| {}).unwrap();
    second.brought(&archive, &mut jia, &mut yi, DAY_MS);
    assert_eq!(checked(&archive), Vec::<String>::new());

    let restored = folder.path().join("restored");
    hudang_archive::restore(&backup, &restored, &mut |_| {}).unwrap();
    let restored = open(&restored);
    assert_eq!(checked(&restored), Vec::<String>::new());
    assert_eq!(counts(&restored), ["assigned 2", "counted 1"]);
    assert_eq!(counts(&archive), ["assigned 1", "counted 2"]);
    assert_eq!(restored.receipt_key(), archive.receipt_key());
}

#[test]
fn damage_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let archive = open(&root);
    set_up(&archive, 2);
    let (mut jia, mut yi) = (
        Person::enrolled(&archive, "jia", 1),
        Person::enrolled(&archive, "yi", 2),
    );
    let [first, second] = [1, 2].map(|n| Plan::of(n).carried_out(&mut jia, &mut yi));
    first.brought(&archive, &mut jia, &mut yi, DAY_MS);
    second.brought(&archive, &mut jia, &mut yi, DAY_MS);
    let path = |photo: &[u8]| {
        let name = BlobHash::of(photo).to_string();
        root.join("blobs").join(&name[..2]).join(&name[2..4]).join(&name)
    };
    let mut bytes = fs::read(path(&first.photo)).unwrap();
    bytes[30] ^= 1;
    fs::write(path(&first.photo), bytes).unwrap();
    fs::remove_file(path(&second.photo)).unwrap();
    let mut found = checked(&archive);
    found.sort();
    assert_eq!(found, ["BLOB-DAMAGED", "BLOB-MISSING"]);
}

#[test]
fn one_server_to_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let archive = open(&root);
    let second = hudang_testkit::office::open_with(&root, std::sync::Arc::new(hudang_archive::NoFaults));
    assert_eq!(second.err().map(|error| error.code()), Some("ARCHIVE-LOCKED"));
    archive.close();
    open(&root).close();
}
