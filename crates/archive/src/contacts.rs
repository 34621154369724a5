//! Contacts: the server's own time beside what a phone's boot-time clock said when it asked (EVIDENCE §1.4).
//!
//! What a phone says about time is a claim until rows of our own say so. A contact is a row of the journal; of one boot
//! whose clock goes on as it did, one is kept in ten minutes, so that polling fills nothing. From the rows follow the
//! anchors of a boot, and the last moment at which a statement had not been made yet: whatever a device states that it
//! did not have when it was last here, it stated later.

use std::collections::BTreeMap;

use hudang_evidence::bracket::{TimeAnchor, is_conflict};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{DeviceId, EntryId, InstallationId, VisitId};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::signed_time::{Moment, TimeStatement};
use hudang_evidence::time::WallTime;
use hudang_sync::wire::{Bytes, UnsentTip};
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};
use serde::{Deserialize, Serialize};

use crate::derive::Touched;
use crate::error::{ArchiveError, Result};
use crate::journal::{Kind, Record, Row};
use crate::writer::Scope;

/// Of one boot whose clock goes on as it did, one contact is kept in this time.
const EVERY_MS: i64 = 10 * 60_000;
/// Two contacts go on as they did if their clocks agree as far as this.
const AGREES_MS: i64 = 60_000;
/// Most contacts that are kept of a phone in an hour, whatever it says.
const PER_HOUR_MAX: i64 = 60;
const HOUR_MS: i64 = 3_600_000;
/// Most devices of which a contact may say that something is not sent yet: a phone has a handful.
const UNSENT_MAX: usize = 32;
/// Most contacts that are looked through for one visit; a bound only, which no visit of weeks comes near.
const LOOKED_THROUGH_MAX: i64 = 2_048;

/// When a request came.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// When its signed head was read, by which the whole of it was fixed.
    pub asked: WallTime,
    /// When all of it was here.
    pub received: WallTime,
}

impl Arrival {
    /// A request that came at one moment.
    pub const fn at(now: WallTime) -> Self {
        Self {
            asked: now,
            received: now,
        }
    }
}

/// What the journal keeps of a contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contact {
    /// When the phone asked, by the server's clock.
    at: WallTime,
    /// The first place in the journal that the request could have filled.
    first: u64,
    /// What the phone's boot-time clock said, where it said anything.
    moment: Option<Moment>,
    /// What had been stated and was not sent with the request.
    unsent: Vec<Unsent>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsent {
    dev: DeviceId,
    dseq: u64,
    id: EntryId,
}

/// Signs the time that a phone asked for.
pub(crate) fn signed_time(
    moment: Moment,
    installation: InstallationId,
    asked: WallTime,
    signer: &NoteSigner,
) -> Option<Bytes> {
    let statement = TimeStatement {
        at: asked,
        boot: moment.boot,
        installation,
        mono_ms: moment.mono_ms,
        origin: signer.name().to_owned(),
    };
    let signature = statement.sign(signer).ok()?;
    Some(Bytes::from(signature.as_bytes().to_vec()))
}

/// What a request says of the phone's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    /// The reading, where it can be signed.
    pub(crate) moment: Option<&'a Moment>,
    /// It says nothing at all of clocks.
    pub(crate) is_silent: bool,
}

/// Whether a contact says what the last one that is kept does not.
pub(crate) fn is_due(
    db: &Connection,
    installation: &InstallationId,
    said: Said<'_>,
    asked: WallTime,
) -> Result<bool> {
    let Some(last) = last(db, installation)? else {
        return Ok(!said.is_silent);
    };
    if asked.ms().abs_diff(last.at.ms()) >= EVERY_MS.unsigned_abs() {
        return Ok(true);
    }
    if said.moment.is_none_or(|moment| agrees(&last, moment, asked)) {
        return Ok(false);
    }
    let mut select = db.prepare_cached(
        "SELECT count(*) FROM (SELECT at_ms FROM contact WHERE installation = ?1 ORDER BY journal DESC LIMIT ?3)
         WHERE at_ms > ?2",
    )?;
    let since = asked.ms().saturating_sub(HOUR_MS);
    let kept: i64 = select.query_row(params![installation.as_bytes(), since, PER_HOUR_MAX], |row| {
        row.get(0)
    })?;
    Ok(kept < PER_HOUR_MAX)
}

