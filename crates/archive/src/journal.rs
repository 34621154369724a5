//! The journal: everything that was received or decided, in the order in which it became durable, each row chained to
//! the one before it ([`hudang_evidence::journal`]).

use std::cell::Cell;

use hudang_evidence::id::Sha256;
use hudang_evidence::journal::{JournalHead, RowHeader, payload_digest};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::{ArchiveError, Result};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),* $(,)?) => {
        /// What a row of the journal holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Kind { $($(#[$doc])* $variant),* }

        impl Kind {
            /// The word in the column `kind`.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Reads the word.
            pub(crate) fn parse(text: &str) -> Result<Self> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(ArchiveError::Damaged(format!("journal kind {text:?}"))),
                }
            }
        }
    };
}

kinds! {
    /// The note of an entry. Subject: its visit; empty for what concerns the device alone.
    Entry = "entry",
    /// The note of a seal. Subject: its visit.
    Seal = "seal",
    /// Changes of a visit's document, as accepted. Subject: the visit, then the form's hash. May be erased.
    VisitDocument = "visit-document",
    /// Changes of a household's document, as accepted. Subject: the household. May be erased.
    HouseholdDocument = "household-document",
    /// A snapshot's bytes. Subject: its visit.
    Snapshot = "snapshot",
    /// Disclosures of a snapshot, one a line. Subject: the visit, then the snapshot's hash. May be erased.
    Disclosures = "disclosures",
    /// Disclosures of remarks, one a line. Subject: the visit, then their digests. May be erased.
    Remarks = "remarks",
    /// A blob is in its place: its size as eight bytes, big-endian. Subject: its hash.
    Blob = "blob",
    /// What the archive saw in a blob, as JSON. Subject: its hash.
    Inspection = "inspection",
    /// The note of a receipt. Subject: its visit.
    Receipt = "receipt",
    /// A phone was here: the server's time beside its boot-time clock, as JSON. Sender: the installation.
    Contact = "contact",
    /// What was received and not believed: a line of kind and code, then the bytes. Subject: the visit it claims,
    /// or sixteen zeros, then the SHA-256 by which it is found again.
    Quarantine = "quarantine",
    /// What the office or the machine's administrator decided, as JSON. Subject: the decision's word. May be erased.
    Decision = "decision",
    /// Somebody opened a household, a visit or an original, or took something out, as JSON.
    Access = "access",
}

impl Kind {
    /// Whether the payload may hold values of persons: then it may be erased, and its digest is salted.
    const fn is_personal(self) -> bool {
        matches!(
            self,
            Self::VisitDocument
                | Self::HouseholdDocument
                | Self::Disclosures
                | Self::Remarks
                | Self::Inspection
                | Self::Quarantine
                | Self::Decision
        )
    }
}

/// Draws the salts of rows from a random seed that nobody keeps: after a restart there is another.
#[derive(Debug)]
pub(crate) struct Salts {
    seed: [u8; 32],
    next: Cell<u64>,
}

impl Salts {
    /// Salts from thirty-two random bytes.
    pub(crate) const fn new(seed: [u8; 32]) -> Self {
        Self {
            seed,
            next: Cell::new(0),
        }
    }

    fn draw(&self) -> [u8; 16] {
        let number = self.next.get();
        self.next.set(number.wrapping_add(1));
        let drawn = payload_digest(&self.seed, &number.to_be_bytes());
        let mut salt = [0; 16];
        salt.iter_mut()
            .zip(drawn.as_bytes())
            .for_each(|(to, from)| *to = *from);
        salt
    }
}

/// A row to be appended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// What it holds.
    pub(crate) kind: Kind,
    /// The evidence key or installation that sent it; empty for the office.
    pub(crate) device: &'a [u8],
    /// The visit, household or blob that it is about; see [`Kind`].
    pub(crate) subject: &'a [u8],
    /// The bytes.
    pub(crate) payload: &'a [u8],
}

