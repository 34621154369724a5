//! Texts that show values: references and expressions inside them become outputs.

use super::reference::{may_refer, references};
use super::token::instance_expressions;
use super::tree::{Id, Resolve, Tree};
use super::xml::Writer;

/// Writes a text as the content of the element that was begun.
pub(super) fn write_text(writer: &mut Writer, tree: &Tree, context: Option<Id>, text: &str) {
    if text == "-" || !(may_refer(text) || text.contains("instance(")) {
        writer.text(text);
        return;
    }
    let expressions = instance_expressions(text);
    let mut parts: Vec<(usize, usize, String)> = expressions
        .iter()
        .filter_map(|(start, end)| {
            let expression = text.get(*start..*end)?;
            Some((
                *start,
                *end,
                tree.resolve(expression, context, Resolve::default()),
            ))
        })
        .collect();
    for reference in references(text) {
        let is_inside = expressions
            .iter()
            .any(|(start, end)| reference.start >= *start && reference.end <= *end);
        if is_inside {
            continue;
        }
        if let Some(path) = tree.path_of(text, &reference, context, Resolve::default()) {
            parts.push((reference.start, reference.end, format!(" {path} ")));
        }
    }
    parts.sort();
    let mut at = 0;
    for (start, end, value) in parts {
        let before = text.get(at..start).unwrap_or_default();
        if !before.is_empty() {
            writer.text(before);
        }
        writer.begin("output").attribute("value", &value).end();
        at = end;
    }
    let rest = text.get(at..).unwrap_or_default();
    if !rest.is_empty() {
        writer.text(rest);
    }
}
