//! The codes of sync, each with who can do something about it and what to do.

use crate::wire::RefusalKind;

/// The message is larger than the server accepts.
pub const TOO_LARGE: &str = "SYNC-TOO-LARGE";
/// Of a later version than the reader's.
pub const VERSION: &str = "SYNC-VERSION";
/// Not the bytes of a message.
pub const MALFORMED: &str = "SYNC-MALFORMED";
/// An entry came before the one that it follows.
pub const HOLE: &str = "SYNC-HOLE";
/// Two entries of one device follow the same one.
pub const FORK: &str = "SYNC-FORK";
/// An entry continues its device's history but not its chain in the visit; it is kept, the visit gets a finding.
pub const CHAIN: &str = "SYNC-CHAIN";
/// The bytes are not an entry of the form that is accepted.
pub const ENTRY: &str = "SYNC-ENTRY";
/// An entry is not signed by the device that it names.
pub const ENTRY_SIGNATURE: &str = "SYNC-ENTRY-SIGNATURE";
/// The bytes are not a seal.
pub const SEAL: &str = "SYNC-SEAL";
/// A seal carries no signature of an enrolled device, or one that does not verify.
pub const SEAL_SIGNATURE: &str = "SYNC-SEAL-SIGNATURE";
/// A seal is kept, but entries that it names have not arrived; its receipt waits for them.
pub const SEAL_WAITS: &str = "SYNC-SEAL-WAITS";
/// The bytes are not a snapshot with its own values.
pub const SNAPSHOT: &str = "SYNC-SNAPSHOT";
/// The bytes are not remarks.
pub const REMARK: &str = "SYNC-REMARK";
/// No entry names the remark yet.
pub const REMARK_UNNAMED: &str = "SYNC-REMARK-UNNAMED";
/// The bytes are not a document, or not of the document that they name.
pub const DOCUMENT: &str = "SYNC-DOCUMENT";
/// The installation may not write the document.
pub const DOCUMENT_FORBIDDEN: &str = "SYNC-DOCUMENT-FORBIDDEN";
/// Applying the change would harm the document; it is kept apart.
pub const DOCUMENT_HOSTILE: &str = "SYNC-DOCUMENT-HOSTILE";
/// No entry that the server holds names the original.
pub const BLOB_UNNAMED: &str = "SYNC-BLOB-UNNAMED";
/// The original does not have the hash that it is named by.
pub const BLOB_MISMATCH: &str = "SYNC-BLOB-MISMATCH";
/// The original is no longer on the phone.
pub const BLOB_GONE: &str = "SYNC-BLOB-GONE";
/// The device is not enrolled here.
pub const DEVICE_UNKNOWN: &str = "SYNC-DEVICE-UNKNOWN";
/// The device was enrolled and is revoked.
pub const DEVICE_REVOKED: &str = "SYNC-DEVICE-REVOKED";
/// The device is not enrolled under the contract that the entry names.
pub const OTHER_CONTRACT: &str = "SYNC-OTHER-CONTRACT";
/// It depends on an item that was refused and waits for it.
pub const WAITS: &str = "SYNC-WAITS";
/// The server failed on this item.
pub const SERVER_FAULT: &str = "SYNC-SERVER-FAULT";
/// The request's counter was used before.
pub const REPLAY: &str = "SYNC-REPLAY";
/// The request's headers are missing or malformed.
pub const HEADERS: &str = "SYNC-HEADERS";
/// A time that came with an answer is not signed by the server's key.
pub const TIME_SIGNATURE: &str = "TIME-SIGNATURE";
/// The request's signature or body hash does not fit.
pub const SIGNATURE: &str = "SYNC-SIGNATURE";

/// What a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// Stable code.
    pub code: &'static str,
    /// Who can do something about it.
    pub kind: RefusalKind,
    /// What happened and what to do, in Chinese.
    pub zh: &'static str,
    /// What happened and what to do, in English.
    pub en: &'static str,
}

/// The explanation of a code; nothing for codes of other rooms or later versions.
pub fn explain(code: &str) -> Option<&'static Explanation> {
    EXPLANATIONS.iter().find(|explanation| explanation.code == code)
}

/// Who can do something about a refusal with this code; what is not known may pass later.
pub fn kind(code: &str) -> RefusalKind {
    explain(code).map_or(RefusalKind::TryAgain, |explanation| explanation.kind)
}

const fn yours(code: &'static str, zh: &'static str, en: &'static str) -> Explanation {
    Explanation {
        code,
        kind: RefusalKind::Yours,
        zh,
        en,
    }
}

const fn again(code: &'static str, zh: &'static str, en: &'static str) -> Explanation {
    Explanation {
        code,
        kind: RefusalKind::TryAgain,
        zh,
        en,
    }
}

const fn ours(code: &'static str, zh: &'static str, en: &'static str) -> Explanation {
    Explanation {
        code,
        kind: RefusalKind::Ours,
        zh,
        en,
    }
}

