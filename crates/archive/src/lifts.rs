//! Reasons that the purchaser lifts: an uncertain time, a late seal, a phone that two people shared (EVIDENCE §1.10 R3, R7).
//! Each lift is a decision with a reason in words, for one visit or for one team and a stretch of days; it can be taken back
//! until a visit that it lets count is accepted.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use hudang_contract::calendar::Span;
use hudang_contract::state::{Reason, State};
use hudang_evidence::id::{ContractId, PersonId, VisitId};
use hudang_evidence::time::WallTime;
use rusqlite::{Connection, OptionalExtension as _, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::Archive;
use crate::contracts;
use crate::counts;
use crate::decision::{self, Decision, Recorded};
use crate::derive::{self, Touched, parse_id};
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::roles::Act;
use crate::viewer::{Viewer, unknown};

/// Most characters of a reason in words.
const WHY_MAX: usize = 500;
/// Most days of a stretch.
const DAYS_MAX: u64 = 31;

/// What a lift is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LiftedVisits {
    /// One visit.
    Visit(VisitId),
    /// The visits that these people alone signed, opened on these days, of which a seal was here when it was decided.
    Team {
        /// Under which contract.
        contract: ContractId,
        /// Who signed.
        people: BTreeSet<PersonId>,
        /// When the visits were opened.
        days: Span,
    },
}

/// A decision of the purchaser to let visits count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lift {
    /// Names it: its place in the journal.
    pub id: u64,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: WallTime,
    /// Under which contract the visits are.
    pub contract: ContractId,
    /// About which visits.
    pub of: LiftedVisits,
    /// The words of what does not keep them from counting.
    #[schemars(with = "Vec<String>")]
    pub reasons: BTreeSet<Reason>,
    /// Why, in words.
    pub why: String,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl Archive {
    /// Lifts reasons; returns the lift as it is kept.
    ///
    /// Refused are reasons that nobody may lift or that no visit has (`LIFT-REASON`), a decision without a reason in words
    /// (`LIFT-WHY`), and stretches that are too long or have not passed (`LIFT-DAYS`).
    pub fn lift(
        &self,
        viewer: &Viewer,
        of: LiftedVisits,
        reasons: BTreeSet<Reason>,
        why: &str,
        now: WallTime,
    ) -> Result<Lift> {
        viewer.check(Act::Lift)?;
        check_words(why)?;
        if reasons.is_empty() || !reasons.iter().all(|reason| reason.is_liftable()) {
            return Err(not_liftable());
        }
        let (by, why) = (viewer.clone(), why.trim().to_owned());
        self.submit(move |scope| {
            let contract = match &of {
                LiftedVisits::Visit(visit) => check_visit(scope.db, &by, *visit, &reasons)?,
                LiftedVisits::Team {
                    contract,
                    people,
                    days,
                } => {
                    contracts::check_seen(scope.db, &by, contract)?;
                    check_stretch(people, *days, now.day())?;
                    contract.clone()
                }
            };
            let decision = Decision::Lift {
                contract,
                of,
                reasons,
                why,
            };
            let place = decision::record(scope, now, &by, decision)?;
            at(scope.db, place)?.ok_or_else(|| ArchiveError::Damaged("a lift left no row".into()))
        })
    }

    /// Takes a lift back: the visits stand again as they stood without it. Refused once one of them is accepted.
    pub fn revoke_lift(&self, viewer: &Viewer, id: u64, why: &str, now: WallTime) -> Result<()> {
        viewer.check(Act::Lift)?;
        check_words(why)?;
        let (by, why) = (viewer.clone(), why.trim().to_owned());
        self.submit(move |scope| {
            let sight = by.sight(scope.db)?;
            let lift = at(scope.db, id)?
                .filter(|lift| !lift.revoked && sight.has(&lift.contract))
                .ok_or_else(|| unknown("lift", &id))?;
            for visit in visits_of(scope.db, &lift.of)? {
                let row = counts::visit_row(scope.db, visit)?;
                if row.is_some_and(|row| row.state == State::Accepted.as_str()) {
                    return Err(ArchiveError::refused(
                        "LIFT-ACCEPTED",
                        "其中有已验收的入户，不能再撤销这项认定。",
                        "A visit that it let count is accepted; the decision can no longer be taken back.",
                    ));
                }
            }
            decision::record(scope, now, &by, Decision::RevokeLift { lift: id, why }).map(|_| ())
        })
    }

    /// The lifts that are about a visit or about teams under its contract, in the order in which they were decided.
    pub fn lifts(&self, viewer: &Viewer, contract: &ContractId) -> Result<Vec<Lift>> {
        viewer.check(Act::SeeVisits)?;
        self.read(|db| {
            contracts::check_seen(db, viewer, contract)?;
            let mut select =
                db.prepare_cached("SELECT journal FROM lift WHERE contract = ?1 ORDER BY journal")?;
            let places = select.query_map([contract.as_str()], |row| row.get(0))?;
            let mut lifts = Vec::new();
            for place in places {
                lifts.extend(at(db, place?)?);
            }
            Ok(lifts)
        })
    }
}

fn not_liftable() -> ArchiveError {
    ArchiveError::refused(
        "LIFT-REASON",
        "只能认定 time-uncertain（入户时间无法确定）、late（超过上传期限）、shared-phone（共用手机），且该入户确有此原因。",
        "Only time-uncertain, late and shared-phone are lifted, and only where the visit has that reason.",
    )
}

fn check_words(why: &str) -> Result<()> {
    let why = why.trim();
    if !why.is_empty() && why.chars().count() <= WHY_MAX {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "LIFT-WHY",
        format!("请写明认定的理由，不超过 {WHY_MAX} 字。"),
        format!("Say why, in at most {WHY_MAX} characters."),
    ))
}

