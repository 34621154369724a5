//! Which other households the household of a visit may be (EVIDENCE §1.10 R9).

use hudang_evidence::id::VisitId;
use rusqlite::params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::Archive;
use crate::counts;
use crate::error::Result;
use crate::roles::Act;
use crate::viewer::{Viewer, unknown};

/// Most other households that are named.
const LIKE_MAX: u32 = 50;

/// Another household that a visit's household may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HouseholdLike {
    /// Its code; empty where the office does not know it.
    pub code: String,
    /// By what: `identity`, `contact` or `address`.
    pub by: String,
}

impl Archive {
    /// The other households under a visit's contract that its household may be; for those who look into that.
    pub fn households_like(&self, viewer: &Viewer, visit: VisitId) -> Result<Vec<HouseholdLike>> {
        viewer.check(Act::SeeTwins)?;
        self.read(|db| {
            if !counts::sees(db, &viewer.sight(db)?, visit)? {
                return Err(unknown("visit", &visit));
            }
            let mut select = db.prepare_cached(
                "SELECT DISTINCT coalesce(household.code, ''), other.kind FROM household_mark AS mine
                 JOIN household_mark AS other ON other.kind = mine.kind AND other.mark = mine.mark
                   AND other.household <> mine.household AND other.contract = mine.contract
                 LEFT JOIN household ON household.id = other.household
                 WHERE mine.visit = ?1 ORDER BY 1, 2 LIMIT ?2",
            )?;
            let rows = select.query_map(params![visit.to_bytes(), LIKE_MAX], |row| {
                Ok(HouseholdLike {
                    code: row.get(0)?,
                    by: row.get(1)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
