//! Patterns of `regex()`: those that an engine can run in time linear in its input, whatever the input.

use regex::{Regex, RegexBuilder};

/// A pattern that would need more than this is refused.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// The pattern, ready to run; nothing if it is broken, too large, or looks around or back.
pub(crate) fn compile_pattern(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&ascii_classes(pattern))
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .ok()
}

/// `\d` and `\w` mean ASCII in Java and JavaScript, where the forms were tried.
fn ascii_classes(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            translated.push(letter);
            continue;
        }
        match letters.next() {
            Some('d') => translated.push_str("[0-9]"),
            Some('w') => translated.push_str("[0-9A-Za-z_]"),
            Some(other) => {
                translated.push('\\');
                translated.push(other);
            }
            None => translated.push('\\'),
        }
    }
    translated
}
