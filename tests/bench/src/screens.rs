//! What somebody at the phone's screen waits for, at the door that all screens call: the list of 2,000 households, a visit with
//! the trade's form, and a keystroke in it.

use std::sync::Arc;
use std::time::Instant;

use hudang_device::platform::Platform;
use hudang_door::{Door, Furnishing, SessionKey};
use hudang_evidence::id::{HouseholdId, PersonId};
use hudang_sync::wire::{Assignment, Bytes, Change, Register};
use hudang_testkit::dibao;
use hudang_testkit::office::contract;
use serde_json::{Value, json};

use crate::Row;
use crate::answers::{PIN, Phone, device};
use crate::percentile::percentile;

const HOUSEHOLDS: u32 = 2_000;
const OPENED: usize = 50;
const KEYS: usize = 1_000;

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let platform: Arc<dyn Platform> = Arc::new(Phone::default());
    let me: PersonId = "jia".parse().unwrap();
    let mut sent = vec![Change::Form(Bytes::from(dibao::published().into_bytes()))];
    sent.extend((0..HOUSEHOLDS).map(|n| Change::Assignment(assignment(n))));
    let device = device(&folder.path().join("phone"), Arc::clone(&platform), &me, sent);
    let furnishing = Furnishing {
        version: "0.1.0+bench".to_owned(),
        reserve_bytes: 200 << 20,
    };
    let screen = Screen {
        door: Door::new(device, platform, furnishing),
        key: SessionKey::new("bench"),
    };
    screen.asks("unlock", &json!({"person": me, "pin": PIN}));
    let lists = times(OPENED, |_| {
        let today = screen.asks("today", &json!({}));
        assert_eq!(today["errands"].as_array().unwrap().len(), HOUSEHOLDS as usize);
    });
    let mut visit = Value::Null;
    let opened = times(OPENED, |n| {
        let errand = json!({"household": household(u32::try_from(n).unwrap()), "contract": contract().id});
        visit = screen.asks("visit_open", &errand)["visit"].clone();
        screen.asks("form", &json!({"visit": visit}));
    });
    let keys = times(KEYS, |n| {
        let written = json!({"visit": visit, "path": "basics/address", "value": format!("示例嘎查{n}号")});
        screen.asks("draft", &written);
    });
    let row = |id, what: String, ours: f64, beside: f64| Row {
        id,
        what,
        ours,
        beside,
        unit: "ms",
        ratio: ours / beside,
        goal: format!("≤ {beside} ms"),
        met: ours <= beside,
    };
    vec![
        row(
            "screen-list",
            format!("today's list of {HOUSEHOLDS} households, p99 of {OPENED}"),
            percentile(lists, 99),
            100.0,
        ),
        row(
            "screen-open",
            format!("a new visit opened and its form of 110 questions shown, p99 of {OPENED}"),
            percentile(opened, 99),
            100.0,
        ),
        row(
            "screen-key",
            format!("a keystroke until it is durable, p99 of {KEYS}"),
            percentile(keys, 99),
            50.0,
        ),
    ]
}

struct Screen {
    door: Door,
    key: SessionKey,
}

impl Screen {
    fn asks(&self, name: &str, arguments: &Value) -> Value {
        let reply = self
            .door
            .call(&self.key, name, arguments.to_string().as_bytes(), &[])
            .unwrap();
        serde_json::from_slice(&reply).unwrap()
    }
}

fn times(many: usize, mut work: impl FnMut(usize)) -> Vec<f64> {
    (0..many)
        .map(|n| {
            let began = Instant::now();
            work(n);
            began.elapsed().as_secs_f64() * 1_000.0
        })
        .collect()
}

fn household(n: u32) -> HouseholdId {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&n.to_be_bytes());
    HouseholdId::new(1, random)
}

fn assignment(n: u32) -> Assignment {
    Assignment {
        household: household(n),
        contract: contract().id.to_string(),
        visit: None,
        persons: vec!["jia".to_owned()],
        code: format!("户-{n:04}"),
        withdrawn: false,
        register: Some(Register {
            area: "152525104201".to_owned(),
            head: format!("户主{n}"),
            address: format!("示例嘎查 {n} 号"),
            phone: format!("1390000{n:04}"),
        }),
    }
}
