//! A workbook of some 120 questions becomes an `XForm`, from bytes to text, beside pyxform doing the same. pyxform is
//! installed with pip into `target/bench-peer/py`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use hudang_form::xlsform::{Options, read_workbook, to_xform};

use crate::Row;
use crate::percentile::percentile;

const WORKBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../forms/低保入户调查表.xlsx");
const ROUNDS: usize = 200;
const ROUNDS_BESIDE: usize = 15;

pub(crate) fn run() -> Vec<Row> {
    let Some(beside) = installed().and_then(|python| median_beside_ms(&python)) else {
        eprintln!("convert: skipped, because python3, pip or its registry is missing");
        return Vec::new();
    };
    let bytes = std::fs::read(WORKBOOK).unwrap();
    let times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            let workbook = read_workbook(&bytes).unwrap();
            let converted = to_xform(&workbook, &Options::default()).unwrap();
            assert!(converted.xform.contains("<h:html"));
            begun.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    let ours = percentile(times, 50);
    vec![Row {
        id: "convert",
        what: "a workbook of 120 questions to an XForm, median, beside pyxform (times faster)".to_owned(),
        ours,
        beside,
        unit: "ms",
        ratio: beside / ours,
        goal: "≥ 50".to_owned(),
        met: beside / ours >= 50.0,
    }]
}

fn median_beside_ms(python: &Path) -> Option<f64> {
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peer/convert.py"))
        .args([WORKBOOK, &ROUNDS_BESIDE.to_string()])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// The interpreter of an environment that has pyxform; nothing where that cannot be made.
fn installed() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench-peer/py");
    let python = place.join("bin/python");
    if !python.is_file() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&place).status();
        made.ok().filter(std::process::ExitStatus::success)?;
    }
    let has = Command::new(&python)
        .args(["-c", "import pyxform"])
        .stderr(Stdio::null())
        .status();
    if !has.ok()?.success() {
        let pip = Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "pyxform==4.5.0"])
            .status();
        pip.ok().filter(std::process::ExitStatus::success)?;
    }
    Some(python)
}
