//! Sending in the background: it returns at once, fails with a sentence, and keeps nobody from working.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::phone::{Phone, Screen};

#[test]
fn without_a_network_sending_says_so_and_work_goes_on() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    assert_eq!(jia.asks("sync_progress", &json!({}))["phase"], "idle");
    jia.asks("sync", &json!({"link": "mobile", "recordings": "wifi_only"}));
    jia.asks("answer", &json!({"visit": visit, "path": "income", "value": 5}));
    let ended = ended(&jia);
    assert_eq!(ended["phase"], "failed");
    assert_eq!(ended["problem"]["code"], "LINK-NETWORK");
    assert_eq!(ended["problem"]["kind"], "again");
    assert!(ended["waiting"].as_u64().unwrap() > 0);
    assert_eq!(jia.asks("enrolments", &json!({}))["pending"], 3);
}

/// Waits until sending is over.
fn ended(screen: &Screen<'_>) -> serde_json::Value {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let progress = screen.asks("sync_progress", &json!({}));
        if progress["phase"] != "running" {
            return progress;
        }
        assert!(Instant::now() < until, "{progress}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_server_that_says_nothing_keeps_nobody_waiting() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let phone = Phone::of_server(&format!("http://{}", server.local_addr().unwrap()));
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    jia.asks("sync", &json!({"link": "mobile", "recordings": "any_link"}));
    let (asked, _) = server.accept().unwrap();
    let before = Instant::now();
    for n in 0..20 {
        jia.asks(
            "draft",
            &json!({"visit": visit, "path": "head/name", "value": n.to_string()}),
        );
    }
    assert!(
        before.elapsed() < Duration::from_secs(20),
        "{:?}",
        before.elapsed()
    );
    assert_eq!(jia.asks("sync_progress", &json!({}))["phase"], "running");
    // A second wake-up joins the first.
    jia.asks("sync", &json!({"link": "mobile", "recordings": "any_link"}));
    drop((asked, server));
    assert_eq!(ended(&jia)["problem"]["code"], "LINK-NETWORK");
}

#[test]
fn sending_that_is_paused_comes_to_rest_and_may_be_begun_again() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let phone = Phone::confirmed(&format!("http://{}", server.local_addr().unwrap()));
    let jia = phone.unlocked("jia");
    jia.opens();
    let way = json!({"link": "wifi", "recordings": "any_link"});
    jia.asks("sync", &way);
    let (asked, _) = server.accept().unwrap();
    assert_eq!(jia.asks("sync_pause", &json!({}))["phase"], "running");
    drop(asked);
    let paused = ended(&jia);
    assert_eq!(
        (&paused["phase"], &paused["problem"]),
        (&json!("paused"), &json!(null))
    );
    assert!(paused["waiting"].as_u64().unwrap() > 0);
    jia.asks("sync", &way);
    drop(server.accept().unwrap());
    assert_eq!(ended(&jia)["phase"], "failed");
}
