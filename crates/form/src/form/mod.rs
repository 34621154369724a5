//! One form, however it was written: its questions with their rules, texts and choices, and what depends on what.

mod action;
mod analysis;
mod attachment;
mod body;
mod error;
mod fleeting;
mod graph;
mod itext;
mod lasting;
mod question;
mod read;
mod reference;
mod shortcut;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

pub use self::action::{Action, ActionValue, Events};
pub use self::attachment::Attachments;
pub use self::error::{FormError, Problem};
pub(crate) use self::graph::{Aspect, Cell, CellId, Graph, What};
pub use self::itext::{Media, MediaKind, Translation};
pub use self::question::{
    Bind, Bounds, Choices, Chunk, Control, ControlKind, Itemset, Question, QuestionId, Repeat, RepeatCount,
    Role, StaticChoice, Text,
};
use crate::evaluate::{NodeRef, Patterns, primary};
use crate::expression::Expression;
use crate::session::{Choice, Template};
use crate::tree::{NodeId, Tree};

/// A form.
#[derive(Debug)]
pub struct Form {
    title: String,
    id: String,
    version: String,
    questions: Vec<Question>,
    by_path: FxHashMap<String, QuestionId>,
    actions: Vec<Action>,
    translations: Vec<Translation>,
    has_media: bool,
    /// The XForm itself, in which texts and instances stay where they are; and after it what was attached.
    trees: Vec<Tree>,
    instances: BTreeMap<String, InstanceSource>,
    graph: Graph,
    problems: Vec<Problem>,
    /// Questions whose calculation is fleeting.
    fleeting: BTreeSet<QuestionId>,
    /// Questions whose calculation is drawn once.
    drawn: BTreeSet<QuestionId>,
    /// By the question's number.
    lasting_choices: Vec<OnceLock<Arc<[Choice]>>>,
    /// What every judging session begins with.
    template: OnceLock<Template>,
    patterns: Arc<Patterns>,
}

/// Where a secondary instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstanceSource {
    /// In one of the form's trees.
    At(NodeRef),
    /// What was sent last from the same form; each session brings it.
    LastSaved,
}

impl Form {
    /// Reads an ODK XForm with its attachments.
    pub fn from_xform(xform: &str, attachments: &Attachments) -> Result<Self, FormError> {
        read::form(xform, attachments)
    }

    /// The form's title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The form's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The form's version; empty if it states none.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every node of the form's model, parents before children, in the order of the model.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// One of them.
    pub fn question(&self, id: QuestionId) -> &Question {
        static NOBODY: std::sync::LazyLock<Question> = std::sync::LazyLock::new(Question::nobody);
        self.questions.get(id.index()).unwrap_or(&NOBODY)
    }

    /// The one at a path such as `/data/member/name`.
    pub fn at_path(&self, path: &str) -> Option<QuestionId> {
        self.by_path.get(path).copied()
    }

