//! `cargo xtask demo`: the main job on an empty archive. Two contractors' teams visit 24 households offline, sync
//! over a connection that breaks, and the purchaser's side asks the program `hudang` what it is worth.
//!
//! The phones' store is memory and the way to the archive is a call: their own rooms are not built yet.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "reads the corpus and writes to a directory; its few lists have the lengths that stand here"
)]

mod originals;
mod way;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use hudang_archive::Archive;
use hudang_evidence::id::VisitId;
use hudang_testkit::chance::Chance;
use hudang_testkit::office::{
    DAY_MS, assigned_to, at, contract, household, household_in, open, put_contract, visit,
};
use hudang_testkit::person::Person;
use hudang_testkit::phone::Phone;
use hudang_testkit::visit::Plan;
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;

use crate::originals::Originals;
use crate::way::Door;

const HOUSEHOLDS: u8 = 24;
const AREAS: [&str; 2] = ["152525", "152526"];
const TEAMS: [[(&str, u8); 2]; 2] = [[("jia", 1), ("yi", 2)], [("bing", 3), ("ding", 4)]];
/// Both phones wrote down another income.
const CONFLICTING: u8 = 3;
/// The income was not asked.
const INCOMPLETE: u8 = 5;
/// Its photo is that of another household.
const REUSED: u8 = 7;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments
        .first()
        .map_or_else(|| PathBuf::from("target/demo"), PathBuf::from);
    let corpus = arguments
        .get(1)
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("Clear the demo's directory")?;
    }
    std::fs::create_dir_all(&folder).context("Make the demo's directory")?;
    let root = folder.join("archive");
    let archive = open(&root);
    set_up(&archive)?;
    let originals = Originals::gather(&corpus, usize::from(HOUSEHOLDS))?;
    println!(
        "原件：{} 张真实照片，{} 张生成照片，{} 段录音",
        originals.real_photos,
        originals.photos.len() - originals.real_photos,
        originals.recordings.len()
    );
    let mut teams = TEAMS.map(|team| {
        team.map(|(name, secret)| Phone::new(Person::enrolled(&archive, name, secret), archive.receipt_key()))
    });
    visit_offline(&mut teams, &originals);
    let archive = sync(archive, &mut teams)?;
    show_conflict(&archive)?;
    archive.close();
    ask(&folder)
}

fn set_up(archive: &Archive) -> anyhow::Result<()> {
    put_contract(archive);
    let now = at(-2 * DAY_MS);
    let area = |n: u8| AREAS[usize::from(n % 2)];
    archive.put_households(
        "office",
        (1..=HOUSEHOLDS).map(|n| household_in(n, area(n))).collect(),
        now,
    )?;
    let people = |n: u8| TEAMS[usize::from(n % 2)].map(|(name, _)| name);
    archive.assign(
        "office",
        (1..=HOUSEHOLDS).map(|n| assigned_to(n, n, people(n))).collect(),
        now,
    )?;
    println!(
        "合同 {}：两旗各 12 户次，24 户已派单，四部手机已登记。",
        contract().id
    );
    Ok(())
}

fn visit_offline(teams: &mut [[Phone; 2]; 2], originals: &Originals) {
    for n in 1..=HOUSEHOLDS {
        let index = usize::from(n - 1);
        let photo = if n == REUSED { 0 } else { index };
        let plan = Plan {
            household: household(n),
            photo: originals.photos[photo].clone(),
            recording: originals.recordings.get(index).cloned(),
            income: n != INCOMPLETE,
            second_income: (n == CONFLICTING).then_some(95_000),
            ..Plan::of(n)
        };
        let [first, second] = &mut teams[usize::from(n % 2)];
        let made = plan.carried_out(&mut first.person, &mut second.person);
        first.keeps_first(&made);
        second.keeps_second(&made);
    }
    println!("24 户入户已在无网络时完成并封存。");
}

