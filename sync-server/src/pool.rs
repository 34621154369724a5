//! Work that blocks, on a bounded number of threads: more waits a little, still more is told to come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{Problem, Result};

/// How long a request waits for its turn.
const WAIT: Duration = Duration::from_secs(20);

/// A number of threads and a number of places to wait.
pub(crate) struct Pool {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

impl Pool {
    pub(crate) fn new(jobs_max: usize, waiting_max: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(jobs_max)),
            waiting: AtomicUsize::new(0),
            waiting_max,
        }
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Does the work when it is its turn. A panic of the work is this request's fault alone.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let permit = self.permit().await?;
        let working = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        working.await.map_err(|_| Problem::fault())
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(self)?;
        let permit = tokio::time::timeout(WAIT, Arc::clone(&self.permits).acquire_owned()).await;
        permit.ok().and_then(Result::ok).ok_or_else(Problem::busy)
    }
}

/// A place among those that wait, given back however the waiting ends.
struct Place<'a>(&'a Pool);

impl<'a> Place<'a> {
    fn take(pool: &'a Pool) -> Result<Self> {
        let place = Self(pool);
        if pool.waiting.fetch_add(1, Ordering::Relaxed) >= pool.waiting_max {
            return Err(Problem::busy());
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
