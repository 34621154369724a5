//! What a signature covers of sealed answers (EVIDENCE §1.10 R1): which of them a person gave, and which the form made.
//!
//! The same on the phone before sealing and on the server before counting; whether a signature carries over is then for
//! `hudang_evidence::verify` alone, which knows no forms.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::{Body, SignerRole};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{EntryId, SnapshotHash};
use hudang_evidence::snapshot::{Disclosure, SaltedDigest, Snapshot};
use hudang_evidence::verify::{AnswerKind, SealedAnswer, SealedAnswers};
use hudang_form::answer::AnswerType;
use hudang_form::form::Question;
use serde_json::Value;

use super::Questionnaire;
use crate::value::{in_form, is_blank};

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
            question: in_form(name),
            kind: kind_of(form, name, disclosure.value()),
        };
        sealed.named.insert(name.to_owned(), answer);
    }
    sealed.withheld = withheld;
    sealed
}

fn kind_of(form: Option<&Questionnaire>, name: &str, value: &Value) -> AnswerKind {
    if is_blank(value) {
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
    if is_made_by_form(question) {
        AnswerKind::Calculated
    } else {
        AnswerKind::Given
    }
}

/// Whether the form makes the answer: it works it out, or presets it without asking anybody, such as the time of the end.
const fn is_made_by_form(question: &Question) -> bool {
    let is_preset = question.bind.preload.is_some() && question.control.is_none();
    question.bind.calculate.is_some() || is_preset
}

fn ids(value: &Value) -> Option<BTreeSet<String>> {
    let ids = value.as_array()?.iter();
    ids.map(|id| id.as_str().map(str::to_owned)).collect()
}

/// All answers of one moment with their values, as far as these are here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswersThen {
    named: BTreeMap<String, (Value, Option<SaltedDigest>)>,
    /// Digests of values that were erased or withheld.
    withheld: BTreeSet<SaltedDigest>,
}

impl AnswersThen {
    /// Those that a snapshot fixed. Disclosures of other snapshots are passed over.
    pub fn fixed(snapshot: &Snapshot, disclosures: &[Disclosure]) -> Self {
        let mut withheld: BTreeSet<SaltedDigest> = snapshot.digests().iter().copied().collect();
        let mut named = BTreeMap::new();
        for disclosure in disclosures {
            let digest = SaltedDigest::of(disclosure);
            if withheld.remove(&digest) {
                let value = disclosure.value().clone();
                named.insert(disclosure.name().to_owned(), (value, Some(digest)));
            }
        }
        Self { named, withheld }
    }

    /// Those that stand in a draft.
    pub fn standing(answers: &BTreeMap<String, Value>) -> Self {
        let named = answers
            .iter()
            .map(|(name, value)| (name.clone(), (value.clone(), None)));
        Self {
            named: named.collect(),
            withheld: BTreeSet::new(),
        }
    }

    /// Whether the value of an answer that stands elsewhere lies here under its digest, and cannot be read.
    fn withholds(&self, digest: Option<&SaltedDigest>) -> bool {
        digest.is_some_and(|digest| self.withheld.contains(digest))
    }
}

/// On how many phones a visit was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phones {
    /// On one: whatever comes after a signature was written after it.
    One,
    /// On several: what a partner's phone wrote before may come after it, and cannot be told from what was written later.
    Several,
}

/// What somebody who signed these answers did not sign of those: names of answers that a person gave and that are others
/// now, are gone, or, where one phone recorded all, have come. What the form works out follows from them, and a file proves
/// itself.
pub fn changed_answers(
    form: Option<&Questionnaire>,
    signed: &AnswersThen,
    now: &AnswersThen,
    phones: Phones,
) -> BTreeSet<String> {
    let mut changed = BTreeSet::new();
    for (name, (value, digest)) in &signed.named {
        let stands = match now.named.get(name) {
            Some((standing, _)) => is_same(value, standing),
            None => now.withholds(digest.as_ref()),
        };
        if !stands && !is_blank(value) && is_given(form, name) {
            changed.insert(name.clone());
        }
    }
    for (name, (value, digest)) in &now.named {
        let was_blank = signed.named.get(name).is_none_or(|(before, _)| is_blank(before));
        let is_new = was_blank && !signed.withholds(digest.as_ref());
        if phones == Phones::One && is_new && !is_blank(value) && is_given(form, name) {
            changed.insert(name.clone());
        }
    }
    // Whoever shows all of what stands now and hides what was signed shows nothing.
    let is_here = |digest: &SaltedDigest| now.named.values().any(|(_, here)| here.as_ref() == Some(digest));
    if now.withheld.is_empty() && signed.withheld.iter().any(|digest| !is_here(digest)) {
        changed.insert(String::new());
    }
    changed
}

/// The signatures of the household that do not cover the answers as they stand now (EVIDENCE §1.10 `SIGN-STALE`), each with
/// the names of the answers that changed since; an empty name stands for what cannot be compared, as it is not here.
pub fn stale_signatures<'a>(
    form: Option<&Questionnaire>,
    entries: impl IntoIterator<Item = &'a Entry>,
    then: &BTreeMap<SnapshotHash, AnswersThen>,
    now: &AnswersThen,
    phones: Phones,
) -> BTreeMap<EntryId, BTreeSet<String>> {
    // Whoever signs before anything is answered signs nothing of what comes.
    let nothing = AnswersThen::default();
    let mut stale = BTreeMap::new();
    for entry in entries {
        let Body::Sign(sign) = entry.body() else { continue };
        if sign.role != SignerRole::Household {
            continue;
        }
        let signed = match sign.snapshot {
            None => Some(&nothing),
            Some(hash) => then.get(&hash),
        };
        let changed = match signed {
            Some(signed) => changed_answers(form, signed, now, phones),
            None => BTreeSet::from([String::new()]),
        };
        if !changed.is_empty() {
            stale.insert(entry.id(), changed);
        }
    }
    stale
}

/// The snapshots that signatures of the household name.
pub fn signed_snapshots<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> BTreeSet<SnapshotHash> {
    let signed = |entry: &Entry| match entry.body() {
        Body::Sign(sign) if sign.role == SignerRole::Household => sign.snapshot,
        _ => None,
    };
    entries.into_iter().filter_map(signed).collect()
}

/// Whether two values say the same; instances in any order, and more of them than were there.
fn is_same(one: &Value, other: &Value) -> bool {
    let same_instances = || Some(ids(one)?.is_subset(&ids(other)?));
    one == other || same_instances().unwrap_or(false)
}

/// Whether a person answers it, and not with a file.
fn is_given(form: Option<&Questionnaire>, name: &str) -> bool {
    let Some(form) = form else { return true };
    let Some(located) = form.names().locate(form.form(), name) else {
        return true;
    };
    let question = form.form().question(located.question);
    let is_file = question.is_value() && question.bind.answer_type == AnswerType::Binary;
    !is_file && !is_made_by_form(question)
}
