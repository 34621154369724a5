//! The seal against what it covers: chains, originals, people, and the openings of the visit.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::Chains;
use super::{Code, Report, Signature, SignedSeal, Trusted, people, shared};
use crate::body::{Body, Open};
use crate::entry::Entry;
use crate::id::{BlobHash, SealId};
use crate::seal::SealBody;

pub(super) fn check(held: &Trusted<'_>, chains: &Chains<'_>, report: &mut Report) {
    let seals = held.seals;
    check_openers(held, chains, report);
    check_media_of_entries(held, chains, report);
    for (id, signed) in seals {
        check_people(held, *id, signed, report);
        check_heads(signed.seal.body(), chains, report);
        check_openings(*id, signed.seal.body(), chains, report);
        check_media(signed.seal.body(), chains, report);
    }
    report.governing = governing(seals, report);
    people::judge(held, chains, report.governing, report);
    let governing = report.governing.and_then(|id| Some((id, seals.get(&id)?)));
    if let Some((id, signed)) = governing {
        let seal = signed.seal.body();
        shared::check(seal, chains, held.keys, report);
        check_tails(held, id, seal, chains, report);
    }
}

/// Whoever opens a chain holds its key.
fn check_openers(held: &Trusted<'_>, chains: &Chains<'_>, report: &mut Report) {
    for (device, chain) in chains {
        let Some(enrolled) = held.keys.get(device) else {
            continue;
        };
        for (entry, open) in chain.values().filter_map(|entry| opening(entry)) {
            if open.person != enrolled.person {
                report.find(Code::OpenPerson, entry.id());
            }
        }
    }
}

fn opening(entry: &Entry) -> Option<(&Entry, &Open)> {
    match entry.body() {
        Body::Open(open) => Some((entry, open)),
        _ => None,
    }
}

/// Every original is here, and is what its name says.
fn check_media_of_entries(held: &Trusted<'_>, chains: &Chains<'_>, report: &mut Report) {
    for (blob, bytes) in chains
        .values()
        .flat_map(BTreeMap::values)
        .filter_map(|entry| entry.body().blob())
    {
        match held.blobs.get(&blob) {
            None => report.find(Code::MediaAwaited, blob),
            Some(found) if found.sha256 != blob || found.bytes != bytes => {
                report.find(Code::MediaSwapped, blob);
            }
            Some(_) => {}
        }
    }
}

/// Who is named holds the key that is named. A signature by somebody who is not named, or that was not admitted, is none;
/// it takes nothing from the others.
fn check_people(held: &Trusted<'_>, id: SealId, signed: &SignedSeal, report: &mut Report) {
    let participants = &signed.seal.body().participants;
    for signer in &signed.signers {
        let is_named = participants.iter().any(|one| one.dev == *signer);
        if !is_named || !people::is_admitted(held, id, signed, signer) {
            report.find(Code::SignerRefused, signer);
        }
    }
    for participant in participants {
        let enrolled = held.keys.get(&participant.dev);
        if enrolled.is_none_or(|enrolled| enrolled.person != participant.person) {
            report.find(Code::SealParticipant, participant.dev);
        }
    }
}

/// Every chain reaches the head that the seal names.
fn check_heads(seal: &SealBody, chains: &Chains<'_>, report: &mut Report) {
    for head in &seal.heads {
        let found = chains.get(&head.dev).and_then(|chain| chain.get(&head.seq));
        match found {
            None => report.find(Code::SealTail, format_args!("{} {}", head.dev, head.seq)),
            Some(entry) if entry.id() != head.id => {
                report.find(Code::SealHead, format_args!("{} {}", head.dev, head.seq));
            }
            Some(_) => {}
        }
    }
}

/// The entries that a seal covers.
fn covered<'e>(seal: &SealBody, chains: &Chains<'e>) -> Vec<&'e Entry> {
    let chain_of = |head: &crate::seal::Head| chains.get(&head.dev).map(|chain| (chain, head.seq));
    let chains = seal.heads.iter().filter_map(chain_of);
    chains
        .flat_map(|(chain, to)| chain.range(..=to).map(|(_, entry)| *entry))
        .collect()
}

