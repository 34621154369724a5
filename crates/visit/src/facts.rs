//! What verified evidence says about a visit, before anyone asks whether it is enough.
//!
//! Facts come from entries, the governing seal and the disclosed snapshot, never from the automerge document.
//! They do not depend on the order or repetition of what they are derived from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use hudang_evidence::body::{Body, ConsentTo, Sign, SignedBy, SignerRole, Source};
use hudang_evidence::entry::{self, Entry};
use hudang_evidence::id::{BlobHash, DeviceId, EntryId, PersonId, StandardHash, VisitId};
use hudang_evidence::original::{Difference, Inspected, Original, Seen, differences};
use hudang_evidence::seal::{Head, Outcome, SealBody};
use hudang_evidence::snapshot::{Revealed, SaltedDigest};
use hudang_evidence::time::WallTime;

use crate::value::{AnswerPath, is_blank};

/// How far the visit is.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'a> {
    /// Before sealing: everything that was stated counts.
    Draft {
        /// The visit.
        visit: VisitId,
        /// How it ended, as the investigators have it now.
        outcome: Outcome,
        /// The standard that it is held to.
        standard: StandardHash,
    },
    /// Sealed: what the governing seal covers counts.
    Sealed {
        /// The seal that no other supersedes.
        seal: &'a SealBody,
        /// Whose signatures count: on it, or on a seal that it supersedes and only adds to.
        signers: &'a BTreeSet<PersonId>,
    },
}

/// What facts are derived from.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The verified entries of the visit, in any order; others are passed over.
    pub entries: &'a [&'a Entry],
    /// How far the visit is.
    pub stage: Stage<'a>,
    /// The answers of the governing snapshot; `None` where it is not here.
    pub answers: Option<&'a Revealed>,
    /// How far an original has come. One that is here has the right hash.
    pub original: &'a dyn Fn(&BlobHash) -> Original<'a>,
    /// When an entry was stated, as far as is known: a wall clock alone is set by whoever holds the phone.
    pub stated_at: &'a dyn Fn(&Entry) -> WallTime,
    /// Whether a proxy's name is that of somebody whom the contractor sends; false while the name is not here.
    pub is_investigator: &'a dyn Fn(&SaltedDigest) -> bool,
    /// Whether a signature covers other answers than those that stand now, as
    /// [`stale_signatures`](crate::questionnaire::signed::stale_signatures) finds it.
    pub is_stale: &'a dyn Fn(&Entry) -> bool,
}

/// For evidence whose signatures name no proxy.
pub const fn is_no_investigator(_name: &SaltedDigest) -> bool {
    false
}

/// For evidence whose signatures cover the answers as they stand.
pub const fn is_not_stale(_entry: &Entry) -> bool {
    false
}

/// The signature that an entry brings and the proxy whom it names, where it was written by one.
pub fn proxy(entry: &Entry) -> Option<(&Sign, &SaltedDigest)> {
    match entry.body() {
        Body::Sign(sign) => match &sign.by {
            Some(SignedBy::Proxy(name)) => Some((sign, name)),
            _ => None,
        },
        _ => None,
    }
}

/// The statements that stand and say that the visit is not to be finished. What is sealed all the same is not void.
pub fn voids<'a>(entries: &[&'a Entry]) -> Vec<&'a Entry> {
    let amended = entry::amended(entries.iter().copied());
    let stands = |entry: &&Entry| matches!(entry.body(), Body::Void(_)) && !amended.contains(&entry.id());
    entries.iter().copied().filter(stands).collect()
}

/// What the phone's wall clock said, where nothing better is known.
pub fn by_wall_clock(entry: &Entry) -> WallTime {
    entry.header().wall
}

/// A photo, once, whatever number of entries bring it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhotoFact {
    /// What it is for.
    pub purpose: String,
    /// The original.
    pub blob: BlobHash,
    /// Whether it was chosen from files.
    pub imported: bool,
    /// Whether its pixels can be read, or nobody has tried yet.
    pub readable: bool,
    /// The day of its entry in Asia/Shanghai, as far as is known.
    pub day: NaiveDate,
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordingFact {
    /// What it is for.
    pub purpose: String,
    /// The original.
    pub blob: BlobHash,
    /// Its length.
    pub duration_ms: u64,
    /// Its longest silence.
    pub gap_ms: u64,
    /// Whether there is nothing but silence.
    pub silent: bool,
    /// Whether it was chosen from files.
    pub imported: bool,
}

/// A signature by hand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignatureFact {
    /// Who signed.
    pub role: SignerRole,
    /// The picture of it.
    pub blob: BlobHash,
    /// Of an investigator's: whose it is.
    pub person: Option<PersonId>,
}

