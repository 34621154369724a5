//! From the rows about one visit to where it stands by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hudang_contract::contract::Contract;
use hudang_contract::opening::{Upload, is_late, is_uncertain};
use hudang_contract::stand::{Progress, Sealed, Visit, stand};
use hudang_contract::state::Reason;
use hudang_contract::versions::Versions;
use hudang_evidence::body::Body;
use hudang_evidence::bracket::{self, Bracket};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{
    BlobHash, ContractId, DeviceId, EntryId, HouseholdId, PersonId, SealId, SnapshotHash, VisitId,
};
use hudang_evidence::original::{Difference, Inspected, Original};
use hudang_evidence::seal::{Seal, SealBody};
use hudang_evidence::snapshot::{Revealed, SaltedDigest};
use hudang_evidence::time::WallTime;
use hudang_evidence::verify::{self, Code, Finding, HeldBlob, Keyring, Report, SignedSeal, Trusted, Weight};
use hudang_visit::assess::{Assessment, Missing, MissingCode, Waived, assess};
use hudang_visit::facts::{Evidence as Stated, Stage, VisitFacts, by_wall_clock, voids};
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::judge::Verdict;
use hudang_visit::questionnaire::known::hold_to_visit;
use hudang_visit::questionnaire::originals::hold_originals;
use hudang_visit::standard::Standard;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::admitted::Admitted;
use super::ground::Ground;
use super::signing::{self, Signing};
use super::times::{self, Place};
use super::{Judged, Kept, entry_at, form, keyring, media, proxies, reuse, stale, twins};
use crate::derive::{self, Touched, parse_id};
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::known::Known;
use crate::lifts;
use crate::returns;
use crate::writer::Scope;

/// What is held of one visit.
pub(super) struct Evidence {
    pub(super) entries: Vec<Arc<Entry>>,
    pub(super) seals: BTreeMap<SealId, SignedSeal>,
    pub(super) seal_notes: Vec<Vec<u8>>,
    /// When each seal was first received.
    sealed_ms: BTreeMap<SealId, i64>,
    pub(super) blobs: BTreeMap<BlobHash, HeldBlob>,
    /// What was seen in those that were looked into.
    inspected: BTreeMap<BlobHash, Inspected>,
    pub(super) keys: Keyring,
    /// The `anchor` entries whose time this server did not sign.
    forged_anchors: BTreeSet<EntryId>,
    /// When each entry was stated, as far as that can be known.
    times: BTreeMap<EntryId, Bracket>,
}

