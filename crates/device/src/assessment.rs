//! What is missing: the visit as it stands, held to its standard, before anyone seals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, ContractId, EntryId, VisitId};
use hudang_evidence::original::{Inspected, Original};
use hudang_evidence::seal::Outcome;
use hudang_evidence::snapshot::{Revealed, SaltedDigest};
use hudang_visit::assess::{Assessment, assess};
use hudang_visit::facts::{Evidence, Stage, VisitFacts, by_wall_clock, proxy};
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::Filling;
use hudang_visit::questionnaire::judge::Verdict;
use hudang_visit::questionnaire::known::hold_to_visit;
use hudang_visit::questionnaire::originals::hold_originals;
use hudang_visit::questionnaire::signed::{AnswersThen, Phones, signed_snapshots, stale_signatures};
use hudang_visit::questionnaire::typing::Typed;
use hudang_visit::standard::Standard;
use hudang_visit::value::{AnswerPath, Value};
use rusqlite::OptionalExtension as _;

use crate::device::{Device, Scope};
use crate::documents::About;
use crate::doubts::Doubts;
use crate::error::{DeviceError, Result};

impl Device {
    /// What the visit lacks. Where it is not decided how it ended, it is held to what a finished one needs.
    pub fn missing(&self, visit: VisitId) -> Result<Assessment> {
        let scope = self.scope();
        let about = scope.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let (asked, outcome) = scope.asked(visit, &about)?;
        scope.assess_draft(visit, &about, &asked, &scope.entries(visit)?, outcome)
    }

    /// What the visit lacks, and what speaks against its photos: what its standard does not count, what is in another visit of
    /// this phone, and whose camera was somewhere else or at another time.
    pub fn missing_and_doubts(&self, visit: VisitId) -> Result<(Assessment, Doubts)> {
        let scope = self.scope();
        let about = scope.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let (asked, outcome) = scope.asked(visit, &about)?;
        let entries = scope.entries(visit)?;
        let standard = scope.standard(&about.standard)?;
        let facts = scope.draft_facts(visit, &about, &asked, &entries, outcome)?;
        let doubts = scope.doubts(visit, &entries, &facts, &standard)?;
        Ok((asked.assess(&facts, &standard), doubts))
    }

    /// The signatures of the household that do not cover the answers as they stand now, each with the names of the answers
    /// that changed since; an empty name stands for what is not here to be compared.
    pub fn stale_signatures(&self, visit: VisitId) -> Result<BTreeMap<EntryId, BTreeSet<String>>> {
        let scope = self.scope();
        let entries = scope.entries(visit)?;
        if !entries.iter().any(is_signature) {
            return Ok(BTreeMap::new());
        }
        let (form, answers) = self.look(visit, |filling| {
            (Arc::clone(filling.questionnaire()), filling.sealed())
        })?;
        scope.stale_signatures(visit, &form, &answers, &entries)
    }
}

/// The answers as they would be sealed, what the form says about them, and about what is being typed.
pub(crate) struct Asked {
    revealed: Revealed,
    verdict: Verdict,
    form: Arc<Questionnaire>,
    /// Whether a typed text is no answer of its question: no seal leaves that behind.
    pub(crate) has_unfit: bool,
}

impl Asked {
    pub(crate) fn of(filling: &Filling, outcome: Outcome, drafts: &BTreeMap<AnswerPath, Value>) -> Self {
        let revealed = Revealed {
            answers: filling.sealed(),
            withheld: 0,
        };
        let verdict = filling.verdict_with(&revealed, outcome, drafts);
        let is_unfit =
            |(path, value): (&AnswerPath, &Value)| matches!(filling.typed(path, value), Typed::Unfit(_));
        Self {
            has_unfit: drafts.iter().any(is_unfit),
            revealed,
            verdict,
            form: Arc::clone(filling.questionnaire()),
        }
    }

    fn assess(&self, facts: &VisitFacts, standard: &Standard) -> Assessment {
        let mut assessment = assess(facts, standard);
        self.verdict.add_to(&mut assessment);
        hold_originals(&self.form, &self.revealed, facts, &mut assessment);
        hold_to_visit(&self.form, &self.revealed, facts, &mut assessment);
        assessment
    }
}

/// Whether an entry brings a signature by hand.
const fn is_signature(entry: &Entry) -> bool {
    matches!(entry.body(), Body::Sign(_))
}

