//! Checks that need the whole workbook: references, expressions, labels, triggers.

use std::collections::BTreeMap;

use super::choices::Choices;
use super::kind::Kind;
use super::nearest::nearest;
use super::problem::{Place, Problems};
use super::reference::{self, Found, may_refer, only_reference};
use super::select::EXTENSIONS;
use super::settings::{Settings, yes_or_no};
use super::survey::{Survey, extension};
use super::syntax;
use super::table::{Column, Record, Table};
use super::token::is_dynamic;
use super::tree::{Element, What};
use super::types::{RowType, row_type};

/// The sheets of a workbook, read.
pub(super) struct Sheets<'a> {
    pub(super) settings: Option<&'a Table<'a>>,
    pub(super) survey: &'a Table<'a>,
    pub(super) choices: Option<&'a Table<'a>>,
    pub(super) entities: Option<&'a Table<'a>>,
}

/// References and expressions of all cells.
pub(super) fn cells(sheets: &Sheets<'_>, survey: &Survey, problems: &mut Problems) {
    let mut check = Cells {
        names: &survey.names,
        problems,
    };
    if let Some(table) = sheets.settings {
        for record in table.rows().take(1) {
            for (column, text) in table.cells(&record) {
                let is_expression = column.first() == "instance_name";
                check.cell(&|| table.place(record.number, column), text, is_expression);
            }
        }
    }
    if let Some(table) = sheets.entities {
        for record in table.rows() {
            for (column, text) in table
                .cells(&record)
                .filter(|(column, _)| column.first() != "dataset")
            {
                check.cell(&|| table.place(record.number, column), text, column.is_known);
            }
        }
    }
    for record in sheets.survey.rows() {
        check.survey_row(sheets.survey, &record);
    }
    if let Some(table) = sheets.choices {
        for record in table.rows() {
            for (column, text) in table.cells(&record) {
                if matches!(column.first(), "label" | "media") {
                    check.cell(&|| table.place(record.number, column), text, false);
                }
            }
        }
    }
}

struct Cells<'a> {
    names: &'a BTreeMap<String, Vec<u32>>,
    problems: &'a mut Problems,
}

impl Cells<'_> {
    fn survey_row(&mut self, table: &Table<'_>, record: &Record<'_>) {
        let cells: Vec<(&Column, &str)> = table.cells(record).collect();
        let type_text = cells
            .iter()
            .find(|(column, _)| column.first() == "type")
            .map_or("", |(_, text)| text.trim());
        for (column, text) in &cells {
            let is_expression = match (column.first(), column.part(1)) {
                ("type" | "name" | "trigger", _) => continue,
                ("bind", Some("relevant" | "constraint" | "required" | "readonly" | "calculate")) => {
                    yes_or_no(text.trim()).is_none()
                }
                ("choice_filter", _) | ("control", Some("jr:count")) => true,
                ("default", _) => {
                    let known = match row_type(type_text) {
                        RowType::Question(known) => known.name,
                        _ => type_text,
                    };
                    is_dynamic(text, known)
                }
                _ => false,
            };
            self.cell(&|| table.place(record.number, column), text, is_expression);
        }
        self.messages(table, record, &cells);
    }

    fn messages(&mut self, table: &Table<'_>, record: &Record<'_>, cells: &[(&Column, &str)]) {
        for (message, condition) in [("jr:constraintMsg", "constraint"), ("jr:requiredMsg", "required")] {
            let has = |attribute: &str| {
                cells
                    .iter()
                    .find(|(column, _)| column.first() == "bind" && column.part(1) == Some(attribute))
            };
            if let (Some((column, _)), None) = (has(message), has(condition)) {
                let kind = Kind::MessageAlone {
                    column: column.header.clone(),
                };
                self.problems.add(table.place(record.number, column), kind);
            }
        }
    }

    /// The place is made only for a cell in which something is wrong: most are right.
    fn cell(&mut self, place: &dyn Fn() -> Place, text: &str, is_expression: bool) {
        if may_refer(text) {
            self.references(place, text);
        }
        // A loop fills in names and labels; before that the text is not an expression.
        if !is_expression || text.contains("%(") {
            return;
        }
        let straight = super::choices::straighten(text);
        for fault in syntax::faults(&straight) {
            // The two differ in the length of quotes only.
            let found = text.char_indices().nth(fault.character);
            let offset = found.map_or(text.len(), |(at, _)| at);
            self.problems
                .add_near(place().at(text, offset), fault.kind, fault.nearest);
        }
    }

    fn references(&mut self, place: &dyn Fn() -> Place, text: &str) {
        for found in reference::find(text) {
            match found {
                Found::Malformed(start, end) => {
                    let found = text.get(start..end).unwrap_or_default().to_owned();
                    self.problems
                        .add(place().at(text, start), Kind::ReferenceSyntax { found });
                }
                Found::Reference(reference) => {
                    let name = reference.name.to_owned();
                    let place = || place().at(text, reference.start);
                    match self.names.get(&name).map(Vec::len) {
                        Some(1) => {}
                        Some(_) => self.problems.add(place(), Kind::ReferenceAmbiguous { name }),
                        None => {
                            let near = nearest(&name, self.names.keys().map(String::as_str));
                            self.problems
                                .add_near(place(), Kind::ReferenceUnknown { name }, near);
                        }
                    }
                }
            }
        }
    }
}