fn check_openings(id: SealId, seal: &SealBody, chains: &Chains<'_>, report: &mut Report) {
    let covered = covered(seal, chains);
    // A visit may have been moved to another form after it was opened: then somebody confirmed answers to that one.
    let is_moved = covered
        .iter()
        .any(|entry| matches!(entry.body(), Body::Form(form) if form.form == seal.form));
    let mut earliest = None;
    for (entry, open) in covered.into_iter().filter_map(opening) {
        let agrees = open.household == seal.household
            && (open.form == seal.form || is_moved)
            && open.standard == seal.standard
            && entry.header().contract == seal.contract;
        if !agrees {
            report.find(Code::SealHeader, id);
        }
        let wall = entry.header().wall;
        earliest = Some(earliest.map_or(wall, |known: crate::time::WallTime| known.min(wall)));
    }
    if earliest.is_some_and(|earliest| earliest != seal.opened) {
        report.find(Code::SealOpened, id);
    }
}

/// The originals of the covered entries are those of the seal's list, with the same sizes.
fn check_media(seal: &SealBody, chains: &Chains<'_>, report: &mut Report) {
    let stated: BTreeSet<(BlobHash, u64)> = covered(seal, chains)
        .iter()
        .filter_map(|entry| entry.body().blob())
        .collect();
    let listed: BTreeSet<(BlobHash, u64)> = seal.media.iter().map(|item| (item.sha256, item.bytes)).collect();
    for (blob, _) in stated.symmetric_difference(&listed) {
        report.find(Code::SealMedia, blob);
    }
}

/// The one seal that no other supersedes.
fn governing(seals: &BTreeMap<SealId, SignedSeal>, report: &mut Report) -> Option<SealId> {
    let superseded: BTreeSet<SealId> = seals
        .values()
        .filter_map(|signed| signed.seal.body().supersedes)
        .collect();
    for absent in superseded.iter().filter(|id| !seals.contains_key(id)) {
        report.find(Code::SealAwaited, absent);
    }
    let mut open = seals.keys().filter(|id| !superseded.contains(id)).copied();
    let first = open.next();
    let others: Vec<SealId> = open.collect();
    if others.is_empty() {
        return first;
    }
    for id in first.into_iter().chain(others) {
        report.find(Code::SealsCompete, id);
    }
    None
}

/// After a seal only what corrects or completes it may follow (EVIDENCE §1.3), from whoever signed it. The chain of somebody
/// who has not goes on to that person's own seal; once the office has sent a seal back, what follows is the mending that
/// was asked for.
fn check_tails(trusted: &Trusted<'_>, id: SealId, seal: &SealBody, chains: &Chains<'_>, report: &mut Report) {
    let is_returned = trusted.rulings.returned.contains(&id);
    for (device, chain) in chains {
        let person = trusted.keys.get(device).map(|enrolled| &enrolled.person);
        let is_replaced = person.is_some_and(|person| trusted.rulings.replaced.contains(person));
        let Some(head) = seal.heads.iter().find(|head| head.dev == *device) else {
            if !is_replaced {
                report.find(Code::ChainUnsealed, device);
            }
            continue;
        };
        let part = person.and_then(|person| report.parts.get(person));
        let has_signed = part.is_none_or(|part| part.signature == Signature::Stands);
        for (_, entry) in chain.range(head.seq.saturating_add(1)..) {
            let allowed = matches!(
                entry.body(),
                Body::Amend(_) | Body::Doc(_) | Body::Sync(_) | Body::Anchor(_) | Body::Seal(_)
            );
            if allowed || is_returned {
                continue;
            }
            if has_signed {
                report.find(Code::EntryAfterSeal, entry.id());
            } else if !is_replaced {
                report.find(Code::ChainUnsealed, device);
            }
        }
    }
}
