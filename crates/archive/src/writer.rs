//! The one writer: many callers' jobs share one transaction, so that they share one flush of the disk.
//!
//! Each job runs in a savepoint of its own: one that fails leaves nothing behind and harms no other. Callers
//! hear of their result after the commit, never before.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use hudang_evidence::journal::JournalHead;
use rusqlite::Connection;

use crate::error::{ArchiveError, Result};
use crate::faults::{Faults, IoPoint};
use crate::journal::{self, Record, Row, Salts};
use crate::known::Known;
use crate::marks::Marker;

/// Most jobs that share one transaction.
const BATCH_JOBS_MAX: usize = 128;
/// Most jobs that wait; more are told to try again.
const QUEUE_JOBS_MAX: usize = 1_024;

/// What a job may do inside the transaction.
pub(crate) struct Scope<'c> {
    /// The connection, inside a transaction.
    pub(crate) db: &'c Connection,
    /// What was read before.
    pub(crate) known: &'c Known,
    /// Hashes what identifies households.
    pub(crate) marker: &'c Marker,
    faults: &'c dyn Faults,
    salts: &'c Salts,
    /// The last row, where it was looked up since something was undone.
    head: Cell<Option<JournalHead>>,
}

impl<'c> Scope<'c> {
    /// A scope on a connection whose transaction the caller holds.
    pub(crate) const fn new(
        db: &'c Connection,
        known: &'c Known,
        marker: &'c Marker,
        faults: &'c dyn Faults,
        salts: &'c Salts,
    ) -> Self {
        Self {
            db,
            known,
            marker,
            faults,
            salts,
            head: Cell::new(None),
        }
    }

    /// Appends to the journal; returns the row.
    pub(crate) fn append(&self, recv_ms: i64, record: &Record<'_>) -> Result<Row> {
        self.faults
            .at(IoPoint::JournalAppend)
            .map_err(ArchiveError::io("append to the journal"))?;
        let row = journal::append(self.db, self.head()?, self.salts, recv_ms, record)?;
        self.head.set(Some(row.head()));
        Ok(row)
    }

    /// How far the journal is, with what this transaction appended.
    pub(crate) fn head(&self) -> Result<JournalHead> {
        let head = self
            .head
            .get()
            .map_or_else(|| journal::head_of_chain(self.db), Ok)?;
        self.head.set(Some(head));
        Ok(head)
    }

    /// Something that was appended may have been undone.
    pub(crate) fn forget_head(&self) {
        self.head.set(None);
    }
}

trait Job: Send {
    fn run(&mut self, scope: &Scope<'_>) -> bool;
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Task<F, T> {
    work: Option<F>,
    result: Option<Result<T>>,
    reply: SyncSender<Result<T>>,
}

impl<F, T> Job for Task<F, T>
where
    F: FnOnce(&Scope<'_>) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, scope: &Scope<'_>) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        // A panic is a bug of ours; it must not take the writer and everyone's work with it.
        let result = catch_unwind(AssertUnwindSafe(|| work(scope)))
            .unwrap_or_else(|_| Err(ArchiveError::Damaged("a job of the writer panicked".into())));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let result = match (self.result, committed) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(group)) => Err(group),
            (Some(ok), Ok(())) => ok,
            (None, Ok(())) => Err(ArchiveError::Closed),
        };
        // A caller that no longer waits will ask again.
        let _ = self.reply.send(result);
    }
}

/// The door to the writer thread.
pub(crate) struct Writer {
    queue: Mutex<Option<SyncSender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread on this connection.
    pub(crate) fn start(
        connection: Connection,
        known: Arc<Known>,
        marker: Marker,
        faults: Arc<dyn Faults>,
        salts: Salts,
    ) -> Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE_JOBS_MAX);
        let thread = std::thread::Builder::new()
            .name("archive-writer".into())
            .spawn(move || {
                let scope = Scope::new(&connection, &known, &marker, faults.as_ref(), &salts);
                serve(&scope, &jobs);
            })
            .map_err(ArchiveError::io("start the writer"))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `work` in the next transaction; returns when that has committed. `work`'s error undoes only `work`.
    pub(crate) fn submit<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&Scope<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        let task = Box::new(Task {
            work: Some(work),
            result: None,
            reply,
        });
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match queue.ok_or(ArchiveError::Closed)?.try_send(task) {
            Ok(()) => answer.recv().unwrap_or(Err(ArchiveError::Closed)),
            Err(TrySendError::Full(_)) => Err(ArchiveError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(ArchiveError::Closed),
        }
    }

    /// Lets waiting jobs finish and ends the thread.
    pub(crate) fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // The thread catches the panics of its jobs; there is nothing to do about one of its own.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn serve(scope: &Scope<'_>, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH_JOBS_MAX {
            let Ok(next) = jobs.try_recv() else { break };
            batch.push(next);
        }
        let outcome = run(scope, &mut batch);
        if outcome.is_err() {
            scope.forget_head();
        }
        if outcome.is_err() && !scope.db.is_autocommit() {
            // Where this fails as well, the next BEGIN says so to its callers.
            let _ = scope.db.execute_batch("ROLLBACK");
        }
        for job in batch {
            job.answer(outcome.as_ref().copied().map_err(again));
        }
    }
}

fn run(scope: &Scope<'_>, batch: &mut [Box<dyn Job>]) -> Result<()> {
    let (connection, faults) = (scope.db, scope.faults);
    faults
        .at(IoPoint::TransactionBegin)
        .map_err(ArchiveError::io("begin a transaction"))?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for job in batch {
        connection.prepare_cached("SAVEPOINT job")?.execute([])?;
        let keep = job.run(scope);
        if connection.is_autocommit() {
            // SQLite gives up the whole transaction when, for instance, the disk is full.
            return Err(ArchiveError::DiskFull);
        }
        if !keep {
            connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
            scope.forget_head();
        }
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    faults
        .at(IoPoint::CommitBefore)
        .map_err(ArchiveError::io("commit"))?;
    connection.execute_batch("COMMIT")?;
    faults
        .at(IoPoint::CommitAfter)
        .map_err(ArchiveError::io("answer after a commit"))
}

/// The group's error, once more for each caller.
fn again(error: &ArchiveError) -> ArchiveError {
    match error {
        ArchiveError::DiskFull => ArchiveError::DiskFull,
        ArchiveError::Busy => ArchiveError::Busy,
        ArchiveError::Damaged(what) => ArchiveError::Damaged(what.clone()),
        other => ArchiveError::Io {
            doing: "write",
            source: io::Error::other(other.to_string()),
        },
    }
}

/// Opens the database for the writer.
pub(crate) fn connect(path: &Path) -> Result<Connection> {
    hudang_private::database(path).map_err(ArchiveError::io("make the database its owner's only"))?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY;",
    )?;
    crate::readers::keep_statements(&connection)?;
    Ok(connection)
}
