//! Originals over tus: breaks, wrong hashes, strangers.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hudang_archive::Role;
use hudang_evidence::id::BlobHash;
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;
use reqwest::blocking::Response;

use hudang_test_server::{ORIGIN, World, refused};

const PIECE: &str = "application/offset+octet-stream";

/// A world whose entries name a photo, and the photo.
fn named() -> (World, Person, Vec<u8>, BlobHash) {
    let world = World::new();
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    let visit = Plan::of(1).carried_out(&mut jia, &mut yi);
    world.synced(&mut yi, &visit.of_second());
    world.synced(&mut jia, &visit.of_first());
    let hash = BlobHash::of(&visit.photo);
    (world, jia, visit.photo, hash)
}

fn append(world: &World, who: &mut Person, hash: BlobHash, offset: usize, bytes: &[u8]) -> Response {
    world
        .phone(who, "PATCH", &format!("/v1/blobs/{hash}"), bytes)
        .header("tus-resumable", "1.0.0")
        .header("content-type", PIECE)
        .header("upload-offset", offset)
        .send()
        .unwrap()
}

fn stands(world: &World, who: &mut Person, hash: BlobHash) -> Response {
    world
        .phone(who, "HEAD", &format!("/v1/blobs/{hash}"), b"")
        .header("tus-resumable", "1.0.0")
        .send()
        .unwrap()
}

