//! R12: the journal is a chain. Whoever runs the machine drops, changes, empties, re-dates or cuts rows; a check of the
//! archive finds it, given a receipt that a phone kept.

use std::path::Path;

use hudang_archive::{Archive, CheckFinding, CheckListener, CheckProgress};
use hudang_evidence::id::Sha256;
use hudang_evidence::journal::{JournalHead, RowHeader, payload_digest};
use hudang_testkit::office::{DAY_MS, open, set_up};
use hudang_testkit::person::Person;
use hudang_testkit::visit::{Made, Plan};
use rusqlite::Connection;

#[derive(Default)]
struct Heard(Vec<CheckFinding>);

impl CheckListener for Heard {
    fn found(&mut self, finding: CheckFinding) {
        self.0.push(finding);
    }

    fn progress(&mut self, _progress: CheckProgress) {}
}

/// A row as it stands: place, time, kind, sender, subject, salt, payload.
type Stored = (u64, i64, String, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);

/// An archive of two visits, and the receipts that the phones of the second one keep.
struct Kept {
    folder: tempfile::TempDir,
    receipts: Vec<Vec<u8>>,
}

impl Kept {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = open(folder.path());
        set_up(&archive, 3);
        let (mut jia, mut yi) = Person::pair(&archive);
        let visits: Vec<Made> = [1, 2].map(|n| Plan::of(n).carried_out(&mut jia, &mut yi)).into();
        for visit in &visits {
            visit.brought(&archive, &mut jia, &mut yi, DAY_MS);
        }
        let asked = jia.sends(&archive, visits[1].of_first(), DAY_MS);
        let receipts = asked.receipts.iter().map(|parcel| parcel.note.to_vec()).collect();
        archive.close();
        Self { folder, receipts }
    }

    /// The operator works on the database with the program's guards taken away.
    fn rewrites(&self, sql: &str) {
        let db = self.database();
        db.execute_batch(sql).unwrap();
    }

    fn database(&self) -> Connection {
        let db = Connection::open(self.folder.path().join("archive.db")).unwrap();
        db.execute_batch(
            "DROP TRIGGER IF EXISTS journal_keeps_rows; DROP TRIGGER IF EXISTS journal_keeps_content;",
        )
        .unwrap();
        db
    }

    fn archive(&self) -> Archive {
        open(self.folder.path())
    }

    fn codes(&self, since: &[Vec<u8>]) -> Vec<String> {
        checked(self.folder.path(), since)
    }
}

fn checked(root: &Path, since: &[Vec<u8>]) -> Vec<String> {
    let archive = open(root);
    let mut heard = Heard::default();
    archive.check(since, &mut heard).unwrap();
    archive.close();
    let mut codes: Vec<String> = heard.0.into_iter().map(|finding| finding.code).collect();
    codes.dedup();
    codes
}

