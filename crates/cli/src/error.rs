//! Errors as people see them: a stable code and what to do.

use core::fmt::Display;

use hudang_archive::ArchiveError;
use hudang_device::DeviceError;
use hudang_link::LinkError;
use hudang_visit::Language;

/// A command that did not do what was asked.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) zh: String,
    pub(crate) en: String,
    /// What the system said; empty where it said nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) cause: String,
    /// The line of a file of commands, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// The exit code: 1 where something was found wrong, 2 where it could not be done.
    #[serde(skip)]
    pub(crate) exit: u8,
}

impl Failure {
    pub(crate) fn new(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            zh: zh.into(),
            en: en.into(),
            cause: String::new(),
            line: None,
            exit: 2,
        }
    }

    /// Says what the system said.
    pub(crate) fn because(mut self, cause: &dyn Display) -> Self {
        self.cause = cause.to_string();
        self
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let path = path.display();
        Self::new(
            "CLI-FILE",
            format!("文件 {path} 不能读写。"),
            format!("{path} cannot be read or written."),
        )
        .because(error)
    }

    /// A text that is not what it should be.
    pub(crate) fn input(what_zh: &str, what_en: &str, given: &str) -> Self {
        Self::new(
            "CLI-INPUT",
            format!("{what_zh}无效：{given}"),
            format!("not a valid {what_en}: {given}"),
        )
    }

    /// Says in which line of a file of commands it happened.
    pub(crate) const fn in_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Something was found wrong.
    pub(crate) fn found(mut self) -> Self {
        self.exit = 1;
        self
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Self::new(error.code(), error.chinese(), error.english())
    }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        Self::new(
            error.code(),
            error.message(Language::Zh),
            error.message(Language::En),
        )
        .because(&error)
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        let text = |language: Language| {
            let mut text = error.message(language);
            if let DeviceError::Incomplete(assessment) = &error {
                for missing in &assessment.missing {
                    text.push_str("\n- ");
                    text.push_str(&missing.message(language));
                }
            }
            text
        };
        let failure = Self::new(error.code(), text(Language::Zh), text(Language::En));
        match &error {
            DeviceError::Photo(_)
            | DeviceError::Audio(_)
            | DeviceError::Incomplete(_)
            | DeviceError::Conflicts(_)
            | DeviceError::Drafts(_)
            | DeviceError::Answer(_)
            | DeviceError::NoOutcome => failure.found(),
            DeviceError::Io(_)
            | DeviceError::Sql(_)
            | DeviceError::Damaged(_)
            | DeviceError::Document(_)
            | DeviceError::Evidence(_) => failure.because(&error),
            _ => failure,
        }
    }
}
