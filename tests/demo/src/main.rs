//! `cargo xtask demo`: the main job on an empty archive, with the programs that people run. A server serves over TLS;
//! four phones of two contractors' teams visit 24 households offline, sync over a connection that breaks, and the
//! purchaser's side asks what it is worth. Every figure that is printed is held to what it must be (`ledger`).

#![deny(clippy::print_stdout)]
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "reads the corpus, the clock and writes to a directory; its few lists have the lengths that stand here"
)]

mod app;
mod field;
mod ledger;
mod office;
mod originals;
mod program;
mod purchaser;
mod screens;
mod window;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::NaiveDateTime;
use serde_json::Value;

use crate::ledger::{Expected, Ledger, say};
use crate::office::{Agenda, Job, Office};
use crate::program::{Program, Server, text};

const CONTRACT: &str = "HT-2026-001";
const PIN: &str = "246810";
const HOUSEHOLDS: u8 = 24;
/// Two banners that the form knows.
const AREAS: [&str; 2] = ["150223", "152526"];
const AREA_NAMES: [&str; 2] = ["达尔罕茂明安联合旗", "西乌珠穆沁旗"];
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
/// The photo of its door is that of another household.
const REUSED: u8 = 7;
const REUSED_FROM: u8 = 2;
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
    let mut ledger = Ledger::default();
    let told = tell(&program, &folder, &mut ledger);
    let (tokens, listened) = match told {
        Ok(told) => told,
        // What differed before says more than where it got stuck because of that.
        Err(stuck) => {
            ledger.close()?;
            return Err(stuck);
        }
    };
    ledger.name("\n结果在", &folder.display().to_string());
    ledger.close()?;
    if stays {
        stay(&program, &folder, &tokens, &listened, lan)?;
    }
    Ok(())
}

/// The whole story; returns what the server can be asked with, and where it listened.
fn tell(program: &Program, folder: &Path, ledger: &mut Ledger) -> anyhow::Result<(Office, String)> {
    let now = now()?;
    let server = program.serve("127.0.0.1:0")?;
    ledger.name("服务已启动", &server.url);
    let tokens = office::set_up(
        program,
        &server,
        folder,
        now.date(),
        &Agenda {
            households: 1..=u16::from(HOUSEHOLDS),
            team: |n| TEAMS[team_of(n)],
            job: Job::Field,
        },
    )?;
    purchaser::contract(program, &server, &tokens, ledger)?;
    enrol(program, &server, &tokens, folder, ledger)?;
    let originals = originals::gather(Path::new("../shared/data"), usize::from(HOUSEHOLDS), now)?;
    field::write_originals(folder, &originals)?;
    field::visit(program, folder)?;
    sealed(program, ledger)?;
    stranger(program, folder, ledger)?;
    say("\n有信号后同步，每部手机的连接在上传原件途中被掐断一次：");
    sync_all(program, Some(CUT_AFTER), ledger)?;
    sync_all(program, None, ledger)?;
    field::seal(program, folder, ledger)?;
    sync_all(program, None, ledger)?;
    purchaser::waits_until_looked_into(program, &server, &tokens)?;
    sync_all(program, None, ledger)?;
    receipts(program, ledger)?;
    purchaser::asks(program, &server, &tokens, now.date(), ledger)?;
    let listened = server.url.trim_start_matches("https://").to_owned();
    // Chains and originals are verified, and the file exported, on the archive itself, which one process at a time holds.
    server.stop()?;
    purchaser::inspects(program, folder, now.date(), ledger)?;
    Ok((tokens, listened))
}

/// Serves on, with a phone's screens beside.
fn stay(program: &Program, folder: &Path, tokens: &Office, listened: &str, lan: bool) -> anyhow::Result<()> {
    let mut ledger = Ledger::default();
    let server = program.serve(listened)?;
    let screens = screens::beside(program, &server, tokens, folder, lan, &mut ledger)?;
    ledger.name("服务继续运行（按 Ctrl-C 结束）", &server.url);
    let asked = format!(
        "hudang {} counts --contract {CONTRACT}",
        server.asked_with(&tokens.purchaser).join(" ")
    );
    ledger.name("查询", &asked);
    screens.stay()
}

/// Day and time in Asia/Shanghai.
fn now() -> anyhow::Result<NaiveDateTime> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let shanghai_s = i64::try_from(since.as_secs())? + 8 * 3_600;
    let there = chrono::DateTime::from_timestamp(shanghai_s, 0).context("The clock")?;
    Ok(there.naive_utc())
}

