//! What the screen is told when a command was not carried out.

use hudang_device::DeviceError;
use hudang_evidence::id::PersonId;
use hudang_link::LinkError;
use hudang_sync::code::{self, Explanation};
use hudang_sync::wire::RefusalKind;
use hudang_visit::Language;
use hudang_visit::questionnaire::filling::FillingError;
use serde::Serialize;
use ts_rs::TS;

/// Result of this crate.
pub type Result<T> = core::result::Result<T, Fault>;

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Whoever holds the phone.
    Yours,
    /// It may pass: try again.
    Again,
    /// The program.
    Ours,
}

/// Where the screen may lead whoever reads the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// To the PIN.
    Unlock,
    /// To enrolling.
    Enrol,
    /// To sending and taking.
    Sync,
    /// To the form.
    Form,
    /// To the answers that differ.
    Conflicts,
    /// To how the visit ended.
    Outcome,
    /// To the recordings that are not finished.
    Recordings,
    /// To what is missing.
    Lacks,
    /// To the space on the phone.
    Storage,
}

/// An error as it crosses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DoorError {
    /// Stable code.
    pub code: String,
    /// What happened and what to do, in the screen's language.
    pub message: String,
    /// Who can do something about it.
    pub kind: FaultKind,
    /// Where a button may lead.
    pub action: Option<Remedy>,
    /// After how many milliseconds it may be tried again.
    pub wait_ms: Option<u64>,
    /// Whose PIN or key it is about, where several gave one.
    #[ts(type = "string | null")]
    pub person: Option<PersonId>,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There is no such command.
    #[error("no command {0}")]
    Command(String),
    /// The arguments are not what the command takes.
    #[error("arguments: {0}")]
    Arguments(String),
    /// The body or the arguments are too large.
    #[error("{0} bytes are too many")]
    TooLarge(usize),
    /// The command takes no bytes, or wants some.
    #[error("the command takes other content")]
    Content,
    /// No PIN session, or one that has locked.
    #[error("no one is unlocked")]
    Locked,
    /// The visit, original or recording is none that this session may see.
    #[error("not for this session")]
    NotYours,
    /// The household has no such assignment.
    #[error("no such assignment")]
    Assignment,
    /// What was scanned is no code of a visit.
    #[error("no code of a visit")]
    VisitCode,
    /// Nothing that is practised is sent.
    #[error("practice is never sent")]
    Practice,
    /// The form refuses what is about one of its questions.
    #[error("{error}")]
    Question {
        /// Why.
        error: FillingError,
        /// What is asked there, where it is known.
        label: Option<String>,
    },
    /// The store refuses.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The store refuses what one of several people gave.
    #[error("{person}: {error}")]
    OfPerson {
        /// Who.
        person: PersonId,
        /// Why.
        error: DeviceError,
    },
    /// There is no way to the server.
    #[error(transparent)]
    Link(#[from] LinkError),
}

