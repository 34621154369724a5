//! What somebody typed, before it is an answer.
//!
//! A session keeps what it can of a text: `2.9` as a whole number is `2`, and what is no number at all is nothing. What a
//! person typed becomes an answer only where it says just that; otherwise it stays beside its question as it was typed,
//! and is told of until somebody changes or drops it.

use std::collections::BTreeSet;

use hudang_evidence::seal::Outcome;
use hudang_form::answer::AnswerType;
use hudang_form::form::{ControlKind, Question};
use hudang_form::identity::as_on_card;
use hudang_form::session::View;

use super::filling::{Filling, FillingError, text_of};
use super::judge::{FormCode, FormFinding, Verdict};
use crate::document::visit::VisitDocument;
use crate::language::Language;
use crate::value::{AnswerPath, Value};

/// Most characters of a typed text that a message repeats.
const SHOWN_CHARACTERS_MAX: usize = 24;

/// What a typed text is to its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// It can become the answer.
    Fits,
    /// It is no answer of the question's type.
    Unfit(Unfit),
    /// As the answers stand nobody can answer the question: it is not asked, is fixed, or its instance was removed.
    NotAsked,
}

/// Why a typed text is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unfit {
    /// A whole number is wanted.
    WholeNumber,
    /// The number is larger than any answer can be.
    TooLarge,
    /// A number is wanted.
    Number,
    /// A day is wanted that is in the calendar.
    Date,
    /// A time of day, or a day with its time.
    Time,
    /// A place.
    Place,
    /// It is none of the choices.
    Choice,
    /// An order that does not have every choice yet.
    Order,
    /// Anything else.
    Other,
}

impl Unfit {
    /// What is wrong with the text and what to do.
    pub fn message(self, typed: &Value, language: Language) -> String {
        let text = shortened(&text_of(typed));
        let (zh, en) = match self {
            Self::WholeNumber => (
                "不是整数，没有存为答案。请填整数，如 3。",
                "is no whole number; type one such as 3.",
            ),
            Self::TooLarge => (
                "太大，没有存为答案。请核对数字。",
                "is too large; check the number.",
            ),
            Self::Number => (
                "不是数字，没有存为答案。请填数字，如 1200 或 0.5。",
                "is no number; type one such as 1200 or 0.5.",
            ),
            Self::Date => (
                "不是有效的日期，没有存为答案。请按年月日填 8 位数字，如 19580312。",
                "is no date; type year, month and day as 8 digits, such as 19580312.",
            ),
            Self::Time => (
                "不是有效的时间，没有存为答案。请重新选择时间。",
                "is no time; choose it again.",
            ),
            Self::Place => (
                "不是位置，没有存为答案。请重新定位。",
                "is no place; locate it again.",
            ),
            Self::Choice => (
                "不在选项里，没有存为答案。请重新选择。",
                "is none of the choices; choose again.",
            ),
            Self::Order => {
                let (zh, en) = (
                    "还没有排完，没有存为答案。请把每一项都点到。",
                    "The order is not complete: touch every choice.",
                );
                return language.pick(zh, en).to_owned();
            }
            Self::Other => (
                "不能作为这一题的答案。请修改。",
                "cannot be the answer; change it.",
            ),
        };
        language
            .pick(&format!("“{text}”{zh}"), &format!("\"{text}\" {en}"))
            .to_owned()
    }
}

impl Filling {
    /// Holds a typed text to its question. The one place that decides it, for screens, sealing and the list of what is
    /// missing.
    pub fn typed(&self, path: &AnswerPath, value: &Value) -> Typed {
        let form = self.questionnaire().form();
        let located = self.questionnaire().names().locate(form, &path.to_string());
        let view = located
            .as_ref()
            .and_then(|located| self.session().view_at(&located.key));
        let (Some(located), Some(view)) = (located, view) else {
            return Typed::NotAsked;
        };
        let question = form.question(located.question);
        let is_open = question.is_value() && question.bind.calculate.is_none();
        if !is_open || !view.relevant || view.readonly {
            return Typed::NotAsked;
        }
        match unfit(question, &view, &text_of(value)) {
            Some(why) => Typed::Unfit(why),
            None => Typed::Fits,
        }
    }

    /// Makes a typed text the answer where it is one; otherwise nothing changes, and the reply says why. A resident identity
    /// number becomes the answer as it stands on the card, so that no form asks for it again because of a space or a small x.
    pub fn enter(
        &mut self,
        document: &mut VisitDocument,
        path: &AnswerPath,
        value: &Value,
    ) -> Result<Typed, FillingError> {
        let card = match value {
            Value::Text(text) => as_on_card(text).map(Value::Text),
            _ => None,
        };
        let value = card.as_ref().unwrap_or(value);
        let typed = self.typed(path, value);
        if typed != Typed::Fits {
            return Ok(typed);
        }
        match self.answer(document, path, value) {
            Ok(_) => Ok(Typed::Fits),
            // The session has the answer of before.
            Err(FillingError::Value(_)) => Ok(Typed::Unfit(Unfit::Other)),
            Err(error) => Err(error),
        }
    }

