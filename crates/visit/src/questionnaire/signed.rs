//! What a signature covers of sealed answers (EVIDENCE §1.10 R1): which of them a person gave, and which the form made.
//!
//! The same on the phone before sealing and on the server before counting; whether a signature carries over is then for
//! `hudang_evidence::verify` alone, which knows no forms.

use std::collections::BTreeSet;

use hudang_evidence::snapshot::{Disclosure, SaltedDigest, Snapshot};
use hudang_evidence::verify::{AnswerKind, SealedAnswer, SealedAnswers};
use serde_json::Value;

use super::Questionnaire;
use crate::value::AnswerPath;

/// Sorts the answers of a snapshot by how they came to be. Without the form every answer counts as given.
pub fn sealed_answers(
    form: Option<&Questionnaire>,
    snapshot: &Snapshot,
    disclosures: &[Disclosure],
) -> SealedAnswers {
    let mut withheld: BTreeSet<SaltedDigest> = snapshot.digests().iter().copied().collect();
    let mut sealed = SealedAnswers::default();
    for disclosure in disclosures {
        let digest = SaltedDigest::of(disclosure);
        if !withheld.remove(&digest) {
            continue;
        }
        let name = disclosure.name();
        let answer = SealedAnswer {
            digest,
            question: name
                .parse::<AnswerPath>()
                .map_or_else(|_| name.to_owned(), |path| path.in_form()),
            kind: kind_of(form, name, disclosure.value()),
        };
        sealed.named.insert(name.to_owned(), answer);
    }
    sealed.withheld = withheld;
    sealed
}

fn kind_of(form: Option<&Questionnaire>, name: &str, value: &Value) -> AnswerKind {
    let is_blank = match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if is_blank {
        return AnswerKind::Blank;
    }
    let located = form.and_then(|form| form.names().locate(form.form(), name).map(|at| (form, at)));
    let Some((form, located)) = located else {
        return AnswerKind::Given;
    };
    let question = form.form().question(located.question);
    if question.is_open_repeat()
        && let Some(ids) = ids(value)
    {
        return AnswerKind::Instances(ids);
    }
    // What the form presets without asking anybody, such as the time of the end, is nobody's answer.
    let is_preset = question.bind.preload.is_some() && question.control.is_none();
    if question.bind.calculate.is_some() || is_preset {
        AnswerKind::Calculated
    } else {
        AnswerKind::Given
    }
}

fn ids(value: &Value) -> Option<BTreeSet<String>> {
    let ids = value.as_array()?.iter();
    ids.map(|id| id.as_str().map(str::to_owned)).collect()
}
