//! From a form to plain data.

use std::collections::BTreeMap;

use super::{Described, Offered, Outline, RuleKind, TextKind, Wording};
use crate::answer::AnswerType;
use crate::evaluate::NodeRef;
use crate::expression::{Expression, Function, Kind, Test};
use crate::form::{
    Action, ActionValue, Choices, Chunk, Control, ControlKind, Form, InstanceSource, Itemset, Question,
    QuestionId, RepeatCount, Role, Text, constant_text,
};
use crate::tree::{NodeId, Tree};

/// The language of a text that has no translations.
const UNTRANSLATED: &str = "";

impl Outline {
    /// Describes a form.
    pub fn of(form: &Form) -> Self {
        let describer = Describer { form };
        let questions = form.questions().iter().enumerate();
        let questions = questions
            .filter(|(_, question)| question.parent.is_some() && !matches!(question.role, Role::Attribute));
        Self {
            id: form.id().to_owned(),
            title: form.title().to_owned(),
            version: form.version().to_owned(),
            languages: form.languages().map(str::to_owned).collect(),
            questions: questions
                .map(|(index, question)| describer.question(QuestionId::of_index(index), question))
                .collect(),
        }
    }
}

struct Describer<'f> {
    form: &'f Form,
}

impl Describer<'_> {
    fn question(&self, id: QuestionId, question: &Question) -> Described {
        // `/data/income/wage` without its root, whose name is that of a file and says nothing.
        let path = question.path.trim_start_matches('/');
        let path = path.split_once('/').map_or(path, |(_, below)| below);
        Described {
            path: path.to_owned(),
            kind: kind(question),
            texts: self.texts(question),
            rules: self.rules(id, question),
            choices: question
                .choices()
                .map(|choices| self.choices(choices))
                .unwrap_or_default(),
        }
    }

    fn texts(&self, question: &Question) -> BTreeMap<TextKind, Wording> {
        let control = question.control.as_ref();
        let texts = [
            (
                TextKind::Label,
                control.and_then(|control| control.label.as_ref()),
            ),
            (TextKind::Hint, control.and_then(|control| control.hint.as_ref())),
            (
                TextKind::ConstraintMessage,
                question.bind.constraint_message.as_ref(),
            ),
            (TextKind::RequiredMessage, question.bind.required_message.as_ref()),
        ];
        let worded = |(kind, text): (TextKind, Option<&Text>)| {
            let wording = self.wording(text?);
            (!wording.is_empty()).then_some((kind, wording))
        };
        texts.into_iter().filter_map(worded).collect()
    }

    fn wording(&self, text: &Text) -> Wording {
        let plain = |text: String| {
            let is_there = !text.is_empty();
            is_there
                .then(|| (UNTRANSLATED.to_owned(), text))
                .into_iter()
                .collect()
        };
        match text {
            Text::Chunks(chunks) => plain(written(chunks)),
            Text::Reference(expression) => plain(shown(expression)),
            Text::Itext(id) => match constant_text(id) {
                Some(id) => self.translated(&id),
                None => plain(format!("jr:itext({})", collapsed(id.text()))),
            },
        }
    }

    fn translated(&self, id: &str) -> Wording {
        let translations = self.form.translations().iter();
        let texts = translations.filter_map(|translation| {
            let text = written(&translation.text(id)?.chunks);
            (!text.is_empty()).then(|| (translation.language().to_owned(), text))
        });
        texts.collect()
    }

    fn rules(&self, id: QuestionId, question: &Question) -> BTreeMap<RuleKind, String> {
        let bind = &question.bind;
        let mut rules = BTreeMap::new();
        let expressions = [
            (RuleKind::Relevant, bind.relevant.as_ref()),
            (RuleKind::Required, bind.required.as_ref()),
            (RuleKind::Constraint, bind.constraint.as_ref()),
            (RuleKind::Calculation, bind.calculate.as_ref()),
            (RuleKind::ReadOnly, bind.readonly.as_ref()),
        ];
        for (rule, expression) in expressions {
            if let Some(expression) = expression {
                rules.insert(rule, collapsed(expression.text()));
            }
        }
        if let (Role::Value, Some(document)) = (&question.role, self.form.document()) {
            let default = document.value(question.source);
            if !default.trim().is_empty() {
                rules.insert(RuleKind::Default, default.trim().to_owned());
            }
        }
        if let Some((what, parameter)) = &bind.preload {
            rules.insert(RuleKind::Preload, format!("{what} {parameter}").trim().to_owned());
        }
        let own = |action: &&Action| action.target == id;
        let actions: Vec<String> = self.form.actions().iter().filter(own).map(action).collect();
        if !actions.is_empty() {
            rules.insert(RuleKind::SetValue, actions.join("; "));
        }
        match question.repeat().map(|repeat| &repeat.count) {
            Some(RepeatCount::Fixed(count)) => {
                rules.insert(RuleKind::RepeatCount, count.to_string());
            }
            Some(RepeatCount::Computed(count)) => {
                rules.insert(RuleKind::RepeatCount, collapsed(count.text()));
            }
            Some(RepeatCount::Open) | None => {}
        }
        if let Some(control) = &question.control {
            control_rules(control, &mut rules);
        }
        rules
    }

    fn choices(&self, choices: &Choices) -> Vec<Offered> {
        match choices {
            Choices::Static(items) => {
                let offered = items.iter().map(|item| Offered {
                    value: item.value.clone(),
                    label: item
                        .label
                        .as_ref()
                        .map(|label| self.wording(label))
                        .unwrap_or_default(),
                });
                offered.collect()
            }
            Choices::Itemset(itemset) => self.list(itemset).unwrap_or_default(),
        }
    }

    /// All items of the list that an itemset chooses from; nothing where it chooses among answers.
    fn list(&self, itemset: &Itemset) -> Option<Vec<Offered>> {
        let InstanceSource::At(NodeRef { tree, node }) = self.form.instance(&list_id(&itemset.nodeset)?)?
        else {
            return None;
        };
        let tree = self.form.tree(usize::try_from(tree).ok()?.checked_sub(1)?)?;
        let root = tree.elements(node).next()?;
        let value = last_name(&itemset.value)?;
        let offered = tree.elements(root).filter_map(|item| {
            Some(Offered {
                value: child(tree, item, value)?,
                label: self.item_label(tree, item, itemset.label.as_ref()),
            })
        });
        Some(offered.collect())
    }

    fn item_label(&self, tree: &Tree, item: NodeId, label: Option<&Text>) -> Wording {
        let child = |expression: &Expression| child(tree, item, last_name(expression)?);
        match label {
            Some(Text::Itext(id)) => child(id).map(|id| self.translated(&id)).unwrap_or_default(),
            Some(Text::Reference(name)) => child(name)
                .map(|text| (UNTRANSLATED.to_owned(), text))
                .into_iter()
                .collect(),
            Some(Text::Chunks(_)) | None => Wording::new(),
        }
    }
}

