//! A workbook becomes an `XForm`, or a list of everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::body;
use super::check::{self, Sheets};
use super::choices::{self, Choices, clean};
use super::cycle;
use super::entities;
use super::instances::{self, Instance};
use super::itext::Translations;
use super::kind::Kind;
use super::model;
use super::name::is_name;
use super::problem::{Place, Problem, Problems};
use super::settings::{self, Settings};
use super::survey::{self, OsmTags, Sources, Survey};
use super::table::Table;
use super::text::Text;
use super::tree::{Element, Tree, What};
use super::types::question_type;
use super::workbook::Workbook;
use super::xml::Writer;

/// What the workbook does not say itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of the form's root element unless the settings name it; `data` when absent.
    pub root: Option<String>,
    /// Id of the form unless the settings give one, usually the file's name; `data` when absent.
    pub form_id: Option<String>,
}

/// A form, converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The `XForm`.
    pub xform: String,
    /// Places that somebody should look at.
    pub warnings: Vec<Problem>,
    /// Id of the form.
    pub form_id: String,
    /// Its title.
    pub title: String,
    /// Its version, if it has one.
    pub version: Option<String>,
    /// Languages of its texts, as written in the columns.
    pub languages: Vec<String>,
    /// Files that the form reads: the file's name, and the id by which expressions call it.
    pub attachments: BTreeMap<String, String>,
    /// Id of a file → columns that it must have for the selects that read it.
    pub columns: BTreeMap<String, BTreeSet<String>>,
    /// Content of `itemsets.csv`, which the sheet `external_choices` becomes.
    pub itemsets: Option<String>,
}

/// Converts a workbook. All problems are found in one run; warnings alone do not stop it.
///
/// # Errors
/// The list of problems, errors and warnings, when there is an error among them.
pub fn to_xform(workbook: &Workbook, options: &Options) -> Result<Converted, Vec<Problem>> {
    let mut problems = Problems::default();
    for problem in &workbook.problems {
        problems.add_near(
            problem.place.clone(),
            problem.kind.clone(),
            problem.nearest.clone(),
        );
    }
    let converted = convert(workbook, options, &mut problems);
    match converted {
        Some(mut converted) if !problems.has_errors() => {
            converted.warnings = problems.into_sorted();
            Ok(converted)
        }
        _ => Err(problems.into_sorted()),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "the order in which sheets need each other, one after the other"
)]
fn convert(workbook: &Workbook, options: &Options, problems: &mut Problems) -> Option<Converted> {
    let name = |given: &Option<String>| given.clone().unwrap_or_else(|| "data".to_owned());
    let root = name(&options.root);
    if !is_name(&root) {
        problems.add(Place::default(), Kind::RootName { value: root.clone() });
    }
    let Some(survey_sheet) = workbook.sheet("survey") else {
        let mut misspelled = workbook.misspelled("survey");
        let near = misspelled.next().map(str::to_owned);
        problems.add_near(
            Place::sheet("survey"),
            Kind::SheetMissing {
                sheet: "survey".to_owned(),
            },
            near,
        );
        return None;
    };
    misspellings(workbook, problems);
    let mut settings = Settings::new(&root, &name(&options.form_id));
    let settings_table = read_table(workbook, "settings", &settings::COLUMNS, problems);
    if let Some(table) = &settings_table {
        table.warn_unknown(&settings::COLUMNS, problems);
        settings.read(table, problems);
    }
    let survey_table = Table::read(survey_sheet, &survey::COLUMNS, problems);
    if survey_sheet.rows.is_empty() {
        problems.add(
            Place::sheet(&survey_sheet.name),
            Kind::SheetEmpty {
                sheet: survey_sheet.name.clone(),
            },
        );
        return None;
    }
    let choices_table = read_table(workbook, "choices", &choices::COLUMNS, problems);
    let mut choices = match &choices_table {
        Some(table) => read_choices(table, &settings, problems),
        None => Choices::default(),
    };
    let external = read_table(workbook, "external_choices", &choices::COLUMNS, problems);
    let external_lists = external.as_ref().map(list_names);
    let entities_table = read_table(workbook, "entities", &entities::COLUMNS, problems);
    let declarations = entities_table
        .as_ref()
        .map(|table| entities::read(table, problems))
        .unwrap_or_default();
    let osm = read_table(workbook, "osm", &choices::COLUMNS, problems);
    let osm_tags = osm.as_ref().map(read_osm).unwrap_or_default();
    survey_table.warn_unknown(&survey::COLUMNS, problems);
    if !survey_table.has("type") {
        let near = survey_table.columns.iter().find_map(|column| {
            super::nearest::nearest(&column.header, ["type"]).map(|_| column.header.clone())
        });
        let place = Place {
            row: Some(1),
            column: Some("type".to_owned()),
            ..Place::sheet(survey_table.name)
        };
        problems.add_near(
            place,
            Kind::ColumnMissing {
                column: "type".to_owned(),
            },
            near,
        );
        return None;
    }
    let sources = Sources {
        settings: &mut settings,
        choices: &mut choices,
        external_lists,
        osm_tags,
    };
    let mut survey = survey::read(&survey_table, sources, problems);
    choices.settle();
    meta_names(&mut survey, &settings);
    let sheets = Sheets {
        settings: settings_table.as_ref(),
        survey: &survey_table,
        choices: choices_table.as_ref(),
        entities: entities_table.as_ref(),
    };
    check::cells(&sheets, &survey, problems);
    let entities_version = entities::place(entities::Placing {
        tree: &mut survey.tree,
        declarations: &declarations,
        survey: &survey_table,
        entities: entities_table.as_ref(),
        problems,
    });
    add_meta(&mut survey, &settings);
    survey.tree.settle_names();
    check_siblings(&survey, &survey_table, problems);
    let lists: Vec<String> = declarations
        .iter()
        .map(|declaration| declaration.list.clone())
        .collect();
    check::tree(&survey, &mut choices, &survey_table, &lists, problems);
    check::ambiguous(&survey, &survey_table, problems);
    cycle::check(&survey.tree, &survey_table, problems);
    let tables: Vec<&Table<'_>> = std::iter::once(&survey_table).chain(&choices_table).collect();
    check::languages(&tables, &settings, problems);
    if survey.has_or_other && tables.iter().any(|table| has_languages(table)) {
        problems.add(Place::sheet("survey"), Kind::OtherUntranslated {});
    }
    let instances = instances::collect(&survey.tree, &choices, &survey_table, problems);
    let translations = Translations::collect(&survey.tree, &choices, &settings);
    translations.warn_missing(&survey_table, problems);
    if problems.has_errors() {
        return None;
    }
    let form = Form {
        survey: &survey,
        choices: &choices,
        settings: &settings,
        instances: &instances,
    };
    Some(Converted {
        xform: form.write(&translations, entities_version),
        warnings: Vec::new(),
        form_id: settings.form_id.clone(),
        title: settings.title().to_owned(),
        version: settings.version.clone(),
        languages: translations.languages().map(str::to_owned).collect(),
        attachments: attachments(&instances),
        columns: file_columns(&survey.tree),
        itemsets: external
            .as_ref()
            .filter(|_| !survey.external_lists.is_empty())
            .map(itemsets),
    })
}

