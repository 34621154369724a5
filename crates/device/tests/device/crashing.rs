//! The app is killed before each single step of IO, and started again: what was acknowledged is there, nothing half.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hudang_device::platform::NoFaults;
use hudang_device::{Device, IfIncomplete, RecordingId, Result};
use hudang_evidence::body::Source;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::BlobHash;
use hudang_evidence::seal::Outcome;
use hudang_sync::phone::{Applied, Want};

use crate::field::{PIN, Phone, Trip, at, copy, invitation, open_visit, opening, photo, visit, wav, who};

/// Runs `action` on a fresh copy of `phone`, killed before each step in turn; `check` sees the phone after the next
/// start with whether the action was acknowledged.
fn killed_at_each_step<T>(
    phone: &Phone,
    action: impl Fn(&mut Phone) -> Result<T>,
    check: impl Fn(&mut Phone, Option<T>),
) {
    let mut steps = 0;
    loop {
        steps += 1;
        // The trip is armed for the action, not for the start and the unlocking before it.
        let counting = Trip::kill_before(usize::MAX);
        let mut idle = phone.copied(Arc::clone(&counting) as _);
        idle.unlock_all();
        drop(idle);
        let used = counting.used();
        let trip = Trip::kill_before(used + steps);
        let mut copy = phone.copied(Arc::clone(&trip) as _);
        copy.unlock_all();
        assert_eq!(trip.fired.load(Ordering::SeqCst), 0);
        let done = action(&mut copy);
        let fired = trip.fired.load(Ordering::SeqCst) > 0;
        assert!(fired || done.is_ok(), "step {steps}: {:?}", done.err());
        let mut again = copy.restarted(Arc::new(NoFaults));
        again.unlock_all();
        whole(&again);
        check(&mut again, done.ok());
        if !fired {
            assert!(steps > 3, "there are no steps to be killed at");
            return;
        }
    }
}

/// Nothing half: each entry's original is here, the chain hangs together, no file is left over, the outbox holds
/// only what can be sent.
fn whole(phone: &Phone) {
    let mut prev = None;
    let mut originals = 0;
    for note in phone.device.entry_notes(visit()).unwrap() {
        let entry = Entry::parse(&note).unwrap();
        assert_eq!(
            prev.unwrap_or(hudang_evidence::id::EntryId::from_bytes([0; 32])),
            entry.header().prev
        );
        prev = Some(entry.id());
        if let Some((blob, bytes)) = entry.body().blob() {
            originals += 1;
            let found = phone.device.read_blob(&blob, 0, u64::MAX).unwrap();
            assert_eq!((BlobHash::of(&found), found.len() as u64), (blob, bytes));
        }
    }
    let files = |name: &str| std::fs::read_dir(phone.directory.join(name)).unwrap().count();
    assert_eq!(files("blobs"), originals);
    assert_eq!(files("tmp"), 0);
    assert_eq!(
        files("recordings"),
        phone.device.recordings_unfinished().unwrap().len()
    );
    let want = Want {
        bytes_max: usize::MAX,
        items_max: usize::MAX,
        skip: BTreeSet::new(),
        hold: BTreeMap::new(),
    };
    let batch = phone.device.load_batch(&want).unwrap();
    assert_eq!(batch.items.len(), phone.device.outbox().unwrap().len());
    assert_eq!(batch.blobs.len(), originals);
}

fn jia_in_the_visit() -> Phone {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    phone
}

#[test]
fn a_photo() {
    let has = |phone: &Phone| phone.device.read_blob(&BlobHash::of(&photo(1)), 0, 1).is_ok();
    killed_at_each_step(
        &jia_in_the_visit(),
        |phone| {
            phone
                .device
                .add_photo(&who("jia"), visit(), &photo(1), "门牌", Source::Camera)
        },
        |phone, done| {
            if done.is_some() {
                assert!(has(phone));
            }
            phone
                .device
                .add_photo(&who("jia"), visit(), &photo(1), "门牌", Source::Camera)
                .unwrap();
            assert!(has(phone));
        },
    );
}

