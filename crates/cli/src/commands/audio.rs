//! `hudang audio inspect`.

use std::path::Path;

use hudang_media::audio::{Limits, inspect};
use hudang_media::lang::Lang;
use serde::Serialize;

use crate::args::Audio;
use crate::commands::read;
use crate::error::Failure;
use crate::output::{Output, table};

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
            "文件",
            "封装",
            "编码",
            "时长 s",
            "最长静音 s",
            "全静音",
            "完整",
            "SHA-256",
        ];
        table(&heads, found.iter().map(row));
    })
}

fn one(file: &Path) -> Result<Inspected, Failure> {
    let facts = inspect(&read(file)?, &Limits::default()).map_err(|error| {
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
        sha256: facts.sha256.to_string(),
    })
}

/// Milliseconds as seconds with one digit.
fn seconds(ms: u64) -> String {
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}

fn row(recording: &Inspected) -> Vec<String> {
    let yes = |it: bool| if it { "是" } else { "否" }.to_owned();
    vec![
        recording.file.clone(),
        recording.container.to_owned(),
        recording.codec.to_owned(),
        seconds(recording.duration_ms),
        seconds(recording.longest_gap_ms),
        yes(recording.silent),
        if recording.truncated {
            "截断"
        } else if recording.damaged {
            "有损坏"
        } else {
            "是"
        }
        .to_owned(),
        recording.sha256.clone(),
    ]
}