    /// The languages of its texts, the default one first.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.translations.iter().map(Translation::language)
    }

    /// What it calls the language of a code such as `mn`, if it has texts in it.
    pub fn language_of(&self, code: &str) -> Option<&str> {
        self.languages().find(|language| primary(language) == code)
    }

    /// What is doubtful about it: unknown names and functions, patterns that cannot be used. Such a form opens; the
    /// expression in question gives nothing.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Questions whose rules go round in a circle, each circle printed. Circles of calculations alone are refused by
    /// the reader; those through relevance or repeat counts are worked out until nothing changes.
    pub fn circles(&self) -> Vec<String> {
        self.graph.circles(self)
    }

    /// Whether a question's calculation hangs on the moment, on chance, on what is known of the device or on what was
    /// sent last: worked out again elsewhere it would give something else, so what was answered is kept.
    pub fn is_fleeting(&self, id: QuestionId) -> bool {
        self.fleeting.contains(&id)
    }

    /// Whether a question's value is drawn: its calculation says `once`, or comes from chance and from no answer. What
    /// was drawn can be kept like an answer ([`Environment::keeps_drawn`](crate::session::Environment)).
    pub fn is_drawn(&self, id: QuestionId) -> bool {
        self.drawn.contains(&id)
    }

    /// Whether any question's value is drawn.
    pub fn has_drawn(&self) -> bool {
        !self.drawn.is_empty()
    }

    pub(crate) fn lasting_choices(&self, id: QuestionId) -> Option<&OnceLock<Arc<[Choice]>>> {
        let is_lasting = self.graph.has_lasting_choices(id);
        self.lasting_choices.get(id.index()).filter(|_| is_lasting)
    }

    pub(crate) fn template(&self) -> &OnceLock<Template> {
        &self.template
    }

    pub(crate) fn patterns(&self) -> &Arc<Patterns> {
        &self.patterns
    }

    pub(crate) fn actions(&self) -> &[Action] {
        &self.actions
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(crate) fn document(&self) -> Option<&Tree> {
        self.trees.first()
    }

    pub(crate) fn tree(&self, index: usize) -> Option<&Tree> {
        self.trees.get(index)
    }

    pub(crate) fn instance(&self, id: &str) -> Option<InstanceSource> {
        self.instances.get(id).copied()
    }

    pub(crate) fn translation(&self, language: Option<&str>) -> Option<&Translation> {
        let named = self
            .translations
            .iter()
            .find(|found| Some(found.language()) == language);
        named.or(self.translations.first())
    }

    /// Whether any text of the translations has a medium.
    pub(crate) fn has_media(&self) -> bool {
        self.has_media
    }

    pub(crate) fn translations(&self) -> &[Translation] {
        &self.translations
    }

    /// The question and those above it, from the inside out.
    pub(crate) fn above(&self, id: QuestionId) -> impl Iterator<Item = QuestionId> + '_ {
        std::iter::successors(Some(id), |at| self.question(*at).parent)
    }

    /// The question and all below it.
    pub(crate) fn below(&self, id: QuestionId) -> Vec<QuestionId> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            found.extend(&self.question(at).children);
            next += 1;
        }
        found
    }

    /// Whether it stands in a repeat, so that there may be any number of it.
    pub fn is_in_repeat(&self, id: QuestionId) -> bool {
        self.repeat_around(id).is_some()
    }

    /// The nearest repeat that a question stands in.
    pub fn repeat_around(&self, id: QuestionId) -> Option<QuestionId> {
        self.above(id)
            .skip(1)
            .find(|at| self.question(*at).repeat().is_some())
    }

    /// Whether a repeat stands between `above` (not counted) and `id` (counted).
    pub(crate) fn is_repeated_within(&self, id: QuestionId, above: QuestionId) -> bool {
        self.above(id)
            .take_while(|at| *at != above)
            .any(|at| self.question(at).repeat().is_some())
    }
}

/// Whether nothing but the expression decides that it is true.
pub(crate) fn is_always_true(expression: &Expression) -> bool {
    use crate::document::Document;
    use crate::tree::Doctype;

    if !expression.is_constant() {
        return false;
    }
    let now = chrono::DateTime::UNIX_EPOCH.fixed_offset();
    Document::read("<none/>", Doctype::Refused, now)
        .ok()
        .is_some_and(|document| {
            let value = document.evaluate(expression, document.root_node());
            value.is_ok_and(|value| value.to_boolean())
        })
}

/// The text that a constant expression is.
pub(crate) fn constant_text(expression: &Expression) -> Option<String> {
    use crate::document::Document;
    use crate::expression::Kind;
    use crate::tree::Doctype;

    if let Kind::Text(text) = &expression.root().kind {
        return Some(text.to_string());
    }
    if !expression.is_constant() {
        return None;
    }
    let now = chrono::DateTime::UNIX_EPOCH.fixed_offset();
    let document = Document::read("<none/>", Doctype::Refused, now).ok()?;
    let value = document.evaluate(expression, document.root_node()).ok()?;
    Some(value.to_text(&document).into_owned())
}

/// Where a node of the XForm is, as the session's trees count: 0 holds the answers.
pub(crate) fn in_document(node: NodeId) -> NodeRef {
    NodeRef { tree: 1, node }
}
