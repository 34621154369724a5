//! From characters to words. `*`, `and`, `div` are operators only after an operand (XPath 1.0 §3.7).

use super::{Cause, ExpressionError, LENGTH_MAX, Span};

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(Box<str>),
    /// A name or `prefix:name`; `prefix:*` has the local name `*`.
    Name(Option<Box<str>>, Box<str>),
    /// `*` as a test of names.
    Star,
    /// `*` between operands.
    Times,
    And,
    Or,
    Mod,
    Div,
    /// Punctuation, of one or two characters.
    Sign(&'static str),
}

const SIGNS: [&str; 23] = [
    "::", "//", "..", "!=", "<=", ">=", "(", ")", "[", "]", ",", "@", "/", "|", "+", "-", "=", "<", ">", ".",
    "$", ":", "*",
];

struct Lexer<'a> {
    rest: &'a str,
    /// Characters before `rest`.
    at: u32,
    words: Vec<(Token, Span)>,
}

/// All words of `text`.
pub(super) fn words(text: &str) -> Result<Vec<(Token, Span)>, ExpressionError> {
    if text.len() > LENGTH_MAX {
        return Err(ExpressionError {
            span: Span { start: 0, end: 0 },
            cause: Cause::TooLong,
        });
    }
    let mut lexer = Lexer {
        rest: text,
        at: 0,
        words: Vec::new(),
    };
    while lexer.word()? {}
    Ok(lexer.words)
}

impl<'a> Lexer<'a> {
    /// Takes `bytes` bytes, which end at a character.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.at += u32::try_from(taken.chars().count()).unwrap_or(u32::MAX);
        taken
    }

    fn push(&mut self, token: Token, start: u32) {
        self.words.push((token, Span { start, end: self.at }));
    }

    fn fail(&self, start: u32, cause: Cause) -> ExpressionError {
        ExpressionError {
            span: Span {
                start,
                end: self.at.max(start + 1),
            },
            cause,
        }
    }

    /// Whether an operand has just ended, so that an operator comes next.
    fn after_operand(&self) -> bool {
        match self.words.last() {
            None => false,
            Some((token, _)) => matches!(
                token,
                Token::Number(_)
                    | Token::Text(_)
                    | Token::Name(..)
                    | Token::Star
                    | Token::Sign(")" | "]" | "." | "..")
            ),
        }
    }

    fn word(&mut self) -> Result<bool, ExpressionError> {
        let spaces = self.rest.len() - self.rest.trim_start().len();
        self.take(spaces);
        let start = self.at;
        let Some(first) = self.rest.chars().next() else {
            return Ok(false);
        };
        let second = self.rest.chars().nth(1);
        if first == '"' || first == '\'' {
            self.text(first, start)?;
        } else if first.is_ascii_digit() || (first == '.' && second.is_some_and(|next| next.is_ascii_digit()))
        {
            self.number(start);
        } else if self.after_operand() && self.operator(start) {
        } else if is_name_start(first) {
            self.name(start);
        } else if let Some(sign) = SIGNS.iter().find(|sign| self.rest.starts_with(**sign)) {
            self.take(sign.len());
            let token = match *sign {
                "*" => Token::Star,
                sign => Token::Sign(sign),
            };
            self.push(token, start);
        } else {
            return Err(self.fail(start, Cause::Unexpected(first.to_string())));
        }
        Ok(true)
    }

    fn text(&mut self, quote: char, start: u32) -> Result<(), ExpressionError> {
        self.take(1);
        let Some(length) = self.rest.find(quote) else {
            return Err(self.fail(start, Cause::OpenText));
        };
        let text = self.take(length);
        self.take(1);
        self.push(Token::Text(text.into()), start);
        Ok(())
    }

    fn number(&mut self, start: u32) {
        let digits = |text: &str| {
            text.len()
                - text
                    .trim_start_matches(|digit: char| digit.is_ascii_digit())
                    .len()
        };
        let mut length = digits(self.rest);
        if let Some(fraction) = self.rest.get(length..).and_then(|rest| rest.strip_prefix('.')) {
            length += 1 + digits(fraction);
        }
        let number = self.take(length).parse().unwrap_or(f64::NAN);
        self.push(Token::Number(number), start);
    }

    /// `and`, `or`, `mod`, `div` and `*`. What follows need not be apart: `1mod1` is in the field.
    fn operator(&mut self, start: u32) -> bool {
        let words = [
            ("and", Token::And),
            ("or", Token::Or),
            ("mod", Token::Mod),
            ("div", Token::Div),
            ("*", Token::Times),
        ];
        for (word, token) in words {
            if self.rest.starts_with(word) {
                self.take(word.len());
                self.push(token, start);
                return true;
            }
        }
        false
    }

    fn name(&mut self, start: u32) {
        let length = |text: &str| text.len() - text.trim_start_matches(is_name_part).len();
        let first: Box<str> = self.take(length(self.rest)).into();
        let after = self
            .rest
            .strip_prefix(':')
            .filter(|after| !after.starts_with(':'));
        let local = match after {
            Some(after) if after.starts_with('*') => 1,
            Some(after) if after.chars().next().is_some_and(is_name_start) => length(after),
            _ => 0,
        };
        if local == 0 {
            return self.push(Token::Name(None, first), start);
        }
        self.take(1);
        let local = self.take(local).into();
        self.push(Token::Name(Some(first), local), start);
    }
}

fn is_name_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn is_name_part(letter: char) -> bool {
    letter.is_alphanumeric()
        || matches!(
            letter,
            '_' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}'
        )
}
