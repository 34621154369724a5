//! Whether a signature carries over to a seal that supersedes the one that was signed (EVIDENCE §1.10 R1).
//!
//! A signature covers what was there when it was made. It carries over only to a seal that *adds*: everything that was
//! signed stands there as it stood. Two phones that seal one after the other without a network lose nothing by this; a
//! lone investigator who changes what the partner signed loses the partner's signature.

use std::collections::{BTreeMap, BTreeSet};

use super::Rulings;
use super::chain::Chains;
use crate::body::{Body, SignerRole};
use crate::entry::Entry;
use crate::id::{DeviceId, EntryId, SealId, SnapshotHash};
use crate::seal::{Head, SealBody};
use crate::snapshot::SaltedDigest;

macro_rules! stale {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $zh:literal, $en:literal;)*) => {
        /// Why a signature does not carry over.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Stale { $($(#[$doc])* $variant),* }

        impl Stale {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that stands in findings.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// What people read, in Chinese.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),* }
            }

            /// What people read, in English.
            pub const fn en(self) -> &'static str {
                match self { $(Self::$variant => $en),* }
            }
        }
    };
}

stale! {
    /// The office sent the visit back after it was signed.
    Returned = "returned",
        "入户已被退回，补正后须重新签名", "the visit was sent back since: sign what was mended";
    /// The later seal names another household, contract, form or standard.
    Header = "header",
        "之后的封存换了户、合同、问卷或留痕标准", "a later seal names another household, contract, form or standard";
    /// The later seal says that the visit ended otherwise.
    Outcome = "outcome",
        "之后的封存改了入户结果", "a later seal says that the visit ended otherwise";
    /// The later seal leaves out a chain, a part of one, or somebody who took part.
    Dropped = "dropped",
        "之后的封存漏掉了已封存的条目或调查员", "a later seal leaves out entries or people that were sealed";
    /// The opening was moved, and not by a chain that was not there before.
    Opening = "opening",
        "之后的封存改动了入户时间", "a later seal moves the time of opening";
    /// The later seal leaves out an original.
    Media = "media",
        "之后的封存少了已封存的原件", "a later seal leaves out an original";
    /// Whoever signed stated more afterwards.
    Chain = "chain",
        "签名之后本人又有新的记录", "whoever signed has stated more since";
    /// Somebody else withdrew, replaced or waived what whoever signed had stated.
    Amended = "amended",
        "本人的记录之后被他人撤回、替换或免留痕", "somebody else withdrew, replaced or waived what was signed";
    /// An answer that was given is another one now, or gone.
    Answers = "answers",
        "已签名的答案之后被改动", "an answer that was signed is another one now";
    /// The answers of one of the two seals are not here, so that nothing can be compared.
    AnswersAwaited = "answers-awaited",
        "答卷未传完，暂时无法比较", "answers are still to come and cannot be compared yet";
}

/// How an answer came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerKind {
    /// Nothing stands there.
    Blank,
    /// A person gave it.
    Given,
    /// The form worked it out; it follows from the others.
    Calculated,
    /// The instances of a repeat, such as the members of a household.
    Instances(BTreeSet<String>),
}

/// One answer of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedAnswer {
    /// Its salted digest.
    pub digest: SaltedDigest,
    /// The question's path in the form, as a standard names it.
    pub question: String,
    /// How it came to be.
    pub kind: AnswerKind,
}

/// The answers of a snapshot as far as their values are here. Which are calculated only the form knows: `visit` works
/// this out, the same on the phone and on the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedAnswers {
    /// Answers whose values are here, by name.
    pub named: BTreeMap<String, SealedAnswer>,
    /// Digests of values that were erased or withheld.
    pub withheld: BTreeSet<SaltedDigest>,
}

