//! R11, nobody can fill the house: what one phone may leave here is its own affair, and its neighbour's work goes on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hudang_archive::{Faults, IoPoint, Quotas};
use hudang_evidence::body::Body;
use hudang_evidence::id::BlobHash;
use hudang_sync::wire::{Bytes, SyncRequest};
use hudang_sync_server::Limits;
use hudang_test_server::{Setting, World, refused};
use hudang_testkit::office::visit;
use hudang_testkit::person::Person;
use hudang_testkit::picture::picture;
use hudang_testkit::visit::{Plan, claimed_photo, photographed};

use crate::neighbour::{self, stands};
use crate::strangers::{self, FIRST, bring};

fn with(quotas: Quotas) -> Setting {
    Setting {
        limits: Limits {
            quotas,
            ..Limits::DEFAULT
        },
        ..Setting::default()
    }
}

/// What a phone says of an original of this name and size, without having it.
fn promised(hash: BlobHash, bytes: u64) -> Body {
    claimed_photo(hash, bytes, "image/jpeg", [4_000, 3_000])
}

/// A visit that is opened, with originals named in it, and not sealed.
fn draft([bing, ding]: &mut [Person; 2], n: u8, claims: Vec<Body>) -> SyncRequest {
    let plan = Plan {
        claims: Some(claims),
        // Later than any honest visit here: who names an original first is another rule's affair.
        opened_ms: 36_000_000 + i64::from(n - FIRST) * 600_000,
        ..Plan::of(n)
    };
    // Ding is not there, and what Ding's phone makes next follows what it made before.
    let made = plan.carried_out(bing, &mut ding.clone());
    SyncRequest {
        entries: made.entries[0].iter().cloned().map(Bytes::from).collect(),
        ..SyncRequest::default()
    }
}

/// An answer that concerns this phone alone, and says when to come again.
fn told_to_wait(response: reqwest::blocking::Response, status: u16, code: &str) {
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(refused(response), (status, code.to_owned()));
}

#[test]
fn quota_uploads_of_one_phone_block_nobody_else() {
    let mut world = World::new();
    let quotas = Quotas {
        uploads_open_max: 5,
        ..Quotas::DEFAULT
    };
    let mut pair = strangers::arrive(&mut world, with(quotas));
    let names: Vec<BlobHash> = (0..40_u8).map(|n| BlobHash::of(&[n, 1])).collect();
    let claims = names.iter().map(|name| promised(*name, 1_000)).collect();
    let request = draft(&mut pair, FIRST, claims);
    world.synced(&mut pair[0], &request);
    let bing = &mut pair[0];
    for name in &names[..5] {
        assert_eq!(world.creates_upload(bing, *name, 1_000, b"").status(), 201);
    }
    for name in &names[5..] {
        told_to_wait(
            world.creates_upload(bing, *name, 1_000, b""),
            429,
            "QUOTA-UPLOADS",
        );
    }
    // One that has begun goes on.
    assert_eq!(world.creates_upload(bing, names[0], 1_000, b"").status(), 201);
    let honest = neighbour::visits(&mut world, 1);
    assert_eq!(stands(&world, &honest), "counted");
}

#[test]
fn quota_bytes_that_no_seal_names_end_with_the_phone_s_share() {
    let mut world = World::new();
    let quotas = Quotas {
        unsealed_bytes_max: 60_000,
        ..Quotas::DEFAULT
    };
    let mut pair = strangers::arrive(&mut world, with(quotas));
    let junk: Vec<Vec<u8>> = (0..10_u8).map(|n| vec![n; 10_000]).collect();
    let claims = junk
        .iter()
        .map(|bytes| promised(BlobHash::of(bytes), 10_000))
        .collect();
    let request = draft(&mut pair, FIRST, claims);
    world.synced(&mut pair[0], &request);
    let bing = &mut pair[0];
    for bytes in &junk[..6] {
        world.uploads(bing, bytes);
    }
    for bytes in &junk[6..] {
        let more = world.creates_upload(bing, BlobHash::of(bytes), 10_000, bytes);
        told_to_wait(more, 429, "QUOTA-BYTES");
    }
    // What is announced counts as much as what has come.
    let request = draft(&mut pair, FIRST + 1, vec![promised(BlobHash::of(b"x"), 2 << 30)]);
    world.synced(&mut pair[0], &request);
    let huge = world.creates_upload(&mut pair[0], BlobHash::of(b"x"), 2 << 30, b"");
    told_to_wait(huge, 429, "QUOTA-BYTES");
    // A visit that is sealed comes in all the same, for the phone itself and for its neighbour.
    let plan = Plan {
        opened_ms: 7_200_000,
        ..Plan::of(FIRST + 2)
    };
    let sealed = bring(&world, &mut pair, &plan);
    world.uploads(&mut pair[0], &sealed.photo);
    let honest = neighbour::visits(&mut world, 1);
    assert_eq!(stands(&world, &honest), "counted");
    assert_eq!(stands(&world, &sealed), "counted");
}

