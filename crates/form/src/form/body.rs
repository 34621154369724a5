//! `<h:body>`: how each node is asked.

use std::collections::BTreeMap;

use super::FormError;
use super::action::{Written, is_action};
use super::itext::chunks;
use super::question::{Bounds, Choices, Control, ControlKind, Itemset, StaticChoice, Text};
use super::read::{DEPTH_MAX, Reader};
use super::reference::resolve;
use crate::evaluate::parse_number;
use crate::expression::{Expression, Function, Kind};
use crate::tree::{JAVAROSA, NodeId};

/// What the body says, by path.
#[derive(Default)]
pub(super) struct Body {
    pub(super) controls: BTreeMap<String, Control>,
    /// `jr:count` and `jr:noAddRemove`.
    pub(super) repeats: BTreeMap<String, RepeatAttributes>,
    pub(super) actions: Vec<Written>,
}

pub(super) struct RepeatAttributes {
    pub(super) count: Option<Expression>,
    pub(super) is_fixed: bool,
}

/// Reads the body.
pub(super) fn read(reader: &Reader<'_>, body: NodeId, root: &str) -> Result<Body, FormError> {
    let mut found = Body::default();
    children(reader, body, root, 0, &mut found)?;
    Ok(found)
}

fn children(
    reader: &Reader<'_>,
    node: NodeId,
    base: &str,
    depth: usize,
    body: &mut Body,
) -> Result<(), FormError> {
    if depth > DEPTH_MAX {
        return Err(FormError::TooDeep(DEPTH_MAX));
    }
    for child in reader.tree.elements(node) {
        element(reader, child, base, depth, body)?;
    }
    Ok(())
}

fn element(
    reader: &Reader<'_>,
    node: NodeId,
    base: &str,
    depth: usize,
    body: &mut Body,
) -> Result<(), FormError> {
    let tree = reader.tree;
    let local = tree.name(node).local.to_string();
    let kind = match &*local {
        "input" | "secret" | "textarea" => ControlKind::Input,
        "select1" => ControlKind::SelectOne,
        "select" => ControlKind::SelectMultiple,
        "rank" => ControlKind::Rank,
        "trigger" => ControlKind::Trigger,
        "upload" => ControlKind::Upload,
        "range" => ControlKind::Range(bounds(reader, node, base)?),
        "group" => ControlKind::Group,
        "repeat" => ControlKind::Repeat,
        _ => return Ok(()),
    };
    let is_structure = matches!(kind, ControlKind::Group | ControlKind::Repeat);
    let Some(path) = reference(reader, node, base)? else {
        if !is_structure {
            return Err(FormError::Body {
                path: base.to_owned(),
                reason: "a question without ref",
            });
        }
        return children(reader, node, base, depth + 1, body);
    };
    for action in tree.elements(node).filter(|child| is_action(reader, *child)) {
        body.actions.push(Written {
            node: action,
            source: Some(path.clone()),
        });
    }
    let is_around_repeat = kind == ControlKind::Group && repeats_itself(reader, node, base, &path);
    if kind == ControlKind::Repeat {
        let attribute = |name| tree.attribute_of(node, Some(JAVAROSA), name);
        let count = attribute("count")
            .map(|text| reader.expression(&path, "jr:count", text))
            .transpose()?;
        let fixed = attribute("noAddRemove")
            .map(|text| reader.expression(&path, "jr:noAddRemove", text))
            .transpose()?;
        body.repeats.insert(
            path.clone(),
            RepeatAttributes {
                count,
                is_fixed: fixed.as_ref().is_some_and(super::is_always_true),
            },
        );
    }
    let control = control(reader, node, kind.clone(), &path)?;
    if kind == ControlKind::Repeat {
        // The label of a repeat is that of the group around it.
        let around = body.controls.remove(&path);
        let control = Control {
            label: around.and_then(|around| around.label),
            ..control
        };
        body.controls.insert(path.clone(), control);
    } else if body.controls.insert(path.clone(), control).is_some() && !is_around_repeat {
        return Err(FormError::TwoControls(path));
    }
    if is_structure {
        children(reader, node, &path, depth + 1, body)?;
    }
    Ok(())
}

/// Whether a group is there for the repeat in it.
fn repeats_itself(reader: &Reader<'_>, group: NodeId, base: &str, path: &str) -> bool {
    reader.tree.elements(group).any(|child| {
        let is_repeat = &*reader.tree.name(child).local == "repeat";
        is_repeat && matches!(reference(reader, child, base), Ok(Some(found)) if found == path)
    })
}

fn reference(reader: &Reader<'_>, node: NodeId, base: &str) -> Result<Option<String>, FormError> {
    let tree = reader.tree;
    let written = tree
        .attribute(node, "ref")
        .or_else(|| tree.attribute(node, "nodeset"));
    let bound = tree.attribute(node, "bind").and_then(|id| reader.bound_by_id(id));
    let Some(written) = written.map(str::to_owned).or(bound) else {
        return Ok(None);
    };
    match resolve(base, &written) {
        Some(path) => Ok(Some(path)),
        None => Err(FormError::Body {
            path: written,
            reason: "a reference that is no path",
        }),
    }
}