/// The contract of a visit that has these reasons.
fn check_visit(
    db: &Connection,
    viewer: &Viewer,
    visit: VisitId,
    reasons: &BTreeSet<Reason>,
) -> Result<ContractId> {
    let is_theirs = counts::sees(db, &viewer.sight(db)?, visit)?;
    let row = counts::visit_row(db, visit)?
        .filter(|_| is_theirs)
        .ok_or_else(|| unknown("visit", &visit))?;
    let standing = crate::judge::standing_of(&row)?;
    if reasons.is_subset(&standing.reasons) {
        Ok(row.contract)
    } else {
        Err(not_liftable())
    }
}

fn check_stretch(people: &BTreeSet<PersonId>, days: Span, today: NaiveDate) -> Result<()> {
    if people.len() == 2 && days.is_forward() && days.days() <= DAYS_MAX && days.to <= today {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "LIFT-DAYS",
        format!("请写明两名调查员和已过去的起止日期，不超过 {DAYS_MAX} 天。"),
        format!("Name two people and a stretch of at most {DAYS_MAX} days that have passed."),
    ))
}

/// Derives from a lift.
pub(crate) fn put(
    db: &Connection,
    place: u64,
    contract: &ContractId,
    of: &LiftedVisits,
    reasons: &BTreeSet<Reason>,
    touched: &mut Touched,
) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO lift (journal, contract, visit, people, from_day, to_day, reasons, revoked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
    )?;
    let words: Vec<&str> = reasons.iter().map(|reason| reason.as_str()).collect();
    let words = words.join(" ");
    match of {
        LiftedVisits::Visit(visit) => {
            let visit = visit.to_bytes();
            insert.execute(params![place, contract.as_str(), visit, "", "", "", words])?;
        }
        LiftedVisits::Team { people, days, .. } => {
            let (from, to) = (days.from.to_string(), days.to.to_string());
            insert.execute(params![
                place,
                contract.as_str(),
                b"",
                names(people),
                from,
                to,
                words
            ])?;
        }
    }
    touched.by_others.extend(visits_of(db, of)?);
    Ok(())
}

/// Derives from taking a lift back.
pub(crate) fn revoke(db: &Connection, place: u64, id: u64, touched: &mut Touched) -> Result<()> {
    db.prepare_cached("UPDATE lift SET revoked = ?2 WHERE journal = ?1 AND revoked = 0")?
        .execute(params![id, place])?;
    if let Some(lift) = at(db, id)? {
        touched.by_others.extend(visits_of(db, &lift.of)?);
    }
    Ok(())
}

/// What is lifted for a visit that these people signed and whose first seal was received then.
pub(crate) fn lifted(
    db: &Connection,
    visit: VisitId,
    contract: &ContractId,
    signers: &BTreeSet<PersonId>,
    opened: Option<WallTime>,
    sealed_ms: i64,
) -> Result<BTreeSet<Reason>> {
    let mut select = db.prepare_cached(
        "SELECT reasons FROM lift WHERE visit = ?1 AND revoked = 0
         UNION ALL
         SELECT lift.reasons FROM lift JOIN journal ON journal.seq = lift.journal
         WHERE lift.contract = ?2 AND lift.people = ?3 AND lift.from_day <= ?4 AND lift.to_day >= ?4
         AND lift.revoked = 0 AND journal.recv_ms >= ?5",
    )?;
    let day = opened.map(|opened| opened.day().to_string()).unwrap_or_default();
    let rows = select.query_map(
        params![
            visit.to_bytes(),
            contract.as_str(),
            names(signers),
            day,
            sealed_ms
        ],
        |row| row.get::<_, String>(0),
    )?;
    let mut found = BTreeSet::new();
    for words in rows {
        for word in words?.split(' ') {
            found.insert(parse_id(word)?);
        }
    }
    Ok(found)
}

/// People as tables hold them.
fn names(people: &BTreeSet<PersonId>) -> String {
    let names: Vec<&str> = people.iter().map(PersonId::as_str).collect();
    names.join(" ")
}

/// The lift at a place of the journal.
fn at(db: &Connection, place: u64) -> Result<Option<Lift>> {
    let mut select = db.prepare_cached("SELECT revoked FROM lift WHERE journal = ?1")?;
    let Some(revoked) = select.query_row([place], |row| row.get::<_, u64>(0)).optional()? else {
        return Ok(None);
    };
    let row = journal::read(db, place)?;
    let Recorded { by, decision } = Recorded::parse(&row.payload)?;
    let Decision::Lift {
        contract,
        of,
        reasons,
        why,
    } = decision
    else {
        return Err(ArchiveError::Damaged(format!(
            "journal row {place} is not a lift"
        )));
    };
    Ok(Some(Lift {
        id: place,
        by,
        at: WallTime::from_ms_clamped(row.recv_ms),
        contract,
        of,
        reasons,
        why,
        revoked: revoked != 0,
    }))
}

/// The visits that a lift may be about.
fn visits_of(db: &Connection, of: &LiftedVisits) -> Result<Vec<VisitId>> {
    let (contract, days) = match of {
        LiftedVisits::Visit(visit) => return Ok(vec![*visit]),
        LiftedVisits::Team { contract, days, .. } => (contract, days),
    };
    let after = days.to.succ_opt().map_or(i64::MAX, derive::start_ms);
    let mut select =
        db.prepare_cached("SELECT id FROM visit WHERE contract = ?1 AND opened_ms >= ?2 AND opened_ms < ?3")?;
    let rows = select.query_map(
        params![contract.as_str(), derive::start_ms(days.from), after],
        |row| row.get::<_, [u8; 16]>(0),
    )?;
    rows.map(|visit| Ok(VisitId::from_bytes(visit?))).collect()
}
