//! A visit is verified and a household's file taken out over HTTPS; whoever alters something on the way is found out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hudang_archive::Role;
use hudang_evidence::id::BlobHash;
use hudang_testkit::folder;
use hudang_testkit::office::{self, DAY_MS};
use hudang_testkit::person::Person;
use hudang_testkit::sound::tone_of;
use hudang_testkit::visit::Plan;
use hudang_testkit::workbook::sheets;
use serde_json::{Value, json};

use crate::middle::{Passes, between};
use crate::served::{Served, json_of, program, said_by};

const HOUSEHOLD: &str = "户-001";

/// A served archive with one visit that two people sealed.
struct World {
    folder: tempfile::TempDir,
    served: Served,
    visit: String,
    recording: BlobHash,
    auditor: String,
    administrator: String,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("archive");
        fs::create_dir(&root).unwrap();
        let archive = office::open(&root);
        office::set_up(&archive, 2);
        let (mut jia, mut yi) = Person::pair(&archive);
        // Longer than what is asked for at once.
        let recording = tone_of(3, 300);
        let plan = Plan {
            recording: Some(recording.clone()),
            ..Plan::of(1)
        };
        let made = plan.carried_out(&mut jia, &mut yi);
        made.brought(&archive, &mut jia, &mut yi, DAY_MS);
        let token = |n: u8, role: Role| {
            let made = archive.create_token(&office::local(), office::account(role), [n; 32], office::at(0));
            made.unwrap()
        };
        let (auditor, administrator) = (token(1, Role::Auditor), token(2, Role::SystemAdmin));
        archive.close();
        let served = Served::start(folder.path(), "127.0.0.1:0");
        Self {
            folder,
            served,
            visit: made.visit.to_string(),
            recording: BlobHash::of(&recording),
            auditor,
            administrator,
        }
    }

    fn asks(&self, arguments: &[&str]) -> Command {
        let arguments = [&["--purpose", "抽查"][..], arguments].concat();
        self.served.asked(self.folder.path(), &self.auditor, &arguments)
    }

    /// The program, that takes this address for the server.
    fn asks_at(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = program(self.folder.path());
        command
            .args(["--server", url, "--token", &self.auditor, "--purpose", "抽查"])
            .args(arguments);
        command
    }

    fn there(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }
}

/// All files below a directory with their bytes.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        (name, fs::read(&path).unwrap())
    };
    folder::files(root).into_iter().map(read).collect()
}

