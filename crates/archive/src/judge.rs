//! Where visits stand: each touched one is judged by itself, then the visits of its household in the cycle are
//! settled among each other, and the counts follow by differences. Judging again changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use hudang_contract::settle::{Candidate, settle};
use hudang_contract::stand::Standing;
use hudang_evidence::entry::{Entry, Tip};
use hudang_evidence::id::{
    ContractId, DeviceId, HouseholdId, InstallationId, OrgId, SealId, Sha256, VisitId,
};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::seal::Seal;
use hudang_evidence::time::WallTime;
use hudang_evidence::verify::{self, Keyring};
use hudang_visit::assess::{Missing, Waived};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::counts::VisitRow;
use crate::derive::{self, Touched, parse_id};
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::known::Known;
use crate::marks::Mark;
use crate::writer::Scope;

mod admitted;
mod facts;
pub(crate) mod form;
mod ground;
mod media;
mod proxies;
mod reuse;
mod signing;
mod stale;
mod times;
mod twins;

/// Where a visit stands, as its row keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// State, reasons and place.
    #[serde(flatten)]
    pub(crate) standing: Standing,
    /// What the standard asks for and is missing.
    pub(crate) missing: Vec<Missing>,
    /// What is missing with a waiver that the standard accepts.
    pub(crate) waived: Vec<Waived>,
}

/// A visit judged by itself.
pub(crate) struct Judged {
    household: HouseholdId,
    contract: ContractId,
    /// The contractor whose people make it; nothing where they work for none or for several.
    org: Option<OrgId>,
    outcome: String,
    opened: Option<WallTime>,
    received_ms: i64,
    seal: Vec<u8>,
    kept: Kept,
    /// What identifies its household.
    marks: BTreeSet<Mark>,
    /// Codes with details as JSON.
    findings: Vec<(String, serde_json::Value)>,
}

/// The visits of a household among which one counts, with those of households that may be the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    household: HouseholdId,
    contract: String,
    cycle: String,
}

impl Group {
    /// The same contract and cycle of another household.
    fn of(&self, household: HouseholdId) -> Self {
        Self {
            household,
            ..self.clone()
        }
    }
}

/// What a visit's row says that others depend on.
struct Before {
    household: HouseholdId,
    contract: String,
    org: String,
    opened_ms: i64,
    standing: Standing,
}

impl Before {
    /// Contract and contractor.
    fn whose(&self) -> (&str, &str) {
        (&self.contract, &self.org)
    }

    fn group(&self) -> Option<Group> {
        let cycle = self.standing.cycle.as_ref()?.key.clone();
        Some(Group {
            household: self.household,
            contract: self.contract.clone(),
            cycle,
        })
    }
}

/// Judges what was touched, and lets those who have to do with it know.
pub(crate) fn judge_touched(scope: &Scope<'_>, touched: &Touched) -> Result<()> {
    let db = scope.db;
    let mut open = touched.all();
    let mut groups = BTreeSet::new();
    let mut told = BTreeSet::new();
    while let Some(visit) = open.pop_first() {
        let before = before(db, visit)?;
        groups.extend(before.as_ref().and_then(Before::group));
        let Some(judged) = facts::judge(scope, visit, touched)? else {
            remove(scope, visit, before.as_ref())?;
            continue;
        };
        let marked = twins::put(
            db,
            visit,
            judged.household,
            judged.contract.as_str(),
            &judged.marks,
        )?;
        open.extend(twins::affected(db, judged.household, &marked)?);
        let opened_ms = judged.opened.map_or(0, WallTime::ms);
        let moved = before.as_ref().map_or(0, |before| before.opened_ms) != opened_ms;
        put(scope, visit, before.as_ref(), &judged)?;
        // What was touched tells others once; what is judged because of that tells nobody, unless it moved.
        if moved || (touched.visits.contains_key(&visit) && told.insert(visit)) {
            open.extend(reuse::affected(db, visit)?);
        }
        let after = self::before(db, visit)?.as_ref().and_then(Before::group);
        for group in [before.as_ref().and_then(Before::group), after]
            .into_iter()
            .flatten()
        {
            let others = twins::settled_with(db, &group.contract, group.household, &marked)?;
            groups.extend(others.into_iter().map(|household| group.of(household)));
            groups.insert(group);
        }
    }
    let mut settled = BTreeSet::new();
    for group in groups {
        if !settled.contains(&group) {
            let households = twins::settled_together(db, &group.contract, group.household)?;
            settle_group(db, &group, &households)?;
            settled.extend(households.into_iter().map(|household| group.of(household)));
        }
    }
    touched.announce(db)
}

