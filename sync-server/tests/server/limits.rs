//! Too large, too slow, too many: each costs only who does it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hudang_archive::Role;
use hudang_sync::wire::{self, SyncRequest};
use hudang_sync_server::{Limits, Rate};

use hudang_test_server::{ORIGIN, Setting, World, refused};

fn limited(limits: Limits) -> World {
    World::with(Setting {
        limits,
        ..Setting::default()
    })
}

fn connect(world: &World) -> TcpStream {
    let stream = TcpStream::connect(world.base.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is reset has ended too.
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn an_oversized_request_is_refused_and_the_next_one_taken() {
    let world = World::new();
    let mut jia = world.jia.clone();
    let large = vec![0; (4 << 20) + 1];
    let mut head = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: s\r\ncontent-length: {}\r\n",
        large.len()
    );
    head += &format!("content-type: {}\r\n", wire::CONTENT_TYPE);
    for (name, value) in jia.signs(ORIGIN, "POST", "/v1/sync", &large) {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = connect(&world);
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    let answer = rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("SYNC-TOO-LARGE"), "{answer}");
    world.synced(&mut jia, &SyncRequest::default());
}

#[test]
fn an_oversized_head_is_refused() {
    let world = World::new();
    let mut stream = connect(&world);
    let head = format!(
        "GET /health/live HTTP/1.1\r\nhost: s\r\nx: {}\r\n\r\n",
        "a".repeat(64 << 10)
    );
    let _ = stream.write_all(head.as_bytes());
    let answer = rest(&mut stream);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[test]
fn a_slow_head_and_a_slow_body_are_not_waited_for() {
    let soon = Duration::from_millis(400);
    let world = limited(Limits {
        head: soon,
        body_idle: soon,
        body_grace: soon,
        ..Limits::DEFAULT
    });
    let began = Instant::now();
    let mut slow = connect(&world);
    slow.write_all(b"GET /health/live HT").unwrap();
    assert!(!rest(&mut slow).starts_with("HTTP/1.1 200"));
    let mut jia = world.jia.clone();
    let mut head = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: s\r\ncontent-type: {}\r\n",
        wire::CONTENT_TYPE
    );
    for (name, value) in jia.signs(ORIGIN, "POST", "/v1/sync", &[0; 100]) {
        head += &format!("{name}: {value}\r\n");
    }
    let mut dripping = connect(&world);
    dripping
        .write_all(format!("{head}content-length: 100\r\n\r\nabc").as_bytes())
        .unwrap();
    let answer = rest(&mut dripping);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(10));
    world.synced(&mut jia, &SyncRequest::default());
}

#[test]
fn who_asks_too_often_is_told_to_wait_and_others_are_not() {
    let rate = Rate {
        per_second: 1,
        burst: 3,
    };
    let world = limited(Limits {
        phone_rate: rate,
        token_rate: rate,
        stranger_rate: rate,
        ..Limits::DEFAULT
    });
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    let statuses: Vec<u16> = (0..6)
        .map(|_| world.syncs(&mut jia, &SyncRequest::default()).status().as_u16())
        .collect();
    assert_eq!(statuses[..3], [200, 200, 200]);
    assert!(statuses.contains(&429), "{statuses:?}");
    let refusal = world.syncs(&mut jia, &SyncRequest::default());
    assert!(refusal.headers().contains_key("retry-after"));
    assert_eq!(refused(refusal), (429, "SERVER-RATE".to_owned()));
    world.synced(&mut yi, &SyncRequest::default());
    let strangers: Vec<u16> = (0..6)
        .map(|_| {
            world
                .bare("GET", "/v1/accounts")
                .send()
                .unwrap()
                .status()
                .as_u16()
        })
        .collect();
    assert!(
        strangers.contains(&401) && strangers.contains(&429),
        "{strangers:?}"
    );
    assert_eq!(
        world
            .office(Role::Auditor, "GET", "/v1/accounts")
            .send()
            .unwrap()
            .status(),
        200
    );
}

#[test]
fn connections_above_the_cap_wait() {
    let world = limited(Limits {
        connections_max: 1,
        head: Duration::from_millis(500),
        ..Limits::DEFAULT
    });
    let idle = connect(&world);
    std::thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    let mut second = connect(&world);
    second
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: s\r\nconnection: close\r\n\r\n")
        .unwrap();
    assert!(rest(&mut second).starts_with("HTTP/1.1 200"));
    assert!(
        began.elapsed() > Duration::from_millis(200),
        "it waited until the idle one was ended"
    );
    drop(idle);
}
