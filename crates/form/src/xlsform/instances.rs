//! Data beside the answers: lists of choices, attached files, the record that was saved last.

use std::collections::BTreeMap;

use super::choices::{Choices, List};
use super::kind::Kind;
use super::problem::{Place, Problems};
use super::reference::has_last_saved;
use super::survey::{extension, stem};
use super::table::Table;
use super::tree::{Element, Tree, What};
use super::xml::Writer;

/// One source of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instance {
    pub(super) id: String,
    /// Where it comes from; `None` for a list of the choices sheet.
    pub(super) source: Option<String>,
}

/// All sources of a form, each id once.
pub(super) fn collect(
    tree: &Tree,
    choices: &Choices,
    survey: &Table<'_>,
    problems: &mut Problems,
) -> Vec<Instance> {
    let mut found: Vec<(Instance, u32, bool)> = Vec::new();
    let mut has_saved = false;
    for id in tree.in_order() {
        let element = tree.get(id);
        for file in pulldata_files(element) {
            let source = format!("jr://file-csv/{file}.csv");
            found.push((
                Instance {
                    id: file,
                    source: Some(source),
                },
                element.row,
                false,
            ));
        }
        match element.what {
            What::ExternalData(kind) => {
                let folder = if kind == "csv" { "file-csv" } else { "file" };
                let source = format!("jr://{folder}/{}.{kind}", element.name);
                found.push((
                    Instance {
                        id: element.name.clone(),
                        source: Some(source),
                    },
                    element.row,
                    true,
                ));
            }
            What::Question(_) => {
                if let Some(file) = element.itemset.as_deref().filter(|_| element.is_select()) {
                    let folder = match extension(file) {
                        ".csv" => "file-csv",
                        ".xml" | ".geojson" => "file",
                        _ => "",
                    };
                    if !folder.is_empty() {
                        let source = format!("jr://{folder}/{file}");
                        found.push((
                            Instance {
                                id: stem(file).to_owned(),
                                source: Some(source),
                            },
                            element.row,
                            false,
                        ));
                    }
                }
                has_saved = has_saved || uses_saved(element);
            }
            _ => {}
        }
    }
    if has_saved {
        let source = Some("jr://instance/last-saved".to_owned());
        found.push((
            Instance {
                id: "__last-saved".to_owned(),
                source,
            },
            0,
            false,
        ));
    }
    for list in choices.lists.iter().filter(|list| !list.used_by_search) {
        found.push((
            Instance {
                id: list.name.clone(),
                source: None,
            },
            0,
            false,
        ));
    }
    unique(found, survey, problems)
}

fn unique(found: Vec<(Instance, u32, bool)>, survey: &Table<'_>, problems: &mut Problems) -> Vec<Instance> {
    let mut kept: Vec<Instance> = Vec::new();
    let mut by_id: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for (instance, row, is_external) in found {
        let place = |column: &str| {
            if row == 0 {
                Place::sheet("choices")
            } else {
                survey.cell(row, &[column])
            }
        };
        let Some((at, was_external)) = by_id.get(&instance.id).copied() else {
            by_id.insert(instance.id.clone(), (kept.len(), is_external));
            kept.push(instance);
            continue;
        };
        if is_external && was_external {
            problems.add(place("name"), Kind::InstanceTwice { id: instance.id });
            continue;
        }
        let first = kept.get(at).and_then(|first| first.source.clone());
        if first != instance.source {
            let shown = |source: Option<String>| source.unwrap_or_else(|| "choices".to_owned());
            let kind = Kind::InstanceConflict {
                id: instance.id,
                first: shown(first),
                second: shown(instance.source),
            };
            problems.add(place("name"), kind);
        }
    }
    kept
}

/// Attributes of a bind in which functions may read files.
const EXPRESSIONS: [&str; 5] = ["calculate", "constraint", "readonly", "required", "relevant"];

/// Expressions of an element that may read data from elsewhere.
fn expressions(element: &Element) -> impl Iterator<Item = &str> {
    let bound = EXPRESSIONS
        .into_iter()
        .filter_map(|attribute| element.bound(attribute)?.any());
    bound
        .chain(element.choice_filter.as_deref())
        .chain(element.default.as_deref())
}

fn uses_saved(element: &Element) -> bool {
    expressions(element).any(has_last_saved)
}

/// First arguments of `pulldata(…)`: names of CSV files without their extension.
fn pulldata_files(element: &Element) -> Vec<String> {
    let mut files = Vec::new();
    for text in expressions(element) {
        for call in text.split("pulldata").skip(1) {
            let Some(arguments) = call.trim_start().strip_prefix('(') else {
                continue;
            };
            if let Some((first, _)) = arguments.split_once(',') {
                files.push(first.replace(['\'', '"'], "").trim().to_owned());
            }
        }
    }
    files
}

/// Writes the sources into the model.
pub(super) fn write(writer: &mut Writer, instances: &[Instance], choices: &Choices) {
    for instance in instances {
        writer.begin("instance").attribute("id", &instance.id);
        match &instance.source {
            Some(source) => {
                writer.attribute("src", source);
            }
            None => {
                if let Some(list) = choices.list(&instance.id) {
                    items(writer, list, &choices.columns);
                }
            }
        }
        writer.end();
    }
}

fn items(writer: &mut Writer, list: &List, columns: &[String]) {
    writer.begin("root");
    for (number, choice) in list.options.iter().enumerate() {
        writer.begin("item");
        if list.is_localized {
            writer.element("itextId", &format!("{}-{number}", list.name));
        }
        writer.element("name", &choice.name);
        if !list.is_localized
            && let Some(label) = &choice.label.plain
        {
            writer.element("label", label);
        }
        for (column, value) in &choice.extra {
            if let Some(column) = columns.get(*column) {
                writer.element(column, value);
            }
        }
        writer.end();
    }
    writer.end();
}
