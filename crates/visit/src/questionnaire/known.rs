//! What is known of a household and a visit before the form asks it, so that nobody is asked twice.
//!
//! A form says of a question where its answer is known from by `hudang:from` on its control (`body::hudang:from` in a
//! workbook, with `hudang="https://hudang.org/xforms"` among its `namespaces`). Such an answer is a preset: it follows from the
//! register and the visit, on every phone alike, until somebody writes over it where the form lets them.

use core::fmt;
use core::str::FromStr;
use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::{Body, Source as Src};
use hudang_evidence::entry::{self, Entry};
use hudang_evidence::seal::Outcome;
use hudang_evidence::snapshot::Revealed;
use hudang_form::form::{Control, Form, Question};
use hudang_form::session::Session;

use super::Questionnaire;
use super::names::Names;
use crate::assess::{Assessment, Missing, MissingCode};
use crate::facts::{VisitFacts, consents};
use crate::value::in_form;

/// The attribute of a question's control.
const ATTRIBUTE: &str = "hudang:from";

/// Where an answer is known from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `household.code`: the household's number in the office's list.
    Code,
    /// `household.head`: who heads it.
    Head,
    /// `household.address`: where it lives.
    Address,
    /// `household.phone`: how to reach it.
    Phone,
    /// `household.area`: its division (GB/T 2260). Of choices the longest that the code begins with.
    Area,
    /// `household.township`: the name of its 苏木, township or street.
    Township,
    /// `household.village`: the name of its 嘎查, village or community.
    Village,
    /// `visit.outcome`: how the visit ended. Of choices the one with the outcome's word, `_` in place of `-` or not.
    Outcome,
    /// `visit.consent`: `yes` where the household agreed to all that it was asked, `no` where it refused any of it.
    Consent,
    /// `visit.position`: the best fix that stands.
    Position,
    /// `visit.investigator-1`, `visit.investigator-2`: the names of those who took part, in the order of the assignment.
    Investigator(usize),
    /// `photo:…`: the last photo that stands with this purpose.
    Photo(String),
    /// The same of those alone that were taken in the visit: what `photo:…` means to a question that accepts no others (the
    /// appearances `new` and `new-front`).
    Taken(String),
    /// `audio`: the last recording that stands.
    Recording,
    /// `sign:…`: the last signature that stands of `household`, `neighbour` or `investigator`.
    Signature(String),
}

impl FromStr for Source {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text.split_once(':') {
            Some(("photo", purpose)) if !purpose.is_empty() => Self::Photo(purpose.to_owned()),
            Some(("sign", role @ ("household" | "neighbour" | "investigator"))) => {
                Self::Signature(role.to_owned())
            }
            Some(_) => return Err(()),
            None => match text {
                "household.code" => Self::Code,
                "household.head" => Self::Head,
                "household.address" => Self::Address,
                "household.phone" => Self::Phone,
                "household.area" => Self::Area,
                "household.township" => Self::Township,
                "household.village" => Self::Village,
                "visit.outcome" => Self::Outcome,
                "visit.consent" => Self::Consent,
                "visit.position" => Self::Position,
                "visit.investigator-1" => Self::Investigator(1),
                "visit.investigator-2" => Self::Investigator(2),
                "audio" => Self::Recording,
                _ => return Err(()),
            },
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("household.code"),
            Self::Head => f.write_str("household.head"),
            Self::Address => f.write_str("household.address"),
            Self::Phone => f.write_str("household.phone"),
            Self::Area => f.write_str("household.area"),
            Self::Township => f.write_str("household.township"),
            Self::Village => f.write_str("household.village"),
            Self::Outcome => f.write_str("visit.outcome"),
            Self::Consent => f.write_str("visit.consent"),
            Self::Position => f.write_str("visit.position"),
            Self::Investigator(number) => write!(f, "visit.investigator-{number}"),
            Self::Photo(purpose) | Self::Taken(purpose) => write!(f, "photo:{purpose}"),
            Self::Recording => f.write_str("audio"),
            Self::Signature(role) => write!(f, "sign:{role}"),
        }
    }
}

/// What is known, as texts that a form takes.
pub type Known = BTreeMap<Source, String>;

/// A question whose answer is known from somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownQuestion {
    /// The path of its answer.
    path: String,
    source: Source,
}

/// The questions that name a source, outside of repeats: of a household's members nothing is known.
pub(super) fn questions(form: &Form, names: &Names) -> Vec<KnownQuestion> {
    let known = |question: &Question| {
        let control = question.control.as_ref()?;
        let (_, source) = control.attributes.iter().find(|(name, _)| name == ATTRIBUTE)?;
        let id = form.at_path(&question.path)?;
        let is_answered = question.is_value() && question.bind.calculate.is_none();
        (is_answered && !form.is_in_repeat(id)).then_some(KnownQuestion {
            path: names.path(form, &[], id),
            source: match source.parse().ok()? {
                Source::Photo(purpose) if is_only_now(control) => Source::Taken(purpose),
                source => source,
            },
        })
    };
    form.questions().iter().filter_map(known).collect()
}

/// Whether a question accepts a photo only that is taken for it.
fn is_only_now(control: &Control) -> bool {
    let mut words = control.appearance.split_whitespace();
    words.any(|word| word == "new" || word == "new-front")
}