/// The list that `instance('…')` in a nodeset names.
fn list_id(nodeset: &Expression) -> Option<String> {
    let mut found = None;
    nodeset.root().visit(&mut |part| {
        if let Kind::Call(call) = &part.kind
            && call.function == Some(Function::Instance)
            && let Some(Kind::Text(id)) = call.arguments.first().map(|argument| &argument.kind)
            && found.is_none()
        {
            found = Some(id.to_string());
        }
    });
    found
}

/// The name that a path ends with.
fn last_name(path: &Expression) -> Option<&str> {
    let Kind::Path(path) = &path.root().kind else {
        return None;
    };
    match &path.steps.last()?.test {
        Test::Name { local, .. } => Some(local),
        _ => None,
    }
}

fn child(tree: &Tree, item: NodeId, name: &str) -> Option<String> {
    tree.element(item, name)
        .map(|found| tree.value(found).trim().to_owned())
}

fn control_rules(control: &Control, rules: &mut BTreeMap<RuleKind, String>) {
    if !control.appearance.is_empty() {
        rules.insert(RuleKind::Appearance, control.appearance.clone());
    }
    if let ControlKind::Range(bounds) = &control.kind {
        let text = format!("{}..{} / {}", bounds.start, bounds.end, bounds.step);
        rules.insert(RuleKind::Range, text);
    }
    if let Some(Choices::Itemset(itemset)) = &control.choices {
        let nodeset = collapsed(itemset.nodeset.text());
        // A whole list is no rule.
        if nodeset.contains('[') || list_id(&itemset.nodeset).is_none() || nodeset.starts_with("randomize") {
            rules.insert(RuleKind::ChoiceFilter, nodeset);
        }
    }
}