fn row_of(kept: &Kept, kind: &str) -> u64 {
    let sql = format!("SELECT min(seq) FROM journal WHERE kind = '{kind}' AND seq > 3");
    kept.database().query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn an_honest_journal_is_found_sound_with_every_receipt() {
    let kept = Kept::new();
    assert_eq!(kept.receipts.len(), 1);
    assert_eq!(kept.codes(&kept.receipts), Vec::<String>::new());
    // It goes on after a restart, and an older receipt still holds.
    let archive = kept.archive();
    Person::enrolled(&archive, "bing", 3);
    archive.close();
    assert_eq!(kept.codes(&kept.receipts), Vec::<String>::new());
}

#[test]
fn journal_broken_row_is_re_dated() {
    let kept = Kept::new();
    let row = row_of(&kept, "seal");
    kept.rewrites(&format!(
        "UPDATE journal SET recv_ms = recv_ms - 864000000 WHERE seq = {row}"
    ));
    assert!(kept.codes(&[]).contains(&"JOURNAL-BROKEN".to_owned()));
}

#[test]
fn journal_broken_row_is_emptied() {
    for kind in ["decision", "disclosures", "visit-document", "entry"] {
        let kept = Kept::new();
        let row = row_of(&kept, kind);
        kept.rewrites(&format!(
            "UPDATE journal SET payload = x'', salt = x'' WHERE seq = {row}"
        ));
        let codes = kept.codes(&[]);
        assert!(codes.contains(&"JOURNAL-BROKEN".to_owned()), "{kind}: {codes:?}");
    }
}

#[test]
fn journal_broken_row_is_dropped() {
    let kept = Kept::new();
    let row = row_of(&kept, "entry");
    kept.rewrites(&format!("DELETE FROM journal WHERE seq = {row}"));
    assert!(kept.codes(&[]).contains(&"JOURNAL-BROKEN".to_owned()));
}

#[test]
fn journal_broken_rows_are_exchanged() {
    let kept = Kept::new();
    let row = row_of(&kept, "entry");
    kept.rewrites(&format!(
        "UPDATE journal SET seq = -1 WHERE seq = {row}; UPDATE journal SET seq = {row} WHERE seq = {next};
         UPDATE journal SET seq = {next} WHERE seq = -1;",
        next = row + 1
    ));
    assert!(kept.codes(&[]).contains(&"JOURNAL-BROKEN".to_owned()));
}

#[test]
fn journal_broken_tail_is_cut_given_a_receipt() {
    let kept = Kept::new();
    let named: u64 = hudang_evidence::receipt::Receipt::parse(&kept.receipts[0])
        .unwrap()
        .body()
        .journal
        .seq;
    kept.rewrites(&format!("DELETE FROM journal WHERE seq >= {named}"));
    let derived = rusqlite_rebuild(&kept);
    assert!(derived.contains(&"JOURNAL-BROKEN".to_owned()), "{derived:?}");
}

/// The operator has the tables derived anew as well, so that nothing but the receipt is left to tell.
fn rusqlite_rebuild(kept: &Kept) -> Vec<String> {
    hudang_archive::rebuild(
        kept.folder.path(),
        hudang_archive::Differences::Replace,
        &mut |_, _| {},
    )
    .unwrap();
    let without = kept.codes(&[]);
    assert!(!without.contains(&"JOURNAL-BROKEN".to_owned()), "{without:?}");
    kept.codes(&kept.receipts)
}

#[test]
fn journal_broken_whole_chain_is_computed_anew() {
    let kept = Kept::new();
    let row = row_of(&kept, "entry");
    let db = kept.database();
    db.execute(
        "UPDATE journal SET recv_ms = recv_ms + 60000 WHERE seq = ?1",
        [row],
    )
    .unwrap();
    // The operator knows the format, and links every row anew.
    let mut head = JournalHead::START;
    let rows: Vec<Stored> = db
        .prepare("SELECT seq, recv_ms, kind, device, subject, salt, payload FROM journal ORDER BY seq")
        .unwrap()
        .query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
            ))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (seq, recv_ms, kind, from, subject, salt, payload) in rows {
        let is_decision = kind == "decision";
        let word = if is_decision {
            format!("decision/{}", String::from_utf8(subject.clone()).unwrap())
        } else {
            kind
        };
        let next = RowHeader {
            digest: payload_digest(&salt, &payload),
            from: &from,
            kind: &word,
            prev: head.sha256,
            recv_ms,
            seq,
            subject: if is_decision { b"" } else { &subject },
        }
        .head();
        db.execute(
            "UPDATE journal SET link = ?2 WHERE seq = ?1",
            (seq, next.sha256.as_bytes()),
        )
        .unwrap();
        head = next;
    }
    drop(db);
    // Receipts in the journal tell of it; with those exchanged as well, the phone's does.
    let with = kept.codes(&kept.receipts);
    assert!(with.contains(&"JOURNAL-BROKEN".to_owned()), "{with:?}");
}

#[test]
fn receipt_signature_of_another_server_is_told() {
    let kept = Kept::new();
    let mut forged = kept.receipts[0].clone();
    let place = forged.iter().position(|byte| *byte == b'"').unwrap();
    forged[place + 1] ^= 1;
    assert_eq!(kept.codes(&[forged]), ["RECEIPT-SIGNATURE"]);
}

#[test]
fn a_chained_row_tells_nothing_of_persons() {
    let kept = Kept::new();
    // Two rows with the same personal payload have different digests: trying candidates against one leads nowhere.
    let db = kept.database();
    let salts: u64 = db
        .query_row(
            "SELECT count(DISTINCT salt) FROM journal WHERE kind = 'decision'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let decisions: u64 = db
        .query_row(
            "SELECT count(*) FROM journal WHERE kind = 'decision'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(salts, decisions, "each row has a salt of its own");
    let digest: [u8; 32] = db
        .query_row(
            "SELECT digest FROM journal WHERE kind = 'disclosures' LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let payload: Vec<u8> = db
        .query_row(
            "SELECT payload FROM journal WHERE kind = 'disclosures' LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_ne!(Sha256::of(&payload), Sha256::from_bytes(digest));
}
