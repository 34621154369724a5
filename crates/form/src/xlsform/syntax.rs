//! Whether the expression in a cell can be read, which is the expression parser's to say. Here its answer becomes a
//! problem that tells the author of a workbook what to do: for a bracket the one without a partner, for characters of a
//! Chinese keyboard those that were meant.

use super::kind::Kind;
use super::reference;
use crate::expression::{Cause, DEPTH_MAX, Expression, ExpressionError, LENGTH_MAX};

/// One fault, at a character of the expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    /// Counted from 0.
    pub(super) character: usize,
    pub(super) nearest: Option<String>,
}

impl Fault {
    fn new(kind: Kind, character: usize) -> Self {
        Self {
            kind,
            character,
            nearest: None,
        }
    }
}

/// Functions of the ODK `XForms` specification and of other clients that are none of this engine's: whoever uses them
/// knows where the form is to run.
const ELSEWHERE: [&str; 6] = [
    "depend",
    "extract-signed",
    "intersects",
    "property",
    "search",
    "version",
];

/// Faults of an expression, in order.
pub(super) fn faults(text: &str) -> Vec<Fault> {
    // Nothing at all is nobody's mistake here.
    if text.trim().is_empty() {
        return Vec::new();
    }
    let named = named(text);
    match Expression::parse(&named) {
        Err(error) => unread(text, &named, &error).into_iter().collect(),
        Ok(expression) => expression
            .problems()
            .into_iter()
            .filter_map(|problem| doubtful(text, problem))
            .collect(),
    }
}

/// The expression with a plain name of the same length for each reference, so that positions stay. Blanks keep it
/// apart from what stands beside it, as they do in the `XForm`.
fn named(text: &str) -> String {
    let mut named = String::with_capacity(text.len());
    let mut at = 0;
    for reference in reference::references(text) {
        named.push_str(text.get(at..reference.start).unwrap_or_default());
        let inner = text.get(reference.start + 1..reference.end - 1);
        named.push(' ');
        named.extend(std::iter::repeat_n(
            '_',
            inner.map_or(0, |inner| inner.chars().count()),
        ));
        named.push(' ');
        at = reference.end;
    }
    named.push_str(text.get(at..).unwrap_or_default());
    named
}

fn at(error: &ExpressionError) -> usize {
    usize::try_from(error.span.start).unwrap_or(usize::MAX)
}

/// Why an expression cannot be read; nothing where a reference is not well formed, which is told elsewhere.
fn unread(text: &str, named: &str, error: &ExpressionError) -> Option<Fault> {
    let mut start = at(error);
    let from = |start: usize| text.chars().skip(start);
    if matches!(named.chars().nth(start), Some('$' | '{')) {
        return None;
    }
    // The name that stands for a reference begins one character later.
    if from(start).next() == Some('{') {
        start = start.saturating_sub(1);
    }
    if let Some(fault) = full_width(text) {
        return Some(fault);
    }
    Some(match error.cause {
        Cause::OpenText => Fault::new(Kind::Quote {}, start),
        Cause::TooDeep => Fault::new(Kind::ExpressionDeep { limit: DEPTH_MAX }, start),
        Cause::TooLong => Fault::new(Kind::ExpressionLong { limit: LENGTH_MAX }, 0),
        _ => lonely_bracket(text).unwrap_or_else(|| {
            let found: String = from(start).take(12).collect();
            if found.trim().is_empty() {
                return Fault::new(Kind::ExpressionEnd {}, text.chars().count());
            }
            Fault::new(Kind::ExpressionSyntax { found }, start)
        }),
    })
}

/// What is wrong with an expression that can be read.
fn doubtful(text: &str, problem: ExpressionError) -> Option<Fault> {
    let start = at(&problem);
    match problem.cause {
        Cause::UnknownFunction { name, nearest } => {
            // Functions with a prefix other than jr belong to a client.
            let is_foreign = name.contains(':') && !name.starts_with("jr:");
            if is_foreign || ELSEWHERE.contains(&&*name) {
                return None;
            }
            if name.chars().all(|letter| letter == '_') {
                // A reference with a parenthesis behind it.
                let behind = start + name.len() + 1;
                let found = text.chars().skip(behind).take(12).collect();
                return Some(Fault::new(Kind::ExpressionSyntax { found }, behind));
            }
            let mut fault = Fault::new(Kind::FunctionUnknown { name }, start);
            fault.nearest = nearest;
            Some(fault)
        }
        Cause::Pattern(pattern) => Some(Fault::new(Kind::RegexInvalid { pattern }, start)),
        // How many arguments a function takes differs between clients.
        _ => None,
    }
}

