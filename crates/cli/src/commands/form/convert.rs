//! `hudang form convert`.

use std::path::Path;

use hudang_form::outline::Outline;
use serde::Serialize;

use super::source::{ITEMSETS, Source, Usable};
use crate::args::Target;
use crate::error::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Written {
    files: Vec<String>,
}

pub(super) fn run(file: &Path, out: Option<&Path>, to: Target, output: &Output) -> Result<(), Failure> {
    let Usable { form, xform, files } = Source::open(file)?.usable(file)?;
    let text = match to {
        Target::Xform => xform,
        Target::Json => serde_json::to_string_pretty(&Outline::of(&form)).map_err(|error| {
            Failure::new("CLI-JSON", "结果不能输出。", "The result cannot be printed.").because(&error)
        })?,
    };
    let Some(out) = out else {
        // The form itself is what is printed, so that it can be piped on.
        println!("{text}");
        return Ok(());
    };
    let mut written = Written {
        files: vec![write(out, text.as_bytes())?],
    };
    let itemsets = files.into_iter().find(|(name, _)| name == ITEMSETS);
    if let (Target::Xform, Some((name, bytes))) = (to, itemsets) {
        written.files.push(write(&out.with_file_name(name), &bytes)?);
    }
    output.result(&written, |written| {
        for file in &written.files {
            println!("{} {file}", output.say("已写入", "written"));
        }
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<String, Failure> {
    std::fs::write(path, bytes).map_err(|error| Failure::file(path, &error))?;
    Ok(path.display().to_string())
}
