//! The JSON profile of evidence: RFC 8785 output, narrowed (EVIDENCE §1.2).
//!
//! Object at the top, ASCII keys, integers within ±(2^53 − 1), NFC text, at most 32 levels, at most 32 KiB.
//! Reading demands that parse → render gives the same bytes, which refuses duplicate keys, floats, other
//! escapes and white space in one stroke. Writing and reading use the same check, so that nothing can be
//! created here that another reader of the profile refuses.

use core::fmt::Write as _;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

/// The largest integer that every JSON reader holds exactly: 2^53 − 1 (RFC 8785 §3.2.2.3, RFC 7493 §2.2).
pub const INTEGER_MAX: i64 = 9_007_199_254_740_991;
/// Deepest nesting, counting the object at the top as 1.
pub const LEVELS_MAX: usize = 32;
/// Largest line of an entry in bytes.
pub const ENTRY_BYTES_MAX: usize = 32 * 1024;

/// Why a line of JSON is outside the profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// More bytes than the format allows.
    #[error("{size_bytes} bytes are more than the {limit_bytes} allowed")]
    TooLarge {
        /// What was given.
        size_bytes: usize,
        /// What is allowed.
        limit_bytes: usize,
    },
    /// Not JSON, or not UTF-8.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// The top is not an object.
    #[error("the top is not an object")]
    NotAnObject,
    /// A key holds characters outside ASCII.
    #[error("a key is not ASCII")]
    KeyNotAscii,
    /// A number is a float or outside ±(2^53 − 1).
    #[error("a number is not an integer within 2^53 - 1")]
    Number,
    /// A text is not in Unicode normal form C.
    #[error("a text is not in normal form C")]
    NotNfc,
    /// More than 32 levels.
    #[error("nested deeper than 32 levels")]
    TooDeep,
    /// Inside the profile, but written in another way than RFC 8785 writes it.
    #[error("not in the canonical form of RFC 8785")]
    NotCanonical,
}

/// Reads one line of the profile, at most `limit_bytes` long.
pub fn parse(bytes: &[u8], limit_bytes: usize) -> Result<Value, ProfileError> {
    if bytes.len() > limit_bytes {
        return Err(ProfileError::TooLarge {
            size_bytes: bytes.len(),
            limit_bytes,
        });
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|e| ProfileError::NotJson(e.to_string()))?;
    let again = render(&value, limit_bytes)?;
    if again.as_bytes() == bytes {
        Ok(value)
    } else {
        Err(ProfileError::NotCanonical)
    }
}

/// Writes `value` as one line of the profile, at most `limit_bytes` long.
pub fn render(value: &Value, limit_bytes: usize) -> Result<String, ProfileError> {
    if !value.is_object() {
        return Err(ProfileError::NotAnObject);
    }
    let mut out = String::new();
    write_value(value, 1, &mut out)?;
    if out.len() > limit_bytes {
        return Err(ProfileError::TooLarge {
            size_bytes: out.len(),
            limit_bytes,
        });
    }
    Ok(out)
}

fn write_value(value: &Value, level: usize, out: &mut String) -> Result<(), ProfileError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let integer = number
                .as_i64()
                .filter(|n| n.unsigned_abs() <= INTEGER_MAX.unsigned_abs());
            // Writing into a String cannot fail.
            let _ = write!(out, "{}", integer.ok_or(ProfileError::Number)?);
        }
        Value::String(text) => write_text(text, out)?,
        Value::Array(items) => {
            check_level(level)?;
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(item, level + 1, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            check_level(level)?;
            // ASCII keys sort the same by byte as by UTF-16 code unit (RFC 8785 §3.2.3).
            let mut keys: Vec<_> = fields.iter().collect();
            keys.sort_unstable_by_key(|(key, _)| key.as_bytes());
            out.push('{');
            for (index, (key, item)) in keys.into_iter().enumerate() {
                if !key.is_ascii() {
                    return Err(ProfileError::KeyNotAscii);
                }
                if index > 0 {
                    out.push(',');
                }
                write_text(key, out)?;
                out.push(':');
                write_value(item, level + 1, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn check_level(level: usize) -> Result<(), ProfileError> {
    if level > LEVELS_MAX {
        Err(ProfileError::TooDeep)
    } else {
        Ok(())
    }
}

/// RFC 8785 §3.2.2.2: two-character escapes where JSON has them, `\u00xx` for other controls, nothing else.
fn write_text(text: &str, out: &mut String) -> Result<(), ProfileError> {
    if !text.is_ascii() && !unicode_normalization::is_nfc(text) && !text.nfc().eq(text.chars()) {
        return Err(ProfileError::NotNfc);
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-INTEGER_MAX..=INTEGER_MAX).prop_map(Value::from),
            ".{0,12}".prop_map(|text| Value::from(text.nfc().collect::<String>())),
        ];
        let inner = leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[ -~]{0,8}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        });
        prop::collection::btree_map("[ -~]{0,8}", inner, 0..6)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_value()) {
            let text = render(&value, ENTRY_BYTES_MAX).unwrap();
            prop_assert_eq!(parse(text.as_bytes(), ENTRY_BYTES_MAX).unwrap(), value);
        }

        #[test]
        fn what_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(value) = parse(&bytes, ENTRY_BYTES_MAX) {
                prop_assert_eq!(render(&value, ENTRY_BYTES_MAX).unwrap().into_bytes(), bytes);
            }
        }
    }

    #[test]
    fn each_way_out_of_the_profile_is_named() {
        let read = |text: &str| parse(text.as_bytes(), ENTRY_BYTES_MAX);
        assert_eq!(read("[]"), Err(ProfileError::NotAnObject));
        assert_eq!(read(r#"{"a":1.5}"#), Err(ProfileError::Number));
        assert_eq!(read(r#"{"a":9007199254740992}"#), Err(ProfileError::Number));
        assert_eq!(read(r#"{"a":1,"a":1}"#), Err(ProfileError::NotCanonical));
        assert_eq!(read(r#"{"b":1,"a":1}"#), Err(ProfileError::NotCanonical));
        assert_eq!(read(r#"{"a": 1}"#), Err(ProfileError::NotCanonical));
        assert_eq!(read("{\"户\":1}"), Err(ProfileError::KeyNotAscii));
        assert_eq!(read("{\"a\":\"e\u{301}\"}"), Err(ProfileError::NotNfc));
        assert!(matches!(read("{\"a\":1}\n"), Err(ProfileError::NotCanonical)));
        let deep = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert!(read(&deep(32)).is_ok());
        assert_eq!(read(&deep(33)), Err(ProfileError::TooDeep));
        let long = json!({ "a": "x".repeat(ENTRY_BYTES_MAX) });
        assert!(matches!(
            render(&long, ENTRY_BYTES_MAX),
            Err(ProfileError::TooLarge { .. })
        ));
    }
}
