//! From a row of the journal to the read models. The same code runs when a row is appended and when all is
//! rebuilt, so that the two cannot differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hudang_evidence::body::{Body, Enrol, Position, Succession};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, ContractId, DeviceId, PersonId, SealId, Sha256, SnapshotHash, VisitId};
use hudang_evidence::note::{Note, VerifierKey};
use hudang_evidence::receipt::Receipt;
use hudang_evidence::seal::Seal;
use hudang_evidence::snapshot::{Revealed, SaltedDigest};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::access;
use crate::contacts;
use crate::error::{ArchiveError, Result};
use crate::journal::{Kind, Row};
use crate::known::Known;
use crate::phones;
use crate::travel::{self, Fix};

mod document;
mod inspection;
mod office;
mod refused;
mod scope;
mod terms;

pub(crate) use document::{
    AcceptedDocument, StoredDocument, apply as document, place as document_place, stored,
};
pub use inspection::Inspection;
pub(crate) use inspection::{inspected, inspection_of};
pub(crate) use office::{form, knows_form, questionnaire, unknown_form};
pub(crate) use refused::{RefusedSigner, SIGNATURE};
pub(crate) use scope::{buyer, org_of, org_of_all, view_household};
pub(crate) use terms::{
    Proposal, known_contract, knows_contract, proposal, publications, published_at, start_ms, version_at,
    versions,
};

/// What a row changed that something else depends on.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Visits to be judged again because something of theirs came, with its last place in the journal.
    pub(crate) visits: BTreeMap<VisitId, u64>,
    /// Visits to be judged again because what they are judged by has changed: nobody has to hear of that, and which these
    /// are depends on how far judging had come.
    pub(crate) by_others: BTreeSet<VisitId>,
    /// Who wrote in which visit or is to, and under which contract.
    pub(crate) people: BTreeSet<(VisitId, PersonId, ContractId)>,
    /// The answers of snapshots that were written just now, all values beside them: they need not be read again.
    pub(crate) revealed: BTreeMap<(VisitId, SnapshotHash), Arc<Revealed>>,
}

impl Touched {
    /// Notes that the row at `seq` is about this visit.
    pub(crate) fn visit(&mut self, visit: VisitId, seq: u64) {
        let known = self.visits.entry(visit).or_insert(seq);
        *known = seq.max(*known);
    }

    /// All visits to be judged again.
    pub(crate) fn all(&self) -> BTreeSet<VisitId> {
        self.visits.keys().chain(&self.by_others).copied().collect()
    }