/// Adds what is known to what a form presets, by the session's keys. What the form itself presets stands.
pub(super) fn add_known(
    form: &Questionnaire,
    fresh: &Session,
    known: &Known,
    presets: &mut BTreeMap<String, String>,
) {
    for KnownQuestion { path, source } in &form.known {
        let (Some(value), Some(located)) = (known.get(source), form.names().locate(form.form(), path)) else {
            continue;
        };
        let choices = fresh.view_at(&located.key).and_then(|view| view.choices);
        let value = match choices {
            None => Some(value.clone()),
            Some(choices) => chosen(source, value, choices.iter().map(|choice| choice.value.as_str())),
        };
        if let Some(value) = value {
            presets.entry(located.key).or_insert(value);
        }
    }
}

/// The choice that says what is known.
fn chosen<'a>(source: &Source, value: &str, choices: impl Iterator<Item = &'a str>) -> Option<String> {
    let says_it = |choice: &&str| match source {
        Source::Area => !choice.is_empty() && value.starts_with(*choice),
        _ => is_word(choice, value),
    };
    let longest = choices.filter(says_it).max_by_key(|choice| choice.len());
    longest.map(str::to_owned)
}

/// Whether a choice is a word, with `_` in place of `-` or not.
fn is_word(choice: &str, word: &str) -> bool {
    choice == word || choice.replace('_', "-") == word
}

/// What is known of a visit by its entries and its outcome.
pub fn of_visit(entries: &[&Entry], outcome: Option<Outcome>) -> Known {
    let amended = entry::amended(entries.iter().copied());
    let standing: Vec<&Entry> = entries
        .iter()
        .copied()
        .filter(|entry| !amended.contains(&entry.id()))
        .collect();
    let mut known = Known::new();
    if let Some(outcome) = outcome {
        known.insert(Source::Outcome, word(outcome));
    }
    if let Some(given) = agreed(consents(&standing).into_values()) {
        known.insert(Source::Consent, if given { "yes" } else { "no" }.to_owned());
    }
    let mut best = None;
    let mut originals: BTreeMap<Source, (hudang_evidence::time::WallTime, String)> = BTreeMap::new();
    let mut bring = |source, named: (hudang_evidence::time::WallTime, String)| match originals.get(&source) {
        Some(later) if *later > named => {}
        _ => {
            originals.insert(source, named);
        }
    };
    for entry in standing {
        let wall = entry.header().wall;
        let (source, name) = match entry.body() {
            Body::Gps(position) if !position.mock => {
                let fix = (position.accuracy_cm, position.at.lat_e7, position.at.lon_e7);
                best = Some(best.map_or(fix, |before: (u32, i32, i32)| before.min(fix)));
                continue;
            }
            Body::Photo(photo) => {
                let name = file(photo.sha256, &photo.mime);
                if photo.src == Src::Camera {
                    bring(Source::Taken(photo.purpose.clone()), (wall, name.clone()));
                }
                (Source::Photo(photo.purpose.clone()), name)
            }
            Body::Audio(audio) => (Source::Recording, file(audio.sha256, &audio.mime)),
            Body::Sign(sign) => {
                let role = sign.role.as_str().to_owned();
                (Source::Signature(role), file(sign.sha256, &sign.mime))
            }
            _ => continue,
        };
        bring(source, (wall, name));
    }
    known.extend(originals.into_iter().map(|(source, (_, name))| (source, name)));
    if let Some((accuracy_cm, lat_e7, lon_e7)) = best {
        let degrees = |e7: i32| format!("{:.7}", f64::from(e7) / 1e7);
        let metres = f64::from(accuracy_cm) / 100.0;
        let place = format!("{} {} 0 {metres}", degrees(lat_e7), degrees(lon_e7));
        known.insert(Source::Position, place);
    }
    known
}

/// The name of an original's file, as an answer names it.
fn file(blob: hudang_evidence::id::BlobHash, mime: &str) -> String {
    let kind = mime.split(';').next().unwrap_or_default();
    let ending = match kind {
        "image/png" => "png",
        "audio/webm" => "webm",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/wav" => "wav",
        _ => "jpg",
    };
    format!("{blob}.{ending}")
}

/// Whether all that was asked was agreed to; nothing where nothing was asked.
fn agreed(given: impl Iterator<Item = bool>) -> Option<bool> {
    given.reduce(|all, one| all && one)
}

fn word(outcome: Outcome) -> String {
    let value = serde_json::to_value(outcome).ok();
    value
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Adds a piece for each answer that contradicts the visit: another outcome, another consent than those that were stated.
pub fn hold_to_visit(
    form: &Questionnaire,
    answers: &Revealed,
    facts: &VisitFacts,
    assessment: &mut Assessment,
) {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for KnownQuestion { path, source } in &form.known {
        let Some(answer) = answers.answers.get(path).and_then(|answer| answer.as_str()) else {
            continue;
        };
        let stated = match source {
            Source::Outcome => Some(word(facts.outcome)),
            Source::Consent => agreed(facts.consents.values().copied())
                .map(|given| if given { "yes" } else { "no" }.to_owned()),
            _ => None,
        };
        if stated.is_some_and(|stated| !is_word(answer, &stated)) {
            found.insert(in_form(path));
        }
    }
    assessment
        .missing
        .extend(found.into_iter().map(|question| Missing {
            code: MissingCode::FormContradicts,
            requirement: format!("form:{question}"),
            have: 0,
            need: 1,
            waiver: None,
        }));
    assessment.missing.sort_unstable();
}