/// A row of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its place, from 1, without holes.
    pub(crate) seq: u64,
    /// When it was received, in milliseconds since 1970 by the server's clock.
    pub(crate) recv_ms: i64,
    /// What it holds.
    pub(crate) kind: Kind,
    /// The evidence key or installation that sent it; empty for the office.
    pub(crate) device: Vec<u8>,
    /// The visit, household or blob that it is about.
    pub(crate) subject: Vec<u8>,
    /// What the payload's digest is salted with; empty where the payload holds nothing personal, or was erased.
    pub(crate) salt: Vec<u8>,
    /// The digest of salt and payload as received.
    pub(crate) digest: Sha256,
    /// The row's hash, which covers all rows before it.
    pub(crate) link: Sha256,
    /// The bytes; empty where they were erased.
    pub(crate) payload: Vec<u8>,
}

impl Row {
    /// Whether the payload was erased.
    pub(crate) fn is_erased(&self) -> bool {
        self.payload.is_empty() && self.digest != payload_digest(&self.salt, b"")
    }

    /// Whether the payload is what was received.
    pub(crate) fn is_intact(&self) -> bool {
        payload_digest(&self.salt, &self.payload) == self.digest
    }

    /// Its place and hash, as they stand.
    pub(crate) const fn head(&self) -> JournalHead {
        JournalHead {
            seq: self.seq,
            sha256: self.link,
        }
    }

    /// The row's hash as it follows from what stands in the row and the row before it.
    pub(crate) fn follows(&self, prev: Sha256) -> JournalHead {
        let kind = leaf_kind(self.kind, &self.subject);
        header(
            &kind,
            self.recv_ms,
            &self.device,
            &self.subject,
            self.seq,
            self.digest,
            prev,
        )
        .head()
    }
}

/// The word under which a row is chained: a decision's own word stands with its kind.
fn leaf_kind(kind: Kind, subject: &[u8]) -> String {
    match kind {
        Kind::Decision => format!("decision/{}", String::from_utf8_lossy(subject)),
        _ => kind.as_str().to_owned(),
    }
}

fn header<'a>(
    kind: &'a str,
    recv_ms: i64,
    from: &'a [u8],
    subject: &'a [u8],
    seq: u64,
    digest: Sha256,
    prev: Sha256,
) -> RowHeader<'a> {
    RowHeader {
        digest,
        from,
        kind,
        prev,
        recv_ms,
        seq,
        subject: if kind.starts_with("decision/") {
            &[]
        } else {
            subject
        },
    }
}

const COLUMNS: &str = "seq, recv_ms, kind, device, subject, salt, digest, link, payload";

/// Adds a row after `head`; returns the row as it stands now.
pub(crate) fn append(
    connection: &Connection,
    head: JournalHead,
    salts: &Salts,
    recv_ms: i64,
    record: &Record<'_>,
) -> Result<Row> {
    let salt = if record.kind.is_personal() {
        salts.draw().to_vec()
    } else {
        Vec::new()
    };
    let mut row = Row {
        seq: head.seq.saturating_add(1),
        recv_ms,
        kind: record.kind,
        device: record.device.to_vec(),
        subject: record.subject.to_vec(),
        digest: payload_digest(&salt, record.payload),
        salt,
        link: head.sha256,
        payload: record.payload.to_vec(),
    };
    row.link = row.follows(head.sha256).sha256;
    copy(connection, &row)?;
    Ok(row)
}

/// The last row's place and hash.
pub(crate) fn head_of_chain(connection: &Connection) -> Result<JournalHead> {
    let mut select = connection.prepare_cached("SELECT seq, link FROM journal ORDER BY seq DESC LIMIT 1")?;
    let head = select.query_row([], |row| {
        Ok(JournalHead {
            seq: row.get(0)?,
            sha256: Sha256::from_bytes(row.get(1)?),
        })
    });
    Ok(head.optional()?.unwrap_or(JournalHead::START))
}

/// Reads one row.
pub(crate) fn read(connection: &Connection, seq: u64) -> Result<Row> {
    let mut select = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE seq = ?1"))?;
    let row = select.query_row([seq], row_parts).optional()?;
    row.ok_or_else(|| ArchiveError::Damaged(format!("journal row {seq} is missing")))?
        .finish()
}