fn code(failed: Result<Value, (Value, Value)>) -> String {
    let (error, _) = failed.unwrap_err();
    error["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_is_taken_out_over_https_is_what_the_directory_gives() {
    let mut world = World::new();
    let (visit, folder) = (world.visit.clone(), world.folder.path().to_owned());
    let key = world.served.text("receipt_key");
    let verified = json_of(&mut world.asks(&["--receipt-key", &key, "visit", "verify", &visit]));
    assert_eq!(verified["countable"], true, "{verified}");
    assert_eq!(verified["signers"], json!(["jia", "yi"]));
    let taken = json_of(&mut world.asks(&["household", "export", HOUSEHOLD, "over-https"]));
    assert_eq!((&taken["visits"], &taken["broken"]), (&json!(1), &json!({})));

    let other = hudang_evidence::note::NoteSigner::new("hudang/152525", &[9; 32]).unwrap();
    let other = other.verifier().to_string();
    let mistaken = world.asks(&["--receipt-key", &other, "visit", "verify", &visit]);
    assert_eq!(code(said_by(&mut { mistaken })), "CLI-RECEIPT-KEY");
    for act in [
        &["visit", "verify", &visit][..],
        &["household", "export", HOUSEHOLD, "no"],
    ] {
        let refused = said_by(&mut world.served.asked(&folder, &world.administrator, act));
        assert_eq!(code(refused), "TOKEN-ROLE");
    }
    assert_eq!(
        code(said_by(&mut world.asks(&["household", "export", "无", "no"]))),
        "ARCHIVE-UNKNOWN"
    );
    assert!(!world.there("no"));

    world.served.stops();
    let here = |arguments: &[&str]| json_of(program(&folder).args(arguments));
    assert_eq!(here(&["visit", "verify", &visit]), verified);
    here(&["household", "export", HOUSEHOLD, "from-directory"]);
    let over_https = files(&folder.join("over-https"));
    assert!(
        over_https
            .keys()
            .any(|name| name.ends_with(&format!("originals/{}.wav", world.recording)))
    );
    assert!(over_https == files(&folder.join("from-directory")));
}

#[test]
fn the_months_workbook_is_the_same_over_https_and_holds_what_the_counts_say() {
    let mut world = World::new();
    let folder = world.folder.path().to_owned();
    let report = |out| {
        [
            "report",
            "month",
            "2026-03",
            "--contract",
            "HT-2026-001",
            "--out",
            out,
        ]
    };
    json_of(&mut world.asks(&report("over-https.xlsx")));
    let counts = ["counts", "--contract", "HT-2026-001"];
    let counted = json_of(&mut world.asks(&[&counts[..], &["--state", "counted"]].concat()));
    let lines = json_of(&mut world.asks(&counts));
    world.served.stops();
    let written = json_of(program(&folder).args(report("here.xlsx")));
    assert_eq!((&written["visits"], &written["counted"]), (&json!(1), &json!(1)));
    let read = |name: &str| -> [(String, Vec<Vec<String>>); 2] {
        sheets(&fs::read(folder.join(name)).unwrap()).try_into().unwrap()
    };
    let ([(_, numbers), (_, rows)], over_https) = (read("here.xlsx"), read("over-https.xlsx"));
    // The time at which it was made is another one.
    assert_eq!((&numbers[2..], &rows), (&over_https[0].1[2..], &over_https[1].1));
    let line = lines
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["counted"] == 1)
        .unwrap();
    let of_line = numbers
        .iter()
        .find(|row| line["area"] == row[0].as_str())
        .unwrap();
    for (column, member) in [(3, "contracted"), (5, "received"), (6, "counted")] {
        assert_eq!(of_line[column], line[member].to_string(), "{member}");
    }
    assert_eq!(rows.len(), 2);
    for (column, member) in [
        (0, "household_code"),
        (1, "visit"),
        (2, "area"),
        (3, "period"),
        (9, "seal"),
    ] {
        assert_eq!(counted[0][member], rows[1][column].as_str(), "{member}");
    }
}

/// Changes the JSON of a visit's file.
fn altered(bytes: &[u8], alter: impl Fn(&mut Value)) -> Passes {
    let mut file: Value = serde_json::from_slice(bytes).unwrap();
    alter(&mut file);
    Passes::On(file.to_string().into_bytes())
}

