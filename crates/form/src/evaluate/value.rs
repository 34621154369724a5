//! What an expression may be worth.

use super::NodeRef;

/// A value (XPath 1.0 §1), with dates, which are numbers that read as dates.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nodes in document order.
    Nodes(Vec<NodeRef>),
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A date or a date with its time.
    Dated {
        /// Days since 1970-01-01T00:00Z.
        days: f64,
        /// As it reads.
        text: String,
        /// As true or false.
        truth: bool,
    },
}
