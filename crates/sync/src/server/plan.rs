//! The plan for a whole request.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::{BlobHash, DeviceId, SealId, SnapshotHash};
use hudang_evidence::note::{Note, device_key_name};
use hudang_evidence::seal::Head;
use hudang_evidence::snapshot::SaltedDigest;

use super::entries::{Overlay, plan_entries, refusal};
use super::{
    BlobState, DocumentState, EntryState, Plan, RefusedSignature, RemarkState, RemarkStep, SealStep, View,
};
use crate::code;
use crate::parse::{DocumentItem, Item, RemarkItem, Request, SealItem, SnapshotItem};
use crate::wire::{BlobNeed, Problem, Verdict};

/// Decides about a request. Reads the view only; asking twice gives the same plan.
///
/// Errors are the view's own: nothing was decided then, and the phone is to try again.
pub fn plan<V: View>(request: &Request, view: &V) -> Result<Plan, V::Error> {
    let mut plan = Plan::default();
    let overlay = plan_entries(&request.entries, view, &mut plan)?;
    plan_snapshots(&request.snapshots, view, &mut plan)?;
    let sealed = plan_seals(&request.seals, view, &mut plan)?;
    plan.problems.extend(plan.refused.iter().map(|one| Problem {
        code: one.code.to_owned(),
        subject: one.dev.to_string(),
    }));
    plan_receipts(&sealed, &overlay, view, &mut plan)?;
    plan_documents(&request.documents, view, &mut plan)?;
    plan_remarks(&request.remarks, &overlay, view, &mut plan)?;
    plan_blobs(&request.blobs_wanted_status, &overlay, view, &mut plan)?;
    Ok(plan)
}

fn plan_snapshots<V: View>(items: &[Item<SnapshotItem>], view: &V, plan: &mut Plan) -> Result<(), V::Error> {
    let mut seen: BTreeSet<SnapshotHash> = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let verdict = match item {
            Err(verdict) => verdict.clone(),
            Ok(item) => {
                let hash = item.snapshot.hash();
                // One that is held keeps the values that it has: they may have been erased on purpose.
                if view.holds_snapshot(&hash)? || !seen.insert(hash) {
                    Verdict::Already
                } else {
                    plan.snapshots.push(index);
                    Verdict::Stored
                }
            }
        };
        plan.verdicts.snapshots.push(verdict);
    }
    Ok(())
}

/// The seals of the request that are kept, with the heads that they name.
fn plan_seals<'r, V: View>(
    items: &'r [Item<SealItem>],
    view: &V,
    plan: &mut Plan,
) -> Result<BTreeMap<SealId, &'r SealItem>, V::Error> {
    let mut kept: BTreeMap<SealId, &SealItem> = BTreeMap::new();
    let mut notes: BTreeMap<SealId, Vec<u8>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let verdict = match item {
            Err(verdict) => verdict.clone(),
            Ok(item) => {
                let id = item.seal.id();
                let held = match notes.get(&id) {
                    Some(note) => Some(note.clone()),
                    None => view.seal(&id)?,
                };
                let step = judge_seal(index, item, held.as_deref(), view, &mut plan.refused)?;
                if let Ok(Some(step)) = &step {
                    notes.insert(id, step.note.clone());
                }
                if step.is_ok() {
                    kept.insert(id, item);
                }
                match step {
                    Err(verdict) => verdict,
                    Ok(None) => Verdict::Already,
                    Ok(Some(step)) => {
                        plan.seals.push(step);
                        Verdict::Stored
                    }
                }
            }
        };
        plan.verdicts.seals.push(verdict);
    }
    Ok(kept)
}

/// What to write for a seal; nothing where all its signatures are held. Each signature is admitted by itself: one that is
/// carries no other.
fn judge_seal<V: View>(
    index: usize,
    item: &SealItem,
    held: Option<&[u8]>,
    view: &V,
    refused: &mut Vec<RefusedSignature>,
) -> Result<Item<Option<SealStep>>, V::Error> {
    let (id, contract) = (item.seal.id(), &item.seal.body().contract);
    let held = held.and_then(|held| Note::parse(held).ok());
    let has = |dev: &DeviceId| {
        let name = device_key_name(dev);
        held.as_ref()
            .is_some_and(|held| held.claimed().any(|claimed| claimed == name))
    };
    let (mut signers, mut against) = (Vec::new(), Vec::new());
    for dev in item.signers.iter().copied().filter(|dev| !has(dev)) {
        match refusal(view.admission(&dev, contract, None)?) {
            None => signers.push(dev),
            Some(code) => against.push(RefusedSignature {
                index,
                seal: id,
                dev,
                code,
            }),
        }
    }
    let first = against.first().map(|one| one.code);
    if held.is_some() || !signers.is_empty() {
        refused.append(&mut against);
    }
    if signers.is_empty() {
        let is_known = item.signers.iter().any(has);
        let code = first.unwrap_or(code::SEAL_SIGNATURE);
        return Ok(if is_known {
            Ok(None)
        } else {
            Err(Verdict::refused(code))
        });
    }
    let note = merge(held.as_ref(), &item.note, &signers);
    Ok(Ok(note.map(|note| SealStep {
        index,
        id,
        note,
        signers,
    })))
}

