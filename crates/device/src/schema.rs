//! The tables of the store, and the steps from one format to the next.

use rusqlite::Connection;

use crate::error::{DeviceError, Result};

/// Each step takes the store one format further. A step that was released is never changed.
const STEPS: &[&str] = &[ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE, TEN];

const TEN: &str = "
-- The names of the household's township and village, as the office's register has them; empty where it says nothing.
ALTER TABLE assignment ADD COLUMN township TEXT NOT NULL DEFAULT '';
ALTER TABLE assignment ADD COLUMN village TEXT NOT NULL DEFAULT '';
";

const NINE: &str = "
-- Where visits stand on the server, as it said at `told_ms` of a seal: the words of state and reasons, and what is missing,
-- as JSON.
CREATE TABLE standing (
  visit BLOB NOT NULL PRIMARY KEY, told_ms INTEGER NOT NULL, state TEXT NOT NULL, reasons TEXT NOT NULL,
  missing TEXT NOT NULL, seal BLOB NOT NULL
) STRICT;
CREATE INDEX seal_visit ON seal (visit);
-- The original that an entry brings; empty for none.
ALTER TABLE entry ADD COLUMN blob BLOB NOT NULL DEFAULT x'';
CREATE INDEX entry_blob ON entry (blob) WHERE blob <> x'';
";

const EIGHT: &str = "
-- Originals of visits that are void: they stay on the phone and are not sent.
CREATE TABLE unsent (hash BLOB NOT NULL PRIMARY KEY, visit BLOB NOT NULL) STRICT;
";

const SEVEN: &str = "
-- Where the invitation of an enrolment that the server has not confirmed leads; empty where that is known already. The key
-- that it takes the place of, empty for none; and whether the new key has stated its enrolment.
ALTER TABLE person ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN tls BLOB NOT NULL DEFAULT x'';
ALTER TABLE person ADD COLUMN succeeds BLOB NOT NULL DEFAULT x'';
ALTER TABLE person ADD COLUMN stated INTEGER NOT NULL DEFAULT 0;
-- Times that the server signed, the last one of each boot; `after` is the last entry that stood here by then.
CREATE TABLE time_anchor (
  boot TEXT NOT NULL PRIMARY KEY, origin TEXT NOT NULL, mono_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  sig BLOB NOT NULL, after INTEGER NOT NULL
) STRICT;
";

const SIX: &str = "
-- Whose phone this is, for the eye: a small picture of each of its people, and its SHA-256. Never sent.
CREATE TABLE portrait (person TEXT NOT NULL PRIMARY KEY, hash BLOB NOT NULL, jpeg BLOB NOT NULL) STRICT;
";

const FIVE: &str = "
-- Visits that the office sent back: the seal that did not suffice, and the comments as JSON.
CREATE TABLE returned (
  visit BLOB NOT NULL, seal BLOB NOT NULL, at_ms INTEGER NOT NULL, comments TEXT NOT NULL, PRIMARY KEY (visit, seal)
) STRICT;
";

const FOUR: &str = "
-- What the office's register says of the household; empty where it says nothing or the assignment was taken back.
ALTER TABLE assignment ADD COLUMN area TEXT NOT NULL DEFAULT '';
ALTER TABLE assignment ADD COLUMN head TEXT NOT NULL DEFAULT '';
ALTER TABLE assignment ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE assignment ADD COLUMN phone TEXT NOT NULL DEFAULT '';
";

const THREE: &str = "
-- The form that a visit was opened with; `form` is the one that it is asked with by now.
ALTER TABLE visit ADD COLUMN began BLOB NOT NULL DEFAULT x'';
UPDATE visit SET began = form;
";

const TWO: &str = "
-- From which the salts of a snapshot follow; only until the server has the snapshot.
CREATE TABLE salt_seed (snapshot BLOB NOT NULL PRIMARY KEY, seed BLOB NOT NULL) STRICT;
";

const ONE: &str = "
-- One value per name: keys, counter, cursor.
CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT;

-- Evidence keys of this phone, wrapped with their PINs; the last one of a person is the one in use.
CREATE TABLE person (
  n INTEGER PRIMARY KEY AUTOINCREMENT, dev BLOB NOT NULL UNIQUE, person TEXT NOT NULL, contract TEXT NOT NULL,
  public BLOB NOT NULL, salt BLOB NOT NULL, nonce BLOB NOT NULL, wrapped BLOB NOT NULL,
  memory_kib INTEGER NOT NULL, passes INTEGER NOT NULL, message BLOB NOT NULL, confirmed INTEGER NOT NULL DEFAULT 0,
  wrong INTEGER NOT NULL DEFAULT 0, wrong_mono_ms INTEGER NOT NULL DEFAULT 0, wrong_boot TEXT NOT NULL DEFAULT ''
) STRICT;

-- Keys of partners' phones.
CREATE TABLE partner (dev BLOB NOT NULL PRIMARY KEY, public BLOB NOT NULL) STRICT;

