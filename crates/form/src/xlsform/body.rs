//! The form's body: what is asked, in which control.

use std::collections::BTreeMap;

use super::choices::Choices;
use super::model::write_action;
use super::output::write_text;
use super::reference::has_reference;
use super::select::EXTENSIONS;
use super::survey::{extension, stem};
use super::text::Text;
use super::tree::{Element, Event, Id, Resolve, Tree, What};
use super::xml::Writer;

/// Question → what is set when its answer changes: target, calculation, whether it is a place.
type Triggered = BTreeMap<String, Vec<(Id, String, bool)>>;

/// Writes all controls.
pub(super) fn write(writer: &mut Writer, tree: &Tree, choices: &Choices) {
    let mut triggered = Triggered::new();
    for id in tree.in_order() {
        let element = tree.get(id);
        let is_place = element
            .question_type()
            .is_some_and(|known| known.name == "background-geopoint");
        let calculation = element.bound("calculate").and_then(Text::any).unwrap_or_default();
        for name in &element.trigger {
            triggered
                .entry(name.clone())
                .or_default()
                .push((id, calculation.to_owned(), is_place));
        }
    }
    let body = Body {
        tree,
        choices,
        triggered,
    };
    body.children(writer, Tree::ROOT);
}

struct Body<'a> {
    tree: &'a Tree,
    choices: &'a Choices,
    triggered: Triggered,
}

