//! Photos up: 4 MB each, eight at once, without HTTP; beside SHA-256, write and fsync of the same bytes.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use hudang_archive::Archive;
use hudang_evidence::id::{BlobHash, InstallationId, Sha256};
use hudang_testkit::chance::Chance;
use hudang_testkit::office::{at, open};

use crate::Row;
use crate::visits::in_turn;

const PHOTOS: usize = 96;
const BYTES: usize = 4 << 20;
const AT_ONCE: usize = 8;
/// How much an HTTP server hands over at a time.
const PIECE_BYTES: usize = 64 << 10;

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let photos = photos();
    let archive = open(&folder.path().join("archive"));
    let plain_folder = folder.path().join("plain");
    std::fs::create_dir(&plain_folder).unwrap();
    let megabytes = (PHOTOS * BYTES) as f64 / 1e6;
    // Each side twice, in turn: the first time warms the disk.
    let halves: Vec<&[(BlobHash, Vec<u8>)]> = photos.chunks(PHOTOS / 2).collect();
    let (mut ours, mut beside) = (0.0, 0.0);
    for half in halves {
        beside += seconds(half, &|(hash, bytes)| plain(&plain_folder, hash, bytes));
        ours += seconds(half, &|(hash, bytes)| uploaded(&archive, *hash, bytes));
    }
    let (ours, beside) = (megabytes / ours, megabytes / beside);
    vec![Row {
        id: "uploads",
        what: format!(
            "{PHOTOS} photos of 4 MB, {AT_ONCE} at once, without HTTP, beside hash, write and flush"
        ),
        ours,
        beside,
        unit: "MB/s",
        ratio: ours / beside,
        goal: "≥ 0.6".to_owned(),
        met: ours / beside >= 0.6,
    }]
}

fn photos() -> Vec<(BlobHash, Vec<u8>)> {
    let mut chance = Chance::new(5);
    let mut base = vec![0_u8; BYTES];
    for byte in &mut base {
        *byte = u8::try_from(chance.below(256)).unwrap();
    }
    (0..PHOTOS as u64)
        .map(|n| {
            base[..8].copy_from_slice(&n.to_be_bytes());
            (BlobHash::of(&base), base.clone())
        })
        .collect()
}

/// A photo with its name.
type Photo = (BlobHash, Vec<u8>);

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

fn uploaded(archive: &Archive, hash: BlobHash, bytes: &[u8]) {
    let sender = InstallationId::from_bytes([1; 32]);
    archive
        .create_upload(hash, bytes.len() as u64, sender, at(0))
        .unwrap();
    let mut upload = archive.write_upload(hash, 0, sender).unwrap();
    bytes
        .chunks(PIECE_BYTES)
        .for_each(|piece| upload.write(piece).unwrap());
    assert!(upload.finish(at(0)).unwrap().held);
}