/// Labels, triggers, lists for `search()`, geometry: what only the whole tree shows.
pub(super) fn tree(
    survey: &Survey,
    choices: &mut Choices,
    table: &Table<'_>,
    entities: &[String],
    problems: &mut Problems,
) {
    let mut searching: Vec<(String, String, u32)> = Vec::new();
    let mut plain: Vec<(String, String)> = Vec::new();
    for id in survey.tree.in_order() {
        let element = survey.tree.get(id);
        if let What::Question(_) = element.what {
            label(element, table, problems);
        }
        trigger(survey, element, table, problems);
        if element.is_select()
            && let Some(list) = &element.itemset
        {
            if element.controlled("appearance").is_some_and(is_search) {
                if EXTENSIONS.contains(&extension(list)) {
                    let place = table.cell(element.row, &["control", "appearance"]);
                    problems.add(
                        place,
                        Kind::SearchFile {
                            name: element.name.clone(),
                        },
                    );
                }
                searching.push((element.name.clone(), list.clone(), element.row));
            } else {
                plain.push((element.name.clone(), list.clone()));
            }
        }
    }
    for (name, list, row) in searching {
        let others: Vec<&str> = plain
            .iter()
            .filter(|(_, other)| *other == list)
            .map(|(name, _)| name.as_str())
            .collect();
        if !others.is_empty() {
            let kind = Kind::SearchShared {
                name,
                list: list.clone(),
                others: others.join("、"),
            };
            problems.add(table.cell(row, &["control", "appearance"]), kind);
        }
        if let Some(list) = choices.list_mut(&list) {
            list.used_by_search = true;
        }
    }
    geometry(survey, choices, table, entities, problems);
}

/// Whether an appearance looks choices up with `search(…)`.
fn is_search(appearance: &str) -> bool {
    appearance
        .split_once("search(")
        .is_some_and(|(_, rest)| rest.contains(')'))
}

fn label(element: &Element, table: &Table<'_>, problems: &mut Problems) {
    let Some(known) = element.question_type() else {
        return;
    };
    if element.is_silent() || matches!(known.control, "" | "action") {
        return;
    }
    if element.row == 0 {
        return;
    }
    let has_hint = !element.hint.is_empty() || !known.hint.is_empty();
    if element.label.is_empty() && element.media.is_empty() && !has_hint {
        let kind = Kind::LabelMissing {
            name: element.name.clone(),
        };
        problems.add(table.cell(element.row, &["label"]), kind);
    }
    let has = |medium: &str| element.media.iter().any(|(known, _)| known == medium);
    if has("big-image") && !has("image") {
        let kind = Kind::BigImage {
            name: element.name.clone(),
        };
        problems.add(table.cell(element.row, &["media", "big-image"]), kind);
    }
}

