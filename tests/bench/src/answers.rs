//! An answer until it is durable on the phone, beside one bare commit of the same bytes to a database with the
//! same key and the same settings. The two are taken in turn, so that both see the same disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hudang_device::platform::{Clock, NoFaults, Platform};
use hudang_device::{Device, OpenVisit, Opening, PinCost, StoreKey};
use hudang_evidence::id::{PersonId, Sha256};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::time::WallTime;
use hudang_sync::enrol::{Invitation, SignedInvitation};
use hudang_sync::phone::Applied;
use hudang_sync::wire::{Bytes, Change};
use hudang_testkit::office::{MORNING_MS, contract, household};
use hudang_visit::value::AnswerPath;

use crate::Row;
use crate::percentile::percentile;

const ANSWERS: usize = 1_000;
/// As many questions as the measured form has.
const QUESTIONS: usize = 81;
pub(crate) const PIN: &str = "246810";
const ORIGIN: &str = "hudang/152525";

/// A phone whose clock goes on with every look at it.
#[derive(Default)]
pub(crate) struct Phone(AtomicU64);

impl Platform for Phone {
    fn clock(&self) -> Clock {
        let mono_ms = self.0.fetch_add(1, Ordering::SeqCst);
        Clock {
            wall_ms: MORNING_MS + i64::try_from(mono_ms).unwrap(),
            mono_ms,
            boot: "boot".to_owned(),
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            chunk.copy_from_slice(&Sha256::of(&n.to_be_bytes()).as_bytes()[..chunk.len()]);
        }
    }

    fn free_bytes(&self) -> std::io::Result<u64> {
        Ok(8 << 30)
    }
}

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let me: PersonId = "jia".parse().unwrap();
    let mut device = device(
        &folder.path().join("phone"),
        Arc::new(Phone::default()),
        &me,
        vec![Change::Form(Bytes::from(
            hudang_testkit::form::text().as_bytes().to_vec(),
        ))],
    );
    let opening = OpenVisit {
        visit: None,
        household: household(1),
        contract: contract().id,
        form: hudang_testkit::form::hash(),
        assigned: vec![me.clone()],
    };
    let visit = device.open_visit(&me, &opening).unwrap();
    let bare = bare(&folder.path().join("bare.db"));
    let paths: Vec<AnswerPath> = (0..QUESTIONS)
        .map(|n| format!("housing/q{n}").parse().unwrap())
        .collect();
    let mut times = [const { Vec::<f64>::new() }; 4];
    let mut took = |place: usize, work: &mut dyn FnMut()| {
        let started = Instant::now();
        work();
        times[place].push(started.elapsed().as_secs_f64() * 1_000.0);
    };
    for n in 0..ANSWERS {
        let (path, value) = (&paths[n % QUESTIONS], format!("回答 {n}"));
        let value = value.as_str().into();
        took(0, &mut || device.draft(visit, path, &value).unwrap());
        let draft = format!("\"回答 {n}\"");
        took(1, &mut || commit(&bare, "draft", draft.as_bytes()));
        let before = device.document(visit).unwrap().heads();
        took(2, &mut || device.answer(&me, visit, path, &value).unwrap());
        let change = device.document(visit).unwrap().changes_since(&before);
        took(3, &mut || commit(&bare, &n.to_string(), &change));
    }
    let [draft, bare_draft, answer, bare_answer] = times.map(|times| percentile(times, 99));
    let row = |id, what: &str, ours: f64, beside: f64| Row {
        id,
        what: format!("{what}, p99 of {ANSWERS}, beside one SQLCipher commit of the same bytes"),
        ours,
        beside,
        unit: "ms",
        ratio: ours / beside,
        goal: "≤ 2".to_owned(),
        met: ours / beside <= 2.0,
    };
    vec![
        row("draft", "a keystroke until it is durable", draft, bare_draft),
        row("answer", "an answer until it is durable", answer, bare_answer),
    ]
}

/// A phone with a person, who is unlocked, the contract, and what else the office sent.
pub(crate) fn device(
    directory: &std::path::Path,
    platform: Arc<dyn Platform>,
    me: &PersonId,
    sent: Vec<Change>,
) -> Device {
    std::fs::create_dir(directory).unwrap();
    let mut device = Device::create(Opening {
        directory: directory.to_owned(),
        key: StoreKey::new([7; 32]),
        app: "0.1.0+bench".to_owned(),
        reserve_bytes: 200 << 20,
        pin_cost: PinCost {
            memory_kib: 8,
            passes: 1,
        },
        platform,
        faults: Arc::new(NoFaults),
    })
    .unwrap();
    let server = NoteSigner::new(ORIGIN, &[99; 32]).unwrap();
    let invitation = Invitation {
        origin: ORIGIN.to_owned(),
        server_key: server.verifier().to_string(),
        contract: contract().id,
        person: me.clone(),
        expires: WallTime::from_ms_clamped(i64::MAX),
        code: "ABCDE-FGHJK".to_owned(),
        tls: None,
        url: "https://127.0.0.1:8443".to_owned(),
    };
    let invitation = SignedInvitation::sign(invitation, &server).unwrap();
    device.enrol(&invitation, PIN).unwrap();
    let json = serde_json::to_vec(&serde_json::json!({"no": 1, "contract": contract()})).unwrap();
    let mut changes = vec![Change::Contract(Bytes::from(json))];
    changes.extend(sent);
    let dispatched = Applied {
        changes,
        cursor: Some(1),
        ..Applied::default()
    };
    device.apply(&dispatched).unwrap();
    device
}

fn bare(path: &std::path::Path) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(path).unwrap();
    let key = Sha256::from_bytes([7; 32]);
    db.execute_batch(&format!(
        "PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{key}'\"; PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL; CREATE TABLE kept (name TEXT PRIMARY KEY, bytes BLOB NOT NULL);"
    ))
    .unwrap();
    db
}

fn commit(db: &rusqlite::Connection, name: &str, bytes: &[u8]) {
    db.prepare_cached(
        "INSERT INTO kept VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes",
    )
    .unwrap()
    .execute(rusqlite::params![name, bytes])
    .unwrap();
}