impl SealedAnswers {
    /// Whether all that a person gave in `earlier` stands here with its digest. New answers stand only where nothing
    /// stood; what is calculated may differ.
    pub fn keep(&self, earlier: &Self) -> bool {
        let has_digest = |name: &str, digest: &SaltedDigest| match self.named.get(name) {
            Some(now) => now.digest == *digest,
            None => self.withheld.contains(digest),
        };
        let named = earlier.named.iter().all(|(name, before)| match &before.kind {
            AnswerKind::Blank | AnswerKind::Calculated => true,
            AnswerKind::Given => has_digest(name, &before.digest),
            AnswerKind::Instances(ids) => {
                let now = self.named.get(name).map(|now| &now.kind);
                has_digest(name, &before.digest)
                    || matches!(now, Some(AnswerKind::Instances(now)) if ids.is_subset(now))
            }
        });
        let hidden = earlier.withheld.iter().all(|digest| {
            self.withheld.contains(digest) || self.named.values().any(|now| now.digest == *digest)
        });
        named && hidden
    }

    /// Whether somebody gave anything.
    fn is_empty(&self) -> bool {
        let is_said = |one: &SealedAnswer| !matches!(one.kind, AnswerKind::Blank | AnswerKind::Calculated);
        self.withheld.is_empty() && !self.named.values().any(is_said)
    }

    fn is_answered(&self, question: &str) -> bool {
        // What cannot be read may be the answer.
        !self.withheld.is_empty()
            || self
                .named
                .values()
                .any(|one| one.question == question && one.kind == AnswerKind::Given)
    }
}

/// The answers of the snapshots of a visit's seals.
pub type AnswersBySnapshot = BTreeMap<SnapshotHash, SealedAnswers>;

/// What the carrying over of signatures is judged by.
pub(super) struct Carrying<'a> {
    pub(super) chains: &'a Chains<'a>,
    pub(super) answers: &'a AnswersBySnapshot,
    pub(super) rulings: Rulings<'a>,
}

