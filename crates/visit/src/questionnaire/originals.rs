//! Answers to questions for a file, held to the evidence: each names an original that an entry of the visit brought.
//!
//! Not part of the judge of sealed answers: an entry can be withdrawn after the seal, so this hangs on more than what
//! the seal fixes.

use std::collections::BTreeMap;

use hudang_evidence::id::BlobHash;
use hudang_evidence::snapshot::Revealed;
use hudang_form::answer::AnswerType;

use super::Questionnaire;
use crate::assess::{Assessment, Missing, MissingCode};
use crate::facts::VisitFacts;
use crate::value::in_form;

/// Adds a piece for each question for a file whose answers name no original of the visit: none at all, or one whose
/// entry is not there or was withdrawn.
pub fn hold_originals(
    questionnaire: &Questionnaire,
    answers: &Revealed,
    facts: &VisitFacts,
    assessment: &mut Assessment,
) {
    let form = questionnaire.form();
    let mut pieces: BTreeMap<String, u64> = BTreeMap::new();
    for (path, value) in &answers.answers {
        let located = questionnaire.names().locate(form, path);
        let is_file = located.is_some_and(|located| {
            let question = form.question(located.question);
            question.is_value()
                && question.bind.answer_type == AnswerType::Binary
                && question.bind.calculate.is_none()
        });
        if !is_file {
            continue;
        }
        let original = value.as_str().and_then(named);
        if original.is_some_and(|original| facts.originals.contains(&original)) {
            continue;
        }
        let need = pieces.entry(in_form(path)).or_default();
        *need = need.saturating_add(1);
    }
    assessment
        .missing
        .extend(pieces.into_iter().map(|(question, need)| Missing {
            code: MissingCode::FormOriginal,
            requirement: format!("form:{question}"),
            have: 0,
            need,
            waiver: None,
        }));
    assessment.missing.sort_unstable();
}

/// The original that an answer names: its SHA-256, alone or as the name of a file, e.g. `….jpg`.
pub fn named(answer: &str) -> Option<BlobHash> {
    answer.split('.').next()?.parse().ok()
}