    /// Lets those who have to do with the visits know that there is something new.
    pub(crate) fn announce(&self, db: &Connection) -> Result<()> {
        let mut join = db.prepare_cached(
            "INSERT INTO interest (person, contract, visit, changed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?;
        for (visit, person, contract) in &self.people {
            let seq = self.visits.get(visit).copied().unwrap_or(0);
            join.execute(params![person.as_str(), contract.as_str(), visit.to_bytes(), seq])?;
        }
        let mut bump =
            db.prepare_cached("UPDATE interest SET changed = max(changed, ?2) WHERE visit = ?1")?;
        for (visit, seq) in &self.visits {
            bump.execute(params![visit.to_bytes(), seq])?;
        }
        Ok(())
    }
}

/// Derives the read models of one row. Standings, counts and findings follow from the visits that it touched.
pub(crate) fn apply(db: &Connection, known: &Known, row: &Row, touched: &mut Touched) -> Result<()> {
    let damaged = |error: &dyn core::fmt::Display| {
        ArchiveError::Damaged(format!(
            "journal row {} ({}): {error}",
            row.seq,
            row.kind.as_str()
        ))
    };
    match row.kind {
        Kind::Entry => {
            let found = Entry::parse(&row.payload).map_err(|error| damaged(&error))?;
            entry(db, row.seq, &found, touched)
        }
        Kind::Seal => {
            let found = Seal::parse(&row.payload).map_err(|error| damaged(&error))?;
            let (_, signers) =
                Seal::verify(&row.payload, &keys_on(db, &row.payload)?).map_err(|error| damaged(&error))?;
            seal(db, row.seq, &found, &signers, touched)
        }
        Kind::VisitDocument | Kind::HouseholdDocument => document::apply(db, known, row, None, touched),
        Kind::Snapshot => snapshot(db, row, touched),
        Kind::Disclosures | Kind::Remarks => disclosures(db, row, touched),
        Kind::Blob => blob(db, row, touched),
        Kind::Inspection => inspection::apply(db, known, row, touched),
        Kind::Receipt => {
            let found = Receipt::parse(&row.payload).map_err(|error| damaged(&error))?;
            receipt(db, row.seq, found.body().visit, found.body().seal, touched)
        }
        Kind::Contact => contacts::apply(db, row),
        Kind::Quarantine => quarantine(db, row, touched),
        Kind::Decision => office::apply(db, known, row, touched),
        Kind::Access => access::apply(db, row),
    }
}

/// The number that stands for an enrolled evidence key in tables.
pub(crate) fn device_number(db: &Connection, device: &DeviceId) -> Result<Option<i64>> {
    let mut select = db.prepare_cached("SELECT n FROM device WHERE id = ?1")?;
    Ok(select
        .query_row([device.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Derives from an entry that was read already.
pub(crate) fn entry(db: &Connection, seq: u64, entry: &Entry, touched: &mut Touched) -> Result<()> {
    let header = entry.header();
    let mut select = db.prepare_cached("SELECT n, person, contract FROM device WHERE id = ?1")?;
    let known = select
        .query_row([header.dev.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let (device, person, contract): (i64, String, String) =
        known.ok_or_else(|| ArchiveError::Damaged(format!("journal row {seq}: an unknown device")))?;
    let visit = header.visit.map(VisitId::to_bytes);
    let mut insert = db.prepare_cached(
        "INSERT INTO entry (visit, device, seq, id, dseq, journal) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    insert.execute(params![
        visit.as_ref().map_or(&[][..], |bytes| bytes),
        device,
        header.seq,
        entry.id().as_bytes(),
        header.dseq,
        seq
    ])?;
    if let Body::Enrol(Enrol {
        succeeds: Some(ended),
        ..
    }) = entry.body()
    {
        end_key(db, device, *ended)?;
    }
    contacts::came(db, device, entry, touched)?;
    let Some(visit) = header.visit else { return Ok(()) };
    touched.visit(visit, seq);
    touched
        .people
        .insert((visit, parse_id(&person)?, parse_id(&contract)?));
    if let Some((hash, _)) = entry.body().blob() {
        let by = match entry.body() {
            Body::Sign(_) | Body::Drawing(_) => NamedBy::Sheet,
            _ => NamedBy::Entry,
        };
        use_blob(db, visit, &hash, Use { seq, by }, touched)?;
    }
    if let Body::Gps(position) = entry.body() {
        fix(db, seq, entry, position, touched)?;
    }
    Ok(())
}

/// The key that another took the place of went as far as the new one says, where both are the same person's on one phone.
fn end_key(db: &Connection, by: i64, ended: Succession) -> Result<()> {
    db.prepare_cached(
        "UPDATE device SET last_dseq = ?3 WHERE id = ?2 AND succeeded <> 0 AND last_dseq = 0
         AND installation = (SELECT installation FROM device WHERE n = ?1)
         AND person = (SELECT person FROM device WHERE n = ?1)",
    )?
    .execute(params![by, ended.dev.as_bytes(), ended.dseq])?;
    Ok(())
}

/// Derives from a seal that was read already, and whose signatures of `signers` were checked.
pub(crate) fn seal(
    db: &Connection,
    seq: u64,
    seal: &Seal,
    signers: &[DeviceId],
    touched: &mut Touched,
) -> Result<()> {
    let visit = seal.body().visit;
    // A seal comes again when it has gained a signature.
    let mut insert = db.prepare_cached(
        "INSERT INTO seal (visit, id, first, journal) VALUES (?1, ?2, ?3, ?3)
         ON CONFLICT (visit, id) DO UPDATE SET journal = excluded.journal",
    )?;
    insert.execute(params![visit.to_bytes(), seal.id().as_bytes(), seq])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO seal_signer (visit, seal, device, journal) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for signer in signers {
        insert.execute(params![
            visit.to_bytes(),
            seal.id().as_bytes(),
            signer.as_bytes(),
            seq
        ])?;
    }
    touched.visit(visit, seq);
    for item in &seal.body().media {
        let by = Use {
            seq,
            by: NamedBy::Seal,
        };
        use_blob(db, visit, &item.sha256, by, touched)?;
        db.prepare_cached("UPDATE blob SET sealed = 1 WHERE hash = ?1 AND sealed = 0")?
            .execute([item.sha256.as_bytes()])?;
    }
    Ok(())
}

/// The keys of the enrolled devices that stand on a note.
fn keys_on(db: &Connection, note: &[u8]) -> Result<Vec<VerifierKey>> {
    let wrong = |error| ArchiveError::Damaged(format!("a note or key of the journal: {error}"));
    let note = Note::parse(note).map_err(wrong)?;
    let mut keys = Vec::new();
    for device in note
        .claimed()
        .filter_map(|name| name.strip_prefix("dev/")?.parse::<DeviceId>().ok())
    {
        if let Some(device) = phones::device_where(db, "id = ?1", device.as_bytes())? {
            keys.push(VerifierKey::device(&device.public).map_err(wrong)?);
        }
    }
    Ok(keys)
}

/// Who names a blob.
#[derive(Clone, Copy)]
struct Use {
    /// The row of the journal that names it.
    seq: u64,
    by: NamedBy,
}

/// What names a blob.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NamedBy {
    /// A seal, which does not say as what.
    Seal,
    /// An entry, which may stay a draft, of what somebody drew: a signature by hand, or on a copy of a photo.
    Sheet,
    /// Any other entry.
    Entry,
}

/// Records that a visit names a blob, and the first seal that does; visits with an original that is like it are touched
/// too. What was known as drawn and is now named as something else is compared from here on.
fn use_blob(db: &Connection, visit: VisitId, hash: &BlobHash, by: Use, touched: &mut Touched) -> Result<()> {
    let sealed = if by.by == NamedBy::Seal { by.seq } else { 0 };
    let compared = by.by == NamedBy::Entry;
    let is_first = compared && !inspection::is_compared(db, hash)?;
    let mut insert = db.prepare_cached(
        "INSERT INTO blob_use (hash, visit, sealed, compared) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hash, visit) DO UPDATE
         SET sealed = CASE sealed WHEN 0 THEN excluded.sealed ELSE sealed END,
             compared = max(compared, excluded.compared)
         WHERE (sealed = 0 AND excluded.sealed > 0) OR compared < excluded.compared",
    )?;
    let is_new = insert.execute(params![hash.as_bytes(), visit.to_bytes(), sealed, compared])? > 0;
    if is_first {
        inspection::compare(db, by.seq, hash)?;
    }
    if is_new {
        for other in users_of_likes(db, hash)? {
            if other != visit {
                touched.visit(other, by.seq);
            }
        }
    }
    Ok(())
}

/// Records where somebody said to be; the visits whose fixes come before and after it are touched too.
fn fix(db: &Connection, seq: u64, entry: &Entry, position: &Position, touched: &mut Touched) -> Result<()> {
    let header = entry.header();
    let Some(visit) = header.visit else { return Ok(()) };
    let mut select = db.prepare_cached("SELECT person, installation FROM device WHERE id = ?1")?;
    let (person, installation): (String, Vec<u8>) =
        select.query_row([header.dev.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let fix = Fix {
        visit,
        wall_ms: position.fix.unwrap_or(header.wall).ms(),
        at: position.at,
        accuracy_cm: position.accuracy_cm,
    };
    for other in travel::beside(db, &person, &installation, &fix)? {
        touched.visit(other.visit, seq);
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO fix (journal, visit, person, installation, wall_ms, lat_e7, lon_e7, accuracy_cm)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    insert.execute(params![
        seq,
        visit.to_bytes(),
        person,
        installation,
        fix.wall_ms,
        fix.at.lat_e7,
        fix.at.lon_e7,
        fix.accuracy_cm
    ])?;
    Ok(())
}

/// The visits that name this blob or one that looks like it.
pub(crate) fn users_of_likes(db: &Connection, hash: &BlobHash) -> Result<Vec<VisitId>> {
    let mut select = db.prepare_cached(
        "SELECT visit FROM blob_use WHERE hash = ?1
         UNION SELECT blob_use.visit FROM likeness JOIN blob_use ON blob_use.hash = likeness.other
         WHERE likeness.hash = ?1",
    )?;
    let rows = select.query_map([hash.as_bytes()], |row| row.get::<_, [u8; 16]>(0))?;
    rows.map(|visit| Ok(VisitId::from_bytes(visit?))).collect()
}

fn snapshot(db: &Connection, row: &Row, touched: &mut Touched) -> Result<()> {
    let visit = visit_of(row)?;
    let mut insert = db.prepare_cached(
        "INSERT INTO snapshot (visit, hash, journal) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    insert.execute(params![
        visit.to_bytes(),
        Sha256::of(&row.payload).as_bytes(),
        row.seq
    ])?;
    touched.visit(visit, row.seq);
    Ok(())
}

fn disclosures(db: &Connection, row: &Row, touched: &mut Touched) -> Result<()> {
    let visit = visit_of(row)?;
    // What a row is about stays when its values are erased.
    let about = row.subject.get(16..).unwrap_or_default();
    let of = if row.kind == Kind::Disclosures { about } else { &[] };
    let mut insert =
        db.prepare_cached("INSERT INTO disclosure (visit, journal, snapshot) VALUES (?1, ?2, ?3)")?;
    insert.execute(params![visit.to_bytes(), row.seq, of])?;
    if row.kind == Kind::Remarks {
        let mut insert = db.prepare_cached(
            "INSERT INTO remark (visit, digest, journal) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?;
        for digest in about.chunks_exact(32) {
            insert.execute(params![visit.to_bytes(), digest, row.seq])?;
        }
    }
    touched.visit(visit, row.seq);
    Ok(())
}

fn blob(db: &Connection, row: &Row, touched: &mut Touched) -> Result<()> {
    let hash = blob_of(row)?;
    let bytes: [u8; 8] = row
        .payload
        .as_slice()
        .try_into()
        .map_err(|_| ArchiveError::Damaged(format!("journal row {}: a blob's size", row.seq)))?;
    let mut insert = db.prepare_cached(
        "INSERT INTO blob (hash, bytes, journal, sender, sealed)
         VALUES (?1, ?2, ?3, ?4, EXISTS (SELECT 1 FROM blob_use WHERE hash = ?1 AND sealed > 0))
         ON CONFLICT DO NOTHING",
    )?;
    insert.execute(params![
        hash.as_bytes(),
        u64::from_be_bytes(bytes),
        row.seq,
        row.device
    ])?;
    let mut select = db.prepare_cached("SELECT visit FROM blob_use WHERE hash = ?1")?;
    for visit in select.query_map([hash.as_bytes()], |row| row.get::<_, [u8; 16]>(0))? {
        touched.visit(VisitId::from_bytes(visit?), row.seq);
    }
    Ok(())
}

/// Derives from a receipt.
pub(crate) fn receipt(
    db: &Connection,
    seq: u64,
    visit: VisitId,
    seal: SealId,
    touched: &mut Touched,
) -> Result<()> {
    let mut insert = db.prepare_cached("INSERT INTO receipt (visit, seal, journal) VALUES (?1, ?2, ?3)")?;
    insert.execute(params![visit.to_bytes(), seal.as_bytes(), seq])?;
    touched.visit(visit, seq);
    Ok(())
}

/// First line of a quarantined payload: what it was taken for and why it was not believed.
pub(crate) fn quarantined(kind: &str, code: &str, bytes: &[u8]) -> Vec<u8> {
    [format!("{kind} {code}\n").as_bytes(), bytes].concat()
}

fn quarantine(db: &Connection, row: &Row, touched: &mut Touched) -> Result<()> {
    let line = row
        .payload
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = core::str::from_utf8(line)
        .ok()
        .and_then(|line| line.split_once(' '));
    let (kind, code) =
        line.ok_or_else(|| ArchiveError::Damaged(format!("journal row {}: a quarantine", row.seq)))?;
    let mut insert = db.prepare_cached(
        "INSERT INTO quarantine (journal, kind, code, device, visit, item) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let visit = row.subject.get(..16).unwrap_or_default();
    let item = row.subject.get(16..).unwrap_or_default();
    insert.execute(params![row.seq, kind, code, row.device, visit, item])?;
    touched.visit(visit_of(row)?, row.seq);
    Ok(())
}

/// The visit that a row is about.
pub(crate) fn visit_of(row: &Row) -> Result<VisitId> {
    let bytes = row.subject.first_chunk::<16>();
    bytes
        .map(|bytes| VisitId::from_bytes(*bytes))
        .ok_or_else(|| ArchiveError::Damaged(format!("journal row {}: its visit", row.seq)))
}

/// The blob that a row is about.
pub(crate) fn blob_of(row: &Row) -> Result<BlobHash> {
    let bytes: [u8; 32] = row
        .subject
        .as_slice()
        .try_into()
        .map_err(|_| ArchiveError::Damaged(format!("journal row {}: its blob", row.seq)))?;
    Ok(BlobHash::from_bytes(bytes))
}

/// Reads an id that this archive wrote.
pub(crate) fn parse_id<T: core::str::FromStr>(text: &str) -> Result<T> {
    text.parse()
        .map_err(|_| ArchiveError::Damaged("an id in a table".into()))
}

/// The 32 bytes of a salted digest.
pub(crate) fn digest_bytes(digest: &SaltedDigest) -> Result<[u8; 32]> {
    use base64::Engine as _;
    let text = digest.to_string();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap_or_default();
    bytes
        .try_into()
        .map_err(|_| ArchiveError::Damaged("a salted digest".into()))
}
