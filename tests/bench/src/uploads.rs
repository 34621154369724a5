//! Photos up: 4 MB each, eight phones at once, over HTTPS; beside SHA-256, write and fsync of the same bytes.

use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hudang_evidence::id::{BlobHash, Sha256};
use hudang_testkit::chance::Chance;
use hudang_testkit::person::Person;
use hudang_testkit::picture::scene;

use crate::Row;
use crate::door::Door;
use crate::ingest::{prepared, pushed_per_second};
use crate::served::Served;
use crate::visits::{in_turn, made_with};

const PHOTOS: usize = 96;
const BYTES: usize = 4 << 20;
const AT_ONCE: usize = 8;

/// A photo with its name.
type Photo = (BlobHash, Bytes);

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let (root, mut pairs) = prepared(folder.path(), AT_ONCE, PHOTOS);
    let mut work: Vec<Vec<_>> = std::iter::repeat_with(Vec::new).take(AT_ONCE).collect();
    for (n, photo) in photos().into_iter().enumerate() {
        let pair = n % AT_ONCE;
        work[pair].push(made_with(n, 1, photo, &mut pairs[pair]));
    }
    let server = Served::start(&root);
    pushed_per_second(&Door::to(&server), &mut pairs, &mut [[0; 2]; AT_ONCE], &work);
    let photos = work.into_iter().flatten().map(|made| made.photo);
    let photos: Vec<Photo> = photos.map(|bytes| (BlobHash::of(&bytes), bytes.into())).collect();
    let plain_folder = folder.path().join("plain");
    std::fs::create_dir(&plain_folder).unwrap();
    let own_way = |[first, _]: [Person; 2]| Mutex::new((first, Door::to(&server)));
    let phones: Vec<_> = pairs.into_iter().map(own_way).collect();
    let megabytes = (PHOTOS * BYTES) as f64 / 1e6;
    // Each side twice, in turn: the first time warms the disk.
    let (mut ours, mut beside, mut lag_s) = (0.0, 0.0, 0.0_f64);
    for half in photos.chunks(PHOTOS / 2) {
        beside += seconds(half, &|(hash, bytes)| plain(&plain_folder, hash, bytes));
        ours += seconds(half, &|(hash, bytes)| {
            // As many phones as threads: one is always free.
            let mut free = phones.iter().find_map(|phone| phone.try_lock().ok()).unwrap();
            let (phone, door) = &mut *free;
            door.bring(phone, *hash, bytes.clone());
        });
        lag_s = lag_s.max(looked_into(&root));
    }
    let (ours, beside) = (megabytes / ours, megabytes / beside);
    vec![Row {
        id: "uploads",
        what: format!(
            "{PHOTOS} photos of 4 MB over HTTPS, {AT_ONCE} at once, beside hash, write and \
             flush; the last was looked into {lag_s:.2} s after it was acknowledged"
        ),
        ours,
        beside,
        unit: "MB/s",
        ratio: ours / beside,
        goal: "≥ 0.6".to_owned(),
        met: ours / beside >= 0.6,
    }]
}

/// Seconds until the server has looked into all that it holds.
fn looked_into(root: &Path) -> f64 {
    let started = Instant::now();
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = rusqlite::Connection::open_with_flags(root.join("archive.db"), flags).unwrap();
    let waiting = || -> u64 {
        let count = "SELECT count(*) FROM blob WHERE inspected = 0";
        db.query_row(count, [], |row| row.get(0)).unwrap()
    };
    while waiting() > 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    started.elapsed().as_secs_f64()
}

/// Pictures, each of its own scene, with noise behind their end, which readers ignore: as large as photos.
fn photos() -> Vec<Vec<u8>> {
    let mut chance = Chance::new(5);
    let noise: Vec<u8> = (0..BYTES)
        .map(|_| u8::try_from(chance.below(256)).unwrap())
        .collect();
    (0..u32::try_from(PHOTOS).unwrap())
        .map(|n| {
            let mut photo = scene(n);
            photo.extend_from_slice(&noise[photo.len()..]);
            photo
        })
        .collect()
}

fn seconds(photos: &[Photo], work: &(dyn Fn(&Photo) + Sync)) -> f64 {
    let started = Instant::now();
    in_turn(AT_ONCE, photos.iter().collect(), work);
    started.elapsed().as_secs_f64()
}

fn plain(folder: &Path, hash: &BlobHash, bytes: &[u8]) {
    let mut file = std::fs::File::create(folder.join(hash.to_string())).unwrap();
    assert_eq!(Sha256::of(bytes).as_bytes(), hash.as_bytes());
    file.write_all(bytes).unwrap();
    file.sync_all().unwrap();
}
