//! The form's translations: every text in every language.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::choices::Choices;
use super::kind::Kind;
use super::output::write_text;
use super::problem::Problems;
use super::reference::has_reference;
use super::settings::Settings;
use super::table::Table;
use super::text::Text;
use super::tree::{Id, Tree};
use super::xml::Writer;

/// What is shown where a language has no text.
pub(crate) const ABSENT: &str = "-";

/// One form of one text: the words themselves (`""`), `guidance`, or a medium.
type Forms<'a> = Vec<(&'a str, &'a str)>;

/// Texts of one language by the order of their ids.
type Language<'a> = BTreeMap<usize, Forms<'a>>;

/// All translations of a form.
#[derive(Debug, Default)]
pub(super) struct Translations<'a> {
    /// Ids in the order of the form, each with its context and its row.
    ids: Vec<(String, Option<Id>, u32)>,
    /// Only looked up; the order is that of the ids.
    positions: HashMap<String, usize>,
    languages: Vec<(&'a str, Language<'a>)>,
}

impl<'a> Translations<'a> {
    pub(super) fn collect(tree: &'a Tree, choices: &'a Choices, settings: &'a Settings) -> Self {
        let default = settings.default_language.as_str();
        let mut all = Self::default();
        for list in choices.lists.iter().filter(|list| list.is_localized) {
            for (number, choice) in list.options.iter().enumerate() {
                let words = std::iter::once(("", &choice.label));
                let media = choice.media.iter().map(|(medium, text)| (medium.as_str(), text));
                let id = || format!("{}-{number}", list.name);
                all.add(&id, None, 0, default, words.chain(media));
            }
        }
        for id in tree.in_order() {
            all.element(tree, id, default);
        }
        all
    }

    fn element(&mut self, tree: &'a Tree, id: Id, default: &'a str) {
        let element = tree.get(id);
        let key = |suffix: &str| format!("{}:{suffix}", tree.path(id));
        for attribute in ["jr:constraintMsg", "jr:requiredMsg", "jr:noAppErrorString"] {
            let Some(text) = element.bound(attribute) else {
                continue;
            };
            let has_reference =
                attribute != "jr:noAppErrorString" && text.plain.as_deref().is_some_and(has_reference);
            if text.is_localized() || has_reference {
                let words = std::iter::once(("", text));
                self.add(&|| key(attribute), Some(id), element.row, default, words);
            }
        }
        if element.is_label_localized() {
            let words = std::iter::once(("", &element.label));
            self.add(&|| key("label"), Some(id), element.row, default, words);
        }
        let has_guidance = !element.guidance.is_empty();
        if element.hint.is_localized() || has_guidance {
            let words = std::iter::once(("", &element.hint));
            self.add(&|| key("hint"), Some(id), element.row, default, words);
        }
        let guidance = std::iter::once(("guidance", &element.guidance));
        self.add(&|| key("hint"), Some(id), element.row, default, guidance);
        let media = element.media.iter().map(|(medium, text)| (medium.as_str(), text));
        self.add(&|| key("label"), Some(id), element.row, default, media);
    }

    /// Adds the forms of one text in all their languages; a text without any has no id.
    fn add(
        &mut self,
        id: &dyn Fn() -> String,
        context: Option<Id>,
        row: u32,
        default: &'a str,
        forms: impl Iterator<Item = (&'a str, &'a Text)>,
    ) {
        let mut at = None;
        for (form, texts) in forms {
            for (language, text) in texts.in_languages(default) {
                let at = *at.get_or_insert_with(|| self.position(id(), context, row));
                self.put(at, language, form, text);
            }
        }
    }

    fn position(&mut self, id: String, context: Option<Id>, row: u32) -> usize {
        match self.positions.entry(id) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let at = self.ids.len();
                self.ids.push((new.key().clone(), context, row));
                *new.insert(at)
            }
        }
    }

    fn put(&mut self, at: usize, language: &'a str, form: &'a str, text: &'a str) {
        let language_at = if let Some(at) = self.languages.iter().position(|(known, _)| *known == language) {
            at
        } else {
            self.languages.push((language, Language::new()));
            self.languages.len() - 1
        };
        if let Some((_, texts)) = self.languages.get_mut(language_at) {
            let forms = texts.entry(at).or_default();
            match forms.iter_mut().find(|(known, _)| *known == form) {
                Some((_, old)) => *old = text,
                None => forms.push((form, text)),
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.languages.is_empty()
    }

    /// Languages of the form.
    pub(super) fn languages(&self) -> impl Iterator<Item = &'a str> {
        self.languages.iter().map(|(language, _)| *language)
    }

    /// Which forms each id has in any language.
    fn forms(&self) -> Vec<Vec<&'a str>> {
        let mut forms: Vec<Vec<&str>> = vec![Vec::new(); self.ids.len()];
        for (_, texts) in &self.languages {
            for (at, found) in texts {
                for (form, _) in found {
                    if let Some(known) = forms.get_mut(*at)
                        && !known.contains(form)
                    {
                        known.push(form);
                    }
                }
            }
        }
        forms
    }

    /// Warns of rows whose text is missing in a language that the row's column has.
    pub(super) fn warn_missing(&self, survey: &Table<'_>, problems: &mut Problems) {
        let forms = self.forms();
        for (language, texts) in &self.languages {
            for (at, (_, _, row)) in self.ids.iter().enumerate().filter(|(_, (_, _, row))| *row > 0) {
                let has_words = forms.get(at).is_some_and(|forms| forms.contains(&""));
                let is_there = texts
                    .get(&at)
                    .is_some_and(|found| found.iter().any(|(form, _)| form.is_empty()));
                if !has_words || is_there {
                    continue;
                }
                let id = self.ids.get(at).map_or("", |(id, _, _)| id.as_str());
                let Some(column) = id.rsplit_once(':').map(|(_, column)| column) else {
                    continue;
                };
                let has_column = survey
                    .columns
                    .iter()
                    .any(|known| known.first() == column && known.part(1) == Some(language));
                if has_column {
                    let place = survey.cell(*row, &[column, language]);
                    problems.add(
                        place,
                        Kind::TranslationMissing {
                            language: (*language).to_owned(),
                        },
                    );
                }
            }
        }
    }

    pub(super) fn write(&self, writer: &mut Writer, tree: &Tree, default_language: &str) {
        let forms = self.forms();
        writer.begin("itext");
        for (language, texts) in &self.languages {
            writer.begin("translation").attribute("lang", language);
            if *language == default_language {
                writer.attribute("default", "true()");
            }
            for (at, (id, context, _)) in self.ids.iter().enumerate() {
                writer.begin("text").attribute("id", id);
                let found = texts.get(&at);
                for form in forms.get(at).into_iter().flatten() {
                    let text = found.and_then(|found| found.iter().find(|(known, _)| known == form));
                    value(
                        writer,
                        tree,
                        *context,
                        form,
                        text.map_or(ABSENT, |(_, text)| text),
                    );
                }
                writer.end();
            }
            writer.end();
        }
        writer.end();
    }
}

fn value(writer: &mut Writer, tree: &Tree, context: Option<Id>, form: &str, text: &str) {
    let is_words = matches!(form, "" | "guidance");
    if text == ABSENT && !is_words {
        return;
    }
    writer.begin("value");
    if !form.is_empty() {
        writer.attribute("form", form);
    }
    if is_words {
        write_text(writer, tree, context, text);
    } else {
        let folder = if form == "big-image" || form == "image" {
            "images"
        } else {
            form
        };
        writer.text("jr://").text(folder).text("/");
        write_text(writer, tree, context, text);
    }
    writer.end();
}
