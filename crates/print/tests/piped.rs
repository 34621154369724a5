//! A program whose reader goes away, over real pipes.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "in a test a surprise is a failure"
)]

use std::io::{BufRead as _, BufReader, PipeWriter, pipe};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The example beside this test.
fn lines() -> Command {
    let test = std::env::current_exe().unwrap();
    let built: PathBuf = test.parent().unwrap().parent().unwrap().join("examples/lines");
    Command::new(built)
}

/// A pipe that nobody reads any more.
fn closed() -> PipeWriter {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer
}

#[test]
fn nobody_reads_from_the_start() {
    let ended = lines().stdout(closed()).output().unwrap();
    assert_eq!(
        (ended.status.code(), ended.stderr.as_slice()),
        (Some(141), &[][..])
    );
}

#[test]
fn the_reader_has_enough_after_two_lines() {
    let mut child = lines()
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(reader.next().unwrap().unwrap(), "0");
    assert_eq!(reader.next().unwrap().unwrap(), "1");
    drop(reader);
    assert_eq!(child.wait().unwrap().code(), Some(141));
}

#[test]
fn where_nobody_listens_to_errors_the_program_goes_on() {
    let ended = lines().arg("3").stderr(closed()).output().unwrap();
    assert_eq!(
        (ended.status.code(), ended.stdout.as_slice()),
        (Some(0), &b"0\n1\n2\n"[..])
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_fails() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = lines().stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.starts_with("CLI-OUTPUT: ") && said.lines().count() == 1,
        "{said}"
    );
}
