//! `hudang counts`: the table of quantities, and the visits behind a number.

use std::str::FromStr;

use hudang_archive::{VisitFilter, VisitRow};
use hudang_contract::contract::Contract;
use hudang_contract::counts::{Counts as Numbers, Line, compare};
use hudang_contract::state::{Reason, State};
use hudang_evidence::time::WallTime;
use hudang_visit::Language;

use crate::args::Counts;
use crate::commands::{contract_id, local, open};
use crate::error::Failure;
use crate::output::Output;

pub(crate) fn run(command: &Counts, output: &Output) -> Result<(), Failure> {
    let archive = open(&command.archive.dir)?;
    let filter = VisitFilter {
        contract: Some(contract_id(&command.contract)?),
        area: command.area.clone(),
        period: command.period.clone(),
        state: command.state.clone(),
        reason: command.reason.clone(),
        ..VisitFilter::default()
    };
    let narrowed = [&command.area, &command.period, &command.state, &command.reason];
    if narrowed.iter().any(|given| given.is_some()) {
        let mut visits: Vec<VisitRow> = Vec::new();
        archive.walk_visits(&local(), &filter, &mut |row| {
            visits.push(row);
            Ok(())
        })?;
        return list(&visits, output);
    }
    let id = contract_id(&command.contract)?;
    let versions = archive.versions(&local(), &id)?;
    let mut numbers = Numbers::default();
    for count in archive.counts(&local(), &id)? {
        let by = i64::try_from(count.visits).unwrap_or(i64::MAX);
        numbers.change(count.place()?, by);
    }
    let contract = archive.contract(&local(), &id)?;
    lines(&compare(&versions.agreed(), &numbers), &contract, output)
}

/// Shows quantities beside numbers, with what they come to in all.
pub(super) fn lines(lines: &Vec<Line>, contract: &Contract, output: &Output) -> Result<(), Failure> {
    output.result(lines, |lines| {
        let heads = [
            ("区域", "area"),
            ("期次", "period"),
            ("合同", "contracted"),
            ("在途", "under way"),
            ("已接收", "received"),
            ("已计数", "counted"),
            ("已核查", "checked"),
            ("已验收", "accepted"),
            ("未计数", "not counted"),
        ];
        let mut rows: Vec<Vec<String>> = lines
            .iter()
            .map(|line| row(&place_of(line, contract, output), &line.period, line, output))
            .collect();
        if lines.len() > 1 {
            rows.push(row(output.say("合计", "total"), "", &in_all(lines), output));
        }
        output.table(&heads, rows);
    })
}

/// The area as people call it, with its code.
fn place_of(line: &Line, contract: &Contract, output: &Output) -> String {
    let area = contract.areas().iter().find(|area| area.code == line.area);
    match area {
        Some(area) => format!("{} {}", area.name, area.code),
        None => output.say("合同外", "outside the contract").to_owned(),
    }
}

fn in_all(lines: &[Line]) -> Line {
    let mut all = Line::default();
    for line in lines {
        all.contracted += line.contracted;
        all.underway += line.underway;
        all.received += line.received;
        all.counted += line.counted;
        all.checked += line.checked;
        all.accepted += line.accepted;
        for (reason, visits) in &line.not_counted {
            *all.not_counted.entry(*reason).or_default() += visits;
        }
    }
    all
}

fn row(area: &str, period: &str, line: &Line, output: &Output) -> Vec<String> {
    let not_counted: Vec<String> = line
        .not_counted
        .iter()
        .map(|(reason, visits)| format!("{} {visits}", reason.label(output.language)))
        .collect();
    let numbers = [
        line.contracted,
        line.underway,
        line.received,
        line.counted,
        line.checked,
        line.accepted,
    ];
    let mut row = vec![area.to_owned(), period.to_owned()];
    row.extend(numbers.iter().map(ToString::to_string));
    row.push(not_counted.join("\n"));
    row
}

/// Shows the visits behind a number.
pub(super) fn list(visits: &Vec<VisitRow>, output: &Output) -> Result<(), Failure> {
    output.result(visits, |visits| {
        let row = |visit: &VisitRow| {
            vec![
                visit.household_code.clone(),
                visit.visit.to_string(),
                label(&visit.state, State::label, output),
                label(&visit.reason, Reason::label, output),
                in_shanghai(visit.opened),
            ]
        };
        let heads = [
            ("户编号", "household"),
            ("入户", "visit"),
            ("状态", "state"),
            ("原因", "reason"),
            ("入户时间", "opened"),
        ];
        output.table(&heads, visits.iter().map(row));
    })
}

/// What people read for a word of the archive's tables; the word itself where this program does not know it.
pub(super) fn label<T: FromStr>(
    word: &str,
    label: fn(T, Language) -> &'static str,
    output: &Output,
) -> String {
    word.parse().map_or_else(
        |_| word.to_owned(),
        |known| label(known, output.language).to_owned(),
    )
}

/// Day and minute in Asia/Shanghai, where everybody is.
pub(super) fn in_shanghai(at: WallTime) -> String {
    const AHEAD_MS: i64 = 8 * 3_600_000;
    let there = WallTime::from_ms_clamped(at.ms().saturating_add(AHEAD_MS)).to_string();
    there.get(..16).unwrap_or(&there).replace('T', " ")
}
