//! Fixity, backup, and one server to a directory.

use std::fs;

use hudang_archive::{CheckFinding, CheckListener, CheckProgress, Looked};
use hudang_evidence::id::BlobHash;

use hudang_testkit::office::{DAY_MS, at, counts, local, open, set_up, upload_only};
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
    archive.check(&[], &mut heard).unwrap();
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
    archive
        .back_up(
            &hudang_testkit::office::local(),
            &backup,
            &hudang_archive::Looking::at(hudang_testkit::office::at(DAY_MS)),
            &mut |_| {},
        )
        .unwrap();
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
        root.join("blobs").join(&name[..2]).join(&name)
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

#[test]
fn an_original_that_cannot_be_read_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let archive = open(&root);
    set_up(&archive, 3);
    let (mut jia, mut yi) = (
        Person::enrolled(&archive, "jia", 1),
        Person::enrolled(&archive, "yi", 2),
    );
    let photos: Vec<BlobHash> = (1..=3)
        .map(|n| {
            let made = Plan::of(n).carried_out(&mut jia, &mut yi);
            yi.sends(&archive, made.of_second(), DAY_MS);
            jia.sends(&archive, made.of_first(), DAY_MS);
            upload_only(&archive, &made.photo, jia.installation(), DAY_MS).unwrap();
            BlobHash::of(&made.photo)
        })
        .collect();
    let name = photos[0].to_string();
    let place = root.join("blobs").join(&name[..2]).join(&name);
    let away = folder.path().join("away");
    std::fs::rename(&place, &away).unwrap();
    let look = || archive.inspect_waiting(1, at(DAY_MS)).unwrap();
    let mut looked = Looked::default();
    loop {
        let once = look();
        if once == Looked::default() {
            break;
        }
        looked.done += once.done;
        looked.failed += once.failed;
    }
    assert_eq!(looked, Looked { done: 2, failed: 1 });
    assert!(archive.inspection(&local(), &photos[0]).unwrap().is_none());

    std::fs::rename(&away, &place).unwrap();
    assert_eq!(
        look(),
        Looked::default(),
        "passed over until it is asked for again"
    );
    archive.look_again();
    assert_eq!(look(), Looked { done: 1, failed: 0 });
    assert!(archive.inspection(&local(), &photos[0]).unwrap().is_some());
}