impl Evidence {
    pub(super) fn read(db: &Connection, known: &Known, visit: VisitId) -> Result<Self> {
        let mut select = db.prepare_cached(
            "SELECT entry.device, entry.id, entry.journal, journal.recv_ms
             FROM entry JOIN journal ON journal.seq = entry.journal
             WHERE entry.visit = ?1 ORDER BY entry.device, entry.seq, entry.journal",
        )?;
        let mut rows = select.query([visit.to_bytes()])?;
        let mut placed = Vec::new();
        let mut numbers = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let id = EntryId::from_bytes(row.get(1)?);
            let place = Place {
                device: row.get(0)?,
                journal: row.get(2)?,
                recv_ms: row.get(3)?,
            };
            let entry = known.entries.get_or(id, || {
                entry_at(db, place.journal).map(|entry| Some(Arc::new(entry)))
            })?;
            numbers.insert(place.device);
            placed.extend(entry.map(|entry| (entry, place)));
        }
        let (seals, seal_notes, sealed_ms) = seals(db, visit)?;
        let signers: BTreeSet<DeviceId> = seals.values().flat_map(|signed| signed.signers.clone()).collect();
        for signer in signers {
            numbers.extend(derive::device_number(db, &signer)?);
        }
        let (keys, enrolled_ms) = keyring(db, known, &numbers)?;
        let blobs = blobs(db, visit)?;
        let inspected = derive::inspected(db, visit)?;
        let entries: Vec<Arc<Entry>> = placed.iter().map(|(entry, _)| Arc::clone(entry)).collect();
        let forged_anchors = times::forged_anchors(db, known, &entries, &keys)?;
        let times = times::of_entries(db, &placed, &keys, &enrolled_ms, &forged_anchors)?;
        Ok(Self {
            entries,
            seals,
            seal_notes,
            sealed_ms,
            blobs,
            inspected,
            keys,
            forged_anchors,
            times,
        })
    }

    /// Keeps the entries of some chains.
    pub(super) fn keep_entries(&mut self, mut keeps: impl FnMut(&DeviceId) -> bool) {
        self.entries.retain(|entry| keeps(&entry.header().dev));
    }

    /// How far an original has come.
    fn original(&self, blob: &BlobHash) -> Original<'_> {
        match self.inspected.get(blob) {
            Some(inspected) => Original::Inspected(inspected),
            None if self.blobs.contains_key(blob) => Original::Uninspected,
            None => Original::Absent,
        }
    }

    /// The entries that open the visit.
    fn openings(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries
            .iter()
            .filter(|entry| matches!(entry.body(), Body::Open(_)))
    }

    /// When the visit was opened: as anchors of the phones' boots tell, or where none does, their wall clocks within
    /// what the server saw (DESIGN §5 "bounded by what the server saw").
    pub(super) fn opening(&self) -> Option<Bracket> {
        bracket::opening(self.openings().filter_map(|entry| self.time_of(entry)))
    }

    pub(super) fn opened(&self) -> Option<WallTime> {
        self.opening().map(|opening| opening.at)
    }

    /// When the phone that opened the visit first had word from the server for the last time before that: by the signed times
    /// in its chain, which come with all that was decided until then.
    fn heard(&self) -> Option<WallTime> {
        let opening = |entry: &Arc<Entry>| Some((self.time_of(entry)?.at, entry.id(), entry.header().dev));
        let (opened, _, dev) = self.openings().filter_map(opening).min()?;
        let signed = self.entries.iter().filter_map(|entry| match entry.body() {
            Body::Anchor(anchor)
                if entry.header().dev == dev && !self.forged_anchors.contains(&entry.id()) =>
            {
                Some(anchor.at)
            }
            _ => None,
        });
        signed.filter(|at| *at <= opened).max()
    }

    /// When an entry of the visit was stated.
    pub(super) fn time_of(&self, entry: &Entry) -> Option<Bracket> {
        self.times.get(&entry.id()).copied()
    }

    /// When the governing seal, and those whose place it took, were first received.
    fn sealed_at(&self, governing: Option<SealId>) -> Vec<WallTime> {
        let mut found = Vec::new();
        let mut next = governing;
        for _ in 0..self.seals.len() {
            let Some((id, signed)) = next.and_then(|id| self.seals.get_key_value(&id)) else {
                break;
            };
            let at = self.sealed_ms.get(id).copied().map(WallTime::from_ms_clamped);
            found.extend(at);
            next = signed.seal.body().supersedes;
        }
        found
    }

    /// Between which moments the visit was made; nothing before it is sealed.
    fn bracket(&self, shown: Option<SealId>) -> Option<media::Bracket> {
        Some(media::Bracket {
            from_ms: self.opening()?.from.ms(),
            to_ms: *self.sealed_ms.get(&shown?)?,
        })
    }

    /// The seal that governs, or where several compete the one that came first.
    fn shown(&self, report: &Report) -> Option<SealId> {
        let first = || {
            self.sealed_ms
                .iter()
                .min_by_key(|(id, at)| (**at, **id))
                .map(|(id, _)| *id)
        };
        report.governing.or_else(first)
    }
}

type Seals = (BTreeMap<SealId, SignedSeal>, Vec<Vec<u8>>, BTreeMap<SealId, i64>);