/// The note that is held with the lines of these signers from the one that came.
fn merge(held: Option<&Note>, came: &[u8], signers: &[DeviceId]) -> Option<Vec<u8>> {
    let names: BTreeSet<String> = signers.iter().map(device_key_name).collect();
    let came = Note::parse(came)
        .ok()?
        .with_lines_of(|name| names.contains(name))?;
    let merged = match held {
        Some(held) => held.with_signatures_of(&came).ok()?,
        None => came,
    };
    let merged = merged.render().into_bytes();
    // A note may carry 64 signatures; more must not make the held one unreadable.
    Note::parse(&merged).is_ok().then_some(merged)
}

/// A receipt is due for each seal of the visits at hand whose entries are all held. Also when nothing is new: the
/// answer that held the receipt may have been lost.
fn plan_receipts<V: View>(
    sealed: &BTreeMap<SealId, &SealItem>,
    overlay: &Overlay,
    view: &V,
    plan: &mut Plan,
) -> Result<(), V::Error> {
    let mut candidates: BTreeMap<SealId, Vec<Head>> = BTreeMap::new();
    let mut visits = overlay.visits.clone();
    visits.extend(sealed.values().map(|item| item.seal.body().visit));
    for visit in &visits {
        candidates.extend(view.seals_of(visit)?);
    }
    candidates.extend(
        sealed
            .iter()
            .map(|(id, item)| (*id, item.seal.body().heads.clone())),
    );
    for (id, heads) in candidates {
        let mut complete = true;
        for head in &heads {
            complete = complete && overlay.entry(view, &head.id)? == EntryState::Held;
        }
        if complete {
            plan.receipts.push(id);
        } else if sealed.contains_key(&id) {
            plan.problems.push(Problem {
                code: code::SEAL_WAITS.to_owned(),
                subject: id.to_string(),
            });
        }
    }
    Ok(())
}

fn plan_documents<V: View>(items: &[Item<DocumentItem>], view: &V, plan: &mut Plan) -> Result<(), V::Error> {
    for (index, item) in items.iter().enumerate() {
        let verdict = match item {
            Err(verdict) => verdict.clone(),
            Ok(item) => match view.document(&item.document, &item.heads)? {
                DocumentState::Forbidden => Verdict::refused(code::DOCUMENT_FORBIDDEN),
                // Without heads nothing says that the payload is held.
                DocumentState::Current if !item.heads.is_empty() => Verdict::Already,
                DocumentState::Current | DocumentState::Behind => {
                    plan.documents.push(index);
                    Verdict::Stored
                }
            },
        };
        plan.verdicts.documents.push(verdict);
    }
    Ok(())
}

fn plan_remarks<V: View>(
    items: &[Item<RemarkItem>],
    overlay: &Overlay,
    view: &V,
    plan: &mut Plan,
) -> Result<(), V::Error> {
    let mut seen: BTreeSet<SaltedDigest> = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let verdict = match item {
            Err(verdict) => verdict.clone(),
            Ok(item) => {
                let mut wanted = Vec::new();
                let mut unnamed = false;
                for (place, disclosure) in item.disclosures.iter().enumerate() {
                    let digest = SaltedDigest::of(disclosure);
                    match view.remark(&digest)? {
                        RemarkState::Settled => {}
                        RemarkState::Unnamed if !overlay.remarks.contains(&digest) => unnamed = true,
                        RemarkState::Unnamed | RemarkState::Wanted if seen.contains(&digest) => {}
                        RemarkState::Unnamed | RemarkState::Wanted => wanted.push((place, digest)),
                    }
                }
                if unnamed {
                    Verdict::refused(code::REMARK_UNNAMED)
                } else if wanted.is_empty() {
                    Verdict::Already
                } else {
                    seen.extend(wanted.iter().map(|(_, digest)| *digest));
                    let wanted = wanted.into_iter().map(|(place, _)| place).collect();
                    plan.remarks.push(RemarkStep { index, wanted });
                    Verdict::Stored
                }
            }
        };
        plan.verdicts.remarks.push(verdict);
    }
    Ok(())
}

fn plan_blobs<V: View>(
    asked: &[BlobHash],
    overlay: &Overlay,
    view: &V,
    plan: &mut Plan,
) -> Result<(), V::Error> {
    let mut seen: BTreeSet<BlobHash> = BTreeSet::new();
    let named = overlay.blobs.iter().map(|hash| (hash, true));
    for (hash, named) in named.chain(asked.iter().map(|hash| (hash, false))) {
        if !seen.insert(*hash) {
            continue;
        }
        match view.blob(hash)? {
            BlobState::Held => plan.held.push(*hash),
            BlobState::Wanted { offset } => plan.needs.push(BlobNeed { hash: *hash, offset }),
            BlobState::Unnamed if named => plan.needs.push(BlobNeed {
                hash: *hash,
                offset: 0,
            }),
            BlobState::Unnamed => {
                plan.problems.push(Problem {
                    code: code::BLOB_UNNAMED.to_owned(),
                    subject: hash.to_string(),
                });
            }
        }
    }
    Ok(())
}
