//! Names of XML (<https://www.w3.org/TR/xml-names/#NT-NCName>), which names of questions must be.

/// May begin a name.
pub(super) fn starts_name(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// May follow in a name.
pub(super) fn continues_name(character: char) -> bool {
    starts_name(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// How many bytes at the beginning of `text` are a name without prefix.
pub(super) fn name_length(text: &str) -> usize {
    let mut length = 0;
    for character in text.chars() {
        let fits = if length == 0 {
            starts_name(character)
        } else {
            continues_name(character)
        };
        if !fits {
            break;
        }
        length += character.len_utf8();
    }
    length
}

/// The same, with one prefix allowed, as in `jr:choice-name`.
pub(super) fn prefixed_length(text: &str) -> usize {
    let first = name_length(text);
    let after = text.get(first..).unwrap_or_default();
    match after.strip_prefix(':').map(name_length) {
        Some(second) if first > 0 && second > 0 => first + 1 + second,
        _ => first,
    }
}

/// Whether the whole text is a name, possibly with a prefix.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && prefixed_length(text) == text.len()
}

/// Whether the whole text is a name without a prefix.
pub(super) fn is_plain_name(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}
