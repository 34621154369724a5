//! What the purchaser's side asks, and what it is told.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::ledger::{Ledger, say};
use crate::office::Office;
use crate::program::{Program, Server};
use crate::{AREA_NAMES, AREAS, CONTRACT, HOUSEHOLDS, INCOMPLETE, REUSED, household};

/// So long the server may take to look into the originals.
const INSPECTED_WITHIN: Duration = Duration::from_mins(1);

/// The table of counts as the clerk must read it; the period is this month's.
const COUNTS: &str = "\
┌───────────────────────────┬─────────┬──────┬──────┬────────┬────────┬────────┬────────┬────────────────────────────┐
│ 区域                      ┆ 期次    ┆ 合同 ┆ 在途 ┆ 已接收 ┆ 已计数 ┆ 已核查 ┆ 已验收 ┆ 未计数                     │
╞═══════════════════════════╪═════════╪══════╪══════╪════════╪════════╪════════╪════════╪════════════════════════════╡
│ 达尔罕茂明安联合旗 150223 ┆ YYYY-MM ┆ 12   ┆ 0    ┆ 12     ┆ 12     ┆ 0      ┆ 0      ┆                            │
│ 西乌珠穆沁旗 152526       ┆ YYYY-MM ┆ 12   ┆ 0    ┆ 12     ┆ 10     ┆ 0      ┆ 0      ┆ 照片或录音与其他入户重复 1 │
│                           ┆         ┆      ┆      ┆        ┆        ┆        ┆        ┆ 留痕不完整 1               │
│ 合计                      ┆         ┆ 24   ┆ 0    ┆ 24     ┆ 22     ┆ 0      ┆ 0      ┆ 照片或录音与其他入户重复 1 │
│                           ┆         ┆      ┆      ┆        ┆        ┆        ┆        ┆ 留痕不完整 1               │
└───────────────────────────┴─────────┴──────┴──────┴────────┴────────┴────────┴────────┴────────────────────────────┘
";

/// What was agreed, and that somebody is to go everywhere.
pub(crate) fn contract(
    program: &Program,
    server: &Server,
    tokens: &Office,
    ledger: &mut Ledger,
) -> anyhow::Result<()> {
    let mut asked = server.asked_with(&tokens.purchaser);
    asked.extend(["counts", "--contract", CONTRACT]);
    let lines = program.json(&asked)?;
    ledger.name("合同", CONTRACT);
    for (area, name) in AREAS.into_iter().zip(AREA_NAMES) {
        let of_area = |member: &str| -> u64 {
            let lines = lines.as_array().into_iter().flatten();
            let of_area = lines.filter(|line| line["area"] == area);
            of_area.filter_map(|line| line[member].as_u64()).sum()
        };
        ledger.figure(&format!("  {name}约定"), 12, of_area("contracted"), "户次");
        ledger.figure(&format!("  {name}已派单"), 12, of_area("underway"), "户次");
    }
    Ok(())
}

