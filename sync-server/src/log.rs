//! What is told to whoever runs the machine: no codes or names of households, no people, no tokens, no ids in paths.

use std::panic::PanicHookInfo;

use hudang_archive::Role;
use hudang_evidence::id::InstallationId;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Text,
}

/// Sends the log to the error stream from now on, panics included; only the first call counts.
pub fn start_log(form: LogForm) {
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // It would say on the error stream that the error stream cannot be written, and panic.
        .log_internal_errors(false)
        .with_max_level(tracing::Level::INFO);
    // A second call, as tests make it, changes nothing.
    let _ = match form {
        LogForm::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init(),
        LogForm::Text => lines.with_ansi(false).try_init(),
    };
    std::panic::set_hook(Box::new(panicked));
}

/// Where it happened; a panic's words may quote what a phone sent.
fn panicked(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panic");
}

/// Who asked, as far as the log may know.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// The first digits of a phone's id.
    Phone(String),
    /// A role.
    Office(Role),
}

impl Who {
    pub(crate) fn phone(id: &InstallationId) -> Self {
        Self::Phone(id.to_string().chars().take(8).collect())
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Phone(prefix) => prefix,
            Self::Office(role) => role.as_str(),
        }
    }
}
