//! The tables. The journal is the truth; every other table but `counter` and `brought` can be derived from it again.
//!
//! Ids and hashes are BLOBs of their raw bytes (16 for visits and households, 32 for hashes), codes and JSON
//! are TEXT, times are INTEGER milliseconds since 1970. Empty means absent: no column is NULL.

use rusqlite::Connection;

use crate::error::{ArchiveError, Result};

/// What changed the tables since the first version, in order; `user_version` says how many are in force.
const STEPS: &[&str] = &[
    JOURNAL, EVIDENCE, OFFICE, COUNTED, MEDIA, RETURNS, CONTACTS, LIFTS, MARKS, COMPARED,
];

/// The journal. Rows are only added; the one change allowed is to empty a payload with its salt, which is how personal
/// values are erased (EVIDENCE §1.5): the digest stays, so that the gap is told from damage and the chain holds.
const JOURNAL: &str = "
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  recv_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  device BLOB NOT NULL DEFAULT x'',
  subject BLOB NOT NULL DEFAULT x'',
  salt BLOB NOT NULL DEFAULT x'',
  digest BLOB NOT NULL,
  link BLOB NOT NULL,
  payload BLOB NOT NULL
) STRICT;
CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_keeps_content BEFORE UPDATE ON journal
WHEN NEW.payload <> x'' OR NEW.salt <> x'' OR NEW.seq <> OLD.seq OR NEW.recv_ms <> OLD.recv_ms OR NEW.kind <> OLD.kind
  OR NEW.device <> OLD.device OR NEW.subject <> OLD.subject OR NEW.digest <> OLD.digest OR NEW.link <> OLD.link
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE counter (
  installation BLOB PRIMARY KEY,
  highest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE brought (
  visit BLOB NOT NULL,
  installation BLOB NOT NULL,
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  sealed INTEGER NOT NULL,
  PRIMARY KEY (visit, installation)
) STRICT, WITHOUT ROWID;
CREATE INDEX brought_unsealed ON brought (installation) WHERE sealed = 0;
";

/// What devices stated, each row beside its place in the journal.
const EVIDENCE: &str = "
CREATE TABLE entry (
  visit BLOB NOT NULL,
  device INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  id BLOB NOT NULL,
  dseq INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (visit, device, seq, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_of_device ON entry (device, dseq);
CREATE TABLE seal (
  visit BLOB NOT NULL,
  id BLOB NOT NULL,
  first INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (visit, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE seal_signer (
  visit BLOB NOT NULL,
  seal BLOB NOT NULL,
  device BLOB NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (visit, seal, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE document (
  id BLOB PRIMARY KEY,
  journal INTEGER NOT NULL,
  heads BLOB NOT NULL,
  saved BLOB NOT NULL
) STRICT;
CREATE TABLE document_part (
  visit BLOB NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (visit, journal)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshot (
  visit BLOB NOT NULL,
  hash BLOB NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (visit, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE disclosure (
  visit BLOB NOT NULL,
  journal INTEGER NOT NULL,
  snapshot BLOB NOT NULL,
  PRIMARY KEY (visit, journal)
) STRICT, WITHOUT ROWID;
CREATE TABLE remark (
  visit BLOB NOT NULL,
  digest BLOB NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (visit, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (
  visit BLOB NOT NULL,
  seal BLOB NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (visit, seal, journal)
) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
  journal INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  device BLOB NOT NULL,
  visit BLOB NOT NULL,
  item BLOB NOT NULL
) STRICT;
CREATE INDEX quarantine_of_item ON quarantine (item);
CREATE INDEX quarantine_of_visit ON quarantine (visit);
";

/// What the office decided.
const OFFICE: &str = "
CREATE TABLE contract_version (
  contract TEXT NOT NULL,
  no INTEGER NOT NULL,
  from_day TEXT NOT NULL,
  journal INTEGER NOT NULL,
  terms INTEGER NOT NULL,
  PRIMARY KEY (contract, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX contract_version_at ON contract_version (journal);
CREATE TABLE contract_proposal (
  contract TEXT PRIMARY KEY,
  from_day TEXT NOT NULL,
  journal INTEGER NOT NULL
) STRICT;
CREATE TABLE form_publication (
  contract TEXT NOT NULL,
  no INTEGER NOT NULL,
  form BLOB NOT NULL,
  from_day TEXT NOT NULL,
  identity TEXT NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (contract, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX form_publication_at ON form_publication (journal);
CREATE TABLE form (
  hash BLOB PRIMARY KEY,
  journal INTEGER NOT NULL
) STRICT;
CREATE TABLE roster (
  contract TEXT NOT NULL,
  person TEXT NOT NULL,
  journal INTEGER NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (contract, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE household (
  id BLOB PRIMARY KEY,
  owner TEXT NOT NULL,
  code TEXT NOT NULL,
  area TEXT NOT NULL,
  since INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  details TEXT NOT NULL,
  UNIQUE (owner, code)
) STRICT;
CREATE TABLE household_view (
  contract TEXT NOT NULL,
  org TEXT NOT NULL,
  code TEXT NOT NULL,
  household BLOB NOT NULL,
  PRIMARY KEY (contract, org, code, household)
) STRICT, WITHOUT ROWID;
CREATE INDEX household_view_by_code ON household_view (contract, code, household);
CREATE INDEX household_view_of ON household_view (household, contract, org);
CREATE TABLE assignment (
  person TEXT NOT NULL,
  household BLOB NOT NULL,
  contract TEXT NOT NULL,
  form BLOB NOT NULL,
  visit BLOB NOT NULL,
  since INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (visit, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_of_person ON assignment (person, journal);
CREATE INDEX assignment_under ON assignment (person, contract);
CREATE INDEX assignment_of_household ON assignment (household, contract);
CREATE TABLE enrol_code (
  hash BLOB PRIMARY KEY,
  contract TEXT NOT NULL,
  org TEXT NOT NULL,
  person TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE installation (
  id BLOB PRIMARY KEY,
  public BLOB NOT NULL,
  journal INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE device (
  n INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  public BLOB NOT NULL,
  installation BLOB NOT NULL,
  person TEXT NOT NULL,
  org TEXT NOT NULL,
  contract TEXT NOT NULL,
  journal INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0,
  succeeded INTEGER NOT NULL DEFAULT 0,
  last_dseq INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX device_on_installation ON device (installation);
CREATE INDEX device_of_person ON device (person);
CREATE INDEX device_of_contract ON device (contract, org, n);
CREATE TABLE organisation (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  journal INTEGER NOT NULL
) STRICT;
CREATE TABLE account (
  label TEXT PRIMARY KEY,
  organisation TEXT NOT NULL,
  role TEXT NOT NULL,
  contracts TEXT NOT NULL,
  kind TEXT NOT NULL,
  person TEXT NOT NULL,
  by TEXT NOT NULL,
  journal INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX account_of ON account (organisation);
CREATE TABLE token (
  hash BLOB PRIMARY KEY,
  account TEXT NOT NULL,
  by TEXT NOT NULL,
  effective_ms INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX token_of ON token (account);
CREATE TABLE slip (
  hash BLOB PRIMARY KEY,
  account TEXT NOT NULL,
  by TEXT NOT NULL,
  effective_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX slip_of ON slip (account);
CREATE TABLE access (
  contract TEXT NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (contract, journal)
) STRICT, WITHOUT ROWID;
CREATE TABLE party (
  org TEXT NOT NULL,
  part TEXT NOT NULL,
  contract TEXT NOT NULL,
  PRIMARY KEY (org, part, contract)
) STRICT, WITHOUT ROWID;
CREATE INDEX party_to ON party (contract);
CREATE TABLE form_view (
  form BLOB NOT NULL,
  contract TEXT NOT NULL,
  org TEXT NOT NULL,
  PRIMARY KEY (form, contract, org)
) STRICT, WITHOUT ROWID;
CREATE TABLE server_key (
  journal INTEGER PRIMARY KEY,
  public BLOB NOT NULL,
  origin TEXT NOT NULL
) STRICT;
";

/// Where each visit stands, and how many stand where.
const COUNTED: &str = "
CREATE TABLE visit (
  id BLOB PRIMARY KEY,
  household BLOB NOT NULL,
  contract TEXT NOT NULL,
  org TEXT NOT NULL,
  area TEXT NOT NULL,
  period TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  outcome TEXT NOT NULL,
  opened_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  seal BLOB NOT NULL,
  standing TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_counted ON visit (contract, area, period, state, reason, opened_ms, id);
CREATE INDEX visit_of_contract ON visit (contract, opened_ms, id);
CREATE INDEX visit_of_org ON visit (contract, org, opened_ms, id);
CREATE INDEX visit_of_household ON visit (household, contract, opened_ms);
CREATE TABLE counts (
  contract TEXT NOT NULL,
  org TEXT NOT NULL,
  area TEXT NOT NULL,
  period TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (contract, org, area, period, state, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE finding (
  visit BLOB NOT NULL,
  place INTEGER NOT NULL,
  code TEXT NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (visit, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE interest (
  person TEXT NOT NULL,
  contract TEXT NOT NULL,
  visit BLOB NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (visit, person, contract)
) STRICT, WITHOUT ROWID;
CREATE INDEX interest_changed ON interest (person, contract, changed);
";

/// What identifies the households of visits, as keyed hashes: the same one in two households is one household twice. Derived
/// from values that are still kept: where a value is erased, its mark goes with it.
const MARKS: &str = "
CREATE TABLE household_mark (
  kind TEXT NOT NULL,
  mark BLOB NOT NULL,
  visit BLOB NOT NULL,
  household BLOB NOT NULL,
  contract TEXT NOT NULL,
  PRIMARY KEY (kind, mark, household, visit)
) STRICT, WITHOUT ROWID;
CREATE INDEX household_mark_of_visit ON household_mark (visit);
CREATE INDEX household_mark_of_household ON household_mark (household, kind);
";

/// Whether a visit names an original as something that is compared with others: all but signatures by hand. What was there
/// before was compared; a rebuild tells it apart.
const COMPARED: &str = "
ALTER TABLE blob_use ADD COLUMN compared INTEGER NOT NULL DEFAULT 1;
";

/// Visits that the office sent back, with the seal that did not suffice.
const RETURNS: &str = "
CREATE TABLE visit_return (
  journal INTEGER PRIMARY KEY,
  visit BLOB NOT NULL,
  seal BLOB NOT NULL
) STRICT;
CREATE INDEX visit_return_of ON visit_return (visit, journal);
";

/// When phones were here, by the server's clock, beside what their boot-time clocks said; and what they had stated by
/// then and not sent.
const CONTACTS: &str = "
CREATE TABLE contact (
  journal INTEGER PRIMARY KEY,
  installation BLOB NOT NULL,
  boot TEXT NOT NULL,
  mono_ms INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  first INTEGER NOT NULL,
  conflict INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_of ON contact (installation, journal);
CREATE INDEX contact_in_boot ON contact (installation, boot, mono_ms);
CREATE TABLE contact_unsent (
  device INTEGER NOT NULL,
  dseq INTEGER NOT NULL,
  id BLOB NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (device, dseq, journal)
) STRICT, WITHOUT ROWID;
";

/// Reasons that the purchaser has lifted: of one visit, or of the visits of a team on some days.
const LIFTS: &str = "
CREATE TABLE lift (
  journal INTEGER PRIMARY KEY,
  contract TEXT NOT NULL,
  visit BLOB NOT NULL,
  people TEXT NOT NULL,
  from_day TEXT NOT NULL,
  to_day TEXT NOT NULL,
  reasons TEXT NOT NULL,
  revoked INTEGER NOT NULL
) STRICT;
CREATE INDEX lift_of_visit ON lift (visit);
CREATE INDEX lift_of_team ON lift (contract, people);
";

/// Originals, what they show, and where the same picture was used again.
const MEDIA: &str = "
CREATE TABLE blob (
  hash BLOB PRIMARY KEY,
  bytes INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  sender BLOB NOT NULL,
  sealed INTEGER NOT NULL DEFAULT 0,
  inspected INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_unsealed ON blob (sender, bytes) WHERE sealed = 0;
CREATE INDEX blob_to_inspect ON blob (sender, journal) WHERE inspected = 0;
CREATE TABLE media_fact (
  hash BLOB PRIMARY KEY,
  facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE blob_use (
  hash BLOB NOT NULL,
  visit BLOB NOT NULL,
  sealed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (hash, visit)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_use_of_visit ON blob_use (visit, hash);
CREATE INDEX blob_use_sealed ON blob_use (hash, sealed, visit);
-- dHashes of photos and the journal rows of their inspections, in their order, 8 bytes each.
CREATE TABLE photo_dhash (
  page INTEGER PRIMARY KEY,
  dhashes BLOB NOT NULL,
  journals BLOB NOT NULL
) STRICT;
CREATE TABLE sketch (
  journal INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('photo', 'recording')),
  hash BLOB NOT NULL,
  sketch BLOB NOT NULL
) STRICT;
CREATE TABLE photo_word (
  word INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (word, journal)
) STRICT, WITHOUT ROWID;
CREATE TABLE audio_word (
  word INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  PRIMARY KEY (word, journal)
) STRICT, WITHOUT ROWID;
CREATE TABLE likeness (
  hash BLOB NOT NULL,
  other BLOB NOT NULL,
  distance INTEGER NOT NULL,
  in_common INTEGER NOT NULL,
  PRIMARY KEY (hash, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE fix (
  journal INTEGER PRIMARY KEY,
  visit BLOB NOT NULL,
  person TEXT NOT NULL,
  installation BLOB NOT NULL,
  wall_ms INTEGER NOT NULL,
  lat_e7 INTEGER NOT NULL,
  lon_e7 INTEGER NOT NULL,
  accuracy_cm INTEGER NOT NULL
) STRICT;
CREATE INDEX fix_of_person ON fix (person, wall_ms);
CREATE INDEX fix_on_installation ON fix (installation, wall_ms);
CREATE INDEX fix_of_visit ON fix (visit, wall_ms);
";

/// Every table that is derived from the journal, in the order in which they can be filled.
pub(crate) const DERIVED: &[&str] = &[
    "entry",
    "seal",
    "seal_signer",
    "document",
    "document_part",
    "snapshot",
    "disclosure",
    "remark",
    "receipt",
    "quarantine",
    "contract_version",
    "contract_proposal",
    "form",
    "form_publication",
    "roster",
    "household",
    "household_view",
    "assignment",
    "enrol_code",
    "installation",
    "device",
    "organisation",
    "account",
    "token",
    "slip",
    "access",
    "party",
    "form_view",
    "server_key",
    "visit",
    "counts",
    "finding",
    "interest",
    "visit_return",
    "contact",
    "contact_unsent",
    "lift",
    "household_mark",
    "blob",
    "media_fact",
    "blob_use",
    "photo_dhash",
    "sketch",
    "photo_word",
    "audio_word",
    "likeness",
    "fix",
];

/// Brings the tables to this program's version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let steps = STEPS.get(version..).ok_or_else(|| ArchiveError::Format {
        found: format!("database {version}"),
        known: crate::directory::FORMAT,
    })?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    if !steps.is_empty() {
        transaction.pragma_update(None, "user_version", STEPS.len())?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_forgets_values_but_no_rows() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        migrate(&mut db).unwrap();
        let insert = "INSERT INTO journal (recv_ms, kind, salt, digest, link, payload)
                      VALUES (1, 'entry', x'07', x'00', x'00', x'01')";
        db.execute(insert, []).unwrap();
        for change in [
            "DELETE FROM journal",
            "UPDATE journal SET payload = x'02'",
            "UPDATE journal SET payload = x''",
            "UPDATE journal SET recv_ms = 2",
            "UPDATE journal SET link = x'01'",
        ] {
            assert!(db.execute(change, []).is_err(), "{change}");
        }
        db.execute("UPDATE journal SET payload = x'', salt = x''", [])
            .unwrap();
    }

    #[test]
    fn every_derived_table_exists() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        for table in DERIVED {
            db.query_row(&format!("SELECT count(*) FROM {table}"), [], |_| Ok(()))
                .unwrap();
        }
        let tables: usize = db
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(
            tables,
            DERIVED.len() + 3,
            "journal, counter, brought, and what is derived"
        );
    }
}
