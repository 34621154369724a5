//! What visits are judged by: versions of contracts, and the forms that were published to them.

use std::sync::Arc;

use chrono::NaiveDate;
use hudang_contract::contract::Contract;
use hudang_contract::history::{History, Item, Publication};
use hudang_contract::versions::Versions;
use hudang_evidence::id::{ContractId, FormHash, Sha256, VisitId};
use hudang_evidence::time::WallTime;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Touched, scope};
use crate::decision::{Decision, Recorded};
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::known::Known;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A contract's next version that waits for a second person.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    /// Its place in the journal.
    pub(crate) place: u64,
    /// When it was proposed.
    pub(crate) at: WallTime,
    /// By whom.
    pub(crate) by: String,
    /// From when on it would be in force.
    pub(crate) from: NaiveDate,
    /// All of it.
    pub(crate) contract: Contract,
}

/// Derives from the decision at `place` that a version, whose terms stand at the place `terms`, is in force from a day on.
pub(super) fn put_version(
    db: &Connection,
    place: u64,
    contract: &Contract,
    from: Option<NaiveDate>,
    terms: u64,
    touched: &mut Touched,
) -> Result<()> {
    scope::put_parties(db, contract)?;
    scope::view_register(db, contract)?;
    let contract = &contract.id;
    let mut insert = db.prepare_cached(
        "INSERT INTO contract_version (contract, no, from_day, journal, terms)
         SELECT ?1, coalesce(max(no), 0) + 1, ?2, ?3, ?4 FROM contract_version WHERE contract = ?1",
    )?;
    insert.execute(params![contract.as_str(), day_text(from), place, terms])?;
    db.prepare_cached("DELETE FROM contract_proposal WHERE contract = ?1")?
        .execute([contract.as_str()])?;
    touch_since(db, contract, from, touched)
}

/// Derives from a proposal; it takes the place of an earlier one.
pub(super) fn put_proposal(
    db: &Connection,
    place: u64,
    contract: &ContractId,
    from: NaiveDate,
) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO contract_proposal (contract, from_day, journal) VALUES (?1, ?2, ?3)
         ON CONFLICT (contract) DO UPDATE SET from_day = excluded.from_day, journal = excluded.journal",
    )?;
    insert.execute(params![contract.as_str(), day_text(Some(from)), place])?;
    Ok(())
}

/// Derives from the confirmation of a proposal.
pub(super) fn confirm(db: &Connection, place: u64, proposal: u64, touched: &mut Touched) -> Result<()> {
    let found = proposal_at(db, proposal)?;
    put_version(db, place, &found.contract, Some(found.from), proposal, touched)
}

/// Derives from the publication of a form.
pub(super) fn publish(
    db: &Connection,
    place: u64,
    contract: &ContractId,
    from: Option<NaiveDate>,
    publication: &Publication,
    touched: &mut Touched,
) -> Result<()> {
    let mut select = db.prepare_cached(
        "SELECT identity FROM form_publication WHERE contract = ?1 AND form = ?2 ORDER BY no DESC LIMIT 1",
    )?;
    let before = select.query_row(params![contract.as_str(), publication.form.as_bytes()], |row| {
        row.get::<_, String>(0)
    });
    scope::view_form_under(db, &publication.form, contract)?;
    let is_read_alike = before.optional()?.unwrap_or_default() == publication.identity;
    let mut insert = db.prepare_cached(
        "INSERT INTO form_publication (contract, no, form, from_day, identity, journal)
         SELECT ?1, coalesce(max(no), 0) + 1, ?2, ?3, ?4, ?5 FROM form_publication WHERE contract = ?1",
    )?;
    insert.execute(params![
        contract.as_str(),
        publication.form.as_bytes(),
        day_text(from),
        publication.identity,
        place
    ])?;
    // Where the identity number stands is asked of all visits with the form, whenever they were made.
    touch_since(db, contract, from.filter(|_| is_read_alike), touched)
}

/// The visits that a change from this day on may judge otherwise: those opened then or later, and those whose opening is
/// not known.
fn touch_since(
    db: &Connection,
    contract: &ContractId,
    from: Option<NaiveDate>,
    touched: &mut Touched,
) -> Result<()> {
    let first_ms = from.map_or(0, start_ms);
    let mut select =
        db.prepare_cached("SELECT id FROM visit WHERE contract = ?1 AND (opened_ms >= ?2 OR opened_ms = 0)")?;
    for visit in select.query_map(params![contract.as_str(), first_ms], |row| {
        row.get::<_, [u8; 16]>(0)
    })? {
        touched.by_others.insert(VisitId::from_bytes(visit?));
    }
    Ok(())
}

/// The first millisecond of a day in Asia/Shanghai.
pub(crate) fn start_ms(day: NaiveDate) -> i64 {
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    days.saturating_mul(DAY_MS).saturating_sub(8 * 3_600_000)
}