#[test]
fn quota_visit_bounds_what_one_seal_can_bring() {
    let mut world = World::new();
    let quotas = Quotas {
        visit_bytes_max: 30_000,
        ..Quotas::DEFAULT
    };
    let mut pair = strangers::arrive(&mut world, with(quotas));
    let many: Vec<Vec<u8>> = (0..5_u8).map(|n| vec![n; 10_000]).collect();
    let plan = Plan {
        claims: Some(
            many.iter()
                .map(|bytes| promised(BlobHash::of(bytes), 10_000))
                .collect(),
        ),
        opened_ms: 0,
        ..Plan::of(FIRST)
    };
    bring(&world, &mut pair, &plan);
    for bytes in &many[..3] {
        world.uploads(&mut pair[0], bytes);
    }
    let more = world.creates_upload(&mut pair[0], BlobHash::of(&many[3]), 10_000, &many[3]);
    told_to_wait(more, 429, "QUOTA-VISIT");
    let honest = neighbour::visits(&mut world, 1);
    assert_eq!(stands(&world, &honest), "counted");
}

#[test]
fn a_squatter_on_a_neighbour_s_original_neither_blocks_nor_spoils_it() {
    let mut world = World::new();
    let mut pair = strangers::arrive(&mut world, Setting::default());
    // The squatter knows the name of the neighbour's photo before it comes, and announces it with another length.
    let wanted = picture(1);
    let name = BlobHash::of(&wanted);
    let request = draft(&mut pair, FIRST, vec![promised(name, wanted.len() as u64)]);
    world.synced(&mut pair[0], &request);
    let bing = &mut pair[0];
    let mut wrong = wanted.clone();
    wrong[30] ^= 1;
    assert_eq!(
        world
            .creates_upload(bing, name, wanted.len(), &wrong[..40])
            .status(),
        201
    );
    let honest = neighbour::visits(&mut world, 1);
    assert_eq!(BlobHash::of(&honest.photo), name);
    assert_eq!(stands(&world, &honest), "counted");
    // And before it: another length, all of it wrong.
    let other = BlobHash::of(&picture(2));
    let request = draft(&mut pair, FIRST + 1, vec![promised(other, 7)]);
    world.synced(&mut pair[0], &request);
    assert_eq!(
        refused(world.creates_upload(&mut pair[0], other, 7, b"squat!!")).1,
        "SYNC-BLOB-MISMATCH"
    );
    let honest = neighbour::visits(&mut world, 2);
    assert_eq!(stands(&world, &honest), "counted");
}

#[test]
fn quota_drafts_without_end_end_with_the_phone_s_share() {
    let mut world = World::new();
    let quotas = Quotas {
        drafts_max: 3,
        ..Quotas::DEFAULT
    };
    let mut pair = strangers::arrive(&mut world, with(quotas));
    for n in FIRST..FIRST + 3 {
        let request = draft(&mut pair, n, vec![photographed(&picture(n))]);
        assert_eq!(world.syncs(&mut pair[0], &request).status(), 200);
    }
    let request = draft(&mut pair, FIRST + 3, vec![photographed(&picture(FIRST + 3))]);
    for _ in 0..3 {
        told_to_wait(world.syncs(&mut pair[0], &request), 429, "QUOTA-DRAFTS");
    }
    let honest = neighbour::visits(&mut world, 1);
    assert_eq!(stands(&world, &honest), "counted");
}

