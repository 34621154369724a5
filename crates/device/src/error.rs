//! Why something cannot be done on the phone, and what the person is to do.

use std::io;

use hudang_evidence::entry::EntryError;
use hudang_evidence::note::NoteError;
use hudang_evidence::profile::ProfileError;
use hudang_evidence::seal::SealError;
use hudang_evidence::snapshot::SnapshotError;
use hudang_media::audio::AudioError;
use hudang_media::lang::Lang;
use hudang_media::photo::PhotoError;
use hudang_visit::Language;
use hudang_visit::accept::Quarantine;
use hudang_visit::assess::Assessment;
use hudang_visit::document::DocumentError;
use hudang_visit::questionnaire::filling::FillingError;
use hudang_visit::questionnaire::moving::MoveError;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, DeviceError>;

/// Why something cannot be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The key is not the one that the store was made with, or the file is no store.
    #[error("the store does not open with this key")]
    StoreKey,
    /// The store was written by a later version of the app.
    #[error("the store has format {found}, this app knows up to {known}")]
    StoreVersion {
        /// Format of the store.
        found: u64,
        /// The latest format that is known here.
        known: u64,
    },
    /// There is a store already, or none.
    #[error("a store where none should be, or none where one should be")]
    StorePlace,
    /// Another process has the store open.
    #[error("another process has the store open")]
    StoreLocked,
    /// What is stored contradicts itself.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// Another disk failure.
    #[error("the disk failed: {0}")]
    Io(io::Error),
    /// The database failed.
    #[error("the database failed: {0}")]
    Sql(rusqlite::Error),
    /// Too little free space for a new photo or recording.
    #[error("{free_bytes} bytes are free, {needed_bytes} are needed")]
    SpaceLow {
        /// What is free.
        free_bytes: u64,
        /// What must be free.
        needed_bytes: u64,
    },
    /// The PIN is too short.
    #[error("a PIN has at least 6 characters")]
    PinShort,
    /// The PIN is wrong.
    #[error("wrong PIN; the next try is possible in {wait_ms} ms")]
    PinWrong {
        /// How long the next try has to wait.
        wait_ms: u64,
    },
    /// Too many wrong PINs: the person must wait.
    #[error("the next try is possible in {wait_ms} ms")]
    PinWait {
        /// How long.
        wait_ms: u64,
    },
    /// Nobody of this name is enrolled on the phone.
    #[error("nobody of this name is enrolled here")]
    PersonUnknown,
    /// The person's key is locked.
    #[error("the person's key is locked")]
    PersonLocked,
    /// The invitation is not usable.
    #[error("the invitation is not usable")]
    Invitation,
    /// The invitation is of another server than the one that the phone works with.
    #[error("an invitation of another server")]
    OtherServer,
    /// The server has not confirmed the enrolment of this key, and somebody else's data is on the phone.
    #[error("the enrolment is not confirmed yet")]
    EnrolmentPending,
    /// The server's confirmation does not fit.
    #[error("the confirmation of the enrolment does not fit")]
    Confirmation,
    /// There is no such visit on the phone, or the person has not opened it.
    #[error("the visit is not open for this person")]
    VisitUnknown,
    /// The visit exists with another household, contract or form.
    #[error("the visit is about something else")]
    VisitOther,
    /// The form is not on the phone.
    #[error("the form is not here")]
    FormUnknown,
    /// The contract is not on the phone.
    #[error("the contract is not here")]
    ContractUnknown,
    /// The visit is sealed.
    #[error("the visit is sealed")]
    VisitSealed,
    /// The visit is void and takes nothing.
    #[error("the visit is void")]
    VisitVoided,
    /// The person left no own trace in the visit: the signature would not count.
    #[error("{0} left no own trace in the visit")]
    SignerAbsent(hudang_evidence::id::PersonId),
    /// The contract takes no visit whose two signers used one phone.
    #[error("two people may not sign on one phone under this contract")]
    SharedPhone,
    /// A household's signature was to be written by somebody of the contractor's.
    #[error("an investigator signs for nobody in the household")]
    ProxyInvestigator,
    /// It is not decided how the visit ended.
    #[error("the visit has no outcome yet")]
    NoOutcome,
    /// The visit cannot go over to that form.
    #[error(transparent)]
    Move(MoveError),
    /// The answers are no longer those that the preview of the move showed.
    #[error("the answers have changed since the move was shown")]
    PlanChanged,
    /// There are answers in conflict.
    #[error("{0} answers stand in conflict")]
    Conflicts(usize),
    /// There are fields whose answers were typed and not confirmed.
    #[error("{0} answers are still being typed")]
    Drafts(usize),
    /// A recording of the visit is not finished.
    #[error("a recording is not finished")]
    RecordingOpen,
    /// Something that the standard wants is missing.
    #[error("{} things are missing", .0.missing.len())]
    Incomplete(Box<Assessment>),
    /// Everything here is signed by this person already.
    #[error("sealed by this person already")]
    AlreadySealed,
    /// The office sent the visit back, and nothing was mended since.
    #[error("sent back, and nothing is mended yet")]
    Unmended,
    /// There is no such entry in the visit.
    #[error("there is no such entry")]
    EntryUnknown,
    /// One's own entry cannot be confirmed by oneself.
    #[error("a witness must be another person")]
    WitnessSelf,
    /// There is no such recording.
    #[error("there is no such recording")]
    RecordingUnknown,
    /// A piece of a recording was given before the one that goes before it.
    #[error("sound before this piece is missing")]
    RecordingGap,
    /// The original is not on the phone.
    #[error("the original is not here")]
    BlobGone,
    /// The original on the disk is not what it was.
    #[error("the original is damaged on the disk")]
    BlobDamaged,
    /// The photo is refused.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// The recording is refused.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The form does not take the answer.
    #[error(transparent)]
    Answer(FillingError),
    /// The document refuses the change.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// What came from elsewhere is kept aside.
    #[error(transparent)]
    Quarantine(#[from] Quarantine),
    /// A statement cannot be written in the form of evidence.
    #[error("cannot be stated: {0}")]
    Evidence(String),
}

