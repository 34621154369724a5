//! Pieces of a cell that may hold an expression. The rules are those by which XLSForm converters decide whether a
//! default is calculated, and where an expression inside a label ends; they are looser than `XPath`.

use super::name::{name_length, prefixed_length};

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Number,
    /// Dates, times, texts in quotes, names, punctuation: nothing that would be calculated.
    Plain,
    Minus,
    /// `*`, `+`, ` mod `, ` div `.
    Math,
    Union,
    CloseParen,
    PathSeparator,
    Literal,
    Whitespace,
    Reference,
    /// A name and its opening parenthesis.
    Call,
    /// A name and its opening bracket.
    PredicateStart,
    PredicateEnd,
}

/// Pieces with their byte ranges.
pub(super) fn tokens(text: &str) -> Vec<(Token, usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (token, length) = token(rest);
        found.push((token, at, at + length));
        at += length;
    }
    found
}

fn token(rest: &str) -> (Token, usize) {
    if let Some(length) = date_or_time(rest) {
        return (Token::Plain, length);
    }
    if let Some(length) = number(rest) {
        return (Token::Number, length);
    }
    for word in [" mod ", " div "] {
        if rest.starts_with(word) {
            return (Token::Math, word.len());
        }
    }
    for word in [" and ", " or "] {
        if rest.starts_with(word) {
            return (Token::Plain, word.len());
        }
    }
    if rest.starts_with("..") {
        return (Token::Plain, 2);
    }
    let first = rest.chars().next().unwrap_or_default();
    match first {
        '-' => return (Token::Minus, 1),
        '*' | '+' => return (Token::Math, 1),
        '|' => return (Token::Union, 1),
        ')' => return (Token::CloseParen, 1),
        ']' => return (Token::PredicateEnd, 1),
        '/' => return (Token::PathSeparator, 1),
        '"' | '\'' => {
            if let Some(end) = rest.get(1..).and_then(|rest| rest.find(first)) {
                return (Token::Literal, end + 2);
            }
        }
        '$' => {
            if let Some(length) = reference_length(rest) {
                return (Token::Reference, length);
            }
        }
        _ if first.is_whitespace() => {
            let length = rest
                .find(|character: char| !character.is_whitespace())
                .unwrap_or(rest.len());
            return (Token::Whitespace, length);
        }
        _ => {}
    }
    let name = prefixed_length(rest);
    if name > 0 {
        return match rest.get(name..).and_then(|after| after.chars().next()) {
            Some('(') => (Token::Call, name + 1),
            Some('[') => (Token::PredicateStart, name + 1),
            _ => (Token::Plain, name),
        };
    }
    (Token::Plain, first.len_utf8().max(1))
}

/// Length of `${name}` or `${last-saved#name}`.
pub(super) fn reference_length(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix("${")?;
    let inner = inner.strip_prefix("last-saved#").unwrap_or(inner);
    let name = name_length(inner);
    let after = inner.get(name..)?;
    (name > 0 && after.starts_with('}')).then_some(rest.len() - after.len() + 1)
}

/// Reads patterns of digits (`d`) and other characters.
fn pattern(rest: &str, pattern: &str) -> Option<usize> {
    let mut characters = rest.chars();
    for wanted in pattern.chars() {
        let found = characters.next()?;
        let fits = if wanted == 'd' {
            found.is_ascii_digit()
        } else {
            found == wanted
        };
        if !fits {
            return None;
        }
    }
    Some(pattern.len())
}

fn date_or_time(rest: &str) -> Option<usize> {
    let sign = usize::from(rest.starts_with('-'));
    if let Some(length) = rest.get(sign..).and_then(|date| pattern(date, "dddd-dd-dd")) {
        let date = sign + length;
        let time = rest
            .get(date..)
            .and_then(|after| after.strip_prefix('T'))
            .and_then(time);
        return Some(time.map_or(date, |time| date + 1 + time));
    }
    time(rest)
}

