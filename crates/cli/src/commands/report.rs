//! `hudang report month`.

use hudang_report::month::{self, Month};
use serde::Serialize;

use crate::args::{Report, ReportAct};
use crate::commands::{contract_id, local, open};
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
    let id = contract_id(contract)?;
    let versions = archive.versions(&local(), &id)?;
    let visits = hudang_sync_server::month::visits(&archive, &local(), &id, of_month)?;
    let counted = month::lines(&versions, of_month, &visits)
        .iter()
        .map(|line| line.counted)
        .sum();
    let bytes = month::workbook(&versions, of_month, &visits, outside::now()).map_err(|error| {
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