#[test]
fn an_answer() {
    let mut phone = jia_in_the_visit();
    phone
        .device
        .draft(visit(), &at("income"), &90_i64.into())
        .unwrap();
    killed_at_each_step(
        &phone,
        |phone| {
            phone.device.draft(visit(), &at("income"), &90_000_i64.into())?;
            phone
                .device
                .answer(&who("jia"), visit(), &at("income"), &90_000_i64.into())?;
            phone.device.confirm_page(&who("jia"), visit(), Some("income"))
        },
        |phone, done| {
            let document = phone.device.document(visit()).unwrap();
            let answer = document.answer(&at("income")).unwrap().value;
            let drafts = phone.device.drafts(visit()).unwrap();
            // The draft goes in the commit that writes the answer: it is always in one of the two places.
            assert_eq!(answer.is_some(), drafts.is_empty());
            assert!(done.is_none() || answer == Some(90_000_i64.into()));
        },
    );
}

#[test]
fn a_recording_begins_and_grows() {
    let acknowledged = std::cell::Cell::new((None::<RecordingId>, 0_usize));
    let sound = wav(3);
    killed_at_each_step(
        &jia_in_the_visit(),
        |phone| {
            acknowledged.set((None, 0));
            let id = phone.device.recording_start(&who("jia"), visit(), "访谈")?;
            acknowledged.set((Some(id), 0));
            for (n, piece) in sound.chunks(16_000).enumerate() {
                phone.device.recording_append(id, piece)?;
                acknowledged.set((Some(id), sound.len().min((n + 1) * 16_000)));
            }
            Ok(())
        },
        |phone, _| {
            let (id, bytes) = acknowledged.get();
            if let Some(id) = id {
                let found = phone.device.recording_bytes(id).unwrap();
                assert!(found.len() >= bytes);
                assert_eq!(found, sound[..found.len()]);
            }
        },
    );
}

#[test]
fn a_recording_ends() {
    let mut phone = jia_in_the_visit();
    let id = phone
        .device
        .recording_start(&who("jia"), visit(), "访谈")
        .unwrap();
    let sound = wav(3);
    for piece in sound.chunks(16_000) {
        phone.device.recording_append(id, piece).unwrap();
    }
    killed_at_each_step(
        &phone,
        |phone| phone.device.recording_finish(id),
        |phone, done| {
            let unfinished = phone.device.recordings_unfinished().unwrap();
            let is_here = phone.device.read_blob(&BlobHash::of(&sound), 0, 1).is_ok();
            assert_ne!(is_here, unfinished.iter().any(|recording| recording.id == id));
            if done.is_some() {
                assert!(is_here);
            }
            if !is_here {
                phone.device.recording_finish(id).unwrap();
            }
            assert_eq!(
                phone
                    .device
                    .read_blob(&BlobHash::of(&sound), 0, u64::MAX)
                    .unwrap(),
                sound
            );
        },
    );
}

#[test]
fn a_seal() {
    let mut phone = jia_in_the_visit();
    phone
        .device
        .answer(&who("jia"), visit(), &at("income"), &1_i64.into())
        .unwrap();
    phone
        .device
        .set_outcome(&who("jia"), visit(), Outcome::Done)
        .unwrap();
    killed_at_each_step(
        &phone,
        |phone| phone.device.seal(visit(), &[who("jia")], IfIncomplete::Seal),
        |phone, done| {
            let seals = phone.device.seal_notes(visit()).unwrap();
            assert!(done.is_none() || seals.len() == 1);
            // The seal and the entry that tells of it come together or not at all.
            let notes = phone.device.entry_notes(visit()).unwrap();
            let told = notes
                .iter()
                .filter(|note| Entry::parse(note).unwrap().body().kind() == "seal")
                .count();
            assert_eq!(told, seals.len());
            if seals.is_empty() {
                phone
                    .device
                    .seal(visit(), &[who("jia")], IfIncomplete::Seal)
                    .unwrap();
            }
        },
    );
}

