//! From a form session to what a screen draws.

use std::collections::{BTreeMap, BTreeSet};

use hudang_form::answer::AnswerType;
use hudang_form::form::{ControlKind, Question, Role};
use hudang_form::session::{View, ViewKind};
use hudang_visit::questionnaire::filling::Filling;
use hudang_visit::questionnaire::typing::Typed;
use hudang_visit::value::Value;

use crate::cross::form::{ChoiceView, FormProgress, FormStage, InputKind, Node, NodeKind, Page, RangeView};
use crate::cross::people::Tongue;

/// What stands beside the session.
pub(super) struct Beside<'a> {
    pub(super) previous: &'a BTreeMap<String, Value>,
    /// What is being typed, or was and is no answer.
    pub(super) drafts: BTreeMap<String, Value>,
    pub(super) in_conflict: BTreeSet<String>,
    /// Whether anybody wrote an answer.
    pub(super) is_answered: bool,
}

/// A form, laid out.
pub(super) struct Laid {
    pub(super) pages: Vec<Page>,
    pub(super) nodes: Vec<Node>,
    pub(super) progress: FormProgress,
}

/// Lays out everything that a screen may draw, page by page, with the texts that the form has in the reader's language.
pub(super) fn lay_out(filling: &Filling, language: Tongue, beside: &Beside<'_>) -> Laid {
    let questionnaire = filling.questionnaire();
    let form = questionnaire.form();
    let root = form
        .questions()
        .first()
        .map(|root| root.path.clone())
        .unwrap_or_default();
    let mut laid = Laid {
        pages: Vec::new(),
        nodes: Vec::new(),
        progress: FormProgress::default(),
    };
    // Whether the page under way takes further questions that stand on the top by themselves.
    let mut is_loose = false;
    let views = match form.language_of(language.code()) {
        Some(language) => filling.session().views_in(language),
        None => filling.session().views(),
    };
    for view in views {
        let Some(question) = form.at_path(&without_ids(&view.key)).map(|id| form.question(id)) else {
            continue;
        };
        let Some(path) = questionnaire.names().path_of_key(form, &view.key) else {
            continue;
        };
        if !is_drawn(question, view.kind) {
            continue;
        }
        let parent = parent_of(&view.key)
            .filter(|parent| *parent != root)
            .map(str::to_owned);
        if parent.is_none() {
            let is_group = matches!(
                view.kind,
                ViewKind::Group | ViewKind::OpenRepeat | ViewKind::CountedRepeat
            );
            if is_group || !is_loose {
                laid.pages.push(Page {
                    name: path.clone(),
                    label: view.label.clone().filter(|_| is_group),
                });
            }
            is_loose = !is_group;
        }
        let page = laid.pages.len().saturating_sub(1);
        let mut node = node(question, view, path, parent, page, beside);
        node.unfit = beside
            .drafts
            .get(&node.path)
            .and_then(|value| unfit(filling, &node.path, value, language));
        count(&mut laid.progress, &node);
        laid.nodes.push(node);
    }
    laid.progress.stage = match laid.progress.asked {
        0 => FormStage::NothingAsked,
        _ if beside.is_answered || !beside.drafts.is_empty() => FormStage::Begun,
        _ => FormStage::NotBegun,
    };
    laid
}

fn node(
    question: &Question,
    view: View,
    path: String,
    parent: Option<String>,
    page: usize,
    beside: &Beside<'_>,
) -> Node {
    let control = question.control.as_ref();
    let choices = view.choices.as_ref().map(|choices| {
        let choice = |choice: &hudang_form::session::Choice| ChoiceView {
            value: choice.value.clone(),
            label: choice.label.clone(),
        };
        choices.iter().map(choice).collect()
    });
    let range = control.and_then(|control| match &control.kind {
        ControlKind::Range(bounds) => Some(RangeView {
            start: bounds.start.to_string(),
            end: bounds.end.to_string(),
            step: bounds.step.to_string(),
        }),
        _ => None,
    });
    Node {
        kind: kind(control.map(|control| &control.kind), view.kind),
        input: input(question),
        appearance: control
            .map(|control| control.appearance.clone())
            .unwrap_or_default(),
        attributes: control
            .map(|control| {
                let of_looks =
                    |pair: &&(String, String)| !matches!(pair.0.as_str(), "ref" | "nodeset" | "appearance");
                control.attributes.iter().filter(of_looks).cloned().collect()
            })
            .unwrap_or_default(),
        range,
        calculated: question.bind.calculate.is_some(),
        draft: beside.drafts.get(&path).cloned().map(Into::into),
        unfit: None,
        previous: beside.previous.get(&path).cloned().map(Into::into),
        in_conflict: beside.in_conflict.contains(&path),
        path,
        parent,
        page,
        key: view.key,
        label: view.label,
        hint: view.hint,
        relevant: view.relevant,
        required: view.required,
        readonly: view.readonly,
        value: view.value,
        allowed: view.constraint_ok,
        missing: !view.required_ok,
        message: view.message,
        choices,
    }
}

