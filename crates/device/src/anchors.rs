//! Times that the server signed: what the phone can prove about when something was stated.
//!
//! A wall clock is set by hand. So the phone keeps, for each start of itself, the last time that the server signed beside
//! its boot-time clock, and states it in the chain that it works on: once in a chain and boot, whatever it syncs. A week
//! without a network is a week in which only its own clock tells; how well it does is shown.

use std::collections::BTreeMap;

use hudang_evidence::body::{Anchor, Body};
use hudang_evidence::bracket::{Bracket, Claim, TimeAnchor, TimeSource, locate};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{DeviceId, EntryId, VisitId};
use hudang_evidence::note::installation_id;
use hudang_evidence::signed_time::{Moment, TimeSignature, TimeStatement};
use hudang_evidence::time::WallTime;
use hudang_sync::phone::SignedTime;
use rusqlite::{OptionalExtension as _, params};

use crate::desk::Desk;
use crate::device::Scope;
use crate::error::{Result, damaged};

/// When a visit was opened here, as far as it can be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpeningTime {
    /// What is known best, in milliseconds since 1970.
    pub at_ms: i64,
    /// How far apart the earliest and the latest possible time are.
    pub width_ms: i64,
    /// A time that the server signed in the same start of the phone tells it; otherwise only the phone's wall clock.
    pub is_anchored: bool,
    /// How far the phone's wall clock was off by that, in milliseconds; negative where it was slow.
    pub wall_off_ms: i64,
}

/// A signed time as it is kept.
struct Kept {
    anchor: TimeAnchor,
    origin: String,
    sig: TimeSignature,
    /// The last entry that stood here by then.
    after: i64,
}

