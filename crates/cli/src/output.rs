//! What is printed: one JSON value, or plain tables; progress on long work.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use hudang_visit::Language;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::error::Failure;

/// Where and how to print.
pub(crate) struct Output {
    json: bool,
    lines: bool,
    pub(crate) language: Language,
}

impl Output {
    pub(crate) const fn new(json: bool, language: Language) -> Self {
        Self {
            json,
            lines: false,
            language,
        }
    }

    /// For many results after one another: each JSON value on a line of its own.
    pub(crate) const fn in_lines(&self) -> Self {
        Self {
            json: self.json,
            lines: true,
            language: self.language,
        }
    }

    /// Picks the wording.
    pub(crate) fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// A yes or a no.
    pub(crate) fn yes_no(&self, it: bool) -> &'static str {
        if it {
            self.say("是", "yes")
        } else {
            self.say("否", "no")
        }
    }

    /// Prints a result: as JSON, or by what `plain` prints.
    pub(crate) fn result<T: Serialize>(&self, value: &T, plain: impl FnOnce(&T)) -> Result<(), Failure> {
        if self.json {
            let text = if self.lines {
                serde_json::to_string(value)
            } else {
                serde_json::to_string_pretty(value)
            };
            println!("{}", text.map_err(|error| unprintable(&error))?);
        } else {
            plain(value);
        }
        Ok(())
    }

    /// Prints a result in one line of JSON, for programs that wait for it; or by what `plain` prints.
    pub(crate) fn line<T: Serialize>(&self, value: &T, plain: impl FnOnce(&T)) -> Result<(), Failure> {
        if self.json {
            let text = serde_json::to_string(value).map_err(|error| unprintable(&error))?;
            println!("{text}");
        } else {
            plain(value);
        }
        Ok(())
    }

    /// Prints an error on the error stream.
    pub(crate) fn error(&self, failure: &Failure) {
        if self.json {
            eprintln!("{}", serde_json::json!({ "error": failure }));
            return;
        }
        let cause = if failure.cause.is_empty() {
            String::new()
        } else {
            format!(" ({})", failure.cause)
        };
        let line = failure.line.map_or_else(String::new, |line| match self.language {
            Language::Zh => format!("第 {line} 行："),
            Language::En => format!("line {line}: "),
        });
        let text = self.say(&failure.zh, &failure.en);
        eprintln!("{}: {line}{text}{cause}", failure.code);
    }

    /// Prints a table; each column's head in Chinese and in English.
    pub(crate) fn table(&self, heads: &[(&str, &str)], rows: impl IntoIterator<Item = Vec<String>>) {
        let mut table = Table::new();
        table
            .load_style(UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(heads.iter().map(|(zh, en)| self.say(zh, en)));
        for row in rows {
            table.add_row(row);
        }
        println!("{table}");
    }

    /// A bar for long work; nothing is drawn with `--json` or where no person watches.
    pub(crate) fn progress(&self, total: u64) -> ProgressBar {
        let bar = ProgressBar::new(total);
        if self.json {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar
    }
}

fn unprintable(error: &serde_json::Error) -> Failure {
    Failure::new("CLI-JSON", "结果不能输出。", "The result cannot be printed.").because(error)
}
