//! Whether a visit is complete 完整性评估: its facts held to the standard of its contract.
//!
//! Pure, and the same on the phone before sealing and on the server before counting. It never stops at the first
//! missing piece, and each piece comes with what there is, what is needed, and what to do.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use hudang_evidence::body::SignerRole;
use hudang_evidence::id::BlobHash;
use hudang_evidence::seal::Outcome;
use serde::{Deserialize, Serialize};

use crate::doubts::Doubt;
use crate::facts::{PhotoFact, RecordingFact, SignatureFact, VisitFacts};
use crate::standard::{
    AttemptRule, AudioRule, PhotoRule, QuestionRule, Requirements, Standard, UnreadablePhotos, consent_code,
    photo_code, question_code, signature_code,
};

/// What kind of piece is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum MissingCode {
    /// The visit was held to another standard.
    AssessStandard,
    /// The standard does not accept this outcome.
    AssessOutcome,
    /// Entries that the seal covers are not here.
    AssessEntries,
    /// Originals are not here.
    AssessMedia,
    /// Fewer investigators than required.
    AssessInvestigators,
    /// The answers are not here.
    AssessAnswers,
    /// A required question is not answered.
    AssessQuestion,
    /// A required question cannot be judged, as answers were erased or withheld.
    AssessWithheld,
    /// Too few photos of a purpose.
    AssessPhoto,
    /// Enough photos of a purpose, but some were chosen from files.
    AssessPhotoImported,
    /// Enough photos of a purpose, but the pixels of some cannot be read, and the standard does not take them.
    AssessPhotoUnreadable,
    /// Enough photos of a purpose, but some were stated for another purpose before: one original proves one purpose.
    AssessPhotoTwice,
    /// The recordings are too short, or there is none.
    AssessAudio,
    /// Long enough, but a recording falls silent for too long.
    AssessAudioGap,
    /// Long enough, but a recording was chosen from files.
    AssessAudioImported,
    /// The household did not agree to being recorded.
    AssessAudioConsent,
    /// Too few signatures of a role.
    AssessSignature,
    /// Enough signatures, but some cover other answers than those that stand now (EVIDENCE §1.10).
    SignStale,
    /// The household did not agree.
    AssessConsent,
    /// No position of the required accuracy.
    AssessGps,
    /// Too few attempts on different days.
    AssessAttempts,
    /// The form requires an answer.
    FormRequired,
    /// An answer breaks the form's constraint.
    FormConstraint,
    /// A calculated value does not follow from the answers.
    FormCalculation,
    /// An answer to a question that the form does not ask.
    FormIrrelevant,
    /// An answer that is none of the choices.
    FormChoice,
    /// A value that is not of the question's type.
    FormType,
    /// An answer to a question or in an instance that the form does not have.
    FormUnknown,
    /// An answer names an original that no entry of the visit brings, or whose entry was withdrawn.
    FormOriginal,
    /// An answer says otherwise than the visit itself: another outcome, another consent.
    FormContradicts,
    /// The form's rules cannot be held to the answers, as some are not here.
    FormWithheld,
}

impl fmt::Display for MissingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Why a waiver of the requirement does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverFault {
    /// The standard does not allow this to be missing.
    NotAllowed,
    /// The standard does not accept this reason.
    Reason,
    /// Nobody else confirmed it.
    Witness,
}

/// One missing piece.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Missing {
    /// Which kind.
    pub code: MissingCode,
    /// The requirement's code in the standard, as a waiver names it; empty where none can be waived.
    pub requirement: String,
    /// How much there is: a number; seconds for recordings and gaps; centimetres for a position.
    pub have: u64,
    /// How much is needed; for gaps and positions the most that is allowed.
    pub need: u64,
    /// Why a waiver that was made does not help; absent where none was made.
    pub waiver: Option<WaiverFault>,
}

/// A requirement that a waiver stands in for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Waived {
    /// The requirement's code in the standard.
    pub requirement: String,
    /// Why it is missing.
    pub reason: String,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// How the visit ended.
    pub outcome: Outcome,
    /// What is missing, sorted by kind; empty when the visit is complete.
    pub missing: Vec<Missing>,
    /// What is missing with a waiver that the standard accepts.
    pub waived: Vec<Waived>,
}

