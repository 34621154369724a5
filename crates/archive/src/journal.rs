//! The journal: everything that was received or decided, in the order in which it became durable.

use hudang_evidence::id::Sha256;
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
    /// What the office or the machine's administrator decided, as JSON.
    Decision = "decision",
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
    /// SHA-256 of the payload as received.
    pub(crate) sha256: Sha256,
    /// The bytes; empty where they were erased.
    pub(crate) payload: Vec<u8>,
}

impl Row {
    /// Whether the payload was erased.
    pub(crate) fn is_erased(&self) -> bool {
        self.payload.is_empty() && self.sha256 != Sha256::of(b"")
    }

    /// Whether the payload is what was received, or was erased where that is allowed.
    pub(crate) fn is_intact(&self) -> bool {
        let erasable = matches!(
            self.kind,
            Kind::VisitDocument
                | Kind::HouseholdDocument
                | Kind::Disclosures
                | Kind::Remarks
                | Kind::Decision
        );
        Sha256::of(&self.payload) == self.sha256 || (erasable && self.is_erased())
    }
}

const COLUMNS: &str = "seq, recv_ms, kind, device, subject, sha256, payload";

/// Adds a row; returns its place.
pub(crate) fn append(connection: &Connection, recv_ms: i64, record: &Record<'_>) -> Result<u64> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO journal (recv_ms, kind, device, subject, sha256, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let sha256 = Sha256::of(record.payload);
    insert.execute(params![
        recv_ms,
        record.kind.as_str(),
        record.device,
        record.subject,
        sha256.as_bytes(),
        record.payload
    ])?;
    u64::try_from(connection.last_insert_rowid()).map_err(|_| ArchiveError::Damaged("journal place".into()))
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
    sha256: Vec<u8>,
    payload: Vec<u8>,
}

fn row_parts(row: &rusqlite::Row<'_>) -> rusqlite::Result<Parts> {
    Ok(Parts {
        seq: row.get(0)?,
        recv_ms: row.get(1)?,
        kind: row.get(2)?,
        device: row.get(3)?,
        subject: row.get(4)?,
        sha256: row.get(5)?,
        payload: row.get(6)?,
    })
}

impl Parts {
    fn finish(self) -> Result<Row> {
        let sha256: [u8; 32] = self
            .sha256
            .try_into()
            .map_err(|_| ArchiveError::Damaged(format!("journal row {} has no hash", self.seq)))?;
        Ok(Row {
            seq: self.seq,
            recv_ms: self.recv_ms,
            kind: Kind::parse(&self.kind)?,
            device: self.device,
            subject: self.subject,
            sha256: Sha256::from_bytes(sha256),
            payload: self.payload,
        })
    }
}

/// Puts a row of another journal at its own place.
pub(crate) fn copy(connection: &Connection, row: &Row) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO journal (seq, recv_ms, kind, device, subject, sha256, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    insert.execute(params![
        row.seq,
        row.recv_ms,
        row.kind.as_str(),
        row.device,
        row.subject,
        row.sha256.as_bytes(),
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
