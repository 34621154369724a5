//! Types of answers: which texts are values, and how each is written.

use crate::evaluate::{Point, is_date, is_date_time, is_time, parse_number};

/// The type of a value (`<bind type>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerType {
    /// Any text.
    #[default]
    Text,
    /// The text of a code that is scanned, or typed from below it.
    Barcode,
    /// A whole number of 32 bits.
    Integer,
    /// A number.
    Decimal,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A date with its time.
    DateTime,
    /// A place.
    Geopoint,
    /// A line of places.
    Geotrace,
    /// A closed line of places.
    Geoshape,
    /// The name of a file.
    Binary,
}

impl AnswerType {
    /// By the name that binds use; what is unknown is text.
    pub fn named(name: &str) -> Self {
        let local = name.rsplit(':').next().unwrap_or(name);
        match local {
            "barcode" => Self::Barcode,
            "int" | "integer" => Self::Integer,
            "decimal" => Self::Decimal,
            "date" => Self::Date,
            "time" => Self::Time,
            "dateTime" => Self::DateTime,
            "geopoint" => Self::Geopoint,
            "geotrace" => Self::Geotrace,
            "geoshape" => Self::Geoshape,
            "binary" => Self::Binary,
            _ => Self::Text,
        }
    }

    /// Whether a text is a value of this type as it is written, as far as that is seen without reading it. Of up to
    /// fifteen digits a number has no shorter text.
    pub(crate) fn is_plain(self, text: &str) -> bool {
        match self {
            Self::Text | Self::Barcode | Self::Binary => true,
            Self::Integer => is_plain_integer(text),
            Self::Decimal => is_plain_decimal(text),
            _ => false,
        }
    }

    /// The value as it is written; nothing if it is none of this type.
    pub fn canonical(self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let found = match self {
            Self::Text | Self::Barcode | Self::Binary => return text.to_owned(),
            Self::Integer => integer(text),
            Self::Decimal => decimal(text),
            Self::Date => is_date(text).map(str::to_owned),
            Self::Time => is_time(text).then(|| text.to_owned()),
            Self::DateTime => is_date_time(text).then(|| text.to_owned()),
            Self::Geopoint => place(text).map(|(place, _)| place),
            Self::Geotrace => line(text, 2, false),
            Self::Geoshape => line(text, 3, true),
        };
        found.unwrap_or_default()
    }
}

/// Nine digits are below 2³¹.
fn is_plain_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    is_whole(digits) && digits.len() <= 9 && text != "-0"
}

fn is_plain_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let Some((whole, fraction)) = unsigned.split_once('.') else {
        return false;
    };
    let is_shortest = fraction == "0" || !fraction.ends_with('0');
    is_whole(whole)
        && is_digits(fraction)
        && is_shortest
        && whole.len() + fraction.len() <= 15
        && text != "-0.0"
}

/// Digits without a zero too many.
fn is_whole(text: &str) -> bool {
    is_digits(text) && (text == "0" || !text.starts_with('0'))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn integer(text: &str) -> Option<String> {
    let number = parse_number(text).trunc();
    let is_in_range = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    // Adding zero makes −0 into 0.
    is_in_range.then(|| format!("{:.0}", number + 0.0))
}

fn decimal(text: &str) -> Option<String> {
    let number = parse_number(text);
    number.is_finite().then(|| fractional(number))
}

/// With at least one digit after the point.
fn fractional(number: f64) -> String {
    let text = (number + 0.0).to_string();
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// A place with its degrees; the place where both are 0 is what devices write for none.
fn place(text: &str) -> Option<(String, Point)> {
    let point = Point::parse(text)?;
    if point.latitude == 0.0 && point.longitude == 0.0 {
        return None;
    }
    let numbers: Vec<f64> = text.split_whitespace().map(parse_number).collect();
    if numbers.iter().any(|number| !number.is_finite()) {
        return None;
    }
    let parts: Vec<String> = numbers.into_iter().map(fractional).collect();
    Some((parts.join(" "), point))
}

fn line(text: &str, points_min: usize, is_closed: bool) -> Option<String> {
    let text = text.trim();
    let text = text.strip_suffix(';').unwrap_or(text);
    let places: Option<Vec<(String, Point)>> = text.split(';').map(place).collect();
    let places = places.filter(|places| places.len() >= points_min)?;
    let ends_meet = match (places.first(), places.last()) {
        (Some((_, first)), Some((_, last))) => first == last,
        _ => false,
    };
    if ends_meet != is_closed {
        return None;
    }
    let places: Vec<String> = places.into_iter().map(|(place, _)| place).collect();
    Some(places.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_one_way() {
        let cases = [
            (AnswerType::Integer, "2.9", "2"),
            (AnswerType::Integer, "-0.5", "0"),
            (AnswerType::Integer, "3000000000", ""),
            (AnswerType::Decimal, "4", "4.0"),
            (AnswerType::Decimal, "-1.50", "-1.5"),
            (AnswerType::Decimal, "abc", ""),
            (AnswerType::Date, "2026-01-31T10:00:00", "2026-01-31"),
            (AnswerType::Date, "2026-02-30", ""),
            (AnswerType::Time, "22:02:00Z", "22:02:00Z"),
            (AnswerType::Time, "22:02", ""),
            (AnswerType::DateTime, "2026-04-22 14:30:00Z", ""),
            (AnswerType::Geopoint, "40 111 1000", "40.0 111.0 1000.0"),
            (AnswerType::Geopoint, "0 0 0 0", ""),
            (AnswerType::Geotrace, "0 1; 0 91;", "0.0 1.0;0.0 91.0"),
            (AnswerType::Geoshape, "0 1; 0 91; 0 1", "0.0 1.0;0.0 91.0;0.0 1.0"),
            (AnswerType::Geoshape, "0 1; 0 91; 0 2", ""),
        ];
        for (answer_type, text, canonical) in cases {
            assert_eq!(answer_type.canonical(text), canonical, "{answer_type:?} {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_once_stays_so(text in "[0-9.;: T+-]{0,24}") {
            for answer_type in [AnswerType::Integer, AnswerType::Decimal, AnswerType::Date, AnswerType::Time,
                AnswerType::DateTime, AnswerType::Geopoint, AnswerType::Geotrace, AnswerType::Geoshape] {
                let once = answer_type.canonical(&text);
                proptest::prop_assert_eq!(answer_type.canonical(&once), once.clone());
            }
        }

        #[test]
        fn what_looks_plain_is_written_so(text in "-?[0-9]{1,12}(\\.[0-9]{0,8})?") {
            for answer_type in [AnswerType::Text, AnswerType::Integer, AnswerType::Decimal, AnswerType::Date] {
                if answer_type.is_plain(&text) {
                    proptest::prop_assert_eq!(answer_type.canonical(&text), text.clone(), "{:?}", answer_type);
                }
            }
        }
    }
}