/// What the row at a place holds, without reading it.
pub(crate) fn kind(connection: &Connection, seq: u64) -> Result<Kind> {
    let mut select = connection.prepare_cached("SELECT kind FROM journal WHERE seq = ?1")?;
    let kind: Option<String> = select.query_row([seq], |row| row.get(0)).optional()?;
    kind.map_or_else(
        || Err(ArchiveError::Damaged(format!("journal row {seq} is missing"))),
        |kind| Kind::parse(&kind),
    )
}

/// Reads the payload of one row.
pub(crate) fn payload(connection: &Connection, seq: u64) -> Result<Vec<u8>> {
    let mut select = connection.prepare_cached("SELECT payload FROM journal WHERE seq = ?1")?;
    let payload = select.query_row([seq], |row| row.get(0)).optional()?;
    payload.ok_or_else(|| ArchiveError::Damaged(format!("journal row {seq} is missing")))
}

/// The last place; 0 where nothing was received.
pub(crate) fn head(connection: &Connection) -> Result<u64> {
    let head: Option<u64> = connection.query_row("SELECT max(seq) FROM journal", [], |row| row.get(0))?;
    Ok(head.unwrap_or(0))
}

/// The hash of a row, as it stands; that of the start for place 0.
pub(crate) fn link(connection: &Connection, seq: u64) -> Result<Option<Sha256>> {
    if seq == 0 {
        return Ok(Some(JournalHead::START.sha256));
    }
    let mut select = connection.prepare_cached("SELECT link FROM journal WHERE seq = ?1")?;
    let link: Option<[u8; 32]> = select.query_row([seq], |row| row.get(0)).optional()?;
    Ok(link.map(Sha256::from_bytes))
}

/// Walks the journal from after `seq`, one row in memory at a time, until `see` returns an error.
pub(crate) fn walk(
    connection: &Connection,
    after: u64,
    see: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let mut select = connection.prepare(&format!(
        "SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq"
    ))?;
    let mut rows = select.query([after])?;
    while let Some(row) = rows.next()? {
        see(row_parts(row)?.finish()?)?;
    }
    Ok(())
}

struct Parts {
    seq: u64,
    recv_ms: i64,
    kind: String,
    device: Vec<u8>,
    subject: Vec<u8>,
    salt: Vec<u8>,
    digest: [u8; 32],
    link: [u8; 32],
    payload: Vec<u8>,
}

fn row_parts(row: &rusqlite::Row<'_>) -> rusqlite::Result<Parts> {
    Ok(Parts {
        seq: row.get(0)?,
        recv_ms: row.get(1)?,
        kind: row.get(2)?,
        device: row.get(3)?,
        subject: row.get(4)?,
        salt: row.get(5)?,
        digest: row.get(6)?,
        link: row.get(7)?,
        payload: row.get(8)?,
    })
}

impl Parts {
    fn finish(self) -> Result<Row> {
        Ok(Row {
            seq: self.seq,
            recv_ms: self.recv_ms,
            kind: Kind::parse(&self.kind)?,
            device: self.device,
            subject: self.subject,
            salt: self.salt,
            digest: Sha256::from_bytes(self.digest),
            link: Sha256::from_bytes(self.link),
            payload: self.payload,
        })
    }
}

/// Puts a row at its own place.
pub(crate) fn copy(connection: &Connection, row: &Row) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO journal (seq, recv_ms, kind, device, subject, salt, digest, link, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    insert.execute(params![
        row.seq,
        row.recv_ms,
        row.kind.as_str(),
        row.device,
        row.subject,
        row.salt,
        row.digest.as_bytes(),
        row.link.as_bytes(),
        row.payload
    ])?;
    Ok(())
}

/// At most `rows` rows from after `seq`.
pub(crate) fn piece(connection: &Connection, after: u64, rows: u64) -> Result<Vec<Row>> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2"
    ))?;
    let found = select.query_map([after, rows], row_parts)?;
    found.map(|parts| parts?.finish()).collect()
}