fn time(rest: &str) -> Option<usize> {
    let time = pattern(rest, "dd:dd:dd")?;
    let zone = rest.get(time..).unwrap_or_default();
    let length = if zone.starts_with('Z') {
        1
    } else {
        pattern(zone, "+dd:dd")
            .or_else(|| pattern(zone, "-dd:dd"))
            .unwrap_or(0)
    };
    Some(time + length)
}

fn number(rest: &str) -> Option<usize> {
    let unsigned = rest.strip_prefix('-').unwrap_or(rest);
    let digits = |text: &str| {
        text.find(|character: char| !character.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let whole = digits(unsigned);
    let after = unsigned.get(whole..).unwrap_or_default();
    let fraction = match after.strip_prefix('.') {
        Some(after) if whole > 0 || digits(after) > 0 => 1 + digits(after),
        _ => 0,
    };
    let length = whole + fraction;
    (length > 0).then_some(rest.len() - unsigned.len() + length)
}

/// Whether a default is calculated when the form opens, rather than being the value itself.
pub(super) fn is_dynamic(default: &str, question_type: &str) -> bool {
    let may_have_hyphen = matches!(
        question_type,
        "date" | "dateTime" | "geopoint" | "geotrace" | "geoshape"
    );
    for (token, _, _) in tokens(default) {
        match token {
            Token::Minus if may_have_hyphen => return false,
            Token::Minus
            | Token::Math
            | Token::Union
            | Token::PredicateStart
            | Token::Reference
            | Token::Call => {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// Byte ranges of `instance(…)/path[…]/…` in a text. Outside a predicate a blank ends the path.
pub(super) fn instance_expressions(text: &str) -> Vec<(usize, usize)> {
    #[derive(PartialEq)]
    enum Within {
        Call,
        Path,
        Predicate,
    }
    if !text.contains("instance(") {
        return Vec::new();
    }
    let mut ranges = Vec::new();
    let mut current: Option<(usize, usize, Within)> = None;
    let mut last = Token::Plain;
    for (token, start, end) in tokens(text) {
        let Some((begin, reached, within)) = &mut current else {
            if token == Token::Call && text.get(start..end) == Some("instance(") {
                current = Some((start, end, Within::Call));
                last = token;
            }
            continue;
        };
        let belongs = match within {
            _ if token == Token::Literal && last == Token::Call && *within == Within::Call => true,
            _ if token == Token::CloseParen && last == Token::Literal && *within == Within::Call => true,
            _ if token == Token::PathSeparator
                && matches!(last, Token::CloseParen | Token::PredicateEnd)
                && *within != Within::Predicate =>
            {
                *within = Within::Path;
                true
            }
            Within::Path if token == Token::Whitespace => false,
            Within::Path => {
                if token == Token::PredicateStart {
                    *within = Within::Predicate;
                }
                true
            }
            Within::Predicate => {
                if token == Token::PredicateEnd {
                    *within = Within::Call;
                }
                true
            }
            Within::Call => false,
        };
        if belongs {
            *reached = end;
            last = token;
        } else {
            ranges.push((*begin, *reached));
            current = None;
        }
    }
    if let Some((begin, reached, _)) = current {
        ranges.push((begin, reached));
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_calculated_defaults_from_values() {
        for (default, question_type, expected) in [
            ("2020-01-01", "date", false),
            ("2020-01-01", "text", false),
            ("now()", "date", true),
            ("${a}", "text", true),
            ("a-b", "text", false),
            ("1 + 1", "integer", true),
            ("5", "integer", false),
            ("-5", "integer", false),
            ("张三", "text", false),
            ("http://a.b/c", "text", false),
            ("../a", "text", false),
            ("a[1]", "text", true),
        ] {
            assert_eq!(is_dynamic(default, question_type), expected, "{default}");
        }
    }

    #[test]
    fn finds_instance_expressions_in_a_label() {
        let text = "A instance('c')/root/item[name = ${q}]/label B";
        let found: Vec<&str> = instance_expressions(text)
            .iter()
            .map(|(from, to)| &text[*from..*to])
            .collect();
        assert_eq!(found, ["instance('c')/root/item[name = ${q}]/label"]);
    }
}
