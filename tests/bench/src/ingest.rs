//! Visits taken in per second over HTTPS by one server process, beside a plain loop that does only what the same bytes
//! cannot do without. The phones that send share the machine's cores with the server.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use hudang_evidence::entry::Entry;
use hudang_evidence::id::Sha256;
use hudang_evidence::note::VerifierKey;
use hudang_evidence::seal::Seal;
use hudang_sync::wire::SyncRequest;
use hudang_testkit::office::open;
use hudang_testkit::person::Person;
use hudang_testkit::visit::Made;

use crate::Row;
use crate::door::Door;
use crate::served::Served;
use crate::visits::{ANSWERS, Pair, THREADS, assert_complete, assert_kept, assign, office, work_of};

const VISITS: usize = 3_000;
/// As many phones as a county has in the field; each has one request under way.
pub(crate) const PAIRS: usize = 32;

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let (root, mut pairs) = prepared(folder.path(), PAIRS, VISITS);
    let work = work_of(&mut pairs, 0, VISITS, ANSWERS);
    let beside = plain(&folder.path().join("plain.db"), &pairs, &work);
    let server = Served::start(&root);
    let door = Door::to(&server);
    let mut cursors = pulled(&door, &mut pairs);
    let before_s = server.worked_s();
    let ours = pushed_per_second(&door, &mut pairs, &mut cursors, &work);
    let worked_s = server.worked_s() - before_s;
    let ratio = ours / beside;
    let own = VISITS as f64 * THREADS as f64 / worked_s;
    let wall = Row {
        id: "ingest",
        what: format!(
            "visits taken in per second over HTTPS, {VISITS} visits of {} phones, beside a plain loop",
            2 * PAIRS
        ),
        ours,
        beside,
        unit: "1/s",
        ratio,
        goal: "≥ 0.5".to_owned(),
        met: ratio >= 0.5,
    };
    // Here the phones take their share of the same cores; this is what the server leaves room for.
    let server_alone = Row {
        id: "ingest-server",
        what: format!(
            "the same at most, by the server's own processor time on {THREADS} cores with the phones elsewhere"
        ),
        ours: own,
        beside,
        unit: "1/s",
        ratio: own / beside,
        goal: "≥ 0.5".to_owned(),
        met: own / beside >= 0.5,
    };
    vec![wall, server_alone]
}

/// An archive with pairs of people and visits given to them; nobody has it open.
pub(crate) fn prepared(folder: &Path, pairs: usize, visits: usize) -> (PathBuf, Vec<Pair>) {
    assert_complete(ANSWERS);
    let root = folder.join("archive");
    let archive = open(&root);
    let pairs = office(&archive, pairs);
    assign(&archive, &pairs, 0, visits);
    archive.close();
    (root, pairs)
}

/// Every phone sends its work, one request at a time, all phones at once, from where each stands; moves that on.
pub(crate) fn pushed_per_second(
    door: &Door,
    pairs: &mut [Pair],
    cursors: &mut [[u64; 2]],
    work: &[Vec<Made>],
) -> f64 {
    let started = Instant::now();
    std::thread::scope(|scope| {
        for ((pair, made), cursors) in pairs.iter_mut().zip(work).zip(cursors) {
            let [first, second] = pair;
            let [of_first, of_second] = cursors;
            scope.spawn(move || pushes(door, first, of_first, made.iter().map(Made::of_first)));
            scope.spawn(move || pushes(door, second, of_second, made.iter().map(Made::of_second)));
        }
    });
    let visits: usize = work.iter().map(Vec::len).sum();
    visits as f64 / started.elapsed().as_secs_f64()
}

/// The same for the documents of the first people alone.
pub(crate) fn documents_per_second(door: &Door, pairs: &mut [Pair], work: &[Vec<Made>]) -> f64 {
    let started = Instant::now();
    std::thread::scope(|scope| {
        for ([first, _], made) in pairs.iter_mut().zip(work) {
            let document = |made: &Made| SyncRequest {
                documents: vec![made.document.clone()],
                ..SyncRequest::default()
            };
            scope.spawn(move || pushes(door, first, &mut 0, made.iter().map(document)));
        }
    });
    let documents: usize = work.iter().map(Vec::len).sum();
    documents as f64 / started.elapsed().as_secs_f64()
}