fn action(action: &Action) -> String {
    let events = [
        (action.events.first_load, "odk-instance-first-load"),
        (action.events.load, "odk-instance-load"),
        (action.events.new_repeat, "odk-new-repeat"),
        (action.events.value_changed, "xforms-value-changed"),
    ];
    let events: Vec<&str> = events
        .into_iter()
        .filter_map(|(is_meant, name)| is_meant.then_some(name))
        .collect();
    let value = match &action.value {
        ActionValue::Expression(expression) => collapsed(expression.text()),
        ActionValue::Literal(text) => format!("'{text}'"),
        ActionValue::Location => "odk:setgeopoint".to_owned(),
    };
    format!("{}: {value}", events.join(" "))
}

/// A text as its author wrote it, answers as `${name}`.
fn written(chunks: &[Chunk]) -> String {
    let mut text = String::new();
    for chunk in chunks {
        match chunk {
            Chunk::Literal(literal) => text.push_str(literal),
            Chunk::Output(expression) => text.push_str(&shown(expression)),
        }
    }
    collapsed(&text)
}

fn shown(expression: &Expression) -> String {
    let text = collapsed(expression.text());
    let is_path = |character: char| character.is_alphanumeric() || "/._-".contains(character);
    let inside = match text.rsplit_once('/') {
        Some((_, name)) if text.chars().all(is_path) => name,
        _ => &text,
    };
    format!("${{{inside}}}")
}

/// Blanks are how a text is laid out, not what it says.
fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The type as XLSForm calls it.
fn kind(question: &Question) -> String {
    let kind = match (&question.role, question.control.as_ref()) {
        (Role::Group, _) => "group",
        (Role::Repeat(_), _) => "repeat",
        (Role::Value | Role::Attribute, None) if question.bind.calculate.is_some() => "calculate",
        (Role::Value | Role::Attribute, None) => "hidden",
        (Role::Value | Role::Attribute, Some(control)) => match &control.kind {
            ControlKind::Input => answered(question.bind.answer_type),
            ControlKind::Note => "note",
            ControlKind::SelectOne => "select_one",
            ControlKind::SelectMultiple => "select_multiple",
            ControlKind::Rank => "rank",
            ControlKind::Trigger => "acknowledge",
            ControlKind::Range(_) => "range",
            ControlKind::Upload => uploaded(control),
            ControlKind::Group | ControlKind::Repeat => "hidden",
        },
    };
    kind.to_owned()
}

fn answered(answer_type: AnswerType) -> &'static str {
    match answer_type {
        AnswerType::Text => "text",
        AnswerType::Barcode => "barcode",
        AnswerType::Integer => "integer",
        AnswerType::Decimal => "decimal",
        AnswerType::Date => "date",
        AnswerType::Time => "time",
        AnswerType::DateTime => "dateTime",
        AnswerType::Geopoint => "geopoint",
        AnswerType::Geotrace => "geotrace",
        AnswerType::Geoshape => "geoshape",
        AnswerType::Binary => "file",
    }
}

fn uploaded(control: &Control) -> &'static str {
    let mediatype = control
        .attributes
        .iter()
        .find(|(name, _)| name == "mediatype")
        .map_or("", |(_, value)| value.as_str());
    match mediatype.split('/').next() {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "file",
    }
}
