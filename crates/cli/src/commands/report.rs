//! `hudang report month`.

use hudang_archive::VisitFilter;
use hudang_report::month::{self, Month, Visit};
use serde::Serialize;

use crate::args::{Report, ReportAct};
use crate::commands::{contract_id, counts::placed, open};
use crate::error::Failure;
use crate::output::Output;
use crate::outside;

#[derive(Serialize)]
struct Written {
    file: String,
    visits: usize,
    counted: u64,
}

pub(crate) fn run(command: &Report, output: &Output) -> Result<(), Failure> {
    let ReportAct::Month { month, contract, out } = &command.act;
    let archive = open(&command.archive.dir)?;
    let of_month: Month = month
        .parse()
        .map_err(|_| Failure::input("月份", "month", month))?;
    let contract = archive.contract(&contract_id(contract)?)?;
    let (from, until) = of_month.bounds();
    let filter = VisitFilter {
        contract: Some(contract.id.clone()),
        from: Some(from),
        until: Some(until),
        ..VisitFilter::default()
    };
    let mut rows = Vec::new();
    archive.walk_visits(&filter, &mut |row| {
        rows.push(row);
        Ok(())
    })?;
    let mut visits = Vec::new();
    for row in rows {
        visits.push(Visit {
            place: placed(&row.area, &row.period, &row.state, &row.reason)?,
            visit: row.visit.to_string(),
            household: row.household_code,
            outcome: row.outcome,
            opened: row.opened,
            received: row.received,
            seal: row.seal.map(|seal| seal.to_string()).unwrap_or_default(),
        });
    }
    let counted = month::lines(&contract, of_month, &visits)
        .iter()
        .map(|line| line.counted)
        .sum();
    let bytes = month::workbook(&contract, of_month, &visits, outside::now()).map_err(|error| {
        Failure::new("REPORT-XLSX", "工作簿不能生成。", "The workbook cannot be made.").because(&error)
    })?;
    std::fs::write(out, bytes).map_err(|error| Failure::file(out, &error))?;
    let written = Written {
        file: out.display().to_string(),
        visits: visits.len(),
        counted,
    };
    output.result(&written, |written| {
        println!(
            "{}: {} {}, {} {}",
            written.file,
            written.visits,
            output.say("次入户", "visits"),
            written.counted,
            output.say("次计数", "counted")
        );
    })
}
