//! An answer, and where in the form it stands.

use core::fmt;
use core::str::FromStr;

use automerge::ScalarValue;
use hudang_evidence::profile::INTEGER_MAX;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest text answer or note in bytes.
pub const TEXT_BYTES_MAX: usize = 16 << 10;
/// Longest name of a question or repeat, groups included, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// How many repeats may lie inside one another.
pub const REPEAT_LEVELS_MAX: usize = 4;

/// One answer. Decimals, dates and choices are texts in the lexical form of `XForms`; there are no floats.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// The answer was taken back.
    Cleared,
    /// Yes or no.
    Boolean(bool),
    /// A whole number within ±(2^53 − 1).
    Integer(i64),
    /// Anything else, at most 16 KiB.
    Text(String),
}

impl Value {
    /// Whether the value may stand in a document.
    pub fn is_allowed(&self) -> bool {
        match self {
            Self::Cleared | Self::Boolean(_) => true,
            Self::Integer(number) => number.unsigned_abs() <= INTEGER_MAX.unsigned_abs(),
            Self::Text(text) => text.len() <= TEXT_BYTES_MAX,
        }
    }

    /// Whether the question counts as answered: neither taken back nor an empty text.
    pub fn is_answered(&self) -> bool {
        match self {
            Self::Cleared => false,
            Self::Text(text) => !text.is_empty(),
            Self::Boolean(_) | Self::Integer(_) => true,
        }
    }

    pub(crate) fn to_scalar(&self) -> ScalarValue {
        match self {
            Self::Cleared => ScalarValue::Null,
            Self::Boolean(boolean) => ScalarValue::Boolean(*boolean),
            Self::Integer(number) => ScalarValue::Int(*number),
            Self::Text(text) => ScalarValue::Str(text.as_str().into()),
        }
    }

    /// Reads a scalar; `None` for the types and sizes that no answer has.
    pub(crate) fn from_scalar(scalar: &ScalarValue) -> Option<Self> {
        let value = match scalar {
            ScalarValue::Null => Self::Cleared,
            ScalarValue::Boolean(boolean) => Self::Boolean(*boolean),
            ScalarValue::Int(number) => Self::Integer(*number),
            ScalarValue::Str(text) => Self::Text(text.to_string()),
            _ => return None,
        };
        value.is_allowed().then_some(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

/// A text is not a path, or not the id of a repeat's instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an answer path of the form question or repeat[0123456789abcdef]/question")]
pub struct PathError;

/// Names one instance of a repeat, e.g. one member of the household. Text form: 16 lower-case hex digits.
///
/// Random where a person added the instance; derived where the form brings it along.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId([u8; 8]);

impl InstanceId {
    /// Wraps eight random or derived bytes.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for InstanceId {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let digits = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if text.len() != 16 || !text.bytes().all(digits) {
            return Err(PathError);
        }
        u64::from_str_radix(text, 16)
            .map(|bits| Self(bits.to_be_bytes()))
            .map_err(|_| PathError)
    }
}

/// Whether a text may name a question or repeat: group names and its own, joined by `/`.
pub(crate) fn is_name(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '[' | ']' | '~'))
    };
    text.len() <= NAME_BYTES_MAX && text.split('/').all(part)
}

/// One instance of one repeat, inside the instances around it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstancePath(pub(crate) Vec<(String, InstanceId)>);

impl InstancePath {
    /// The form itself, outside all repeats.
    pub const TOP: Self = Self(Vec::new());

    /// The instance `id` of the repeat `name` inside this one.
    pub fn join(&self, name: &str, id: InstanceId) -> Result<Self, PathError> {
        if !is_name(name) || self.0.len() == REPEAT_LEVELS_MAX {
            return Err(PathError);
        }
        let mut steps = self.0.clone();
        steps.push((name.to_owned(), id));
        Ok(Self(steps))
    }

    /// The path of a question of this instance.
    pub fn question(&self, name: &str) -> Result<AnswerPath, PathError> {
        if is_name(name) {
            Ok(AnswerPath {
                within: self.clone(),
                question: name.to_owned(),
            })
        } else {
            Err(PathError)
        }
    }
}

