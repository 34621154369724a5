//! Suite `forms/xpath`: an expression over a document.

use chrono::DateTime;
use hudang_form::document::Document;
use hudang_form::evaluate::{Dialect, NodeRef, Surroundings as _, Value};
use hudang_form::expression::Expression;
use hudang_form::tree::{Doctype, NodeId, NodeKind, Tree};
use serde_json::Value as Json;

/// A case of `forms/xpath.jsonl`.
#[derive(serde::Deserialize)]
struct Case {
    xforms: bool,
    xml: String,
    context: String,
    root: String,
    lang: Option<String>,
    expr: String,
    r#type: String,
    expected: Json,
    rounded_to: Option<f64>,
}

/// Results differ in the last digit where two machines' sine differs.
const RELATIVE_ERROR_MAX: f64 = 1e-14;

/// Judges one case.
pub(super) fn judge(case: &Json) -> Result<(), String> {
    let case: Case = serde_json::from_value(case.clone()).map_err(|error| error.to_string())?;
    let now = DateTime::parse_from_rfc3339(super::RECORDED_AT).map_err(|error| error.to_string())?;
    let document = Document::read(&case.xml, Doctype::Allowed, now).map_err(|error| error.to_string())?;
    let context = find(&document, &case.context)?;
    let root = find(&document, &case.root)?;
    let dialect = if case.xforms { Dialect::Odk } else { Dialect::XPath };
    let document = document
        .with_root(root)
        .with_language(case.lang.as_deref())
        .with_dialect(dialect);
    let expression = Expression::parse(&case.expr).map_err(|error| error.to_string())?;
    let value = document
        .evaluate(&expression, context)
        .map_err(|error| error.to_string())?;
    let got = match &*case.r#type {
        "boolean" => Json::from(value.to_boolean()),
        "string" => Json::from(value.to_text(&document)),
        "number" => {
            let mut number = value.to_number(&document);
            if let Some(scale) = case.rounded_to {
                number = (number * scale).round() / scale;
            }
            if is_near(&case.expected, number) {
                return Ok(());
            }
            Json::from(number.to_string())
        }
        "nodes" => match value {
            Value::Nodes(nodes) => nodes
                .iter()
                .map(|node| path(document.tree(0), node.node))
                .collect(),
            other => return Err(format!("no nodes: {other:?}")),
        },
        other => return Err(format!("unknown type {other}")),
    };
    if got == case.expected {
        return Ok(());
    }
    Err(format!("{got} instead of {} for {}", case.expected, case.expr))
}

fn find(document: &Document, path: &str) -> Result<NodeRef, String> {
    let expression = Expression::parse(path).map_err(|error| error.to_string())?;
    match document.evaluate(&expression, document.root_node()) {
        Ok(Value::Nodes(nodes)) => nodes.first().copied().ok_or_else(|| format!("nothing at {path}")),
        other => Err(format!("no nodes at {path}: {other:?}")),
    }
}

#[expect(clippy::float_cmp, reason = "infinities are equal or not")]
fn is_near(expected: &Json, number: f64) -> bool {
    let expected = match expected {
        Json::String(text) => text.parse().unwrap_or(f64::NAN),
        other => other.as_f64().unwrap_or(f64::NAN),
    };
    if expected.is_nan() || expected.is_infinite() {
        return expected == number || (expected.is_nan() && number.is_nan());
    }
    (expected - number).abs() <= RELATIVE_ERROR_MAX * expected.abs().max(1.0)
}

/// As the cases write it: `/*[1]/*[2]/@name`.
fn path(tree: &Tree, node: NodeId) -> String {
    let mut steps = Vec::new();
    let mut at = node;
    while let Some(parent) = tree.parent(at) {
        steps.push(if tree.kind(at) == NodeKind::Attribute {
            format!("@{}", tree.name(at).written())
        } else {
            let before = tree.elements(parent).position(|beside| beside == at);
            format!("*[{}]", before.unwrap_or_default() + 1)
        });
        at = parent;
    }
    steps.reverse();
    format!("/{}", steps.join("/"))
}
