//! What can go wrong, with a stable code, whose turn it is, and what to do in Chinese and English.

use std::io;
use std::path::PathBuf;

/// Whose turn it is after an error. Decides HTTP status, exit code and colour in the shells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// Who asked must change what was asked.
    Yours,
    /// The same again later will do.
    TryAgain,
    /// The archive or its machine is at fault.
    Ours,
}

/// What can go wrong in the archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Another process has this directory open.
    #[error("another server has {0} open")]
    Locked(PathBuf),
    /// The directory was written by another version of the program.
    #[error("the archive has format {found}, this program reads {known}")]
    Format {
        /// What the directory says.
        found: String,
        /// What this program can read.
        known: u32,
    },
    /// The directory is not an archive and not empty.
    #[error("{0} is not empty and not an archive")]
    NotAnArchive(PathBuf),
    /// No space is left.
    #[error("no space left on the server's disk")]
    DiskFull,
    /// Too many requests wait for the writer.
    #[error("the archive is busy")]
    Busy,
    /// The archive is being closed.
    #[error("the archive is closing")]
    Closed,
    /// A file could not be read or written.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The database refused.
    #[error("database: {0}")]
    Sql(rusqlite::Error),
    /// What is stored contradicts itself.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The request is about something that the archive does not have.
    #[error("no such {what}: {name}")]
    Unknown {
        /// The kind of thing, e.g. `contract`.
        what: &'static str,
        /// Its name as given.
        name: String,
    },
    /// The request contradicts a rule; with a stable code of its own.
    #[error("{code}: {english}")]
    Refused {
        /// Stable code, e.g. `ENROL-CODE`.
        code: &'static str,
        /// What to do, in Chinese.
        chinese: String,
        /// What to do, in English.
        english: String,
    },
    /// A phone has met its quota; with a stable code of its own. Nobody else is concerned.
    #[error("{code}: {english}")]
    Quota {
        /// Stable code, e.g. `QUOTA-DRAFTS`.
        code: &'static str,
        /// What to do, in Chinese.
        chinese: String,
        /// What to do, in English.
        english: String,
        /// When to come again.
        retry_after_s: u32,
    },
    /// What is left of the disk is kept for entries and seals.
    #[error("what is left of the disk is kept for entries and seals")]
    Reserve,
    /// A request with this counter was taken already.
    #[error("the counter was used before; go on above {highest}")]
    Replayed {
        /// The highest counter that was used.
        highest: u64,
    },
    /// An upload's bytes must go on from another place.
    #[error("the upload is at {expected_bytes}, not {given_bytes}")]
    Offset {
        /// Where the archive is.
        expected_bytes: u64,
        /// Where the sender wanted to go on.
        given_bytes: u64,
    },
}

/// Result of the archive's functions.
pub type Result<T, E = ArchiveError> = std::result::Result<T, E>;