impl Carrying<'_> {
    /// Whether a signature of the person who holds these devices carries over from one seal to the next that supersedes
    /// it.
    pub(super) fn step(
        &self,
        own: &BTreeSet<DeviceId>,
        earlier: (SealId, &SealBody),
        later: &SealBody,
    ) -> Result<(), Stale> {
        let (id, earlier) = earlier;
        if self.rulings.returned.contains(&id) {
            return Err(Stale::Returned);
        }
        let is_same = earlier.visit == later.visit
            && earlier.household == later.household
            && earlier.contract == later.contract
            && earlier.form == later.form
            && earlier.standard == later.standard;
        let head = |dev: DeviceId| later.heads.iter().find(|head| head.dev == dev);
        let is_kept = |before: &Head| {
            head(before.dev)
                .is_some_and(|now| now.seq > before.seq || (now.seq == before.seq && now.id == before.id))
        };
        let all_heads = earlier.heads.iter().all(is_kept);
        let all_people = earlier
            .participants
            .iter()
            .all(|one| later.participants.contains(one));
        let media: BTreeSet<_> = later.media.iter().collect();
        let checks = [
            (is_same, Stale::Header),
            (earlier.outcome == later.outcome, Stale::Outcome),
            (all_heads && all_people, Stale::Dropped),
            (self.has_opening_of(earlier, later), Stale::Opening),
            (
                earlier.media.iter().all(|item| media.contains(item)),
                Stale::Media,
            ),
            (self.is_own_unchanged(own, earlier, later), Stale::Chain),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, stale)) => Err(*stale),
            None => self.answers_stand(earlier.snapshot, later.snapshot),
        }
    }

    /// Whether the opening is the same, or earlier through the `open` of a chain that was not there before.
    fn has_opening_of(&self, earlier: &SealBody, later: &SealBody) -> bool {
        if later.opened >= earlier.opened {
            return later.opened == earlier.opened;
        }
        let new = later
            .heads
            .iter()
            .filter(|head| earlier.heads.iter().all(|known| known.dev != head.dev));
        new.filter_map(|head| self.chains.get(&head.dev)?.get(&1))
            .any(|entry| matches!(entry.body(), Body::Open(_)) && entry.header().wall == later.opened)
    }

    /// Whether whoever signed stated nothing further that the later seal covers.
    fn is_own_unchanged(&self, own: &BTreeSet<DeviceId>, earlier: &SealBody, later: &SealBody) -> bool {
        own.iter().all(|dev| {
            let (from, to) = (reach(earlier, dev), reach(later, dev));
            let chain = self.chains.get(dev);
            from == to
                || from > 0
                    && from < to
                    && chain.is_some_and(|chain| {
                        let mut further = chain.range(from.saturating_add(1)..=to);
                        further.all(|(_, entry)| is_beside(entry))
                    })
        })
    }

    fn answers_stand(&self, earlier: Option<SnapshotHash>, later: Option<SnapshotHash>) -> Result<(), Stale> {
        let Some(before) = earlier.filter(|before| later != Some(*before)) else {
            return Ok(());
        };
        let before = self.answers.get(&before).ok_or(Stale::AnswersAwaited)?;
        let stand = match later {
            Some(now) => self.answers.get(&now).ok_or(Stale::AnswersAwaited)?.keep(before),
            None => before.is_empty(),
        };
        if stand { Ok(()) } else { Err(Stale::Answers) }
    }

    /// Whether nobody else amended, withdrew, replaced or waived what the person who holds these devices had stated in
    /// the seal that was signed: neither in a later seal nor after it.
    pub(super) fn is_untouched(&self, own: &BTreeSet<DeviceId>, signed: &SealBody) -> bool {
        let all = || self.chains.values().flat_map(BTreeMap::values);
        let mut later = all().filter(|entry| {
            let header = entry.header();
            matches!(entry.body(), Body::Amend(_) | Body::Waiver(_))
                && !own.contains(&header.dev)
                && header.seq > reach(signed, &header.dev)
        });
        let Some(first) = later.next() else {
            return true;
        };
        let stated: BTreeMap<EntryId, &Entry> = own
            .iter()
            .filter_map(|dev| Some((self.chains.get(dev)?, reach(signed, dev))))
            .flat_map(|(chain, to)| chain.range(..=to).map(|(_, entry)| (entry.id(), *entry)))
            .collect();
        let is_withdrawn = |waiver: EntryId| {
            all().any(|entry| matches!(entry.body(), Body::Amend(amend) if amend.of == waiver))
        };
        let answers = signed.snapshot.map(|hash| self.answers.get(&hash));
        let touches = |entry: &Entry| match entry.body() {
            Body::Amend(amend) => stated.contains_key(&amend.of),
            Body::Waiver(waiver) => {
                let wanted = waiver.requirement.as_str();
                let is_answered = |question: &str| match answers {
                    None => false,
                    Some(answers) => answers.is_none_or(|answers| answers.is_answered(question)),
                };
                let is_stated = stated.values().any(|entry| answers_to(entry, wanted))
                    || wanted.strip_prefix("question:").is_some_and(is_answered);
                is_stated && !is_withdrawn(entry.id())
            }
            _ => false,
        };
        !core::iter::once(first).chain(later).any(|entry| touches(entry))
    }
}

/// How far a seal covers a chain; zero where it does not.
pub(super) fn reach(seal: &SealBody, dev: &DeviceId) -> u64 {
    let head = seal.heads.iter().find(|head| head.dev == *dev);
    head.map_or(0, |head| head.seq)
}

/// Whether an entry states nothing about the visit itself.
const fn is_beside(entry: &Entry) -> bool {
    matches!(entry.body(), Body::Seal(_) | Body::Sync(_) | Body::Anchor(_))
}

/// Whether an entry is what a requirement of a standard asks for, as waivers name it.
fn answers_to(entry: &Entry, requirement: &str) -> bool {
    let (kind, subject) = requirement.split_once(':').unwrap_or((requirement, ""));
    match entry.body() {
        Body::Photo(photo) => (kind == "photo" && subject == photo.purpose) || requirement == "attempts",
        Body::Audio(_) => requirement == "audio",
        Body::Sign(sign) => kind == "sign" && subject == SignerRole::as_str(sign.role),
        Body::Consent(consent) => kind == "consent" && subject == consent.to.as_str(),
        Body::Gps(_) => requirement == "gps",
        _ => false,
    }
}
