//! What one phone may leave in the house without a seal, so that nobody can fill it (EVIDENCE §1.10 R11).
//!
//! A quota concerns the phone that meets it and nobody else. What a seal names is not limited here: how many visits there
//! are to seal is the contract's affair, and how much one visit may hold is [`Quotas::visit_bytes_max`].

use std::time::Duration;

use hudang_evidence::id::{BlobHash, InstallationId};
use rusqlite::{Connection, params};

use crate::error::{ArchiveError, Result};

/// The limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Most uploads of one phone that have begun and are not complete.
    pub uploads_open_max: usize,
    /// Most bytes of one phone: its open uploads at their full length, and its originals that no seal names.
    pub unsealed_bytes_max: u64,
    /// Most bytes of the originals of one visit.
    pub visit_bytes_max: u64,
    /// Most visits that one phone has begun and nobody has sealed.
    pub drafts_max: u64,
    /// Most entries of one phone in such visits.
    pub draft_entries_max: u64,
    /// Most bytes of one phone's entries, answers and changes in such visits.
    pub draft_bytes_max: u64,
    /// Most entries of one phone in one visit, sealed or not.
    pub visit_entries_max: u64,
    /// Most bytes of one phone's entries, answers and changes in one visit, sealed or not.
    pub visit_record_bytes_max: u64,
    /// After this an upload that is not complete is dropped, whoever sends it.
    pub upload_expires: Duration,
    /// After this a visit that nobody has sealed no longer counts as a draft of the phone.
    pub draft_expires: Duration,
    /// Free bytes of the disk that no original may take: for entries, seals and what the office decides.
    pub reserve_bytes: u64,
}

impl Quotas {
    /// A phone that was offline for a week brings 40 visits with five photos of 4 MB and half an hour of sound each: 240
    /// originals of 2 GB, of which few are open at once, and 40 drafts if its partner has not sealed. No honest phone
    /// comes near these.
    pub const DEFAULT: Self = Self {
        uploads_open_max: 1_000,
        unsealed_bytes_max: 8 << 30,
        visit_bytes_max: 4 << 30,
        drafts_max: 2_000,
        draft_entries_max: 200_000,
        draft_bytes_max: 256 << 20,
        visit_entries_max: 10_000,
        visit_record_bytes_max: 64 << 20,
        upload_expires: Duration::from_hours(30 * 24),
        draft_expires: Duration::from_hours(90 * 24),
        reserve_bytes: 1 << 30,
    };
}

/// How long a phone waits that has met a quota: until it has sealed something, or something has expired.
const RETRY_S: u32 = 3_600;

fn met(code: &'static str, chinese: String, english: String) -> ArchiveError {
    ArchiveError::Quota {
        code,
        chinese,
        english,
        retry_after_s: RETRY_S,
    }
}

/// The phone has begun too many uploads.
pub(crate) fn too_many_uploads(quotas: &Quotas) -> ArchiveError {
    let most = quotas.uploads_open_max;
    met(
        "QUOTA-UPLOADS",
        format!("这部手机未传完的原件已达 {most} 个。请先把已开始的传完;原件仍在手机里。"),
        format!(
            "This phone has {most} uploads that are not complete. Complete those first; the originals stay on the phone."
        ),
    )
}

/// The phone has left too many bytes that no seal names.
pub(crate) fn too_many_bytes(quotas: &Quotas) -> ArchiveError {
    let most = quotas.unsealed_bytes_max >> 20;
    met(
        "QUOTA-BYTES",
        format!("这部手机未封存的原件已达 {most} MB。请先封存已完成的入户;原件仍在手机里。"),
        format!(
            "This phone has brought {most} MB of originals that no seal names. Seal the visits that are done; the originals stay on the phone."
        ),
    )
}

/// One visit has too many bytes.
fn visit_too_large(quotas: &Quotas) -> ArchiveError {
    let most = quotas.visit_bytes_max >> 20;
    met(
        "QUOTA-VISIT",
        format!("这次入户的原件已达 {most} MB 上限。请联系督导核对;原件仍在手机里。"),
        format!(
            "The originals of this visit have reached {most} MB. Call the supervisor; the originals stay on the phone."
        ),
    )
}

/// The phone has begun too much that nobody has sealed.
pub(crate) fn too_many_drafts(quotas: &Quotas) -> ArchiveError {
    let most = quotas.drafts_max;
    met(
        "QUOTA-DRAFTS",
        format!(
            "这部手机未封存的入户太多(上限 {most} 次或相应的数据量)。请先封存已完成的入户;资料仍在手机里。"
        ),
        format!(
            "This phone has begun too many visits that nobody sealed (at most {most}, or as much data). Seal those that are done; everything stays on the phone."
        ),
    )
}

/// The phone has brought too much of one visit.
pub(crate) fn too_much_of_one_visit(quotas: &Quotas) -> ArchiveError {
    let (entries, most) = (quotas.visit_entries_max, quotas.visit_record_bytes_max >> 20);
    met(
        "QUOTA-RECORD",
        format!("一次入户的条目或数据太多(上限 {entries} 条、{most} MB)。请联系督导核对;资料仍在手机里。"),
        format!(
            "One visit has too many entries or too much data (at most {entries} and {most} MB). Call the supervisor; everything stays on the phone."
        ),
    )
}

/// How much the phone has left here that no seal names; nothing counts against an original that a seal names. An error
/// where the visit that names it is full.
pub(crate) fn left_behind(
    db: &Connection,
    sender: InstallationId,
    hash: &BlobHash,
    length: u64,
    quotas: &Quotas,
) -> Result<u64> {
    let mut select = db.prepare_cached("SELECT visit FROM blob_use WHERE hash = ?1 AND sealed > 0")?;
    let visits: Vec<[u8; 16]> = select
        .query_map([hash.as_bytes()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if visits.is_empty() {
        let mut select =
            db.prepare_cached("SELECT coalesce(sum(bytes), 0) FROM blob WHERE sender = ?1 AND sealed = 0")?;
        return Ok(select.query_row([sender.as_bytes()], |row| row.get(0))?);
    }
    let mut select = db.prepare_cached(
        "SELECT coalesce(sum(blob.bytes), 0) FROM blob_use JOIN blob ON blob.hash = blob_use.hash
         WHERE blob_use.visit = ?1",
    )?;
    for visit in visits {
        let held: u64 = select.query_row(params![visit], |row| row.get(0))?;
        if held.saturating_add(length) <= quotas.visit_bytes_max {
            return Ok(0);
        }
    }
    Err(visit_too_large(quotas))
}