impl ArchiveError {
    /// For `map_err`: names what was being done when the system refused.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io { doing, source },
        }
    }

    /// A rule that the request contradicts.
    pub(crate) fn refused(
        code: &'static str,
        chinese: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        Self::Refused {
            code,
            chinese: chinese.into(),
            english: english.into(),
        }
    }

    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Locked(_) => "ARCHIVE-LOCKED",
            Self::Format { .. } => "ARCHIVE-FORMAT",
            Self::NotAnArchive(_) => "ARCHIVE-NOT-EMPTY",
            Self::DiskFull => "ARCHIVE-DISK-FULL",
            Self::Busy => "ARCHIVE-BUSY",
            Self::Closed => "ARCHIVE-CLOSED",
            Self::Io { .. } => "ARCHIVE-IO",
            Self::Sql(_) => "ARCHIVE-DATABASE",
            Self::Damaged(_) => "ARCHIVE-DAMAGED",
            Self::Unknown { .. } => "ARCHIVE-UNKNOWN",
            Self::Refused { code, .. } | Self::Quota { code, .. } => code,
            Self::Reserve => "ARCHIVE-RESERVE",
            Self::Replayed { .. } => "SYNC-REPLAY",
            Self::Offset { .. } => "MEDIA-OFFSET",
        }
    }

    /// Whose turn it is.
    pub const fn turn(&self) -> Turn {
        match self {
            Self::DiskFull | Self::Busy | Self::Closed | Self::Reserve | Self::Quota { .. } => Turn::TryAgain,
            Self::Io { .. } | Self::Sql(_) | Self::Damaged(_) => Turn::Ours,
            _ => Turn::Yours,
        }
    }

    /// What to do, in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Locked(dir) => {
                format!(
                    "目录 {} 正由另一个服务进程使用。请先停止它,或换一个目录。",
                    dir.display()
                )
            }
            Self::Format { found, known } => {
                format!("档案库格式为 {found},本程序只认 {known}。请使用相应版本的程序。")
            }
            Self::NotAnArchive(dir) => format!("目录 {} 不为空,也不是档案库。请换一个目录。", dir.display()),
            Self::DiskFull => "服务器磁盘已满,数据未丢失。请通知管理员清理磁盘,稍后重新发送。".into(),
            Self::Busy => "服务器繁忙,请稍后重试。".into(),
            Self::Closed => "服务器正在关闭,请稍后重试。".into(),
            Self::Io { .. } | Self::Sql(_) => "服务器读写出错,数据未丢失。请通知系统管理员查看日志。".into(),
            Self::Damaged(_) => "档案库数据有损坏。请系统管理员运行 hudang archive check。".into(),
            Self::Unknown { what, name } => format!("没有找到({what}):{name}。请核对后再试。"),
            Self::Refused { chinese, .. } | Self::Quota { chinese, .. } => chinese.clone(),
            Self::Reserve => {
                "服务器磁盘将满,暂不接收照片和录音,条目和封存照常接收。原件仍在手机里;请通知管理员清理磁盘。"
                    .into()
            }
            Self::Replayed { highest } => format!("该请求已处理过,请用大于 {highest} 的序号重新发送。"),
            Self::Offset { expected_bytes, .. } => format!("请从第 {expected_bytes} 字节继续上传。"),
        }
    }

    /// What to do, in English.
    pub fn english(&self) -> String {
        match self {
            Self::Locked(dir) => {
                format!(
                    "Another server uses {}. Stop it first, or choose another directory.",
                    dir.display()
                )
            }
            Self::Format { found, known } => {
                format!(
                    "The archive has format {found}; this program reads {known}. Use the program of that version."
                )
            }
            Self::NotAnArchive(dir) => {
                format!(
                    "{} is not empty and is not an archive. Choose another directory.",
                    dir.display()
                )
            }
            Self::DiskFull => {
                "The server's disk is full; nothing is lost. Tell the administrator and send again.".into()
            }
            Self::Busy => "The server is busy. Try again shortly.".into(),
            Self::Closed => "The server is closing. Try again shortly.".into(),
            Self::Io { .. } | Self::Sql(_) => {
                "The server could not read or write; nothing is lost. Tell the administrator.".into()
            }
            Self::Damaged(_) => {
                "The archive is damaged. The administrator should run hudang archive check.".into()
            }
            Self::Unknown { what, name } => {
                format!("There is no {what} {name}. Check the name and try again.")
            }
            Self::Refused { english, .. } | Self::Quota { english, .. } => english.clone(),
            Self::Reserve => {
                "The server's disk is nearly full: photos and recordings wait on the phone, entries and seals still come in. Tell the administrator."
                    .into()
            }
            Self::Replayed { highest } => {
                format!("This request was taken already; send it with a counter above {highest}.")
            }
            Self::Offset { expected_bytes, .. } => format!("Go on from byte {expected_bytes}."),
        }
    }
}

impl From<rusqlite::Error> for ArchiveError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::Busy,
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Sql(error),
        }
    }
}