fn read_table<'a>(
    workbook: &'a Workbook,
    name: &str,
    columns: &super::table::Columns,
    problems: &mut Problems,
) -> Option<Table<'a>> {
    workbook
        .sheet(name)
        .filter(|sheet| !sheet.rows.is_empty())
        .map(|sheet| Table::read(sheet, columns, problems))
}

fn misspellings(workbook: &Workbook, problems: &mut Problems) {
    for name in ["settings", "choices", "entities", "external_choices"] {
        if workbook.sheet(name).is_none() {
            for found in workbook.misspelled(name) {
                let kind = Kind::SheetMisspelled {
                    sheet: name.to_owned(),
                    found: found.to_owned(),
                };
                problems.add(Place::sheet(found), kind);
            }
        }
    }
}

fn read_choices(table: &Table<'_>, settings: &Settings, problems: &mut Problems) -> Choices {
    if table.rows().next().is_some() {
        for (column, shown) in [("list name", "list_name"), ("name", "name")] {
            if !table.has(column) {
                let place = Place {
                    row: Some(1),
                    column: Some(shown.to_owned()),
                    ..Place::sheet(table.name)
                };
                problems.add(
                    place,
                    Kind::ColumnMissing {
                        column: shown.to_owned(),
                    },
                );
            }
        }
    }
    if !table.has("label") {
        // Without the label column its misspelling hides among the columns for filters.
        table.warn_unknown(&choices::COLUMNS, problems);
    }
    Choices::read(
        table,
        &settings.default_language,
        settings.allow_duplicates,
        problems,
    )
}

fn list_names(table: &Table<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for record in table.rows() {
        for (column, text) in table.cells(&record) {
            if column.first() == "list name" {
                names.insert(text.to_owned());
            }
        }
    }
    names
}

