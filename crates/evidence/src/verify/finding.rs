//! Findings: what was found, by a stable code, and how heavy it weighs.

use core::fmt;

use crate::entry::EntryError;
use crate::note::NoteError;
use crate::seal::SealError;

/// How heavy a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Worth a look; the evidence holds together.
    Notice,
    /// Something is still to come; nothing contradicts.
    Awaited,
    /// The evidence does not hold together.
    Broken,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $weight:ident, $zh:literal, $en:literal;)*) => {
        /// What was found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $variant),* }

        impl Code {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as it stands in reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// How heavy it weighs.
            pub const fn weight(self) -> Weight {
                match self { $(Self::$variant => Weight::$weight),* }
            }

            /// What people read, in Chinese.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),* }
            }

            /// What people read, in English.
            pub const fn en(self) -> &'static str {
                match self { $(Self::$variant => $en),* }
            }
        }
    };
}

codes! {
    /// Subject: SHA-256 of the note.
    EntrySignature = "ENTRY-SIGNATURE", Broken,
        "证据条目签名不符：该条目被改动过，请向原手机索取原件", "an entry's signature does not verify: get it again from its phone";
    /// Subject: SHA-256 of the note.
    EntryForm = "ENTRY-FORM", Broken,
        "证据条目格式不符：请升级软件后重新核验，仍不符则视为被改动", "not an entry of a known form: verify again with a newer version";
    /// Subject: SHA-256 of the note.
    EntrySequence = "ENTRY-SEQUENCE", Broken,
        "证据条目序号与前一条目矛盾", "an entry's number and predecessor contradict each other";
    /// Subject: the device.
    KeyUnknown = "KEY-UNKNOWN", Broken,
        "证据条目由未登记的密钥签名：请核对登记名册", "signed by a key that nobody enrolled: check the enrolments";
    /// Subject: the note.
    SignerUnknown = "SIGNER-UNKNOWN", Broken,
        "有一行签名的密钥未登记", "a signature line names a key that nobody enrolled";
    /// Subject: the entry, seal or receipt.
    Spliced = "SPLICED", Broken,
        "材料属于另一次入户", "belongs to another visit";
    /// Subject: the entry.
    ChainTwice = "CHAIN-TWICE", Notice,
        "同一条目出现两次", "one entry stands twice";
    /// Subject: the entry.
    ChainOrder = "CHAIN-ORDER", Broken,
        "条目存放次序与链的次序不同", "entries are not kept in the order of their chain";
    /// Subject: the device and the missing number.
    ChainHole = "CHAIN-HOLE", Broken,
        "缺号：链中缺少条目，请向该手机补传", "a number is missing in a chain: its phone must send it";
    /// Subject: the device and the number.
    ChainFork = "CHAIN-FORK", Broken,
        "分叉：同一序号有两个不同条目", "two different entries have one number in a chain";
    /// Subject: the entry.
    ChainPrev = "CHAIN-PREV", Broken,
        "条目所指的前一条目不是链中的前一条目", "an entry names another predecessor than stands before it";
    /// Subject: the entry.
    ChainOpen = "CHAIN-OPEN", Broken,
        "链不以开始入户的条目起头，或中途再次开始", "a chain does not begin with opening the visit, or opens it again";
    /// Subject: the entry.
    OpenPerson = "OPEN-PERSON", Broken,
        "开始入户的人不是密钥持有人", "the visit was opened in another name than the key's holder";
    /// Subject: the device and the missing number.
    DeviceHole = "DEVICE-HOLE", Broken,
        "设备缺号：该手机有未交出的条目", "a number of the device is missing over all visits";
    /// Subject: the device and the number.
    DeviceFork = "DEVICE-FORK", Broken,
        "设备分叉：同一设备序号有两个不同条目", "two different entries have one number of the device";
    /// Subject: the entry.
    DevicePrev = "DEVICE-PREV", Broken,
        "条目所指的设备前一条目不符", "an entry names another predecessor of the device than stands before it";
    /// Subject: the entry.
    ClockJump = "CLOCK-JUMP", Notice,
        "两条目之间手机时钟被拨动超过 2 分钟", "the phone's clock was moved by more than two minutes between entries";
    /// Subject: the entry.
    ClockBack = "CLOCK-BACK", Notice,
        "同一次开机内计时倒退", "the boot-time clock went backwards within one boot";
    /// Subject: the entry.
    ClockOff = "CLOCK-OFF", Notice,
        "手机时钟与服务器相差超过 2 分钟", "the phone's clock differs from the server's by more than two minutes";
    /// Subject: the entry.
    ClockConflict = "CLOCK-CONFLICT", Notice,
        "手机计时与服务器时间互相矛盾，开机计时不予采信", "the boot-time clock contradicts what the server saw and is not believed";
    /// Subject: the entry.
    AnchorSignature = "ANCHOR-SIGNATURE", Broken,
        "时间凭据不是服务器签给该手机和该次开机的", "a signed time that the server did not give to this phone in this boot";
    /// Subject: the seal.
    SealSignature = "SEAL-SIGNATURE", Broken,
        "封存签名不符", "a seal's signature does not verify";
    /// Subject: the seal.
    SealForm = "SEAL-FORM", Broken,
        "封存格式不符", "not a seal of a known form";
    /// Subject: the device.
    SealParticipant = "SEAL-PARTICIPANT", Broken,
        "封存的签名人或参与人与登记不符", "a seal is signed by, or names, someone who does not match the enrolments";
    /// Subject: the device.
    SealUnsigned = "SEAL-UNSIGNED", Awaited,
        "封存缺少参与人的签名", "a participant of the governing seal has not signed it";
    /// Subject: the device and why, as [`super::Stale`] names it.
    SignatureStale = "SIGNATURE-STALE", Awaited,
        "签名之后封存内容有变，原签名不再有效：请两人重新核对并签名", "what was signed has changed since: both look at it again and sign anew";
    /// Subject: the device.
    SignerRefused = "SIGNER-REFUSED", Notice,
        "有一个签名不被接受（密钥未登记、已停用、属于其他合同或不是参与人）：该签名不计", "a signature was not admitted (its key is unknown, revoked, of another contract, or of nobody who took part): it counts for nothing";
    /// Subject: the device.
    SignerAbsent = "SIGNER-ABSENT", Awaited,
        "签名人没有自己的到场留痕：请本人在自己名下定位、拍照或确认一页问卷，再重新签名", "whoever signed left no own trace of having been there: take a position, a photo or confirm a page in that name, then sign again";
    /// Subject: the two devices.
    SharedPhone = "SHARED-PHONE", Notice,
        "两名调查员在同一部手机上签名：待购买主体认定", "both investigators signed on one phone: for the purchaser to decide";
    /// Subject: the two devices.
    SharedMachine = "SHARED-MACHINE", Notice,
        "两名调查员的手机在同一时刻开机，可能是同一台机器：待购买主体认定", "the phones of both investigators were started at one moment and may be one machine: for the purchaser to decide";
    /// Subject: the seal.
    SealsCompete = "SEALS-COMPETE", Awaited,
        "两份封存互不衔接：请任一调查员重新封存", "two seals stand side by side: one investigator must seal again";
    /// Subject: the seal that is not here.
    SealAwaited = "SEAL-AWAITED", Awaited,
        "封存所替换的前一份封存未到", "the seal that another supersedes is not here";
    /// Subject: the device and the number.
    SealTail = "SEAL-TAIL", Broken,
        "链尾被截：封存覆盖的条目不在", "the tail of a chain is gone: the seal covers entries that are not here";
    /// Subject: the device and the number.
    SealHead = "SEAL-HEAD", Broken,
        "封存所指的链尾条目与链中不同", "a seal names another entry than stands in the chain";
    /// Subject: the seal.
    SealHeader = "SEAL-HEADER", Broken,
        "封存的户、合同、表或标准与开始入户时不同", "household, contract, form or standard differ between opening and sealing";
    /// Subject: the seal.
    SealOpened = "SEAL-OPENED", Broken,
        "封存的入户时间不是最早的开始时间", "the seal's opening time is not that of the earliest opening";
    /// Subject: the blob.
    SealMedia = "SEAL-MEDIA", Broken,
        "封存的原件清单与条目不一致", "the seal's list of originals differs from its entries";
    /// Subject: the entry.
    EntryAfterSeal = "ENTRY-AFTER-SEAL", Broken,
        "封存之后又有不允许的条目", "an entry after the seal is of a kind that is not allowed there";
    /// Subject: the device.
    ChainUnsealed = "CHAIN-UNSEALED", Awaited,
        "有一条链未被封存覆盖：该调查员须补封存", "a chain is not covered by the seal: its investigator must seal too";
    /// Subject: the blob.
    MediaAwaited = "MEDIA-AWAITED", Awaited,
        "原件未到", "an original is not here";
    /// Subject: the blob.
    MediaSwapped = "MEDIA-SWAPPED", Broken,
        "原件被调换：内容与其哈希不符", "an original was exchanged: its bytes have another hash";
    /// Subject: the blob.
    MediaClaim = "MEDIA-CLAIM", Broken,
        "原件与登记不符：大小、类型、像素或时长不是条目所写，请撤回该条并重新拍摄或录音", "an original is not what its entry claims in size, type, pixels or length: withdraw the entry and take it again";
    /// Subject: the blob.
    MediaFacts = "MEDIA-FACTS", Notice,
        "原件的细节与登记略有不同，以服务器查验为准", "details of an original differ from its entry; what the inspection saw governs";
    /// Subject: the blob.
    PhotoUnreadable = "PHOTO-UNREADABLE", Notice,
        "照片画面在此无法读取，须人工查看；请把相机格式设为 JPEG", "a photo's pixels cannot be read here and must be looked at by a person: set the camera to JPEG";
    /// Subject: SHA-256 of the note.
    ReceiptSignature = "RECEIPT-SIGNATURE", Broken,
        "回执签名或格式不符", "a receipt's signature or form is wrong";
    /// Subject: the seal.
    ReceiptSeal = "RECEIPT-SEAL", Awaited,
        "回执所指的封存不在", "the seal that a receipt names is not here";
    /// Subject: the blob.
    ReceiptBlob = "RECEIPT-BLOB", Broken,
        "回执所列原件不属于该封存", "a receipt names an original that the seal does not have";
}

impl Code {
    /// The code of bytes that are no entry.
    pub const fn of_entry_error(error: &EntryError) -> Self {
        match error {
            EntryError::Note(NoteError::BadSignature(_) | NoteError::Unsigned) | EntryError::OtherDevice => {
                Self::EntrySignature
            }
            EntryError::Sequence => Self::EntrySequence,
            EntryError::Note(_) | EntryError::Form(_) | EntryError::Profile(_) | EntryError::Fields(_) => {
                Self::EntryForm
            }
        }
    }

    /// The code of bytes that are no seal.
    pub const fn of_seal_error(error: &SealError) -> Self {
        match error {
            SealError::Note(NoteError::BadSignature(_) | NoteError::Unsigned) => Self::SealSignature,
            SealError::Note(_) | SealError::Profile(_) | SealError::Form(_) | SealError::Order => {
                Self::SealForm
            }
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that was found, and about what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// What was found.
    pub code: Code,
    /// About what: ids and hashes only, never a value of the household.
    pub subject: String,
}