impl Scope<'_> {
    /// What the boot-time clock says; absent where nobody would sign that.
    pub(crate) fn moment(&self) -> Option<Moment> {
        let clock = self.clock();
        let moment = Moment {
            boot: clock.boot,
            mono_ms: clock.mono_ms,
        };
        moment.is_sound().then_some(moment)
    }

    /// Keeps a time that the server's key signed for this phone; another is a problem to be shown and proves nothing.
    pub(crate) fn keep_time(&self, came: &SignedTime) -> Result<()> {
        let Some(key) = self.server_key()? else {
            return Ok(());
        };
        let at = WallTime::from_ms_clamped(came.server_time_ms);
        let statement = TimeStatement {
            at,
            boot: came.asked.boot.clone(),
            installation: installation_id(&self.house.installation.public()),
            mono_ms: came.asked.mono_ms,
            origin: key.name().to_owned(),
        };
        if !statement.is_signed_by(&came.signature, &key) {
            return self.problem(hudang_sync::code::TIME_SIGNATURE, "time");
        }
        self.settled("time")?;
        self.db
            .prepare_cached(
                "INSERT INTO time_anchor (boot, origin, mono_ms, at_ms, sig, after)
                 VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(rowid), 0) FROM entry))
                 ON CONFLICT (boot) DO UPDATE SET origin = excluded.origin, mono_ms = excluded.mono_ms,
                 at_ms = excluded.at_ms, sig = excluded.sig, after = excluded.after",
            )?
            .execute(params![
                statement.boot,
                statement.origin,
                statement.mono_ms,
                at.ms(),
                came.signature.as_bytes()
            ])?;
        // A phone that starts again every day keeps three months of starts.
        self.db
            .prepare_cached(
                "DELETE FROM time_anchor WHERE boot NOT IN (SELECT boot FROM time_anchor ORDER BY at_ms DESC LIMIT 100)",
            )?
            .execute([])?;
        Ok(())
    }

    /// The signed times that are kept, of the server that the phone belongs to.
    fn times_kept(&self) -> Result<Vec<Kept>> {
        let Some(key) = self.server_key()? else {
            return Ok(Vec::new());
        };
        let mut select = self.db.prepare_cached(
            "SELECT boot, mono_ms, at_ms, origin, sig, after FROM time_anchor WHERE origin = ?1 ORDER BY at_ms, boot",
        )?;
        let rows = select.query_map([key.name()], |row| {
            Ok(Kept {
                anchor: TimeAnchor {
                    boot: row.get(0)?,
                    mono_ms: row.get(1)?,
                    at: WallTime::from_ms_clamped(row.get(2)?),
                },
                origin: row.get(3)?,
                sig: TimeSignature::from_bytes(row.get(4)?),
                after: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The signed time of this start of the phone.
    fn time_now(&self) -> Result<Option<Kept>> {
        let boot = self.clock().boot;
        let mut kept = self.times_kept()?;
        kept.retain(|one| one.anchor.boot == boot);
        Ok(kept.pop())
    }

    /// Lets the chain that was last written in this start of the phone have its signed time. Where its person is locked, it
    /// follows when the visit is sealed, or the next one is opened.
    pub(crate) fn anchor_last_chain(&self) -> Result<()> {
        if self.time_now()?.is_none() {
            return Ok(());
        }
        let mut select = self.db.prepare_cached(
            "SELECT dev, visit, note FROM entry WHERE own = 1 AND visit <> x'' ORDER BY rowid DESC LIMIT 1",
        )?;
        let last: Option<([u8; 32], [u8; 16], Vec<u8>)> = select
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((dev, visit, note)) = last else {
            return Ok(());
        };
        let dev = DeviceId::from_bytes(dev);
        let entry = Entry::parse(&note).map_err(|error| damaged("an entry", error))?;
        if entry.header().boot != self.clock().boot || self.signer(dev).is_err() {
            return Ok(());
        }
        let mut desk = Desk::take(self, VisitId::from_bytes(visit), dev)?;
        desk.anchor(dev)?;
        desk.put_away()
    }

    /// When the entries of this phone were stated, as its own signed times tell; the partner's are not told.
    pub(crate) fn own_times(&self, entries: &[Entry]) -> Result<BTreeMap<EntryId, Bracket>> {
        let kept = self.times_kept()?;
        let mut times = BTreeMap::new();
        for entry in entries {
            if self.is_own(entry.header().dev)? {
                times.insert(entry.id(), self.located(entry, &kept)?);
            }
        }
        Ok(times)
    }

    fn located(&self, entry: &Entry, kept: &[Kept]) -> Result<Bracket> {
        let mut select = self.db.prepare_cached("SELECT rowid FROM entry WHERE id = ?1")?;
        let row: i64 = select.query_row([entry.id().as_bytes()], |row| row.get(0))?;
        let header = entry.header();
        let met = |one: &&Kept| one.after < row;
        let not_before = kept.iter().filter(met).map(|one| one.anchor.at).max();
        let not_after = kept.iter().filter(|one| !met(one)).map(|one| one.anchor.at).min();
        let claim = Claim {
            boot: &header.boot,
            mono_ms: header.mono_ms,
            wall: header.wall,
            not_before: not_before.unwrap_or(WallTime::from_ms_clamped(0)),
            not_after: not_after.unwrap_or_else(|| self.now_at_latest(header.wall, kept)),
        };
        Ok(locate(&claim, kept.iter().map(|one| &one.anchor)))
    }

    /// Now, by the signed time of this start of the phone, or else by its wall clock.
    pub(crate) fn best_now(&self) -> Result<WallTime> {
        let signed = self.now(&self.times_kept()?);
        Ok(signed.map_or_else(|| self.wall(), |now| now.at))
    }

    /// Now at the latest, by the signed time of this start of the phone, or else by its wall clock and never before `least`.
    fn now_at_latest(&self, least: WallTime, kept: &[Kept]) -> WallTime {
        let now = self.now(kept).map(|now| now.until);
        now.unwrap_or_else(|| self.wall().max(least))
    }

    /// Now, where a signed time of this start of the phone tells it.
    fn now(&self, kept: &[Kept]) -> Option<Bracket> {
        let clock = self.clock();
        let claim = Claim {
            boot: &clock.boot,
            mono_ms: clock.mono_ms,
            wall: WallTime::from_ms_clamped(clock.wall_ms),
            not_before: WallTime::from_ms_clamped(0),
            not_after: WallTime::from_ms_clamped(i64::MAX),
        };
        let now = locate(&claim, kept.iter().map(|one| &one.anchor));
        (now.source == TimeSource::Anchor).then_some(now)
    }

    /// When this phone opened a visit.
    pub(crate) fn opening_time(&self, entries: &[Entry]) -> Result<Option<OpeningTime>> {
        // Where one practises there is no server to prove anything to.
        if self.server_key()?.is_none() {
            return Ok(None);
        }
        let kept = self.times_kept()?;
        let mut first: Option<(Bracket, WallTime)> = None;
        for entry in entries {
            if matches!(entry.body(), Body::Open(_)) && self.is_own(entry.header().dev)? {
                let found = self.located(entry, &kept)?;
                if first.is_none_or(|(known, _)| (found.source, found.at) < (known.source, known.at)) {
                    first = Some((found, entry.header().wall));
                }
            }
        }
        Ok(first.map(|(found, wall)| OpeningTime {
            at_ms: found.at.ms(),
            width_ms: found.width_ms(),
            is_anchored: found.source == TimeSource::Anchor,
            wall_off_ms: wall.ms().saturating_sub(found.at.ms()),
        }))
    }
}

impl Desk<'_> {
    /// States the signed time of this start of the phone in a device's chain, unless one of the same start stands there.
    pub(crate) fn anchor(&mut self, dev: DeviceId) -> Result<()> {
        let Some(kept) = self.scope.time_now()? else {
            return Ok(());
        };
        let entries = self.scope.entries(self.visit)?;
        let stands = entries.iter().any(|entry| {
            let header = entry.header();
            header.dev == dev && header.boot == kept.anchor.boot && matches!(entry.body(), Body::Anchor(_))
        });
        if stands {
            return Ok(());
        }
        let anchor = Anchor {
            at: kept.anchor.at,
            mono_ms: kept.anchor.mono_ms,
            origin: kept.origin,
            sig: kept.sig,
        };
        self.state_by(dev, Body::Anchor(anchor))?;
        Ok(())
    }
}
