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
    /// It would look at too many nodes.
    #[error("it would look at more than {0} nodes")]
    TooCostly(u64),
}

fn hint(name: Option<&str>) -> String {
    name.map(|name| format!("; is it {name}()?")).unwrap_or_default()
}
