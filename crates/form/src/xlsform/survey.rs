//! The survey sheet: rows become a tree.

use std::collections::{BTreeMap, BTreeSet};

use super::choices::{self, Choices, MEDIA, add_media, clean, straighten};
use super::kind::Kind;
use super::name::{is_name, is_plain_name};
use super::nearest::nearest;
use super::parameters::Parameters;
use super::problem::{Place, Problems};
use super::reference::{self, Found, only_reference};
use super::settings::Settings;
use super::table::{Columns, Record, Table};
use super::text::Text;
use super::token::is_dynamic;
use super::tree::{Action, Element, Event, Id, Tree, What};
use super::types::{Container, RowType, question_type, row_type, suggestions};

pub(super) const COLUMNS: Columns = Columns {
    known: &[
        "type",
        "name",
        "label",
        "hint",
        "guidance_hint",
        "default",
        "trigger",
        "choice_filter",
        "parameters",
        "intent",
        "disabled",
        "media",
        "query",
        "instance",
        "sms_field",
        "list_name",
    ],
    aliases: &[
        ("sms_option", &["sms_option"]),
        ("sms_separator", &["sms_separator"]),
        ("sms_allow_media", &["sms_allow_media"]),
        ("sms_date_format", &["sms_date_format"]),
        ("sms_datetime_format", &["sms_datetime_format"]),
        ("sms_response", &["sms_response"]),
        ("compact_tag", &["instance", "odk:tag"]),
        ("read_only", &["bind", "readonly"]),
        ("readonly", &["bind", "readonly"]),
        ("relevant", &["bind", "relevant"]),
        ("relevance", &["bind", "relevant"]),
        ("required", &["bind", "required"]),
        ("constraint", &["bind", "constraint"]),
        ("constraining_message", &["bind", "jr:constraintMsg"]),
        ("constraint_message", &["bind", "jr:constraintMsg"]),
        ("calculation", &["bind", "calculate"]),
        ("calculate", &["bind", "calculate"]),
        ("noapperrorstring", &["bind", "jr:noAppErrorString"]),
        ("no_app_error_string", &["bind", "jr:noAppErrorString"]),
        ("requiredmsg", &["bind", "jr:requiredMsg"]),
        ("required_message", &["bind", "jr:requiredMsg"]),
        ("save_to", &["bind", "entities:saveto"]),
        ("caption", &["label"]),
        ("command", &["type"]),
        ("tag", &["name"]),
        ("value", &["name"]),
        ("image", &["media", "image"]),
        ("big-image", &["media", "big-image"]),
        ("audio", &["media", "audio"]),
        ("video", &["media", "video"]),
        ("appearance", &["control", "appearance"]),
        ("count", &["control", "jr:count"]),
        ("repeat_count", &["control", "jr:count"]),
        ("jr:count", &["control", "jr:count"]),
        ("autoplay", &["control", "autoplay"]),
        ("rows", &["control", "rows"]),
        ("body", &["control"]),
    ],
    open: &["bind", "control", "media", "instance"],
};

/// Deeper groups are a mistake, and everything that walks the tree may rely on it.
const DEEPEST: usize = 64;
/// Loops multiply their questions.
pub(super) const MOST_ELEMENTS: usize = 200_000;

/// A row while it is turned into an element.
pub(super) struct Row<'a> {
    pub(super) number: u32,
    pub(super) type_text: String,
    pub(super) name: Option<String>,
    pub(super) element: Element,
    pub(super) choice_filter: Option<String>,
    pub(super) trigger: Option<String>,
    pub(super) parameters: Parameters,
    pub(super) intent: Option<String>,
    pub(super) table: &'a Table<'a>,
}

impl Row<'_> {
    pub(super) fn cell(&self, path: &[&str]) -> Place {
        self.table.cell(self.number, path)
    }

    pub(super) fn appearance(&self) -> Option<&str> {
        self.element.controlled("appearance")
    }
}

/// Whether a group shows its selects as a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TableList {
    No,
    /// No select has come yet.
    Empty,
    /// All selects show this list.
    Of(String),
}