fn seals(db: &Connection, visit: VisitId) -> Result<Seals> {
    let (mut seals, mut notes, mut sealed_ms) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
    let mut select = db.prepare_cached("SELECT id, first, journal FROM seal WHERE visit = ?1 ORDER BY id")?;
    let rows = select.query_map([visit.to_bytes()], |row| {
        Ok((
            row.get::<_, [u8; 32]>(0)?,
            row.get::<_, u64>(1)?,
            row.get::<_, u64>(2)?,
        ))
    })?;
    for row in rows {
        let (id, first, seq) = row?;
        let note = journal::payload(db, seq)?;
        let seal = Seal::parse(&note)
            .map_err(|error| ArchiveError::Damaged(format!("journal row {seq}: {error}")))?;
        let id = SealId::from_bytes(id);
        let mut select = db.prepare_cached(
            "SELECT device FROM seal_signer WHERE visit = ?1 AND seal = ?2 ORDER BY device",
        )?;
        let signers = select.query_map(params![visit.to_bytes(), id.as_bytes()], |row| {
            row.get::<_, [u8; 32]>(0)
        })?;
        let signers: Vec<DeviceId> = signers
            .map(|id| Ok(DeviceId::from_bytes(id?)))
            .collect::<rusqlite::Result<_>>()?;
        sealed_ms.insert(id, journal::read(db, first)?.recv_ms);
        seals.insert(id, SignedSeal { seal, signers });
        notes.push(note);
    }
    Ok((seals, notes, sealed_ms))
}

/// The originals that the visit names and that are held: their hashes were checked when they came.
fn blobs(db: &Connection, visit: VisitId) -> Result<BTreeMap<BlobHash, HeldBlob>> {
    let mut select = db.prepare_cached(
        "SELECT blob.hash, blob.bytes FROM blob_use JOIN blob ON blob.hash = blob_use.hash
         WHERE blob_use.visit = ?1",
    )?;
    let rows = select.query_map([visit.to_bytes()], |row| {
        Ok((row.get::<_, [u8; 32]>(0)?, row.get(1)?))
    })?;
    rows.map(|row| {
        let (hash, bytes) = row?;
        let sha256 = BlobHash::from_bytes(hash);
        Ok((sha256, HeldBlob { sha256, bytes }))
    })
    .collect()
}

/// What the office assigned: household and contract.
fn assigned(db: &Connection, visit: VisitId) -> Result<Option<(HouseholdId, ContractId)>> {
    let mut select = db.prepare_cached(
        "SELECT household, contract FROM assignment WHERE visit = ?1 ORDER BY withdrawn, journal DESC, person LIMIT 1",
    )?;
    let row = select.query_row([visit.to_bytes()], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?))
    });
    let Some((household, contract)) = row.optional()? else {
        return Ok(None);
    };
    Ok(Some((HouseholdId::from_bytes(household), parse_id(&contract)?)))
}

fn is_expected(db: &Connection, visit: VisitId) -> Result<bool> {
    let mut select =
        db.prepare_cached("SELECT 1 FROM assignment WHERE visit = ?1 AND withdrawn = 0 LIMIT 1")?;
    Ok(select.exists([visit.to_bytes()])?)
}

fn area_of(db: &Connection, household: HouseholdId) -> Result<String> {
    let mut select = db.prepare_cached("SELECT area FROM household WHERE id = ?1")?;
    Ok(select
        .query_row([household.to_bytes()], |row| row.get(0))
        .optional()?
        .unwrap_or_default())
}

/// What verification finds in the evidence and its clocks.
fn report(evidence: &Evidence, signing: &Signing, entries: &[&Entry]) -> Report {
    let mut report = verify::check_trusted(&Trusted {
        entries,
        seals: &evidence.seals,
        blobs: &evidence.blobs,
        keys: &evidence.keys,
        answers: &signing.answers,
        rulings: signing.rulings(),
        forged_anchors: &evidence.forged_anchors,
    });
    for opening in evidence.openings() {
        let found = evidence.time_of(opening);
        let told = found.iter().flat_map(|found| times::findings(opening, found));
        report.findings.extend(told);
    }
    report
}

/// When the office sent the visit back.
fn returned_at(db: &Connection, visit: VisitId, signing: &Signing) -> Result<Vec<WallTime>> {
    if signing.returned.is_empty() {
        return Ok(Vec::new());
    }
    Ok(returns::of_visit(db, visit)?.iter().map(|one| one.at).collect())
}