fn trigger(survey: &Survey, element: &Element, table: &Table<'_>, problems: &mut Problems) {
    for name in &element.trigger {
        let place = || table.cell(element.row, &["trigger"]);
        if !survey.questions.contains(name) {
            let near = nearest(name, survey.questions.iter().map(String::as_str));
            problems.add_near(place(), Kind::ReferenceUnknown { name: name.clone() }, near);
            continue;
        }
        let Some(source) = survey.tree.named(name) else {
            problems.add(place(), Kind::ReferenceAmbiguous { name: name.clone() });
            continue;
        };
        if survey.tree.get(source).is_silent() {
            let kind = Kind::TriggerHidden {
                name: name.clone(),
                target: element.name.clone(),
            };
            problems.add(place(), kind);
        }
    }
}

fn geometry(
    survey: &Survey,
    choices: &Choices,
    table: &Table<'_>,
    entities: &[String],
    problems: &mut Problems,
) {
    for (value, row) in &survey.geometry {
        let is_repeat =
            only_reference(value).is_some_and(|reference| survey.repeats.contains(reference.name));
        let is_known =
            survey.instances.contains(value) || choices.list(value).is_some() || entities.contains(value);
        if !is_repeat && !is_known {
            let kind = Kind::GeometryReference { value: value.clone() };
            problems.add(table.cell(*row, &["parameters"]), kind);
        }
    }
}

/// Loops make several elements of one name: who refers to them means none.
pub(super) fn ambiguous(survey: &Survey, table: &Table<'_>, problems: &mut Problems) {
    for record in table.rows() {
        for (column, text) in table
            .cells(&record)
            .filter(|(column, text)| may_refer(text) && !matches!(column.first(), "type" | "name"))
        {
            for reference in reference::references(text) {
                let is_once = survey
                    .names
                    .get(reference.name)
                    .is_some_and(|rows| rows.len() == 1);
                if is_once && survey.tree.is_ambiguous(reference.name) {
                    let place = table.place(record.number, column).at(text, reference.start);
                    problems.add(
                        place,
                        Kind::ReferenceAmbiguous {
                            name: reference.name.to_owned(),
                        },
                    );
                }
            }
        }
    }
}

/// Languages of columns: which have a label but lack hints and the like.
pub(super) fn languages(tables: &[&Table<'_>], settings: &Settings, problems: &mut Problems) {
    let mut used = false;
    let mut has_languages = false;
    for table in tables {
        let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
        // A column that has no language at all is shown in every one.
        let mut translated: Vec<String> = Vec::new();
        for column in &table.columns {
            let (name, language) = match column.first() {
                "label" | "hint" | "guidance_hint" => (column.first(), column.part(1)),
                "media" | "bind" => (column.part(1).unwrap_or_default(), column.part(2)),
                _ => continue,
            };
            if !matches!(
                name,
                "label"
                    | "hint"
                    | "guidance_hint"
                    | "image"
                    | "big-image"
                    | "audio"
                    | "video"
                    | "jr:constraintMsg"
                    | "jr:requiredMsg"
            ) {
                continue;
            }
            if language.is_some() {
                translated.push(name.to_owned());
            }
            let language = language.unwrap_or(&settings.default_language);
            seen.entry(language.to_owned()).or_default().push(name.to_owned());
        }
        used = used || seen.contains_key(&settings.default_language);
        has_languages = has_languages || seen.keys().any(|language| *language != settings.default_language);
        if seen.len() < 2 {
            continue;
        }
        let all: Vec<String> = seen.values().flatten().cloned().collect();
        for (language, names) in &seen {
            let mut missing: Vec<&String> = all
                .iter()
                .filter(|name| !names.contains(name) && translated.contains(name))
                .collect();
            missing.sort();
            missing.dedup();
            for name in missing {
                let column = match name.as_str() {
                    "jr:constraintMsg" => "constraint_message",
                    "jr:requiredMsg" => "required_message",
                    name => name,
                };
                let place = Place {
                    row: Some(1),
                    ..Place::sheet(table.name)
                };
                let kind = Kind::LanguageIncomplete {
                    language: language.clone(),
                    column: column.to_owned(),
                };
                problems.add(place, kind);
            }
        }
    }
    if settings.has_default_language && has_languages && !used {
        let kind = Kind::DefaultLanguage {
            language: settings.default_language.clone(),
        };
        let place = Place {
            row: Some(2),
            column: Some("default_language".to_owned()),
            ..Place::sheet("settings")
        };
        problems.add(place, kind);
    }
}