#[test]
fn whatever_is_altered_on_the_way_is_found() {
    type Alter = fn(&mut Value);
    let world = World::new();
    let cases: [(&str, Alter); 7] = [
        ("ENTRY-SIGNATURE", |file| {
            let text = file["entries"][0]["text"].as_str().unwrap();
            file["entries"][0]["text"] = text.replace("0.1.0+", "0.1.1+").into();
        }),
        // The last statement of the second person, whom the server heard first.
        ("SEAL-TAIL", |file| {
            file["entries"].as_array_mut().unwrap().remove(1);
        }),
        // One in the midst of the first person's.
        ("CHAIN-HOLE", |file| {
            file["entries"].as_array_mut().unwrap().remove(3);
        }),
        ("OPEN-PERSON", |file| file["devices"][0]["person"] = "wu".into()),
        ("KEY-UNKNOWN", |file| {
            file["devices"].as_array_mut().unwrap().remove(0);
        }),
        ("RECEIPT-SIGNATURE", |file| {
            let text = file["receipts"][0]["text"].as_str().unwrap();
            file["receipts"][0]["text"] = text.replace("hudang", "hudong").into();
        }),
        ("SEAL-SIGNATURE", |file| {
            let text = file["seals"][0]["text"].as_str().unwrap();
            file["seals"][0]["text"] = text.replace("\"done\"", "\"moved\"").into();
        }),
    ];
    for (n, (wanted, alter)) in cases.into_iter().enumerate() {
        let url = between(&world.served, move |path, bytes| {
            if path.ends_with("/file") {
                altered(&bytes, alter)
            } else {
                Passes::On(bytes)
            }
        });
        let verified = said_by(&mut world.asks_at(&url, &["visit", "verify", &world.visit]));
        let (error, found) = verified.unwrap_err();
        assert_eq!(error["error"]["code"], "VISIT-FINDINGS", "{wanted}: {error}");
        let codes: Vec<&Value> = found["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["code"])
            .collect();
        assert!(codes.contains(&&json!(wanted)), "{wanted}: {codes:?}");

        let folder = format!("file-{n}");
        let (error, taken) =
            said_by(&mut world.asks_at(&url, &["household", "export", HOUSEHOLD, &folder])).unwrap_err();
        assert_eq!(error["error"]["code"], "HOUSEHOLD-BROKEN", "{wanted}: {error}");
        let found = taken["broken"][&world.visit].as_array().unwrap();
        assert!(found.iter().any(|one| one["code"] == wanted), "{wanted}: {taken}");
    }
    let other = between(&world.served, |path, bytes| {
        if path.ends_with("/file") {
            altered(&bytes, |file| {
                file["row"]["visit"] = "01JQ0000000000000000000000".into();
            })
        } else {
            Passes::On(bytes)
        }
    });
    let told = said_by(&mut world.asks_at(&other, &["visit", "verify", &world.visit]));
    assert_eq!(code(told), "CLI-ANSWER");
}

#[test]
fn an_altered_original_is_found_and_not_taken_out() {
    let world = World::new();
    let url = between(&world.served, |path, mut bytes| {
        if path.starts_with("/v1/blobs/")
            && let Some(last) = bytes.last_mut()
        {
            *last ^= 1;
        }
        Passes::On(bytes)
    });
    let (_, found) = said_by(&mut world.asks_at(&url, &["visit", "verify", &world.visit])).unwrap_err();
    assert_eq!(found["countable"], false);
    assert!(found["findings"].to_string().contains("MEDIA-SWAPPED"), "{found}");
    let taken = said_by(&mut world.asks_at(&url, &["household", "export", HOUSEHOLD, "file"]));
    assert_eq!(code(taken), "DOSSIER-ALTERED");
    assert!(!world.there("file") && !world.there("file.unfinished"));
}

#[test]
fn a_line_that_breaks_is_taken_up_again_and_one_that_stays_broken_leaves_nothing() {
    let world = World::new();
    let asked = AtomicUsize::new(0);
    let url = between(&world.served, move |path, bytes| {
        // Every other answer breaks off in its middle.
        let half = bytes.len() / 2;
        if path.starts_with("/v1/blobs/") && asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            Passes::Cut(bytes, half)
        } else {
            Passes::On(bytes)
        }
    });
    json_of(&mut world.asks_at(&url, &["household", "export", HOUSEHOLD, "whole"]));
    let name = format!("whole/{}/originals/{}.wav", world.visit, world.recording);
    let kept = fs::read(world.folder.path().join(name)).unwrap();
    assert_eq!(BlobHash::of(&kept), world.recording);

    let broken = between(&world.served, |path, bytes| {
        if path.starts_with("/v1/blobs/") {
            Passes::Cut(bytes, 0)
        } else {
            Passes::On(bytes)
        }
    });
    let taken = said_by(&mut world.asks_at(&broken, &["household", "export", HOUSEHOLD, "half"]));
    assert_eq!(code(taken), "DOSSIER-IO");
    assert!(!world.there("half") && !world.there("half.unfinished"));
}

#[test]
fn an_export_that_is_killed_is_not_taken_for_a_finished_one() {
    let world = World::new();
    let silent = between(&world.served, |path, bytes| {
        if path.starts_with("/v1/blobs/") {
            Passes::Nothing
        } else {
            Passes::On(bytes)
        }
    });
    let export = ["household", "export", HOUSEHOLD, "file"];
    let mut child = world.asks_at(&silent, &export).spawn().unwrap();
    let began = Instant::now();
    while !world.there("file.unfinished/index.html") {
        assert!(began.elapsed() < Duration::from_mins(1));
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!world.there("file"));
    json_of(&mut world.asks(&export));
    assert!(world.there("file/SHA256SUMS") && !world.there("file.unfinished"));
}
