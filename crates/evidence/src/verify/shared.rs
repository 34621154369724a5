//! Two signers on one phone, or on phones of one machine (EVIDENCE §1.10 R3).

use std::collections::{BTreeMap, BTreeSet};

use super::chain::Chains;
use super::{Code, Keyring, Report};
use crate::body::Body;
use crate::id::{DeviceId, InstallationId, PersonId};
use crate::seal::SealBody;

/// How far apart two phones of one machine may say that they were started, in milliseconds.
const BOOT_TOLERANCE_MS: u64 = 2_000;

/// What a person worked with.
#[derive(Default)]
struct Hand {
    dev: Option<DeviceId>,
    installations: BTreeSet<InstallationId>,
    /// When the phone was started: the server's time less the time since, at each contact.
    started_ms: BTreeSet<i64>,
}

/// Finds signers who share a phone or a machine. Whether such a visit counts is for the standard and the purchaser.
pub(super) fn check(seal: &SealBody, chains: &Chains<'_>, keys: &Keyring, report: &mut Report) {
    let mut hands: BTreeMap<&PersonId, Hand> = BTreeMap::new();
    for participant in &seal.participants {
        if !report.signers.contains(&participant.person) {
            continue;
        }
        let hand = hands.entry(&participant.person).or_default();
        hand.dev.get_or_insert(participant.dev);
        let enrolled = keys.get(&participant.dev);
        hand.installations
            .extend(enrolled.and_then(|enrolled| enrolled.installation));
        let entries = chains
            .get(&participant.dev)
            .into_iter()
            .flat_map(BTreeMap::values);
        hand.started_ms
            .extend(entries.filter_map(|entry| match entry.body() {
                Body::Anchor(anchor) => {
                    let since_ms = i64::try_from(anchor.mono_ms).ok()?;
                    anchor.at.ms().checked_sub(since_ms)
                }
                _ => None,
            }));
    }
    let hands: Vec<(&PersonId, Hand)> = hands.into_iter().collect();
    let mut found = BTreeMap::new();
    for (place, (person, hand)) in hands.iter().enumerate() {
        for (other, others) in hands.iter().skip(place.saturating_add(1)) {
            let code = if !hand.installations.is_disjoint(&others.installations) {
                Code::SharedPhone
            } else if is_one_machine(&hand.started_ms, &others.started_ms) {
                Code::SharedMachine
            } else {
                continue;
            };
            found.insert(((*person).clone(), (*other).clone()), code);
            if let (Some(dev), Some(other)) = (hand.dev, others.dev) {
                report.find(code, format_args!("{dev} {other}"));
            }
        }
    }
    report.shared = found.into_keys().collect();
}

fn is_one_machine(started_ms: &BTreeSet<i64>, others_ms: &BTreeSet<i64>) -> bool {
    started_ms.iter().any(|at| {
        others_ms
            .iter()
            .any(|other| at.abs_diff(*other) <= BOOT_TOLERANCE_MS)
    })
}
