//! Which signatures of the household cover other answers than those that the governing seal fixes (EVIDENCE §1.10 `SIGN-STALE`).

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::{Body, SignerRole};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::EntryId;
use hudang_evidence::seal::SealBody;
use hudang_evidence::verify::Keyring;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::signed::{AnswersThen, Phones, signed_snapshots, stale_signatures};
use rusqlite::Connection;

use super::signing::snapshot;
use crate::error::Result;

/// The entries of such signatures. Nothing is read where the seal fixes just what was signed.
pub(super) fn signatures(
    db: &Connection,
    seal: &SealBody,
    form: Option<&Questionnaire>,
    entries: &[&Entry],
    keys: &Keyring,
) -> Result<BTreeSet<EntryId>> {
    let differs = |entry: &&&Entry| match entry.body() {
        Body::Sign(sign) => sign.role == SignerRole::Household && sign.snapshot != seal.snapshot,
        _ => false,
    };
    let signed: Vec<&Entry> = entries.iter().filter(differs).copied().collect();
    if signed.is_empty() {
        return Ok(BTreeSet::new());
    }
    let answers = |hash| -> Result<Option<AnswersThen>> {
        let found = snapshot(db, seal.visit, hash)?;
        Ok(found.map(|(snapshot, disclosures)| AnswersThen::fixed(&snapshot, &disclosures)))
    };
    let now = match seal.snapshot {
        None => AnswersThen::default(),
        Some(hash) => match answers(hash)? {
            Some(now) => now,
            // The answers are still to come, and are judged with them.
            None => return Ok(BTreeSet::new()),
        },
    };
    let mut then = BTreeMap::new();
    for hash in signed_snapshots(signed.iter().copied()) {
        if let Some(answers) = answers(hash)? {
            then.insert(hash, answers);
        }
    }
    let installation = |entry: &&Entry| {
        keys.get(&entry.header().dev)
            .and_then(|enrolled| enrolled.installation)
    };
    let installations: BTreeSet<_> = entries.iter().map(installation).collect();
    let phones = if installations.len() > 1 {
        Phones::Several
    } else {
        Phones::One
    };
    let stale = stale_signatures(form, signed, &then, &now, phones);
    Ok(stale.into_keys().collect())
}
