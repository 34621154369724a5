//! `cargo xtask conformance [--corpus DIR] [NAME]`: runs real files and public cases against the code.
//!
//! A corpus is a directory; each folder in it that is known here is one or more suites. No case is named in the code:
//! ids and expectations come from the corpus. Every case runs in a worker process that is killed and replaced when the
//! case takes more than 2 s or 256 MiB, so that one bad case cannot end the run.
//!
//! To add a suite: implement [`Suite`] in a module of its own and name it in [`suites`].

#![allow(clippy::disallowed_methods, reason = "reads corpora and watches the time")]

#[macro_use]
extern crate hudang_print;

mod audio;
mod expectation;
mod forms;
mod pending;
mod photos;
mod reuse;
mod vectors;
mod worker;
mod xlsform;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use self::worker::{WORKER_TASK, Worker, worker};

/// What was wanted and what came.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Failure {
    expected: String,
    got: String,
}

/// The cases of one folder or file of a corpus. Opened once in each process, with whatever it needs kept in memory.
trait Suite {
    /// As printed and as written in the known-gaps file, e.g. `vectors/note`.
    fn name(&self) -> String;

    /// Ids of all cases, unique within the suite, in the order in which they run.
    fn cases(&self) -> Vec<String>;

    /// Runs one case. It may panic, hang or eat memory: that fails this case only.
    fn run_case(&self, id: &str) -> Result<(), Failure>;

    /// The code that the cases ask for is not written yet: they are counted, not run.
    fn is_pending(&self) -> bool {
        false
    }
}

/// Every suite that `corpus` has, in the order of printing.
fn suites(corpus: &Path) -> anyhow::Result<Vec<Box<dyn Suite>>> {
    let mut found: Vec<Box<dyn Suite>> = Vec::new();
    found.extend(photos::open(corpus)?);
    found.extend(reuse::open(corpus)?);
    found.extend(audio::open(corpus)?);
    found.extend(vectors::open(corpus)?);
    found.extend(xlsform::open(corpus)?);
    found.extend(forms::open(corpus)?);
    let named: BTreeSet<String> = found.iter().map(|suite| suite.name()).collect();
    found.extend(
        pending::open(corpus)?
            .into_iter()
            .filter(|suite| !named.contains(&suite.name())),
    );
    Ok(found)
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let passed = match arguments.split_first() {
        Some((task, rest)) if task == WORKER_TASK => {
            worker(rest)?;
            true
        }
        _ => report(&arguments)?,
    };
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Parses the arguments and runs.
fn report(arguments: &[String]) -> anyhow::Result<bool> {
    let mut corpus = workspace().join("../shared/data");
    let mut only = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--corpus" {
            corpus = PathBuf::from(arguments.next().context("--corpus needs a directory")?);
        } else if argument.starts_with('-') {
            anyhow::bail!("unknown option {argument}; usage: conformance [--corpus DIR] [NAME]");
        } else {
            only = Some(argument.as_str());
        }
    }
    run(&corpus, only)
}

/// Runs the suites of `corpus`, or only those called `only` or below it. `false` if a case fails that is no known gap.
fn run(corpus: &Path, only: Option<&str>) -> anyhow::Result<bool> {
    if !corpus.is_dir() {
        println!("conformance: no corpus at {}, nothing to run", corpus.display());
        return Ok(true);
    }
    let chosen: Vec<_> = suites(corpus)?
        .into_iter()
        .filter(|suite| is_chosen(&suite.name(), only))
        .collect();
    if let (true, Some(only)) = (chosen.is_empty(), only) {
        anyhow::bail!("{} has no suite {only}", corpus.display());
    }
    let gaps = known_gaps()?;
    let mut worker = Worker::new(corpus)?;
    let mut lines = Vec::new();
    let mut passed_all = true;
    for suite in chosen {
        let name = suite.name();
        let cases = suite.cases();
        if suite.is_pending() {
            println!("{name}: -/{}", cases.len());
            continue;
        }
        let mut passed = 0;
        for case in &cases {
            let is_gap = gaps.contains(&(name.clone(), case.clone()));
            match worker.run(&name, case)? {
                Ok(()) => {
                    passed += 1;
                    if is_gap {
                        lines.push(format!(
                            "{name} {case}: passes now; take it out of the known gaps"
                        ));
                    }
                }
                Err(failure) => {
                    passed_all &= is_gap;
                    let mark = if is_gap { " (known gap)" } else { "" };
                    lines.push(format!(
                        "{name} {case}{mark}: expected {}, got {}",
                        failure.expected, failure.got
                    ));
                }
            }
        }
        println!("{name}: {passed}/{}", cases.len());
    }
    for line in lines {
        println!("{line}");
    }
    Ok(passed_all)
}

fn is_chosen(name: &str, only: Option<&str>) -> bool {
    only.is_none_or(|only| {
        name == only
            || name
                .strip_prefix(only)
                .is_some_and(|below| below.starts_with('/'))
    })
}

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `tests/conformance/known-gaps.txt`: a suite and a case a line; `#` begins a comment.
fn known_gaps() -> anyhow::Result<BTreeSet<(String, String)>> {
    let path = workspace().join("tests/conformance/known-gaps.txt");
    let text = std::fs::read_to_string(&path).with_context(|| format!("Read {}", path.display()))?;
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (suite, case) = line
                .split_once(' ')
                .with_context(|| format!("Known gap without a case: {line}"))?;
            Ok((suite.to_owned(), case.trim().to_owned()))
        })
        .collect()
}