impl fmt::Display for InstancePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, id)) in self.0.iter().enumerate() {
            let slash = if index == 0 { "" } else { "/" };
            write!(f, "{slash}{name}[{id}]")?;
        }
        Ok(())
    }
}

/// Where an answer stands: `income`, `housing/rooms`, `members[00c0ffee00c0ffee]/name`.
///
/// The same text names the answer's disclosure in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerPath {
    within: InstancePath,
    question: String,
}

impl AnswerPath {
    /// The instance that the question belongs to.
    pub const fn within(&self) -> &InstancePath {
        &self.within
    }

    /// The question's name inside its instance.
    pub fn question(&self) -> &str {
        &self.question
    }

    /// The path without instances, e.g. `members/name`: how a form and a standard name the question. Instances that
    /// the form counts are numbers on the way: `children/2/name` is `children/name`.
    pub fn in_form(&self) -> String {
        let names = self.within.0.iter().map(|(name, _)| name).chain([&self.question]);
        let steps = names.flat_map(|name| name.split('/'));
        let in_form: Vec<&str> = steps
            .filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit()))
            .collect();
        in_form.join("/")
    }
}

/// The path of a sealed answer's name without instances, as a standard names the question; a name that is no path as it is.
pub fn in_form(name: &str) -> String {
    name.parse::<AnswerPath>()
        .map_or_else(|_| name.to_owned(), |path| path.in_form())
}

/// Whether a sealed answer answers nothing.
pub(crate) fn is_blank(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::String(text) => text.trim().is_empty(),
        serde_json::Value::Array(items) => items.is_empty(),
        serde_json::Value::Object(fields) => fields.is_empty(),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => false,
    }
}

impl fmt::Display for AnswerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.within.0.is_empty() { "" } else { "/" };
        write!(f, "{}{slash}{}", self.within, self.question)
    }
}

impl FromStr for AnswerPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut within = InstancePath::TOP;
        let mut rest = text;
        while let Some((name, after)) = rest.split_once('[') {
            let (id, after) = after.split_once("]/").ok_or(PathError)?;
            within = within.join(name, id.parse()?)?;
            rest = after;
        }
        within.question(rest)
    }
}

impl Serialize for AnswerPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AnswerPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_answers_and_an_empty_text_does_not() {
        for answered in [
            Value::Integer(0),
            Value::Boolean(false),
            Value::Text("0".to_owned()),
        ] {
            assert!(answered.is_answered(), "{answered:?}");
        }
        for not in [Value::Cleared, Value::Text(String::new())] {
            assert!(!not.is_answered(), "{not:?}");
        }
    }

    #[test]
    fn a_path_has_one_text() {
        for text in [
            "income",
            "housing/rooms",
            "members[00c0ffee00c0ffee]/name",
            "户/成员[00c0ffee00c0ffee]/基本/姓名",
        ] {
            assert_eq!(text.parse::<AnswerPath>().unwrap().to_string(), text);
        }
        let nested: AnswerPath = "a[00c0ffee00c0ffee]/b[0000000000000001]/c".parse().unwrap();
        assert_eq!((nested.in_form().as_str(), nested.question()), ("a/b/c", "c"));
        for text in [
            "",
            "/a",
            "a/",
            "a//b",
            "a b",
            "a[1]/b",
            "a[00C0FFEE00C0FFEE]/b",
            "a[00c0ffee00c0ffee]",
            "a]",
            "~x",
        ] {
            assert!(text.parse::<AnswerPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_is_plain_json() {
        let values = [Value::Cleared, true.into(), 120_000.into(), "12.50".into()];
        assert_eq!(
            serde_json::to_string(&values).unwrap(),
            r#"[null,true,120000,"12.50"]"#
        );
        assert_eq!(
            serde_json::from_str::<Vec<Value>>(r#"[null,true,120000,"12.50"]"#).unwrap(),
            values
        );
        assert!(!Value::Integer(INTEGER_MAX + 1).is_allowed());
        assert!(!Value::Text("x".repeat(TEXT_BYTES_MAX + 1)).is_allowed());
    }
}
