//! `cargo xtask demo`: the main job on an empty archive, with the programs that people run. A server serves over TLS;
//! four phones of two contractors' teams visit 24 households offline, sync over a connection that breaks, and the
//! purchaser's side asks what it is worth.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "reads the corpus, the clock and writes to a directory; its few lists have the lengths that stand here"
)]

mod app;
mod field;
mod office;
mod originals;
mod program;
mod screens;
mod window;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::NaiveDate;
use serde_json::Value;

use crate::office::{Agenda, Job, Office};
use crate::originals::Originals;
use crate::program::{Program, Server, text};

const CONTRACT: &str = "HT-2026-001";
const PIN: &str = "246810";
const HOUSEHOLDS: u8 = 24;
/// Two banners that the form knows.
const AREAS: [&str; 2] = ["150223", "152526"];
const TEAMS: [[&str; 2]; 2] = [["jia", "yi"], ["bing", "ding"]];
/// Who tries the screens after the demonstration.
const SCREEN_TEAM: [&str; 2] = ["wu", "ji"];
/// What the contract's roster calls people.
const NAMES: [(&str, &str); 6] = [
    ("jia", "包乌云"),
    ("yi", "王建国"),
    ("bing", "李秀兰"),
    ("ding", "巴特尔"),
    ("wu", "萨日娜"),
    ("ji", "张志强"),
];

/// A person's name in the roster.
fn name_of(person: &str) -> &'static str {
    NAMES
        .into_iter()
        .find(|(id, _)| *id == person)
        .map_or("", |(_, name)| name)
}

/// Both phones wrote down another income.
const CONFLICTING: u8 = 3;
/// What the neighbour thinks was not asked; the form requires it.
const INCOMPLETE: u8 = 5;
/// Its photo is that of another household.
const REUSED: u8 = 7;
/// The connection breaks after so many bytes of originals.
const CUT_AFTER: &str = "150000";

fn team_of(n: impl Into<u16>) -> usize {
    usize::from(n.into() % 2)
}

fn household(n: impl Into<u16>) -> String {
    format!("户-{:03}", n.into())
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == "app" => return app::main(rest),
        Some((first, rest)) if first == "screens" => return screens::main(rest),
        Some((first, rest)) if first == "window" => return window::main(rest),
        _ => {}
    }
    let lan = arguments.iter().any(|argument| argument == "--lan");
    let stays = !arguments.iter().any(|argument| argument == "--exit");
    let folder = PathBuf::from("target/demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("Clear the demo's directory")?;
    }
    std::fs::create_dir_all(&folder).context("Make the demo's directory")?;
    let folder = folder.canonicalize()?;
    let program = Program::in_folder(&folder)?;
    let today = today()?;

    let server = program.serve("127.0.0.1:0")?;
    println!("服务已启动：{}", server.url);
    let tokens = office::set_up(
        &program,
        &server,
        &folder,
        today,
        &Agenda {
            households: 1..=u16::from(HOUSEHOLDS),
            team: |n| TEAMS[team_of(n)],
            job: Job::Field,
        },
        true,
    )?;
    println!("合同 {CONTRACT}：两旗各 12 户次，{HOUSEHOLDS} 户已派单。");
    enrol(&program, &server, &tokens, &folder)?;
    let originals = Originals::gather(Path::new("../shared/data"), usize::from(HOUSEHOLDS))?;
    println!("{}", originals.told());
    field::write_originals(&folder, &originals)?;
    field::visit(&program, &folder)?;
    println!("{HOUSEHOLDS} 户入户已在无网络时完成，提问的调查员已封存。");
    stranger(&program, &folder)?;
    sync_all(&program, Some(CUT_AFTER))?;
    sync_all(&program, None)?;
    for settled in field::seal(&program, &folder)? {
        println!("两机答案不同，由第二调查员选定：{settled}");
    }
    sync_all(&program, None)?;
    sync_all(&program, None)?;
    is_everything_green(&program)?;
    ask(&program, &server, &tokens)?;
    let listened = server.url.trim_start_matches("https://").to_owned();
    // Chains and originals are verified, and the file exported, on the archive itself, which one process at a time holds.
    server.stop()?;
    inspect(&program, today)?;
    println!("\n结果在 {}", folder.display());
    if stays {
        let server = program.serve(&listened)?;
        let screens = screens::beside(&program, &server, &tokens, &folder, lan)?;
        println!(
            "服务继续运行：{}（按 Ctrl-C 结束）。\n查询：hudang {} counts --contract {CONTRACT}",
            server.url,
            server.asked_with(&tokens.purchaser).join(" ")
        );
        screens.stay()?;
    }
    Ok(())
}

/// The day in Asia/Shanghai.
fn today() -> anyhow::Result<NaiveDate> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let shanghai_s = i64::try_from(since.as_secs())? + 8 * 3_600;
    let there = chrono::DateTime::from_timestamp(shanghai_s, 0).context("The clock")?;
    Ok(there.date_naive())
}

