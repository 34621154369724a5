//! Visits that the office sends back 退回: to be mended by those who made them, and sealed again.

use std::collections::BTreeSet;

use hudang_evidence::id::{SealId, VisitId};
use hudang_evidence::time::WallTime;
use rusqlite::{Connection, params};

use crate::archive::Archive;
use crate::counts;
use crate::decision::{self, Comment, Decision, Recorded, Return};
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::roles::{Act, Role};
use crate::viewer::{Viewer, unknown};

/// Most comments of one return.
const COMMENTS_MAX: usize = 50;
/// Most characters of a comment.
const TEXT_MAX: usize = 500;
/// Most bytes of what a comment is about.
const AT_MAX: usize = 256;

impl Archive {
    /// Sends a sealed visit back. It does not count until another seal takes the place of the one that governs now.
    ///
    /// Refused are a visit that nobody sealed, whose seals compete, or that was sent back already
    /// (`RETURN-UNSEALED`, `RETURN-OPEN`), and comments that say nothing (`RETURN-COMMENTS`).
    pub fn return_visit(
        &self,
        viewer: &Viewer,
        visit: VisitId,
        comments: Vec<Comment>,
        now: WallTime,
    ) -> Result<Return> {
        viewer.check(Act::ReturnVisit)?;
        check_comments(&comments)?;
        let viewer = viewer.clone();
        self.submit(move |scope| {
            let row = counts::visit_row(scope.db, visit)?;
            let is_theirs = counts::sees(scope.db, &viewer.sight(scope.db)?, visit)?;
            let row = row
                .filter(|_| is_theirs)
                .ok_or_else(|| unknown("visit", &visit))?;
            may_return(&viewer, &row)?;
            let seal = row
                .seal
                .filter(|_| row.reason != "seals-compete")
                .ok_or_else(|| {
                    ArchiveError::refused(
                        "RETURN-UNSEALED",
                        "这次入户还没有可退回的封存；封存后才能退回。",
                        "Nobody has sealed this visit yet; only a sealed visit is sent back.",
                    )
                })?;
            if seals(scope.db, visit)?.contains(&seal) {
                return Err(ArchiveError::refused(
                    "RETURN-OPEN",
                    "这次入户已经退回，尚未重新封存。",
                    "This visit was sent back already and was not sealed again since.",
                ));
            }
            let decision = Decision::Return {
                visit,
                seal,
                comments: comments.clone(),
            };
            decision::record(scope, now, &viewer, decision)?;
            Ok(Return {
                seal,
                at: now,
                by: viewer.name().to_owned(),
                comments,
            })
        })
    }

    /// The times that a visit of the viewer's was sent back, in order.
    pub fn returns(&self, viewer: &Viewer, visit: VisitId) -> Result<Vec<Return>> {
        viewer.check(Act::SeeVisits)?;
        self.read(|db| {
            if counts::sees(db, &viewer.sight(db)?, visit)? {
                of_visit(db, visit)
            } else {
                Ok(Vec::new())
            }
        })
    }
}

/// The purchaser may send back what it has not accepted; so may the contractor's own supervisor.
fn may_return(viewer: &Viewer, row: &counts::VisitRow) -> Result<()> {
    let is_settled = matches!(row.state.as_str(), "accepted" | "rejected");
    if is_settled && viewer.role() == Some(Role::Supervisor) {
        return Err(ArchiveError::refused(
            "RETURN-ACCEPTED",
            "这次入户已由采购方验收，承接方不能再退回。",
            "The purchaser has accepted or rejected this visit; its contractor sends it back no more.",
        ));
    }
    Ok(())
}

fn check_comments(comments: &[Comment]) -> Result<()> {
    let is_sound = |one: &Comment| {
        !one.text.trim().is_empty()
            && one.text.chars().count() <= TEXT_MAX
            && one.at.len() <= AT_MAX
            && !one.at.chars().any(char::is_control)
    };
    if !comments.is_empty() && comments.len() <= COMMENTS_MAX && comments.iter().all(is_sound) {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "RETURN-COMMENTS",
        format!("请写明要补正什么：1 至 {COMMENTS_MAX} 条，每条不超过 {TEXT_MAX} 字。"),
        format!("Say what is to be mended: 1 to {COMMENTS_MAX} comments of at most {TEXT_MAX} characters."),
    ))
}

/// The returns of a visit, in the order of the journal.
pub(crate) fn of_visit(db: &Connection, visit: VisitId) -> Result<Vec<Return>> {
    let mut select =
        db.prepare_cached("SELECT journal FROM visit_return WHERE visit = ?1 ORDER BY journal")?;
    let places = select.query_map([visit.to_bytes()], |row| row.get(0))?;
    places
        .map(|place| at(db, place?).map(|(_, found)| found))
        .collect()
}

/// The return at a place of the journal, and the visit that it is about.
pub(crate) fn at(db: &Connection, place: u64) -> Result<(VisitId, Return)> {
    let row = journal::read(db, place)?;
    let Recorded { by, decision } = Recorded::parse(&row.payload)?;
    match decision {
        Decision::Return {
            visit,
            seal,
            comments,
        } => {
            let at = WallTime::from_ms_clamped(row.recv_ms);
            Ok((
                visit,
                Return {
                    seal,
                    at,
                    by,
                    comments,
                },
            ))
        }
        _ => Err(ArchiveError::Damaged(format!(
            "journal row {place} is not a return"
        ))),
    }
}

/// Whether a decision at this place of the journal sent a visit back.
pub(crate) fn is_at(db: &Connection, place: u64) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT 1 FROM visit_return WHERE journal = ?1")?;
    Ok(select.exists([place])?)
}

/// The seals of a visit that did not suffice.
pub(crate) fn seals(db: &Connection, visit: VisitId) -> Result<BTreeSet<SealId>> {
    let mut select = db.prepare_cached("SELECT seal FROM visit_return WHERE visit = ?1")?;
    let seals = select.query_map([visit.to_bytes()], |row| row.get::<_, [u8; 32]>(0))?;
    seals.map(|seal| Ok(SealId::from_bytes(seal?))).collect()
}

/// Derives from a return.
pub(crate) fn put(db: &Connection, place: u64, visit: VisitId, seal: SealId) -> Result<()> {
    let mut insert =
        db.prepare_cached("INSERT INTO visit_return (journal, visit, seal) VALUES (?1, ?2, ?3)")?;
    insert.execute(params![place, visit.to_bytes(), seal.as_bytes()])?;
    Ok(())
}
