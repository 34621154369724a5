//! Questions that choose from a list, a file, or earlier answers.

use super::choices::Choice;
use super::kind::Kind;
use super::name::is_name;
use super::parameters::{Checker, is_number};
use super::reference::{has_reference, only_reference};
use super::survey::{Reader, Row, TableList, extension, stem};
use super::text::Text;
use super::tree::{Element, What};
use super::types::{QuestionType, Source, question_type};

/// Kinds of files that choices may come from.
pub(super) const EXTENSIONS: [&str; 3] = [".csv", ".xml", ".geojson"];

/// What the type column said.
pub(super) struct Select<'a> {
    pub(super) question_type: &'static QuestionType,
    pub(super) source: Source,
    pub(super) list: &'a str,
    pub(super) or_other: bool,
    pub(super) command: &'a str,
}

impl Reader<'_> {
    pub(super) fn select(&mut self, mut row: Row<'_>, select: &Select<'_>) {
        self.question_name(&row);
        let is_file = EXTENSIONS.contains(&extension(select.list));
        let is_reference = has_reference(select.list);
        match select.source {
            Source::External => self.external_list(&row, select.list),
            Source::File => {
                self.survey.instances.insert(stem(select.list).to_owned());
                if !is_file || select.list.matches('.').count() != 1 {
                    let found = format!("{} {}", select.command, select.list);
                    self.problems
                        .add(row.cell(&["type"]), Kind::FileExtension { found });
                }
            }
            Source::Choices => {
                self.survey.instances.insert(stem(select.list).to_owned());
                if !is_file && !is_reference && self.choices.list(select.list).is_none() {
                    self.unknown_list(&row, select.list);
                }
            }
        }
        if select.question_type.name == "select all that apply" && !is_file {
            self.spaces(&row, select.list);
        }
        self.select_parameters(&row, select);
        row.element.what = What::Question(select.question_type);
        row.element.parameters = std::mem::take(&mut row.parameters);
        row.element.choice_filter = row.choice_filter.take();
        row.element.itemset = Some(select.list.to_owned());
        if select.source == Source::External {
            row.element.itemset = None;
            if row.element.choice_filter.is_some() {
                row.element.query = Some(select.list.to_owned());
            }
        }
        let other = select.or_other.then(|| self.or_other(&row, select.list));
        self.default_choice(&row, select.list);
        self.table_list_row(&mut row, select);
        self.put(row.element);
        if let Some(Some(other)) = other {
            self.generated_name(&other.name, other.row);
            self.put(other);
        }
    }

    fn external_list(&mut self, row: &Row<'_>, list: &str) {
        if row.choice_filter.is_none() {
            self.problems.add(row.cell(&["type"]), Kind::ExternalFilter {});
        }
        match &self.external_lists {
            None => {
                let kind = Kind::SheetMissing {
                    sheet: "external_choices".to_owned(),
                };
                self.problems.add(row.cell(&["type"]), kind);
            }
            Some(lists) if !lists.contains(list) => {
                let near = super::nearest::nearest(list, lists.iter().map(String::as_str));
                let kind = Kind::ExternalListUnknown {
                    list: list.to_owned(),
                };
                self.problems.add_near(row.cell(&["type"]), kind, near);
            }
            Some(_) => {
                self.survey.external_lists.insert(list.to_owned());
            }
        }
    }

    fn spaces(&mut self, row: &Row<'_>, list: &str) {
        let Some(found) = self.choices.list(list) else {
            return;
        };
        if let Some(choice) = found.options.iter().find(|choice| choice.name.contains(' ')) {
            let kind = Kind::ChoiceSpace {
                name: choice.name.clone(),
                list: list.to_owned(),
            };
            self.problems.add(row.cell(&["type"]), kind);
        }
    }

    fn select_parameters(&mut self, row: &Row<'_>, select: &Select<'_>) {
        let place = row.cell(&["parameters"]);
        let mut checker = Checker {
            parameters: &row.parameters,
            place: place.clone(),
            problems: self.problems,
        };
        if select.source == Source::File {
            checker.accept(&["label", "randomize", "seed", "value"]);
            for key in ["value", "label"] {
                checker.when(key, ["附件的列名", "the name of a column"], is_name);
            }
        } else {
            checker.accept(&["randomize", "seed"]);
        }
        let seed = row.parameters.get("seed");
        if row.parameters.get("randomize").is_some() {
            checker.one_of("randomize", &["true", "false"]);
            checker.when("seed", ["数或 ${题名}", "a number or a reference"], |seed| {
                is_number(seed) || only_reference(seed).is_some()
            });
        } else if seed.is_some() {
            let key = "randomize=true".to_owned();
            self.problems.add(place, Kind::ParameterNeeded { key });
        }
    }

    /// The question beside a select that takes what is on no list.
    fn or_other(&mut self, row: &Row<'_>, list: &str) -> Option<Element> {
        self.survey.has_or_other = true;
        if row.element.choice_filter.is_some() {
            self.problems
                .add(row.cell(&["choice_filter"]), Kind::OtherFilter {});
        }
        let languages = self.choices.list(list).map(|list| {
            let mut languages: Vec<String> = Vec::new();
            for (language, _) in list.options.iter().flat_map(|choice| &choice.label.languages) {
                if !languages.contains(language) {
                    languages.push(language.clone());
                }
            }
            languages
        });
        let (Some(languages), Some(found)) = (languages, self.choices.list_mut(list)) else {
            self.problems.add(row.cell(&["type"]), Kind::OtherList {});
            return None;
        };
        if !found.options.iter().any(|choice| choice.name == "other") {
            let label = if languages.is_empty() {
                Text::plain("Other")
            } else {
                let texts = languages
                    .into_iter()
                    .map(|language| (language, "Other".to_owned()));
                Text {
                    plain: None,
                    languages: texts.collect(),
                }
            };
            found.options.push(Choice {
                name: "other".to_owned(),
                label,
                ..Choice::default()
            });
        }
        let name = &row.element.name;
        let mut other = Element {
            what: What::Question(question_type("text")?),
            name: format!("{name}_other"),
            label: Text::plain("Specify other."),
            row: row.number,
            ..Element::default()
        };
        other.set_bind("relevant", format!("selected(../{name}, 'other')"));
        Some(other)
    }

    fn default_choice(&mut self, row: &Row<'_>, list: &str) {
        let Some(default) = row.element.fixed_default() else {
            return;
        };
        let Some(found) = self.choices.list(list) else {
            return;
        };
        for value in default.split_whitespace() {
            if !found.options.iter().any(|choice| choice.name == value) {
                let near =
                    super::nearest::nearest(value, found.options.iter().map(|choice| choice.name.as_str()));
                let kind = Kind::DefaultChoice {
                    value: value.to_owned(),
                    list: list.to_owned(),
                };
                self.problems.add_near(row.cell(&["default"]), kind, near);
            }
        }
    }

    /// In a table the first select brings the labels of the choices, all show none of their own.
    fn table_list_row(&mut self, row: &mut Row<'_>, select: &Select<'_>) {
        let Some(open) = self.table_list() else { return };
        let first = *open == TableList::Empty;
        if first {
            *open = TableList::Of(select.list.to_owned());
        }
        let other = match open {
            TableList::Of(list) => list.clone(),
            TableList::No | TableList::Empty => return,
        };
        if other != select.list {
            let kind = Kind::TableList {
                list: select.list.to_owned(),
                other,
            };
            self.problems.add(row.cell(&["type"]), kind);
        }
        if first {
            if row.element.choice_filter.is_some() {
                self.problems
                    .add(row.cell(&["choice_filter"]), Kind::TableFilter {});
            }
            let mut header = Element {
                what: What::Question(select.question_type),
                name: format!("reserved_name_for_field_list_labels_{}", row.number),
                label: Text::plain(" "),
                itemset: Some(select.list.to_owned()),
                ..Element::default()
            };
            header.set_control("appearance", "label");
            self.put(header);
        }
        row.element.set_control("appearance", "list-nolabel");
    }
}
