//! Originals: looking into them beside bare decoding, and looking for those that are alike among a million.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use hudang_archive::Likenesses;
use hudang_evidence::id::{BlobHash, Sha256};
use hudang_media::audio::{self, AudioSketch};
use hudang_media::photo::{self, Keypoints, Prints};
use hudang_testkit::chance::Chance;
use hudang_testkit::office;
use hudang_testkit::{scene, voice};
use rusqlite::{Connection, params};

use crate::Row;
use crate::percentile::percentile;

/// Photos and recordings that are kept.
const MILLION: u32 = 1_000_000;
/// Looks that are timed.
const LOOKS: usize = 200;

/// What phones send: the corpus's photos where this machine has them, otherwise made ones.
fn photos() -> Vec<Vec<u8>> {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/photos/plain"
    ));
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let photos: Vec<Vec<u8>> = found
        .map(|file| std::fs::read(file.path()).unwrap())
        .filter(|bytes| image::load_from_memory(bytes).is_ok())
        .collect();
    if photos.is_empty() {
        (0..8)
            .map(|seed| scene::encoded(&scene::scene(seed), 90))
            .collect()
    } else {
        photos
    }
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// `inspect`: all that is known of an original beside decoding and hashing it.
pub(crate) fn inspect() -> Vec<Row> {
    let photos = photos();
    let said = voice::speech(1, 120);
    let (recording, packets) = (voice::opus(&said, 24_000), voice::packets(&said, 24_000));
    let (mut ours, mut bare) = ([f64::MAX; 2], [f64::MAX; 2]);
    // The least of three: other work on the machine only adds.
    for _ in 0..3 {
        let seconds = timed(|| {
            for photo in &photos {
                black_box(photo::look(photo, &photo::Limits::default()).unwrap());
                black_box(Sha256::of(photo));
            }
        });
        ours[0] = ours[0].min(seconds);
        let seconds = timed(|| {
            for photo in &photos {
                black_box(image::load_from_memory(photo).unwrap());
                black_box(Sha256::of(photo));
            }
        });
        bare[0] = bare[0].min(seconds);
        let seconds = timed(|| {
            black_box(audio::inspect(&recording, &audio::Limits::default()).unwrap());
            black_box(Sha256::of(&recording));
        });
        ours[1] = ours[1].min(seconds);
        let seconds = timed(|| {
            let mut decoder = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
            let mut buffer = vec![0.0_f32; 5_760];
            for packet in &packets {
                black_box(decoder.decode_float(packet, &mut buffer, false).unwrap());
            }
            black_box(Sha256::of(&recording));
        });
        bare[1] = bare[1].min(seconds);
    }
    let rows = [
        (
            "inspect-photos",
            "photos inspected / decoded and hashed",
            photos.len() as f64,
            0,
        ),
        (
            "inspect-recordings",
            "seconds of sound inspected / decoded and hashed",
            120.0,
            1,
        ),
    ];
    rows.map(|(id, what, count, place)| {
        let (ours, beside) = (count / ours[place], count / bare[place]);
        Row {
            id,
            what: what.into(),
            ours,
            beside,
            unit: "/s",
            ratio: ours / beside,
            goal: "≥ 0.70".into(),
            met: ours / beside >= 0.7,
        }
    })
    .into()
}

/// Codes as they occur: those of made originals, each with some bits the other way.
struct Codes {
    known: Vec<u64>,
    chance: Chance,
}

impl Codes {
    fn next(&mut self) -> u64 {
        let mut code = self.known[self.chance.below(self.known.len())];
        // Three bits in sixteen.
        let noise = (0..3).map(|_| self.chance.bits()).collect::<Vec<_>>();
        code ^= noise[0] & noise[1] & (noise[2] | self.chance.bits());
        code
    }
}

fn keypoints(codes: &mut Codes) -> Keypoints {
    let mut bytes = Vec::with_capacity(480);
    for _ in 0..photo::KEYPOINTS_MAX {
        bytes.extend(codes.next().to_le_bytes());
        bytes.extend(&codes.chance.bits().to_le_bytes()[..4]);
    }
    Keypoints::from_bytes(&bytes).unwrap()
}

fn sketch(codes: &mut Codes) -> AudioSketch {
    let mut bytes = Vec::with_capacity(512);
    for place in 0..audio::ANCHORS_MAX {
        bytes.extend(codes.next().to_le_bytes());
        bytes.extend(&u32::try_from(place * 60).unwrap().to_le_bytes()[..3]);
    }
    AudioSketch::from_bytes(&bytes).unwrap()
}

