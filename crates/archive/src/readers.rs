//! A few read-only connections: readers see the last commit and never wait for the writer.
//!
//! Opening a connection and preparing its statements costs more than most reads, so connections are kept, and
//! callers wait for each other instead of opening a connection each.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::Result;

/// Most connections that are kept open.
const OPEN_MAX: usize = 8;
/// How long a caller waits for one of them. After that it opens one of its own, so that long reads, or a read
/// inside a read, cannot stop everyone.
const WAIT: Duration = Duration::from_millis(500);
/// Statements kept prepared for each connection: more than there are.
pub(crate) const STATEMENTS_MAX: usize = 256;

/// The pool.
pub(crate) struct Readers {
    path: PathBuf,
    open: Mutex<Open>,
    returned: Condvar,
}

struct Open {
    idle: Vec<Connection>,
    /// Connections that are open, idle or lent.
    count: usize,
}

impl Readers {
    /// A pool on this database.
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            open: Mutex::new(Open {
                idle: Vec::new(),
                count: 0,
            }),
            returned: Condvar::new(),
        }
    }

    /// Reads with one connection, inside one read transaction: all of it sees the same state.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut lent = self.lend()?;
        let Some(connection) = lent.connection.as_mut() else {
            return Err(crate::error::ArchiveError::Closed);
        };
        let transaction = connection.transaction()?;
        let result = work(&transaction);
        transaction.finish()?;
        result
    }

    fn lend(&self) -> Result<Lent<'_>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |open: &mut Open| open.idle.is_empty() && open.count >= OPEN_MAX;
        let waited = self.returned.wait_timeout_while(open, WAIT, full);
        let (mut open, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let idle = open.idle.pop();
        if idle.is_none() {
            open.count += 1;
        }
        drop(open);
        // From here on the connection is counted, also where opening it fails or the caller panics.
        let mut lent = Lent {
            readers: self,
            connection: idle,
        };
        if lent.connection.is_none() {
            lent.connection = Some(connect(&self.path)?);
        }
        Ok(lent)
    }
}

/// A connection that goes back when it is dropped.
struct Lent<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut open = self.readers.open.lock().unwrap_or_else(PoisonError::into_inner);
        match self.connection.take() {
            // One that a panic left inside a transaction is not used again.
            Some(connection) if open.count <= OPEN_MAX && connection.is_autocommit() => {
                open.idle.push(connection);
            }
            _ => open.count = open.count.saturating_sub(1),
        }
        drop(open);
        self.readers.returned.notify_one();
    }
}

/// Opens the database for reading only.
pub(crate) fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;")?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Keeps statements prepared, and prepared for good: otherwise SQLite makes a plan again whenever a bound value
/// that it has looked at is another one.
pub(crate) fn keep_statements(connection: &Connection) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_callers_share_few_connections_and_a_read_inside_a_read_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n); INSERT INTO t VALUES (7);")
            .unwrap();
        let readers = Readers::new(path);
        let seven = |db: &Connection| Ok(db.query_row("SELECT n FROM t", [], |row| row.get::<_, i64>(0))?);
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| (0..50).for_each(|_| assert_eq!(readers.read(seven).unwrap(), 7)));
            }
        });
        assert!(readers.open.lock().unwrap().count <= OPEN_MAX);
        let deep = |depth: usize| nested(&readers, depth, &seven);
        assert_eq!(deep(OPEN_MAX + 1).unwrap(), 7);
        assert!(
            readers.open.lock().unwrap().count <= OPEN_MAX,
            "what was added is closed"
        );
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            readers.read(|_| -> Result<()> { panic!("a bug") })
        }));
        assert!(broken.is_err());
        assert_eq!(readers.read(seven).unwrap(), 7);
    }

    fn nested(readers: &Readers, depth: usize, last: &dyn Fn(&Connection) -> Result<i64>) -> Result<i64> {
        readers.read(|db| {
            if depth == 0 {
                last(db)
            } else {
                nested(readers, depth - 1, last)
            }
        })
    }
}
