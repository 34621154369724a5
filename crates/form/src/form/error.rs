//! What makes a form unusable, and what makes it doubtful.

use crate::expression::ExpressionError;
use crate::tree::XmlError;

/// A form that cannot be used. Each has a stable code; what to do is in Chinese and English.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormError {
    /// It is no XML, or has a DTD.
    #[error("the XForm cannot be read: {0}")]
    Xml(#[from] XmlError),
    /// A part without which there is no form.
    #[error("the XForm has no {0}")]
    Missing(&'static str),
    /// An expression that cannot be read.
    #[error("{path}: {attribute}=\"{text}\": {error}")]
    Expression {
        /// The node that it is about.
        path: String,
        /// The attribute it is in.
        attribute: &'static str,
        /// The expression.
        text: String,
        /// What is wrong with it.
        error: Box<ExpressionError>,
    },
    /// Two nodes of one name side by side that are no repeat.
    #[error("{0} is there twice")]
    TwoNodes(String),
    /// Two questions about one node.
    #[error("{0} is asked twice")]
    TwoControls(String),
    /// Calculations that need each other.
    #[error("calculations go round in a circle: {0}")]
    Circle(String),
    /// A file that the form needs.
    #[error("the file {0} is missing")]
    MissingAttachment(String),
    /// A file that cannot be read.
    #[error("the file {name}: {reason}")]
    Attachment {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Groups in groups without end.
    #[error("groups are nested more than {0} levels deep")]
    TooDeep(usize),
    /// Questions without end.
    #[error("there are more than {0} questions and groups")]
    TooLarge(usize),
    /// Something of the body that is broken.
    #[error("{path}: {reason}")]
    Body {
        /// The node it is about.
        path: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl FormError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Xml(_) => "HT-FORM-XML",
            Self::Missing(_) => "HT-FORM-PART",
            Self::Expression { .. } => "HT-FORM-EXPRESSION",
            Self::TwoNodes(_) | Self::TwoControls(_) => "HT-FORM-TWICE",
            Self::Circle(_) => "HT-FORM-CIRCLE",
            Self::MissingAttachment(_) => "HT-FORM-FILE-MISSING",
            Self::Attachment { .. } => "HT-FORM-FILE",
            Self::TooDeep(_) => "HT-FORM-DEPTH",
            Self::TooLarge(_) => "HT-FORM-LARGE",
            Self::Body { .. } => "HT-FORM-BODY",
        }
    }

    /// What to do, in Chinese.
    pub fn advice_zh(&self) -> String {
        match self {
            Self::Xml(error) => format!(
                "表单不是可读取的 XForm(第 {} 行第 {} 列);请重新导出,且不要带 DTD。",
                error.line, error.column
            ),
            Self::Missing(part) => format!("表单缺少 {part};请重新导出完整的 XForm。"),
            Self::Expression {
                path, text, error, ..
            } => {
                format!(
                    "{path} 的表达式“{text}”第 {} 个字符处有误;请改正后重新导出。",
                    error.span.start + 1
                )
            }
            Self::TwoNodes(path) | Self::TwoControls(path) => format!("{path} 出现了两次;请给其中一个改名。"),
            Self::Circle(circle) => format!("计算互相引用成环:{circle};请断开其中一处。"),
            Self::MissingAttachment(name) => format!("缺少附件 {name};请随表单一起上传。"),
            Self::Attachment { name, .. } => format!("附件 {name} 无法读取;请检查其格式与编码。"),
            Self::TooDeep(levels) => format!("分组嵌套超过 {levels} 层;请减少嵌套。"),
            Self::TooLarge(count) => format!("题目和分组超过 {count} 个;请拆成几份表单。"),
            Self::Body { path, .. } => format!("{path} 的题目定义有误;请检查后重新导出。"),
        }
    }

    /// What to do, in English.
    pub fn advice_en(&self) -> String {
        let remedy = match self {
            Self::Xml(_) => "export it again, without a DTD",
            Self::Missing(_) => "export the whole XForm again",
            Self::Expression { .. } => "correct the expression and export again",
            Self::TwoNodes(_) | Self::TwoControls(_) => "give one of them another name",
            Self::Circle(_) => "break it at one place",
            Self::MissingAttachment(_) => "upload it with the form",
            Self::Attachment { .. } => "check its format and encoding",
            Self::TooDeep(_) => "nest less deep",
            Self::TooLarge(_) => "make several forms of it",
            Self::Body { .. } => "check the question and export again",
        };
        format!("{self}; {remedy}")
    }
}

/// Something doubtful about a form that can be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{path}: {attribute}=\"{text}\": {reason}")]
pub struct Problem {
    /// The node that it is about.
    pub path: String,
    /// The attribute or text it is in.
    pub attribute: &'static str,
    /// The expression.
    pub text: String,
    /// What is doubtful, with the character and the nearest known name.
    pub reason: String,
    /// The same in Chinese.
    pub reason_zh: String,
}
