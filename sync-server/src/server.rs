//! A server from its start to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hudang_archive::Archive;
use hudang_evidence::id::Sha256;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::Acceptor;
use crate::config::{Config, Transport};
use crate::door;
use crate::error::ServeError;
use crate::housekeeping;
use crate::inspector;
use crate::metrics::Metrics;
use crate::office::jobs::Jobs;
use crate::pool::Pool;
use crate::rate::Rates;
use crate::shared::Shared;
use crate::tls;
use crate::turns::Turns;

/// How many short questions are answered, and originals written, at once.
const ASKING_MAX: usize = 8;
const KEEPING_MAX: usize = 16;
/// How many answers to phones are compressed at once.
const PACKING_MAX: usize = 8;

/// A server that listens.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
    accepting: JoinHandle<()>,
    inspecting: JoinHandle<()>,
    keeping_house: JoinHandle<()>,
}

/// Tells a server to stop, from anywhere.
#[derive(Debug, Clone)]
pub struct Stop(CancellationToken);

impl Stop {
    /// Takes no more connections, finishes the requests under way.
    pub fn stop(&self) {
        self.0.cancel();
    }
}

impl Server {
    /// Begins to listen with this archive.
    pub async fn start(mut archive: Archive, config: Config) -> Result<Self, ServeError> {
        if config.transport == Transport::Plain && !config.listen.ip().is_loopback() {
            return Err(ServeError::PlainOutside(config.listen));
        }
        let identity = tls::identity(&config.transport, archive.root(), &names(&config))?;
        let fingerprint = identity
            .as_ref()
            .filter(|_| config.transport == Transport::OwnCertificate);
        let fingerprint = fingerprint.and_then(tls::Identity::fingerprint);
        let tls = identity.map(tls::Identity::config).transpose()?;
        let listening = |error| ServeError::Listen(config.listen, error);
        let listener = TcpListener::bind(config.listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let public_url = config
            .public_url
            .clone()
            .unwrap_or_else(|| format!("{scheme}://{address}"));
        let limits = config.limits;
        archive.limit(limits.quotas);
        let shared = Arc::new(Shared {
            archive: Arc::new(archive),
            fingerprint,
            public_url,
            asking: Pool::new(ASKING_MAX, limits.waiting_max),
            working: Pool::new(limits.jobs_max, limits.waiting_max),
            packing: Pool::new(PACKING_MAX, limits.waiting_max),
            keeping: Pool::new(KEEPING_MAX, limits.waiting_max),
            bodies: Semaphore::new(limits.bodies_bytes_max / 1024),
            rates: Rates::new(&limits),
            by_address: Arc::default(),
            metrics: Metrics::new(),
            jobs: Jobs::default(),
            turns: Turns::default(),
            tasks: TaskTracker::new(),
            came: Notify::new(),
            config,
        });
        let stop = CancellationToken::new();
        let acceptor = Acceptor {
            listener,
            tls: tls.map(|config| TlsAcceptor::from(Arc::new(config))),
            router: door::service(&shared),
            shared: Arc::clone(&shared),
            stop: stop.clone(),
        };
        let accepting = tokio::spawn(acceptor.run());
        let inspecting = tokio::spawn(inspector::run(Arc::clone(&shared), stop.clone()));
        let keeping_house = tokio::spawn(housekeeping::run(Arc::clone(&shared), stop.clone()));
        Ok(Self {
            address,
            shared,
            stop,
            accepting,
            inspecting,
            keeping_house,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How phones reach it, as it stands in invitations.
    pub fn url(&self) -> &str {
        &self.shared.public_url
    }

    /// Fingerprint of its own certificate; none where others vouch for it or without TLS.
    pub fn fingerprint(&self) -> Option<Sha256> {
        self.shared.fingerprint
    }

    /// What tells it to stop.
    pub fn stop_handle(&self) -> Stop {
        Stop(self.stop.clone())
    }

    /// Until it was told to stop, its requests have ended and the archive is closed.
    pub async fn stopped(self) {
        // All end by themselves when told to; a panic of theirs was logged.
        let _ = self.accepting.await;
        let _ = self.inspecting.await;
        let _ = self.keeping_house.await;
        self.shared.tasks.close();
        let limit = self.shared.config.limits.stop;
        if tokio::time::timeout(limit, self.shared.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("uploads were still under way when the server stopped");
        }
        close(self.shared).await;
    }

    /// Stops it, and waits until that is done.
    pub async fn stop(self) {
        self.stop.cancel();
        self.stopped().await;
    }
}

/// Closes the archive when nobody works in it any more. Whoever still does closes it when done.
async fn close(shared: Arc<Shared>) {
    let archive = Arc::clone(&shared.archive);
    drop(shared);
    let mut archive = archive;
    for _ in 0..100 {
        match Arc::try_unwrap(archive) {
            Ok(last) => {
                let _ = tokio::task::spawn_blocking(move || last.close()).await;
                return;
            }
            Err(shared) => archive = shared,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The names that the server's own certificate is for.
fn names(config: &Config) -> Vec<String> {
    let mut names = vec![config.listen.ip().to_string()];
    let host = config.public_url.as_deref().and_then(crate::invitation::host);
    names.extend(host.map(str::to_owned));
    names
}
