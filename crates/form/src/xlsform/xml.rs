//! Writes XML.

use std::ops::Range;

/// Text of a document, built from the outside in.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    /// The start tag is still open for attributes.
    is_open: bool,
    /// Where in the text the names of the open elements stand.
    names: Vec<Range<usize>>,
}

impl Writer {
    pub(super) fn document() -> Self {
        // A questionnaire of this trade has some 100 KB.
        let mut text = String::with_capacity(128 << 10);
        text.push_str("<?xml version=\"1.0\"?>\n");
        Self {
            text,
            ..Self::default()
        }
    }

    pub(super) fn begin(&mut self, name: &str) -> &mut Self {
        self.finish_tag();
        self.text.push('<');
        let start = self.text.len();
        self.text.push_str(name);
        self.is_open = true;
        self.names.push(start..self.text.len());
        self
    }

    /// An attribute of the element that was begun last.
    pub(super) fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        escape(&mut self.text, value, true);
        self.text.push('"');
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.finish_tag();
        escape(&mut self.text, text, false);
        self
    }

    pub(super) fn end(&mut self) -> &mut Self {
        if let Some(name) = self.names.pop() {
            if self.is_open {
                self.text.push_str("/>");
                self.is_open = false;
            } else {
                self.text.push_str("</");
                self.text.extend_from_within(name);
                self.text.push('>');
            }
        }
        self
    }

    /// An element with text only.
    pub(super) fn element(&mut self, name: &str, text: &str) -> &mut Self {
        self.begin(name);
        if !text.is_empty() {
            self.text(text);
        }
        self.end()
    }

    fn finish_tag(&mut self) {
        if self.is_open {
            self.text.push('>');
            self.is_open = false;
        }
    }

    pub(super) fn into_text(mut self) -> String {
        while !self.names.is_empty() {
            self.end();
        }
        self.text
    }
}

fn escape(into: &mut String, text: &str, in_attribute: bool) {
    let mut rest = text;
    let is_special = |character: char| {
        matches!(character, '&' | '<' | '>')
            || in_attribute && matches!(character, '"' | '\n' | '\t' | '\r')
            || is_forbidden(character)
    };
    // Bytes tell faster than characters that nothing in a text may be special: the two forbidden characters outside of
    // ASCII begin with 0xEF.
    let may_be_special = |byte: u8| matches!(byte, 0..=0x1F | b'&' | b'<' | b'>' | b'"' | 0xEF);
    // Without leaving early, many bytes are looked at in one instruction.
    if !text
        .bytes()
        .fold(false, |found, byte| found | may_be_special(byte))
    {
        into.push_str(text);
        return;
    }
    while let Some(at) = rest.find(is_special) {
        into.push_str(rest.get(..at).unwrap_or_default());
        let found = rest
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .unwrap_or_default();
        into.push_str(match found {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\n' => "&#10;",
            '\t' => "&#9;",
            '\r' => "&#13;",
            _ => "\u{FFFD}",
        });
        rest = rest.get(at + found.len_utf8()..).unwrap_or_default();
    }
    into.push_str(rest);
}

/// Characters that no XML document may hold: <https://www.w3.org/TR/xml/#charsets>.
fn is_forbidden(character: char) -> bool {
    matches!(character, '\u{0}'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_xml_would_misread() {
        let mut writer = Writer::default();
        writer
            .begin("a")
            .attribute("b", "\"<\n")
            .text("1 < 2 & \u{0}")
            .end();
        assert_eq!(
            writer.into_text(),
            "<a b=\"&quot;&lt;&#10;\">1 &lt; 2 &amp; \u{FFFD}</a>"
        );
    }
}