/// A fix of the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PositionFact {
    /// Radius of confidence in centimetres.
    pub accuracy_cm: u32,
    /// Whether the platform called it simulated.
    pub mock: bool,
}

/// A statement why something is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaiverFact {
    /// The code of the requirement.
    pub requirement: String,
    /// Why.
    pub reason: String,
    /// Who stated it; absent where the chain has no `open`.
    pub person: Option<PersonId>,
    /// Who confirmed it.
    pub witnesses: BTreeSet<PersonId>,
}

/// One question in one instance of the form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuestionFact {
    /// In how many instances it is answered.
    pub answered: u64,
    /// In how many instances it should be and is not.
    pub blank: u64,
}

/// The disclosed answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerFacts {
    answered: BTreeMap<String, BTreeSet<String>>,
    instances: BTreeMap<String, BTreeSet<String>>,
    /// How many answers are erased or withheld.
    pub withheld: usize,
}

/// What the evidence says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitFacts {
    /// How the visit ended.
    pub outcome: Outcome,
    /// The standard that it was held to.
    pub standard: StandardHash,
    /// The different people who took part: in a draft those who opened it and left an own trace, later those whose
    /// signatures count.
    pub investigators: BTreeSet<PersonId>,
    /// The answers; `None` where the snapshot is not here.
    pub answers: Option<AnswerFacts>,
    /// The photos that stand.
    pub photos: BTreeSet<PhotoFact>,
    /// When each photo was first stated, by purpose and original.
    pub photo_times: BTreeMap<(String, BlobHash), WallTime>,
    /// The recordings that stand.
    pub recordings: BTreeSet<RecordingFact>,
    /// The signatures by hand that stand.
    pub signatures: BTreeSet<SignatureFact>,
    /// Signatures of the household that cover other answers than those that stand now.
    pub stale_signatures: BTreeSet<SignatureFact>,
    /// The positions that stand.
    pub positions: BTreeSet<PositionFact>,
    /// What the household agreed to: whether the last statement of each device says so.
    pub consents: BTreeMap<ConsentTo, bool>,
    /// The waivers that stand.
    pub waivers: BTreeSet<WaiverFact>,
    /// The originals of the visit that are not here, or that nobody has looked into.
    pub blobs_awaited: BTreeSet<BlobHash>,
    /// Where entries that stand claim something else of an original than was seen in it.
    pub differences: BTreeSet<Difference>,
    /// The originals of the visit that entries bring which stand.
    pub originals: BTreeSet<BlobHash>,
    /// How many originals the visit has.
    pub blobs: u64,
    /// Entries that the seal covers and that are not here.
    pub entries_awaited: u64,
}

impl VisitFacts {
    /// Derives the facts.
    ///
    /// An entry that was amended or withdrawn does not count, also where that was stated after the seal. An
    /// amendment is final: what was withdrawn by mistake is stated again by a new entry.
    pub fn derive(evidence: &Evidence<'_>) -> Self {
        let (visit, outcome, standard) = match evidence.stage {
            Stage::Draft {
                visit,
                outcome,
                standard,
            } => (visit, outcome, standard),
            Stage::Sealed { seal, .. } => (seal.visit, seal.outcome, seal.standard),
        };
        let by_id: BTreeMap<EntryId, &Entry> = evidence
            .entries
            .iter()
            .filter(|entry| entry.header().visit == Some(visit))
            .map(|entry| (entry.id(), *entry))
            .collect();
        let people = people(&by_id, evidence.stage);
        let (covered, entries_awaited) = covered(&by_id, evidence.stage);
        let amended = entry::amended(by_id.values().copied());
        let standing: Vec<&Entry> = covered
            .into_iter()
            .filter(|entry| !amended.contains(&entry.id()))
            .collect();
        let investigators = match evidence.stage {
            // Only who left an own trace was there: a signature without one does not count.
            Stage::Draft { .. } => standing
                .iter()
                .filter(|entry| entry.body().is_trace())
                .filter_map(|entry| people.get(&entry.header().dev).cloned())
                .collect(),
            Stage::Sealed { seal, signers } => {
                let named: BTreeSet<_> = seal
                    .participants
                    .iter()
                    .map(|participant| &participant.person)
                    .collect();
                signers
                    .iter()
                    .filter(|signer| named.contains(signer))
                    .cloned()
                    .collect()
            }
        };
        let mut facts = Self {
            outcome,
            standard,
            investigators,
            answers: evidence.answers.map(AnswerFacts::of),
            photos: BTreeSet::new(),
            photo_times: BTreeMap::new(),
            recordings: BTreeSet::new(),
            signatures: BTreeSet::new(),
            stale_signatures: BTreeSet::new(),
            positions: BTreeSet::new(),
            consents: consents(&standing),
            waivers: waivers(&standing, &people),
            blobs_awaited: BTreeSet::new(),
            differences: BTreeSet::new(),
            originals: BTreeSet::new(),
            blobs: 0,
            entries_awaited,
        };
        let mut blobs: BTreeSet<BlobHash> = BTreeSet::new();
        for entry in &standing {
            facts.take(entry, evidence);
            blobs.extend(entry.body().blob().map(|(blob, _)| blob));
        }
        facts.blobs = u64::try_from(blobs.len()).unwrap_or(u64::MAX);
        let awaited = blobs
            .iter()
            .copied()
            .filter(|blob| (evidence.original)(blob).is_awaited());
        facts.blobs_awaited = awaited.collect();
        facts.originals = blobs;
        facts
    }

