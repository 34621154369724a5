//! The ways between places: which fixes of one person or one installation come beside one another in time.

use hudang_evidence::body::Coordinates;
use hudang_evidence::id::VisitId;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::Result;

/// Faster than that nobody comes from one household to the next.
const METRES_PER_HOUR_MAX: f64 = 200_000.0;
/// Two phones' clocks, and two fixes of one place, differ by so much.
const TOLERANCE_MS: i64 = 10 * 60_000;
const TOLERANCE_METRES: f64 = 2_000.0;

/// Where somebody said to be, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fix {
    pub(crate) visit: VisitId,
    pub(crate) wall_ms: i64,
    pub(crate) at: Coordinates,
    pub(crate) accuracy_cm: u32,
}

impl Fix {
    /// Whether no car could have gone from one to the other in the time between.
    #[expect(clippy::cast_precision_loss, reason = "hours of a contract")]
    pub(crate) fn is_out_of_reach(&self, other: &Self) -> bool {
        let radius = f64::from(self.accuracy_cm) / 100.0 + f64::from(other.accuracy_cm) / 100.0;
        let metres = self.at.metres_to(other.at) - radius - TOLERANCE_METRES;
        let hours = (self.wall_ms.abs_diff(other.wall_ms) as f64 + TOLERANCE_MS as f64) / 3_600_000.0;
        metres > METRES_PER_HOUR_MAX * hours
    }
}

/// Of the same person and of the same installation, the fixes of other visits just before and just after.
pub(crate) fn beside(db: &Connection, person: &str, installation: &[u8], fix: &Fix) -> Result<Vec<Fix>> {
    let mut found = Vec::new();
    for (column, whose) in [
        ("person", rusqlite::types::ToSqlOutput::from(person)),
        ("installation", installation.into()),
    ] {
        for (beyond, order) in [("<=", "DESC"), (">=", "ASC")] {
            let mut select = db.prepare_cached(&format!(
                "SELECT visit, wall_ms, lat_e7, lon_e7, accuracy_cm FROM fix
                 WHERE {column} = ?1 AND wall_ms {beyond} ?2 AND visit <> ?3
                 ORDER BY wall_ms {order}, journal LIMIT 1"
            ))?;
            let row = select.query_row(params![whose, fix.wall_ms, fix.visit.to_bytes()], fix_of);
            found.extend(row.optional()?);
        }
    }
    Ok(found)
}

fn fix_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Fix> {
    Ok(Fix {
        visit: VisitId::from_bytes(row.get(0)?),
        wall_ms: row.get(1)?,
        at: Coordinates {
            lat_e7: row.get(2)?,
            lon_e7: row.get(3)?,
        },
        accuracy_cm: row.get(4)?,
    })
}

/// A fix with whose it is.
pub(crate) struct OwnFix {
    pub(crate) person: String,
    pub(crate) installation: Vec<u8>,
    pub(crate) fix: Fix,
}

/// So many fixes of one visit are held against others: who makes thousands is told of the first.
const FIXES_MAX: u32 = 64;

/// The fixes of a visit, in order of time.
pub(crate) fn of_visit(db: &Connection, visit: VisitId) -> Result<Vec<OwnFix>> {
    let mut select = db.prepare_cached(
        "SELECT visit, wall_ms, lat_e7, lon_e7, accuracy_cm, person, installation FROM fix
         WHERE visit = ?1 ORDER BY wall_ms, journal LIMIT ?2",
    )?;
    let rows = select.query_map(params![visit.to_bytes(), FIXES_MAX], |row| {
        Ok(OwnFix {
            fix: fix_of(row)?,
            person: row.get(5)?,
            installation: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(lat_e7: i32, minutes: i64) -> Fix {
        Fix {
            visit: VisitId::from_bytes([1; 16]),
            wall_ms: minutes * 60_000,
            at: Coordinates {
                lat_e7,
                lon_e7: 1_122_550_000,
            },
            accuracy_cm: 2_000,
        }
    }

    #[test]
    fn what_no_car_can_do_is_out_of_reach() {
        let here = fix(415_000_000, 0);
        // A degree of latitude is 111 km.
        assert!((here.at.metres_to(fix(425_000_000, 0).at) - 111_195.0).abs() < 50.0);
        assert!(fix(425_000_000, 10).is_out_of_reach(&here));
        assert!(!fix(425_000_000, 60).is_out_of_reach(&here), "an hour for 111 km");
        assert!(
            !fix(415_100_000, 0).is_out_of_reach(&here),
            "the neighbour, one kilometre away"
        );
        assert!(fix(455_000_000, 60).is_out_of_reach(&here));
    }
}