impl Body<'_> {
    fn children(&self, writer: &mut Writer, id: Id) {
        for child in &self.tree.get(id).children {
            let element = self.tree.get(*child);
            match element.what {
                What::Group | What::Loop => self.group(writer, *child, element),
                What::Repeat => self.repeat(writer, *child, element),
                What::Question(_) => self.question(writer, *child, element),
                _ => {}
            }
        }
    }

    fn resolve(&self, text: &str, id: Id) -> String {
        self.tree.resolve(text, Some(id), Resolve::default())
    }

    fn attributes(&self, writer: &mut Writer, id: Id, element: &Element) {
        for (name, value) in &element.control {
            writer.attribute(name, &self.resolve(value, id));
        }
    }

    fn group(&self, writer: &mut Writer, id: Id, element: &Element) {
        writer.begin("group");
        for (name, value) in &element.control {
            let value = if name == "appearance" {
                value.clone()
            } else {
                self.resolve(value, id)
            };
            writer.attribute(name, &value);
        }
        writer.attribute("ref", &self.tree.path(id));
        if !element.label.is_empty() {
            self.label(writer, id, element);
        }
        self.children(writer, id);
        writer.end();
    }

    fn repeat(&self, writer: &mut Writer, id: Id, element: &Element) {
        let path = self.tree.path(id);
        writer.begin("group").attribute("ref", &path);
        self.label(writer, id, element);
        writer.begin("repeat").attribute("nodeset", &path);
        self.attributes(writer, id, element);
        self.children(writer, id);
        self.new_repeat(writer, id);
        writer.end();
        writer.end();
    }

    /// What is set in each new instance of a repeat; inner repeats see to their own.
    fn new_repeat(&self, writer: &mut Writer, id: Id) {
        for child in &self.tree.get(id).children {
            let element = self.tree.get(*child);
            for action in element
                .actions
                .iter()
                .filter(|action| action.event == Event::NewRepeat)
            {
                write_action(writer, self.tree, *child, action);
            }
            if element.what != What::Repeat {
                self.new_repeat(writer, *child);
            }
        }
    }

    fn label(&self, writer: &mut Writer, id: Id, element: &Element) {
        writer.begin("label");
        if element.is_label_localized() {
            writer.attribute("ref", &format!("jr:itext('{}:label')", self.tree.path(id)));
        } else if let Some(label) = &element.label.plain {
            write_text(writer, self.tree, Some(id), label);
        }
        writer.end();
    }

    fn question(&self, writer: &mut Writer, id: Id, element: &Element) {
        let Some(known) = element.question_type() else {
            return;
        };
        if element.is_silent() || matches!(known.control, "" | "action") {
            return;
        }
        writer.begin(known.control).attribute("ref", &self.tree.path(id));
        if !known.media_type.is_empty() && element.controlled("mediatype").is_none() {
            writer.attribute("mediatype", known.media_type);
        }
        self.attributes(writer, id, element);
        if let Some(list) = &element.query {
            let filter = element.choice_filter.as_deref().unwrap_or_default();
            let options = Resolve {
                use_current: true,
                above_repeat: false,
            };
            let filter = self.tree.resolve(filter, Some(id), options);
            writer.attribute("query", &format!("instance('{list}')/root/item[{filter}]"));
        }
        let has_hint = !element.hint.is_empty() || !element.guidance.is_empty() || !known.hint.is_empty();
        self.label(writer, id, element);
        if has_hint {
            self.hint(writer, id, element, known.hint);
        }
        if known.control == "upload" {
            for (key, label) in &element.tags {
                writer.begin("tag").attribute("key", key);
                writer.element("label", label.any().unwrap_or_default());
                writer.end();
            }
        } else if element.itemset.is_some() {
            self.items(writer, id, element);
        }
        self.set_values(writer, id, element);
        writer.end();
    }

    fn hint(&self, writer: &mut Writer, id: Id, element: &Element, of_type: &str) {
        writer.begin("hint");
        if element.hint.is_localized() || !element.guidance.is_empty() {
            writer.attribute("ref", &format!("jr:itext('{}:hint')", self.tree.path(id)));
        } else {
            let hint = element.hint.plain.as_deref().unwrap_or(of_type);
            write_text(writer, self.tree, Some(id), hint);
        }
        writer.end();
    }

    fn set_values(&self, writer: &mut Writer, id: Id, element: &Element) {
        let Some(targets) = self.triggered.get(&element.name) else {
            return;
        };
        // Values first, places after.
        for wants_place in [false, true] {
            for (target, calculation, is_place) in targets {
                if *is_place != wants_place {
                    continue;
                }
                writer
                    .begin(if *is_place { "odk:setgeopoint" } else { "setvalue" })
                    .attribute("ref", &self.tree.path(*target))
                    .attribute("event", "xforms-value-changed");
                if !is_place && !calculation.is_empty() {
                    writer.attribute("value", &self.resolve(calculation, id));
                }
                writer.end();
            }
        }
    }

    fn items(&self, writer: &mut Writer, id: Id, element: &Element) {
        let Some(source) = element.itemset.as_deref() else {
            return;
        };
        let list = self.choices.list(source);
        if let Some(list) = list.filter(|list| list.used_by_search && element.is_select()) {
            for (number, choice) in list.options.iter().enumerate() {
                writer.begin("item").begin("label");
                if list.is_localized {
                    writer.attribute("ref", &format!("jr:itext('{}-{number}')", list.name));
                } else if let Some(label) = &choice.label.plain {
                    write_text(writer, self.tree, None, label);
                }
                writer.end().element("value", &choice.name).end();
            }
            return;
        }
        let mut items = self.nodeset(id, element, source);
        if let Some(filter) = &items.filter {
            items.nodeset = format!("{}[{filter}]", items.nodeset);
        }
        if element.parameters.get("randomize") == Some("true") {
            items.nodeset = match element.parameters.get("seed") {
                Some(seed) => format!("randomize({}, {})", items.nodeset, self.resolve(seed, id).trim()),
                None => format!("randomize({})", items.nodeset),
            };
        }
        writer.begin("itemset").attribute("nodeset", &items.nodeset);
        writer.begin("value").attribute("ref", &items.value).end();
        writer.begin("label").attribute("ref", &items.label).end();
        writer.end();
    }

    fn nodeset(&self, id: Id, element: &Element, source: &str) -> Items {
        let file = extension(source);
        let is_geo = element
            .question_type()
            .is_some_and(|known| known.data_type.starts_with("geo"));
        let instance = |id: &str| format!("instance('{id}')/root/item");
        let mut items = if EXTENSIONS.contains(&file) {
            let (value, label) = if file == ".geojson" {
                ("id", "title")
            } else {
                ("name", "label")
            };
            Items {
                nodeset: instance(stem(source)),
                value: element.parameters.get("value").unwrap_or(value).to_owned(),
                label: element.parameters.get("label").unwrap_or(label).to_owned(),
                filter: None,
            }
        } else if has_reference(source) {
            let path = self.tree.resolve(
                source,
                Some(id),
                Resolve {
                    use_current: false,
                    above_repeat: true,
                },
            );
            let path = path.trim();
            let (nodeset, last) = path.rsplit_once('/').unwrap_or(("", path));
            let (nodeset, last) = if is_geo {
                (path, "geometry")
            } else {
                (nodeset, last)
            };
            Items {
                nodeset: nodeset.to_owned(),
                value: last.to_owned(),
                label: last.to_owned(),
                filter: Some(format!("./{last} != ''")),
            }
        } else {
            let is_localized = self.choices.list(source).is_some_and(|list| list.is_localized);
            Items {
                nodeset: instance(source),
                value: "name".to_owned(),
                label: if is_localized {
                    "jr:itext(itextId)"
                } else {
                    "label"
                }
                .to_owned(),
                filter: None,
            }
        };
        if let Some(filter) = &element.choice_filter {
            let above_repeat = has_reference(source);
            let filter = self.tree.resolve(
                filter,
                Some(id),
                Resolve {
                    use_current: true,
                    above_repeat,
                },
            );
            items.filter = Some(if above_repeat {
                // Other answers of the same repeat are those beside the one that is offered.
                filter
                    .replace(&format!("current()/{}", items.nodeset), ".")
                    .replace(&items.nodeset, ".")
            } else {
                filter
            });
        }
        items
    }
}

struct Items {
    nodeset: String,
    value: String,
    label: String,
    filter: Option<String>,
}