/// A day as tables hold it; empty for ever since.
fn day_text(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn read_day(text: &str) -> Result<Option<NaiveDate>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| ArchiveError::Damaged(format!("the day {text:?} of a table")))
}

/// Whether the archive knows a contract.
pub(crate) fn knows_contract(db: &Connection, id: &ContractId) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT 1 FROM contract_version WHERE contract = ?1")?;
    Ok(select.exists([id.as_str()])?)
}

/// The versions of a contract, each read once; empty where the archive does not know it.
pub(crate) fn versions(db: &Connection, known: &Known, id: &ContractId) -> Result<Versions> {
    let mut select = db.prepare_cached(
        "SELECT version.from_day, decided.recv_ms, version.terms, terms.link FROM contract_version AS version
         JOIN journal AS decided ON decided.seq = version.journal
         JOIN journal AS terms ON terms.seq = version.terms
         WHERE version.contract = ?1 ORDER BY version.no",
    )?;
    let rows = select.query_map([id.as_str()], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get::<_, [u8; 32]>(3)?,
        ))
    })?;
    let mut items = Vec::new();
    for row in rows {
        let (from, decided_ms, place, sha256) = row?;
        let contract = known.contracts.get_or(Sha256::from_bytes(sha256), || {
            terms_at(db, place).map(|found| Some(Arc::new(found)))
        })?;
        let what =
            contract.ok_or_else(|| ArchiveError::Damaged(format!("journal row {place}: a contract")))?;
        items.push(Item {
            from: read_day(&from)?,
            decided: WallTime::from_ms_clamped(decided_ms),
            what,
        });
    }
    Ok(Versions::new(items))
}

/// A contract in its newest version.
pub(crate) fn known_contract(
    db: &Connection,
    known: &Known,
    id: &ContractId,
) -> Result<Option<Arc<Contract>>> {
    let versions = versions(db, known, id)?;
    Ok(versions.newest().map(|item| Arc::clone(&item.what)))
}

/// The terms that a decision holds.
fn terms_at(db: &Connection, place: u64) -> Result<Contract> {
    match Recorded::parse(&journal::payload(db, place)?)?.decision {
        Decision::Contract { contract } | Decision::ContractProposal { contract, .. } => Ok(*contract),
        _ => Err(ArchiveError::Damaged(format!(
            "journal row {place} is not a contract"
        ))),
    }
}

/// The version of a contract that waits for a second person.
pub(crate) fn proposal(db: &Connection, id: &ContractId) -> Result<Option<Proposal>> {
    let mut select = db.prepare_cached("SELECT journal FROM contract_proposal WHERE contract = ?1")?;
    let place: Option<u64> = select.query_row([id.as_str()], |row| row.get(0)).optional()?;
    place.map(|place| proposal_at(db, place)).transpose()
}

fn proposal_at(db: &Connection, place: u64) -> Result<Proposal> {
    let row = journal::read(db, place)?;
    let Recorded { by, decision } = Recorded::parse(&row.payload)?;
    let Decision::ContractProposal { contract, from } = decision else {
        return Err(ArchiveError::Damaged(format!(
            "journal row {place} is not a proposal"
        )));
    };
    Ok(Proposal {
        place,
        at: WallTime::from_ms_clamped(row.recv_ms),
        by,
        from,
        contract: *contract,
    })
}

/// The forms that were published to a contract.
pub(crate) fn publications(db: &Connection, id: &ContractId) -> Result<History<Publication>> {
    let mut select = db.prepare_cached(
        "SELECT published.form, published.from_day, published.identity, journal.recv_ms
         FROM form_publication AS published JOIN journal ON journal.seq = published.journal
         WHERE published.contract = ?1 ORDER BY published.no",
    )?;
    let rows = select.query_map([id.as_str()], |row| {
        Ok((
            row.get::<_, [u8; 32]>(0)?,
            row.get::<_, String>(1)?,
            row.get(2)?,
            row.get(3)?,
        ))
    })?;
    let mut items = Vec::new();
    for row in rows {
        let (form, from, identity, decided_ms) = row?;
        items.push(Item {
            from: read_day(&from)?,
            decided: WallTime::from_ms_clamped(decided_ms),
            what: Publication {
                form: FormHash::from_bytes(form),
                identity,
            },
        });
    }
    Ok(History::new(items))
}

/// The contract that a decision at this place of the journal put into force, if one did.
pub(crate) fn version_at(db: &Connection, place: u64) -> Result<Option<String>> {
    let mut select = db.prepare_cached("SELECT contract FROM contract_version WHERE journal = ?1")?;
    Ok(select.query_row([place], |row| row.get(0)).optional()?)
}

/// The form that a decision at this place of the journal published, if one did.
pub(crate) fn published_at(db: &Connection, place: u64) -> Result<Option<FormHash>> {
    let mut select = db.prepare_cached("SELECT form FROM form_publication WHERE journal = ?1")?;
    let form: Option<[u8; 32]> = select.query_row([place], |row| row.get(0)).optional()?;
    Ok(form.map(FormHash::from_bytes))
}
