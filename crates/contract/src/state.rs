//! Where a visit can stand, and why it stands no further (DESIGN §8).

use core::fmt;
use core::str::FromStr;

use hudang_visit::Language;
use serde::{Deserialize, Serialize};

/// A word is no state or reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: {word:?}")]
pub struct WordError {
    /// What it should have been.
    pub kind: &'static str,
    /// The word.
    pub word: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $kind:literal, {
        $($(#[$item_doc:meta])* $variant:ident = $word:literal, $zh:literal, $en:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$item_doc])* $variant),* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in tables, routes and JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// What people read.
            pub const fn label(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Zh) => $zh, (Self::$variant, Language::En) => $en),*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = WordError;
            fn from_str(word: &str) -> Result<Self, WordError> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(WordError { kind: $kind, word: word.chars().take(80).collect() }),
                }
            }
        }
    };
}

words! {
    /// Where a visit stands; in the order in which it goes on.
    State, "state of a visit", {
        /// People are to make it.
        Assigned = "assigned", "已派单", "assigned";
        /// A phone has begun it.
        Draft = "draft", "入户中", "draft";
        /// Begun by mistake, or not to be finished, as the phone states.
        Voided = "voided", "误开作废", "voided";
        /// Its seal is here, but not everything that the seal names.
        Sealed = "sealed", "已封存", "sealed";
        /// Everything that its seal names is here.
        Received = "received", "已接收", "received";
        /// It counts towards the contract's quantities.
        Counted = "counted", "已计数", "counted";
        /// The purchaser looked at it.
        Checked = "checked", "已核查", "checked";
        /// The purchaser accepted it.
        Accepted = "accepted", "验收合格", "accepted";
        /// The purchaser rejected it.
        Rejected = "rejected", "验收不合格", "rejected";
    }
}

impl State {
    /// Whether everything of it was received, whatever became of it.
    pub const fn is_received(self) -> bool {
        !matches!(self, Self::Assigned | Self::Draft | Self::Voided | Self::Sealed)
    }

    /// Whether it counts towards the contract's quantities.
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Counted | Self::Checked | Self::Accepted)
    }
}

words! {
    /// Why a visit stands no further. Of several the first in this order is named in counts: what keeps it from
    /// being judged, then what no correction helps, then what the contractor can still mend.
    Reason, "reason of a standing", {
        /// Entries that the seal covers are not here.
        EntriesAwaited = "entries-awaited", "证据条目未传完", "entries are still to come";
        /// The answers that the seal names are not here.
        AnswersAwaited = "answers-awaited", "答卷未传完", "the answers are still to come";
        /// Originals that the seal names are not here, or nobody has looked into them yet.
        MediaAwaited = "media-awaited", "照片、录音原件未传完或待查验", "originals are still to come or to be looked into";
        /// The office knows no such contract.
        ContractUnknown = "contract-unknown", "合同未登记", "the contract is not known";
        /// The evidence does not hold together.
        EvidenceBroken = "evidence-broken", "证据链有问题", "the evidence does not hold together";
        /// Entries, seal and assignment do not name one household and contract.
        HeaderDiffers = "header-differs", "户或合同前后不一致", "household or contract differ within the visit";
        /// The visit was held to a standard that the contract did not have in force on the day of its opening.
        StandardForeign = "standard-foreign", "留痕标准不是合同当日有效的标准", "another evidence standard than the contract's of that day";
        /// The visit was asked by a form that was not published to the contract for the day of its opening.
        FormForeign = "form-foreign", "问卷不是为本合同发布的", "a form that was not published to the contract for that day";
        /// Somebody who took part was not assigned to the visit, or its household was not adopted by the office.
        NotAssigned = "not-assigned", "调查员未获派单", "somebody who took part was not assigned to the visit";
        /// A photo, recording or signature was used in an earlier visit.
        MediaReused = "media-reused", "照片或录音与其他入户重复", "a photo or recording of another visit was used again";
        /// The household lies in none of the contract's areas.
        OutsideArea = "outside-area", "不在合同区域内", "outside the contract's areas";
        /// The day lies in no period, or outside the contract's term.
        OutsidePeriod = "outside-period", "不在合同期次内", "outside the contract's periods";
        /// Nothing is agreed for the area in this period.
        NothingContracted = "nothing-contracted", "该区域本期无约定数量", "nothing is agreed for this area and period";
        /// Someone who took part was not on the roster that day.
        NotOnRoster = "not-on-roster", "调查员当日不在名册", "an investigator was not on the roster that day";
        /// When the visit was opened cannot be bounded well enough, until the purchaser decides.
        TimeUncertain = "time-uncertain", "入户时间无法确定，待购买主体认定", "the time of opening is uncertain, to be decided by the purchaser";
        /// The seal came later after the opening than the contract allows, until the purchaser decides.
        Late = "late", "超过上传期限，待购买主体认定", "sent later than the contract allows, to be decided by the purchaser";
        /// Both investigators signed on one phone, or on phones of one machine, until the purchaser decides.
        SharedPhone = "shared-phone", "两人共用一部手机，待购买主体认定", "both signed on one phone, to be decided by the purchaser";
        /// Visits that end so are not part of the contracted quantity.
        OutcomeUnpaid = "outcome-unpaid", "该入户结果不计数量", "visits that end so do not count";
        /// The office sent the visit back, and no later seal answers that.
        Returned = "returned", "已退回待补正", "sent back, to be mended";
        /// Several seals, none of which takes the place of the others.
        SealsCompete = "seals-compete", "两份封存互不衔接", "two seals stand side by side";
        /// Fewer than two investigators signed.
        OneInvestigator = "one-investigator", "缺同行调查员封存", "fewer than two investigators sealed";
        /// Something that the standard asks for is missing.
        Incomplete = "incomplete", "留痕不完整", "something that the standard asks for is missing";
        /// Another visit of the household counts in this cycle.
        Repeat = "repeat", "本轮该户已计数", "the household counts already in this cycle";
        /// The purchaser said no.
        Refused = "refused", "核查未通过", "the purchaser rejected it";
    }
}

