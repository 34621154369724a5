//! Numbers as text and back.

use super::date::Moment;
use super::{Dialect, Surroundings};

/// What XML calls white space.
pub(super) fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n')
}

/// Reads a number; NaN where it is none. Exponents are read, since other programs write them.
pub fn parse(text: &str) -> f64 {
    if let Some(whole) = whole(text) {
        return whole;
    }
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned.chars().next() {
        Some(first) if first.is_ascii_digit() || first == '.' => text.parse().unwrap_or(f64::NAN),
        _ if unsigned == "Infinity" => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// Reads digits and nothing else, as few as a number holds exactly.
fn whole(text: &str) -> Option<f64> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    let mut whole = 0_u32;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        whole = whole * 10 + u32::from(byte - b'0');
    }
    Some(f64::from(whole))
}

/// Reads a number or, as ODK XForms does, a date as days.
pub(super) fn of_text(text: &str, around: &dyn Surroundings) -> f64 {
    // Most texts are no dates; see that at once.
    if text.as_bytes().get(4) == Some(&b'-')
        && around.dialect() == Dialect::Odk
        && let Some(moment) = Moment::parse(text, *around.now().offset())
    {
        return moment.days();
    }
    parse(text)
}

/// A number as text, the shortest that reads as the same; nothing for NaN. As in ODK's engine the very big and the very
/// small have an exponent, where XPath 1.0 would write out every zero.
pub fn shown(number: f64) -> String {
    if number.is_nan() {
        return String::new();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    if (1e-6..1e21).contains(&number.abs()) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    if number.abs() < 1.0 {
        text
    } else {
        text.replace('e', "e+")
    }
}

/// To the nearest whole number, halves up (XPath 1.0 §4.4).
pub(super) fn round_half_up(number: f64) -> f64 {
    (number + 0.5).floor()
}

/// The whole number that a text begins with, as `selected-at` reads its index.
pub(super) fn leading_integer(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let sign = usize::from(text.starts_with(['-', '+']));
    let digits = text.get(sign..)?.chars().take_while(char::is_ascii_digit).count();
    text.get(..sign + digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_they_were_written() {
        for (text, number) in [
            ("1.10", 1.1),
            (" -0.5\n", -0.5),
            (".5", 0.5),
            ("1e3", 1000.0),
            ("7.", 7.0),
        ] {
            assert!((parse(text) - number).abs() < f64::EPSILON, "{text}");
        }
        for text in ["", " ", ".", "-", "1.1sd", "nan", "inf", "0x10", "１"] {
            assert!(parse(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn numbers_are_shown_as_engines_of_the_field_show_them() {
        assert_eq!(shown(1e21), "1e+21");
        assert_eq!(shown(123_456_789_012_345_680_000.0), "123456789012345680000");
        assert_eq!(shown(0.000_001), "0.000001");
        assert_eq!(shown(0.000_000_15), "1.5e-7");
        assert_eq!(shown(-0.0), "0");
        assert_eq!(shown(f64::NAN), "");
    }

    proptest::proptest! {
        #[test]
        fn a_number_survives_its_text(number in proptest::num::f64::NORMAL) {
            proptest::prop_assert!((parse(&shown(number)) - number).abs() <= 0.0);
        }
    }
}
