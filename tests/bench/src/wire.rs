//! Bytes and round trips.

use hudang_evidence::id::BlobHash;
use hudang_sync::phone::FailureKind;
use hudang_sync::wire::{SyncRequest, SyncResponse, pack};
use hudang_testkit::chance::Chance;
use hudang_testkit::office::{DAY_MS, open};
use hudang_testkit::person::Person;
use hudang_testkit::phone::{Phone, Piece, Way};

use crate::Row;
use crate::visits::{ANSWERS, assign, made, office};

/// Packed bytes of a visit's changes and entries, beside what zstd makes of the same.
pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let mut pairs = office(&archive, 1);
    assign(&archive, &pairs, 0, 1);
    let request = made(0, ANSWERS, &mut pairs[0]).of_first();
    let whole = pack(&request).unwrap().len() as f64;
    let bare = SyncRequest {
        snapshots: Vec::new(),
        seals: Vec::new(),
        ..request.clone()
    };
    let ours = pack(&bare).unwrap().len() as f64;
    let mut plain: Vec<u8> = Vec::new();
    bare.documents
        .iter()
        .for_each(|parcel| plain.extend_from_slice(&parcel.payload));
    bare.entries.iter().for_each(|note| plain.extend_from_slice(note));
    let beside = zstd::bulk::compress(&plain, 19).unwrap().len() as f64;
    let row = |id, what: &str, ours: f64| Row {
        id,
        what: what.to_owned(),
        ours,
        beside,
        unit: "B",
        ratio: ours / beside,
        goal: "≤ 1.35".to_owned(),
        met: ours / beside <= 1.35,
    };
    vec![
        row(
            "wire",
            "bytes of a visit's changes and entries on the wire, beside zstd -19 of them",
            ours,
        ),
        row(
            "wire-whole",
            "the same with the seal and 83 salted answers, beside the same",
            whole,
        ),
    ]
}

struct Counting {
    archive: hudang_archive::Archive,
}

impl Way for Counting {
    fn sync(&mut self, sender: &mut Person, request: &SyncRequest) -> Result<SyncResponse, FailureKind> {
        sender
            .tries(&self.archive, request.clone(), 5 * DAY_MS)
            .map_err(|_| FailureKind::Server)
    }

    fn piece(&mut self, _: &Person, _: BlobHash, size: u64, _: u64, _: &[u8]) -> Piece {
        Piece::Sent(size)
    }
}

/// Round trips until 40 visits of backlog are with the server.
pub(crate) fn trips() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let mut pairs = office(&archive, 1);
    assign(&archive, &pairs, 0, 40);
    let mut pair = pairs.remove(0);
    let all: Vec<_> = (0..40).map(|n| made(n, ANSWERS, &mut pair)).collect();
    let key = archive.receipt_key();
    let [jia, yi] = pair;
    let (mut first, mut second) = (Phone::new(jia, key.clone()), Phone::new(yi, key));
    for one in &all {
        first.keeps_first(one);
        second.keeps_second(one);
    }
    let mut way = Counting { archive };
    let mut chance = Chance::new(1);
    second.works(&mut way, &mut chance, 1_000);
    first.works(&mut way, &mut chance, 1_000);
    let ours = first.emptied_after.expect("the backlog went") as f64;
    vec![Row {
        id: "trips",
        what: "round trips for 40 visits of backlog, media apart".to_owned(),
        ours,
        beside: 1.0,
        unit: "trips",
        ratio: ours,
        goal: "≤ 2".to_owned(),
        met: ours <= 2.0,
    }]
}