/// Judges a visit by itself; nothing where there is nothing to judge.
pub(super) fn judge(scope: &Scope<'_>, visit: VisitId, touched: &Touched) -> Result<Option<Judged>> {
    let (db, known) = (scope.db, scope.known);
    let mut evidence = Evidence::read(db, known, visit)?;
    let admitted = Admitted::of(db, visit, &mut evidence)?;
    let signing = Signing::of(db, known, visit, &evidence)?;
    let returned_at = returned_at(db, visit, &signing)?;
    let entries: Vec<&Entry> = evidence.entries.iter().map(Arc::as_ref).collect();
    let assigned = assigned(db, visit)?;
    let nothing = evidence.entries.is_empty() && evidence.seals.is_empty();
    if nothing && !is_expected(db, visit)? {
        return Ok(None);
    }
    let mut report = report(&evidence, &signing, &entries);
    let shown = evidence.shown(&report);
    let standing = shown
        .and_then(|id| evidence.seals.get(&id))
        .map(|signed| &signed.seal);
    let seal = standing.map(Seal::body);
    let Some((household, contract, differs)) = names(&evidence, seal, assigned) else {
        return Ok(None);
    };
    let versions = derive::versions(db, known, &contract)?;
    let terms = versions
        .for_visit(evidence.opened().map(WallTime::day))
        .map(Arc::as_ref);
    let org = terms.map_or(Ok(None), |terms| admitted.assigned.org(terms))?;
    let reused = reuse::find(db, known, visit, &entries)?;
    let investigators = proxies::investigators(db, visit, &entries, terms)?;
    let (is_assigned, mut findings) = admitted.weigh(db, visit, seal, (household, evidence.opened()))?;
    let mut marks = BTreeSet::new();
    let sealed = match standing {
        None => None,
        Some(standing) => {
            let seal = standing.body();
            let answers = revealed(db, seal, touched)?;
            let form = derive::questionnaire(db, known, seal.form)?;
            let ground = ground(db, &versions, &contract, standing, &evidence)?;
            findings.extend(ground.findings(seal));
            marks = twins::marks(db, scope.marker, household, answers.as_deref(), &ground.identity)?;
            let of_signing = signing.reasons(&mut report, ground.standards.first().copied());
            let held = Sealing {
                evidence: &evidence,
                entries: &entries,
                report: &report,
                seal,
                answers: answers.as_deref(),
                terms,
                ground: &ground,
                form: form.as_deref(),
                is_returned: signing.returned.contains(&standing.id()),
                returned_at: &returned_at,
                investigators: &investigators,
                stale: stale::signatures(db, seal, form.as_deref(), &entries, &evidence.keys)?,
                of_signing,
                is_assigned,
            };
            let verdict = held.verdict(known, standing);
            Some(sealed(&held, verdict.as_deref(), differs, reused.is_reused()))
        }
    };
    let awaited = sealed
        .as_ref()
        .is_none_or(|(sealed, ..)| sealed.entries_awaited > 0);
    findings.extend(told(&signing, &report, awaited, reused));
    let differences = sealed.iter().flat_map(|(_, _, found)| found);
    findings.extend(differences.map(differs_from_claim));
    findings.extend(twins::findings(db, household, &marks)?);
    findings.extend(proxies::findings(&entries, &investigators));
    findings.extend(media::find(db, visit, &entries, evidence.bracket(shown), terms)?);
    let progress = progress(sealed.as_ref().map(|(sealed, ..)| sealed), nothing, &entries);
    let signers = sealed.as_ref().map(|(sealed, ..)| &sealed.signers);
    let lifted = lifted(db, visit, &contract, signers, &evidence)?;
    let judged = Visit {
        area: &area_of(db, household)?,
        opened: evidence.opened(),
        progress,
        lifted: &lifted,
    };
    let standing = stand(&judged, terms);
    let (missing, waived) = lacking(sealed.as_ref().map(|(sealed, ..)| sealed));
    Ok(Some(Judged {
        household,
        contract,
        org,
        outcome: sealed.map(|(_, outcome, _)| outcome).unwrap_or_default(),
        opened: evidence.opened(),
        received_ms: shown
            .and_then(|id| evidence.sealed_ms.get(&id).copied())
            .unwrap_or(0),
        seal: shown.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
        kept: Kept {
            standing,
            missing,
            waived,
        },
        marks,
        findings,
    }))
}