fn read_osm(table: &Table<'_>) -> OsmTags {
    let mut tags = OsmTags::new();
    for record in table.rows() {
        let mut list = String::new();
        let mut key = String::new();
        let mut label = Text::default();
        for (column, text) in table.cells(&record) {
            match column.first() {
                "list name" => text.clone_into(&mut list),
                "name" => text.clone_into(&mut key),
                "label" => label.set(column.part(1), clean(text)),
                _ => {}
            }
        }
        tags.entry(list).or_default().push((key, label));
    }
    tags
}

fn has_languages(table: &Table<'_>) -> bool {
    table
        .columns
        .iter()
        .any(|column| column.first() == "label" && column.part(1).is_some())
}

/// Names of the record's own data, to which expressions may refer.
fn meta_names(survey: &mut Survey, settings: &Settings) {
    if !settings.omit_instance_id {
        survey.names.entry("instanceID".to_owned()).or_default().push(0);
    }
}

/// The group `meta`: audit, the record's id and its name.
fn add_meta(survey: &mut Survey, settings: &Settings) {
    let calculate = question_type("calculate").map_or(What::Group, What::Question);
    let mut children = std::mem::take(&mut survey.meta);
    if !settings.omit_instance_id {
        let mut id = Element {
            what: calculate,
            name: "instanceID".to_owned(),
            ..Element::default()
        };
        id.set_bind("readonly", "true()");
        id.set_bind("jr:preload", settings.instance_id.as_deref().unwrap_or("uid"));
        children.push(id);
    }
    if let Some(expression) = &settings.instance_name {
        let mut name = Element {
            what: calculate,
            name: "instanceName".to_owned(),
            ..Element::default()
        };
        name.set_bind("calculate", expression.clone());
        children.push(name);
    }
    if children.is_empty() {
        return;
    }
    let tree = &mut survey.tree;
    let existing = tree
        .get(Tree::ROOT)
        .children
        .iter()
        .copied()
        .find(|child| tree.get(*child).what == What::Meta);
    let meta = existing.unwrap_or_else(|| {
        let meta = Element {
            what: What::Meta,
            name: "meta".to_owned(),
            ..Element::default()
        };
        tree.add(Tree::ROOT, meta)
    });
    for child in children {
        tree.add(meta, child);
    }
}

/// Names that the converter gave may meet those of the sheet; loops may make repeats of one name.
fn check_siblings(survey: &Survey, table: &Table<'_>, problems: &mut Problems) {
    let mut repeats: BTreeMap<&str, u32> = BTreeMap::new();
    for id in survey.tree.in_order() {
        let element = survey.tree.get(id);
        if element.what == What::Repeat {
            let count = repeats.entry(&element.name).or_insert(0);
            *count += 1;
            if *count == 2
                && survey
                    .names
                    .get(&element.name)
                    .is_some_and(|rows| rows.len() == 1)
            {
                let kind = Kind::RepeatTwice {
                    name: element.name.clone(),
                };
                problems.add(table.cell(element.row, &["name"]), kind);
            }
        }
        if !element.is_section() {
            continue;
        }
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        for child in &element.children {
            let child = survey.tree.get(*child);
            let is_generated =
                child.row == 0 || child.name.ends_with("_other") || child.name.ends_with("_count");
            match seen.get(child.name.as_str()) {
                Some(row) if is_generated && child.row != *row => {
                    let kind = Kind::NameGenerated {
                        name: child.name.clone(),
                    };
                    problems.add(table.cell(child.row.max(*row), &["name"]), kind);
                }
                _ => {
                    seen.insert(&child.name, child.row);
                }
            }
        }
    }
}

fn attachments(instances: &[Instance]) -> BTreeMap<String, String> {
    let file = |instance: &Instance| {
        let source = instance.source.as_deref()?;
        let name = source
            .strip_prefix("jr://file-csv/")
            .or_else(|| source.strip_prefix("jr://file/"))?;
        Some((name.to_owned(), instance.id.clone()))
    };
    instances.iter().filter_map(file).collect()
}

/// What selects show and store of the rows of a file.
fn file_columns(tree: &Tree) -> BTreeMap<String, BTreeSet<String>> {
    let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in tree.in_order() {
        let element = tree.get(id);
        let Some(file) = element
            .itemset
            .as_deref()
            .filter(|file| element.is_select() && survey::extension(file) == ".csv")
        else {
            continue;
        };
        let names = columns.entry(survey::stem(file).to_owned()).or_default();
        for (key, default) in [("value", "name"), ("label", "label")] {
            names.insert(element.parameters.get(key).unwrap_or(default).to_owned());
        }
    }
    columns
}

