//! `cargo run -p hudang-form-workbooks`: writes the workbooks of `forms/` from their sources in `tests/forms/forms`.
//! The same source always gives the same bytes; a test says when a workbook is stale.

#![allow(clippy::disallowed_methods, reason = "reads sources and writes workbooks")]

#[macro_use]
extern crate hudang_print;

mod source;
mod workbook;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

fn main() -> anyhow::Result<()> {
    for (path, bytes) in workbooks()? {
        std::fs::write(&path, bytes).with_context(|| format!("Write {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Every workbook: where it stands and what must stand there.
fn workbooks() -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = here.join("forms");
    let entries = std::fs::read_dir(&sources).with_context(|| format!("List {}", sources.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    let mut made = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).with_context(|| format!("Read {}", path.display()))?;
        let form = source::read(&text).with_context(|| format!("Read {}", path.display()))?;
        let name = path.file_stem().context("A source has a name")?;
        let target = here.join("../../forms").join(name).with_extension("xlsx");
        made.push((target, workbook::write(&form)?));
    }
    Ok(made)
}

#[cfg(test)]
mod tests;
