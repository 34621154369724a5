//! Contracts and their versions. The first version holds when it is written; a later one is a proposal until a second
//! person of the purchaser has been shown what it would change and has confirmed it (EVIDENCE §1.10 R5).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hudang_contract::contract::Contract;
use hudang_contract::versions::Versions;
use hudang_evidence::id::{ContractId, Sha256};
use hudang_evidence::time::WallTime;
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::Archive;
use crate::decision::{self, Decision};
use crate::derive::{self, Proposal, parse_id};
use crate::error::{ArchiveError, Result};
use crate::roles::Act;
use crate::viewer::{Viewer, unknown};
use crate::writer::Scope;

/// How many digits of a hash stand for what somebody was shown.
const SEEN_DIGITS: usize = 12;

/// Where visits stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Spot {
    /// The contract's area; empty for none.
    pub area: String,
    /// The contract's period; empty for none.
    pub period: String,
    /// The state's word.
    pub state: String,
    /// The reason's word; empty for none.
    pub reason: String,
}

/// Visits that would stand elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// Where they stand.
    pub before: Spot,
    /// Where they would stand.
    pub after: Spot,
    /// How many.
    pub visits: u64,
}

/// What a version of a contract would change about the visits that are here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recount {
    /// The visits that would stand elsewhere, by where they stand.
    pub moved: Vec<Moved>,
    /// How many visits would stay where they are.
    pub unmoved: u64,
    /// Stands for the version, its first day and what it moves: who confirms gives it back.
    pub seen: String,
}

/// What became of a contract that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "written", rename_all = "kebab-case")]
pub enum ContractWritten {
    /// It is the first version, or the one that is known already.
    InForce,
    /// It waits for a second person.
    Proposed {
        /// The first day on which it would be in force.
        from: NaiveDate,
        /// What it would change.
        recount: Recount,
    },
}

/// A version that waits for a second person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ContractProposal {
    /// By whom it was proposed.
    pub by: String,
    /// When.
    pub at: WallTime,
    /// The first day on which it would be in force.
    pub from: NaiveDate,
    /// What it would change.
    pub recount: Recount,
    /// All of it.
    #[schemars(with = "hudang_contract::contract::Terms")]
    pub contract: Contract,
}

impl Archive {
    /// Writes a contract. Its first version holds at once and ever since; a later one is proposed, to be in force from a day
    /// on: the day of `now` where `from` does not say.
    pub fn put_contract(
        &self,
        viewer: &Viewer,
        contract: Contract,
        from: Option<NaiveDate>,
        now: WallTime,
    ) -> Result<ContractWritten> {
        viewer.check(Act::PutContract)?;
        let by = viewer.clone();
        self.submit(move |scope| {
            check_buyer(scope.db, &by, &contract)?;
            let versions = derive::versions(scope.db, scope.known, &contract.id)?;
            let Some(newest) = versions.newest() else {
                let contract = Box::new(contract);
                decision::record(scope, now, &by, Decision::Contract { contract })?;
                return Ok(ContractWritten::InForce);
            };
            if from.is_none() && *newest.what == contract {
                return Ok(ContractWritten::InForce);
            }
            check_change(&newest.what, &contract)?;
            let from = from.unwrap_or_else(|| now.day());
            let recount = recount(scope, now, &by, &contract, from)?;
            let contract = Box::new(contract);
            decision::record(scope, now, &by, Decision::ContractProposal { contract, from })?;
            Ok(ContractWritten::Proposed { from, recount })
        })
    }

    /// What a version would change, were it in force from a day on; writes nothing.
    pub fn recount(
        &self,
        viewer: &Viewer,
        contract: Contract,
        from: Option<NaiveDate>,
        now: WallTime,
    ) -> Result<Recount> {
        viewer.check(Act::PutContract)?;
        let by = viewer.clone();
        self.submit(move |scope| {
            check_buyer(scope.db, &by, &contract)?;
            let versions = derive::versions(scope.db, scope.known, &contract.id)?;
            if let Some(newest) = versions.newest() {
                check_change(&newest.what, &contract)?;
            }
            recount(scope, now, &by, &contract, from.unwrap_or_else(|| now.day()))
        })
    }

