//! Tasks of the project: `cargo xtask <task>`. Each does its own set-up, so that a fresh clone needs no other step.

#[macro_use]
extern crate hudang_print;

mod app;
mod demo;
mod packages;
mod run;
mod screens;
mod test;

use std::process::ExitCode;

const TASKS: &str = "Tasks:
  app [--store DIR]                      the phone app's window over an enrolled phone; or over a store, a new one begins with enrolling
  bench [NAME…] [--json FILE]            figures beside their limits, from one run
  codegen [--check]                      TypeScript of the phone's commands; --check says what is stale
  demo [--exit] [--lan]                  the main job on an empty archive, and a phone's screens
  test                                   format, lints, the demo's figures, all tests, conformance, the screens and the window
  conformance [--corpus DIR] [NAME]      run the public cases of DIR (default ../shared/data)";

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (task, rest) = arguments
        .split_first()
        .map_or(("", [].as_slice()), |(task, rest)| (task.as_str(), rest));
    match task {
        "app" => {
            packages::install()?;
            app::main(rest)?;
        }
        "bench" => {
            packages::install_for_tests()?;
            let mut all = vec!["run", "--release", "--package", "hudang-bench", "--locked", "--"];
            all.extend(rest.iter().map(String::as_str));
            run::run("cargo", &all)?;
        }
        "codegen" => {
            packages::install()?;
            screens::codegen(rest)?;
        }
        "demo" => {
            packages::install()?;
            demo::main(rest)?;
        }
        "test" => {
            packages::install_for_tests()?;
            test::main()?;
        }
        "conformance" => {
            packages::install()?;
            test::conformance(rest)?;
        }
        _ => {
            eprintln!("{TASKS}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
