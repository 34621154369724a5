//! Where visits stand on the server: whether they count, and why not.

use std::collections::BTreeSet;

use hudang_contract::state::{Reason, State};
use hudang_evidence::id::{SealId, VisitId};
use hudang_sync::wire::StandingParcel;
use hudang_visit::assess::{Missing, MissingCode};
use rusqlite::{OptionalExtension as _, params};

use crate::device::{Device, Scope};
use crate::error::{Result, damaged};
use crate::seal::open_seals;

/// Most visits of which one sync asks: those that were asked about longest ago.
const ASKED_MAX: u32 = 32;

/// Where a visit stands, as the server said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// When it was told, by this phone's clock, in milliseconds since 1970.
    pub told_ms: i64,
    /// Its state.
    pub state: State,
    /// Why it does not count; the first is the one that is named in counts.
    pub reasons: BTreeSet<Reason>,
    /// What the standard asks for and the server does not find.
    pub missing: Vec<Missing>,
}

impl Device {
    /// Where a visit stands on the server with the seal that stands here; nothing where the server said nothing of that one,
    /// or something that this version does not know.
    pub fn standing(&self, visit: VisitId) -> Result<Option<Standing>> {
        let mut select = self
            .db
            .prepare_cached("SELECT told_ms, state, reasons, missing, seal FROM standing WHERE visit = ?1")?;
        let row = select.query_row([visit.to_bytes()], |row| {
            Ok((
                row.get(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
                SealId::from_bytes(row.get(4)?),
            ))
        });
        let Some((told_ms, state, reasons, missing, seal)) = row.optional()? else {
            return Ok(None);
        };
        let seals = self.scope().seals(visit)?;
        if !matches!(open_seals(&seals).as_slice(), [only] if only.id() == seal) {
            return Ok(None);
        }
        let Ok(state) = state.parse() else { return Ok(None) };
        let words: Vec<String> =
            serde_json::from_str(&reasons).map_err(|error| damaged("a standing", error))?;
        Ok(Some(Standing {
            told_ms,
            state,
            reasons: words.iter().filter_map(|word| word.parse().ok()).collect(),
            missing: serde_json::from_str(&missing).map_err(|error| damaged("a standing", error))?,
        }))
    }
}

impl Scope<'_> {
    /// Keeps what the server says of a visit of this phone; of another one it says nothing that is wanted.
    pub(crate) fn take_standing(&self, parcel: &StandingParcel) -> Result<()> {
        let missing: Vec<Missing> = parcel
            .missing
            .iter()
            .filter_map(|one| {
                Some(Missing {
                    code: code(&one.code)?,
                    requirement: one.requirement.clone(),
                    have: one.have,
                    need: one.need,
                    waiver: None,
                })
            })
            .collect();
        let json = |error| damaged("a standing", error);
        self.db
            .prepare_cached(
                "INSERT INTO standing (visit, told_ms, state, reasons, missing, seal)
                 SELECT id, ?2, ?3, ?4, ?5, ?6 FROM visit WHERE id = ?1
                 ON CONFLICT (visit) DO UPDATE SET told_ms = excluded.told_ms, state = excluded.state,
                 reasons = excluded.reasons, missing = excluded.missing, seal = excluded.seal",
            )?
            .execute(params![
                parcel.visit.to_bytes(),
                self.clock().wall_ms,
                parcel.state,
                serde_json::to_string(&parcel.reasons).map_err(json)?,
                serde_json::to_string(&missing).map_err(json)?,
                parcel.seal.as_bytes()
            ])?;
        Ok(())
    }

    /// The sealed visits of which it was told longest ago whether they count, or never.
    pub(crate) fn standings_to_ask(&self) -> Result<Vec<VisitId>> {
        let mut select = self.db.prepare_cached(
            "SELECT seal.visit FROM (SELECT DISTINCT visit FROM seal) AS seal
             LEFT JOIN standing ON standing.visit = seal.visit
             ORDER BY coalesce(standing.told_ms, 0), seal.visit LIMIT ?1",
        )?;
        let rows = select.query_map([ASKED_MAX], |row| Ok(VisitId::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// A code that this version knows.
fn code(word: &str) -> Option<MissingCode> {
    serde_json::from_value(word.into()).ok()
}