/// Every code of this crate.
pub const EXPLANATIONS: &[Explanation] = &[
    yours(
        TOO_LARGE,
        "这一条太大,服务器不收。资料仍在手机里,请联系督导导出处理。",
        "This item is larger than the server accepts. It stays on the phone; ask the supervisor to export it.",
    ),
    yours(
        VERSION,
        "服务器和手机的版本不一致。请更新应用后再同步,资料不会丢。",
        "The app and the server are of different versions. Update the app and sync again; nothing is lost.",
    ),
    ours(
        MALFORMED,
        "传来的内容无法读懂。资料仍在手机里,请再同步一次;仍不行请联系系统管理员。",
        "The message could not be read. Everything stays on the phone; sync again, then call the administrator.",
    ),
    again(
        HOLE,
        "前面还有条目没有送到,系统会先补送,无需操作。",
        "An earlier entry has not arrived yet. It will be sent first; nothing to do.",
    ),
    yours(
        FORK,
        "这部手机的记录出现了两个版本(可能由备份恢复)。两个版本都已保留为证据;请停用此手机并由办公室重新登记。",
        "This phone's record has two versions, perhaps from a restored backup. Both are kept as proof; stop using the phone and have the office enrol it anew.",
    ),
    yours(
        CHAIN,
        "这条证据与本户前面的条目接不上。条目已保留,这次入户会被标出;请联系督导核对。",
        "This entry does not continue the visit's record. It is kept and the visit is marked; call the supervisor.",
    ),
    yours(
        ENTRY,
        "这条证据的格式不对,服务器不收。请在手机上重做这一步,原条目会保留。",
        "This entry is malformed and was not taken. Do the step again on the phone; the old entry stays.",
    ),
    yours(
        ENTRY_SIGNATURE,
        "这条证据的签名不对,服务器不收。请联系督导重新登记这部手机。",
        "This entry's signature does not fit and it was not taken. Ask the supervisor to enrol the phone anew.",
    ),
    yours(
        SEAL,
        "封存的格式不对,服务器不收。请重新封存这次入户。",
        "The seal is malformed. Seal the visit again.",
    ),
    yours(
        SEAL_SIGNATURE,
        "封存上没有已登记调查员的有效签名。请两名调查员重新签名封存。",
        "The seal has no valid signature of an enrolled investigator. Have both investigators seal it again.",
    ),
    again(
        SEAL_WAITS,
        "封存已收到,但搭档的部分条目还没有送到。请提醒搭档同步。",
        "The seal arrived, but entries of the partner did not. Remind the partner to sync.",
    ),
    yours(
        SNAPSHOT,
        "答案快照与其内容不符,服务器不收。请在手机上重新确认该页。",
        "The answers do not fit their snapshot. Confirm the page again on the phone.",
    ),
    yours(
        REMARK,
        "备注的格式不对,服务器不收。请重新填写备注。",
        "The remark is malformed. Write it again.",
    ),
    again(
        REMARK_UNNAMED,
        "备注所属的条目还没有送到,系统会自动再送。",
        "The entry that the remark belongs to has not arrived yet; it will be sent again.",
    ),
    yours(
        DOCUMENT,
        "户档文件读不出来,服务器不收。资料仍在手机里,请联系督导。",
        "The document cannot be read and was not taken. It stays on the phone; call the supervisor.",
    ),
    yours(
        DOCUMENT_FORBIDDEN,
        "这一户没有分配给您,不能修改。请联系督导分配后再同步。",
        "This household is not assigned to you. Ask the supervisor to assign it, then sync again.",
    ),
    yours(
        DOCUMENT_HOSTILE,
        "这项修改会损坏户档,已单独隔离保存。请联系督导核对这一户。",
        "The change would damage the file and is kept apart. Have the supervisor look at this household.",
    ),
    again(
        BLOB_UNNAMED,
        "照片或录音所属的条目还没有送到,系统会先送条目。",
        "The entry that names this photo or recording has not arrived yet; it goes first.",
    ),
    yours(
        BLOB_MISMATCH,
        "照片或录音与登记的指纹不符,文件可能已损坏。请联系督导,必要时补拍并说明。",
        "The photo or recording is not the one that was registered; the file may be damaged. Call the supervisor.",
    ),
    yours(
        BLOB_GONE,
        "手机里找不到这张照片或录音的原件。请联系督导,必要时补拍并说明。",
        "The original is no longer on the phone. Call the supervisor; take it again and say why.",
    ),
    yours(
        DEVICE_UNKNOWN,
        "这部手机没有登记。请扫描办公室给的二维码登记后再同步,资料不会丢。",
        "This phone is not enrolled. Scan the office's code and sync again; nothing is lost.",
    ),
    yours(
        DEVICE_REVOKED,
        "这部手机已被停用,新的条目不再接收。请联系督导。",
        "This phone is revoked and new entries are not taken. Call the supervisor.",
    ),
    yours(
        OTHER_CONTRACT,
        "这条证据写的合同不是您登记的合同。请联系督导核对合同。",
        "The entry names a contract that you are not enrolled for. Ask the supervisor which one is right.",
    ),
    again(
        WAITS,
        "前面的一条被退回,这一条要等它处理好再送。",
        "An item before this one was refused; this one waits until that is settled.",
    ),
    ours(
        SERVER_FAULT,
        "服务器处理这一条时出错。资料仍在手机里,稍后会再试;请告知系统管理员。",
        "The server failed on this item. It stays on the phone and is tried again later; tell the administrator.",
    ),
    again(
        REPLAY,
        "这次请求的序号已用过,系统会换新序号再送,无需操作。",
        "The request's number was used before; it is sent again under a new one. Nothing to do.",
    ),
    ours(
        HEADERS,
        "请求缺少签名信息。请更新应用;仍不行请联系系统管理员。",
        "The request lacks its signature. Update the app, then call the administrator.",
    ),
    yours(
        TIME_SIGNATURE,
        "服务器给出的时间签名不对，没有采用。资料照常保存；请联系督导核对服务器。",
        "The server's time is not signed by its known key and was not used. Nothing is lost; have the supervisor check the server.",
    ),
    yours(
        SIGNATURE,
        "请求的签名不对。请联系督导重新登记这部手机。",
        "The request's signature does not fit. Ask the supervisor to enrol the phone anew.",
    ),
];
