//! A form as plain data: every question with its type, texts, rules and choices, as another program or a person reads
//! them. What a form holds that only a session can tell (a label with answers filled in) stands as it is written.
//!
//! ```
//! use hudang_form::form::{Attachments, Form};
//! use hudang_form::outline::{Change, Outline, compare};
//!
//! let form = |label: &str| {
//!     let xform = format!(r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
//!         <h:head><h:title>羊</h:title><model><instance><data id="sheep"><sheep/></data></instance>
//!         <bind nodeset="/data/sheep" type="int"/></model></h:head>
//!         <h:body><input ref="/data/sheep"><label>{label}</label></input></h:body></h:html>"#);
//!     Form::from_xform(&xform, &Attachments::none())
//! };
//! let found = compare(&Outline::of(&form("几只?")?), &Outline::of(&form("几只羊?")?));
//! assert_eq!(found.len(), 1);
//! assert!(matches!(&found[0].change, Change::Text { after: Some(after), .. } if after == "几只羊?"));
//! # Ok::<(), hudang_form::form::FormError>(())
//! ```

mod compare;
mod describe;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::compare::{Change, Difference, compare};

/// A text by language; without translations under the empty language.
pub type Wording = BTreeMap<String, String>;

/// A form as plain data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version; empty if it states none.
    pub version: String,
    /// Languages of its texts, the default one first.
    pub languages: Vec<String>,
    /// Everything in it, parents before children, in the order of the form.
    pub questions: Vec<Described>,
}

/// A question, a group, a repeat, or a value without a face.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// Where it is, below the root: `income/wage`.
    pub path: String,
    /// Its type as XLSForm calls it: `integer`, `select_one`, `repeat`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub texts: BTreeMap<TextKind, Wording>,
    /// Its rules, as expressions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub rules: BTreeMap<RuleKind, String>,
    /// What may be chosen, before any filter.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub choices: Vec<Offered>,
}

impl Described {
    /// Its name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// What is stored.
    pub value: String,
    /// What is read.
    pub label: Wording,
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// What is asked.
    Label,
    /// What helps.
    Hint,
    /// What is said of an answer that the constraint does not allow.
    ConstraintMessage,
    /// What is said where an answer is missing.
    RequiredMessage,
}

/// Which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Whether it is asked.
    Relevant,
    /// Whether it must be answered.
    Required,
    /// Which answers are allowed.
    Constraint,
    /// What its value is.
    Calculation,
    /// Whether it cannot be answered.
    ReadOnly,
    /// What its value is at first.
    Default,
    /// What its value becomes at an event.
    SetValue,
    /// What the device fills in: `date today`, `timestamp start`.
    Preload,
    /// Which of the choices are offered.
    ChoiceFilter,
    /// How many instances there are.
    RepeatCount,
    /// How it is to look.
    Appearance,
    /// Of a range: from, to, step.
    Range,
}