    /// What the form says about the answers as they stand, typed texts that are none among them: each is a finding
    /// [`FormCode::FormType`], and the question is not told to be unanswered besides.
    pub fn verdict_with<'a>(
        &self,
        standing: &hudang_evidence::snapshot::Revealed,
        outcome: Outcome,
        typed: impl IntoIterator<Item = (&'a AnswerPath, &'a Value)>,
    ) -> Verdict {
        let mut verdict = self.verdict(standing, outcome);
        for (path, value) in typed {
            if !matches!(self.typed(path, value), Typed::Unfit(_)) {
                continue;
            }
            let path = path.to_string();
            verdict
                .findings
                .retain(|finding| finding.code != FormCode::FormRequired || finding.path != path);
            verdict.findings.push(FormFinding {
                code: FormCode::FormType,
                path,
            });
        }
        verdict.findings.sort_unstable();
        verdict
    }
}

/// Why a text is no answer of a question; `None` where it is one, or empty.
fn unfit(question: &Question, view: &View, text: &str) -> Option<Unfit> {
    if text.is_empty() {
        return None;
    }
    let offered = |name: &str| {
        let choices = view.choices.as_deref().unwrap_or_default();
        choices.iter().any(|choice| choice.value == name)
    };
    let fits = match question.control.as_ref().map(|control| &control.kind) {
        Some(ControlKind::SelectOne) => offered(text),
        Some(ControlKind::Rank) if text.split_whitespace().all(offered) => {
            let ranked = text.split_whitespace().collect::<BTreeSet<_>>().len();
            let is_whole = ranked == view.choices.as_deref().unwrap_or_default().len();
            return (!is_whole).then_some(Unfit::Order);
        }
        Some(ControlKind::SelectMultiple | ControlKind::Rank) => text.split_whitespace().all(offered),
        Some(ControlKind::Trigger) => question.takes(text),
        _ => return unfit_for(question.bind.answer_type, text),
    };
    (!fits).then_some(Unfit::Choice)
}

fn unfit_for(answer_type: AnswerType, text: &str) -> Option<Unfit> {
    let is_value = !answer_type.canonical(text).is_empty();
    let why = match answer_type {
        AnswerType::Text | AnswerType::Barcode | AnswerType::Binary => return None,
        AnswerType::Integer if !is_whole(text) => Unfit::WholeNumber,
        AnswerType::Integer => Unfit::TooLarge,
        AnswerType::Decimal => Unfit::Number,
        AnswerType::Date => Unfit::Date,
        AnswerType::Time | AnswerType::DateTime => Unfit::Time,
        AnswerType::Geopoint | AnswerType::Geotrace | AnswerType::Geoshape => Unfit::Place,
    };
    (!is_value || why == Unfit::WholeNumber).then_some(why)
}

/// Whether a text is written as a whole number: no digits are dropped to make it one.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_text_says_just_what_the_answer_says_or_is_none() {
        use AnswerType::{Date, Decimal, Integer, Text, Time};
        for (answer_type, text, told) in [
            (Integer, "3", None),
            (Integer, "-12", None),
            (Integer, "007", None),
            (Integer, "abc", Some(Unfit::WholeNumber)),
            (Integer, "4.7", Some(Unfit::WholeNumber)),
            (Integer, "3 人", Some(Unfit::WholeNumber)),
            (Integer, "123456789012", Some(Unfit::TooLarge)),
            (Decimal, "0.5", None),
            (Decimal, "1,200", Some(Unfit::Number)),
            (Date, "1958-03-12", None),
            (Date, "19580230", Some(Unfit::Date)),
            (Date, "1958-02-30", Some(Unfit::Date)),
            (Time, "25:99", Some(Unfit::Time)),
            (Text, "什么都行", None),
        ] {
            assert_eq!(unfit_for(answer_type, text), told, "{answer_type:?} {text}");
        }
    }

    #[test]
    fn a_message_repeats_little_of_a_long_text() {
        let typed = Value::Text("一".repeat(5_000));
        let message = Unfit::Number.message(&typed, Language::Zh);
        assert!(message.starts_with(&format!("“{}…”不是数字", "一".repeat(24))));
        assert!(message.chars().count() < 80, "{message}");
    }
}
