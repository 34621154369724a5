//! Visits taken in per second, beside a plain loop that does only what the same bytes cannot do without. HTTP is
//! not in it yet: both sides begin with the bytes in memory.

use std::sync::Mutex;
use std::time::Instant;

use hudang_archive::Archive;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::Sha256;
use hudang_evidence::note::VerifierKey;
use hudang_evidence::seal::Seal;
use hudang_sync::wire::SyncRequest;
use hudang_testkit::office::{DAY_MS, open};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Made;

use crate::Row;
use crate::visits::{made, office};

const VISITS: usize = 1_500;
const THREADS: usize = 2;

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let mut people = office(&archive, VISITS);
    let keys = people.each_ref().map(|person| person.signer().verifier());
    let all: Vec<_> = (0..VISITS).map(|n| made(n, &mut people)).collect();

    let plain = plain(
        &folder.path().join("plain.db"),
        &all.iter()
            .map(hudang_testkit::visit::Made::of_first)
            .collect::<Vec<_>>(),
        &keys,
    );

    // Entries of one device come in order, so a phone's pushes cannot overtake each other: the second person's
    // entries first, then the first person's visits, a phone to a thread.
    let [mut jia, mut yi] = people;
    let started = Instant::now();
    std::thread::scope(|scope| {
        let (archive, all) = (&archive, &all);
        scope.spawn(move || pushes(archive, &mut jia, all.iter().map(Made::of_first)));
        scope.spawn(move || pushes(archive, &mut yi, all.iter().map(Made::of_second)));
    });
    let ours = VISITS as f64 / started.elapsed().as_secs_f64();
    let ratio = ours / plain;
    vec![Row {
        id: "ingest",
        what: format!("visits taken in per second, {VISITS} visits, without HTTP, beside a plain loop"),
        ours,
        beside: plain,
        unit: "1/s",
        ratio,
        goal: "≥ 0.5".to_owned(),
        met: ratio >= 0.5,
    }]
}

/// Sends requests as a phone does that has seen all that went before.
fn pushes(archive: &Archive, sender: &mut Person, requests: impl Iterator<Item = SyncRequest>) {
    // What the office did before is pulled first.
    let mut cursor = 0;
    loop {
        let answer = sender.sends(
            archive,
            SyncRequest {
                cursor,
                ..SyncRequest::default()
            },
            DAY_MS,
        );
        cursor = answer.cursor;
        if !answer.more {
            break;
        }
    }
    for request in requests {
        cursor = sender
            .sends(archive, SyncRequest { cursor, ..request }, DAY_MS * 5)
            .cursor;
    }
}

/// Load in automerge, verify, hash, one insert a row, 128 visits to a commit.
fn plain(path: &std::path::Path, all: &[SyncRequest], keys: &[VerifierKey; 2]) -> f64 {
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE item (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;",
    )
    .unwrap();
    let db = Mutex::new(db);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for half in all.chunks(all.len().div_ceil(THREADS)) {
            let db = &db;
            scope.spawn(move || {
                for batch in half.chunks(128) {
                    let mut rows: Vec<(Sha256, &[u8])> = Vec::new();
                    for visit in batch {
                        for note in &visit.entries {
                            Entry::verify(note, &keys[0]).unwrap();
                            rows.push((Sha256::of(note), note));
                        }
                        for note in &visit.seals {
                            Seal::verify(note, keys).unwrap();
                            rows.push((Sha256::of(note), note));
                        }
                        for parcel in &visit.documents {
                            automerge::Automerge::load(&parcel.payload).unwrap();
                            rows.push((Sha256::of(&parcel.payload), &parcel.payload));
                        }
                    }
                    let mut db = db.lock().unwrap();
                    let transaction = db.transaction().unwrap();
                    for (hash, bytes) in rows {
                        transaction
                            .prepare_cached("INSERT OR IGNORE INTO item VALUES (?1, ?2)")
                            .unwrap()
                            .execute(rusqlite::params![hash.as_bytes(), bytes])
                            .unwrap();
                    }
                    transaction.commit().unwrap();
                }
            });
        }
    });
    all.len() as f64 / started.elapsed().as_secs_f64()
}
