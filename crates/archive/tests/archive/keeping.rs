//! Fixity, backup, and one server to a directory.

use std::fs;

use hudang_archive::{BackupKey, BackupRecipient, CheckFinding, CheckListener, CheckProgress, Looked};
use hudang_evidence::id::BlobHash;

use hudang_testkit::folder::files;
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
    let (mut jia, mut yi) = Person::pair(&archive);
    let [first, second] = [1, 2].map(|n| Plan::of(n).carried_out(&mut jia, &mut yi));
    first.brought(&archive, &mut jia, &mut yi, DAY_MS);
    let backup = folder.path().join("backup");
    archive
        .back_up(
            &hudang_testkit::office::local(),
            &backup,
            None,
            &hudang_archive::Looking::at(hudang_testkit::office::at(DAY_MS)),
            &mut |_| {},
        )
        .unwrap();
    second.brought(&archive, &mut jia, &mut yi, DAY_MS);
    assert_eq!(checked(&archive), Vec::<String>::new());

    let restored = folder.path().join("restored");
    hudang_archive::restore(&backup, &restored, None, &mut |_| {}).unwrap();
    let restored = open(&restored);
    assert_eq!(checked(&restored), Vec::<String>::new());
    assert_eq!(counts(&restored), ["assigned 2", "counted 1"]);
    assert_eq!(counts(&archive), ["assigned 1", "counted 2"]);
    assert_eq!(restored.receipt_key(), archive.receipt_key());
}

#[test]
fn an_encrypted_backup_opens_with_its_key_and_holds_nothing_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let archive = open(&root);
    set_up(&archive, 2);
    let (mut jia, mut yi) = Person::pair(&archive);
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    made.brought(&archive, &mut jia, &mut yi, DAY_MS);
    let key = BackupKey::generate();
    let recipient: BackupRecipient = key.recipients()[0].to_string().parse().unwrap();
    let before = files(&root).len();
    let looking = hudang_archive::Looking::at(at(DAY_MS));
    let backup = folder.path().join("backup");
    let copied = archive
        .back_up(&local(), &backup, Some(&recipient), &looking, &mut |_| {})
        .unwrap();
    assert_eq!(copied.blobs, copied.blobs_total);
    assert_eq!(
        files(&root).len(),
        before,
        "what was to be encrypted is left beside the archive"
    );
    let secret = fs::read_to_string(root.join("server.key")).unwrap();
    for file in files(&backup) {
        let bytes = fs::read(&file).unwrap();
        assert!(
            bytes.starts_with(b"age-encryption.org/v1\n"),
            "{}",
            file.display()
        );
        for open in [
            b"SQLite format 3".as_slice(),
            secret.trim().as_bytes(),
            &made.photo[..32],
        ] {
            assert!(
                !bytes.windows(open.len()).any(|part| part == open),
                "{}",
                file.display()
            );
        }
    }

    let to = |name: &str| folder.path().join(name);
    let refused = |key: Option<&BackupKey>, name: &str| {
        let refused = hudang_archive::restore(&backup, &to(name), key, &mut |_| {}).unwrap_err();
        refused.code().to_owned()
    };
    assert_eq!(refused(None, "without"), "BACKUP-KEY");
    assert_eq!(refused(Some(&BackupKey::generate()), "stranger"), "BACKUP-KEY");
    assert_eq!(
        "age1short".parse::<BackupRecipient>().unwrap_err().code(),
        "BACKUP-RECIPIENT"
    );
    let no_key = to("no.key");
    fs::write(&no_key, "# nothing\n").unwrap();
    assert_eq!(BackupKey::read(&no_key).err().unwrap().code(), "BACKUP-KEY");

    let key_file = to("backup.key");
    fs::write(&key_file, key.to_text()).unwrap();
    let key = BackupKey::read(&key_file).unwrap();
    hudang_archive::restore(&backup, &to("restored"), Some(&key), &mut |_| {}).unwrap();
    let restored = open(&to("restored"));
    assert_eq!(checked(&restored), Vec::<String>::new());
    assert_eq!(counts(&restored), ["assigned 1", "counted 1"]);
    assert_eq!(restored.receipt_key(), archive.receipt_key());
    drop(restored);

    // A byte of an original that somebody changed, and a file that is cut.
    let blob = files(&backup)
        .into_iter()
        .find(|path| path.to_string_lossy().contains("/blobs/"))
        .unwrap();
    let bytes = fs::read(&blob).unwrap();
    for (name, broken) in [
        (
            "changed",
            [&bytes[..bytes.len() - 1], &[bytes[bytes.len() - 1] ^ 1]].concat(),
        ),
        ("cut", bytes[..bytes.len() / 2].to_vec()),
    ] {
        fs::write(&blob, broken).unwrap();
        let failed = hudang_archive::restore(&backup, &to(name), Some(&key), &mut |_| {}).unwrap_err();
        assert_eq!(failed.turn(), hudang_archive::Turn::Ours, "{name}: {failed}");
        assert!(!to(name).join("format.json").exists(), "{name}");
    }
}

#[test]
fn damage_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let archive = open(&root);
    set_up(&archive, 2);
    let (mut jia, mut yi) = Person::pair(&archive);
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
    let (mut jia, mut yi) = Person::pair(&archive);
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
