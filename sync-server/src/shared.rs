//! What all requests share.

use std::sync::Arc;

use hudang_archive::{Archive, Looking};
use hudang_evidence::id::Sha256;
use hudang_evidence::time::WallTime;
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;

use crate::address::Places;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::office::jobs::Jobs;
use crate::pool::Pool;
use crate::problem::{Problem, Result};
use crate::rate::Rates;
use crate::turns::Turns;

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) archive: Arc<Archive>,
    pub(crate) config: Config,
    /// Fingerprint of the server's own certificate; none where others vouch for it.
    pub(crate) fingerprint: Option<Sha256>,
    /// How phones reach it.
    pub(crate) public_url: String,
    /// For short questions, so that they do not wait behind commits.
    pub(crate) asking: Pool,
    /// For work that waits for the disk.
    pub(crate) working: Pool,
    /// For compressing answers to phones.
    pub(crate) packing: Pool,
    /// For writing originals.
    pub(crate) keeping: Pool,
    /// Memory for bodies, in KiB.
    pub(crate) bodies: Semaphore,
    pub(crate) rates: Rates,
    /// Requests under way by address.
    pub(crate) by_address: Arc<Places>,
    pub(crate) metrics: Metrics,
    pub(crate) jobs: Jobs,
    /// Who writes to which upload.
    pub(crate) turns: Turns,
    /// Work that goes on when its request has gone.
    pub(crate) tasks: TaskTracker,
    /// An original came in.
    pub(crate) came: Notify,
}

impl Shared {
    pub(crate) fn now(&self) -> WallTime {
        (self.config.clock)()
    }

    /// Why somebody looks, now.
    pub(crate) fn looking(&self, purpose: String) -> Looking {
        let now = self.now();
        Looking { purpose, now }
    }

    /// A short question to the archive.
    pub(crate) async fn ask<T, F>(self: &Arc<Self>, question: F) -> Result<T>
    where
        F: FnOnce(&Archive) -> hudang_archive::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let archive = Arc::clone(&self.archive);
        self.asking
            .run(move || question(&archive))
            .await?
            .map_err(Problem::from)
    }

    /// Work on an original.
    pub(crate) async fn keep<T, F>(self: &Arc<Self>, work: F) -> Result<T>
    where
        F: FnOnce(&Arc<Archive>) -> hudang_archive::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let archive = Arc::clone(&self.archive);
        self.keeping
            .run(move || work(&archive))
            .await?
            .map_err(Problem::from)
    }

    /// Work in the archive that may wait for the disk.
    pub(crate) async fn work<T, F>(self: &Arc<Self>, work: F) -> Result<T>
    where
        F: FnOnce(&Arc<Archive>) -> hudang_archive::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let archive = Arc::clone(&self.archive);
        self.working
            .run(move || work(&archive))
            .await?
            .map_err(Problem::from)
    }
}
