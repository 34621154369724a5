//! The form's model: the tree of answers, binds, and what happens when the form opens.

use super::reference::has_reference;
use super::settings::{Settings, yes_or_no};
use super::text::Text;
use super::tree::{Action, Element, Event, Id, Resolve, Tree, What};
use super::xml::Writer;

/// Writes the primary instance.
pub(super) fn write_instance(writer: &mut Writer, tree: &Tree, settings: &Settings) {
    writer.begin("instance");
    let instance = Instance { tree, settings };
    instance.section(writer, Tree::ROOT, false, false);
    writer.end();
}

struct Instance<'a> {
    tree: &'a Tree,
    settings: &'a Settings,
}

impl Instance<'_> {
    /// A group with what is in it. A repeat is written twice, as template and as first instance; within either, repeats
    /// are written once, except in the groups of a template.
    fn section(&self, writer: &mut Writer, id: Id, is_template: bool, once: bool) {
        let element = self.tree.get(id);
        writer.begin(&element.name);
        if is_template {
            writer.attribute("jr:template", "");
        } else {
            self.attributes(writer, id, element);
        }
        for child in element.children.iter().copied() {
            let found = self.tree.get(child);
            match found.what {
                What::ExternalData(_) | What::Attribute => {}
                What::Repeat if is_template => self.section(writer, child, true, false),
                What::Repeat if !once => {
                    self.section(writer, child, true, false);
                    self.section(writer, child, false, true);
                }
                What::EntityLabel => {
                    writer.begin(&found.name).end();
                }
                What::Question(_) => self.question(writer, child, found),
                _ => self.section(writer, child, false, once && !is_template),
            }
        }
        writer.end();
    }

    fn attributes(&self, writer: &mut Writer, id: Id, element: &Element) {
        for (name, value) in &element.instance {
            writer.attribute(name, &self.tree.resolve(value, Some(id), Resolve::default()));
        }
        for child in &element.children {
            let child = self.tree.get(*child);
            if child.what == What::Attribute {
                writer.attribute(&child.name, child.value.as_deref().unwrap_or_default());
            }
        }
        if id == Tree::ROOT {
            self.root(writer);
        }
    }

    fn root(&self, writer: &mut Writer) {
        let settings = self.settings;
        for (name, value) in &settings.attributes {
            if !matches!(name.as_str(), "id" | "version" | "xmlns") {
                writer.attribute(name, value);
            }
        }
        writer.attribute("id", &settings.form_id);
        for (name, value) in [
            ("xmlns", &settings.instance_xmlns),
            ("version", &settings.version),
            ("odk:prefix", &settings.prefix),
            ("odk:delimiter", &settings.delimiter),
        ] {
            if let Some(value) = value {
                writer.attribute(name, value);
            }
        }
    }

    fn question(&self, writer: &mut Writer, id: Id, element: &Element) {
        writer.begin(&element.name);
        for (name, value) in &element.instance {
            writer.attribute(name, &self.tree.resolve(value, Some(id), Resolve::default()));
        }
        if let Some(default) = element.fixed_default() {
            writer.text(default);
        }
        writer.end();
    }
}

/// Writes binds, and the actions of the model, in the order of the form.
pub(super) fn write_binds(writer: &mut Writer, tree: &Tree) {
    for id in tree.in_order() {
        let element = tree.get(id);
        let has_type = element
            .question_type()
            .is_some_and(|known| !known.data_type.is_empty());
        let is_data = matches!(element.what, What::ExternalData(_));
        if !is_data && (has_type || !element.bind.is_empty()) {
            bind(writer, tree, id, element);
        }
        for action in element
            .actions
            .iter()
            .filter(|action| action.event != Event::NewRepeat)
        {
            write_action(writer, tree, id, action);
        }
    }
}

fn bind(writer: &mut Writer, tree: &Tree, id: Id, element: &Element) {
    let path = tree.path(id);
    writer.begin("bind").attribute("nodeset", &path);
    if let Some(known) = element.question_type() {
        if !known.data_type.is_empty() && element.bound("type").is_none() {
            writer.attribute("type", known.data_type);
        }
        for (name, value) in known
            .bind
            .iter()
            .filter(|(name, _)| element.bound(name).is_none())
        {
            writer.attribute(name, value);
        }
    }
    for (name, value) in &element.bind {
        // What a trigger calculates is set when the trigger's answer changes.
        if name == "calculate" && !element.trigger.is_empty() {
            continue;
        }
        writer.attribute(name, &bound_value(tree, id, &path, name, value));
    }
    writer.end();
}

fn bound_value(tree: &Tree, id: Id, path: &str, name: &str, value: &Text) -> String {
    let text = value.any().unwrap_or_default();
    let is_condition = matches!(
        name,
        "readonly" | "required" | "relevant" | "constraint" | "calculate"
    );
    match yes_or_no(text) {
        Some(true) if is_condition => return "true()".to_owned(),
        Some(false) if is_condition => return "false()".to_owned(),
        _ => {}
    }
    let is_message = match name {
        "jr:constraintMsg" | "jr:requiredMsg" => value.is_localized() || has_reference(text),
        "jr:noAppErrorString" => value.is_localized(),
        _ => false,
    };
    if is_message {
        return format!("jr:itext('{path}:{name}')");
    }
    tree.resolve(text, Some(id), Resolve::default())
}

/// Writes one action of an element.
pub(super) fn write_action(writer: &mut Writer, tree: &Tree, id: Id, action: &Action) {
    writer
        .begin(action.name)
        .attribute("ref", &tree.path(id))
        .attribute("event", action.event.name());
    if action.name == "setvalue" {
        let element = tree.get(id);
        let value = element.default.as_deref().or(action.value.as_deref());
        if let Some(value) = value {
            writer.attribute("value", &tree.resolve(value, Some(id), Resolve::default()));
        }
    }
    if let Some(quality) = &action.quality {
        writer.attribute("odk:quality", quality);
    }
    writer.end();
}