/// Why what stands in a field is no answer of the question, for people.
fn unfit(filling: &Filling, path: &str, value: &Value, language: Tongue) -> Option<String> {
    match filling.typed(&path.parse().ok()?, value) {
        Typed::Unfit(why) => Some(why.message(value, language.into())),
        Typed::Fits | Typed::NotAsked => None,
    }
}

/// Values without a face are drawn only where the form works them out.
fn is_drawn(question: &Question, kind: ViewKind) -> bool {
    !matches!(question.role, Role::Attribute)
        && (kind != ViewKind::ModelValue || question.bind.calculate.is_some())
}

fn kind(control: Option<&ControlKind>, view: ViewKind) -> NodeKind {
    match view {
        ViewKind::ModelValue => NodeKind::Hidden,
        ViewKind::Input => NodeKind::Input,
        ViewKind::Note => NodeKind::Note,
        ViewKind::Select if control == Some(&ControlKind::SelectMultiple) => NodeKind::SelectMany,
        ViewKind::Select => NodeKind::SelectOne,
        ViewKind::Rank => NodeKind::Rank,
        ViewKind::Trigger => NodeKind::Trigger,
        ViewKind::Range => NodeKind::Range,
        ViewKind::Upload => NodeKind::Upload,
        ViewKind::Group => NodeKind::Group,
        ViewKind::OpenRepeat => NodeKind::Repeat,
        ViewKind::CountedRepeat => NodeKind::CountedRepeat,
        ViewKind::Instance => NodeKind::Instance,
    }
}

fn input(question: &Question) -> InputKind {
    match question.bind.answer_type {
        AnswerType::Text => InputKind::Text,
        AnswerType::Barcode => InputKind::Barcode,
        AnswerType::Integer => InputKind::Integer,
        AnswerType::Decimal => InputKind::Decimal,
        AnswerType::Date => InputKind::Date,
        AnswerType::Time => InputKind::Time,
        AnswerType::DateTime => InputKind::DateTime,
        AnswerType::Geopoint => InputKind::Geopoint,
        AnswerType::Geotrace => InputKind::Geotrace,
        AnswerType::Geoshape => InputKind::Geoshape,
        AnswerType::Binary => InputKind::File,
    }
}

fn count(progress: &mut FormProgress, node: &Node) {
    let is_asked = matches!(
        node.kind,
        NodeKind::Input
            | NodeKind::SelectOne
            | NodeKind::SelectMany
            | NodeKind::Rank
            | NodeKind::Trigger
            | NodeKind::Range
            | NodeKind::Upload
    );
    if !node.relevant || !is_asked || node.calculated {
        return;
    }
    let add = |to: &mut usize, yes: bool| *to = to.saturating_add(usize::from(yes));
    add(&mut progress.asked, true);
    add(
        &mut progress.answered,
        node.value.as_ref().is_some_and(|value| !value.is_empty()),
    );
    let is_unfit = node.unfit.is_some();
    add(&mut progress.missing, node.missing && !is_unfit);
    add(&mut progress.not_allowed, !node.allowed);
    add(&mut progress.unfit, is_unfit);
    if (node.missing || !node.allowed || is_unfit) && progress.first_wanting.is_none() {
        progress.first_wanting = Some(node.key.clone());
    }
}

/// `/data/members[…]/name` → `/data/members/name`
fn without_ids(key: &str) -> String {
    let mut path = String::with_capacity(key.len());
    let mut is_id = false;
    for c in key.chars() {
        match c {
            '[' => is_id = true,
            ']' => is_id = false,
            _ if !is_id => path.push(c),
            _ => {}
        }
    }
    path
}

/// The key of what a node is in: an instance is in its repeat.
fn parent_of(key: &str) -> Option<&str> {
    if key.ends_with(']') {
        return key.rsplit_once('[').map(|(repeat, _)| repeat);
    }
    key.rsplit_once('/').map(|(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_what_a_node_is_in() {
        assert_eq!(without_ids("/data/a[0f]/b[1]/c"), "/data/a/b/c");
        assert_eq!(parent_of("/data/a[0f]/b"), Some("/data/a[0f]"));
        assert_eq!(parent_of("/data/a[0f]"), Some("/data/a"));
    }
}