/// The characters that are not within quotes, each with its number.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    text.chars().enumerate().filter(move |(_, character)| {
        match quote {
            Some(open) if open == *character => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => quote = Some(*character),
            None => return true,
        }
        false
    })
}

fn full_width(text: &str) -> Option<Fault> {
    unquoted(text).find_map(|(at, character)| {
        let half = half_width(character)?;
        let found = character.to_string();
        let mut fault = Fault::new(Kind::FullWidth { found }, at);
        fault.nearest = Some(half.to_string());
        Some(fault)
    })
}

/// The first bracket that closes another than the one that is open, or the last one that stays open.
fn lonely_bracket(text: &str) -> Option<Fault> {
    let fault = |bracket: char, at| {
        let found = bracket.to_string();
        Fault::new(Kind::Bracket { found }, at)
    };
    let mut open: Vec<(char, usize)> = Vec::new();
    for (at, character) in unquoted(text) {
        let wanted = match character {
            '(' | '[' => {
                open.push((character, at));
                continue;
            }
            ')' => '(',
            ']' => '[',
            _ => continue,
        };
        if open.pop().is_none_or(|(bracket, _)| bracket != wanted) {
            return Some(fault(character, at));
        }
    }
    open.pop().map(|(bracket, at)| fault(bracket, at))
}

/// What a Chinese keyboard writes instead of the character that was meant.
fn half_width(character: char) -> Option<char> {
    Some(match character {
        // The whole block of full-width forms lies at one distance from ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(character).saturating_sub(0xFEE0))?,
        '、' => ',',
        '。' => '.',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '×' => '*',
        '−' | '—' => '-',
        '\u{FFE5}' | '\u{A5}' => '$',
        '【' => '[',
        '】' => ']',
        '\u{3000}' => ' ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<(&'static str, usize)> {
        faults(text)
            .first()
            .map(|fault| (fault.kind.code(), fault.character))
    }

    #[test]
    fn accepts_what_forms_hold() {
        for text in [
            ". > 0 and . <= 130",
            "${a} * 2 - -1 div (3 mod 2)",
            "instance('c')/root/item[name = current()/../a and @x='1'][2]/label",
            "count(${r}) = 0 or not(selected(${b}, 'x'))",
            "/data/*/a | ../b//c | .",
            "once(uuid())",
            "if(${a} = '', 'no (', \"yes]\")",
            "jr:choice-name(${a}, '${a}')",
            "sum(/data/r[position() <= position(current()/..)]/n)",
            "true()",
            "",
            "self::node()",
            "*[1]",
            "a-b - c",
            "${a}and ${b}",
            "/",
            "ex:own(${a})",
            "${价格（元）} > 1",
        ] {
            assert_eq!(faults(text), [], "{text}");
        }
    }

    #[test]
    fn points_at_the_fault() {
        assert_eq!(first("concat('a', ${b}"), Some(("XF-EXPR-BRACKET", 6)));
        assert_eq!(first("${a} + "), Some(("XF-EXPR-END", 7)));
        assert_eq!(first("${a} ${b}"), Some(("XF-EXPR-SYNTAX", 5)));
        assert_eq!(first("${a} = 'x"), Some(("XF-EXPR-QUOTE", 7)));
        assert_eq!(first("(1 + 2]"), Some(("XF-EXPR-BRACKET", 6)));
        assert_eq!(first("slected(${a}, 'x')"), Some(("XF-EXPR-FUNCTION", 0)));
        assert_eq!(first("${a} \u{FF1D} 1"), Some(("XF-EXPR-FULLWIDTH", 5)));
        assert_eq!(first("${a} => 1"), Some(("XF-EXPR-SYNTAX", 6)));
        assert_eq!(first(&"(".repeat(10_000)), Some(("XF-EXPR-DEEP", 200)));
        assert_eq!(first("selected（${a}, 'x')"), Some(("XF-EXPR-FULLWIDTH", 8)));
        assert_eq!(first("${a} = '，' +"), Some(("XF-EXPR-END", 12)));
        assert_eq!(first("${a}('x')"), Some(("XF-EXPR-SYNTAX", 4)));
        assert_eq!(first("${a b} = 1"), None, "told as a reference");
        assert_eq!(first("1 + regex(., '[')"), Some(("XF-EXPR-REGEX", 13)));
        assert_eq!(first("selected(${a},)"), Some(("XF-EXPR-SYNTAX", 14)));
    }
}