/// The server looks into the last originals after it has said that it holds them; until then their visits are not received.
pub(crate) fn waits_until_looked_into(
    program: &Program,
    server: &Server,
    tokens: &Office,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut sealed = server.asked_with(&tokens.purchaser);
    sealed.extend(["counts", "--contract", CONTRACT, "--state", "sealed"]);
    while program
        .json(&sealed)?
        .as_array()
        .is_some_and(|rows| !rows.is_empty())
    {
        anyhow::ensure!(
            began.elapsed() < INSPECTED_WITHIN,
            "originals are not looked into"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The purchaser's clerk asks over HTTPS what the visits are worth, and why some are worth nothing.
pub(crate) fn asks(
    program: &Program,
    server: &Server,
    tokens: &Office,
    today: NaiveDate,
    ledger: &mut Ledger,
) -> anyhow::Result<()> {
    let mut counts = server.asked_with(&tokens.purchaser);
    counts.extend(["counts", "--contract", CONTRACT]);
    say("\n购买主体经办人查询数量（hudang counts）：");
    let month = today.format("%Y-%m").to_string();
    let found = program.plain(&counts)?;
    ledger.text("数量核对表", &COUNTS.replace("YYYY-MM", &month), &found);

    say("已接收但未计数的入户：");
    counts.extend(["--state", "received"]);
    let listed = program.json(&counts)?;
    let mut listed: Vec<&Value> = listed.as_array().into_iter().flatten().collect();
    listed.sort_by_key(|row| row["household_code"].as_str());
    ledger.figure("  未计数", 2, listed.len(), "户次");
    let expected = [
        (
            INCOMPLETE,
            "incomplete",
            "FORM-REQUIRED form:neighbours/neighbour_view",
        ),
        (REUSED, "media-reused", "MEDIA-REUSED"),
    ];
    for ((n, reason, why), row) in expected.into_iter().zip(listed) {
        let code = &row["household_code"];
        ledger.figure("  户", household(n).as_str(), code, "");
        ledger.figure("    原因", reason, &row["reason"], "");
        let mut asked = server.asked_with(&tokens.purchaser);
        asked.extend(["visit", "show", row["visit"].as_str().unwrap_or_default()]);
        ledger.figure("    依据", why, grounds(&program.json(&asked)?), "");
    }

    say("\n系统管理员核查运行中的档案库（hudang archive check）：");
    let mut check = server.asked_with(&tokens.administrator);
    check.extend(["archive", "check", "archive"]);
    let checked = program.json(&check)?;
    let found = checked["found"].as_array().map(Vec::len);
    ledger.figure("  发现问题", 0, found.context("No list of findings")?, "项");
    let progress = checked.get("progress").unwrap_or(&checked);
    ledger.figure("  核对入户", 24, &progress["visits"], "户次");
    // Six of each household: four photos, a recording, a signature; the one that was used again is held once.
    ledger.figure("  核对原件", 6 * 24 - 1, &progress["blobs"], "件");
    Ok(())
}

/// Why a visit does not count: what is missing, and what was found.
fn grounds(shown: &Value) -> String {
    let missing = shown["standing"]["missing"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let missing = missing.map(|piece| format!("{} {}", text(&piece["code"]), text(&piece["requirement"])));
    missing.chain(codes(shown)).collect::<Vec<_>>().join("；")
}

/// The codes of what was found out about a visit.
fn codes(shown: &Value) -> impl Iterator<Item = String> {
    let findings = shown["findings"].as_array().into_iter().flatten();
    findings.map(|finding| finding[0].as_str().unwrap_or_default().to_owned())
}

/// Every visit is verified one by one; one household's file and the month's report are written.
pub(crate) fn inspects(
    program: &Program,
    folder: &Path,
    today: NaiveDate,
    ledger: &mut Ledger,
) -> anyhow::Result<()> {
    say("\n服务停止后，在档案库目录上逐户核验：");
    let (mut verified, mut flagged) = (0_usize, Vec::new());
    for state in ["counted", "received"] {
        let listed = here(program, &["counts", "--contract", CONTRACT, "--state", state])?;
        for row in listed.as_array().into_iter().flatten() {
            let visit = row["visit"].as_str().unwrap_or_default();
            let found = here(program, &["visit", "verify", visit])?;
            verified += usize::from(
                found["countable"] == true && found["signers"].as_array().map(Vec::len) == Some(2),
            );
            let codes: Vec<String> = codes(&here(program, &["visit", "show", visit])?).collect();
            if !codes.is_empty() {
                let code = row["household_code"].as_str().unwrap_or_default();
                flagged.push(format!("{code} {}", codes.join(" ")));
            }
        }
    }
    ledger.figure(
        "  证据链、签名和原件核验通过",
        u64::from(HOUSEHOLDS),
        verified,
        "户次",
    );
    let expected = format!("{} MEDIA-REUSED", household(REUSED));
    ledger.figure("  有疑点的入户", expected.as_str(), flagged.join("；"), "");

    let code = household(3_u16);
    let exported = here(program, &["household", "export", &code, &code])?;
    ledger.name("  一户一档已导出", &code);
    ledger.figure("    入户", 1, &exported["visits"], "户次");
    let broken = exported["broken"].as_object().map(serde_json::Map::len);
    ledger.figure(
        "    不成立的证据",
        0,
        broken.context("No list of what is broken")?,
        "项",
    );
    let originals = folder.join(&code).read_dir()?.flatten();
    let originals = originals.map(|entry| entry.path().join("originals"));
    let originals = originals
        .filter(|place| place.is_dir())
        .flat_map(std::fs::read_dir);
    ledger.figure("    原件", 6, originals.flatten().count(), "件");

    let month = today.format("%Y-%m").to_string();
    let file = format!("{month}.xlsx");
    let written = here(
        program,
        &["report", "month", &month, "--contract", CONTRACT, "--out", &file],
    )?;
    ledger.name("  月度数量核对表已导出", &file);
    ledger.figure("    入户", 24, &written["visits"], "户次");
    ledger.figure("    已计数", 22, &written["counted"], "户次");
    Ok(())
}

/// Asks the archive's directory itself.
fn here(program: &Program, arguments: &[&str]) -> anyhow::Result<Value> {
    let [first, rest @ ..] = arguments else {
        return Ok(json!(null));
    };
    program.json(&[&[*first, "--archive", "archive"][..], rest].concat())
}
