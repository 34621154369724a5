//! The questionnaire of a visit as a screen shows it, and what one step changed.

use std::collections::BTreeMap;

use hudang_evidence::id::{FormHash, VisitId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::cross::Scalar;
use crate::cross::visit::CommentView;
use crate::text::Word;

/// What a node is to the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Others together.
    Group,
    /// The place of instances, to which who answers may add.
    Repeat,
    /// The place of instances, whose number the form knows.
    CountedRepeat,
    /// One instance.
    Instance,
    /// Free entry of the node's `input` type.
    Input,
    /// Something to read.
    Note,
    /// One choice.
    SelectOne,
    /// Any number of choices; the value is their names with spaces between.
    SelectMany,
    /// All choices in an order; the value is their names with spaces between.
    Rank,
    /// A yes.
    Trigger,
    /// A number between two.
    Range,
    /// A file; the value is its name.
    Upload,
    /// A value without a face, such as a calculated one.
    Hidden,
}

/// Of which type a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Any text.
    Text,
    /// The text of a code that is scanned, or typed from below it.
    Barcode,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// `YYYY-MM-DD`
    Date,
    /// `HH:MM:SS` with an offset.
    Time,
    /// A date with its time.
    DateTime,
    /// `latitude longitude altitude accuracy`
    Geopoint,
    /// A line of places.
    Geotrace,
    /// A closed line of places.
    Geoshape,
    /// A file.
    File,
}

/// Something that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ChoiceView {
    /// What is stored.
    pub value: String,
    /// What is read.
    pub label: String,
}

/// Between which numbers, in which steps, as texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RangeView {
    /// The least.
    pub start: String,
    /// The greatest.
    pub end: String,
    /// From one to the next.
    pub step: String,
}

/// A node of the form as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(clippy::struct_excessive_bools, reason = "what a screen asks of a question")]
pub struct Node {
    /// Stays while the node is there.
    pub key: String,
    /// The key of what it is in; absent on the top.
    pub parent: Option<String>,
    /// The number of its page, from 0.
    pub page: usize,
    /// What it is.
    pub kind: NodeKind,
    /// Of which type its value is.
    pub input: InputKind,
    /// As `draft`, `answer`, `instance_add` (of a repeat) and `instance_remove` (of an instance) take it.
    pub path: String,
    /// How the form wants it to look, e.g. `minimal`, `thousands-sep`.
    pub appearance: String,
    /// Other attributes of the form's element, e.g. `mediatype`.
    pub attributes: BTreeMap<String, String>,
    /// Of a range: its bounds.
    pub range: Option<RangeView>,
    /// What is asked.
    pub label: Option<String>,
    /// What helps.
    pub hint: Option<String>,
    /// Whether it is asked at all.
    pub relevant: bool,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether it cannot be answered.
    pub readonly: bool,
    /// Whether the form works it out.
    pub calculated: bool,
    /// The answer as a text; empty where there is none; absent where it holds no value.
    pub value: Option<String>,
    /// What is being typed, where that was not made an answer yet.
    pub draft: Option<Scalar>,
    /// Why what is in `draft` is no answer of the question, and what to do; absent where it can become one.
    pub unfit: Option<String>,
    /// Whether the answer is one that the form allows.
    pub allowed: bool,
    /// Whether it must be answered and is not.
    pub missing: bool,
    /// What the form says about an answer that is missing or not allowed.
    pub message: Option<String>,
    /// What may be chosen.
    pub choices: Option<Vec<ChoiceView>>,
    /// What was answered at the last visit of this household on this phone.
    pub previous: Option<Scalar>,
    /// Whether two people wrote different things here.
    pub in_conflict: bool,
}

/// A page: a group on the top, or the questions between two of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Page {
    /// Its name, as `page_confirm` takes it.
    pub name: String,
    /// What stands above it.
    pub label: Option<String>,
}

/// Where filling in the form is, so that numbers are read for what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FormStage {
    /// As it stands, nothing is asked.
    #[default]
    NothingAsked,
    /// Nobody has answered or typed anything; what is known beforehand may stand there.
    NotBegun,
    /// Somebody has.
    Begun,
}

/// How far the form is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
pub struct FormProgress {
    /// Where that is.
    pub stage: FormStage,
    /// Questions that are asked as it stands.
    pub asked: usize,
    /// Of these, answered.
    pub answered: usize,
    /// Required and not answered.
    pub missing: usize,
    /// Answered in a way that the form does not allow.
    pub not_allowed: usize,
    /// Typed, and no answer of the question: the text is kept, and no seal leaves it behind.
    pub unfit: usize,
    /// The key of the first question that is missing, not allowed, or unfit.
    pub first_wanting: Option<String>,
}

/// Reply of `form`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FormView {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The form.
    #[ts(type = "string")]
    pub form: FormHash,
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Its pages, in order.
    pub pages: Vec<Page>,
    /// Everything, parents before children, in order.
    pub nodes: Vec<Node>,
    /// How far it is filled in.
    pub progress: FormProgress,
    /// Whether nothing can be answered any more, as a seal covers it.
    pub sealed: bool,
    /// Where the office sent the visit back: its comments, those on questions with the question's key.
    pub comments: Vec<CommentView>,
}

/// What one step changed, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FormChanges {
    /// What is new or looks different.
    pub changed: Vec<Node>,
    /// Keys of what is no longer there.
    pub gone: Vec<String>,
    /// All keys in their order, where something came or went.
    pub order: Option<Vec<String>>,
    /// How far the form is filled in.
    pub progress: FormProgress,
    /// The path of the instance that was added.
    pub added: Option<String>,
}

/// Arguments of what is about one visit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OfVisit {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
}

/// Arguments of `draft` and `answer`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The question, as the node's `path` says.
    pub path: Word,
    /// The answer; `null` takes it back.
    pub value: Scalar,
}

/// Reply of `draft`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Drafted {
    /// Whether it could be the answer as it stands; kept it is in any case.
    pub fits: bool,
}

/// Arguments of `draft_drop`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DropDraft {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The question, as the node's `path` says.
    pub path: Word,
}

/// Reply of what keeps something and changes nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Saved {
    /// It is durable.
    pub saved: bool,
}

/// Arguments of `instance_add`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AddInstance {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The repeat, as the node's `path` says.
    pub repeat: Word,
}

/// Arguments of `instance_remove`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RemoveInstance {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The instance, as the node's `path` says.
    pub instance: Word,
    /// Brings a removed one back.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub restore: bool,
}

/// Arguments of `page_confirm`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPage {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The page's name; the whole form without it.
    #[serde(default)]
    #[ts(optional)]
    pub page: Option<Word>,
}

/// A place where people wrote different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ConflictView {
    /// As `pick` takes it.
    pub place: String,
    /// What is asked there, where it is a question.
    pub label: Option<String>,
    /// The key of the question's node.
    pub key: Option<String>,
    /// What was written, and by whom.
    pub values: Vec<WrittenView>,
}

/// What one person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WrittenView {
    /// What.
    pub value: Scalar,
    /// As it is read: a choice's label.
    pub reads: String,
    /// Who, as far as the phone knows.
    pub person: Option<String>,
}

/// Arguments of `pick`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// The place, as `conflicts` named it.
    pub place: Word,
    /// What is to stand.
    pub value: Scalar,
}
