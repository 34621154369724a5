//! Sending in the background: it returns at once, fails with a sentence, and keeps nobody from working.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::phone::Phone;

#[test]
fn without_a_network_sending_says_so_and_work_goes_on() {
    let phone = Phone::new();
    let jia = phone.unlocked("jia");
    let visit = jia.opens();
    assert_eq!(jia.asks("sync_progress", &json!({}))["phase"], "idle");
    jia.asks("sync", &json!({"link": "mobile", "recordings": "wifi_only"}));
    jia.asks("answer", &json!({"visit": visit, "path": "income", "value": 5}));
    let until = Instant::now() + Duration::from_mins(1);
    let ended = loop {
        let progress = jia.asks("sync_progress", &json!({}));
        if progress["phase"] != "running" {
            break progress;
        }
        assert!(Instant::now() < until, "{progress}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(ended["phase"], "failed");
    assert_eq!(ended["problem"]["code"], "LINK-NETWORK");
    assert_eq!(ended["problem"]["kind"], "again");
    assert!(ended["waiting"].as_u64().unwrap() > 0);
    assert_eq!(jia.asks("enrolments", &json!({}))["pending"], 3);
}
