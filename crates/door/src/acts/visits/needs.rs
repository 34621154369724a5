//! What the standard wants of a visit, with how much of it there is. Whether it is enough is for the assessment to say.

use std::collections::BTreeSet;

use hudang_evidence::body::{ConsentTo, SignerRole};
use hudang_evidence::id::BlobHash;
use hudang_evidence::seal::Outcome;
use hudang_visit::Language;
use hudang_visit::assess::{Assessment, Missing, MissingCode};
use hudang_visit::standard::Requirements;
use hudang_visit::value::in_form;

use crate::cross::capture::{ConsentView, PictureView, PositionView, RecordingView, SignatureView};
use crate::cross::form::Node;
use crate::cross::visit::{Need, NeedKind, NeedState};

/// What there is.
#[derive(Default)]
pub(super) struct Held {
    pub(super) photos: Vec<PictureView>,
    pub(super) signatures: Vec<SignatureView>,
    pub(super) recordings: Vec<RecordingView>,
    pub(super) positions: Vec<PositionView>,
    pub(super) consents: Vec<ConsentView>,
    pub(super) present: usize,
}

/// What rules will want of a visit of which there is nothing yet.
pub(crate) fn wanted(rules: &Requirements, language: Language) -> Vec<Need> {
    let nothing = Assessment {
        outcome: Outcome::Done,
        missing: Vec::new(),
        waived: Vec::new(),
    };
    let mut all = needs(rules, &Held::default(), &nothing, &[], language);
    for need in &mut all {
        (need.have, need.state) = (0, NeedState::Missing);
    }
    all
}

/// Every requirement, in the order in which a visit goes.
pub(super) fn needs(
    rules: &Requirements,
    held: &Held,
    assessment: &Assessment,
    nodes: &[Node],
    language: Language,
) -> Vec<Need> {
    let audio = rules.audio.as_ref().map(|rule| rule.purpose.clone());
    let attempts = rules.attempts.as_ref().map(|rule| rule.purpose.clone());
    let need = |(requirement, need): (String, u64)| {
        let (kind, subject) = parts(&requirement, audio.as_deref(), attempts.as_deref());
        let missing = lacking(assessment, &requirement);
        let held_here = have(kind, &subject, held, need);
        let is_waived = assessment
            .waived
            .iter()
            .any(|waived| waived.requirement == requirement);
        let waiver = rules.waivers.iter().find(|rule| rule.requirement == requirement);
        let question = (kind == NeedKind::Question)
            .then(|| nodes.iter().find(|node| in_form(&node.path) == subject))
            .flatten();
        Need {
            kind,
            label: question
                .and_then(|node| node.label.clone())
                .unwrap_or_else(|| subject.clone()),
            have: match (&missing, kind) {
                // Of a consent or a gap the assessment counts something else than what is needed.
                (
                    Some(missing),
                    NeedKind::Investigators | NeedKind::Question | NeedKind::Photo | NeedKind::Attempts,
                ) => missing.have,
                _ => held_here,
            },
            need,
            state: match (&missing, is_waived) {
                (Some(_), _) => NeedState::Missing,
                (None, true) => NeedState::Waived,
                (None, false) => NeedState::Met,
            },
            why: missing
                .filter(|missing| is_begun(missing, held_here))
                .map(|missing| super::message(missing, nodes, language)),
            message: missing.map(|missing| super::message(missing, nodes, language)),
            waivable_for: waiver.map(|rule| rule.reasons.clone()).unwrap_or_default(),
            waiver_wants_witness: waiver.is_some_and(|rule| rule.witness),
            subject,
            requirement,
        }
    };
    rules.codes().into_iter().map(need).collect()
}