/// The sheet `external_choices` as CSV, every field in quotes.
fn itemsets(table: &Table<'_>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut lines = vec![
        table
            .columns
            .iter()
            .map(|column| quoted(&column.header))
            .collect::<Vec<_>>()
            .join(","),
    ];
    for record in table.rows() {
        let cells: BTreeMap<usize, &str> = table
            .cells(&record)
            .map(|(column, text)| (column.index, text))
            .collect();
        let fields = table
            .columns
            .iter()
            .map(|column| quoted(cells.get(&column.index).unwrap_or(&"")));
        lines.push(fields.collect::<Vec<_>>().join(","));
    }
    lines.join("\r\n") + "\r\n"
}

/// Everything that is written.
struct Form<'a> {
    survey: &'a Survey,
    choices: &'a Choices,
    settings: &'a Settings,
    instances: &'a [Instance],
}

const NAMESPACES: [(&str, &str); 7] = [
    ("xmlns", "http://www.w3.org/2002/xforms"),
    ("xmlns:h", "http://www.w3.org/1999/xhtml"),
    ("xmlns:ev", "http://www.w3.org/2001/xml-events"),
    ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xmlns:jr", "http://openrosa.org/javarosa"),
    ("xmlns:orx", "http://openrosa.org/xforms"),
    ("xmlns:odk", "http://www.opendatakit.org/xforms"),
];

impl Form<'_> {
    fn write(&self, translations: &Translations<'_>, entities_version: Option<&str>) -> String {
        let tree = &self.survey.tree;
        let mut writer = Writer::document();
        writer.begin("h:html");
        for (name, uri) in NAMESPACES {
            writer.attribute(name, uri);
        }
        if entities_version.is_some() {
            writer.attribute("xmlns:entities", "http://www.opendatakit.org/xforms/entities");
        }
        self.namespaces(&mut writer, entities_version.is_some());
        writer.begin("h:head").element("h:title", self.settings.title());
        writer.begin("model").attribute("odk:xforms-version", "1.0.0");
        if let Some(version) = entities_version {
            writer.attribute("entities:entities-version", version);
        }
        self.submission(&mut writer);
        if !translations.is_empty() {
            translations.write(&mut writer, tree, &self.settings.default_language);
        }
        model::write_instance(&mut writer, tree, self.settings);
        instances::write(&mut writer, self.instances, self.choices);
        model::write_binds(&mut writer, tree);
        writer.end().end();
        writer.begin("h:body");
        if let Some(style) = &self.settings.style {
            writer.attribute("class", style);
        }
        body::write(&mut writer, tree, self.choices);
        writer.into_text()
    }

    /// `settings.namespaces`: `prefix="uri"`, separated by blanks.
    fn namespaces(&self, writer: &mut Writer, has_entities: bool) {
        let mut seen: BTreeSet<String> = NAMESPACES.iter().map(|(name, _)| (*name).to_owned()).collect();
        if has_entities {
            seen.insert("xmlns:entities".to_owned());
        }
        for pair in self
            .settings
            .namespaces
            .as_deref()
            .unwrap_or_default()
            .split_whitespace()
        {
            let Some((prefix, uri)) = pair.split_once('=') else {
                continue;
            };
            let name = format!("xmlns:{prefix}");
            if !prefix.is_empty() && !uri.contains('=') && seen.insert(name.clone()) {
                writer.attribute(&name, &uri.replace(['"', '\''], ""));
            }
        }
    }

    fn submission(&self, writer: &mut Writer) {
        let settings = self.settings;
        let mut attributes = Vec::new();
        if let Some(url) = &settings.submission_url {
            attributes.extend([("action", url.as_str()), ("method", "post")]);
        }
        for (name, value) in [
            ("base64RsaPublicKey", &settings.public_key),
            ("orx:auto-send", &settings.auto_send),
            ("orx:auto-delete", &settings.auto_delete),
        ] {
            attributes.extend(value.as_deref().map(|value| (name, value)));
        }
        if settings.client_editable {
            attributes.push(("odk:client-editable", "true"));
        }
        if attributes.is_empty() {
            return;
        }
        writer.begin("submission");
        for (name, value) in attributes {
            writer.attribute(name, value);
        }
        writer.end();
    }
}