fn before(db: &Connection, visit: VisitId) -> Result<Option<Before>> {
    let mut select =
        db.prepare_cached("SELECT household, contract, org, opened_ms, standing FROM visit WHERE id = ?1")?;
    let row = select.query_row([visit.to_bytes()], |row| {
        Ok((
            row.get::<_, [u8; 16]>(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get::<_, String>(4)?,
        ))
    });
    let Some((household, contract, org, opened_ms, kept)) = row.optional()? else {
        return Ok(None);
    };
    let household = HouseholdId::from_bytes(household);
    Ok(Some(Before {
        household,
        contract,
        org,
        opened_ms,
        standing: kept_of(&kept)?.standing,
    }))
}

/// Where a visit stands, with the seal that governs it; nothing of one that nobody has sealed.
pub(crate) fn kept(db: &Connection, visit: VisitId) -> Result<Option<(SealId, Kept)>> {
    let mut select = db.prepare_cached("SELECT seal, standing FROM visit WHERE id = ?1")?;
    let row: Option<(Vec<u8>, String)> = select
        .query_row([visit.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((seal, json)) = row else { return Ok(None) };
    let seal = <[u8; 32]>::try_from(seal).ok().map(SealId::from_bytes);
    seal.map(|seal| Ok((seal, kept_of(&json)?))).transpose()
}

fn kept_of(json: &str) -> Result<Kept> {
    serde_json::from_str(json).map_err(|error| ArchiveError::Damaged(format!("a standing: {error}")))
}

/// Where a visit stands, from its row.
pub(crate) fn standing_of(row: &VisitRow) -> Result<Standing> {
    let kept: Kept = serde_json::from_value(row.standing.clone())
        .map_err(|error| ArchiveError::Damaged(format!("a standing: {error}")))?;
    Ok(kept.standing)
}

fn json_of(kept: &Kept) -> Result<String> {
    serde_json::to_string(kept).map_err(|error| ArchiveError::Damaged(format!("a standing: {error}")))
}

fn reason_of(standing: &Standing) -> &'static str {
    standing
        .reason()
        .map_or("", hudang_contract::state::Reason::as_str)
}

/// Moves a visit of a contractor between the counted places.
fn count(db: &Connection, (contract, org): (&str, &str), standing: &Standing, by: i64) -> Result<()> {
    let place = params![
        contract,
        org,
        standing.area,
        standing.period,
        standing.state.as_str(),
        reason_of(standing),
        by
    ];
    db.prepare_cached(
        "INSERT INTO counts (contract, org, area, period, state, reason, n) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (contract, org, area, period, state, reason) DO UPDATE SET n = n + excluded.n",
    )?
    .execute(place)?;
    // A place where nobody stands has no row, so that what grew and what is rebuilt are the same.
    db.prepare_cached(
        "DELETE FROM counts WHERE contract = ?1 AND org = ?2 AND area = ?3 AND period = ?4 AND state = ?5
         AND reason = ?6 AND n = 0",
    )?
    .execute(params![
        contract,
        org,
        standing.area,
        standing.period,
        standing.state.as_str(),
        reason_of(standing)
    ])?;
    Ok(())
}

fn remove(scope: &Scope<'_>, visit: VisitId, before: Option<&Before>) -> Result<()> {
    let db = scope.db;
    if let Some(before) = before {
        count(db, before.whose(), &before.standing, -1)?;
        db.prepare_cached("DELETE FROM visit WHERE id = ?1")?
            .execute([visit.to_bytes()])?;
        db.prepare_cached("DELETE FROM finding WHERE visit = ?1")?
            .execute([visit.to_bytes()])?;
        derive::view_household(db, scope.known, before.household, &parse_id(&before.contract)?)?;
        twins::remove(db, visit)?;
    }
    Ok(())
}

fn put(scope: &Scope<'_>, visit: VisitId, before: Option<&Before>, judged: &Judged) -> Result<()> {
    let db = scope.db;
    if let Some(before) = before {
        count(db, before.whose(), &before.standing, -1)?;
    }
    let standing = &judged.kept.standing;
    let whose = (
        judged.contract.as_str(),
        judged.org.as_ref().map_or("", OrgId::as_str),
    );
    count(db, whose, standing, 1)?;
    db.prepare_cached(
        "INSERT INTO visit (id, household, contract, org, area, period, state, reason, outcome, opened_ms, received_ms,
         seal, standing) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (id) DO UPDATE SET household = excluded.household, contract = excluded.contract,
         org = excluded.org, area = excluded.area, period = excluded.period, state = excluded.state, reason = excluded.reason,
         outcome = excluded.outcome, opened_ms = excluded.opened_ms, received_ms = excluded.received_ms,
         seal = excluded.seal, standing = excluded.standing",
    )?
    .execute(params![
        visit.to_bytes(),
        judged.household.to_bytes(),
        whose.0,
        whose.1,
        standing.area,
        standing.period,
        standing.state.as_str(),
        reason_of(standing),
        judged.outcome,
        judged.opened.map_or(0, WallTime::ms),
        judged.received_ms,
        judged.seal,
        json_of(&judged.kept)?
    ])?;
    db.prepare_cached("DELETE FROM finding WHERE visit = ?1")?
        .execute([visit.to_bytes()])?;
    let mut insert =
        db.prepare_cached("INSERT INTO finding (visit, place, code, details) VALUES (?1, ?2, ?3, ?4)")?;
    for (place, (code, details)) in judged.findings.iter().enumerate() {
        insert.execute(params![visit.to_bytes(), place, code, details.to_string()])?;
    }
    let place = (judged.household, whose);
    if before.map(|before| (before.household, before.whose())) != Some(place) {
        derive::view_household(db, scope.known, judged.household, &judged.contract)?;
        if let Some(before) = before {
            derive::view_household(db, scope.known, before.household, &parse_id(&before.contract)?)?;
        }
    }
    Ok(())
}

/// Decides which visits count in a cycle of households that are settled together.
fn settle_group(db: &Connection, group: &Group, households: &BTreeSet<HouseholdId>) -> Result<()> {
    let mut kept: BTreeMap<VisitId, (Kept, String)> = BTreeMap::new();
    let mut candidates = Vec::new();
    for household in households {
        candidates_of(db, &group.of(*household), &mut candidates, &mut kept)?;
    }
    for (visit, standing) in settle(&candidates).standings {
        let Some((known, org)) = kept
            .get_mut(&visit)
            .filter(|(known, _)| known.standing != standing)
        else {
            continue;
        };
        let whose = (group.contract.as_str(), org.as_str());
        count(db, whose, &known.standing, -1)?;
        count(db, whose, &standing, 1)?;
        known.standing = standing;
        let (state, reason) = (known.standing.state.as_str(), reason_of(&known.standing));
        db.prepare_cached("UPDATE visit SET state = ?2, reason = ?3, standing = ?4 WHERE id = ?1")?
            .execute(params![visit.to_bytes(), state, reason, json_of(known)?])?;
    }
    Ok(())
}

/// The visits of one household in the cycle.
fn candidates_of(
    db: &Connection,
    group: &Group,
    candidates: &mut Vec<Candidate>,
    kept: &mut BTreeMap<VisitId, (Kept, String)>,
) -> Result<()> {
    let mut select = db.prepare_cached(
        "SELECT id, opened_ms, standing, org FROM visit WHERE household = ?1 AND contract = ?2",
    )?;
    let rows = select.query_map(params![group.household.to_bytes(), group.contract], |row| {
        Ok((
            row.get::<_, [u8; 16]>(0)?,
            row.get(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, String>(3)?,
        ))
    })?;
    for row in rows {
        let (visit, opened_ms, json, org) = row?;
        let (visit, of_visit) = (VisitId::from_bytes(visit), kept_of(&json)?);
        let cycle = of_visit.standing.cycle.as_ref();
        if cycle.is_some_and(|cycle| cycle.key == group.cycle) {
            candidates.push(Candidate {
                visit,
                household: group.household,
                identity: twins::identity_of(db, visit)?.map(Sha256::from_bytes),
                opened: WallTime::from_ms_clamped(opened_ms),
                standing: of_visit.standing.clone(),
            });
            kept.insert(visit, (of_visit, org));
        }
    }
    Ok(())
}

/// Everything that full verification of a visit's evidence finds: every signature is checked again.
pub(crate) fn chain_findings(
    db: &Connection,
    visit: VisitId,
    server: &VerifierKey,
) -> Result<Vec<(String, String)>> {
    let mut evidence = facts::Evidence::read(db, &Known::default(), visit)?;
    let mut notes = entry_notes(db, visit)?;
    // What was set aside when the visit was judged is nobody's finding.
    admitted::Admitted::of(db, visit, &mut evidence)?;
    let signing = signing::Signing::of(db, &Known::default(), visit, &evidence)?;
    let stays: BTreeSet<_> = evidence.entries.iter().map(|entry| entry.id()).collect();
    notes.retain(|note| Entry::parse(note).map_or(true, |entry| stays.contains(&entry.id())));
    let is_kept =
        |note: &&Vec<u8>| Seal::parse(note).map_or(true, |seal| evidence.seals.contains_key(&seal.id()));
    let entries: Vec<&[u8]> = notes.iter().map(Vec::as_slice).collect();
    let seals: Vec<&[u8]> = evidence
        .seal_notes
        .iter()
        .filter(is_kept)
        .map(Vec::as_slice)
        .collect();
    let report = verify::verify_visit(&verify::Held {
        visit,
        entries: &entries,
        seals: &seals,
        receipts: &[],
        blobs: &evidence.blobs,
        keys: &evidence.keys,
        answers: &signing.answers,
        rulings: signing.rulings(),
        server: Some(server),
    });
    let broken = report
        .findings
        .into_iter()
        .filter(|finding| finding.code.weight() == verify::Weight::Broken);
    Ok(broken
        .map(|finding| (finding.code.to_string(), finding.subject))
        .collect())
}

/// What is missing or doubled in the devices' histories over all visits.
pub(crate) fn device_holes(db: &Connection) -> Result<Vec<(DeviceId, String, String)>> {
    let mut found = Vec::new();
    let mut select = db.prepare(
        "SELECT device.id, entry.journal FROM entry JOIN device ON device.n = entry.device
         ORDER BY entry.device, entry.dseq, entry.journal",
    )?;
    let mut rows = select.query([])?;
    let mut last: Option<(DeviceId, Tip)> = None;
    while let Some(row) = rows.next()? {
        let device = DeviceId::from_bytes(row.get(0)?);
        let tip = last
            .filter(|(of, _)| *of == device)
            .map_or(Tip::START, |(_, tip)| tip);
        let entry = entry_at(db, row.get(1)?)?;
        if let Err(finding) = verify::check_device(tip, &entry) {
            found.push((device, finding.code.to_string(), finding.subject));
        }
        last = Some((device, Tip::at(entry.header().dseq, entry.id())));
    }
    Ok(found)
}

/// The entry at a place of the journal.
fn entry_at(db: &Connection, seq: u64) -> Result<Entry> {
    Entry::parse(&journal::payload(db, seq)?)
        .map_err(|error| ArchiveError::Damaged(format!("journal row {seq}: {error}")))
}

/// The notes of a visit's entries, chain by chain.
fn entry_notes(db: &Connection, visit: VisitId) -> Result<Vec<Vec<u8>>> {
    let mut select = db.prepare_cached(
        "SELECT journal.payload FROM entry JOIN journal ON journal.seq = entry.journal
         WHERE entry.visit = ?1 ORDER BY entry.device, entry.seq, entry.journal",
    )?;
    let notes = select.query_map([visit.to_bytes()], |row| row.get(0))?;
    Ok(notes.collect::<rusqlite::Result<_>>()?)
}

/// The enrolled keys of some devices, with when each was enrolled.
fn keyring(
    db: &Connection,
    known: &Known,
    numbers: &BTreeSet<i64>,
) -> Result<(Keyring, BTreeMap<DeviceId, i64>)> {
    let (mut keys, mut enrolled_ms) = (Keyring::new(), BTreeMap::new());
    let mut select = db.prepare_cached(
        "SELECT device.id, device.public, device.person, device.contract, device.installation, journal.recv_ms FROM device
         JOIN journal ON journal.seq = device.journal WHERE device.n = ?1",
    )?;
    for number in numbers {
        let row = select.query_row([number], |row| {
            Ok((
                row.get(0)?,
                row.get::<_, [u8; 32]>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, [u8; 32]>(4)?,
                row.get(5)?,
            ))
        });
        let Some((id, public, person, contract, installation, recv_ms)) = row.optional()? else {
            continue;
        };
        let id = DeviceId::from_bytes(id);
        let key = known.keys.get_or(id, || {
            VerifierKey::device(&public)
                .map(Some)
                .map_err(|error| ArchiveError::Damaged(format!("an enrolled key: {error}")))
        })?;
        if let Some(key) = key {
            let enrolled = verify::Enrolled {
                key,
                person: parse_id(&person)?,
                contract: Some(parse_id(&contract)?),
                installation: Some(InstallationId::from_bytes(installation)),
            };
            keys.insert(id, enrolled);
        }
        enrolled_ms.insert(id, recv_ms);
    }
    Ok((keys, enrolled_ms))
}