    /// The version of a contract that waits for a second person, with what it would change now.
    pub fn contract_proposal(
        &self,
        viewer: &Viewer,
        id: &ContractId,
        now: WallTime,
    ) -> Result<ContractProposal> {
        viewer.check(Act::ConfirmContract)?;
        let (by, id) = (viewer.clone(), id.clone());
        self.submit(move |scope| {
            let found = proposal(scope.db, &by, &id)?;
            Ok(ContractProposal {
                recount: recount(scope, now, &by, &found.contract, found.from)?,
                by: found.by,
                at: found.at,
                from: found.from,
                contract: found.contract,
            })
        })
    }

    /// Puts a proposed version into force. `seen` is what the recount said that `by` was shown.
    ///
    /// Refused are whoever proposed it (`CONTRACT-SECOND-PERSON`) and who was shown something else (`CONTRACT-RECOUNT`).
    pub fn confirm_contract(
        &self,
        viewer: &Viewer,
        id: &ContractId,
        seen: &str,
        now: WallTime,
    ) -> Result<Recount> {
        viewer.check(Act::ConfirmContract)?;
        let (by, id, seen) = (viewer.clone(), id.clone(), seen.trim().to_owned());
        self.submit(move |scope| {
            let found = proposal(scope.db, &by, &id)?;
            if found.by == by.name() || by.is_machine() {
                return Err(ArchiveError::refused(
                    "CONTRACT-SECOND-PERSON",
                    "合同的新版本须由购买主体的另一人确认；请换经办或负责人用自己的账号确认。",
                    "A new version of a contract is confirmed by a second person of the purchaser, with an account of their own.",
                ));
            }
            let recount = recount(scope, now, &by, &found.contract, found.from)?;
            if recount.seen != seen {
                return Err(ArchiveError::refused(
                    "CONTRACT-RECOUNT",
                    "新版本或它将改变的数量与您看到的不同，请重新查看后再确认。",
                    "The version, or what it would change, is not what you were shown; look at it again, then confirm.",
                ));
            }
            let proposal = found.place;
            decision::record(
                scope,
                now,
                &by,
                Decision::ContractConfirmation { proposal, seen },
            )?;
            Ok(recount)
        })
    }

    /// A contract by its id: what was decided last, in force or not.
    pub fn contract(&self, viewer: &Viewer, id: &ContractId) -> Result<Contract> {
        let versions = self.versions(viewer, id)?;
        let newest = versions.newest().ok_or_else(|| unknown("contract", id))?;
        Ok((*newest.what).clone())
    }

    /// The versions of a contract, in the order in which they were decided.
    pub fn versions(&self, viewer: &Viewer, id: &ContractId) -> Result<Versions> {
        viewer.check(Act::SeeCounts)?;
        self.read(|db| {
            check_seen(db, viewer, id)?;
            derive::versions(db, &self.known, id)
        })
    }

    /// The ids of the viewer's contracts, in order.
    pub fn contracts(&self, viewer: &Viewer) -> Result<Vec<ContractId>> {
        viewer.check(Act::SeeCounts)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            let mut select =
                db.prepare_cached("SELECT DISTINCT contract FROM contract_version ORDER BY contract")?;
            let ids = select.query_map([], |row| row.get::<_, String>(0))?;
            let ids: Vec<ContractId> = ids.map(|id| parse_id(&id?)).collect::<Result<_>>()?;
            Ok(ids.into_iter().filter(|id| sight.has(id)).collect())
        })
    }
}

/// Refuses a contract that is not known, or not within the viewer's sight.
pub(crate) fn check_seen(db: &Connection, viewer: &Viewer, id: &ContractId) -> Result<()> {
    if viewer.sight(db)?.has(id) && derive::knows_contract(db, id)? {
        return Ok(());
    }
    Err(unknown("contract", id))
}

