//! A file of commands in one open store: one a line, as a shell reads words; `#` begins a comment.

use std::io::Read as _;
use std::path::Path;

use clap::Parser as _;

use crate::args::PhoneLine;
use crate::error::Failure;
use crate::output::Output;

use super::act;
use super::store::Store;

/// Reads the commands with the numbers of their lines.
pub(crate) fn read(file: &Path) -> Result<Vec<(usize, PhoneLine)>, Failure> {
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::file(file, &error))?;
        bytes
    } else {
        crate::commands::read(file)?
    };
    let text = String::from_utf8(bytes).map_err(|_| Failure::input("文字编码", "text", "UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index.saturating_add(1);
        let words = shlex::split(line)
            .ok_or_else(|| Failure::input("引号", "line: a quote is not closed", line).in_line(number))?;
        if words.is_empty() {
            continue;
        }
        let line = PhoneLine::try_parse_from(&words).map_err(|error| {
            let first = words.first().map_or("", String::as_str);
            let failure = Failure::input("命令", "command", first);
            failure.because(&error.render()).in_line(number)
        })?;
        lines.push((number, line));
    }
    Ok(lines)
}

/// Runs them one after another; the first error ends it, what was done before stays.
pub(crate) fn run(store: &mut Store, lines: Vec<(usize, PhoneLine)>, output: &Output) -> Result<(), Failure> {
    let output = output.in_lines();
    for (number, line) in lines {
        act(store, line.act, &output).map_err(|failure| failure.in_line(number))?;
    }
    Ok(())
}
