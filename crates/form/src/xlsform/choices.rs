//! The choices sheet: lists and their options.

use std::collections::{BTreeMap, BTreeSet};

use super::kind::Kind;
use super::name::is_plain_name;
use super::problem::Problems;
use super::reference::has_reference;
use super::table::{Columns, Table};
use super::text::Text;

/// Media that a label may have.
pub(super) const MEDIA: [&str; 4] = ["image", "big-image", "audio", "video"];

pub(super) const COLUMNS: Columns = Columns {
    known: &["list name", "name", "label", "media", "sms_option", "parent"],
    aliases: &[
        ("caption", &["label"]),
        ("list_name", &["list name"]),
        ("value", &["name"]),
        ("image", &["media", "image"]),
        ("big-image", &["media", "big-image"]),
        ("audio", &["media", "audio"]),
        ("video", &["media", "video"]),
    ],
    open: &[],
};

/// One choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) label: Text,
    pub(super) media: Vec<(String, Text)>,
    /// Columns that a `choice_filter` may use: index into [`Choices::columns`] and value.
    pub(super) extra: Vec<(usize, String)>,
}

/// The choices of one list.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) name: String,
    pub(super) options: Vec<Choice>,
    /// Labels stand in the translations: there are several languages, media, or references.
    pub(super) is_localized: bool,
    /// `search()` wants the choices in the body.
    pub(super) used_by_search: bool,
}

/// All lists, in the order of the sheet.
#[derive(Debug, Default)]
pub(super) struct Choices {
    pub(super) lists: Vec<List>,
    /// Names of the further columns.
    pub(super) columns: Vec<String>,
    by_name: BTreeMap<String, usize>,
}

impl Choices {
    pub(super) fn list(&self, name: &str) -> Option<&List> {
        self.by_name.get(name).and_then(|at| self.lists.get(*at))
    }

    pub(super) fn list_mut(&mut self, name: &str) -> Option<&mut List> {
        self.by_name.get(name).and_then(|at| self.lists.get_mut(*at))
    }

    fn list_or_new(&mut self, name: &str) -> Option<&mut List> {
        let next = self.lists.len();
        let at = if let Some(at) = self.by_name.get(name) {
            *at
        } else {
            self.by_name.insert(name.to_owned(), next);
            self.lists.push(List {
                name: name.to_owned(),
                ..List::default()
            });
            next
        };
        self.lists.get_mut(at)
    }

    /// Whether a list's labels have to stand in the translations.
    pub(super) fn settle(&mut self) {
        for list in &mut self.lists {
            list.is_localized = list.options.iter().any(|option| {
                !option.media.is_empty()
                    || option.label.is_localized()
                    || option.label.plain.as_deref().is_some_and(has_reference)
            });
        }
    }

    /// Reads the sheet.
    pub(super) fn read(
        table: &Table<'_>,
        default_language: &str,
        allow_duplicates: bool,
        problems: &mut Problems,
    ) -> Self {
        let mut choices = Self::default();
        let mut extra = BTreeMap::new();
        for column in table.columns.iter().filter(|column| !column.is_known) {
            let name = column.path.join("::");
            if is_plain_name(&name) || super::name::is_name(&name) {
                extra.insert(column.index, choices.columns.len());
                choices.columns.push(name);
            } else {
                let place = table.place(1, column);
                problems.add(
                    place,
                    Kind::ChoiceColumn {
                        column: column.header.clone(),
                    },
                );
            }
        }
        let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for record in table.rows() {
            let mut list = None;
            let mut choice = Choice::default();
            let mut has_name = false;
            for (column, text) in table.cells(&record) {
                let text = clean(text);
                match (column.first(), column.part(1), column.part(2)) {
                    ("list name", ..) => list = Some(text),
                    ("name", ..) => {
                        choice.name = text;
                        has_name = true;
                    }
                    ("label", language, _) => choice.label.set(language, text),
                    ("media", Some(medium), language) => {
                        if MEDIA.contains(&medium) {
                            add_media(&mut choice.media, medium, language, text);
                        } else {
                            let kind = Kind::MediaUnknown {
                                found: medium.to_owned(),
                            };
                            problems.add(table.place(record.number, column), kind);
                        }
                    }
                    _ => {
                        if let Some(at) = extra.get(&column.index) {
                            choice.extra.push((*at, text));
                        }
                    }
                }
            }
            let Some(list) = list else {
                if has_name {
                    problems.add(table.cell(record.number, &["list name"]), Kind::ChoiceList {});
                }
                continue;
            };
            if !has_name {
                // The list is there, so that questions which use it are not reported as well.
                choices.list_or_new(&list);
                problems.add(table.cell(record.number, &["name"]), Kind::ChoiceName {});
                continue;
            }
            choice.label.settle(default_language);
            if choice.label.is_empty() && choice.media.is_empty() {
                problems.add(table.cell(record.number, &["label"]), Kind::ChoiceLabel {});
            }
            if !allow_duplicates && !seen.entry(list.clone()).or_default().insert(choice.name.clone()) {
                let kind = Kind::ChoiceTwice {
                    name: choice.name.clone(),
                    list: list.clone(),
                };
                problems.add(table.cell(record.number, &["name"]), kind);
            }
            if let Some(list) = choices.list_or_new(&list) {
                list.options.push(choice);
            }
        }
        choices.settle();
        choices
    }
}

/// Adds a medium's text in its language.
pub(super) fn add_media(media: &mut Vec<(String, Text)>, medium: &str, language: Option<&str>, text: String) {
    let at = media.iter().position(|(known, _)| known == medium);
    if let Some((_, texts)) = at.and_then(|at| media.get_mut(at)) {
        texts.set(language, text);
    } else {
        let mut texts = Text::default();
        texts.set(language, text);
        media.push((medium.to_owned(), texts));
    }
}

/// Word processors curl quotes, which no expression understands. In Chinese they are punctuation and stay.
pub(super) fn clean(text: &str) -> String {
    let is_curled = |character: char| matches!(character, '\u{2018}' | '\u{2019}' | '\u{201C}' | '\u{201D}');
    let is_chinese = |character: char| matches!(character, '\u{3001}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}');
    if !may_be_curled(text) || !text.contains(is_curled) || text.contains(is_chinese) {
        return text.to_owned();
    }
    straighten(text)
}

/// Curled quotes are three bytes, the first of which one look finds.
fn may_be_curled(text: &str) -> bool {
    text.as_bytes().contains(&0xE2)
}

/// Quotes as expressions want them.
pub(super) fn straighten(text: &str) -> String {
    if !may_be_curled(text) {
        return text.to_owned();
    }
    text.chars()
        .map(|character| match character {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201C}' | '\u{201D}' => '"',
            other => other,
        })
        .collect()
}
