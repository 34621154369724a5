//! `<setvalue>` and `<odk:setgeopoint>`.

use super::FormError;
use super::question::QuestionId;
use super::read::Reader;
use super::reference::resolve;
use crate::expression::Expression;
use crate::tree::{NodeId, NodeKind};

/// Something that is done at an event.
#[derive(Debug)]
pub struct Action {
    /// What is set.
    pub target: QuestionId,
    /// The same as it is written, where it names one instance among several.
    pub reference: Option<Expression>,
    /// When.
    pub events: Events,
    /// To what.
    pub value: ActionValue,
    /// The question whose change is the event.
    pub source: Option<QuestionId>,
}

/// At which events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of the four may be listed")]
pub struct Events {
    /// `odk-instance-first-load`
    pub first_load: bool,
    /// `odk-instance-load`
    pub load: bool,
    /// `odk-new-repeat`
    pub new_repeat: bool,
    /// `xforms-value-changed`
    pub value_changed: bool,
}

/// To what a value is set.
#[derive(Debug)]
pub enum ActionValue {
    /// What an expression gives at the target.
    Expression(Expression),
    /// A text.
    Literal(String),
    /// Where the device is.
    Location,
}

/// An action as it is written, before its target is known.
pub(super) struct Written {
    pub(super) node: NodeId,
    pub(super) source: Option<String>,
}

/// Whether an element is an action.
pub(super) fn is_action(reader: &Reader<'_>, node: NodeId) -> bool {
    let local = &*reader.tree.name(node).local;
    matches!(local, "setvalue" | "setgeopoint") && reader.tree.attribute(node, "event").is_some()
}

/// Reads an action; `None` if there is nothing of its target's name.
pub(super) fn read(
    reader: &Reader<'_>,
    written: &Written,
    find: &dyn Fn(&str) -> Option<QuestionId>,
) -> Result<Option<Action>, FormError> {
    let (tree, node) = (reader.tree, written.node);
    let base = written.source.clone().unwrap_or_default();
    let reference = match tree.attribute(node, "ref") {
        Some(reference) => Some(reference.to_owned()),
        None => tree.attribute(node, "bind").and_then(|id| reader.bound_by_id(id)),
    };
    let Some(reference) = reference else {
        return Err(FormError::Body {
            path: base,
            reason: "an action without ref",
        });
    };
    let Some(target) = resolve(&base, &reference).and_then(|path| find(&path)) else {
        return Ok(None);
    };
    let mut events = Events::default();
    for event in tree
        .attribute(node, "event")
        .unwrap_or_default()
        .split_whitespace()
    {
        match event {
            "odk-instance-first-load" | "xforms-ready" => events.first_load = true,
            "odk-instance-load" => events.load = true,
            "odk-new-repeat" | "jr-insert" => events.new_repeat = true,
            "xforms-value-changed" => events.value_changed = true,
            _ => {}
        }
    }
    let value = if &*tree.name(node).local == "setgeopoint" {
        ActionValue::Location
    } else if let Some(value) = tree.attribute(node, "value").filter(|value| !value.is_empty()) {
        ActionValue::Expression(reader.expression(&reference, "value", value)?)
    } else {
        let text = tree
            .children(node)
            .find(|child| tree.kind(*child) == NodeKind::Text);
        ActionValue::Literal(
            text.map(|text| tree.own_value(text).to_owned())
                .unwrap_or_default(),
        )
    };
    let chooses = reference.contains('[');
    Ok(Some(Action {
        target,
        reference: chooses
            .then(|| reader.expression(&base, "ref", &reference))
            .transpose()?,
        events,
        value,
        source: written.source.as_deref().and_then(find),
    }))
}