impl Scope<'_> {
    /// The answers as they stand, and how the visit ended; one of which that is not decided is taken for finished.
    fn asked(&self, visit: VisitId, about: &About) -> Result<(Asked, Outcome)> {
        let document = self.read_document(visit)?;
        let outcome = document.outcome()?.unwrap_or(Outcome::Done);
        let filling = self.filling(visit, about, &document)?;
        let asked = Asked::of(&filling, outcome, &self.drafts(visit)?);
        self.keep_filling(visit, document.heads(), filling);
        Ok((asked, outcome))
    }

    pub(crate) fn assess_draft(
        &self,
        visit: VisitId,
        about: &About,
        asked: &Asked,
        entries: &[Entry],
        outcome: Outcome,
    ) -> Result<Assessment> {
        let facts = self.draft_facts(visit, about, asked, entries, outcome)?;
        Ok(asked.assess(&facts, &self.standard(&about.standard)?))
    }

    /// What the evidence says of the visit as it stands.
    fn draft_facts(
        &self,
        visit: VisitId,
        about: &About,
        asked: &Asked,
        entries: &[Entry],
        outcome: Outcome,
    ) -> Result<VisitFacts> {
        let originals = self.originals(entries)?;
        let times = self.own_times(entries)?;
        let stale = self.stale_signatures(visit, &asked.form, &asked.revealed.answers, entries)?;
        let investigators = self.investigators_as_proxies(&about.contract, entries)?;
        let entries: Vec<&Entry> = entries.iter().collect();
        Ok(VisitFacts::derive(&Evidence {
            entries: &entries,
            stage: Stage::Draft {
                visit,
                outcome,
                standard: about.standard,
            },
            answers: Some(&asked.revealed),
            original: &|blob| match originals.get(blob) {
                Some(Some(inspected)) => Original::Inspected(inspected),
                Some(None) => Original::Absent,
                None => Original::Elsewhere,
            },
            stated_at: &|entry| {
                let known = times.get(&entry.id());
                known.map_or_else(|| by_wall_clock(entry), |known| known.at)
            },
            is_investigator: &|name| investigators.contains(name),
            is_stale: &|entry| stale.contains_key(&entry.id()),
        }))
    }

    /// The signatures of the household that cover other answers than those that stand now, with the names of these.
    fn stale_signatures(
        &self,
        visit: VisitId,
        form: &Questionnaire,
        answers: &BTreeMap<String, serde_json::Value>,
        entries: &[Entry],
    ) -> Result<BTreeMap<EntryId, BTreeSet<String>>> {
        if !entries.iter().any(is_signature) {
            return Ok(BTreeMap::new());
        }
        let mut then = BTreeMap::new();
        for hash in signed_snapshots(entries) {
            if let Some((snapshot, disclosures)) = self.snapshot(&hash)? {
                then.insert(hash, AnswersThen::fixed(&snapshot, &disclosures));
            }
        }
        // What is only known is sealed by nobody who answered nothing.
        let now = if self.read_document(visit)?.standing()?.is_answered() {
            AnswersThen::standing(answers)
        } else {
            AnswersThen::default()
        };
        let mut phones = Phones::One;
        for entry in entries {
            if !self.is_own(entry.header().dev)? {
                phones = Phones::Several;
            }
        }
        Ok(stale_signatures(Some(form), entries, &then, &now, phones))
    }

    /// The proxies whose name is that of somebody on the contract's roster.
    fn investigators_as_proxies(
        &self,
        contract: &ContractId,
        entries: &[Entry],
    ) -> Result<BTreeSet<SaltedDigest>> {
        let named: BTreeSet<SaltedDigest> = entries.iter().filter_map(proxy).map(|(_, name)| *name).collect();
        let mut found = BTreeSet::new();
        // Few visits have any: the contract is read for those alone.
        if named.is_empty() {
            return Ok(found);
        }
        let Some(terms) = self.contract(contract)? else {
            return Ok(found);
        };
        for digest in named {
            if self
                .remark(&digest)?
                .is_some_and(|name| terms.names_on_roster(&name))
            {
                found.insert(digest);
            }
        }
        Ok(found)
    }

    /// What was seen in the originals of this phone's entries; nothing in those that are neither here nor with the
    /// server. A partner's are the partner's phone's to keep.
    fn originals(&self, entries: &[Entry]) -> Result<BTreeMap<BlobHash, Option<Inspected>>> {
        let mut safe = self.db.prepare_cached(
            "SELECT size_bytes, seen FROM blob WHERE hash = ?1 AND (gone = 0 OR with_server = 1)",
        )?;
        let mut found = BTreeMap::new();
        for entry in entries {
            let Some((blob, _)) = entry.body().blob() else {
                continue;
            };
            if !self.is_own(entry.header().dev)? {
                continue;
            }
            let row = safe.query_row([blob.as_bytes()], |row| {
                Ok((row.get(0)?, row.get::<_, String>(1)?))
            });
            let inspected = match row.optional()? {
                None => None,
                Some((bytes, seen)) => Some(Inspected {
                    bytes,
                    seen: serde_json::from_str(&seen).map_err(|error| {
                        DeviceError::Damaged(format!("the facts of an original: {error}"))
                    })?,
                }),
            };
            found.insert(blob, inspected);
        }
        Ok(found)
    }
}