/// How far a visit has come.
fn progress<'a>(sealed: Option<&'a Sealed>, nothing: bool, entries: &[&Entry]) -> Progress<'a> {
    match sealed {
        Some(sealed) => Progress::Sealed(sealed),
        None if nothing => Progress::Assigned,
        None if !voids(entries).is_empty() => Progress::Voided,
        None => Progress::Draft,
    }
}

/// What is told of a visit: codes with details.
fn told(
    signing: &Signing,
    report: &Report,
    entries_awaited: bool,
    reused: reuse::Reused,
) -> Vec<(String, serde_json::Value)> {
    let is_told = |finding: &&Finding| {
        let is_new = finding.code != Code::SignerRefused || !signing.tells_of(&finding.subject);
        is_new && is_told(finding.code, entries_awaited)
    };
    let told = report.findings.iter().filter(is_told);
    told.map(|finding| (finding.code.to_string(), json!({ "subject": finding.subject })))
        .chain(signing.findings.iter().cloned())
        .chain(reused.findings)
        .collect()
}

/// The answers under a seal with the values that are kept, if they are here.
fn revealed(db: &Connection, seal: &SealBody, touched: &Touched) -> Result<Option<Arc<Revealed>>> {
    let Some(hash) = seal.snapshot else {
        return Ok(None);
    };
    match touched.revealed.get(&(seal.visit, hash)) {
        Some(answers) => Ok(Some(Arc::clone(answers))),
        None => Ok(answers(db, seal.visit, hash)?.map(Arc::new)),
    }
}

/// What the contract had in force when the visit was opened.
fn ground<'a>(
    db: &Connection,
    versions: &'a Versions,
    contract: &ContractId,
    seal: &Seal,
    evidence: &Evidence,
) -> Result<Ground<'a>> {
    let sealed_ms = evidence.sealed_ms.get(&seal.id()).copied().unwrap_or(0);
    Ok(Ground::of(
        versions,
        &derive::publications(db, contract)?,
        seal.body(),
        WallTime::from_ms_clamped(sealed_ms),
        evidence.opened(),
        evidence.heard(),
    ))
}

/// What the purchaser has lifted of a sealed visit.
fn lifted(
    db: &Connection,
    visit: VisitId,
    contract: &ContractId,
    signers: Option<&BTreeSet<PersonId>>,
    evidence: &Evidence,
) -> Result<BTreeSet<Reason>> {
    let Some(signers) = signers else {
        return Ok(BTreeSet::new());
    };
    let first_ms = evidence.sealed_ms.values().min().copied().unwrap_or(0);
    lifts::lifted(db, visit, contract, signers, evidence.opened(), first_ms)
}

/// Household and contract of a visit, and whether those who name them disagree.
fn names(
    evidence: &Evidence,
    seal: Option<&SealBody>,
    assigned: Option<(HouseholdId, ContractId)>,
) -> Option<(HouseholdId, ContractId, bool)> {
    let opens = evidence.entries.iter().filter_map(|entry| match entry.body() {
        Body::Open(open) => Some((open.household, entry.header().contract.clone())),
        _ => None,
    });
    let sealed = seal.map(|seal| (seal.household, seal.contract.clone()));
    let told: Vec<(HouseholdId, ContractId)> = assigned.into_iter().chain(sealed).chain(opens).collect();
    let (household, contract) = told.first()?.clone();
    let differs = told.iter().any(|other| *other != (household, contract.clone()));
    Some((household, contract, differs))
}

/// What the standard asks for and is missing, or is waived.
fn lacking(sealed: Option<&Sealed>) -> (Vec<Missing>, Vec<Waived>) {
    let assessment = sealed.and_then(|sealed| sealed.assessment.clone());
    assessment
        .map(|found| (found.missing, found.waived))
        .unwrap_or_default()
}