impl Reason {
    /// What whoever made the visit can do about it, or whose turn it is.
    pub const fn remedy(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::EntriesAwaited | Self::AnswersAwaited | Self::MediaAwaited => (
                "保持手机联网，传完后再同步一次。",
                "Keep the phone online and sync once more.",
            ),
            Self::ContractUnknown | Self::FormForeign | Self::StandardForeign => (
                "手机上改不了，请把户号和这条原因告诉督导员。",
                "Nothing on the phone helps: tell the supervisor the household's number and this reason.",
            ),
            Self::EvidenceBroken | Self::HeaderDiffers => (
                "不要删除手机上的数据，请带手机找督导员核对。",
                "Keep the data on this phone and take the phone to the supervisor.",
            ),
            Self::NotAssigned | Self::NotOnRoster => (
                "请督导员核对派单和名册，两名调查员都要在内。",
                "Ask the supervisor to check assignment and roster: both investigators have to be on them.",
            ),
            Self::MediaReused => (
                "每户的照片、录音、签名都要当场拍录。请约时间重新入户。",
                "Each household's photos, recordings and signatures are made on the spot: make the visit again.",
            ),
            Self::OutsideArea | Self::OutsidePeriod | Self::NothingContracted => (
                "请督导员核对合同的区域、期次和数量。",
                "Ask the supervisor to check the contract's areas, periods and quantities.",
            ),
            Self::TimeUncertain | Self::Late | Self::SharedPhone => (
                "等待购买主体认定，不必重新入户。",
                "The purchaser decides; the visit need not be made again.",
            ),
            Self::OutcomeUnpaid => (
                "入户结果属实即可，不必补做。",
                "Nothing is to be done where the outcome is true.",
            ),
            Self::Returned => (
                "按办公室的意见补正后重新封存。",
                "Mend what the office says and seal again.",
            ),
            Self::SealsCompete => (
                "两部手机都同步后，在其中一部上重新封存一次。",
                "Sync both phones, then seal once more on one of them.",
            ),
            Self::OneInvestigator => (
                "请同行调查员用自己的手机同步并封存。",
                "The partner syncs and seals on their own phone.",
            ),
            Self::Incomplete => (
                "看下面缺什么；请督导员退回后补齐，再重新封存。",
                "See below what is missing; once the office has sent it back, add it and seal again.",
            ),
            Self::Repeat => (
                "这户本轮另有一次入户已计数，不必再做。",
                "Another visit of the household counts: nothing is to be done.",
            ),
            Self::Refused => (
                "请向督导员了解核查意见。",
                "Ask the supervisor what the check found.",
            ),
        };
        language.pick(zh, en)
    }

    /// Whether the purchaser may decide that it does not keep a visit from counting (EVIDENCE §1.10 R3, R7).
    pub const fn is_liftable(self) -> bool {
        matches!(self, Self::TimeUncertain | Self::Late | Self::SharedPhone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_back_and_is_its_form_in_json() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse::<State>().unwrap(), *state);
            assert_eq!(serde_json::to_string(state).unwrap(), format!("\"{state}\""));
        }
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().parse::<Reason>().unwrap(), *reason);
            assert_eq!(serde_json::to_string(reason).unwrap(), format!("\"{reason}\""));
            assert_ne!(reason.label(Language::Zh), reason.label(Language::En));
        }
        assert!("done".parse::<State>().is_err());
    }
}
