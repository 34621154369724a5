//! How long a conversion takes: `cargo run -p hudang-form --example convert -- FILE.xlsx [ROUNDS [PART]]`. Says for
//! one workbook what reading, converting and loading cost on the average; with one of these parts a profiler sees nothing
//! else.

#![allow(
    clippy::disallowed_methods,
    reason = "measures, and reads the file to measure with"
)]

use std::hint::black_box;
use std::time::Instant;

use hudang_form::form::{Attachments, Form};
use hudang_form::xlsform::{Options, read_workbook, to_xform};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("which file?")?;
    let rounds: u32 = arguments.next().map_or(Ok(200), |rounds| rounds.parse())?;
    let bytes = std::fs::read(file)?;
    let workbook = read_workbook(&bytes).map_err(|problems| format!("{problems:?}"))?;
    let converted = to_xform(&workbook, &Options::default()).map_err(|problems| format!("{problems:?}"))?;
    let only = arguments.next();
    let time = |name: &str, work: &dyn Fn()| {
        if only.as_deref().is_some_and(|only| only != name) {
            return;
        }
        let begun = Instant::now();
        (0..rounds).for_each(|_| work());
        println!(
            "{name}: {:.3} ms",
            begun.elapsed().as_secs_f64() * 1_000.0 / f64::from(rounds)
        );
    };
    time("read", &|| {
        black_box(read_workbook(&bytes)).ok();
    });
    time("convert", &|| {
        black_box(to_xform(&workbook, &Options::default())).ok();
    });
    time("load", &|| {
        black_box(Form::from_xform(&converted.xform, &Attachments::none())).ok();
    });
    Ok(())
}