/// Four phones get a person each from the office's codes, and their work of today.
fn enrol(
    program: &Program,
    server: &Server,
    tokens: &Office,
    folder: &Path,
    ledger: &mut Ledger,
) -> anyhow::Result<()> {
    let (mut enrolled, mut assigned) = (0_usize, 0_usize);
    for person in TEAMS.iter().flatten() {
        let code = office::invitation(program, server, tokens.of(person), person)?;
        let file = format!("{person}.invitation");
        std::fs::write(folder.join(&file), text(&code, "invitation")?)?;
        program.phone_json(person, &["init"])?;
        program.phone_json(person, &["enrol", "--invitation", &file])?;
        let synced = program.phone_json(person, &["sync"])?;
        enrolled += usize::from(synced["enrolled"] == serde_json::json!([person]));
        let assignments = program.phone_json(person, &["assignments"])?;
        assigned += assignments.as_array().map_or(0, Vec::len);
    }
    ledger.figure("手机已登记", 4, enrolled, "部");
    ledger.figure("任务已下载（每户两名调查员）", 48, assigned, "条");
    Ok(())
}

/// What the phones hold before anything was sent.
fn sealed(program: &Program, ledger: &mut Ledger) -> anyhow::Result<()> {
    let (mut visits, mut sealed, mut traces) = (0_usize, 0_usize, [0_usize; 2]);
    for n in 1..=HOUSEHOLDS {
        let at = household(n);
        let people = TEAMS[team_of(n)];
        let status = program.phone_json(people[0], &["status", &at])?;
        visits += 1;
        sealed += usize::from(status["seal"].is_string());
        for (traces, person) in traces.iter_mut().zip(people) {
            let entries = program.phone_json(person, &["entries", &at])?;
            let of_kind =
                |entry: &&Value| ["gps", "photo"].contains(&entry["kind"].as_str().unwrap_or_default());
            *traces += entries.as_array().into_iter().flatten().filter(of_kind).count();
        }
    }
    say("");
    ledger.figure("无网络时完成入户", 24, visits, "户次");
    ledger.figure("提问的调查员已封存", 24, sealed, "户次");
    ledger.figure("提问的调查员本人的定位和照片（每户各一）", 48, traces[0], "条");
    ledger.figure("察看的调查员本人的定位和照片（每户一和三）", 96, traces[1], "条");
    Ok(())
}

/// A phone with an invitation that somebody altered, and one with the code that another phone has used.
fn stranger(program: &Program, folder: &Path, ledger: &mut Ledger) -> anyhow::Result<()> {
    let used = std::fs::read_to_string(folder.join("jia.invitation"))?;
    let other = used.replace(r#""person":"jia""#, r#""person":"yi""#);
    anyhow::ensure!(other != used, "The invitation names nobody");
    std::fs::write(folder.join("altered.invitation"), other)?;
    program.phone_json("stranger", &["init"])?;
    let refused = program.phone_refuses("stranger", &["enrol", "--invitation", "altered.invitation"])?;
    ledger.figure(
        "手机拒绝被改动的邀请",
        "ENROL-INVITATION",
        &refused["error"]["code"],
        "",
    );
    program.phone_json("stranger", &["enrol", "--invitation", "jia.invitation"])?;
    let synced = program.phone_json("stranger", &["sync"])?;
    let enrolled = synced["enrolled"].as_array().map_or(0, Vec::len);
    ledger.figure("服务器接纳用旧登记码的陌生手机", 0, enrolled, "部");
    ledger.figure("  拒绝代码", "ENROL-CODE", &synced["refused"][0], "");
    Ok(())
}

fn sync_all(program: &Program, cut_after: Option<&str>, ledger: &mut Ledger) -> anyhow::Result<()> {
    let (mut waiting, mut originals, mut problems) = (0, 0, 0);
    for person in TEAMS.iter().flatten() {
        let mut arguments = vec!["sync", "--keep-on-s", "30"];
        if let Some(bytes) = cut_after {
            arguments.extend(["--cut-after", bytes]);
        }
        let synced = program.phone_json(person, &arguments)?;
        let number = |member: &str| synced[member].as_u64().unwrap_or(u64::from(u32::MAX));
        waiting += number("waiting");
        originals += number("originals_waiting");
        problems += number("problems");
        if cut_after.is_some() {
            let breaks = format!("  {} 的上传中断后从断点续传", name_of(person));
            ledger.figure(&breaks, Expected::AtLeast(1), &synced["broken"], "次");
        }
    }
    if cut_after.is_none() {
        return Ok(());
    }
    ledger.figure("四部手机未上传的条目", 0, waiting, "条");
    ledger.figure("四部手机未上传的原件", 0, originals, "件");
    ledger.figure("四部手机的问题", 0, problems, "个");
    Ok(())
}

/// Every visit is green on the phone that sealed it last.
fn receipts(program: &Program, ledger: &mut Ledger) -> anyhow::Result<()> {
    let mut received = 0_usize;
    for n in 1..=HOUSEHOLDS {
        let status = program.phone_json(TEAMS[team_of(n)][1], &["status", &household(n)])?;
        received += usize::from(status["received"] == true);
    }
    ledger.figure("手机上已有服务器回执（绿色）", 24, received, "户次");
    Ok(())
}
