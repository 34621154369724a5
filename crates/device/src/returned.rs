//! Visits that the office sent back 退回: sealed once, open again until they are sealed anew.

use hudang_evidence::id::{SealId, VisitId};
use hudang_sync::wire::ReturnParcel;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::device::{Device, Scope};
use crate::error::{Result, damaged};
use crate::seal::open_seals;

/// What the office wants mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The requirement of the standard that it is about, e.g. `photo:门牌`; empty where it is about the whole visit.
    pub at: String,
    /// What the office wrote.
    pub text: String,
}

/// A return that is not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// When, by the server's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// What is to be mended.
    pub comments: Vec<Comment>,
}

impl Device {
    /// What the office wants mended of a visit; nothing where no return stands.
    pub fn returned(&self, visit: VisitId) -> Result<Option<Returned>> {
        self.scope().returned(visit)
    }
}

impl Scope<'_> {
    /// Keeps a return. Its seal may come later, or have been superseded meanwhile.
    pub(crate) fn take_return(&self, parcel: &ReturnParcel) -> Result<()> {
        let comments = parcel.comments.iter().map(|one| Comment {
            at: one.at.clone(),
            text: one.text.clone(),
        });
        let comments = serde_json::to_string(&comments.collect::<Vec<_>>())
            .map_err(|error| damaged("comments of a return", error))?;
        self.db.execute(
            "INSERT INTO returned (visit, seal, at_ms, comments) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (visit, seal) DO NOTHING",
            params![
                parcel.visit.to_bytes(),
                parcel.seal.as_bytes(),
                parcel.at_ms,
                comments
            ],
        )?;
        Ok(())
    }

    /// Whether the office sent this seal back.
    pub(crate) fn is_returned(&self, seal: &SealId) -> Result<bool> {
        let mut select = self.db.prepare_cached("SELECT 1 FROM returned WHERE seal = ?1")?;
        Ok(select.exists([seal.as_bytes()])?)
    }

    fn returned(&self, visit: VisitId) -> Result<Option<Returned>> {
        let mut select = self.db.prepare_cached(
            "SELECT seal, at_ms, comments FROM returned WHERE visit = ?1 ORDER BY at_ms DESC",
        )?;
        let rows = select.query_map([visit.to_bytes()], |row| {
            Ok((
                SealId::from_bytes(row.get(0)?),
                row.get(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        if rows.is_empty() {
            return Ok(None);
        }
        let seals = self.seals(visit)?;
        let open = open_seals(&seals);
        let standing = rows
            .into_iter()
            .find(|(of, ..)| open.iter().any(|seal| seal.id() == *of));
        let Some((_, at_ms, comments)) = standing else {
            return Ok(None);
        };
        let comments = serde_json::from_str(&comments);
        Ok(Some(Returned {
            at_ms,
            comments: comments.map_err(|error| damaged("comments of a return", error))?,
        }))
    }
}
