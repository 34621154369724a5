//! `hudang archive init|check|rebuild|backup|backup-key|restore`.

use hudang_archive::{
    Archive as Opened, BackupKey, CheckFinding, CheckListener, CheckProgress, CopyProgress, Differences,
    NewArchive, Opening,
};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::args::Archive;
use crate::commands::{local, looking, open, write_secret};
use crate::error::Failure;
use crate::output::Output;
use crate::outside;

pub(crate) fn run(command: Archive, output: &Output) -> Result<(), Failure> {
    match command {
        Archive::Init { dir, origin } => {
            let new = NewArchive {
                origin,
                secret: outside::random()?,
                identity_secret: outside::random()?,
            };
            let archive = Opened::open(&dir, &Opening::or_new(new, outside::now(), outside::random()?))?;
            let made = Made {
                origin: archive.origin().to_owned(),
                receipt_key: archive.receipt_key().to_string(),
            };
            output.result(&made, |made| println!("{}\n{}", made.origin, made.receipt_key))
        }
        Archive::Check { dir, since } => {
            let since = since
                .iter()
                .map(|file| crate::commands::read(file))
                .collect::<Result<Vec<_>, _>>()?;
            check(&open(&dir)?, &since, output)
        }
        Archive::Rebuild { dir, replace } => {
            let differences = if replace {
                Differences::Replace
            } else {
                Differences::Report
            };
            let bar = output.progress(0);
            let rebuilt = hudang_archive::rebuild(&dir, differences, &mut |done, total| {
                bar.set_length(total);
                bar.set_position(done);
            })?;
            bar.finish_and_clear();
            let found: Vec<Difference> = rebuilt
                .differences
                .iter()
                .map(|one| Difference {
                    table: one.table,
                    missing: one.missing,
                    surplus: one.surplus,
                })
                .collect();
            let is_same = found.is_empty();
            output.result(
                &Rebuilt {
                    journal_rows: rebuilt.journal_rows,
                    differences: found,
                },
                |rebuilt| {
                    println!(
                        "{}: {}",
                        output.say("台账行数", "journal rows"),
                        rebuilt.journal_rows
                    );
                    let row = |one: &Difference| {
                        vec![
                            one.table.to_owned(),
                            one.missing.to_string(),
                            one.surplus.to_string(),
                        ]
                    };
                    output.table(
                        &[("表", "table"), ("缺少", "missing"), ("多出", "surplus")],
                        rebuilt.differences.iter().map(row),
                    );
                },
            )?;
            if is_same || replace {
                Ok(())
            } else {
                Err(differs())
            }
        }
        Archive::Backup { dir, to, recipient } => {
            let archive = open(&dir)?;
            let bar = output.progress(0);
            let follow = &mut |progress| follow(&bar, progress);
            let copied = archive.back_up(&local(), &to, recipient.as_ref(), &looking(), follow)?;
            done(output, &bar, copied)
        }
        Archive::BackupKey { file } => {
            let key = BackupKey::generate();
            write_secret(&file, key.to_text().as_bytes())?;
            let recipients = key.recipients().iter().map(ToString::to_string).collect();
            output.result(&Key { recipients }, |key| {
                println!("{}", key.recipients.join("\n"));
            })
        }
        Archive::Restore { from, to, key } => {
            let key = key.map(|file| BackupKey::read(&file)).transpose()?;
            let bar = output.progress(0);
            let follow = &mut |progress| follow(&bar, progress);
            let copied = hudang_archive::restore(&from, &to, key.as_ref(), follow)?;
            done(output, &bar, copied)
        }
    }
}

#[derive(Serialize)]
struct Made {
    origin: String,
    receipt_key: String,
}

#[derive(Serialize)]
struct Key {
    recipients: Vec<String>,
}

#[derive(Serialize)]
struct Rebuilt {
    journal_rows: u64,
    differences: Vec<Difference>,
}

#[derive(Serialize)]
struct Difference {
    table: &'static str,
    missing: u64,
    surplus: u64,
}

#[derive(Serialize)]
struct Copied {
    blobs: u64,
    bytes: u64,
}

fn differs() -> Failure {
    Failure::new(
        "ARCHIVE-DIFFERS",
        "读模型与台账不一致，可加 --replace 以台账为准重建。",
        "Read models differ from the journal; --replace puts the journal's in their place.",
    )
    .found()
}

fn follow(bar: &ProgressBar, progress: CopyProgress) {
    bar.set_length(progress.blobs_total);
    bar.set_position(progress.blobs);
}

fn done(output: &Output, bar: &ProgressBar, progress: CopyProgress) -> Result<(), Failure> {
    bar.finish_and_clear();
    output.result(
        &Copied {
            blobs: progress.blobs,
            bytes: progress.bytes,
        },
        |copied| {
            println!(
                "{} {}, {} B",
                copied.blobs,
                output.say("个原件", "originals"),
                copied.bytes
            );
        },
    )
}

struct Listener {
    bar: ProgressBar,
    findings: Vec<CheckFinding>,
}

impl CheckListener for Listener {
    fn found(&mut self, finding: CheckFinding) {
        self.findings.push(finding);
    }

    fn progress(&mut self, progress: CheckProgress) {
        self.bar.set_length(progress.rows_total + progress.blobs_total);
        self.bar.set_position(progress.rows + progress.blobs);
    }
}

#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    progress: CheckProgress,
    found: Vec<CheckFinding>,
}

fn check(archive: &Opened, since: &[Vec<u8>], output: &Output) -> Result<(), Failure> {
    let mut listener = Listener {
        bar: output.progress(0),
        findings: Vec::new(),
    };
    let progress = archive.check(since, &mut listener)?;
    listener.bar.finish_and_clear();
    let checked = Checked {
        progress,
        found: listener.findings,
    };
    output.result(&checked, |checked| {
        let CheckProgress {
            rows,
            visits,
            blobs,
            bytes,
            ..
        } = checked.progress;
        println!(
            "{} {rows}  {} {visits}  {} {blobs} ({bytes} B)",
            output.say("台账", "journal"),
            output.say("入户", "visits"),
            output.say("原件", "originals")
        );
        let row = |one: &CheckFinding| vec![one.code.clone(), one.subject.clone(), one.details.clone()];
        output.table(
            &[("代码", "code"), ("对象", "about"), ("说明", "what it means")],
            checked.found.iter().map(row),
        );
    })?;
    if checked.found.is_empty() {
        return Ok(());
    }
    let number = checked.found.len();
    Err(Failure::new(
        "ARCHIVE-FINDINGS",
        format!("核查发现 {number} 项问题。"),
        format!("{number} findings."),
    )
    .found())
}