/// What is worth telling. What is still to come has its own reason; a seal that came before its entries says
/// nothing yet about what they hold.
fn is_told(code: Code, entries_awaited: bool) -> bool {
    let early = matches!(
        code,
        Code::SealTail | Code::SealMedia | Code::SealOpened | Code::SealHead
    );
    // Who has to sign anew, or was not there, must hear of it: nothing that is still to come will mend that.
    let mends = matches!(code, Code::SignatureStale | Code::SignerAbsent) && !entries_awaited;
    mends || (code.weight() != Weight::Awaited && !(entries_awaited && early))
}

/// What was read about a sealed visit.
struct Sealing<'a> {
    evidence: &'a Evidence,
    entries: &'a [&'a Entry],
    report: &'a Report,
    seal: &'a SealBody,
    answers: Option<&'a Revealed>,
    /// The version of the contract that was in force when the visit was opened.
    terms: Option<&'a Contract>,
    ground: &'a Ground<'a>,
    /// The form that the seal names, if it is known here.
    form: Option<&'a Questionnaire>,
    /// The office sent this seal back.
    is_returned: bool,
    /// When the office sent the visit back.
    returned_at: &'a [WallTime],
    /// Proxies who are the contractor's own people.
    investigators: &'a BTreeSet<SaltedDigest>,
    /// Signatures of the household under other answers than the seal's.
    stale: BTreeSet<EntryId>,
    /// The reasons that follow from the signatures.
    of_signing: BTreeSet<Reason>,
    /// All who took part are assigned, or the office adopted the household that they found.
    is_assigned: bool,
}

impl Sealing<'_> {
    /// What the form says about the sealed answers; nothing while they or the form are not here.
    fn verdict(&self, known: &Known, seal: &Seal) -> Option<Arc<Verdict>> {
        let nothing = Revealed::default();
        let answers = match (self.answers, self.seal.snapshot) {
            (Some(answers), _) => answers,
            (None, None) => &nothing,
            (None, Some(_)) => return None,
        };
        Some(form::verdict(known, seal, self.form?, answers))
    }

    /// What keeps the visit from counting until the purchaser decides about its time.
    fn time_reasons(&self, facts: &VisitFacts, standard: Option<&Standard>) -> Vec<Reason> {
        let (Some(terms), Some(opening)) = (self.terms, self.evidence.opening()) else {
            return Vec::new();
        };
        let rules = standard.and_then(|standard| standard.requirements(self.seal.outcome));
        let attempts = rules.and_then(|rules| rules.attempts.as_ref());
        let last_attempt = attempts.and_then(|rule| facts.last_photo(&rule.purpose));
        let upload = Upload {
            begun: last_attempt.unwrap_or(opening.at),
            seals: &self.evidence.sealed_at(self.report.governing),
            returns: self.returned_at,
        };
        let reasons = [
            (is_uncertain(&opening, terms), Reason::TimeUncertain),
            (is_late(&upload, terms), Reason::Late),
        ];
        let found = reasons.into_iter().filter(|(is_found, _)| *is_found);
        found.map(|(_, reason)| reason).collect()
    }

    /// Holds the facts to the standards that they may meet: to the one that they meet, or else to the first.
    fn assessment(&self, facts: &VisitFacts, verdict: Option<&Verdict>) -> Option<Assessment> {
        let mut found = self
            .ground
            .standards
            .iter()
            .map(|standard| self.assess(facts, standard, verdict));
        let first = found.next()?;
        if first.missing.is_empty() {
            return Some(first);
        }
        Some(found.find(|other| other.missing.is_empty()).unwrap_or(first))
    }

    /// Holds the facts to a standard, and adds what the form says.
    fn assess(&self, facts: &VisitFacts, standard: &Standard, verdict: Option<&Verdict>) -> Assessment {
        let mut assessment = if self.ground.may_meet(standard, facts.standard) {
            let mut facts = facts.clone();
            facts.standard = standard.hash();
            assess(&facts, standard)
        } else {
            assess(facts, standard)
        };
        if let Some(verdict) = verdict {
            verdict.add_to(&mut assessment);
        }
        if let (Some(form), Some(answers)) = (self.form, self.answers) {
            hold_originals(form, answers, facts, &mut assessment);
            hold_to_visit(form, answers, facts, &mut assessment);
        }
        if self.form.is_none() {
            assessment.missing.push(Missing {
                code: MissingCode::FormUnknown,
                requirement: derive::unknown_form(&self.seal.form),
                have: 0,
                need: 1,
                waiver: None,
            });
            assessment.missing.sort_unstable();
        }
        assessment
    }
}