fn bounds(reader: &Reader<'_>, node: NodeId, base: &str) -> Result<Bounds, FormError> {
    let number = |name: &str| {
        let number = parse_number(reader.tree.attribute(node, name).unwrap_or_default());
        number
            .is_finite()
            .then_some(number)
            .ok_or_else(|| FormError::Body {
                path: base.to_owned(),
                reason: "a range without start, end and step",
            })
    };
    Ok(Bounds {
        start: number("start")?,
        end: number("end")?,
        step: number("step")?,
    })
}

fn control(reader: &Reader<'_>, node: NodeId, kind: ControlKind, path: &str) -> Result<Control, FormError> {
    let tree = reader.tree;
    let text = |name: &'static str| {
        let found = tree.element(node, name);
        found
            .map(|found| self::text(reader, found, path, name))
            .transpose()
    };
    let chooses = matches!(
        kind,
        ControlKind::SelectOne | ControlKind::SelectMultiple | ControlKind::Rank
    );
    let attributes = tree.attributes(node).map(|attribute| {
        let name = tree.name(attribute).written();
        (name, tree.own_value(attribute).to_owned())
    });
    Ok(Control {
        kind,
        label: text("label")?,
        hint: text("hint")?,
        appearance: tree.attribute(node, "appearance").unwrap_or_default().to_owned(),
        choices: if chooses {
            Some(choices(reader, node, path)?)
        } else {
            None
        },
        attributes: attributes.collect(),
    })
}

fn choices(reader: &Reader<'_>, node: NodeId, path: &str) -> Result<Choices, FormError> {
    let tree = reader.tree;
    let broken = |reason: &'static str| FormError::Body {
        path: path.to_owned(),
        reason,
    };
    if let Some(itemset) = tree.element(node, "itemset") {
        let nodeset = tree
            .attribute(itemset, "nodeset")
            .or_else(|| tree.attribute(itemset, "ref"));
        let nodeset = nodeset.ok_or_else(|| broken("an itemset without nodeset"))?;
        let value = tree
            .element(itemset, "value")
            .and_then(|value| tree.attribute(value, "ref"));
        let value = value.ok_or_else(|| broken("an itemset without value"))?;
        let label = tree.element(itemset, "label");
        return Ok(Choices::Itemset(Box::new(Itemset {
            nodeset: reader.expression(path, "nodeset", nodeset)?,
            value: reader.expression(path, "value", value)?,
            label: label
                .map(|label| text(reader, label, path, "label"))
                .transpose()?,
        })));
    }
    let mut items = Vec::new();
    for item in tree
        .elements(node)
        .filter(|item| &*tree.name(*item).local == "item")
    {
        let value = tree
            .element(item, "value")
            .ok_or_else(|| broken("a choice without value"))?;
        let label = tree.element(item, "label");
        items.push(StaticChoice {
            value: tree.value(value).into_owned(),
            label: label
                .map(|label| text(reader, label, path, "label"))
                .transpose()?,
        });
    }
    Ok(Choices::Static(items))
}

/// A label, a hint or a message element.
fn text(reader: &Reader<'_>, node: NodeId, path: &str, attribute: &'static str) -> Result<Text, FormError> {
    match reader.tree.attribute(node, "ref") {
        None => chunks(reader, node).map(Text::Chunks),
        Some(reference) => reference_text(reader, reference, path, attribute),
    }
}

/// `jr:itext('id')`, or the path of a node.
fn reference_text(
    reader: &Reader<'_>,
    reference: &str,
    path: &str,
    attribute: &'static str,
) -> Result<Text, FormError> {
    let expression = reader.expression(path, attribute, reference)?;
    Ok(match itext_id(&expression) {
        Some(id) => Text::Itext(id),
        None => Text::Reference(expression),
    })
}

/// The text that a message of a bind is.
pub(super) fn message(reader: &Reader<'_>, message: &str, path: &str) -> Text {
    let expression = Expression::parse(message).ok();
    if let Some(id) = expression.as_ref().and_then(itext_id) {
        reader.check(path, "jr:constraintMsg", &id);
        return Text::Itext(id);
    }
    Text::Chunks(vec![super::question::Chunk::Literal(message.to_owned())])
}

/// The argument of `jr:itext(…)` as an expression of its own.
fn itext_id(expression: &Expression) -> Option<Expression> {
    let Kind::Call(call) = &expression.root().kind else {
        return None;
    };
    if call.function != Some(Function::Itext) {
        return None;
    }
    call.arguments
        .first()
        .map(|argument| expression.excerpt(argument))
}