#[test]
fn opening_a_visit() {
    killed_at_each_step(
        &Phone::with("phone", &["jia"]),
        |phone| phone.device.open_visit(&who("jia"), &open_visit()),
        |phone, done| {
            let visits = phone.device.visits().unwrap().len();
            assert_eq!(phone.device.entry_notes(visit()).unwrap().len(), visits);
            assert!(done.is_none() || visits == 1);
            assert_eq!(phone.open("jia"), visit());
            assert_eq!(phone.device.entry_notes(visit()).unwrap().len(), 1);
        },
    );
}

#[test]
fn enrolling() {
    killed_at_each_step(
        &Phone::with("phone", &["jia"]),
        |phone| phone.device.enrol(&invitation("yi"), PIN),
        |phone, done| {
            let people = phone.device.people().unwrap();
            assert!(done.is_none() || people.len() == 2);
            // Whoever is on the phone has a key that works.
            for person in people {
                phone.device.lock(&person.person).unwrap();
                phone.device.unlock(&person.person, PIN).unwrap();
            }
        },
    );
}

#[test]
fn an_answer_of_the_server() {
    let phone = jia_in_the_visit();
    let rows = phone.device.outbox().unwrap();
    let applied = Applied {
        acknowledged: rows.iter().map(|row| row.key).collect(),
        cursor: Some(9),
        ..Applied::default()
    };
    killed_at_each_step(
        &phone,
        |phone| phone.device.apply(&applied),
        |phone, done| {
            let want = Want {
                bytes_max: usize::MAX,
                items_max: usize::MAX,
                skip: BTreeSet::new(),
                hold: BTreeMap::new(),
            };
            let batch = phone.device.load_batch(&want).unwrap();
            // The cursor moves in the commit in which the rows go.
            assert_eq!(batch.cursor == 9, batch.items.is_empty());
            assert!(done.is_none() || batch.cursor == 9);
        },
    );
}

#[test]
fn the_start_itself() {
    let mut phone = jia_in_the_visit();
    phone
        .device
        .add_photo(&who("jia"), visit(), &photo(1), "门牌", Source::Camera)
        .unwrap();
    let id = phone
        .device
        .recording_start(&who("jia"), visit(), "访谈")
        .unwrap();
    let sound = wav(2);
    phone.device.recording_append(id, &sound).unwrap();
    // As a kill leaves it between the rename of a recording and its commit, with left-overs beside.
    let name = |hash: &BlobHash| phone.directory.join("blobs").join(hash.to_string());
    let file = phone
        .directory
        .join("recordings")
        .join(BlobHash::from_bytes(*id.as_bytes()).to_string());
    std::fs::rename(file, name(&BlobHash::of(&sound))).unwrap();
    std::fs::copy(name(&BlobHash::of(&photo(1))), name(&BlobHash::of(b"nobody's"))).unwrap();
    std::fs::write(phone.directory.join("tmp").join("half"), b"half").unwrap();
    for n in 1.. {
        let room = tempfile::tempdir().unwrap();
        copy(&phone.directory, room.path());
        let trip = Trip::kill_before(n);
        let died = Device::open(opening(room.path(), &phone.hands, Arc::clone(&trip) as _)).is_err();
        assert_eq!(died, trip.fired.load(Ordering::SeqCst) > 0);
        let device = Device::open(opening(room.path(), &phone.hands, Arc::new(NoFaults))).unwrap();
        assert_eq!(device.recording_bytes(id).unwrap(), sound);
        assert_eq!(
            device.read_blob(&BlobHash::of(&photo(1)), 0, u64::MAX).unwrap(),
            photo(1)
        );
        let files = |name: &str| std::fs::read_dir(room.path().join(name)).unwrap().count();
        assert_eq!((files("blobs"), files("recordings"), files("tmp")), (1, 1, 0));
        if !died {
            assert!(n > 5, "there are no steps to be killed at");
            break;
        }
    }
}