/// Whether something is there that does not suffice, so that what is missing does not speak for itself.
const fn is_begun(missing: &Missing, held: u64) -> bool {
    match missing.code {
        MissingCode::AssessQuestion => false,
        // Those who came and left no trace wonder; that a partner has still to come is plain.
        MissingCode::AssessInvestigators => held >= missing.need,
        MissingCode::AssessPhoto
        | MissingCode::AssessAudio
        | MissingCode::AssessSignature
        | MissingCode::AssessConsent
        | MissingCode::AssessGps
        | MissingCode::AssessAttempts => held > 0,
        _ => true,
    }
}

/// How many lines of a visit are missing, as people count: all consents are one line, and so is the questionnaire.
pub(crate) fn missing_lines(outcome: Option<Outcome>, assessment: &Assessment) -> usize {
    let line = |(n, missing): (usize, &Missing)| match missing.requirement.split_once(':') {
        Some(("question" | "form", _)) => "form".to_owned(),
        Some(("consent", _)) => "consent".to_owned(),
        _ if missing.requirement.is_empty() => n.to_string(),
        _ => missing.requirement.clone(),
    };
    let undecided = outcome.is_none().then(|| "outcome".to_owned());
    let lines = assessment.missing.iter().enumerate().map(line);
    lines.chain(undecided).collect::<BTreeSet<_>>().len()
}

/// What the assessment finds missing of a requirement. The consent to a recording is part of the recording.
fn lacking<'a>(assessment: &'a Assessment, requirement: &str) -> Option<&'a Missing> {
    assessment
        .missing
        .iter()
        .find(|missing| missing.requirement == requirement)
}

fn parts(requirement: &str, audio: Option<&str>, attempts: Option<&str>) -> (NeedKind, String) {
    let (kind, subject) = requirement.split_once(':').unwrap_or((requirement, ""));
    let (kind, subject) = match kind {
        "question" => (NeedKind::Question, subject),
        "photo" => (NeedKind::Photo, subject),
        "audio" => (NeedKind::Recording, audio.unwrap_or_default()),
        "sign" => (NeedKind::Signature, subject),
        "consent" => (NeedKind::Consent, subject),
        "gps" => (NeedKind::Position, subject),
        "attempts" => (NeedKind::Attempts, attempts.unwrap_or_default()),
        _ => (NeedKind::Investigators, subject),
    };
    (kind, subject.to_owned())
}

fn have(kind: NeedKind, subject: &str, held: &Held, need: u64) -> u64 {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let different = |blobs: &mut dyn Iterator<Item = BlobHash>| count(blobs.collect::<BTreeSet<_>>().len());
    match kind {
        NeedKind::Investigators => count(held.present),
        // One that is met has what is needed.
        NeedKind::Question | NeedKind::Attempts => need,
        NeedKind::Photo => {
            let of = |one: &&PictureView| one.purpose == subject && !one.withdrawn;
            different(&mut held.photos.iter().filter(of).map(|one| one.blob))
        }
        NeedKind::Signature => {
            let of = |one: &&SignatureView| {
                one.role.as_str() == subject && !one.withdrawn && one.changed.is_empty()
            };
            let standing = held.signatures.iter().filter(of);
            if subject == SignerRole::Investigator.as_str() {
                let people: BTreeSet<_> = standing.filter_map(|one| one.signer.as_ref()).collect();
                count(people.len())
            } else {
                different(&mut standing.map(|one| one.blob))
            }
        }
        NeedKind::Recording => {
            let standing = held
                .recordings
                .iter()
                .filter(|one| one.purpose == subject && !one.withdrawn && !one.silent);
            standing.map(|one| one.duration_ms).sum::<u64>() / 1_000
        }
        NeedKind::Consent => {
            let to = match subject {
                "photo" => ConsentTo::Photo,
                "audio" => ConsentTo::Audio,
                _ => ConsentTo::Visit,
            };
            let last = held.consents.iter().rfind(|one| one.to == to && !one.withdrawn);
            u64::from(last.is_some_and(|one| one.given))
        }
        NeedKind::Position => {
            let standing = held.positions.iter().filter(|one| !one.mock && !one.withdrawn);
            u64::from(standing.map(|one| one.accuracy_cm).min().unwrap_or(0))
        }
    }
}