fn offset(response: &Response) -> usize {
    response.headers()["upload-offset"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn an_upload_stops_and_goes_on() {
    let (world, mut jia, photo, hash) = named();
    assert_eq!(stands(&world, &mut jia, hash).status(), 404);
    let begun = world.creates_upload(&mut jia, hash, photo.len(), b"");
    assert_eq!((begun.status().as_u16(), offset(&begun)), (201, 0));
    assert_eq!(begun.headers()["location"], format!("/v1/blobs/{hash}"));
    let first = append(&world, &mut jia, hash, 0, &photo[..100]);
    assert_eq!((first.status().as_u16(), offset(&first)), (204, 100));
    let state = stands(&world, &mut jia, hash);
    assert_eq!((state.status().as_u16(), offset(&state)), (200, 100));
    assert_eq!(state.headers()["cache-control"], "no-store");
    let wrong = append(&world, &mut jia, hash, 50, &photo[50..]);
    assert_eq!(offset(&wrong), 100);
    assert_eq!(refused(wrong), (409, "UPLOAD-OFFSET".to_owned()));
    assert_eq!(
        offset(&world.creates_upload(&mut jia, hash, photo.len(), b"")),
        100,
        "asking twice goes on"
    );
    let last = append(&world, &mut jia, hash, 100, &photo[100..]);
    assert_eq!((last.status().as_u16(), offset(&last)), (204, photo.len()));
    let held = world.creates_upload(&mut jia, hash, photo.len(), b"");
    assert_eq!((held.status().as_u16(), offset(&held)), (201, photo.len()));

    let path = format!("/v1/blobs/{hash}");
    let read = world
        .office(Role::Auditor, "GET", &path)
        .header("purpose", "audit")
        .header("range", "bytes=5-9")
        .send()
        .unwrap();
    assert_eq!(read.status(), 206);
    assert_eq!(read.bytes().unwrap(), photo[5..10]);
    assert_eq!(
        world
            .office(Role::Auditor, "GET", &path)
            .header("purpose", "audit")
            .send()
            .unwrap()
            .bytes()
            .unwrap(),
        photo
    );
    let given_up = world
        .phone(&mut jia, "DELETE", &path, b"")
        .header("tus-resumable", "1.0.0")
        .send()
        .unwrap();
    assert_eq!(refused(given_up).0, 403, "what is held stays");
}

#[test]
fn the_whole_in_one_request_is_held_and_looked_into() {
    let (world, mut jia, photo, hash) = named();
    let whole = world.creates_upload(&mut jia, hash, photo.len(), &photo);
    assert_eq!((whole.status().as_u16(), offset(&whole)), (201, photo.len()));
    let began = Instant::now();
    loop {
        let text = world
            .office(Role::SystemAdmin, "GET", "/metrics")
            .send()
            .unwrap()
            .text()
            .unwrap();
        if text.contains("hudang_blobs_held 1\n") && text.contains("hudang_blobs_uninspected 0\n") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_came_before_a_connection_broke_is_kept() {
    let (world, mut jia, photo, hash) = named();
    world.creates_upload(&mut jia, hash, photo.len(), b"");
    let path = format!("/v1/blobs/{hash}");
    let mut head = format!(
        "PATCH {path} HTTP/1.1\r\nhost: server\r\ncontent-length: {}\r\n",
        photo.len()
    );
    head += &format!("tus-resumable: 1.0.0\r\nupload-offset: 0\r\ncontent-type: {PIECE}\r\n");
    for (name, value) in jia.signs(ORIGIN, "PATCH", &path, &photo) {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(world.base.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(&photo[..64]).unwrap();
    drop(stream);
    let began = Instant::now();
    while offset(&stands(&world, &mut jia, hash)) != 64 {
        assert!(began.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(append(&world, &mut jia, hash, 64, &photo[64..]).status(), 204);
}

#[test]
fn a_phone_takes_over_from_its_own_connection_that_hangs() {
    let (world, mut jia, photo, hash) = named();
    world.creates_upload(&mut jia, hash, photo.len(), b"");
    let path = format!("/v1/blobs/{hash}");
    let mut head = format!(
        "PATCH {path} HTTP/1.1\r\nhost: server\r\ncontent-length: {}\r\n",
        photo.len()
    );
    head += &format!("tus-resumable: 1.0.0\r\nupload-offset: 0\r\ncontent-type: {PIECE}\r\n");
    for (name, value) in jia.signs(ORIGIN, "PATCH", &path, &photo) {
        head += &format!("{name}: {value}\r\n");
    }
    let mut hanging = TcpStream::connect(world.base.strip_prefix("http://").unwrap()).unwrap();
    hanging.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let whole = append(&world, &mut jia, hash, 0, &photo);
    assert_eq!((whole.status().as_u16(), offset(&whole)), (204, photo.len()));
}

#[test]
fn another_content_than_was_named_is_dropped() {
    let (world, mut jia, photo, hash) = named();
    let mut wrong = photo.clone();
    wrong[10] ^= 1;
    let refusal = refused(world.creates_upload(&mut jia, hash, wrong.len(), &wrong));
    assert_eq!(refusal, (460, "SYNC-BLOB-MISMATCH".to_owned()));
    assert_eq!(
        stands(&world, &mut jia, hash).status(),
        404,
        "the server has dropped it"
    );
    assert_eq!(
        world.creates_upload(&mut jia, hash, photo.len(), &photo).status(),
        201
    );
}

#[test]
fn a_piece_that_is_not_what_was_signed_is_dropped() {
    let (world, mut jia, photo, hash) = named();
    world.creates_upload(&mut jia, hash, photo.len(), &photo[..50]);
    let path = format!("/v1/blobs/{hash}");
    let mut request = world
        .bare("PATCH", &path)
        .header("tus-resumable", "1.0.0")
        .header("content-type", PIECE);
    for (name, value) in jia.signs(ORIGIN, "PATCH", &path, &photo[50..80]) {
        request = request.header(name, value);
    }
    let other = request
        .header("upload-offset", 50)
        .body(photo[60..90].to_vec())
        .send()
        .unwrap();
    assert_eq!(refused(other), (401, "SYNC-SIGNATURE".to_owned()));
    assert_eq!(offset(&stands(&world, &mut jia, hash)), 50);
    assert_eq!(append(&world, &mut jia, hash, 50, &photo[50..]).status(), 204);
}

#[test]
fn only_originals_that_an_entry_names_are_taken() {
    let (world, mut jia, photo, _) = named();
    let unnamed = refused(world.creates_upload(&mut jia, BlobHash::of(b"unnamed"), 7, b"unnamed"));
    assert_eq!(unnamed, (403, "SYNC-BLOB-UNNAMED".to_owned()));
    let huge = refused(world.creates_upload(&mut jia, BlobHash::of(&photo), 3 << 30, b""));
    assert_eq!(huge.0, 413);
    let old = world
        .phone(&mut jia, "HEAD", "/v1/blobs/00", b"")
        .header("tus-resumable", "0.2.2")
        .send()
        .unwrap();
    assert_eq!(old.status(), 412);
}