/// Whether a reading is of the same boot, and goes on as the last one did.
fn agrees(last: &TimeAnchor, moment: &Moment, asked: WallTime) -> bool {
    let started = |at: WallTime, mono_ms: u64| {
        let mono_ms = i64::try_from(mono_ms).unwrap_or(i64::MAX);
        at.ms().saturating_sub(mono_ms)
    };
    let apart_ms = started(last.at, last.mono_ms).abs_diff(started(asked, moment.mono_ms));
    last.boot == moment.boot && apart_ms <= AGREES_MS.unsigned_abs()
}

/// The last contact of a phone that is kept.
fn last(db: &Connection, installation: &InstallationId) -> Result<Option<TimeAnchor>> {
    let mut select = db.prepare_cached(
        "SELECT boot, mono_ms, at_ms FROM contact WHERE installation = ?1 ORDER BY journal DESC LIMIT 1",
    )?;
    Ok(select
        .query_row([installation.as_bytes()], anchor_columns)
        .optional()?)
}

fn anchor_columns(row: &SqlRow<'_>) -> rusqlite::Result<TimeAnchor> {
    Ok(TimeAnchor {
        boot: row.get(0)?,
        mono_ms: row.get(1)?,
        at: WallTime::from_ms_clamped(row.get(2)?),
    })
}

/// Keeps a contact. `first` is the place in the journal at which its request began.
pub(crate) fn record(
    scope: &Scope<'_>,
    installation: &InstallationId,
    moment: Option<Moment>,
    unsent: &[UnsentTip],
    arrival: Arrival,
    first: u64,
) -> Result<()> {
    let unsent = unsent.iter().take(UNSENT_MAX).map(|tip| Unsent {
        dev: tip.dev,
        dseq: tip.dseq,
        id: tip.id,
    });
    let contact = Contact {
        at: arrival.asked,
        first,
        moment,
        unsent: unsent.collect(),
    };
    let payload =
        serde_json::to_vec(&contact).map_err(|error| ArchiveError::Damaged(format!("a contact: {error}")))?;
    let record = Record {
        kind: Kind::Contact,
        device: installation.as_bytes(),
        subject: b"",
        payload: &payload,
    };
    let row = scope.append(arrival.received.ms(), &record)?;
    put(scope.db, row.seq, installation, &contact)
}

/// Derives from a contact.
pub(crate) fn apply(db: &Connection, row: &Row) -> Result<()> {
    let damaged = || ArchiveError::Damaged(format!("journal row {}: a contact", row.seq));
    let contact: Contact = serde_json::from_slice(&row.payload).map_err(|_| damaged())?;
    let installation: [u8; 32] = row.device.as_slice().try_into().map_err(|_| damaged())?;
    put(db, row.seq, &InstallationId::from_bytes(installation), &contact)
}

fn put(db: &Connection, seq: u64, installation: &InstallationId, contact: &Contact) -> Result<()> {
    let (boot, mono_ms) = contact
        .moment
        .clone()
        .map(|moment| (moment.boot, moment.mono_ms))
        .unwrap_or_default();
    let mut select = db.prepare_cached(
        "SELECT boot, mono_ms, at_ms FROM contact WHERE installation = ?1 AND boot = ?2 ORDER BY journal LIMIT 1",
    )?;
    let before = select
        .query_row(params![installation.as_bytes(), boot], anchor_columns)
        .optional()?;
    let here = TimeAnchor {
        boot: boot.clone(),
        mono_ms,
        at: contact.at,
    };
    let conflict = !boot.is_empty() && before.is_some_and(|before| is_conflict([&before, &here]));
    let mut insert = db.prepare_cached(
        "INSERT INTO contact (journal, installation, boot, mono_ms, at_ms, first, conflict)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    insert.execute(params![
        seq,
        installation.as_bytes(),
        boot,
        mono_ms,
        contact.at.ms(),
        contact.first,
        conflict
    ])?;
    // A number that SQLite does not hold is of no entry that could ever come.
    let fitting = contact
        .unsent
        .iter()
        .filter(|tip| i64::try_from(tip.dseq).is_ok());
    let mut insert = db.prepare_cached(
        "INSERT INTO contact_unsent (device, dseq, id, journal) SELECT n, ?2, ?3, ?4 FROM device
         WHERE id = ?1 AND installation = ?5 ON CONFLICT DO NOTHING",
    )?;
    for tip in fitting {
        insert.execute(params![
            tip.dev.as_bytes(),
            tip.dseq,
            tip.id.as_bytes(),
            seq,
            installation.as_bytes()
        ])?;
    }
    Ok(())
}

