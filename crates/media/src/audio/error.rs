//! Why a recording is refused, and what to do.

use crate::lang::Lang;

/// A recording is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    /// The file has no bytes.
    #[error("the recording is empty")]
    Empty,
    /// The bytes are something else than a recording.
    #[error("not a recording: {found}")]
    Type {
        /// What the bytes are.
        found: &'static str,
    },
    /// The file is larger than allowed.
    #[error("recording of {size_bytes} bytes, allowed are {size_bytes_max}")]
    FileSize {
        /// Size of the file.
        size_bytes: u64,
        /// Largest size allowed.
        size_bytes_max: u64,
    },
    /// The sound is coded in a way that is not read here.
    #[error("codec {found} is not read")]
    Codec {
        /// The codec, as the container names it.
        found: String,
    },
    /// The structure is damaged where nothing can be read without it.
    #[error("damaged recording: {what}")]
    Broken {
        /// What is missing or impossible.
        what: &'static str,
    },
    /// The structure is there, but not one sample can be decoded.
    #[error("nothing in the recording can be decoded")]
    NoSound,
    /// It is longer than allowed, or claims to be.
    #[error("recording longer than {duration_s_max} s")]
    TooLong {
        /// Longest recording allowed, in seconds.
        duration_s_max: u32,
    },
}

impl AudioError {
    /// Stable code, for logs, tests and the catalogue of problems.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "AUDIO-EMPTY",
            Self::Type { .. } => "AUDIO-TYPE",
            Self::FileSize { .. } => "AUDIO-FILE-SIZE",
            Self::Codec { .. } => "AUDIO-CODEC",
            Self::Broken { .. } => "AUDIO-BROKEN",
            Self::NoSound => "AUDIO-NO-SOUND",
            Self::TooLong { .. } => "AUDIO-TOO-LONG",
        }
    }

    /// Says what happened and what to do.
    pub fn message(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::Empty => (
                "录音文件是空的，请重新录音。".to_owned(),
                "The recording is empty. Record again.".to_owned(),
            ),
            Self::Type { found } => (
                format!("这不是录音，文件实际类型为 {found}。请用本应用录音。"),
                format!("This is not a recording; the file is {found}. Record with this app."),
            ),
            Self::FileSize { size_bytes, size_bytes_max } => (
                format!("录音文件过大（{} MB，上限 {} MB）。请分段录音。", size_bytes >> 20, size_bytes_max >> 20),
                format!("The recording is too large ({} MB, at most {} MB). Record in parts.", size_bytes >> 20, size_bytes_max >> 20),
            ),
            Self::Codec { found } => (
                format!("录音的编码（{found}）无法读取。请使用 Opus、AAC 或 WAV 录音。"),
                format!("The recording's codec ({found}) is not read. Record Opus, AAC or WAV."),
            ),
            Self::Broken { .. } => (
                "录音文件已损坏，无法播放。请重新录音，并保留原手机以便找回。".to_owned(),
                "The recording is damaged and cannot be played. Record again, and keep the phone for recovery.".to_owned(),
            ),
            Self::NoSound => (
                "录音文件里没有任何声音数据。请检查麦克风权限后重新录音。".to_owned(),
                "The recording holds no sound at all. Check the microphone permission and record again.".to_owned(),
            ),
            Self::TooLong { duration_s_max } => (
                format!("录音超过 {} 小时，请分段录音。", duration_s_max / 3_600),
                format!("The recording is longer than {} hours. Record in parts.", duration_s_max / 3_600),
            ),
        };
        lang.pick(zh, en)
    }
}
