//! References to questions: `${name}`, `${last-saved#name}`.

use super::name::name_length;

/// One reference in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    pub(super) name: &'a str,
    pub(super) is_last_saved: bool,
    /// Byte range in the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What was found at `${`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Reference(Reference<'a>),
    /// Begins like a reference and is none: the byte range.
    Malformed(usize, usize),
}

/// Everything in `text` that begins like a reference.
pub(super) fn find(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text
        .get(at..)
        .and_then(|rest| rest.find("${"))
        .map(|offset| at + offset)
    {
        let inner = text.get(start + 2..).unwrap_or_default();
        let Some(length) = inner.find('}') else {
            found.push(Found::Malformed(start, text.len()));
            break;
        };
        let end = start + 2 + length + 1;
        let inner = inner.get(..length).unwrap_or_default();
        let name = inner.strip_prefix("last-saved#").unwrap_or(inner);
        if !name.is_empty() && name_length(name) == name.len() {
            let is_last_saved = name.len() != inner.len();
            found.push(Found::Reference(Reference {
                name,
                is_last_saved,
                start,
                end,
            }));
            at = end;
        } else if inner.is_empty() {
            // `${}` in a text is nobody's reference.
            at = end;
        } else {
            // In `${a ${b}` the second one is whole.
            let again = inner.rfind("${").map(|offset| start + 2 + offset);
            found.push(Found::Malformed(start, again.unwrap_or(end)));
            at = again.unwrap_or(end);
        }
    }
    found
}

/// The well-formed references of a text.
pub(super) fn references(text: &str) -> impl Iterator<Item = Reference<'_>> {
    find(text).into_iter().filter_map(|found| match found {
        Found::Reference(reference) => Some(reference),
        Found::Malformed(..) => None,
    })
}

/// Whether something in a text begins like a reference. Most texts have no `$`, which one byte tells faster than two.
pub(super) fn may_refer(text: &str) -> bool {
    text.contains('$') && text.contains("${")
}

/// Whether a text has a reference.
pub(super) fn has_reference(text: &str) -> bool {
    may_refer(text) && references(text).next().is_some()
}

/// The name when the whole text is one reference.
pub(super) fn only_reference(text: &str) -> Option<Reference<'_>> {
    references(text)
        .next()
        .filter(|reference| reference.start == 0 && reference.end == text.len())
}

/// Whether a text refers to the last record that was saved on this phone.
pub(super) fn has_last_saved(text: &str) -> bool {
    may_refer(text) && references(text).any(|reference| reference.is_last_saved)
}