impl Assessment {
    /// Whether nothing is missing.
    pub const fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

/// Holds the facts of a visit to a standard.
pub fn assess(facts: &VisitFacts, standard: &Standard) -> Assessment {
    let mut missing = Vec::new();
    if facts.standard != standard.hash() {
        missing.push(piece(MissingCode::AssessStandard, String::new(), 0, 1));
    }
    if facts.entries_awaited > 0 {
        missing.push(piece(
            MissingCode::AssessEntries,
            String::new(),
            0,
            facts.entries_awaited,
        ));
    }
    if !facts.blobs_awaited.is_empty() {
        let have = facts.blobs.saturating_sub(count(facts.blobs_awaited.len()));
        missing.push(piece(MissingCode::AssessMedia, String::new(), have, facts.blobs));
    }
    let mut waived = Vec::new();
    match standard.requirements(facts.outcome) {
        None => missing.push(piece(MissingCode::AssessOutcome, String::new(), 0, 1)),
        Some(rules) => {
            for mut piece in unmet(facts, rules, Photos::of(standard, rules)) {
                match waiver(facts, rules, &piece.requirement) {
                    None => missing.push(piece),
                    Some(Err(fault)) => {
                        piece.waiver = Some(fault);
                        missing.push(piece);
                    }
                    Some(Ok(reason)) => waived.push(Waived {
                        requirement: piece.requirement,
                        reason,
                    }),
                }
            }
        }
    }
    missing.sort_unstable();
    missing.dedup();
    waived.sort_unstable();
    waived.dedup();
    Assessment {
        outcome: facts.outcome,
        missing,
        waived,
    }
}

fn piece(code: MissingCode, requirement: String, have: u64, need: u64) -> Missing {
    Missing {
        code,
        requirement,
        have,
        need,
        waiver: None,
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The requirements that the facts do not meet, waivers apart.
fn unmet(facts: &VisitFacts, rules: &Requirements, taken: Photos) -> Vec<Missing> {
    let mut unmet = Vec::new();
    let mut at_least = |code, requirement, have: u64, need: u64| {
        if have < need {
            unmet.push(piece(code, requirement, have, need));
        }
    };
    let people = count(facts.investigators.len());
    let investigators = "investigators".to_owned();
    at_least(
        MissingCode::AssessInvestigators,
        investigators,
        people,
        u64::from(rules.investigators),
    );
    for rule in &rules.signatures {
        let (have, stale) = signatures(facts, rule.role);
        let need = u64::from(rule.min);
        let code = if have.saturating_add(stale) >= need {
            MissingCode::SignStale
        } else {
            MissingCode::AssessSignature
        };
        at_least(code, signature_code(rule.role), have, need);
    }
    for to in &rules.consents {
        let have = u64::from(facts.consents.get(to) == Some(&true));
        at_least(MissingCode::AssessConsent, consent_code(*to), have, 1);
    }
    if let Some(rule) = &rules.attempts {
        let have = attempts(facts, rule, taken);
        at_least(
            MissingCode::AssessAttempts,
            "attempts".to_owned(),
            have,
            u64::from(rule.days),
        );
    }
    unmet.extend(rules.photos.iter().filter_map(|rule| photos(facts, rule, taken)));
    unmet.extend(
        rules
            .audio
            .as_ref()
            .and_then(|rule| audio(facts, rule, rules.imports)),
    );
    if let Some(rule) = &rules.gps {
        let best = facts
            .positions
            .iter()
            .filter(|position| !position.mock)
            .map(|position| position.accuracy_cm)
            .min();
        if best.is_none_or(|best| best > rule.accuracy_max_cm) {
            let have = u64::from(best.unwrap_or(0));
            unmet.push(piece(
                MissingCode::AssessGps,
                "gps".to_owned(),
                have,
                u64::from(rule.accuracy_max_cm),
            ));
        }
    }
    if facts.answers.is_none() && !rules.questions.is_empty() {
        unmet.push(piece(MissingCode::AssessAnswers, String::new(), 0, 1));
    } else {
        unmet.extend(rules.questions.iter().filter_map(|rule| question(facts, rule)));
    }
    unmet
}

/// How many of a role signed, and how many of its signatures cover other answers than those that stand now.
fn signatures(facts: &VisitFacts, role: SignerRole) -> (u64, u64) {
    // One picture in two names is nobody's signature.
    let is_anothers = |blob: &BlobHash| {
        let mut all = facts.signatures.iter().chain(&facts.stale_signatures);
        all.any(|other| other.blob == *blob && other.role != role)
    };
    let of_role = |fact: &&SignatureFact| fact.role == role && !is_anothers(&fact.blob);
    let stale = count(facts.stale_signatures.iter().filter(of_role).count());
    let standing = facts.signatures.iter().filter(of_role);
    let have = if role == SignerRole::Investigator {
        // Nobody signs for two.
        let people = standing.filter_map(|fact| fact.person.as_ref());
        count(people.collect::<BTreeSet<_>>().len())
    } else {
        count(standing.count())
    };
    (have, stale)
}

fn question(facts: &VisitFacts, rule: &QuestionRule) -> Option<Missing> {
    let answers = facts.answers.as_ref()?;
    let found = answers.question(&rule.path);
    let need = u64::from(rule.min).max(found.answered.saturating_add(found.blank));
    // An answer that was erased after the visit counted is not the investigator's omission.
    let code = if answers.withheld > 0 {
        MissingCode::AssessWithheld
    } else {
        MissingCode::AssessQuestion
    };
    (found.answered < need).then(|| piece(code, question_code(&rule.path), found.answered, need))
}

/// Which photos the standard takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Photos {
    imported: bool,
    unreadable: bool,
    twice: bool,
}

impl Photos {
    pub(crate) fn of(standard: &Standard, rules: &Requirements) -> Self {
        Self {
            imported: rules.imports,
            unreadable: standard.unreadable_photos() == UnreadablePhotos::Review,
            twice: false,
        }
    }

    fn takes(self, facts: &VisitFacts, photo: &PhotoFact) -> bool {
        self.doubts(facts, photo).is_empty()
    }

    /// Why a photo is not taken.
    pub(crate) fn doubts(self, facts: &VisitFacts, photo: &PhotoFact) -> BTreeSet<Doubt> {
        let reasons = [
            (Doubt::Imported, !self.imported && photo.imported),
            (Doubt::Unreadable, !self.unreadable && !photo.readable),
            (Doubt::Twice, !self.twice && !facts.proves(photo)),
        ];
        reasons
            .into_iter()
            .filter(|(_, holds)| *holds)
            .map(|(doubt, _)| doubt)
            .collect()
    }
}

fn photos(facts: &VisitFacts, rule: &PhotoRule, taken: Photos) -> Option<Missing> {
    // One original counts once, whether it came in once or twice, today or tomorrow.
    let different = |taken: Photos| {
        let fitting = |photo: &&PhotoFact| photo.purpose == rule.purpose && taken.takes(facts, photo);
        let mut blobs: Vec<_> = facts
            .photos
            .iter()
            .filter(fitting)
            .map(|photo| photo.blob)
            .collect();
        blobs.sort_unstable();
        blobs.dedup();
        count(blobs.len())
    };
    let (have, need) = (different(taken), u64::from(rule.min));
    if have >= need {
        return None;
    }
    let imported = Photos {
        imported: true,
        ..taken
    };
    let unreadable = Photos {
        unreadable: true,
        ..taken
    };
    let twice = Photos { twice: true, ..taken };
    let code = if different(twice) >= need {
        MissingCode::AssessPhotoTwice
    } else if different(imported) >= need {
        MissingCode::AssessPhotoImported
    } else if different(unreadable) >= need {
        MissingCode::AssessPhotoUnreadable
    } else {
        MissingCode::AssessPhoto
    };
    Some(piece(code, photo_code(&rule.purpose), have, need))
}

fn attempts(facts: &VisitFacts, rule: &AttemptRule, taken: Photos) -> u64 {
    let fitting = |photo: &&PhotoFact| photo.purpose == rule.purpose && taken.takes(facts, photo);
    // One photo proves one attempt, on however many days it is stated.
    let mut first: BTreeMap<BlobHash, NaiveDate> = BTreeMap::new();
    for photo in facts.photos.iter().filter(fitting) {
        let day = first.entry(photo.blob).or_insert(photo.day);
        *day = photo.day.min(*day);
    }
    count(first.into_values().collect::<BTreeSet<_>>().len())
}

fn audio(facts: &VisitFacts, rule: &AudioRule, imports: bool) -> Option<Missing> {
    let need_ms = u64::from(rule.min_seconds) * 1_000;
    let gap_max_ms = u64::from(rule.gap_max_seconds) * 1_000;
    let fitting: Vec<&RecordingFact> = facts
        .recordings
        .iter()
        .filter(|found| found.purpose == rule.purpose && !found.silent)
        .collect();
    let total = |allowed: &dyn Fn(&RecordingFact) -> bool| {
        let mut blobs: Vec<_> = fitting.iter().filter(|found| allowed(found)).collect();
        blobs.sort_unstable_by_key(|found| found.blob);
        blobs.dedup_by_key(|found| found.blob);
        blobs
            .iter()
            .fold(0_u64, |sum, found| sum.saturating_add(found.duration_ms))
    };
    let whole = |found: &RecordingFact| found.gap_ms <= gap_max_ms;
    let ours = |found: &RecordingFact| imports || !found.imported;
    let counted_ms = total(&|found| whole(found) && ours(found));
    let here = |code, have, need| Some(piece(code, "audio".to_owned(), have, need));
    if counted_ms >= need_ms {
        let agreed = facts.consents.get(&hudang_evidence::body::ConsentTo::Audio) == Some(&true);
        return if rule.consent && !agreed {
            here(MissingCode::AssessAudioConsent, 0, 1)
        } else {
            None
        };
    }
    if total(&ours) >= need_ms {
        let gap_ms = fitting
            .iter()
            .filter(|found| ours(found))
            .map(|found| found.gap_ms)
            .max()
            .unwrap_or(0);
        return here(
            MissingCode::AssessAudioGap,
            gap_ms.div_ceil(1_000),
            u64::from(rule.gap_max_seconds),
        );
    }
    let imported = total(&whole) >= need_ms;
    let code = if imported {
        MissingCode::AssessAudioImported
    } else {
        MissingCode::AssessAudio
    };
    here(code, counted_ms / 1_000, u64::from(rule.min_seconds))
}

/// Whether a waiver stands in for a requirement: its reason, or why it does not; `None` where none was made.
fn waiver(
    facts: &VisitFacts,
    rules: &Requirements,
    requirement: &str,
) -> Option<Result<String, WaiverFault>> {
    let rule = rules.waivers.iter().find(|rule| rule.requirement == requirement);
    let judged = facts
        .waivers
        .iter()
        .filter(|waiver| waiver.requirement == requirement)
        .map(|waiver| {
            let rule = rule.ok_or(WaiverFault::NotAllowed)?;
            if !rule.reasons.contains(&waiver.reason) {
                return Err(WaiverFault::Reason);
            }
            // The one who states it cannot confirm it, not with a second key either.
            let confirmed = waiver
                .witnesses
                .iter()
                .any(|witness| Some(witness) != waiver.person.as_ref());
            if rule.witness && (waiver.person.is_none() || !confirmed) {
                return Err(WaiverFault::Witness);
            }
            Ok(waiver.reason.clone())
        });
    // One good waiver is enough; otherwise the one that came closest says what to do.
    judged.reduce(|best, next| match (&best, &next) {
        (Ok(_), _) => best,
        (Err(_), Ok(_)) => next,
        (Err(a), Err(b)) => {
            if b > a {
                next
            } else {
                best
            }
        }
    })
}
