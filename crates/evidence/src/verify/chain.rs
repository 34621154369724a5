//! Chains: one per device in a visit, and one per device over all visits.

use std::collections::{BTreeMap, BTreeSet};

use super::{Code, Finding, Report};
use crate::body::Body;
use crate::entry::{Entry, Tip};
use crate::id::{DeviceId, EntryId};

/// The entries of each device by number; where there is a fork, the one that came first.
pub(super) type Chains<'e> = BTreeMap<DeviceId, BTreeMap<u64, &'e Entry>>;

/// Links the entries of a visit, given in the order in which they are kept.
pub(super) fn check<'e>(entries: &[&'e Entry], report: &mut Report) -> Chains<'e> {
    let mut chains: Chains<'e> = BTreeMap::new();
    let mut seen: BTreeSet<EntryId> = BTreeSet::new();
    for entry in entries.iter().copied() {
        let header = entry.header();
        if !seen.insert(entry.id()) {
            report.find(Code::ChainTwice, entry.id());
            continue;
        }
        let chain = chains.entry(header.dev).or_default();
        let last = chain.last_key_value().map(|(seq, _)| *seq);
        if chain.contains_key(&header.seq) {
            report.find(Code::ChainFork, format_args!("{} {}", header.dev, header.seq));
            continue;
        }
        if last.is_some_and(|last| last > header.seq) {
            report.find(Code::ChainOrder, entry.id());
        }
        chain.insert(header.seq, entry);
    }
    for (device, chain) in &chains {
        check_links(*device, chain, report);
    }
    chains
}

fn check_links(device: DeviceId, chain: &BTreeMap<u64, &Entry>, report: &mut Report) {
    let mut before: Option<&Entry> = None;
    for (seq, entry) in chain {
        let header = entry.header();
        if matches!(entry.body(), Body::Open(_)) != (*seq == 1) {
            report.find(Code::ChainOpen, entry.id());
        }
        let expected = before.map_or(1, |before| before.header().seq.saturating_add(1));
        if *seq != expected {
            report.find(Code::ChainHole, format_args!("{device} {expected}"));
        } else if let Some(before) = before
            && header.prev != before.id()
        {
            report.find(Code::ChainPrev, entry.id());
        }
        if let Some(before) = before {
            check_device_step(before, entry, report);
        }
        before = Some(entry);
    }
}

/// Two entries that follow each other in a visit need not do so on the device, but must not contradict that.
fn check_device_step(before: &Entry, entry: &Entry, report: &mut Report) {
    let (earlier, later) = (before.header(), entry.header());
    if later.dseq <= earlier.dseq {
        report.find(Code::DeviceFork, format_args!("{} {}", later.dev, later.dseq));
    } else if later.dseq == earlier.dseq.saturating_add(1) && later.dprev != before.id() {
        report.find(Code::DevicePrev, entry.id());
    }
}

/// Checks that an entry follows the last one of its device over all visits; returns the new tip. Called for each
/// entry in the order of the device, so that a visit that was dropped leaves a hole (缺号).
pub fn check_device(tip: Tip, entry: &Entry) -> Result<Tip, Finding> {
    let header = entry.header();
    let expected = tip.seq.saturating_add(1);
    let find = |code, number: u64| {
        Err(Finding {
            code,
            subject: format!("{} {number}", header.dev),
        })
    };
    if header.dseq > expected {
        return find(Code::DeviceHole, expected);
    }
    if header.dseq < expected {
        return find(Code::DeviceFork, header.dseq);
    }
    if header.dprev != tip.id {
        return Err(Finding {
            code: Code::DevicePrev,
            subject: entry.id().to_string(),
        });
    }
    Ok(Tip::at(header.dseq, entry.id()))
}
