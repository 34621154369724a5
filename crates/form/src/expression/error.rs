//! What can be wrong with an expression, and where.

use super::Span;

/// An expression that cannot be read, or that cannot be worked out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{cause} (character {})", .span.start + 1)]
pub struct ExpressionError {
    /// The characters that it is about.
    pub span: Span,
    /// What is wrong there.
    pub cause: Cause,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The text ended where more was needed.
    #[error("the expression ends too early: {0} is missing")]
    Ends(&'static str),
    /// Something that cannot stand there.
    #[error("unexpected {0:?}")]
    Unexpected(String),
    /// A text without its closing quote.
    #[error("a text without its closing quote")]
    OpenText,
    /// Nested deeper than [`super::DEPTH_MAX`].
    #[error("nested more than {} levels deep", super::DEPTH_MAX)]
    TooDeep,
    /// Longer than [`super::LENGTH_MAX`].
    #[error("longer than {} bytes", super::LENGTH_MAX)]
    TooLong,
    /// A function that nobody knows.
    #[error("there is no function {name}(){}", hint(.nearest.as_deref()))]
    UnknownFunction {
        /// As it is written.
        name: String,
        /// The known one whose name is most like it.
        nearest: Option<String>,
    },
    /// Too few or too many arguments.
    #[error("{name}() takes {expected}, got {got}")]
    Arguments {
        /// The function.
        name: &'static str,
        /// How many it takes, in words.
        expected: String,
        /// How many there are.
        got: usize,
    },
    /// A prefix without a namespace.
    #[error("nothing is known by the prefix {0}:")]
    UnknownPrefix(String),
    /// Nodes are needed there, and the expression gives a value.
    #[error("nodes are needed here, not a value")]
    NotNodes,
    /// `position(…)` of more than one node.
    #[error("position() needs one node, got {0}")]
    ManyNodes(usize),
    /// A pattern that the engine cannot run in time linear in its input, or that is broken.
    #[error("the pattern {0:?} cannot be used; look-around and back-references are not supported")]
    Pattern(String),
    /// An algorithm, encoding or kind of value that the function does not know.
    #[error("{name}() does not know {value:?}")]
    Unsupported {
        /// The function.
        name: &'static str,
        /// What it was given.
        value: String,
    },
    /// Points that are no points.
    #[error("{0}() needs points as \"latitude longitude\"")]
    Points(&'static str),
    /// `jr:choice-name()` of something without choices.
    #[error("{0} has no choices")]
    NoChoices(String),
    /// A text made of others that grew too long.
    #[error("it would make a text of more than {0} bytes")]
    TextTooLong(usize),
    /// It would look at too many nodes.
    #[error("it would look at more than {0} nodes")]
    TooCostly(u64),
}

impl ExpressionError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        let wrong = match &self.cause {
            Cause::Ends(_) => "表达式没有写完".to_owned(),
            Cause::Unexpected(found) => format!("“{found}”不应出现在这里"),
            Cause::OpenText => "引号没有结束".to_owned(),
            Cause::TooDeep => format!("嵌套超过 {} 层", super::DEPTH_MAX),
            Cause::TooLong => format!("超过 {} 字节", super::LENGTH_MAX),
            Cause::UnknownFunction { name, nearest } => {
                let nearest = nearest.as_ref();
                let hint = nearest
                    .map(|nearest| format!(",是不是 {nearest}()"))
                    .unwrap_or_default();
                format!("没有函数 {name}(){hint}")
            }
            Cause::Arguments { name, got, .. } => format!("{name}() 不能有 {got} 个参数"),
            Cause::UnknownPrefix(prefix) => format!("前缀 {prefix}: 没有声明"),
            Cause::NotNodes => "这里需要题目的路径,而不是值".to_owned(),
            Cause::ManyNodes(count) => format!("position() 只能用于一个节点,这里有 {count} 个"),
            Cause::Pattern(pattern) => format!("正则表达式“{pattern}”写法有误,或用了不支持的环视、反向引用"),
            Cause::Unsupported { name, value } => format!("{name}() 不认识“{value}”"),
            Cause::Points(name) => format!("{name}() 需要“纬度 经度”形式的点"),
            Cause::NoChoices(path) => format!("{path} 没有选项"),
            Cause::TextTooLong(limit) => format!("得到的文字超过 {limit} 字节"),
            Cause::TooCostly(limit) => format!("要查看的节点超过 {limit} 个"),
        };
        format!("{wrong}(第 {} 个字符)", self.span.start.saturating_add(1))
    }
}

fn hint(name: Option<&str>) -> String {
    name.map(|name| format!("; is it {name}()?")).unwrap_or_default()
}
