//! `cargo xtask codegen`: writes the TypeScript of the door, or with `--check` says what is stale.

#![allow(clippy::disallowed_methods, reason = "reads and writes files")]

use std::path::Path;
use std::process::ExitCode;

fn main() -> std::io::Result<ExitCode> {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/shared/generated");
    if !is_check {
        std::fs::create_dir_all(&folder)?;
    }
    let mut stale = false;
    for (name, text) in hudang_door::typescript::files() {
        let path = folder.join(name);
        if is_check {
            if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
                println!("ui/shared/generated/{name} is stale: run cargo xtask codegen");
                stale = true;
            }
        } else {
            std::fs::write(&path, text)?;
        }
    }
    Ok(if stale {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