impl DeviceError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::StoreKey => "STORE-KEY",
            Self::StoreVersion { .. } => "STORE-VERSION",
            Self::StorePlace => "STORE-PLACE",
            Self::StoreLocked => "STORE-LOCKED",
            Self::Damaged(_) => "STORE-DAMAGED",
            Self::Full => "STORE-FULL",
            Self::Io(_) | Self::Sql(_) => "STORE-IO",
            Self::SpaceLow { .. } => "SPACE-LOW",
            Self::PinShort => "PIN-SHORT",
            Self::PinWrong { .. } => "PIN-WRONG",
            Self::PinWait { .. } => "PIN-WAIT",
            Self::PersonUnknown => "PERSON-UNKNOWN",
            Self::PersonLocked => "PERSON-LOCKED",
            Self::Invitation => "ENROL-INVITATION",
            Self::OtherServer => "INVITATION-FOREIGN",
            Self::EnrolmentPending => "ENROL-PENDING",
            Self::Confirmation => "ENROL-CONFIRMATION",
            Self::VisitUnknown => "VISIT-UNKNOWN",
            Self::VisitOther => "VISIT-OTHER",
            Self::FormUnknown => "FORM-UNKNOWN",
            Self::ContractUnknown => "CONTRACT-UNKNOWN",
            Self::VisitSealed => "VISIT-SEALED",
            Self::VisitVoided => "VISIT-VOIDED",
            Self::Move(error) => error.code(),
            Self::PlanChanged => "MOVE-CHANGED",
            Self::NoOutcome => "VISIT-OUTCOME",
            Self::Conflicts(_) => "VISIT-CONFLICT",
            Self::Drafts(_) => "VISIT-DRAFT",
            Self::RecordingOpen => "RECORDING-OPEN",
            Self::Incomplete(_) => "VISIT-INCOMPLETE",
            Self::SignerAbsent(_) => "SIGNER-ABSENT",
            Self::SharedPhone => "SHARED-PHONE",
            Self::ProxyInvestigator => "SIGN-PROXY",
            Self::AlreadySealed => "SEAL-ALREADY",
            Self::Unmended => "SEAL-UNMENDED",
            Self::EntryUnknown => "ENTRY-UNKNOWN",
            Self::WitnessSelf => "WITNESS-SELF",
            Self::RecordingUnknown => "RECORDING-UNKNOWN",
            Self::RecordingGap => "RECORDING-GAP",
            Self::BlobGone => "BLOB-GONE",
            Self::BlobDamaged => "BLOB-DAMAGED",
            Self::Photo(error) => error.code(),
            Self::Audio(error) => error.code(),
            Self::Answer(error) => error.code(),
            Self::Document(error) => error.code(),
            Self::Quarantine(error) => error.code(),
            Self::Evidence(_) => "ENTRY-FORM",
        }
    }

    /// What happened and what to do.
    pub fn message(&self, language: Language) -> String {
        let lang = match language {
            Language::Zh => Lang::ZhCn,
            Language::En => Lang::En,
        };
        match self {
            Self::Photo(error) => return error.message(lang),
            Self::Audio(error) => return error.message(lang),
            Self::Answer(error) => return error.message(language),
            Self::Move(error) => return error.message(language),
            Self::Quarantine(error) => return error.message(language).to_owned(),
            Self::SpaceLow {
                free_bytes,
                needed_bytes,
            } => {
                let (free, needed) = (free_bytes >> 20, needed_bytes >> 20);
                return match language {
                    Language::Zh => format!(
                        "手机空间不足（剩余 {free} MB，需要 {needed} MB），暂不能拍照或录音；填写的答案照常保存。请清理空间或先同步。"
                    ),
                    Language::En => format!(
                        "Too little space ({free} MB free, {needed} MB needed) for photos and recordings; answers are still saved. Free some space or sync first."
                    ),
                };
            }
            Self::PinWrong { wait_ms } | Self::PinWait { wait_ms } => {
                let seconds = wait_ms.div_ceil(1000);
                let is_wrong = matches!(self, Self::PinWrong { .. });
                return match language {
                    Language::Zh => format!(
                        "{}请在 {seconds} 秒后再试。忘记密码请向办公室索取新的登记码；已采集的资料都在。",
                        if is_wrong { "密码不对。" } else { "" }
                    ),
                    Language::En => format!(
                        "{}Try again in {seconds} s. If the PIN is forgotten, ask the office for a new code; nothing collected is lost.",
                        if is_wrong { "Wrong PIN. " } else { "" }
                    ),
                };
            }
            Self::SignerAbsent(person) => {
                return match language {
                    Language::Zh => format!(
                        "{person} 在这次入户中还没有自己的到场留痕，签名不会被计入。请本人在自己名下定位、拍一张照片或确认一页问卷，再封存。"
                    ),
                    Language::En => format!(
                        "{person} has left no own trace in this visit, so that the signature would not count. Take a position or a photo in that person's name, or confirm a page of the form; then seal."
                    ),
                };
            }
            _ => {}
        }
        let (zh, en) = self.wording();
        language.pick(zh, en).to_owned()
    }

    /// The sentences without figures.
    #[expect(clippy::too_many_lines, reason = "a catalogue, one line per error")]
    const fn wording(&self) -> (&'static str, &'static str) {
        match self {
            Self::StoreKey => (
                "手机密钥库给出的钥匙打不开资料库。请重启手机后再试,不要卸载应用;仍不行请联系督导。",
                "The phone's keystore does not open the store. Restart the phone and do not remove the app; then call the supervisor.",
            ),
            Self::StoreVersion { .. } => (
                "资料库由更新的版本写成。请更新应用。",
                "The store was written by a later version. Update the app.",
            ),
            Self::StorePlace => (
                "资料库位置不对:已有资料库,或没有资料库。请重启应用。",
                "There is a store already, or none. Restart the app.",
            ),
            Self::StoreLocked => (
                "另一个程序正在使用这个资料库。请先关闭它,再做这一步。",
                "Another program has this store open. Close it first, then do this step again.",
            ),
            Self::Damaged(_) | Self::Io(_) | Self::Sql(_) | Self::BlobDamaged => (
                "手机存储出错,已保存的资料仍在。请重启应用;仍不行请保留手机并联系督导。",
                "The phone's storage failed; what was saved is still there. Restart the app, then keep the phone and call the supervisor.",
            ),
            Self::Full => (
                "手机空间已满,这一步没有保存。请清理空间后重做这一步;之前的资料都在。",
                "The phone is full and this step was not saved. Free some space and do it again; all before it is kept.",
            ),
            Self::PinShort => (
                "密码至少 6 位，请重新设置。",
                "A PIN has at least 6 characters. Choose a longer one.",
            ),
            Self::PersonUnknown => (
                "此人没有在这部手机上登记。请扫描办公室给的二维码登记。",
                "This person is not enrolled on this phone. Scan the office's code.",
            ),
            Self::PersonLocked => (
                "请输入密码解锁后再做这一步。",
                "Unlock with the PIN first, then do this step.",
            ),
            Self::ProxyInvestigator => (
                "调查员不能替被访户签字。请由被访户指定的其他人代签，或按手印；确为同名的，请写明关系，如“王建国（儿子）”。",
                "An investigator signs for nobody in the household. Let somebody else whom they name sign, or take a thumbprint; for a namesake add who it is, e.g. “Wang Jianguo (son)”.",
            ),
            Self::Invitation => (
                "登记码无法使用。请向办公室索取新的二维码。",
                "The invitation is not usable. Ask the office for a new code.",
            ),
            Self::OtherServer => (
                "登记码不是本机所用服务器签发的，本机的口令、密钥和服务器地址均未改变。请向督导核实二维码来源，或换一部手机登记。",
                "The server that this phone knows did not sign the invitation; nothing was changed. Ask your supervisor where the code is from, or use another phone.",
            ),
            Self::EnrolmentPending => (
                "登记尚未得到服务器确认。请连上网络同步一次，确认后再输入口令。",
                "The server has not confirmed the enrolment yet. Sync once over a network, then give the PIN.",
            ),
            Self::Confirmation => (
                "服务器的登记确认不符。请再登记一次;仍不行请联系督导。",
                "The server's confirmation does not fit. Enrol again, then call the supervisor.",
            ),
            Self::VisitUnknown => (
                "您还没有打开这次入户。请先打开。",
                "You have not opened this visit. Open it first.",
            ),
            Self::VisitOther => (
                "这次入户的户、合同或表单与手机里的不同。请同步任务后再打开。",
                "Household, contract or form differ from what is on the phone. Sync, then open the visit again.",
            ),
            Self::FormUnknown => (
                "手机里没有这份表单。请先同步。",
                "The form is not on the phone. Sync first.",
            ),
            Self::ContractUnknown => (
                "手机里没有这份合同。请先同步。",
                "The contract is not on the phone. Sync first.",
            ),
            Self::VisitVoided => (
                "这次入户已作废,不能再记录。要继续,请先在入户页点“恢复”。",
                "The visit is void and takes no more. To go on, bring it back on its page first.",
            ),
            Self::VisitSealed => (
                "这次入户已封存,不能再改。需要更正请撤回有误的条目后重新封存。",
                "The visit is sealed and takes no more. To correct it, withdraw the wrong entry and seal again.",
            ),
            Self::PlanChanged => (
                "预览之后答案又有变化,表单没有更换。请重新预览后再换。",
                "The answers have changed since the preview; the form was not changed. Look at the preview again, then do it.",
            ),
            Self::NoOutcome => ("请先选择入户结果。", "Choose how the visit ended first."),
            Self::Conflicts(_) => (
                "有答案与搭档填写的不同。请逐项选定后再做这一步。",
                "Some answers differ from the partner's. Pick one for each, then do this step.",
            ),
            Self::Drafts(_) => (
                "还有正在填写的答案。请确认该页后再做这一步。",
                "Some answers are still being typed. Confirm the page, then do this step.",
            ),
            Self::RecordingOpen => (
                "录音还没有结束。请先结束或处理未完成的录音。",
                "A recording is not finished. Finish or settle it first.",
            ),
            Self::Incomplete(_) => (
                "还缺必需的内容。请按清单补齐,或填写免留痕说明。",
                "Required pieces are missing. Complete the list, or write a waiver.",
            ),
            Self::SharedPhone => (
                "本合同不接受两人共用一部手机的入户。请同行调查员用自己的手机扫入户码加入，并在自己的手机上封存。",
                "This contract takes no visit that two people signed on one phone. The partner joins by the visit's code on an own phone, and seals there.",
            ),
            Self::AlreadySealed => (
                "您已经封存过,无需再封存。",
                "You have sealed this already; nothing to do.",
            ),
            Self::Unmended => (
                "这次入户被退回，还没有补正任何内容。请按退回意见补正；确实无需改动的，请写一条备注说明，再封存。",
                "This visit was sent back and nothing is mended yet. Mend what the comments say, or write a note that \
                 explains why nothing changes; then seal.",
            ),
            Self::EntryUnknown => (
                "找不到这条记录。请刷新后再试。",
                "There is no such entry. Refresh and try again.",
            ),
            Self::WitnessSelf => (
                "证明人必须是另一位调查员。",
                "The witness must be the other investigator.",
            ),
            Self::RecordingUnknown => (
                "找不到这段录音。请刷新后再试。",
                "There is no such recording. Refresh and try again.",
            ),
            Self::RecordingGap => (
                "这段录音中间缺了一截，后面的没有再存。已存好的部分还在，请保存它，再开始一段。",
                "Sound is missing in the middle of this recording, and what follows was not kept. Keep what there is, then begin another.",
            ),
            Self::BlobGone => (
                "手机里已没有这份原件;服务器上仍可查看。",
                "The original is no longer on the phone; it can be seen on the server.",
            ),
            Self::Document(_) => (
                "这项内容不能这样填写。请检查后重填。",
                "This cannot be filled in like that. Check it and fill it in again.",
            ),
            _ => (
                "这项内容不能写成证据。请缩短或修改文字后重试。",
                "This cannot be written as evidence. Shorten or change the text and try again.",
            ),
        }
    }
}

impl From<rusqlite::Error> for DeviceError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            Some(rusqlite::ErrorCode::NotADatabase) => Self::StoreKey,
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Sql(error),
        }
    }
}

impl From<FillingError> for DeviceError {
    fn from(error: FillingError) -> Self {
        match error {
            FillingError::Document(error) => Self::Document(error),
            other => Self::Answer(other),
        }
    }
}

impl From<MoveError> for DeviceError {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Document(error) => Self::Document(error),
            other => Self::Move(other),
        }
    }
}

impl From<io::Error> for DeviceError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

macro_rules! evidence_errors {
    ($($name:ident),+) => { $(
        impl From<$name> for DeviceError {
            fn from(error: $name) -> Self {
                Self::Evidence(error.to_string())
            }
        }
    )+ };
}
evidence_errors!(EntryError, NoteError, ProfileError, SealError, SnapshotError);

/// What is stored cannot be read back.
pub(crate) fn damaged(what: &str, error: impl core::fmt::Display) -> DeviceError {
    DeviceError::Damaged(format!("{what}: {error}"))
}
