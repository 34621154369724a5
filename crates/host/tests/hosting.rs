//! The host over real sockets: sessions by cookie, foreign pages kept out, ranges, TLS made on the spot.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "in a test a surprise is a failure"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use hudang_device::platform::NoFaults;
use hudang_device::platform::system::SystemPlatform;
use hudang_device::{Device, Opening, PinCost, StoreKey};
use hudang_door::{Door, Furnishing};
use hudang_host::{Host, HostError, Hosting};
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A host that ends with the test.
struct World {
    url: String,
    fingerprint: Option<hudang_evidence::id::Sha256>,
    _runtime: Runtime,
    _room: tempfile::TempDir,
}

fn door(room: &Path) -> Door {
    let store = room.join("store");
    std::fs::create_dir(&store).unwrap();
    let platform = Arc::new(SystemPlatform::new(&store).unwrap());
    let device = Device::create(Opening {
        directory: store,
        key: StoreKey::new([7; 32]),
        app: "0.1.0+test".to_owned(),
        reserve_bytes: 0,
        pin_cost: PinCost {
            memory_kib: 8,
            passes: 1,
        },
        platform: Arc::clone(&platform) as Arc<_>,
        faults: Arc::new(NoFaults),
    });
    let furnishing = Furnishing {
        version: "0.1.0".to_owned(),
        reserve_bytes: 0,
    };
    Door::new(device.unwrap(), platform, furnishing)
}

impl World {
    fn new(lan: bool) -> Self {
        let room = tempfile::tempdir().unwrap();
        let screens = room.path().join("dist");
        std::fs::create_dir(&screens).unwrap();
        std::fs::File::create_new(screens.join("index.html"))
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"<title>screens</title>"))
            .unwrap();
        let hosting = Hosting {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            screens,
            lan,
        };
        let runtime = Runtime::new().unwrap();
        let host = runtime.block_on(Host::start(door(room.path()), hosting)).unwrap();
        let (url, fingerprint) = (host.url().to_owned(), host.fingerprint());
        runtime.spawn(host.serve(std::future::pending()));
        Self {
            url,
            fingerprint,
            _runtime: runtime,
            _room: room,
        }
    }

    fn post(&self, client: &Client, command: &str, arguments: &Value) -> Response {
        client
            .post(format!("{}/command/{command}", self.url))
            .header("origin", &self.url)
            .json(arguments)
            .send()
            .unwrap()
    }
}

/// A browser without a cookie jar: what it is told is looked at here.
fn browser() -> Client {
    // Another test may have chosen it before.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

#[test]
fn a_screen_is_known_by_its_cookie() {
    let world = World::new(false);
    let first = world.post(&browser(), "start", &json!({}));
    assert_eq!(first.status(), 200);
    let cookie = first.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let policy = first.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let speaks = |cookie: Option<&str>, command: &str, arguments: &Value| -> Value {
        let mut request = browser()
            .post(format!("{}/command/{command}", world.url))
            .header("origin", &world.url)
            .json(arguments);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie.split(';').next().unwrap());
        }
        request.send().unwrap().json().unwrap()
    };
    speaks(Some(&cookie), "language", &json!({"language": "en"}));
    assert_eq!(speaks(Some(&cookie), "start", &json!({}))["language"], "en");
    assert_eq!(speaks(None, "start", &json!({}))["language"], "zh-CN");
}

#[test]
fn errors_have_their_status_and_a_sentence() {
    let world = World::new(false);
    let asked = |command: &str, arguments: &Value| {
        let answer = world.post(&browser(), command, arguments);
        let status = answer.status().as_u16();
        let error: Value = answer.json().unwrap();
        assert!(!error["message"].as_str().unwrap().is_empty());
        (status, error["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(asked("today", &json!({})), (401, "DOOR-LOCKED".to_owned()));
    assert_eq!(
        asked("nothing_like_it", &json!({})),
        (404, "DOOR-COMMAND".to_owned())
    );
    assert_eq!(
        asked("unlock", &json!({"pin": 1})),
        (400, "DOOR-ARGUMENTS".to_owned())
    );
    let nobody = json!({"person": "jia", "pin": "246810"});
    assert_eq!(asked("unlock", &nobody), (422, "PERSON-UNKNOWN".to_owned()));
    let long = json!({"person": "a".repeat(70_000), "pin": "1"});
    assert_eq!(asked("unlock", &long), (413, "DOOR-TOO-LARGE".to_owned()));
    let hash = "0".repeat(64);
    let blob = browser()
        .get(format!("{}/blob/{hash}", world.url))
        .send()
        .unwrap();
    assert_eq!(blob.status(), 401);
}

#[test]
fn pages_of_others_are_kept_out() {
    let world = World::new(false);
    let url = format!("{}/command/start", world.url);
    let from = |name: &str, value: &str| {
        let request = browser().post(&url).header(name, value).json(&json!({}));
        request.send().unwrap().status().as_u16()
    };
    assert_eq!(from("origin", &world.url), 200);
    assert_eq!(from("origin", "https://example.org"), 403);
    assert_eq!(from("origin", "null"), 403);
    assert_eq!(from("x-nothing", "1"), 403, "a page that posts says from where");
    let rebound = browser()
        .get(&world.url)
        .header("host", "evil.example")
        .send()
        .unwrap();
    assert_eq!(rebound.status(), 403);
    let page = browser().get(format!("{}/visit/1", world.url)).send().unwrap();
    assert_eq!(page.text().unwrap(), "<title>screens</title>");
}

#[test]
fn other_machines_come_in_over_tls_alone() {
    let room = tempfile::tempdir().unwrap();
    let hosting = Hosting {
        listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        screens: room.path().to_owned(),
        lan: false,
    };
    let refused = Runtime::new()
        .unwrap()
        .block_on(Host::start(door(room.path()), hosting));
    assert!(matches!(refused.err(), Some(HostError::NotLoopback(_))));

    let world = World::new(true);
    assert!(world.url.starts_with("https://127.0.0.1:"), "{}", world.url);
    let pinned = hudang_link::pinned(world.fingerprint.unwrap()).unwrap();
    let client = Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(pinned)
        .build()
        .unwrap();
    let answer = world.post(&client, "start", &json!({}));
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Secure")
    );
}
