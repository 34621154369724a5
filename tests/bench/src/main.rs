//! `cargo xtask bench [NAME…] [--json FILE]`: each figure beside its limit, both measured in one run.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a program that measures: it reads the clock, and a surprise ends it"
)]

#[macro_use]
extern crate hudang_print;

mod answers;
mod convert;
mod counts;
mod door;
mod engine;
mod growth;
mod ingest;
mod judging;
mod link;
mod media;
mod peer;
mod percentile;
mod screens;
mod served;
mod session;
mod uploads;
mod visits;
mod window;
mod wire;

use anyhow::Context as _;

/// A figure.
#[derive(Debug, Clone, serde::Serialize)]
struct Row {
    id: &'static str,
    what: String,
    ours: f64,
    beside: f64,
    unit: &'static str,
    ratio: f64,
    goal: String,
    met: bool,
}

/// As the program `hudang`, which serves, has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Figure = fn() -> Vec<Row>;

const FIGURES: [(&str, Figure); 18] = [
    ("ingest", ingest::run),
    ("peer", peer::run),
    ("growth", growth::run),
    ("uploads", uploads::run),
    ("answer", answers::run),
    ("screens", screens::run),
    ("judge", judging::run),
    ("convert", convert::run),
    ("engine", engine::run),
    ("members", session::members),
    ("villages", session::villages),
    ("wire", wire::run),
    ("trips", wire::trips),
    ("link", link::run),
    ("counts", counts::run),
    ("window", window::run),
    ("inspect", media::inspect),
    ("alike", media::alike),
];

fn main() -> anyhow::Result<()> {
    let (mut names, mut file) = (Vec::new(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            served::SERVE => {
                let archive = arguments.next().context("--serve needs an archive")?;
                return served::serve(archive.as_ref());
            }
            "--json" => file = Some(arguments.next().context("--json needs a file")?),
            name if FIGURES.iter().any(|(known, _)| *known == name) => names.push(argument),
            other => {
                let known = FIGURES.map(|(name, _)| name).join(", ");
                anyhow::bail!("no figure {other}; there are {known}");
            }
        }
    }
    let mut rows = Vec::new();
    for (name, figure) in FIGURES {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            eprintln!("{name} …");
            let found = figure();
            // The table comes at the end; whoever stops before has at least these.
            for row in &found {
                let Row {
                    id,
                    ours,
                    beside,
                    unit,
                    ratio,
                    goal,
                    ..
                } = row;
                eprintln!("  {id}: {ours:.2} beside {beside:.2} {unit}, ratio {ratio:.2}, goal {goal}");
            }
            rows.extend(found);
        }
    }
    let mut table = comfy_table::Table::new();
    table.set_header(["figure", "ours", "beside", "unit", "ratio", "goal", "met"]);
    for row in &rows {
        let numbers = [row.ours, row.beside, row.ratio].map(|number| format!("{number:.2}"));
        let [ours, beside, ratio] = numbers;
        let met = if row.met { "yes" } else { "NO" };
        table.add_row([&row.what, &ours, &beside, row.unit, &ratio, &row.goal, met]);
    }
    println!("{table}");
    if let Some(file) = file {
        std::fs::write(&file, serde_json::to_vec_pretty(&rows)?).with_context(|| format!("Write {file}"))?;
    }
    Ok(())
}
