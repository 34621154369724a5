//! `hudang … | head`: whoever has read enough ends the program, without a word.

use std::io::{BufRead as _, BufReader, pipe};
use std::process::{Command, Stdio};

use crate::tables::Desk;

#[test]
fn a_reader_that_went_away_ends_every_command_quietly() {
    let mut desk = Desk::new();
    desk.stops();
    // Who asks the questions of a form says them beside what is printed.
    let asks = |arguments: &Vec<String>| arguments.starts_with(&["form".to_owned(), "run".to_owned()]);
    for arguments in desk.here() {
        for output in ["--json", "--lang=en"] {
            let (reader, writer) = pipe().unwrap();
            drop(reader);
            let ended = desk
                .plain(&arguments)
                .arg(output)
                .stdout(writer)
                .output()
                .unwrap();
            let beside = String::from_utf8_lossy(&ended.stderr);
            assert!(beside.is_empty() || asks(&arguments), "{arguments:?}: {beside}");
            assert!(!beside.contains("panicked"), "{arguments:?}: {beside}");
            assert_eq!(ended.status.code(), Some(141), "{arguments:?}");
        }
    }
    // Help is printed by the parser of the command line, which ends well.
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let help = desk
        .plain(&["--help".to_owned()])
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!((help.status.code(), help.stderr.as_slice()), (Some(0), &[][..]));
}

#[test]
fn who_reads_one_line_gets_it() {
    let desk = Desk::new();
    let mut child = desk
        .plain(&["phone".to_owned(), "visits".to_owned()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with('┌'), "{line}");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn an_error_that_nobody_hears_is_an_error_still() {
    let room = tempfile::tempdir().unwrap();
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let ended = Command::new(env!("CARGO_BIN_EXE_hudang"))
        .args(["counts", "--contract", "HT-9"])
        .current_dir(room.path())
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(ended.code(), Some(2));
}
