//! What somebody at the phone's screen waits for, at the door that all screens call: the list of 2,000 households, a visit with
//! the trade's form, and a keystroke in it.

use std::sync::Arc;
use std::time::Instant;

use hudang_device::platform::Platform;
use hudang_door::{Door, Furnishing, Original, SessionKey};
use hudang_evidence::id::{HouseholdId, PersonId};
use hudang_sync::wire::{Assignment, Bytes, Change, Register};
use hudang_testkit::chance::Chance;
use hudang_testkit::office::contract;
use hudang_testkit::{dibao, voice};
use image::codecs::jpeg::JpegEncoder;
use serde_json::{Value, json};

use crate::Row;
use crate::answers::{PIN, Phone, device};
use crate::percentile::percentile;

const HOUSEHOLDS: u32 = 2_000;
const OPENED: usize = 50;
const KEYS: usize = 1_000;
const RECORDED_SECONDS: u32 = 7 * 60;

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
    let (photo_ms, stop_ms) = (screen.keeps_a_large_photo(&visit), screen.stops_recording(&visit));
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
        row(
            "screen-photo",
            "a photo of 30 MB and 48 megapixels stored, and its small picture shown".to_owned(),
            photo_ms,
            5_000.0,
        ),
        row(
            "screen-stop",
            format!("a recording of {RECORDED_SECONDS} seconds stopped and stated"),
            stop_ms,
            1_000.0,
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

    fn brings(&self, name: &str, arguments: &Value, bytes: &[u8]) -> Value {
        let reply = self
            .door
            .call(&self.key, name, arguments.to_string().as_bytes(), bytes)
            .unwrap();
        serde_json::from_slice(&reply).unwrap()
    }

    /// Milliseconds from the bytes to the small picture.
    fn keeps_a_large_photo(&self, visit: &Value) -> f64 {
        let bytes = large_photo();
        let photo = json!({"visit": visit, "purpose": "门牌", "imported": false});
        let began = Instant::now();
        let kept = self.brings("photo_add", &photo, &bytes);
        let small = Original::Thumbnail(kept["blob"].as_str().unwrap().to_owned(), 480);
        let small = self.door.original(&self.key, &small).unwrap();
        let ms = began.elapsed().as_secs_f64() * 1_000.0;
        assert!(image::load_from_memory(&small.bytes).is_ok());
        ms
    }

    /// Milliseconds from the stop to the stated recording, whose pieces came each second.
    fn stops_recording(&self, visit: &Value) -> f64 {
        let sound = voice::opus(&voice::speech(1, RECORDED_SECONDS), 24_000);
        let recording =
            self.asks("recording_start", &json!({"visit": visit, "purpose": "访谈"}))["recording"].clone();
        let mut offset = 0;
        for piece in sound.chunks(sound.len().div_ceil(RECORDED_SECONDS as usize)) {
            self.brings(
                "recording_append",
                &json!({"recording": recording, "offset": offset}),
                piece,
            );
            offset += piece.len();
        }
        let began = Instant::now();
        let kept = self.asks("recording_finish", &json!({"recording": recording}));
        let ms = began.elapsed().as_secs_f64() * 1_000.0;
        assert_eq!(kept["size_bytes"], sound.len());
        ms
    }
}

/// A photo as a camera of 48 megapixels writes it: as much grain as makes it 30 MB.
fn large_photo() -> Vec<u8> {
    let mut chance = Chance::new(7);
    let grain: Vec<u8> = (0..1 << 20)
        .map(|_| u8::try_from(chance.below(40)).unwrap())
        .collect();
    let picture = image::RgbImage::from_fn(8_000, 6_000, |x, y| {
        let place = (y as usize * 8_009 + x as usize) % (grain.len() - 3);
        let light = u8::try_from((x / 50 + y / 60) % 200).unwrap();
        image::Rgb([0, 1, 2].map(|colour| light + grain[place + colour]))
    });
    let mut bytes = (50..=100).step_by(5).map(|quality| {
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
        encoder.encode_image(&picture).unwrap();
        jpeg
    });
    let large = bytes.find(|jpeg| jpeg.len() > 25 << 20).unwrap();
    assert!(large.len() < 32 << 20, "{} bytes", large.len());
    large
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
            township: "示例苏木".to_owned(),
            village: "示例嘎查".to_owned(),
        }),
    }
}