/// Only its purchaser writes a contract, and who buys it stays.
fn check_buyer(db: &Connection, viewer: &Viewer, contract: &Contract) -> Result<()> {
    let buyer = derive::buyer(db, &contract.id)?;
    let is_theirs = buyer
        .as_ref()
        .is_none_or(|known| *known == contract.terms().buyer);
    if is_theirs && viewer.buys(&contract.terms().buyer, &contract.id) {
        return Ok(());
    }
    Err(unknown("contract", &contract.id))
}

fn proposal(db: &Connection, viewer: &Viewer, id: &ContractId) -> Result<Proposal> {
    check_seen(db, viewer, id)?;
    derive::proposal(db, id)?.ok_or_else(|| {
        ArchiveError::refused(
            "CONTRACT-NO-PROPOSAL",
            "该合同没有待确认的新版本。",
            "No version of this contract waits to be confirmed.",
        )
    })
}

/// Another purchaser or contractor is another contract (CONTRACT §2.5).
fn check_change(before: &Contract, after: &Contract) -> Result<()> {
    let (before, after) = (before.terms(), after.terms());
    if before.buyer == after.buyer && before.contractors == after.contractors {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "BG-FIELD",
        "甲方、乙方不能变更；更换承接主体须重新采购。",
        "Purchaser and contractors cannot be changed; another contractor is another procurement.",
    ))
}

/// Puts the version into force, looks at what it moved, and takes all of that back.
fn recount(
    scope: &Scope<'_>,
    now: WallTime,
    by: &Viewer,
    contract: &Contract,
    from: NaiveDate,
) -> Result<Recount> {
    let before = spots(scope.db, &contract.id)?;
    scope.db.execute_batch("SAVEPOINT recount")?;
    let tried = try_out(scope, now, by, contract, from).and_then(|()| spots(scope.db, &contract.id));
    scope.db.execute_batch("ROLLBACK TO recount; RELEASE recount")?;
    scope.forget_head();
    let after = tried?;
    let mut moved: BTreeMap<(Spot, Spot), u64> = BTreeMap::new();
    let mut unmoved = 0;
    for (visit, spot) in before {
        match after.get(&visit) {
            Some(later) if *later != spot => *moved.entry((spot, later.clone())).or_default() += 1,
            _ => unmoved += 1,
        }
    }
    let moved: Vec<Moved> = moved
        .into_iter()
        .map(|((before, after), visits)| Moved {
            before,
            after,
            visits,
        })
        .collect();
    let shown = serde_json::to_vec(&(contract, from, &moved))
        .map_err(|error| ArchiveError::Damaged(format!("a recount: {error}")))?;
    let seen = Sha256::of(&shown).to_string().chars().take(SEEN_DIGITS).collect();
    Ok(Recount { moved, unmoved, seen })
}

fn try_out(
    scope: &Scope<'_>,
    now: WallTime,
    by: &Viewer,
    contract: &Contract,
    from: NaiveDate,
) -> Result<()> {
    let contract = Box::new(contract.clone());
    let seen = String::new();
    let proposal = decision::record(scope, now, by, Decision::ContractProposal { contract, from })?;
    decision::record(scope, now, by, Decision::ContractConfirmation { proposal, seen }).map(|_| ())
}

/// Where each visit of a contract stands.
fn spots(db: &Connection, id: &ContractId) -> Result<BTreeMap<[u8; 16], Spot>> {
    let mut select =
        db.prepare_cached("SELECT id, area, period, state, reason FROM visit WHERE contract = ?1")?;
    let rows = select.query_map([id.as_str()], |row| {
        let spot = Spot {
            area: row.get(1)?,
            period: row.get(2)?,
            state: row.get(3)?,
            reason: row.get(4)?,
        };
        Ok((row.get(0)?, spot))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