    /// Whether an original proves the purpose of this photo: the one that it was stated for first, and no other.
    pub(crate) fn proves(&self, photo: &PhotoFact) -> bool {
        let stated = self
            .photo_times
            .iter()
            .filter(|((_, blob), _)| *blob == photo.blob);
        let first = stated.min_by(|((one, _), at), ((other, _), later)| (at, one).cmp(&(later, other)));
        first.is_some_and(|((purpose, _), _)| *purpose == photo.purpose)
    }

    /// When the last photo of a purpose was taken.
    pub fn last_photo(&self, purpose: &str) -> Option<WallTime> {
        let of_purpose = self.photo_times.iter().filter(|((of, _), _)| of == purpose);
        of_purpose.map(|(_, at)| *at).max()
    }

    /// Whether a signature is of somebody who can have signed: of investigators those who took part.
    fn may_sign(&self, sign: &Sign, stage: Stage<'_>) -> bool {
        let is_sealed = matches!(stage, Stage::Sealed { .. });
        sign.role != SignerRole::Investigator
            || !is_sealed
            || sign
                .person
                .as_ref()
                .is_some_and(|person| self.investigators.contains(person))
    }

    /// Takes in one entry that stands by itself. Of an original that was looked into, what was seen counts; what
    /// is no photo counts as none, and what is no recording neither.
    fn take<'a>(&mut self, entry: &Entry, evidence: &Evidence<'a>) {
        let (body, at) = (entry.body(), (evidence.stated_at)(entry));
        let original = |(blob, _)| (evidence.original)(&blob).inspected();
        let inspected: Option<&'a Inspected> = body.blob().and_then(original);
        if let Some(inspected) = inspected {
            self.differences.extend(differences(body, inspected));
        }
        match (body, inspected.map(|inspected| &inspected.seen)) {
            (Body::Photo(photo), seen @ (None | Some(Seen::Photo(_)))) => {
                let is_unreadable = matches!(seen, Some(Seen::Photo(seen)) if !seen.readable);
                let place = (photo.purpose.clone(), photo.sha256);
                let first = self.photo_times.entry(place).or_insert(at);
                *first = at.min(*first);
                self.photos.insert(PhotoFact {
                    purpose: photo.purpose.clone(),
                    blob: photo.sha256,
                    imported: photo.src == Source::Import,
                    readable: !is_unreadable,
                    day: at.day(),
                });
            }
            (Body::Audio(audio), seen @ (None | Some(Seen::Recording(_)))) => {
                let (duration_ms, gap_ms, silent) = match seen {
                    Some(Seen::Recording(seen)) => (seen.duration_ms, seen.gap_ms, seen.silent),
                    _ => (audio.duration_ms, audio.gap_ms, audio.silent),
                };
                self.recordings.insert(RecordingFact {
                    purpose: audio.purpose.clone(),
                    blob: audio.sha256,
                    duration_ms,
                    gap_ms,
                    silent,
                    imported: audio.src == Source::Import,
                });
            }
            // Who is paid for the visit writes for nobody in it.
            (Body::Sign(_), _) if proxy(entry).is_some_and(|(_, name)| (evidence.is_investigator)(name)) => {}
            // Nor does anybody sign as an investigator who did not take part.
            (Body::Sign(sign), _) if !self.may_sign(sign, evidence.stage) => {}
            (Body::Sign(sign), None | Some(Seen::Photo(_))) => {
                let signatures = if (evidence.is_stale)(entry) {
                    &mut self.stale_signatures
                } else {
                    &mut self.signatures
                };
                signatures.insert(SignatureFact {
                    role: sign.role,
                    blob: sign.sha256,
                    person: sign.person.clone(),
                });
            }
            (Body::Gps(position), _) => {
                self.positions.insert(PositionFact {
                    accuracy_cm: position.accuracy_cm,
                    mock: position.mock,
                });
            }
            _ => {}
        }
    }
}

