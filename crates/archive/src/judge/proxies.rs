//! Signatures of a household that were written through somebody else: whoever is paid for the visit writes for nobody in it.

use std::collections::BTreeSet;

use hudang_contract::contract::Contract;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::VisitId;
use hudang_evidence::snapshot::{Disclosure, SaltedDigest};
use hudang_visit::facts::proxy;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::error::{ArchiveError, Result};
use crate::file::disclosures_of;

/// The finding about a signature through one of the contractor's people, which counts as none.
const SIGN_PROXY: &str = "SIGN-PROXY";

/// The proxies whose name, where it is here, is that of somebody on the contract's roster.
pub(super) fn investigators(
    db: &Connection,
    visit: VisitId,
    entries: &[&Entry],
    terms: Option<&Contract>,
) -> Result<BTreeSet<SaltedDigest>> {
    let proxies = entries.iter().filter_map(|entry| proxy(entry));
    let named: BTreeSet<SaltedDigest> = proxies.map(|(_, name)| *name).collect();
    let Some(terms) = terms.filter(|_| !named.is_empty()) else {
        return Ok(BTreeSet::new());
    };
    let mut found = BTreeSet::new();
    for line in disclosures_of(db, visit, b"")? {
        let remark = Disclosure::parse(&line)
            .map_err(|error| ArchiveError::Damaged(format!("a remark of {visit}: {error}")))?;
        let digest = SaltedDigest::of(&remark);
        let is_of_roster = || {
            remark
                .value()
                .as_str()
                .is_some_and(|name| terms.names_on_roster(name))
        };
        if named.contains(&digest) && is_of_roster() {
            found.insert(digest);
        }
    }
    Ok(found)
}

/// The signatures that count as none because of it.
pub(super) fn findings(entries: &[&Entry], investigators: &BTreeSet<SaltedDigest>) -> Vec<(String, Value)> {
    let proxies = entries.iter().filter_map(|entry| proxy(entry));
    proxies
        .filter(|(_, name)| investigators.contains(name))
        .map(|(sign, _)| {
            let details = json!({ "blob": sign.sha256, "role": sign.role });
            (SIGN_PROXY.to_owned(), details)
        })
        .collect()
}