/// Four phones get a person each from the office's codes, and their work of today.
fn enrol(program: &Program, server: &Server, tokens: &Office, folder: &Path) -> anyhow::Result<()> {
    for person in TEAMS.iter().flatten() {
        let code = office::invitation(program, server, tokens.of(person), person)?;
        let file = format!("{person}.invitation");
        std::fs::write(folder.join(&file), text(&code, "invitation")?)?;
        program.phone_json(person, &["init"])?;
        program.phone_json(person, &["enrol", "--invitation", &file])?;
        let synced = program.phone_json(person, &["sync"])?;
        anyhow::ensure!(synced["enrolled"][0] == **person, "{person}: {synced}");
    }
    println!("四部手机已登记，任务已下载。");
    Ok(())
}

/// A phone with a code that the office never gave.
fn stranger(program: &Program, folder: &Path) -> anyhow::Result<()> {
    let known = std::fs::read_to_string(folder.join("jia.invitation"))?;
    let mut invitation: Value = serde_json::from_str(&known)?;
    invitation["code"] = "00000-00000-00000-00000".into();
    std::fs::write(folder.join("stranger.invitation"), invitation.to_string())?;
    program.phone_json("stranger", &["init"])?;
    program.phone_json("stranger", &["enrol", "--invitation", "stranger.invitation"])?;
    let synced = program.phone_json("stranger", &["sync"])?;
    let problems = program.phone_json("stranger", &["problems"])?;
    anyhow::ensure!(
        synced["enrolled"] == serde_json::json!([]),
        "the stranger was let in"
    );
    println!(
        "未登记的手机被拒：{} {}",
        synced["refused"][0]
            .as_str()
            .context("The stranger was not refused")?,
        problems[0]["code"].as_str().unwrap_or_default()
    );
    Ok(())
}

fn sync_all(program: &Program, cut_after: Option<&str>) -> anyhow::Result<()> {
    for person in TEAMS.iter().flatten() {
        let mut arguments = vec!["sync", "--keep-on-s", "30"];
        if let Some(bytes) = cut_after {
            arguments.extend(["--cut-after", bytes]);
        }
        let synced = program.phone_json(person, &arguments)?;
        anyhow::ensure!(
            synced["waiting"] == 0 && synced["originals_waiting"] == 0,
            "{person} has something left: {synced}"
        );
        let broken = match &synced["broken"] {
            Value::Number(times) if times.as_u64() != Some(0) => {
                format!("，传输中断 {times} 次，从断点续传")
            }
            _ => String::new(),
        };
        println!("{person}：{} 次往返，积压已清空{broken}", synced["requests"]);
    }
    Ok(())
}

/// Every visit is green on the phone that sealed it last.
fn is_everything_green(program: &Program) -> anyhow::Result<()> {
    for n in 1..=HOUSEHOLDS {
        let status = program.phone_json(TEAMS[team_of(n)][1], &["status", &household(n)])?;
        anyhow::ensure!(
            status["received"] == true,
            "{} is not green: {status}",
            household(n)
        );
    }
    println!("{HOUSEHOLDS} 户均有服务器回执，手机上全部为绿。");
    Ok(())
}

/// The purchaser's side asks over HTTPS.
fn ask(program: &Program, server: &Server, tokens: &Office) -> anyhow::Result<()> {
    let mut counts = server.asked_with(&tokens.purchaser);
    counts.extend(["counts", "--contract", CONTRACT]);
    program.shown(&counts)?;
    counts.extend(["--state", "received"]);
    program.shown(&counts)?;
    let mut check = server.asked_with(&tokens.administrator);
    check.extend(["archive", "check", "archive"]);
    program.shown(&check)
}

/// Every visit is verified one by one; one household's file and the month's report are written.
fn inspect(program: &Program, today: NaiveDate) -> anyhow::Result<()> {
    let (mut verified, mut incomplete) = (0, None);
    for state in ["counted", "received"] {
        let arguments = [
            "counts",
            "--archive",
            "archive",
            "--contract",
            CONTRACT,
            "--state",
            state,
        ];
        let listed = program.json(&arguments)?;
        for visit in visits(&listed) {
            program.json(&["visit", "--archive", "archive", "verify", &visit])?;
            verified += 1;
            let shown = program.json(&["visit", "--archive", "archive", "show", &visit])?;
            if shown["household_code"] == *household(INCOMPLETE) {
                let missing = shown["standing"]["missing"].to_string();
                anyhow::ensure!(
                    missing.contains("FORM-REQUIRED"),
                    "the form found nothing: {shown}"
                );
                incomplete = Some(visit);
            }
        }
    }
    anyhow::ensure!(verified == HOUSEHOLDS, "only {verified} visits are whole");
    println!("\n{verified} 户证据链逐户核验通过。");
    let incomplete = incomplete.context("The visit that the form finds incomplete")?;
    program.shown(&["visit", "--archive", "archive", "show", &incomplete])?;
    program.shown(&[
        "household",
        "--archive",
        "archive",
        "export",
        &household(3_u16),
        &household(3_u16),
    ])?;
    let month = today.format("%Y-%m").to_string();
    let report = format!("{month}.xlsx");
    program.shown(&[
        "report",
        "--archive",
        "archive",
        "month",
        &month,
        "--contract",
        CONTRACT,
        "--out",
        &report,
    ])
}

/// The ids of visits, wherever they stand in an answer.
fn visits(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(visits).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| match member.as_str() {
                Some(id) if name == "visit" => vec![id.to_owned()],
                _ => visits(member),
            })
            .collect(),
        _ => Vec::new(),
    }
}