/// Who works on which device in this visit.
fn people(entries: &BTreeMap<EntryId, &Entry>, stage: Stage<'_>) -> BTreeMap<DeviceId, PersonId> {
    let mut people = BTreeMap::new();
    for entry in entries.values() {
        if let Body::Open(open) = entry.body() {
            people.insert(entry.header().dev, open.person.clone());
        }
    }
    if let Stage::Sealed { seal, .. } = stage {
        people.extend(
            seal.participants
                .iter()
                .map(|participant| (participant.dev, participant.person.clone())),
        );
    }
    people
}

/// The entries that count, and how many of them are not here: from each head of the seal backwards, so that
/// neither a fork nor what was appended later slips in.
fn covered<'a>(entries: &BTreeMap<EntryId, &'a Entry>, stage: Stage<'_>) -> (Vec<&'a Entry>, u64) {
    let Stage::Sealed { seal, .. } = stage else {
        return (entries.values().copied().collect(), 0);
    };
    let mut found: BTreeMap<EntryId, &Entry> = BTreeMap::new();
    let mut awaited = 0_u64;
    for Head { dev, seq, id } in &seal.heads {
        let mut next = *id;
        // Counts down with the numbers, so that a chain that turns back on itself ends too.
        for seq in (1..=*seq).rev() {
            let here = entries.get(&next).filter(|entry| {
                let header = entry.header();
                header.dev == *dev && header.seq == seq
            });
            let Some(entry) = here else {
                awaited = awaited.saturating_add(seq);
                break;
            };
            found.insert(next, *entry);
            next = entry.header().prev;
        }
    }
    (found.into_values().collect(), awaited)
}

/// For each thing asked, whether every device that asked last heard yes, by entries that stand.
pub(crate) fn consents(standing: &[&Entry]) -> BTreeMap<ConsentTo, bool> {
    let mut last: BTreeMap<(ConsentTo, DeviceId), (u64, bool)> = BTreeMap::new();
    for entry in standing {
        if let Body::Consent(consent) = entry.body() {
            let said = (entry.header().seq, consent.given);
            let place = last.entry((consent.to, entry.header().dev)).or_insert(said);
            if said.0 > place.0 {
                *place = said;
            }
        }
    }
    let mut consents = BTreeMap::new();
    for ((to, _), (_, given)) in last {
        *consents.entry(to).or_insert(true) &= given;
    }
    consents
}

fn waivers(standing: &[&Entry], people: &BTreeMap<DeviceId, PersonId>) -> BTreeSet<WaiverFact> {
    let mut witnesses: BTreeMap<EntryId, BTreeSet<PersonId>> = BTreeMap::new();
    for entry in standing {
        if let (Body::Witness(witness), Some(person)) = (entry.body(), people.get(&entry.header().dev)) {
            witnesses.entry(witness.of).or_default().insert(person.clone());
        }
    }
    let mut waivers = BTreeSet::new();
    for entry in standing {
        if let Body::Waiver(waiver) = entry.body() {
            waivers.insert(WaiverFact {
                requirement: waiver.requirement.clone(),
                reason: waiver.reason.clone(),
                person: people.get(&entry.header().dev).cloned(),
                witnesses: witnesses.remove(&entry.id()).unwrap_or_default(),
            });
        }
    }
    waivers
}

impl AnswerFacts {
    /// Sorts disclosed answers by question and instance. Names that are no paths are passed over.
    pub fn of(revealed: &Revealed) -> Self {
        let mut facts = Self {
            withheld: revealed.withheld,
            ..Self::default()
        };
        for (name, value) in &revealed.answers {
            let Ok(path) = name.parse::<AnswerPath>() else {
                continue;
            };
            let mut repeat = String::new();
            let mut instance = String::new();
            for (name, id) in &path.within().0 {
                repeat.push_str(name);
                repeat.push('/');
                instance.push_str(&id.to_string());
                facts
                    .instances
                    .entry(repeat.clone())
                    .or_default()
                    .insert(instance.clone());
            }
            if !is_blank(value) {
                facts.answered.entry(path.in_form()).or_default().insert(instance);
            }
        }
        facts
    }

    /// How a question stands, by its path in the form without instances.
    pub fn question(&self, path: &str) -> QuestionFact {
        let count = |set: Option<&BTreeSet<String>>| {
            set.map_or(0, |set| u64::try_from(set.len()).unwrap_or(u64::MAX))
        };
        let answered = count(self.answered.get(path));
        // The repeat around it is the longest one that its path begins with; groups have no instances.
        let repeat = self
            .instances
            .keys()
            .filter(|repeat| path.starts_with(repeat.as_str()))
            .max_by_key(|r| r.len());
        let instances = count(repeat.and_then(|repeat| self.instances.get(repeat)));
        QuestionFact {
            answered,
            blank: instances.saturating_sub(answered),
        }
    }
}
