//! Programs that people run in a pipe end quietly when nobody reads: none prints by the standard library's macros.

#![allow(clippy::disallowed_methods, reason = "reads the roots of programs")]

use std::path::PathBuf;

use crate::arrows::metadata;

/// Programs that print nothing that anybody pipes.
const SILENT: [&str; 1] = ["hudang-app"];

/// The demonstration's figures go through its ledger; there the standard library's macros are denied.
const THROUGH_A_LEDGER: [(&str, &str); 1] = [("hudang-demo", "#![deny(clippy::print_stdout)]")];

#[test]
fn programs_print_so_that_a_closed_pipe_ends_them_quietly() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let ours = packages.iter().filter(|package| package["source"].is_null());
    let targets = ours.flat_map(|package| package["targets"].as_array().unwrap());
    let programs = targets.filter(|target| target["kind"][0] == "bin");
    let mut looked = 0;
    for program in programs {
        let name = program["name"].as_str().unwrap();
        if SILENT.contains(&name) {
            continue;
        }
        let root = PathBuf::from(program["src_path"].as_str().map(str::to_owned).unwrap());
        let text = std::fs::read_to_string(&root).unwrap();
        let ledger = THROUGH_A_LEDGER.iter().find(|(other, _)| *other == name);
        let wanted = ledger.map_or("#[macro_use]\nextern crate hudang_print;", |(_, wanted)| wanted);
        assert!(text.contains(wanted), "{}: {wanted}", root.display());
        looked += 1;
    }
    assert!(looked >= 5, "{looked} programs");
}