impl Fault {
    /// Stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Command(_) => "DOOR-COMMAND",
            Self::Arguments(_) => "DOOR-ARGUMENTS",
            Self::TooLarge(_) => "DOOR-TOO-LARGE",
            Self::Content => "DOOR-CONTENT",
            Self::Locked => "DOOR-LOCKED",
            Self::NotYours => "DOOR-NOT-YOURS",
            Self::Assignment => "DOOR-ASSIGNMENT",
            Self::VisitCode => "DOOR-VISIT-CODE",
            Self::Practice => "DOOR-PRACTICE",
            Self::Question { error, .. } => error.code(),
            Self::Device(error) | Self::OfPerson { error, .. } => error.code(),
            Self::Link(error) => error.code(),
        }
    }

    /// What happened and what to do.
    pub fn message(&self, language: Language) -> String {
        let (zh, en) = match self {
            Self::Device(DeviceError::PinWrong { wait_ms: 0 })
            | Self::OfPerson {
                error: DeviceError::PinWrong { wait_ms: 0 },
                ..
            } => (
                "密码不对，请重新输入。忘记密码请向办公室索取新的登记码；已采集的资料都在。",
                "Wrong PIN, enter it again. If it is forgotten, ask the office for a new code; nothing collected is lost.",
            ),
            Self::Question { error, label } => return about(error, label.as_deref(), language),
            Self::Device(DeviceError::Answer(error)) => return about(error, None, language),
            Self::Device(error) | Self::OfPerson { error, .. } => return error.message(language),
            Self::Link(error) => return error.message(language),
            Self::Command(_) | Self::Content => (
                "界面与程序版本不一致。请关闭后重新打开应用。",
                "Screen and program do not fit together. Close the app and open it again.",
            ),
            Self::Arguments(_) => (
                "这项内容的格式不对，没有保存。请检查后重填。",
                "This is not of the right form and was not saved. Check it and fill it in again.",
            ),
            Self::TooLarge(_) => (
                "内容太大，没有保存。照片请用较低的分辨率重拍，文字请缩短。",
                "This is too large and was not saved. Take the photo at a lower resolution, or shorten the text.",
            ),
            Self::Locked => (
                "已锁定。请输入密码继续；填写的内容都在。",
                "Locked. Enter the PIN to go on; everything filled in is kept.",
            ),
            Self::NotYours => (
                "当前登录的调查员不能查看这次入户。请换人登录，或从今日任务打开。",
                "Whoever is unlocked may not see this visit. Unlock as somebody else, or open it from today's list.",
            ),
            Self::Assignment => (
                "手机里没有这户的任务。请先同步。",
                "The phone has no assignment of this household. Sync first.",
            ),
            Self::VisitCode => (
                "这不是入户码。请让同行的调查员打开这一户，在“同行调查员”里出示入户码。",
                "This is no code of a visit. Ask the partner to open the visit and show its code.",
            ),
            Self::Practice => (
                "这是练习，内容不会上传。结束练习后再上传真实的入户。",
                "This is practice and is never sent. End it, then send the real visits.",
            ),
        };
        language.pick(zh, en).to_owned()
    }

    /// Who can do something about it.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Command(_) | Self::Content => FaultKind::Ours,
            Self::Link(LinkError::Network(_)) => FaultKind::Again,
            Self::Device(error) | Self::OfPerson { error, .. } | Self::Link(LinkError::Device(error)) => {
                match error {
                    DeviceError::PinWrong { .. } | DeviceError::PinWait { .. } => FaultKind::Again,
                    DeviceError::StoreKey
                    | DeviceError::Damaged(_)
                    | DeviceError::Io(_)
                    | DeviceError::Sql(_)
                    | DeviceError::BlobDamaged => FaultKind::Ours,
                    _ => FaultKind::Yours,
                }
            }
            _ => FaultKind::Yours,
        }
    }

    fn remedy(&self) -> Option<Remedy> {
        let error = match self {
            Self::Locked => return Some(Remedy::Unlock),
            Self::Assignment => return Some(Remedy::Sync),
            Self::Question { .. } => return Some(Remedy::Form),
            Self::Link(LinkError::NoServer | LinkError::Address(_) | LinkError::Refused { .. }) => {
                return Some(Remedy::Enrol);
            }
            Self::Device(error) | Self::Link(LinkError::Device(error)) => error,
            // Of what one of several people gave, the field stands on the screen.
            _ => return None,
        };
        Some(match error {
            DeviceError::PersonLocked | DeviceError::PinWrong { .. } | DeviceError::PinWait { .. } => {
                Remedy::Unlock
            }
            DeviceError::PersonUnknown | DeviceError::Invitation | DeviceError::Confirmation => Remedy::Enrol,
            DeviceError::FormUnknown | DeviceError::ContractUnknown => Remedy::Sync,
            DeviceError::NoOutcome => Remedy::Outcome,
            DeviceError::Conflicts(_) => Remedy::Conflicts,
            DeviceError::Drafts(_) | DeviceError::Answer(_) => Remedy::Form,
            DeviceError::RecordingOpen => Remedy::Recordings,
            DeviceError::Incomplete(_) => Remedy::Lacks,
            DeviceError::SpaceLow { .. } | DeviceError::Full => Remedy::Storage,
            _ => return None,
        })
    }

    /// The error as it crosses.
    pub fn tell(&self, language: Language) -> DoorError {
        let (person, error) = match self {
            Self::Device(error) => (None, Some(error)),
            Self::OfPerson { person, error } => (Some(person.clone()), Some(error)),
            _ => (None, None),
        };
        let wait_ms = match error {
            Some(DeviceError::PinWrong { wait_ms } | DeviceError::PinWait { wait_ms }) => Some(*wait_ms),
            _ => None,
        };
        DoorError {
            code: self.code().to_owned(),
            message: self.message(language),
            kind: self.kind(),
            action: self.remedy(),
            wait_ms,
            person,
        }
    }
}

/// What the form refuses, with what is asked in place of how the form names it.
fn about(error: &FillingError, label: Option<&str>, language: Language) -> String {
    let asked = match (label, language) {
        (Some(label), Language::Zh) => format!("“{label}”"),
        (Some(label), Language::En) => format!("\"{label}\""),
        (None, Language::Zh) => "这一题".to_owned(),
        (None, Language::En) => "This question".to_owned(),
    };
    let (zh, en) = match error {
        FillingError::Unknown(_) => (
            "已经不在问卷里，可能被同行删除了。请返回后重新打开问卷。",
            "is no longer in the form; a partner may have removed it. Go back and open the form again.",
        ),
        FillingError::Calculated(_) => (
            "由问卷自动计算，不用填。",
            "is worked out by the form; there is nothing to fill in.",
        ),
        FillingError::Value(_) | FillingError::Session(_) | FillingError::Document(_) => (
            "不能这样填写。请检查后重填。",
            "cannot be filled in like that. Check it and fill it in again.",
        ),
    };
    language
        .pick(&format!("{asked}{zh}"), &format!("{asked} {en}"))
        .to_owned()
}

/// What a code of the server's says, as it crosses.
pub(crate) fn explained(code: &str, language: Language) -> DoorError {
    let unknown = (
        "服务器退回了这一项。请联系督导。",
        "The server refused this. Call the supervisor.",
    );
    let (zh, en, kind) = match code::explain(code) {
        Some(Explanation { zh, en, kind, .. }) => (*zh, *en, *kind),
        None => (unknown.0, unknown.1, code::kind(code)),
    };
    DoorError {
        code: code.to_owned(),
        message: language.pick(zh, en).to_owned(),
        kind: match kind {
            RefusalKind::Yours => FaultKind::Yours,
            RefusalKind::TryAgain => FaultKind::Again,
            RefusalKind::Ours => FaultKind::Ours,
        },
        action: None,
        wait_ms: None,
        person: None,
    }
}