/// An open group.
struct Level {
    id: Id,
    container: Option<Container>,
    names: BTreeMap<String, u32>,
    lower_names: BTreeSet<String>,
    row: u32,
    /// A loop's list.
    list: Option<String>,
    table_list: TableList,
}

/// What the sheet said, beside the tree.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) tree: Tree,
    /// Rows of each name that the sheet or the converter gave.
    pub(super) names: BTreeMap<String, Vec<u32>>,
    /// Questions (not groups), for triggers.
    pub(super) questions: BTreeSet<String>,
    /// Ids of data that a geo question may refer to.
    pub(super) instances: BTreeSet<String>,
    pub(super) repeats: BTreeSet<String>,
    /// reference-geometry: value and row.
    pub(super) geometry: Vec<(String, u32)>,
    /// Rows that belong into the group meta.
    pub(super) meta: Vec<Element>,
    /// Whether a question uses `or_other`.
    pub(super) has_or_other: bool,
    /// The first row of each list's use, for problems of the list as a whole.
    pub(super) external_lists: BTreeSet<String>,
}

/// Reads the sheet.
pub(super) struct Reader<'a> {
    pub(super) table: &'a Table<'a>,
    pub(super) settings: &'a mut Settings,
    pub(super) choices: &'a mut Choices,
    pub(super) external_lists: Option<BTreeSet<String>>,
    pub(super) osm_tags: OsmTags,
    pub(super) problems: &'a mut Problems,
    pub(super) survey: Survey,
    levels: Vec<Level>,
}

/// What the reader needs beside the sheet.
pub(super) struct Sources<'a> {
    pub(super) settings: &'a mut Settings,
    pub(super) choices: &'a mut Choices,
    pub(super) external_lists: Option<BTreeSet<String>>,
    pub(super) osm_tags: OsmTags,
}

/// List → its tags: key and label.
pub(super) type OsmTags = BTreeMap<String, Vec<(String, Text)>>;

/// Turns the survey sheet into a tree.
pub(super) fn read<'a>(table: &'a Table<'a>, sources: Sources<'a>, problems: &'a mut Problems) -> Survey {
    let root = sources.settings.root.clone();
    let survey = Survey {
        tree: Tree::new(&root),
        names: BTreeMap::new(),
        questions: BTreeSet::new(),
        instances: BTreeSet::new(),
        repeats: BTreeSet::new(),
        geometry: Vec::new(),
        meta: Vec::new(),
        has_or_other: false,
        external_lists: BTreeSet::new(),
    };
    let root = Level {
        id: Tree::ROOT,
        container: None,
        names: BTreeMap::new(),
        lower_names: BTreeSet::new(),
        row: 0,
        list: None,
        table_list: TableList::No,
    };
    let Sources {
        settings,
        choices,
        external_lists,
        osm_tags,
    } = sources;
    let mut reader = Reader {
        table,
        settings,
        choices,
        external_lists,
        osm_tags,
        problems,
        survey,
        levels: vec![root],
    };
    for record in table.rows() {
        reader.record(&record);
    }
    reader.close_all();
    reader.survey
}

