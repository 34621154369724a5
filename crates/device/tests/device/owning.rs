//! Whoever else works on the machine reads nothing of a phone's store.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::field::{Phone, visit, wav, who};

#[test]
fn a_store_is_its_owners_only() {
    let mut phone = Phone::with("phone", &["jia"]);
    fs::set_permissions(&phone.directory, fs::Permissions::from_mode(0o755)).unwrap();
    phone = phone.restarted(std::sync::Arc::new(hudang_device::platform::NoFaults));
    phone.unlock_all();
    phone.open("jia");
    phone.interviews("jia");
    // One that is still running.
    let recording = phone
        .device
        .recording_start(&who("jia"), visit(), "访谈")
        .unwrap();
    phone.device.recording_append(recording, &wav(1)).unwrap();
    let mut waiting = vec![phone.directory.clone()];
    let mut files = 0;
    while let Some(path) = waiting.pop() {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", path.display());
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            files += 1;
        }
    }
    // Database, its log and index, the lock, a running recording, and the originals of the interview.
    assert!(files >= 9, "{files}");
}
