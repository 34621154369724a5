//! Every command that prints a table, in both languages: with `--lang en` no head stays Chinese.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::served::{CONTRACT, Served, json_of, program};

const HOUSEHOLD: &str = "户-001";
const CONTRACT_ID: &str = "HT-2026-001";

/// A folder with an archive, and with a phone that is in the midst of a visit.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    served: Served,
    purchaser: String,
    visit: String,
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

impl Desk {
    pub(crate) fn new() -> Self {
        let room = tempfile::tempdir().unwrap();
        let folder = room.path();
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write("contract.json", CONTRACT);
        write("form.json", hudang_testkit::form::text());
        write("households.csv", "code,area\n户-001,152525\n");
        write("assignments.csv", "household,people\n户-001,jia yi\n");
        std::fs::write(folder.join("door.png"), hudang_testkit::picture::picture(1)).unwrap();
        std::fs::write(folder.join("talk.wav"), hudang_testkit::sound::tone(1)).unwrap();
        let served = Served::start(folder, "127.0.0.1:0");
        let administrator = served.text("token");
        let ask = |token: &str, line: &str| {
            json_of(&mut served.asked(folder, token, &line.split(' ').collect::<Vec<_>>()))
        };
        let text = |value: &Value, member: &str| value[member].as_str().unwrap().to_owned();
        let token = |role: &str, organisation: &str| {
            let made = format!("admin token --label {role} --role {role} --organisation {organisation}");
            text(&ask(&administrator, &made), "name")
        };
        let (purchaser, contractor) = (
            token("purchaser-handler", "minzheng"),
            token("contractor-admin", "xinghe"),
        );
        ask(&purchaser, "admin contract contract.json");
        let form = text(
            &ask(&purchaser, "admin form form.json --contract HT-2026-001"),
            "name",
        );
        ask(&purchaser, "admin households households.csv");
        ask(
            &contractor,
            &format!("admin assignments assignments.csv --contract {CONTRACT_ID} --form {form}"),
        );
        let code = ask(
            &contractor,
            &format!("admin code --contract {CONTRACT_ID} --person jia"),
        );
        write("invitation", &text(&code, "invitation"));
        let phone = |line: &str| {
            let mut command = program(folder);
            command.args(["phone", "--store", "phone"]).args(line.split(' '));
            json_of(command.env("HUDANG_PIN", "246810"))
        };
        phone("init");
        phone("enrol --invitation invitation");
        phone("sync");
        let visit = text(&phone(&format!("open {HOUSEHOLD}")), "visit");
        for act in [
            "photo 户-001 door.png --purpose 门牌",
            "audio 户-001 talk.wav --purpose 访谈",
            "answer 户-001 head/name 某某",
        ] {
            phone(act);
        }
        Self {
            folder: room,
            served,
            purchaser,
            visit,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Commands on what lies in the folder.
    pub(crate) fn here(&self) -> Vec<Vec<String>> {
        let form = concat!(env!("CARGO_MANIFEST_DIR"), "/../../forms/低保入户调查表.xlsx");
        let other = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/demo/window.xml");
        let lines = [
            "admin devices".to_owned(),
            "archive check archive".to_owned(),
            "archive rebuild archive".to_owned(),
            "audio inspect talk.wav".to_owned(),
            format!("counts --contract {CONTRACT_ID}"),
            format!("counts --contract {CONTRACT_ID} --state assigned"),
            format!("form diff {form} {other}"),
            format!("form run {form}"),
            "photo inspect door.png".to_owned(),
            format!("visit show {}", self.visit),
            format!("visit verify {}", self.visit),
            "phone answers 户-001".to_owned(),
            "phone assignments".to_owned(),
            "phone audio-unfinished".to_owned(),
            "phone entries 户-001".to_owned(),
            "phone outbox".to_owned(),
            "phone people".to_owned(),
            "phone problems".to_owned(),
            "phone questions 户-001".to_owned(),
            "phone visits".to_owned(),
        ];
        lines.iter().map(|line| words(line)).collect()
    }

    /// Commands asked of the running server.
    fn over_http(&self) -> Vec<Vec<String>> {
        let lines = [
            "admin devices".to_owned(),
            format!("counts --contract {CONTRACT_ID}"),
            format!("visit show {}", self.visit),
        ];
        lines.iter().map(|line| words(line)).collect()
    }

    /// The program without the test's environment, for people.
    pub(crate) fn plain(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hudang"));
        command.current_dir(self.path()).args(arguments);
        for name in ["HUDANG_ARCHIVE", "HUDANG_LANG", "HUDANG_SERVER", "HUDANG_TOKEN"] {
            command.env_remove(name);
        }
        command
            .env("HUDANG_PIN", "246810")
            .env("HUDANG_STORE", "phone")
            .env("COLUMNS", "200");
        command
    }

    pub(crate) fn stops(&mut self) {
        self.served.stops();
    }
}

/// The heads of the tables in a text: what stands between a table's upper edge and the line below.
fn heads(text: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut in_head = false;
    for line in text.lines() {
        if line.starts_with('┌') {
            in_head = true;
            heads.push(String::new());
        } else if line.starts_with('╞') {
            in_head = false;
        } else if in_head && let Some(head) = heads.last_mut() {
            head.push_str(line);
        }
    }
    // However wide the columns are.
    let narrow = |head: String| head.split_whitespace().collect::<Vec<_>>().join(" ");
    heads.into_iter().map(narrow).collect()
}

fn is_chinese(text: &str) -> bool {
    text.chars()
        .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

/// Runs a command in both languages; returns its heads in English.
fn in_both(command: &dyn Fn(&str) -> Command, name: &[String]) -> Vec<String> {
    let said = |language: &str| {
        let output = command(language).output().unwrap();
        let (out, err) = (output.stdout, output.stderr);
        let text = String::from_utf8(out).unwrap();
        let heads = heads(&text);
        assert!(
            !heads.is_empty(),
            "{name:?} prints no table: {text}{}",
            String::from_utf8_lossy(&err)
        );
        heads
    };
    let (zh, en) = (said("zh"), said("en"));
    for (zh, en) in zh.iter().zip(&en) {
        assert!(is_chinese(zh), "{name:?}: {zh}");
        assert!(!is_chinese(en), "{name:?}: {en}");
        assert_eq!(zh.matches('┆').count(), en.matches('┆').count(), "{name:?}");
    }
    en
}

#[test]
fn no_head_stays_chinese_in_english() {
    let mut desk = Desk::new();
    let mut seen = BTreeSet::new();
    let url = desk.served.text("url");
    let print = desk.served.text("tls_fingerprint");
    for arguments in desk.over_http() {
        let asked = |language: &str| {
            let options = [
                ["--lang", language],
                ["--server", &url],
                ["--tls-fingerprint", &print],
                ["--token", &desk.purchaser],
            ];
            let options = options.as_flattened().iter().map(|word| (*word).to_owned());
            desk.plain(&options.chain(arguments.clone()).collect::<Vec<_>>())
        };
        seen.extend(in_both(&asked, &arguments));
    }
    desk.stops();
    for arguments in desk.here() {
        let asked = |language: &str| {
            let mut command = desk.plain(&arguments);
            command.args(["--lang", language]);
            command
        };
        seen.extend(in_both(&asked, &arguments));
    }
    // One for each kind of table but those of a form's problems, of a move to another form and of a broken file.
    assert!(seen.len() >= 20, "{}: {seen:#?}", seen.len());
}
