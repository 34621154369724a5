//! Why there is no way to the server.

use hudang_device::DeviceError;
use hudang_visit::Language;

/// The result of this crate's work.
pub type Result<T> = core::result::Result<T, LinkError>;

/// What kept a request from its answer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The store failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Nobody is enrolled here, so no server is known.
    #[error("no server is known")]
    NoServer,
    /// The address or the TLS set-up cannot be used.
    #[error("the server's address cannot be used: {0}")]
    Address(String),
    /// No connection, or it broke, or no answer came in time.
    #[error("the server cannot be reached: {0}")]
    Network(String),
    /// The server said no.
    #[error("{code}: {en}")]
    Refused {
        /// Stable code.
        code: String,
        /// What to do, in Chinese.
        zh: String,
        /// What to do, in English.
        en: String,
    },
}

impl LinkError {
    /// Stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Device(error) => error.code(),
            Self::NoServer => "LINK-NO-SERVER",
            Self::Address(_) => "LINK-ADDRESS",
            Self::Network(_) => "LINK-NETWORK",
            Self::Refused { code, .. } => code,
        }
    }

    /// What happened and what to do.
    pub fn message(&self, language: Language) -> String {
        let (zh, en) = match self {
            Self::Device(error) => return error.message(language),
            Self::Refused { zh, en, .. } => (zh.as_str(), en.as_str()),
            Self::NoServer => (
                "还没有登记，不知道服务器在哪里。请先扫描办公室的登记码。",
                "Nobody is enrolled here yet. Scan the office's code first.",
            ),
            Self::Address(_) => (
                "服务器地址无法使用。请向办公室索取新的登记码。",
                "The server's address cannot be used. Ask the office for a new code.",
            ),
            Self::Network(_) => (
                "连不上服务器。资料都在手机里，有信号时再同步。",
                "The server cannot be reached. Everything is on the phone; sync again when there is a signal.",
            ),
        };
        language.pick(zh, en).to_owned()
    }
}
