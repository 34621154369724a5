//! A real server and headless phones, each killed with SIGKILL at moments that nobody chose, twenty-six rounds: what a
//! command acknowledged is in the archive in the end, every visit counts once, and everything verifies.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::served::{Served, json_of, program};

const TEAMS: [[&str; 2]; 2] = [["jia", "yi"], ["bing", "ding"]];
/// Rounds of each of the two phones.
const ROUNDS: u32 = 13;

/// Milliseconds below `n`; their order is always the same, what they hit is not.
fn below(n: u64) -> u64 {
    static STATE: AtomicU64 = AtomicU64::new(2026);
    let mut z = STATE.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (z ^ (z >> 27)) % n
}

/// A phone of two people, and what it was told is done.
struct Phone {
    folder: PathBuf,
    store: String,
    people: [&'static str; 2],
    acknowledged: BTreeSet<String>,
}

impl Phone {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.folder);
        command
            .args(["phone", "--store", &self.store])
            .args(arguments)
            .env("HUDANG_PIN", "246810");
        command
    }

    /// Runs a command and, mostly, kills it; whether it ended by itself and well.
    fn risks(&mut self, arguments: &[&str], within_ms: u64) -> bool {
        let said = self.folder.join(format!("{}.said", self.store));
        let mut child = self
            .command(arguments)
            .stdout(std::fs::File::create(&said).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Not more often: a code that was not answered counts as one try, and many tries have to wait.
        if below(2) > 0 {
            std::thread::sleep(Duration::from_millis(below(within_ms)));
            child.kill().unwrap();
        }
        let done = child.wait().unwrap().success();
        // What was printed is a promise, whatever became of the rest.
        for line in std::fs::read_to_string(&said).unwrap().lines() {
            if let Ok(Value::Object(told)) = serde_json::from_str(line)
                && let Some(Value::String(original)) = told.get("sha256")
            {
                self.acknowledged.insert(original.clone());
            }
        }
        done
    }

    fn is_sealed(&self, household: &str) -> bool {
        let output = self.command(&["status", household]).output().unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        status["seal"].is_string()
    }

    /// A visit, begun again after each kill as a person would.
    fn visits(&mut self, household: &str, number: u32) {
        let picture = format!("{household}.png");
        std::fs::write(self.folder.join(&picture), self::picture(number)).unwrap();
        let (first, second) = (self.people[0], self.people[1]);
        // Who only opened was not there.
        let mut lines =
            format!("open {household} --person {second}\nconsent {household} visit --person {second}\n");
        for act in ["open", "consent", "photo", "answer", "confirm", "outcome", "seal"] {
            let rest = match act {
                "consent" => "visit".to_owned(),
                "photo" => format!("{picture} --purpose 门牌"),
                "answer" => format!("income {}", 90_000 + number),
                "outcome" => "done".to_owned(),
                "seal" => format!("--person {second}"),
                _ => String::new(),
            };
            writeln!(lines, "{act} {household} {rest} --person {first}").unwrap();
        }
        let file = format!("{household}.visit");
        std::fs::write(self.folder.join(&file), lines).unwrap();
        while !self.is_sealed(household) {
            self.risks(&["do", &file], 1_200);
        }
    }
}

