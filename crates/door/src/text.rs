//! Texts from the screen: of limited length before anybody looks at them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A text of at most `MAX` bytes without control characters but line breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

/// A word, a path, a code.
pub type Word = Text<512>;
/// Something that a person writes.
pub type Prose = Text<{ 8 << 10 }>;

/// A text that is too long, or holds control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a text is too long, or holds control characters")]
pub struct TextError;

impl<const MAX: usize> Text<MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        if text.len() <= MAX && text.chars().all(is_plain) {
            Ok(Self(text))
        } else {
            Err(TextError)
        }
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

/// A PIN. It is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pin(String);

impl Pin {
    /// Longest PIN in bytes.
    const BYTES_MAX: usize = 128;

    /// The PIN, for the store alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Pin {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        if text.len() <= Self::BYTES_MAX {
            Ok(Self(text))
        } else {
            Err(TextError)
        }
    }
}

impl core::fmt::Debug for Pin {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Pin")
    }
}

macro_rules! crosses_as_string {
    ($([$($generics:tt)*] $name:ty),+) => { $(
        impl<$($generics)*> TS for $name {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn name(cfg: &ts_rs::Config) -> String {
                <String as TS>::name(cfg)
            }

            fn inline(cfg: &ts_rs::Config) -> String {
                <String as TS>::inline(cfg)
            }
        }
    )+ };
}
crosses_as_string!([const MAX: usize] Text<MAX>, [] Pin);