/// An entry came that a contact had named as not sent yet: what the device stated before it is older than that contact,
/// which those who judge it did not know.
pub(crate) fn came(db: &Connection, device: i64, entry: &Entry, touched: &mut Touched) -> Result<()> {
    let mut select = db.prepare_cached(
        "SELECT min(journal) FROM contact_unsent WHERE device = ?1 AND dseq = ?2 AND id = ?3",
    )?;
    let dseq = entry.header().dseq;
    let named: Option<u64> =
        select.query_row(params![device, dseq, entry.id().as_bytes()], |row| row.get(0))?;
    let Some(contact) = named else { return Ok(()) };
    let mut select = db.prepare_cached(
        "SELECT DISTINCT visit FROM entry WHERE device = ?1 AND dseq <= ?2 AND journal > ?3 AND visit <> x''",
    )?;
    for visit in select.query_map(params![device, dseq, contact], |row| row.get::<_, [u8; 16]>(0))? {
        touched.by_others.insert(VisitId::from_bytes(visit?));
    }
    Ok(())
}

/// Where the statements of one device in a visit lie: in one boot, or in all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    /// The lowest and the highest reading of the boot-time clock.
    pub(crate) mono_ms: (u64, u64),
    /// The first and the last place in the journal.
    pub(crate) journal: (u64, u64),
}

/// The anchors that a phone's contacts give to a stretch of one boot: those around it, the first of the boot, and one
/// that contradicts that, where there is one. Contacts after the request that brought the last of it have no say: what
/// was judged stays judged.
pub(crate) fn anchors(
    db: &Connection,
    installation: &InstallationId,
    boot: &str,
    stretch: Stretch,
) -> Result<Vec<TimeAnchor>> {
    const PICKS: [&str; 4] = [
        "AND ?4 = ?4 ORDER BY journal LIMIT 1",
        "AND ?4 = ?4 AND conflict = 1 ORDER BY journal LIMIT 1",
        "AND mono_ms <= ?4 ORDER BY mono_ms DESC, journal LIMIT 1",
        "AND mono_ms >= ?4 ORDER BY mono_ms, journal LIMIT 1",
    ];
    // A contact that said nothing of its boot is none's.
    if boot.is_empty() {
        return Ok(Vec::new());
    }
    let (low, high) = stretch.mono_ms;
    let mut found = Vec::new();
    for (pick, mono_ms) in PICKS.into_iter().zip([0, 0, low, high]) {
        let mut select = db.prepare_cached(&format!(
            "SELECT boot, mono_ms, at_ms FROM contact
             WHERE installation = ?1 AND boot = ?2 AND first <= ?3 {pick}"
        ))?;
        let place = params![installation.as_bytes(), boot, stretch.journal.1, mono_ms];
        found.extend(select.query_row(place, anchor_columns).optional()?);
    }
    Ok(found)
}

/// The contacts of a phone around a stretch of the journal, by which it is known what had not been stated yet.
pub(crate) struct Met {
    /// Place and time, the latest first.
    contacts: Vec<(u64, WallTime)>,
    /// By contact: how far the device had stated things that it had not sent, where that has come since.
    covered: BTreeMap<u64, u64>,
}

impl Met {
    pub(crate) fn read(
        db: &Connection,
        installation: &InstallationId,
        device: i64,
        stretch: Stretch,
    ) -> Result<Self> {
        let (from, to) = stretch.journal;
        let mut select = db.prepare_cached(
            "SELECT journal, at_ms FROM contact WHERE installation = ?1 AND journal < ?3 AND journal >= coalesce(
             (SELECT max(journal) FROM contact WHERE installation = ?1 AND journal < ?2), 0)
             ORDER BY journal DESC LIMIT ?4",
        )?;
        let mut rows = select.query(params![installation.as_bytes(), from, to, LOOKED_THROUGH_MAX])?;
        let mut contacts = Vec::new();
        while let Some(row) = rows.next()? {
            contacts.push((row.get(0)?, WallTime::from_ms_clamped(row.get(1)?)));
        }
        let mut select = db.prepare_cached(
            "SELECT journal, dseq FROM contact_unsent AS tip WHERE device = ?1 AND EXISTS
             (SELECT 1 FROM entry WHERE entry.device = ?1 AND entry.dseq = tip.dseq AND entry.id = tip.id)",
        )?;
        let covered = select
            .query_map([device], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { contacts, covered })
    }

    /// The last contact at which this entry had not been stated.
    pub(crate) fn before(&self, journal: u64, dseq: u64) -> Option<WallTime> {
        let without = |(contact, _): &&(u64, WallTime)| {
            *contact < journal && self.covered.get(contact).is_none_or(|covered| *covered < dseq)
        };
        self.contacts.iter().find(without).map(|(_, at)| *at)
    }
}
