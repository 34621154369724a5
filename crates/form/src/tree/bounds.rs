//! What is asked of XML before it is read: the reader's time grows with the square of the attributes of one tag, and
//! it makes room for as many attributes as there are equals signs.

use memchr::{memchr, memchr_iter, memchr3};

/// No form has a longer text.
const BYTES_MAX: usize = 48 << 20;
/// Attributes of a whole document.
const EQUALS_MAX: usize = 1_000_000;
/// Attributes of one tag.
const ATTRIBUTES_MAX: usize = 500;

/// What is too much, if anything is.
pub(super) fn excess(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() > BYTES_MAX {
        return Some(format!("more than {BYTES_MAX} bytes"));
    }
    if memchr_iter(b'=', bytes).take(EQUALS_MAX + 1).count() > EQUALS_MAX {
        return Some(format!("more than {EQUALS_MAX} attributes"));
    }
    let mut rest = bytes;
    while let Some(at) = memchr(b'<', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        if matches!(rest.first(), Some(b'!' | b'?' | b'/')) {
            continue;
        }
        let attributes;
        (attributes, rest) = tag(rest);
        if attributes > ATTRIBUTES_MAX {
            return Some(format!("more than {ATTRIBUTES_MAX} attributes of one element"));
        }
    }
    None
}

/// How many attributes a tag has, and what stands after it.
fn tag(mut rest: &[u8]) -> (usize, &[u8]) {
    let mut attributes = 0;
    while let Some(at) = memchr3(b'"', b'\'', b'>', rest) {
        let (found, after) = (rest.get(at), rest.get(at + 1..).unwrap_or_default());
        rest = after;
        let Some(quote) = found.filter(|found| **found != b'>') else {
            return (attributes, rest);
        };
        attributes += 1;
        rest = memchr(*quote, rest)
            .and_then(|end| rest.get(end + 1..))
            .unwrap_or_default();
    }
    (attributes, &[])
}

#[cfg(test)]
mod tests {
    use super::excess;

    #[test]
    fn attributes_are_counted_as_they_are_quoted() {
        let tag = |count: usize| format!("<a {}/>", "b=\"x > ' =\" ".repeat(count));
        assert_eq!(excess(&tag(500)), None);
        assert_eq!(excess(&format!("{}{}", tag(400), tag(400))), None);
        assert!(excess(&tag(501)).is_some());
        assert_eq!(excess(&format!("<a>{}</a>", "x='y' ".repeat(1_000))), None);
        assert!(excess(&"=".repeat(1_000_001)).is_some());
    }
}