/// Every phone pulls until there is no more; returns where each stands.
pub(crate) fn pulled(door: &Door, pairs: &mut [Pair]) -> Vec<[u64; 2]> {
    let pairs = pairs.iter_mut();
    pairs
        .map(|pair| pair.each_mut().map(|phone| pulled_by(door, phone)))
        .collect()
}

fn pulled_by(door: &Door, phone: &mut Person) -> u64 {
    let mut cursor = 0;
    loop {
        let request = SyncRequest {
            cursor,
            ..SyncRequest::default()
        };
        let answer = door.send(phone, &request);
        cursor = answer.cursor;
        if !answer.more {
            return cursor;
        }
    }
}

/// Sends requests one after another, as a phone does that has seen all that went before.
fn pushes(door: &Door, phone: &mut Person, cursor: &mut u64, requests: impl Iterator<Item = SyncRequest>) {
    for request in requests {
        let answer = door.send(
            phone,
            &SyncRequest {
                cursor: *cursor,
                ..request
            },
        );
        assert_kept(&answer);
        *cursor = answer.cursor;
    }
}

/// Load in automerge, verify, hash, one insert a row, 128 visits to a commit.
fn plain(path: &std::path::Path, pairs: &[Pair], work: &[Vec<Made>]) -> f64 {
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE item (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;",
    )
    .unwrap();
    let db = Mutex::new(db);
    let all: Vec<(SyncRequest, [VerifierKey; 2])> = pairs
        .iter()
        .zip(work)
        .flat_map(|(pair, made)| {
            let keys = pair.each_ref().map(|person| person.signer().verifier());
            made.iter().map(move |made| {
                let mut both = made.of_first();
                both.entries.extend(made.of_second().entries);
                (both, keys.clone())
            })
        })
        .collect();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for half in all.chunks(all.len().div_ceil(THREADS)) {
            let db = &db;
            scope.spawn(move || {
                for batch in half.chunks(128) {
                    let mut rows: Vec<(Sha256, Vec<u8>)> = Vec::new();
                    for (visit, keys) in batch {
                        checked(visit, keys, &mut rows);
                    }
                    insert(&mut db.lock().unwrap(), &rows);
                }
            });
        }
    });
    all.len() as f64 / started.elapsed().as_secs_f64()
}

fn checked(visit: &SyncRequest, keys: &[VerifierKey; 2], rows: &mut Vec<(Sha256, Vec<u8>)>) {
    let firsts = visit.entries.len() - 2;
    for (place, note) in visit.entries.iter().enumerate() {
        Entry::verify(note, &keys[usize::from(place >= firsts)]).unwrap();
        rows.push((Sha256::of(note), note.to_vec()));
    }
    for note in &visit.seals {
        Seal::verify(note, keys).unwrap();
        rows.push((Sha256::of(note), note.to_vec()));
    }
    for parcel in &visit.documents {
        automerge::Automerge::load(&parcel.payload).unwrap();
        rows.push((Sha256::of(&parcel.payload), parcel.payload.to_vec()));
    }
    for parcel in &visit.snapshots {
        // A snapshot travels as its values and salts; its bytes and their digests are made from those.
        let (snapshot, disclosures) = parcel.open().unwrap();
        let values: Vec<&str> = disclosures
            .iter()
            .map(hudang_evidence::snapshot::Disclosure::as_str)
            .collect();
        for bytes in [snapshot.bytes().to_vec(), values.join("\n").into_bytes()] {
            rows.push((Sha256::of(&bytes), bytes));
        }
    }
}

fn insert(db: &mut rusqlite::Connection, rows: &[(Sha256, Vec<u8>)]) {
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