#[test]
fn quota_record_bounds_one_visit_also_after_its_seal() {
    let mut world = World::new();
    let quotas = Quotas {
        visit_entries_max: 12,
        ..Quotas::DEFAULT
    };
    let mut pair = strangers::arrive(&mut world, with(quotas));
    let plan = Plan {
        opened_ms: 0,
        ..Plan::of(FIRST)
    };
    let made = bring(&world, &mut pair, &plan);
    world.uploads(&mut pair[0], &made.photo);
    let more: Vec<Bytes> = (0..20_i64)
        .map(|n| {
            let paper = hudang_evidence::body::Doc {
                sha256: BlobHash::of(&n.to_be_bytes()),
                bytes: 9,
                mime: "text/plain".to_owned(),
                purpose: "证明".to_owned(),
            };
            let note = pair[0].states(visit(FIRST), 3_600_000 + n * 1_000, Body::Doc(paper));
            Bytes::from(note)
        })
        .collect();
    let request = SyncRequest {
        entries: more,
        ..SyncRequest::default()
    };
    told_to_wait(world.syncs(&mut pair[0], &request), 429, "QUOTA-RECORD");
    let honest = neighbour::visits(&mut world, 1);
    assert_eq!(stands(&world, &honest), "counted");
}

/// A disk that is as free as it is told.
struct Disk(AtomicU64);

impl Faults for Disk {
    fn at(&self, _point: IoPoint) -> std::io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self, _measured_bytes: u64) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn archive_reserve_keeps_room_for_entries_and_seals() {
    let mut world = World::new();
    let disk = Arc::new(Disk(AtomicU64::new(u64::MAX)));
    let setting = Setting {
        faults: Arc::clone(&disk) as Arc<dyn Faults>,
        ..with(Quotas {
            reserve_bytes: 1 << 30,
            ..Quotas::DEFAULT
        })
    };
    let mut pair = strangers::arrive(&mut world, setting);
    disk.0.store(1 << 30, Ordering::SeqCst);
    let plan = Plan {
        opened_ms: 0,
        ..Plan::of(FIRST)
    };
    let made = bring(&world, &mut pair, &plan);
    let (name, size) = (BlobHash::of(&made.photo), made.photo.len());
    let waits = world.creates_upload(&mut pair[0], name, size, &made.photo);
    told_to_wait(waits, 507, "ARCHIVE-RESERVE");
    assert_eq!(stands(&world, &made), "sealed media-awaited", "the seal came in");
    disk.0.store(2 << 30, Ordering::SeqCst);
    world.uploads(&mut pair[0], &made.photo);
    world.settles();
    assert_eq!(stands(&world, &made), "counted");
}

/// Opens a connection from one of the machine's own addresses.
fn connected(world: &World, from: [u8; 4]) -> TcpStream {
    let to: SocketAddr = world.base.strip_prefix("http://").unwrap().parse().unwrap();
    let connecting = async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(to).await.unwrap().into_std().unwrap()
    };
    let stream: TcpStream = world.runtime.block_on(connecting);
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Whether the server answers on this connection.
fn is_served(stream: &mut TcpStream) -> bool {
    let asked = stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: s\r\n\r\n");
    let mut head = [0; 12];
    asked.is_ok() && stream.read_exact(&mut head).is_ok() && &head == b"HTTP/1.1 200"
}

#[test]
fn a_flood_of_connections_from_one_address_leaves_the_others_room() {
    let mut world = World::new();
    let mut limits = Limits::DEFAULT;
    limits.connections_per_address_max = 20;
    limits.connections_max = 64;
    let setting = Setting {
        limits,
        ..Setting::default()
    };
    strangers::arrive(&mut world, setting);
    let mut flood: Vec<TcpStream> = (0..200).map(|_| connected(&world, [127, 0, 0, 9])).collect();
    let served = flood
        .iter_mut()
        .map(is_served)
        .filter(|is_served| *is_served)
        .count();
    assert_eq!(served, 20, "the others were closed before any work");
    // The neighbour comes from another address, as the client here does.
    let honest = neighbour::visits(&mut world, 1);
    assert_eq!(stands(&world, &honest), "counted");
    drop(flood);
    let mut again = connected(&world, [127, 0, 0, 9]);
    let began = std::time::Instant::now();
    while !is_served(&mut again) {
        assert!(began.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
        again = connected(&world, [127, 0, 0, 9]);
    }
}