fn sync(archive: Archive, teams: &mut [[Phone; 2]; 2]) -> anyhow::Result<Archive> {
    let mut stranger = Phone::new(Person::stranger("wai", 9), archive.receipt_key());
    let plan = Plan {
        visit: visit(99),
        household: household(1),
        ..Plan::of(1)
    };
    let mut beside = Person::stranger("wai2", 8);
    stranger.keeps_first(&plan.carried_out(&mut stranger.person.clone(), &mut beside));
    let mut door = Door::new(archive);
    let mut chance = Chance::new(2026);
    stranger.works(&mut door, &mut chance, 50);
    println!(
        "未登记的手机被拒：{}",
        stranger.refused.first().context("The stranger was let in")?
    );
    for phone in teams.iter_mut().flatten() {
        for _ in 0..4 {
            phone.works(&mut door, &mut chance, 2_000);
        }
        anyhow::ensure!(
            phone.is_done(),
            "{} has something left: {:?}",
            phone.person.name,
            phone.refused
        );
        println!("{}：{} 次往返，积压已清空", phone.person.name, phone.requests);
    }
    println!("传输中断 {} 次，均从断点续传。", door.broken);
    let archive = door.into_archive();
    while archive.inspect_waiting(16, at(5 * DAY_MS))? > 0 {}
    Ok(archive)
}

/// What both phones wrote stays side by side for a person to pick.
fn show_conflict(archive: &Archive) -> anyhow::Result<()> {
    let file = archive.visit_file(visit(CONFLICTING))?;
    let device = file.devices.first().context("No device")?.id;
    let saved = file.document.context("No document")?;
    let document = VisitDocument::load(&saved, Actor { device, life: [0; 4] })?;
    for conflict in document.conflicts()? {
        let values: Vec<String> = conflict
            .values
            .iter()
            .map(|told| format!("{:?}", told.value))
            .collect();
        println!(
            "两机答案不同，均保留待人选定：{} {}",
            conflict.place,
            values.join(" / ")
        );
    }
    Ok(())
}

/// The purchaser's side: the same program that an office runs.
fn ask(folder: &Path) -> anyhow::Result<()> {
    let id = contract().id.to_string();
    hudang(folder, &["counts", "--contract", &id])?;
    let mut verified = 0;
    for state in ["counted", "received"] {
        for visit in visits_in(folder, &id, state)? {
            let ran = program()?
                .args(["visit", "verify", &visit])
                .current_dir(folder)
                .output()?;
            anyhow::ensure!(ran.status.success(), "visit {visit} does not verify");
            verified += 1;
        }
    }
    anyhow::ensure!(verified == HOUSEHOLDS, "only {verified} visits are whole");
    println!("\n{verified} 户证据链逐户核验通过。");
    hudang(folder, &["counts", "--contract", &id, "--state", "received"])?;
    hudang(folder, &["archive", "check", "archive"])?;
    hudang(folder, &["household", "export", "户-003", "户-003"])?;
    hudang(
        folder,
        &[
            "report",
            "month",
            "2026-03",
            "--contract",
            &id,
            "--out",
            "2026-03.xlsx",
        ],
    )?;
    println!("结果在 {}", folder.display());
    Ok(())
}

fn visits_in(folder: &Path, contract: &str, state: &str) -> anyhow::Result<Vec<String>> {
    let arguments = ["counts", "--contract", contract, "--state", state, "--json"];
    let output = program()?.args(arguments).current_dir(folder).output()?;
    // One id a line is all that is needed of the JSON.
    let text = String::from_utf8(output.stdout)?;
    let ids = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"visit\": \"")?.split('"').next());
    Ok(ids
        .filter(|id| id.parse::<VisitId>().is_ok())
        .map(str::to_owned)
        .collect())
}

/// The program beside this one.
fn program() -> anyhow::Result<Command> {
    let path = std::env::current_exe()?.with_file_name("hudang");
    anyhow::ensure!(path.is_file(), "{} is not built", path.display());
    Ok(Command::new(path))
}

fn hudang(folder: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    println!("\n$ hudang {}", arguments.join(" "));
    let status = program()?.args(arguments).current_dir(folder).status()?;
    anyhow::ensure!(status.success(), "hudang {}: {status}", arguments.join(" "));
    Ok(())
}