/// A picture of its own for each number.
fn picture(number: u32) -> Vec<u8> {
    let grey = image::GrayImage::from_fn(72, 64, |x, y| {
        let bit = number.wrapping_mul(2_654_435_761).rotate_left(x / 8 + y / 8 * 9);
        image::Luma([if bit & 1 == 1 { 220 } else { 30 }])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn household(team: usize, round: u32) -> String {
    format!("户-{team}{round:02}")
}

fn contract() -> Value {
    let member = |person: &&str| json!({"person": person, "org": "xinghe"});
    json!({
        "id": "HT-1", "title": "核查", "buyer": "minzheng", "contractors": ["xinghe"],
        "term": {"from": "2020-01-01", "to": "2099-12-31"},
        "areas": [{"code": "152525", "name": "东乌珠穆沁旗"}],
        "periods": [{"key": "all", "from": "2020-01-01", "to": "2099-12-31"}],
        "quantities": [{"area": "152525", "period": "all", "visits": 26}],
        "cycle": "quarter", "paid": ["done"],
        "standard": {"title": "留痕标准", "outcomes": {"done": {
            "investigators": 2, "questions": [{"path": "income", "min": 1}],
            "photos": [{"purpose": "门牌", "min": 1}]}}},
        "roster": TEAMS.iter().flatten().map(member).collect::<Vec<_>>()
    })
}

/// Contract, households, assignments, two phones with their people, and the purchaser's token.
fn set_up(folder: &Path, server: &Served) -> ([Phone; 2], String) {
    let ask = |token: &str, words: &[&str]| {
        let words = [&["admin"], words].concat();
        json_of(&mut server.asked(folder, token, &words))
    };
    let administrator = server.text("token");
    let token = |role: &str, organisation: &str| {
        let wanted = [
            "token",
            "--label",
            role,
            "--role",
            role,
            "--organisation",
            organisation,
        ];
        let made = ask(&administrator, &wanted);
        made["name"].as_str().unwrap().to_owned()
    };
    let (purchaser, contractor) = (
        token("purchaser-handler", "minzheng"),
        token("contractor-admin", "xinghe"),
    );
    let (mut households, mut assignments) = ("code,area\n".to_owned(), "household,people\n".to_owned());
    for (team, people) in TEAMS.iter().enumerate() {
        for round in 0..ROUNDS {
            let code = household(team, round);
            writeln!(households, "{code},152525").unwrap();
            writeln!(assignments, "{code},{}", people.join(" ")).unwrap();
        }
    }
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    write("contract.json", contract().to_string());
    write("form.json", hudang_testkit::form::text().to_owned());
    write("households.csv", households);
    write("assignments.csv", assignments);
    ask(&purchaser, &["contract", "contract.json"]);
    let form = ask(&purchaser, &["form", "form.json", "--contract", "HT-1"])["name"].clone();
    ask(&purchaser, &["households", "households.csv"]);
    let form = form.as_str().unwrap();
    ask(
        &contractor,
        &[
            "assignments",
            "assignments.csv",
            "--contract",
            "HT-1",
            "--form",
            form,
        ],
    );
    let phones = [0, 1].map(|team| {
        let phone = Phone {
            folder: folder.to_owned(),
            store: format!("phone-{team}"),
            people: TEAMS[team],
            acknowledged: BTreeSet::new(),
        };
        json_of(&mut phone.command(&["init"]));
        for person in TEAMS[team] {
            let code = ask(&contractor, &["code", "--contract", "HT-1", "--person", person]);
            let invitation = code["invitation"].as_str().unwrap();
            json_of(&mut phone.command(&["enrol", "--invitation", invitation]));
        }
        json_of(&mut phone.command(&["sync"]));
        phone
    });
    (phones, purchaser)
}

/// The server looks into the last originals after it said that it holds them.
fn looks_into_the_rest(folder: &Path, purchaser: &str) {
    let server = Served::start(folder, "127.0.0.1:0");
    let counts = ["counts", "--contract", "HT-1", "--state", "sealed"];
    let began = Instant::now();
    loop {
        let waiting = json_of(&mut server.asked(folder, purchaser, &counts));
        if ids(&waiting).is_empty() {
            return;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{waiting}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Both phones work at once, while the server is killed now and then.
fn work(folder: &Path, server: Served, phones: &mut [Phone; 2]) {
    let at = server.text("listening");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let killer = scope.spawn(|| {
            let mut server = server;
            while !is_over.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(300 + below(1_500)));
                drop(server);
                server = Served::start(folder, &at);
            }
            drop(server);
        });
        let working: Vec<_> = phones
            .iter_mut()
            .enumerate()
            .map(|(team, phone)| {
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        let number = u32::try_from(team).unwrap() * 100 + round + 1;
                        phone.visits(&household(team, round), number);
                        phone.risks(&["sync"], 800);
                    }
                })
            })
            .collect();
        let ended: Vec<_> = working
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect();
        is_over.store(true, Ordering::SeqCst);
        killer.join().unwrap();
        for end in ended {
            end.unwrap();
        }
    });
    let _calm = Served::start(folder, &at);
    for phone in phones.iter() {
        let synced = json_of(&mut phone.command(&["sync", "--keep-on-s", "60"]));
        let left = (&synced["waiting"], &synced["originals_waiting"]);
        assert_eq!(left, (&json!(0), &json!(0)), "{synced}");
        assert_eq!(json_of(&mut phone.command(&["problems"])), json!([]));
        json_of(&mut phone.command(&["sync"]));
    }
}

#[test]
fn what_was_acknowledged_survives_sigkill_everywhere() {
    let room = tempfile::tempdir().unwrap();
    let folder = room.path();
    let server = Served::start(folder, "127.0.0.1:0");
    let (mut phones, purchaser) = set_up(folder, &server);
    work(folder, server, &mut phones);
    looks_into_the_rest(folder, &purchaser);

    for (team, phone) in phones.iter().enumerate() {
        for round in 0..ROUNDS {
            let status = json_of(&mut phone.command(&["status", &household(team, round)]));
            assert_eq!(status["received"], json!(true), "{team} {round}: {status}");
        }
        for original in &phone.acknowledged {
            let place = folder.join("archive/blobs").join(&original[..2]).join(original);
            assert!(place.is_file(), "an acknowledged original is not in the archive");
        }
    }
    let counts = [
        "counts",
        "--archive",
        "archive",
        "--contract",
        "HT-1",
        "--state",
        "received",
    ];
    // Two people on one phone are for the purchaser to decide.
    let counted = json_of(program(folder).args(counts));
    assert!(counted.to_string().contains("shared-phone"), "{counted}");
    assert_eq!(ids(&counted).len(), 2 * ROUNDS as usize, "{counted}");
    for visit in ids(&counted) {
        json_of(program(folder).args(["visit", "--archive", "archive", "verify", &visit]));
    }
    json_of(program(folder).args(["archive", "check", "archive"]));
}

/// The visits in an answer, each once.
fn ids(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(ids).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| match member.as_str() {
                Some(id) if name == "visit" => BTreeSet::from([id.to_owned()]),
                _ => ids(member),
            })
            .collect(),
        _ => BTreeSet::new(),
    }
}
