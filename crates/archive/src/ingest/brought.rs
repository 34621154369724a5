//! How much a phone has brought of each visit beside originals, and whether it may bring more (EVIDENCE §1.10 R11).
//!
//! The figures are the phone's own account with this server, not something that follows from the journal: like its
//! counter, they are kept beside it.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::{InstallationId, VisitId};
use hudang_evidence::time::WallTime;
use hudang_sync::parse::Request;
use hudang_sync::server::Plan;
use hudang_sync::wire::DocumentId;
use rusqlite::{Connection, params};

use crate::error::Result;
use crate::quota::{self, Quotas};

/// What a request brings of one visit.
#[derive(Debug, Clone, Copy, Default)]
struct Brought {
    entries: u64,
    bytes: u64,
}

/// What a request brings, by visit; what belongs to none under sixteen zeros.
#[derive(Default)]
struct ByVisit(BTreeMap<[u8; 16], Brought>);

impl ByVisit {
    fn add(&mut self, visit: Option<VisitId>, entries: u64, bytes: usize) {
        let of_visit = self
            .0
            .entry(visit.map_or([0; 16], VisitId::to_bytes))
            .or_default();
        of_visit.entries = of_visit.entries.saturating_add(entries);
        of_visit.bytes = of_visit.bytes.saturating_add(bytes as u64);
    }
}

/// Adds what the plan keeps to the phone's account; an error where that is more than it may leave here. What completes
/// visits that are sealed is always taken, up to what one visit may hold.
pub(super) fn account(
    db: &Connection,
    sender: InstallationId,
    request: &Request,
    plan: &Plan,
    quotas: &Quotas,
    now: WallTime,
) -> Result<()> {
    let sealed = sealed(request, plan);
    for visit in &sealed {
        db.prepare_cached("UPDATE brought SET sealed = 1 WHERE visit = ?1 AND sealed = 0")?
            .execute([visit])?;
    }
    let mut grows = false;
    for (visit, more) in kept(request, plan).0 {
        let is_sealed = sealed.contains(&visit) || is_sealed(db, &visit)?;
        grows |= !is_sealed;
        let mut upsert = db.prepare_cached(
            "INSERT INTO brought (visit, installation, entries, bytes, changed_ms, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (visit, installation) DO UPDATE SET entries = entries + excluded.entries,
             bytes = bytes + excluded.bytes, changed_ms = excluded.changed_ms, sealed = excluded.sealed
             RETURNING entries, bytes",
        )?;
        let (entries, bytes): (u64, u64) = upsert.query_row(
            params![
                visit,
                sender.as_bytes(),
                more.entries,
                more.bytes,
                now.ms(),
                is_sealed
            ],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let is_of_visit = visit != [0; 16];
        if is_of_visit && (entries > quotas.visit_entries_max || bytes > quotas.visit_record_bytes_max) {
            return Err(quota::too_much_of_one_visit(quotas));
        }
    }
    if grows {
        check_drafts(db, sender, quotas, now)?;
    }
    Ok(())
}

/// Whether what the phone has begun and nobody has sealed is within its quota.
fn check_drafts(db: &Connection, sender: InstallationId, quotas: &Quotas, now: WallTime) -> Result<()> {
    let expires_ms = i64::try_from(quotas.draft_expires.as_millis()).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(
        "SELECT count(*), coalesce(sum(entries), 0), coalesce(sum(bytes), 0) FROM brought
         WHERE installation = ?1 AND sealed = 0 AND changed_ms > ?2",
    )?;
    let since_ms = now.ms().saturating_sub(expires_ms);
    let (drafts, entries, bytes): (u64, u64, u64) = select
        .query_row(params![sender.as_bytes(), since_ms], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    if drafts > quotas.drafts_max || entries > quotas.draft_entries_max || bytes > quotas.draft_bytes_max {
        return Err(quota::too_many_drafts(quotas));
    }
    Ok(())
}

fn is_sealed(db: &Connection, visit: &[u8; 16]) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT 1 FROM seal WHERE visit = ?1 LIMIT 1")?;
    Ok(select.exists([visit])?)
}

/// The visits of which the request brings a seal that is kept.
fn sealed(request: &Request, plan: &Plan) -> BTreeSet<[u8; 16]> {
    plan.seals
        .iter()
        .filter_map(|step| request.seals.get(step.index)?.as_ref().ok())
        .map(|item| item.seal.body().visit.to_bytes())
        .collect()
}

fn kept(request: &Request, plan: &Plan) -> ByVisit {
    let mut found = ByVisit::default();
    for index in plan.entries.iter().chain(&plan.quarantine) {
        if let Some(Ok(item)) = request.entries.get(*index) {
            found.add(item.entry.header().visit, 1, item.note.len());
        }
    }
    for index in &plan.snapshots {
        if let Some(Ok(item)) = request.snapshots.get(*index) {
            let values: usize = item.disclosures.iter().map(|one| one.as_str().len()).sum();
            let bytes = item.snapshot.bytes().len().saturating_add(values);
            found.add(Some(item.snapshot.visit()), 0, bytes);
        }
    }
    for index in &plan.documents {
        if let Some(Ok(item)) = request.documents.get(*index) {
            let visit = match item.document {
                DocumentId::Visit(visit) => Some(visit),
                DocumentId::Household(_) => None,
            };
            found.add(visit, 0, item.payload.len());
        }
    }
    for step in &plan.remarks {
        if let Some(Ok(item)) = request.remarks.get(step.index) {
            let texts = item.disclosures.iter().map(|one| one.as_str().len());
            found.add(Some(item.visit), 0, texts.sum());
        }
    }
    for step in &plan.seals {
        if let Some(Ok(item)) = request.seals.get(step.index) {
            found.add(Some(item.seal.body().visit), 0, step.note.len());
        }
    }
    found
}