impl<'a> Reader<'a> {
    fn record(&mut self, record: &Record<'a>) {
        let Some(mut row) = self.fields(record) else {
            return;
        };
        if row.type_text.is_empty() {
            if row.name.is_none() && row.element.label.is_empty() {
                self.problems.add(self.table.row(row.number), Kind::RowSkipped {});
            } else {
                self.problems.add(row.cell(&["type"]), Kind::TypeMissing {});
            }
            return;
        }
        let type_text = row.type_text.clone();
        let kind = row_type(&type_text);
        if let RowType::Setting(setting) = kind {
            let value = row.name.clone().unwrap_or_default();
            self.settings.set_from_survey(setting, value);
            return;
        }
        if let RowType::Question(question_type) = kind
            && question_type.name == "audit"
        {
            self.audit(row);
            return;
        }
        if let RowType::End(container) = kind {
            self.end(&row, container);
            return;
        }
        if !self.name(&mut row) {
            // The row's other problems are still worth knowing.
            row.name = Some(format!("row_{}", row.number));
        }
        row.element.name = row.name.clone().unwrap_or_default();
        row.element.row = row.number;
        self.dynamic_default(&mut row, &type_text);
        self.trigger(&mut row);
        match kind {
            RowType::Begin(container, list) => self.begin(row, container, list),
            RowType::Select {
                question_type,
                source,
                list,
                or_other,
                command,
            } => {
                let select = super::select::Select {
                    question_type,
                    source,
                    list,
                    or_other,
                    command,
                };
                self.select(row, &select);
            }
            RowType::SelectWithoutList => {
                let found = type_text.clone();
                self.problems
                    .add(row.cell(&["type"]), Kind::ListNotGiven { found });
                self.put_unknown(row);
            }
            RowType::Osm(tags) => self.osm(row, tags),
            RowType::ExternalData(extension) => {
                row.element.what = What::ExternalData(extension);
                let name = row.element.name.clone();
                self.survey.instances.insert(stem(&name).to_owned());
                self.question_name(&row);
                self.put(row.element);
            }
            RowType::Question(question_type) => self.question(row, question_type),
            RowType::Unknown => {
                let near = nearest(&type_text, suggestions());
                self.problems.add_near(
                    row.cell(&["type"]),
                    Kind::TypeUnknown {
                        found: type_text.clone(),
                    },
                    near,
                );
                self.put_unknown(row);
            }
            RowType::End(_) | RowType::Setting(_) => {}
        }
    }

    /// Keeps the name of a row whose type is wrong, so that references to it are not reported as well.
    fn put_unknown(&mut self, mut row: Row<'_>) {
        if let Some(text) = question_type("text") {
            row.element.what = What::Question(text);
        }
        if row.element.label.is_empty() {
            row.element.label = Text::plain("-");
        }
        self.question_name(&row);
        self.put(row.element);
    }

