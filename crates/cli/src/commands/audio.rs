//! `hudang audio inspect`.

use std::path::Path;

use hudang_evidence::id::BlobHash;
use hudang_media::audio::{Limits, inspect};
use hudang_media::lang::Lang;
use serde::Serialize;

use crate::args::Audio;
use crate::commands::read;
use crate::error::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Inspected {
    file: String,
    container: &'static str,
    codec: &'static str,
    bytes: u64,
    duration_ms: u64,
    longest_gap_ms: u64,
    silent: bool,
    truncated: bool,
    damaged: bool,
    sha256: String,
}

pub(crate) fn run(command: &Audio, output: &Output) -> Result<(), Failure> {
    let Audio::Inspect { files } = command;
    let found: Vec<Inspected> = files.iter().map(|file| one(file)).collect::<Result<_, _>>()?;
    output.result(&found, |found| {
        let heads = [
            ("文件", "file"),
            ("封装", "container"),
            ("编码", "codec"),
            ("时长 s", "seconds"),
            ("最长静音 s", "longest silence s"),
            ("全静音", "silent"),
            ("完整", "whole"),
            ("SHA-256", "SHA-256"),
        ];
        output.table(&heads, found.iter().map(|one| row(one, output)));
    })
}

fn one(file: &Path) -> Result<Inspected, Failure> {
    let bytes = read(file)?;
    let facts = inspect(&bytes, &Limits::default()).map_err(|error| {
        Failure::new(error.code(), error.message(Lang::ZhCn), error.message(Lang::En))
            .because(&file.display())
            .found()
    })?;
    Ok(Inspected {
        file: file.display().to_string(),
        container: facts.container.as_str(),
        codec: facts.codec.as_str(),
        bytes: facts.size_bytes,
        duration_ms: facts.duration_ms,
        longest_gap_ms: facts.longest_gap_ms,
        silent: facts.silent,
        truncated: facts.truncated,
        damaged: facts.damaged,
        sha256: BlobHash::of(&bytes).to_string(),
    })
}

/// Milliseconds as seconds with one digit.
fn seconds(ms: u64) -> String {
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}

fn row(recording: &Inspected, output: &Output) -> Vec<String> {
    vec![
        recording.file.clone(),
        recording.container.to_owned(),
        recording.codec.to_owned(),
        seconds(recording.duration_ms),
        seconds(recording.longest_gap_ms),
        output.yes_no(recording.silent).to_owned(),
        if recording.truncated {
            output.say("截断", "cut off")
        } else if recording.damaged {
            output.say("有损坏", "damaged")
        } else {
            output.yes_no(true)
        }
        .to_owned(),
        recording.sha256.clone(),
    ]
}
