//! Entries: each continues its device's history, repeats it, comes too early, or is of another history.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::entry::{Entry, Tip};
use hudang_evidence::id::{BlobHash, DeviceId, EntryId, VisitId};
use hudang_evidence::snapshot::SaltedDigest;

use super::{Admission, EntryState, Plan, View};
use crate::code;
use crate::parse::{EntryItem, Item};
use crate::wire::{DeviceTip, Problem, Verdict};

/// What the entries of the request add to what the view says.
#[derive(Default)]
pub(super) struct Overlay {
    entries: BTreeMap<EntryId, EntryState>,
    device_tips: BTreeMap<DeviceId, Tip>,
    chain_tips: BTreeMap<(Option<VisitId>, DeviceId), Tip>,
    /// Visits of which an entry is kept.
    pub(super) visits: BTreeSet<VisitId>,
    /// Originals that kept entries name, in the order of the request.
    pub(super) blobs: Vec<BlobHash>,
    /// Remarks that kept entries name.
    pub(super) remarks: BTreeSet<SaltedDigest>,
}

impl Overlay {
    /// What will be held of an entry once the plan is carried out.
    pub(super) fn entry<V: View>(&self, view: &V, id: &EntryId) -> Result<EntryState, V::Error> {
        self.entries
            .get(id)
            .map_or_else(|| view.entry(id), |state| Ok(*state))
    }

    fn device_tip<V: View>(&mut self, view: &V, dev: DeviceId) -> Result<Tip, V::Error> {
        if let Some(tip) = self.device_tips.get(&dev) {
            return Ok(*tip);
        }
        let tip = view.device_tip(&dev)?;
        self.device_tips.insert(dev, tip);
        Ok(tip)
    }

    fn chain_tip<V: View>(&self, view: &V, chain: (Option<VisitId>, DeviceId)) -> Result<Tip, V::Error> {
        self.chain_tips
            .get(&chain)
            .map_or_else(|| view.chain_tip(chain.0, &chain.1), |tip| Ok(*tip))
    }

    fn keep(&mut self, entry: &Entry) {
        self.visits.extend(entry.header().visit);
        self.blobs.extend(entry.body().blob().map(|(hash, _)| hash));
        self.remarks.extend(entry.body().remark());
    }
}

pub(super) fn plan_entries<V: View>(
    items: &[Item<EntryItem>],
    view: &V,
    plan: &mut Plan,
) -> Result<Overlay, V::Error> {
    let mut overlay = Overlay::default();
    plan.verdicts.entries = items
        .iter()
        .map(|item| item.as_ref().map_or_else(Verdict::clone, |_| Verdict::Stored))
        .collect();
    let mut order: Vec<(usize, &EntryItem)> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((index, item.as_ref().ok()?)))
        .collect();
    // A request whose entries were shuffled on the way is worth as much as one in order.
    order.sort_by_key(|(_, item)| (item.entry.header().dev, item.entry.header().dseq));
    for (index, item) in order {
        let verdict = judge(&item.entry, view, &mut overlay, plan)?;
        match &verdict {
            Verdict::Stored => plan.entries.push(index),
            Verdict::Quarantined { .. } if !overlay.entries.contains_key(&item.entry.id()) => {
                if view.entry(&item.entry.id())? == EntryState::Absent {
                    plan.quarantine.push(index);
                }
                overlay.entries.insert(item.entry.id(), EntryState::Quarantined);
            }
            _ => {}
        }
        if verdict.is_kept() {
            overlay.keep(&item.entry);
        }
        if let Some(place) = plan.verdicts.entries.get_mut(index) {
            *place = verdict;
        }
    }
    plan.tips = overlay
        .device_tips
        .iter()
        .map(|(dev, tip)| DeviceTip {
            dev: *dev,
            dseq: tip.seq,
        })
        .collect();
    Ok(overlay)
}

fn judge<V: View>(
    entry: &Entry,
    view: &V,
    overlay: &mut Overlay,
    plan: &mut Plan,
) -> Result<Verdict, V::Error> {
    let header = entry.header();
    // The tip is told even for what is refused: a phone that is ahead of a restored server must learn it.
    let tip = overlay.device_tip(view, header.dev)?;
    match overlay.entry(view, &entry.id())? {
        EntryState::Held => return Ok(Verdict::Already),
        EntryState::Quarantined => return Ok(Verdict::quarantined(code::FORK)),
        EntryState::Absent => {}
    }
    if let Some(refusal) = refusal(view.admission(&header.dev, &header.contract, Some(header.dseq))?) {
        return Ok(Verdict::refused(refusal));
    }
    let next = tip.seq.checked_add(1);
    if Some(header.dseq) == next && header.dprev == tip.id {
        continue_chain(entry, view, overlay, plan)?;
        return Ok(Verdict::Stored);
    }
    let of_other_history = next.is_some_and(|next| header.dseq <= next)
        || overlay.entry(view, &header.dprev)? == EntryState::Quarantined;
    if of_other_history {
        plan.problems.push(Problem {
            code: code::FORK.to_owned(),
            subject: entry.id().to_string(),
        });
        return Ok(Verdict::quarantined(code::FORK));
    }
    Ok(Verdict::refused(code::HOLE))
}

/// The code that refuses a device; nothing where it is admitted.
pub(super) const fn refusal(admission: Admission) -> Option<&'static str> {
    match admission {
        Admission::Admitted => None,
        Admission::Unknown => Some(code::DEVICE_UNKNOWN),
        Admission::Revoked => Some(code::DEVICE_REVOKED),
        Admission::OtherContract => Some(code::OTHER_CONTRACT),
    }
}

/// Takes the entry that continues its device's history. Where it does not also continue its chain in the visit,
/// it is signed proof of that: it is appended all the same, and the visit gets the finding, not the device.
fn continue_chain<V: View>(
    entry: &Entry,
    view: &V,
    overlay: &mut Overlay,
    plan: &mut Plan,
) -> Result<(), V::Error> {
    let header = entry.header();
    let chain = (header.visit, header.dev);
    let tip = overlay.chain_tip(view, chain)?;
    let continues = Some(header.seq) == tip.seq.checked_add(1) && header.prev == tip.id;
    if !continues {
        plan.problems.push(Problem {
            code: code::CHAIN.to_owned(),
            subject: entry.id().to_string(),
        });
    }
    if header.seq > tip.seq {
        overlay.chain_tips.insert(chain, Tip::at(header.seq, entry.id()));
    }
    overlay
        .device_tips
        .insert(header.dev, Tip::at(header.dseq, entry.id()));
    overlay.entries.insert(entry.id(), EntryState::Held);
    Ok(())
}