    fn fields(&mut self, record: &Record<'a>) -> Option<Row<'a>> {
        let mut row = Row {
            number: record.number,
            type_text: String::new(),
            name: None,
            element: Element::default(),
            choice_filter: None,
            trigger: None,
            parameters: Parameters::default(),
            intent: None,
            table: self.table,
        };
        let mut has_cells = false;
        let mut parameters = None;
        for (column, raw) in self.table.cells(record) {
            has_cells = true;
            let text = if self.settings.clean_text {
                collapse(raw)
            } else {
                raw.to_owned()
            };
            let part = column.part(1);
            let element = &mut row.element;
            match (column.first(), part) {
                ("type", _) => row.type_text = text,
                ("name", _) => row.name = Some(text),
                ("label", language) => element.label.set(language, clean(&text)),
                ("hint", language) => element.hint.set(language, clean(&text)),
                ("guidance_hint", language) => element.guidance.set(language, clean(&text)),
                ("media", Some(medium)) if MEDIA.contains(&medium) => {
                    add_media(&mut element.media, medium, column.part(2), text);
                }
                ("media", Some(medium)) => {
                    let kind = Kind::MediaUnknown {
                        found: medium.to_owned(),
                    };
                    self.problems.add(self.table.place(record.number, column), kind);
                }
                // Old forms have a column of that name alone; it counts as something to show, and shows nothing.
                ("media", None) if element.label.is_empty() => element.label = Text::plain(""),
                ("bind", Some(attribute)) => {
                    let is_message = matches!(
                        attribute,
                        "jr:constraintMsg" | "jr:requiredMsg" | "jr:noAppErrorString"
                    );
                    let text = if is_message {
                        clean(&text)
                    } else {
                        straighten(&text)
                    };
                    add_bind(&mut element.bind, attribute, column.part(2), text);
                }
                ("control", Some(attribute)) => element.set_control(attribute, straighten(&text)),
                ("instance", Some(attribute)) => {
                    element.instance.push((attribute.to_owned(), straighten(&text)));
                }
                ("default", _) => element.default = Some(straighten(&text)),
                ("trigger", _) => row.trigger = Some(text),
                ("choice_filter", _) => row.choice_filter = Some(straighten(&text)),
                ("parameters", _) => parameters = Some(straighten(&text)),
                ("intent", _) => row.intent = Some(text),
                ("disabled", _) => {
                    self.problems
                        .add(self.table.place(record.number, column), Kind::Disabled {});
                    if super::settings::yes_or_no(&text) == Some(true) {
                        return None;
                    }
                }
                _ => {}
            }
        }
        if !has_cells {
            return None;
        }
        let default_language = self.settings.default_language.clone();
        let element = &mut row.element;
        let texts = [&mut element.label, &mut element.hint, &mut element.guidance];
        let media = element.media.iter_mut().map(|(_, text)| text);
        let bind = element.bind.iter_mut().map(|(_, text)| text);
        for text in texts.into_iter().chain(media).chain(bind) {
            text.settle(&default_language);
        }
        if let Some(text) = parameters {
            match Parameters::parse(&text) {
                Some(parsed) => row.parameters = parsed,
                None => self
                    .problems
                    .add(row.cell(&["parameters"]), Kind::ParametersSyntax {}),
            }
        }
        Some(row)
    }

    /// Gives the row a good name. `false` when the name given is none.
    fn name(&mut self, row: &mut Row<'_>) -> bool {
        let place = row.cell(&["name"]);
        let Some(name) = row.name.clone() else {
            if row.type_text == "note" {
                row.name = Some(format!("generated_note_name_{}", row.number));
                return true;
            }
            self.problems.add(place, Kind::NameMissing {});
            return false;
        };
        if !is_name(&name) {
            let suggestion = suggested_name(&name);
            self.problems
                .add_near(place, Kind::NameInvalid { name }, suggestion);
            return false;
        }
        self.survey
            .names
            .entry(name.clone())
            .or_default()
            .push(row.number);
        let Some(level) = self.levels.last_mut() else {
            return true;
        };
        if name == "meta" {
            self.problems.add(place, Kind::NameReserved { name });
        } else if let Some(other) = level.names.get(&name) {
            let other = *other;
            self.problems.add(place, Kind::NameTwice { name, other });
        } else {
            if !level.lower_names.insert(name.to_lowercase()) {
                self.problems.add(place, Kind::NameCase { name: name.clone() });
            }
            level.names.insert(name, row.number);
        }
        true
    }

    /// A name that the converter needs. Taken ones are reported when all rows are known.
    pub(super) fn generated_name(&mut self, name: &str, row: u32) {
        self.survey.names.entry(name.to_owned()).or_default().push(row);
    }

    pub(super) fn question_name(&mut self, row: &Row<'_>) {
        self.survey.questions.insert(row.element.name.clone());
    }

    /// Puts an element into the innermost open group.
    pub(super) fn put(&mut self, element: Element) -> Id {
        let parent = self.levels.last().map_or(Tree::ROOT, |level| level.id);
        self.survey.tree.add(parent, element)
    }

    fn in_repeat(&self) -> bool {
        self.levels
            .iter()
            .any(|level| level.container == Some(Container::Repeat))
    }

    fn dynamic_default(&mut self, row: &mut Row<'_>, type_text: &str) {
        let Some(default) = &row.element.default else {
            return;
        };
        let known = question_type(type_text).map_or(type_text, |known| known.name);
        if is_dynamic(default, known) {
            row.element.is_dynamic_default = true;
            row.element
                .actions
                .push(Action::new("setvalue", Event::FirstLoad));
            if self.in_repeat() {
                row.element
                    .actions
                    .push(Action::new("setvalue", Event::NewRepeat));
            }
        }
    }

    fn trigger(&mut self, row: &mut Row<'_>) {
        let Some(text) = row.trigger.clone() else { return };
        let place = row.cell(&["trigger"]);
        if !text.contains("${") {
            self.problems.add(place, Kind::TriggerSyntax { found: text });
            return;
        }
        for piece in text.split(',') {
            let mut names = Vec::new();
            for found in reference::find(piece) {
                match found {
                    Found::Reference(reference) => names.push(reference.name.to_owned()),
                    Found::Malformed(start, end) => {
                        let found = piece.get(start..end).unwrap_or_default().to_owned();
                        self.problems.add(place.clone(), Kind::ReferenceSyntax { found });
                    }
                }
            }
            if names.len() > 1 {
                self.problems.add(place.clone(), Kind::TriggerList {});
            }
            row.element.trigger.extend(names);
        }
    }

    fn begin(&mut self, mut row: Row<'_>, container: Container, list: Option<&str>) {
        let name = row.element.name.clone();
        if row.element.bound("entities:saveto").is_some() {
            self.problems
                .add(row.cell(&["bind", "entities:saveto"]), Kind::EntityGroup {});
            row.element
                .bind
                .retain(|(attribute, _)| attribute != "entities:saveto");
        }
        if container == Container::Repeat {
            if name == self.settings.root {
                self.problems
                    .add(row.cell(&["name"]), Kind::RepeatIsRoot { name: name.clone() });
            } else if !self.survey.repeats.insert(name.clone()) {
                self.problems
                    .add(row.cell(&["name"]), Kind::RepeatTwice { name: name.clone() });
            }
            if row.element.label.is_empty() && row.element.media.is_empty() {
                self.problems.add(row.cell(&["label"]), Kind::RepeatLabel {});
            }
        }
        if container == Container::Loop {
            match list {
                None => self.problems.add(row.cell(&["type"]), Kind::LoopList {}),
                Some(list) if self.choices.list(list).is_none() => self.unknown_list(&row, list),
                Some(_) => {}
            }
        }
        self.repeat_count(&mut row, &name);
        let mut table_list = TableList::No;
        let mut note = None;
        if let Some(appearance) = row
            .appearance()
            .filter(|text| text.split(' ').any(|word| word == "table-list"))
        {
            let rest = appearance.split(' ').filter(|word| *word != "table-list");
            let appearance: Vec<&str> = std::iter::once("field-list").chain(rest).collect();
            let appearance = appearance.join(" ");
            row.element.set_control("appearance", appearance);
            table_list = TableList::Empty;
            if !row.element.label.is_empty() || !row.element.hint.is_empty() {
                note = Some(Element {
                    what: question_type("note").map_or(What::Group, What::Question),
                    name: format!("generated_table_list_label_{}", row.number),
                    label: std::mem::take(&mut row.element.label),
                    hint: std::mem::take(&mut row.element.hint),
                    ..Element::default()
                });
            }
        }
        if let Some(intent) = row.intent.take() {
            row.element.set_control("intent", intent);
        }
        row.element.what = match container {
            Container::Group => What::Group,
            Container::Repeat => What::Repeat,
            Container::Loop => What::Loop,
        };
        if self.levels.len() > DEEPEST {
            if self.levels.len() == DEEPEST + 1 {
                self.problems
                    .add(row.cell(&["type"]), Kind::TooDeep { limit: DEEPEST });
            }
            row.element.what = What::Group;
        }
        let number = row.number;
        // Beyond the deepest level groups are laid side by side, so that the tree stays shallow.
        let parent = self
            .levels
            .iter()
            .take(DEEPEST)
            .next_back()
            .map_or(Tree::ROOT, |level| level.id);
        let id = self.survey.tree.add(parent, row.element);
        if let Some(note) = note {
            self.survey.tree.add(id, note);
        }
        self.levels.push(Level {
            id,
            container: Some(container),
            names: BTreeMap::new(),
            lower_names: BTreeSet::new(),
            row: number,
            list: list.map(str::to_owned),
            table_list,
        });
    }

    /// A count that is not just a question's name gets a question of its own.
    fn repeat_count(&mut self, row: &mut Row<'_>, name: &str) {
        let Some(count) = row.element.controlled("jr:count").map(str::to_owned) else {
            return;
        };
        if only_reference(&count).is_some() {
            return;
        }
        let generated = format!("{name}_count");
        self.generated_name(&generated, row.number);
        let mut element = Element {
            what: question_type("calculate").map_or(What::Group, What::Question),
            name: generated.clone(),
            row: row.number,
            ..Element::default()
        };
        element.set_bind("readonly", "true()");
        element.set_bind("calculate", count);
        if let Some(other) = self.levels.last().and_then(|level| level.names.get(&generated)) {
            let _ = other;
            let place = row.cell(&["control", "jr:count"]);
            self.problems.add(
                place,
                Kind::NameGenerated {
                    name: generated.clone(),
                },
            );
        }
        if let Some(level) = self.levels.last_mut() {
            level.names.insert(generated.clone(), row.number);
        }
        self.put(element);
        row.element.set_control("jr:count", format!("${{{generated}}}"));
    }

    fn end(&mut self, row: &Row<'_>, container: Container) {
        if row.element.bound("entities:saveto").is_some() {
            self.problems
                .add(row.cell(&["bind", "entities:saveto"]), Kind::EntityGroup {});
        }
        let word = container.word();
        match self.levels.last().and_then(|level| level.container) {
            Some(open) if open == container => self.close(),
            // Another kind of group was begun: if one of this kind is open further out, the inner ones lack their ends.
            Some(_) if self.levels.iter().any(|level| level.container == Some(container)) => {
                while self
                    .levels
                    .last()
                    .and_then(|level| level.container)
                    .is_some_and(|open| open != container)
                {
                    self.unclosed();
                }
                self.close();
            }
            _ => self.problems.add(
                row.cell(&["type"]),
                Kind::EndWithoutBegin {
                    group: word.to_owned(),
                },
            ),
        }
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop()
            && let Some(list) = level.list
        {
            let most = MOST_ELEMENTS;
            if !super::looping::expand(
                &mut self.survey.tree,
                level.id,
                self.choices.list(&list),
                self.settings,
                most,
            ) {
                let kind = Kind::TooManyCells {
                    limit: u64::try_from(most).unwrap_or(u64::MAX),
                };
                self.problems.add(self.table.cell(level.row, &["type"]), kind);
            }
        }
    }

    fn unclosed(&mut self) {
        let Some(level) = self.levels.last() else { return };
        if let Some(container) = level.container {
            let name = self.survey.tree.get(level.id).name.clone();
            let kind = Kind::BeginWithoutEnd {
                group: container.word().to_owned(),
                name,
            };
            self.problems.add(self.table.cell(level.row, &["type"]), kind);
        }
        self.close();
    }

    fn close_all(&mut self) {
        while self.levels.len() > 1 {
            self.unclosed();
        }
    }

    pub(super) fn unknown_list(&mut self, row: &Row<'_>, list: &str) {
        let near = nearest(list, self.choices.lists.iter().map(|list| list.name.as_str()));
        self.problems.add_near(
            row.cell(&["type"]),
            Kind::ListUnknown {
                list: list.to_owned(),
            },
            near,
        );
    }

    pub(super) fn table_list(&mut self) -> Option<&mut TableList> {
        self.levels
            .last_mut()
            .map(|level| &mut level.table_list)
            .filter(|table| **table != TableList::No)
    }
}

fn add_bind(bind: &mut Vec<(String, Text)>, attribute: &str, language: Option<&str>, text: String) {
    choices::add_media(bind, attribute, language, text);
}

/// `cities` of `cities.csv`.
pub(super) fn stem(file: &str) -> &str {
    match file.rfind('.') {
        Some(at) if at > 0 => file.get(..at).unwrap_or(file),
        _ => file,
    }
}

/// `.csv` of `cities.csv`.
pub(super) fn extension(file: &str) -> &str {
    file.get(stem(file).len()..).unwrap_or_default()
}

fn collapse(text: &str) -> String {
    let trimmed = text.trim();
    if !trimmed.contains("  ") {
        return trimmed.to_owned();
    }
    let mut collapsed = String::with_capacity(trimmed.len());
    let mut was_blank = false;
    for character in trimmed.chars() {
        if character != ' ' || !was_blank {
            collapsed.push(character);
        }
        was_blank = character == ' ';
    }
    collapsed
}

/// A good name that looks like the bad one.
fn suggested_name(name: &str) -> Option<String> {
    let mut suggestion: String = name
        .chars()
        .map(|character| {
            if super::name::continues_name(character) {
                character
            } else {
                '_'
            }
        })
        .collect();
    if !suggestion.chars().next().is_some_and(super::name::starts_name) {
        suggestion.insert(0, '_');
    }
    is_plain_name(&suggestion).then_some(suggestion)
}
