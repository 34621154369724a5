//! A loop asks its questions once for each choice of a list.

use super::choices::{Choice, List};
use super::settings::Settings;
use super::text::Text;
use super::tree::{Element, Id, Tree, What};

/// Replaces the questions of a loop by one group of them for each choice. `false` when that makes too many.
pub(super) fn expand(tree: &mut Tree, id: Id, list: Option<&List>, settings: &Settings, most: usize) -> bool {
    let template = std::mem::take(&mut tree.get_mut(id).children);
    let Some(list) = list else {
        tree.get_mut(id).children = template;
        return true;
    };
    let size = count(tree, &template).saturating_add(1);
    if size.saturating_mul(list.options.len()).saturating_add(tree.len()) > most {
        tree.get_mut(id).children = template;
        return false;
    }
    for choice in list.options.iter().filter(|choice| choice.name != "none") {
        let group = Element {
            what: What::Group,
            name: choice.name.clone(),
            label: choice.label.clone(),
            media: choice.media.clone(),
            ..Element::default()
        };
        let group = tree.add(id, group);
        for child in &template {
            copy(tree, *child, group, choice, Some(&settings.default_language));
        }
    }
    true
}

fn count(tree: &Tree, ids: &[Id]) -> usize {
    ids.iter()
        .map(|id| 1 + count(tree, &tree.get(*id).children))
        .sum()
}

/// Copies an element with all below it. As in other converters only what stands directly in the loop is filled in.
fn copy(tree: &mut Tree, id: Id, parent: Id, choice: &Choice, default_language: Option<&str>) {
    let mut element = tree.get(id).clone();
    let children = std::mem::take(&mut element.children);
    if let Some(language) = default_language {
        substitute(&mut element, choice, language);
    }
    let copied = tree.add(parent, element);
    for child in children {
        copy(tree, child, copied, choice, None);
    }
}

/// Puts the choice's name and label where the texts say `%(name)s` and `%(label)s`.
fn substitute(element: &mut Element, choice: &Choice, default_language: &str) {
    let in_language = |language: &str| {
        let mut texts = choice.label.in_languages(default_language);
        texts.find(|(known, _)| *known == language).map(|(_, text)| text)
    };
    let any = in_language(default_language)
        .or(choice.label.any())
        .unwrap_or_default();
    let replace = |text: &mut String, label: &str| {
        if text.contains('%') {
            *text = text
                .replace("%(label)s", label)
                .replace("%(name)s", &choice.name)
                .replace("%%", "%");
        }
    };
    let replace_text = |text: &mut Text| {
        if let Some(plain) = &mut text.plain {
            replace(plain, any);
        }
        for (language, text) in &mut text.languages {
            replace(text, in_language(language).unwrap_or(any));
        }
    };
    replace(&mut element.name, any);
    for text in [&mut element.label, &mut element.hint, &mut element.guidance] {
        replace_text(text);
    }
    let media = element.media.iter_mut().map(|(_, text)| text);
    for text in media.chain(element.bind.iter_mut().map(|(_, text)| text)) {
        replace_text(text);
    }
    for (_, value) in element.control.iter_mut().chain(&mut element.instance) {
        replace(value, any);
    }
    for value in [
        &mut element.default,
        &mut element.choice_filter,
        &mut element.itemset,
    ]
    .into_iter()
    .flatten()
    {
        replace(value, any);
    }
}
