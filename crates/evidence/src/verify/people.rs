//! Who takes part, and whose signature counts (EVIDENCE §1.10 R1–R3): persons, not keys.

use std::collections::{BTreeMap, BTreeSet};

use super::carry::{Carrying, reach};
use super::chain::Chains;
use super::{Code, Keyring, Report, SignedSeal, Stale, Trusted};
use crate::body::Body;
use crate::entry::{self, Entry};
use crate::id::{DeviceId, PersonId, SealId};
use crate::seal::SealBody;

/// How somebody's signature stands to the governing seal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signature {
    /// There is none.
    #[default]
    Missing,
    /// It was not admitted when it was received.
    Refused,
    /// It stands on a seal that was superseded, and does not carry over.
    Stale(Stale),
    /// It stands on the governing seal, or carries over to it.
    Stands,
}

/// How somebody who takes part stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The person opened the visit with an own key.
    pub opened: bool,
    /// The person left an own trace that stands: a position, photo, recording, consent, page of the form, signature taken, or
    /// witness.
    pub traced: bool,
    /// The person's signature.
    pub signature: Signature,
}

impl Part {
    /// Whether the person's signature counts: it stands, and the person was there.
    pub fn counts(self) -> bool {
        self.opened && self.traced && self.signature == Signature::Stands
    }
}

/// Who takes part in a visit.
pub type Parts = BTreeMap<PersonId, Part>;

/// Works out how everybody stands to the governing seal; without one, what they did so far.
pub(super) fn judge(held: &Trusted<'_>, chains: &Chains<'_>, governing: Option<SealId>, report: &mut Report) {
    let seal = governing
        .and_then(|id| held.seals.get(&id))
        .map(|signed| signed.seal.body());
    let devices = devices(held.keys, held.seals, chains);
    let amended = entry::amended(chains.values().flat_map(BTreeMap::values).copied());
    for (person, own) in &devices {
        let covered: Vec<&Entry> = own
            .iter()
            .filter_map(|dev| Some((chains.get(dev)?, seal.map_or(u64::MAX, |seal| reach(seal, dev)))))
            .flat_map(|(chain, to)| chain.range(..=to).map(|(_, entry)| *entry))
            .collect();
        let is_trace = |entry: &&Entry| entry.body().is_trace() && !amended.contains(&entry.id());
        let part = Part {
            opened: covered.iter().any(|entry| matches!(entry.body(), Body::Open(_))),
            traced: covered.iter().any(is_trace),
            signature: signature(held, chains, own, governing),
        };
        report.parts.insert(person.clone(), part);
    }
    let Some(seal) = seal else { return };
    for participant in &seal.participants {
        let part = report.parts.get(&participant.person).copied().unwrap_or_default();
        if part.counts() {
            report.signers.insert(participant.person.clone());
        } else if !held.rulings.replaced.contains(&participant.person) {
            find(part, participant.dev, report);
        }
    }
}

fn find(part: Part, dev: DeviceId, report: &mut Report) {
    match part.signature {
        Signature::Missing | Signature::Refused => report.find(Code::SealUnsigned, dev),
        Signature::Stale(stale) => {
            report.find(Code::SignatureStale, format_args!("{dev} {}", stale.as_str()));
        }
        Signature::Stands => report.find(Code::SignerAbsent, dev),
    }
}

/// The keys of each person who has to do with the visit: by enrolment, and where nobody enrolled a key, by what the
/// chain's `open` says.
fn devices(
    keys: &Keyring,
    seals: &BTreeMap<SealId, SignedSeal>,
    chains: &Chains<'_>,
) -> BTreeMap<PersonId, BTreeSet<DeviceId>> {
    let mut devices: BTreeMap<PersonId, BTreeSet<DeviceId>> = BTreeMap::new();
    let signing = seals.values().flat_map(|signed| signed.signers.iter());
    for dev in chains.keys().chain(signing) {
        let opener = || {
            chains.get(dev)?.values().find_map(|entry| match entry.body() {
                Body::Open(open) => Some(open.person.clone()),
                _ => None,
            })
        };
        let person = keys
            .get(dev)
            .map(|enrolled| enrolled.person.clone())
            .or_else(opener);
        if let Some(person) = person {
            devices.entry(person).or_default().insert(*dev);
        }
    }
    devices
}

/// The signature of the person who holds these devices: the nearest one to the governing seal, if each seal from there on
/// only adds. An earlier one cannot carry further than a later one.
fn signature(
    held: &Trusted<'_>,
    chains: &Chains<'_>,
    own: &BTreeSet<DeviceId>,
    governing: Option<SealId>,
) -> Signature {
    let carrying = Carrying {
        chains,
        answers: held.answers,
        rulings: held.rulings,
    };
    let mut is_refused = false;
    let mut stale = None;
    let mut later: Option<&SealBody> = None;
    let mut next = governing;
    // Seals are named by what they say, so that they cannot go round in a circle.
    while let Some((id, signed)) = next.and_then(|id| Some((id, held.seals.get(&id)?))) {
        let seal = signed.seal.body();
        if let Some(later) = later {
            stale = stale.or(carrying.step(own, (id, seal), later).err());
        }
        let mut mine = signed.signers.iter().filter(|signer| own.contains(signer));
        let is_named = |dev: &DeviceId| seal.participants.iter().any(|one| one.dev == *dev);
        let is_admitted = mine
            .clone()
            .any(|dev| is_named(dev) && is_admitted(held, id, signed, dev));
        if is_admitted {
            let touched = (!carrying.is_untouched(own, seal)).then_some(Stale::Amended);
            return stale.or(touched).map_or(Signature::Stands, Signature::Stale);
        }
        is_refused |= mine.any(is_named);
        later = Some(seal);
        next = seal.supersedes;
    }
    if is_refused {
        Signature::Refused
    } else {
        Signature::Missing
    }
}

/// Whether a signature was admitted: nothing was ruled against it, and its key was enrolled under the contract.
pub(super) fn is_admitted(held: &Trusted<'_>, id: SealId, signed: &SignedSeal, dev: &DeviceId) -> bool {
    let is_of_contract = |contract: &crate::id::ContractId| *contract == signed.seal.body().contract;
    !held.rulings.refused.contains(&(id, *dev))
        && held
            .keys
            .get(dev)
            .is_some_and(|enrolled| enrolled.contract.as_ref().is_none_or(is_of_contract))
}