-- Versions of contracts; `from_day` is empty for what has been in force ever since.
CREATE TABLE contract (
  id TEXT NOT NULL, no INTEGER NOT NULL, from_day TEXT NOT NULL, standard BLOB NOT NULL, json BLOB NOT NULL,
  PRIMARY KEY (id, no)
) STRICT;
CREATE TABLE standard (hash BLOB NOT NULL PRIMARY KEY, json BLOB NOT NULL) STRICT;
CREATE TABLE form (hash BLOB NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

-- `visit` and `form` are empty where the office named none.
CREATE TABLE assignment (
  household BLOB NOT NULL, contract TEXT NOT NULL, visit BLOB NOT NULL, form BLOB NOT NULL, persons TEXT NOT NULL,
  code TEXT NOT NULL, withdrawn INTEGER NOT NULL, PRIMARY KEY (household, contract, visit)
) STRICT;

CREATE TABLE household (id BLOB NOT NULL PRIMARY KEY, document BLOB NOT NULL) STRICT;

-- `server_heads`: what the server is known to hold of the document.
CREATE TABLE visit (
  n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, household BLOB NOT NULL, contract TEXT NOT NULL, form BLOB NOT NULL,
  standard BLOB NOT NULL, document BLOB NOT NULL, server_heads BLOB NOT NULL DEFAULT x'', opened_ms INTEGER NOT NULL
) STRICT;

-- The changes of a visit's document since its compact form, in their order: `place` is the visit's `n` times 4,096, and how many
-- were before. By numbers that grow, so that one more answer is appended and moves no page of what is there.
CREATE TABLE visit_change (place INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

CREATE TABLE draft (
  visit BLOB NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (visit, path)
) STRICT, WITHOUT ROWID;

-- `visit` is empty for what concerns the phone alone.
CREATE TABLE entry (
  id BLOB NOT NULL PRIMARY KEY, dev BLOB NOT NULL, dseq INTEGER NOT NULL, visit BLOB NOT NULL, seq INTEGER NOT NULL,
  kind TEXT NOT NULL, own INTEGER NOT NULL, note BLOB NOT NULL
) STRICT;
CREATE INDEX entry_chain ON entry (visit, dev, seq);
CREATE INDEX entry_device ON entry (dev, dseq);
-- Two entries of one number would be a fork, and the phone's own doing.
CREATE UNIQUE INDEX entry_own ON entry (dev, dseq) WHERE own = 1;

CREATE TABLE snapshot (
  hash BLOB NOT NULL PRIMARY KEY, visit BLOB NOT NULL, bytes BLOB NOT NULL
) STRICT;

-- Values with their salts; `snapshot` is empty for the texts of notes, waivers and amendments.
CREATE TABLE disclosure (
  digest TEXT NOT NULL, snapshot BLOB NOT NULL, visit BLOB NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (digest, snapshot)
) STRICT;
CREATE INDEX disclosure_snapshot ON disclosure (snapshot);

CREATE TABLE seal (id BLOB NOT NULL PRIMARY KEY, visit BLOB NOT NULL, note BLOB NOT NULL) STRICT;
CREATE TABLE receipt (
  hash BLOB NOT NULL PRIMARY KEY, visit BLOB NOT NULL, seal BLOB NOT NULL, recv_ms INTEGER NOT NULL,
  note BLOB NOT NULL, proof BLOB NOT NULL
) STRICT;
-- Originals that a verified receipt names, with the earliest time.
CREATE TABLE receipt_blob (blob BLOB NOT NULL PRIMARY KEY, recv_ms INTEGER NOT NULL) STRICT;

-- `class`: 0 photo, 1 paper, 2 recording. `seen`: what the bytes are, as JSON.
CREATE TABLE blob (
  n INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, size_bytes INTEGER NOT NULL, class INTEGER NOT NULL,
  mime TEXT NOT NULL, with_server INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0,
  refused TEXT NOT NULL DEFAULT '', seen TEXT NOT NULL
) STRICT;

CREATE TABLE recording (
  id BLOB NOT NULL PRIMARY KEY, visit BLOB NOT NULL, dev BLOB NOT NULL, purpose TEXT NOT NULL,
  started_ms INTEGER NOT NULL
) STRICT;

-- Keys are never given twice. What a row holds is read from the other tables; a document or seal that changes
-- gets a new row in place of the old one, so that an answer to the old one settles nothing.
CREATE TABLE outbox (
  key INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, subject BLOB NOT NULL, dev BLOB NOT NULL,
  dseq INTEGER NOT NULL, visit BLOB NOT NULL, refusal TEXT NOT NULL DEFAULT '',
  refusal_kind INTEGER NOT NULL DEFAULT 0, waits_for INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_subject ON outbox (kind, subject);

-- What is to be shown: a code and the id that it is about.
CREATE TABLE problem (
  code TEXT NOT NULL, subject TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (code, subject)
) STRICT;

-- What came before that which it needs: 0 entry, 1 document, 2 seal.
CREATE TABLE parked (
  n INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, payload BLOB NOT NULL
) STRICT;
";

/// The latest format that is known here.
pub(crate) fn format() -> u64 {
    u64::try_from(STEPS.len()).unwrap_or(u64::MAX)
}

/// Takes the store to the latest format, each step in a transaction of its own.
pub(crate) fn migrate(db: &mut Connection) -> Result<()> {
    let found: u64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > format() {
        return Err(DeviceError::StoreVersion {
            found,
            known: format(),
        });
    }
    for (version, step) in (1_u64..).zip(STEPS) {
        if version > found {
            let transaction = db.transaction()?;
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
    }
    Ok(())
}
