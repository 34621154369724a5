//! All read models once more from the journal, to compare with those that grew.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use crate::derive::{self, Touched};
use crate::directory::Directory;
use crate::error::{ArchiveError, Result};
use crate::faults::NoFaults;
use crate::journal::{self, Salts};
use crate::judge;
use crate::known::Known;
use crate::marks::Marker;
use crate::schema::{self, DERIVED};
use crate::writer::{self, Scope};

/// Most visits that wait for their judgement, so that memory stays flat.
const WAITING_VISITS_MAX: usize = 20_000;

/// What to do with read models that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differences {
    /// Only tell.
    Report,
    /// Put what the journal gives in their place.
    Replace,
}

/// One table that differs from what the journal gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDifference {
    /// The table.
    pub table: &'static str,
    /// Rows that the journal gives and the table lacks.
    pub missing: u64,
    /// Rows that the table has and the journal does not give.
    pub surplus: u64,
}

/// What a rebuild found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// Rows of the journal that were read.
    pub journal_rows: u64,
    /// Tables that differed; empty where the archive is as it should be.
    pub differences: Vec<TableDifference>,
}

/// Derives all read models of the archive in `root` again and compares them. The archive must not be open.
/// `progress` hears of rows read and rows in all.
pub fn rebuild(root: &Path, differences: Differences, progress: &mut dyn FnMut(u64, u64)) -> Result<Rebuilt> {
    let directory = Directory::open(root, None)?;
    let scratch = root.join("rebuild.db");
    remove_database(&scratch)?;
    let marker = Marker::new(directory.identity_secret());
    let rebuilt = derive_into(&directory.database(), &scratch, &marker, progress).and_then(|journal_rows| {
        let db = attach(&directory.database(), &scratch)?;
        let found = compare(&db)?;
        if differences == Differences::Replace && !found.is_empty() {
            replace(&db)?;
        }
        Ok(Rebuilt {
            journal_rows,
            differences: found,
        })
    });
    remove_database(&scratch)?;
    rebuilt
}

fn remove_database(path: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(Path::new(&name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ArchiveError::io("remove the scratch database")(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn derive_into(
    database: &Path,
    scratch: &Path,
    marker: &Marker,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64> {
    let source = writer::connect(database)?;
    schema::migrate(&mut writer::connect(database)?)?;
    let mut target = writer::connect(scratch)?;
    // The scratch database is thrown away after a crash, so nothing of it needs to be flushed.
    target.execute_batch("PRAGMA synchronous = OFF;")?;
    schema::migrate(&mut target)?;
    let total = journal::head(&source)?;
    target.execute_batch("BEGIN")?;
    let faults = Arc::new(NoFaults);
    let known = Known::default();
    // Nothing is appended: rows are copied with the salts that they have.
    let salts = Salts::new([0; 32]);
    let scope = Scope::new(&target, &known, marker, faults.as_ref(), &salts);
    let mut touched = Touched::default();
    journal::walk(&source, 0, &mut |row| {
        journal::copy(&target, &row)?;
        derive::apply(&target, &known, &row, &mut touched)?;
        if touched.visits.len() + touched.by_others.len() >= WAITING_VISITS_MAX {
            judge::judge_touched(&scope, &std::mem::take(&mut touched))?;
        }
        progress(row.seq, total);
        Ok(())
    })?;
    judge::judge_touched(&scope, &touched)?;
    target.execute_batch("COMMIT")?;
    Ok(total)
}

fn attach(database: &Path, scratch: &Path) -> Result<Connection> {
    let db = writer::connect(database)?;
    let path = scratch
        .to_str()
        .ok_or_else(|| ArchiveError::NotAnArchive(scratch.to_owned()))?;
    db.execute("ATTACH DATABASE ?1 AS rebuilt", [path])?;
    Ok(db)
}

fn compare(db: &Connection) -> Result<Vec<TableDifference>> {
    let mut found = Vec::new();
    for table in DERIVED {
        let count = |one: &str, other: &str| -> Result<u64> {
            let sql = format!(
                "SELECT count(*) FROM (SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table})"
            );
            Ok(db.query_row(&sql, [], |row| row.get(0))?)
        };
        let (missing, surplus) = (count("rebuilt", "main")?, count("main", "rebuilt")?);
        if missing > 0 || surplus > 0 {
            found.push(TableDifference {
                table,
                missing,
                surplus,
            });
        }
    }
    Ok(found)
}

fn replace(db: &Connection) -> Result<()> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    for table in DERIVED {
        db.execute_batch(&format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM rebuilt.{table};"
        ))?;
    }
    db.execute_batch("COMMIT")?;
    Ok(())
}