/// A finding about an original that is not what an entry claims of it.
fn differs_from_claim(found: &Difference) -> (String, serde_json::Value) {
    let Difference {
        code,
        blob,
        of,
        claimed,
        seen,
    } = found;
    let details = json!({ "blob": blob, "of": of, "claimed": claimed, "seen": seen });
    (code.to_string(), details)
}

/// The visit as its seal has it, the word of its outcome, and where originals are not what entries claim.
fn sealed(
    of: &Sealing<'_>,
    verdict: Option<&Verdict>,
    differs: bool,
    reused: bool,
) -> (Sealed, String, BTreeSet<Difference>) {
    let (report, seal) = (of.report, of.seal);
    let facts = VisitFacts::derive(&Stated {
        entries: of.entries,
        stage: Stage::Sealed {
            seal,
            signers: &report.signers,
        },
        answers: of.answers,
        original: &|blob| of.evidence.original(blob),
        stated_at: &|entry| {
            let found = of.evidence.time_of(entry);
            found.map_or_else(|| by_wall_clock(entry), |found| found.at)
        },
        is_investigator: &|name| of.investigators.contains(name),
        is_stale: &|entry| of.stale.contains(&entry.id()),
    });
    let mut against = against(report, facts.entries_awaited > 0);
    against.extend(&of.of_signing);
    if differs {
        against.insert(Reason::HeaderDiffers);
    }
    if !of.is_assigned {
        against.insert(Reason::NotAssigned);
    }
    if of.is_returned {
        against.insert(Reason::Returned);
    }
    if reused {
        against.insert(Reason::MediaReused);
    }
    let is_broken = |found: &Difference| found.code.weight() == Weight::Broken;
    if facts.differences.iter().any(is_broken) {
        against.insert(Reason::EvidenceBroken);
    }
    against.extend(of.time_reasons(&facts, of.ground.standards.first().copied()));
    against.extend(of.ground.reasons());
    let outcome = serde_json::to_value(seal.outcome)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned));
    let sealed = Sealed {
        outcome: seal.outcome,
        assessment: of.assessment(&facts, verdict),
        signers: report.signers.clone(),
        answers_awaited: seal.snapshot.is_some() && of.answers.is_none(),
        media_awaited: u64::try_from(facts.blobs_awaited.len()).unwrap_or(u64::MAX),
        entries_awaited: facts.entries_awaited,
        against,
    };
    (sealed, outcome.unwrap_or_default(), facts.differences)
}

fn against(report: &Report, entries_awaited: bool) -> BTreeSet<Reason> {
    let reasons = report
        .findings
        .iter()
        .filter(|finding| finding.code != Code::MediaAwaited)
        .filter_map(|finding| match (finding.code, finding.code.weight()) {
            (Code::SealHeader, _) => Some(Reason::HeaderDiffers),
            (Code::SealsCompete, _) => Some(Reason::SealsCompete),
            (_, Weight::Notice) => None,
            (_, Weight::Awaited) => Some(Reason::OneInvestigator),
            (code, Weight::Broken) => is_told(code, entries_awaited).then_some(Reason::EvidenceBroken),
        });
    reasons.collect()
}

/// The answers of a snapshot with the values that are still kept; nothing while they are not here.
fn answers(db: &Connection, visit: VisitId, hash: SnapshotHash) -> Result<Option<Revealed>> {
    let Some((snapshot, disclosures)) = signing::snapshot(db, visit, hash)? else {
        return Ok(None);
    };
    let revealed = snapshot.reveal(&disclosures);
    revealed
        .map(Some)
        .map_err(|error| ArchiveError::Damaged(format!("the snapshot {hash}: {error}")))
}
