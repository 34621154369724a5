//! What people read when a form cannot be published or an answer is not taken.

use super::filling::FillingError;
use super::moving::{Doubt, MoveError, Reason};
use super::package::{ATTACHMENTS_MAX, PACKAGE_BYTES_MAX, PackageError};
use crate::language::Language;

impl PackageError {
    /// What is wrong and what to do.
    pub fn message(&self, language: Language) -> String {
        match language {
            Language::Zh => self.zh(),
            Language::En => self.en(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::TooLarge { size_bytes } => format!(
                "表单连同附件有 {} KiB,最多 {} KiB;请减小附件。",
                size_bytes >> 10,
                PACKAGE_BYTES_MAX >> 10
            ),
            Self::Json(_) | Self::Fields(_) => {
                "这不是发布用的表单文件;请用 hudang form publish 由表格重新生成。".to_owned()
            }
            Self::Format(format) => format!("表单文件的格式 {format} 是更新的版本写成的;请更新程序。"),
            Self::Attachments(name) => {
                format!("表单附件有误({name}):名称须不同且不带文件夹,最多 {ATTACHMENTS_MAX} 个。")
            }
            Self::Form(error) => error.advice_zh(),
            Self::Name(path) => {
                format!("{path} 的名称过长或重复组嵌套过深,无法作为答案的名称;请缩短或减少嵌套。")
            }
            Self::OpenInCounted(path) => {
                format!("{path} 可以增减,却放在固定次数的重复组里;请把它移出来,或也给它规定次数。")
            }
            Self::Uneven(path) => format!("{path} 自带的各行里,内层重复组的个数不同;请改成一样。"),
            Self::Skeleton => "表单文件里的名称、版本或重复组与表单本身不符;请由表格重新生成。".to_owned(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Form(error) => error.advice_en(),
            Self::TooLarge { .. } => format!("{self}; make the attached files smaller."),
            Self::Format(_) => format!("{self}; update the program."),
            Self::Attachments(_) => {
                format!("{self}; names differ and have no folder, at most {ATTACHMENTS_MAX} files.")
            }
            Self::Name(_) => format!("{self}; shorten the names or nest less."),
            Self::OpenInCounted(_) => format!("{self}; move it out, or give it a count too."),
            Self::Uneven(_) => format!("{self}; make them alike."),
            Self::Json(_) | Self::Fields(_) | Self::Skeleton => {
                format!("{self}; make the package again with hudang form publish.")
            }
        }
    }
}

impl FillingError {
    /// What is wrong and what to do.
    pub fn message(&self, language: Language) -> String {
        let zh = match self {
            Self::Unknown(path) => format!("表单里没有“{path}”这一题或这一行;请核对题名。"),
            Self::Calculated(path) => format!("“{path}”由表单自动计算,不能填写。"),
            Self::Value(path) => format!("“{path}”不能填这个值;请核对类型或从选项中选择。"),
            Self::Session(_) | Self::Document(_) => "这项内容不能这样填写。请检查后重填。".to_owned(),
        };
        let en = format!("{self}; check the question and fill it in again.");
        language.pick(&zh, &en).to_owned()
    }
}

impl MoveError {
    /// What is wrong and what to do.
    pub fn message(&self, language: Language) -> String {
        let zh = match self {
            Self::Same => "这次入户用的已经是这份表单,无需更换。".to_owned(),
            Self::Kind(path) => format!(
                "“{path}”在一份表单里是题目,在另一份里是重复组,答案放不到一起;请让制表人给新的一项另起题名,或用原表单做完这次入户。"
            ),
            Self::Inner(path) => {
                format!("已添加的行里没有“{path}”的位置;请用原表单做完这次入户,下次入户再用新表单。")
            }
            Self::Document(_) => "这次入户的资料不能换用这份表单。请用原表单做完这次入户。".to_owned(),
        };
        let en = match self {
            Self::Same => format!("{self}; nothing to do."),
            Self::Kind(_) => {
                format!("{self}; have the new one named differently, or finish the visit with its form.")
            }
            Self::Inner(_) | Self::Document(_) => {
                format!("{self}; finish the visit with its form and use the new one from the next visit on.")
            }
        };
        language.pick(&zh, &en).to_owned()
    }
}

impl Reason {
    /// Why an answer does not carry over, for people.
    pub const fn message(self, language: Language) -> &'static str {
        match self {
            Self::QuestionGone => language.pick("新表单没有这一题", "the new form does not ask it"),
            Self::TypeChanged => language.pick(
                "题型变了,请重新填写",
                "the question has another type; answer it again",
            ),
            Self::ChoiceGone => language.pick("选项没有了,请重新选择", "the choice is gone; choose again"),
            Self::Calculated => language.pick("新表单自动计算", "the new form works it out"),
            Self::RepeatChanged => language.pick(
                "这一题换到了别的重复组,请重新填写",
                "the question is in other rows; answer it again",
            ),
            Self::AnsweredThere => language.pick(
                "新位置已有另一个答案,请核对",
                "another answer stands in the new place; look at both",
            ),
        }
    }
}

impl Doubt {
    /// What is to be looked at after the move, for people.
    pub const fn message(self, language: Language) -> &'static str {
        match self {
            Self::NotAsked => language.pick(
                "按现有答案新表单不问这一题,保留但不封存",
                "not asked as the answers stand; kept, not sealed",
            ),
            Self::NotOffered => language.pick(
                "按现有答案没有这个选项,请核对",
                "the choice is not offered as the answers stand; look at it",
            ),
            Self::NotAllowed => language.pick(
                "不符合新表单的规定,请核对",
                "the new form does not allow it; look at it",
            ),
        }
    }
}