/// Fills the tables as inspections would, in order of their keys so that it takes minutes and not hours.
fn fill(root: &Path, kind: &str, table: &str, mut sketch: impl FnMut() -> (Vec<u8>, BTreeSet<u32>)) {
    let mut db = Connection::open(root.join("archive.db")).unwrap();
    let transaction = db.transaction().unwrap();
    let mut words = Vec::new();
    let first: u32 = transaction
        .query_row("SELECT coalesce(max(journal), 0) + 1000 FROM sketch", [], |row| {
            row.get(0)
        })
        .unwrap();
    {
        let mut insert = transaction
            .prepare("INSERT INTO sketch (journal, kind, hash, sketch) VALUES (?1, ?2, ?3, ?4)")
            .unwrap();
        for journal in first..first + MILLION {
            let (bytes, of) = sketch();
            let hash = BlobHash::of(&journal.to_le_bytes());
            insert
                .execute(params![journal, kind, hash.as_bytes(), bytes])
                .unwrap();
            words.extend(
                of.into_iter()
                    .map(|word| u64::from(word) << 32 | u64::from(journal)),
            );
        }
        words.sort_unstable();
        let mut insert = transaction
            .prepare(&format!("INSERT INTO {table} (word, journal) VALUES (?1, ?2)"))
            .unwrap();
        for word in &words {
            insert.execute(params![word >> 32, word & 0xFFFF_FFFF]).unwrap();
        }
    }
    transaction.commit().unwrap();
}

/// The dHashes of the photos that [`fill`] made: a page holds as many as the archive's own.
fn fill_dhashes(root: &Path, mut dhash: impl FnMut() -> u64) {
    let mut db = Connection::open(root.join("archive.db")).unwrap();
    let transaction = db.transaction().unwrap();
    for page in 0..MILLION / 240 {
        let dhashes: Vec<u8> = (0..240).flat_map(|_| dhash().to_le_bytes()).collect();
        let journals = (0..240).flat_map(|n| u64::from(1_000 + page * 240 + n).to_le_bytes());
        let insert = "INSERT INTO photo_dhash (page, dhashes, journals) VALUES (?1, ?2, ?3)";
        transaction
            .execute(insert, params![page, dhashes, journals.collect::<Vec<u8>>()])
            .unwrap();
    }
    transaction.commit().unwrap();
}

fn row(id: &'static str, what: &str, times_ms: Vec<f64>, limit_ms: f64) -> Row {
    let p95 = percentile(times_ms, 95);
    Row {
        id,
        what: what.into(),
        ours: p95,
        beside: limit_ms,
        unit: "ms p95",
        ratio: p95 / limit_ms,
        goal: format!("≤ {limit_ms} ms"),
        met: p95 <= limit_ms,
    }
}

/// `alike`: a look among a million photos, and among a million recordings.
pub(crate) fn alike() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    office::open(folder.path()).close();
    let scenes: Vec<Prints> = (0..96)
        .map(|seed| {
            let jpeg = scene::encoded(&scene::scene(seed), 85);
            photo::look(&jpeg, &photo::Limits::default())
                .unwrap()
                .prints
                .unwrap()
        })
        .collect();
    let mut places = Codes {
        known: scenes
            .iter()
            .flat_map(|prints| prints.keypoints.as_slice())
            .map(|place| place.code)
            .collect(),
        chance: Chance::new(1),
    };
    fill(folder.path(), "photo", "photo_word", || {
        let made = keypoints(&mut places);
        (made.to_bytes(), made.words())
    });
    let mut gradients = Codes {
        known: scenes
            .iter()
            .map(|prints| prints.dhash.orientations()[0].0)
            .collect(),
        chance: Chance::new(3),
    };
    fill_dhashes(folder.path(), || gradients.next());
    let mut moments = Codes {
        known: (0..48)
            .flat_map(|seed| {
                let facts = audio::inspect(&voice::wav(&voice::speech(seed, 60)), &audio::Limits::default());
                facts.unwrap().sketch.as_slice().to_vec()
            })
            .map(|anchor| anchor.code)
            .collect(),
        chance: Chance::new(2),
    };
    fill(folder.path(), "recording", "audio_word", || {
        let made = sketch(&mut moments);
        (made.to_bytes(), made.words())
    });
    let db = Connection::open(folder.path().join("archive.db")).unwrap();
    db.set_prepared_statement_cache_capacity(64);
    // As an archive at rest, and read as it reads: each look in a transaction of its own.
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let likenesses = Likenesses::default();
    let (mut of_photos, mut of_recordings) = (Vec::new(), Vec::new());
    for look in 0..LOOKS {
        let prints = Prints {
            keypoints: keypoints(&mut places),
            dhash: scenes[look % scenes.len()].dhash,
        };
        let start = Instant::now();
        let reading = db.unchecked_transaction().unwrap();
        black_box(likenesses.photos(&reading, &prints).unwrap());
        reading.finish().unwrap();
        of_photos.push(start.elapsed().as_secs_f64() * 1_000.0);
        let sketch = sketch(&mut moments);
        let start = Instant::now();
        let reading = db.unchecked_transaction().unwrap();
        black_box(likenesses.recordings(&reading, &sketch).unwrap());
        reading.finish().unwrap();
        of_recordings.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    vec![
        row(
            "alike-photos",
            "a look for alike pictures among 1 M",
            of_photos,
            20.0,
        ),
        row(
            "alike-recordings",
            "a look for alike recordings among 1 M",
            of_recordings,
            50.0,
        ),
    ]
}
