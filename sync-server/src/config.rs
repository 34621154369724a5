//! How a server is run.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hudang_archive::{BackupRecipient, Quotas};
use hudang_evidence::time::WallTime;

use crate::address::Network;

/// What gives the server its time.
pub type Clock = Arc<dyn Fn() -> WallTime + Send + Sync>;

/// How the way to the server is kept private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// TLS with a certificate that the server makes at its first start and keeps in the archive's directory.
    OwnCertificate,
    /// TLS with a certificate of others: PEM files of the chain and of the key.
    Files {
        /// The certificate, then those that vouch for it.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// No TLS; only on the machine's own loopback address.
    Plain,
}

/// What a server is told when it starts.
#[derive(Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// TLS or not.
    pub transport: Transport,
    /// How phones reach it, as it stands in invitations, e.g. `https://10.1.2.3:8443`; made from the address where
    /// it is not given.
    pub public_url: Option<String>,
    /// Below which directory backups are written; beside the archive where it is not given.
    pub backups: Option<PathBuf>,
    /// To whom those backups are encrypted; to nobody where it is not given.
    pub backup_recipient: Option<BackupRecipient>,
    /// Limits on what comes in.
    pub limits: Limits,
    /// Proxies that are believed when they say whom a request comes from.
    pub trusted_proxies: Vec<Network>,
    /// The time; the machine's own but in tests.
    pub clock: Clock,
}

impl Config {
    /// A server with TLS of its own and the usual limits.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            transport: Transport::OwnCertificate,
            public_url: None,
            backups: None,
            backup_recipient: None,
            limits: Limits::DEFAULT,
            trusted_proxies: Vec::new(),
            clock: Arc::new(machine_clock),
        }
    }
}

/// What the machine's clock says.
pub fn machine_clock() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime::from_ms_clamped(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Limits on what comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most connections at once; more wait to be accepted.
    pub connections_max: usize,
    /// Most requests that are worked on at once; more are told to come again.
    pub requests_max: usize,
    /// Most connections of one address, and most of its requests under way. Phones behind one carrier share an address.
    pub connections_per_address_max: usize,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long the head of a request may take, and how long a connection may be idle.
    pub head: Duration,
    /// How long a body may stand still.
    pub body_idle: Duration,
    /// After this a body must have come at [`Self::body_bytes_per_s`] on the whole.
    pub body_grace: Duration,
    /// Slowest body that is waited for. A 2G link brings ten times as much.
    pub body_bytes_per_s: u32,
    /// Most bytes of a request's head.
    pub head_bytes_max: usize,
    /// Most jobs in the archive at once; they share flushes of the disk, so more than there are cores.
    pub jobs_max: usize,
    /// Most requests that wait for a job; more are told to come again.
    pub waiting_max: usize,
    /// Most bytes of bodies that are kept in memory at once.
    pub bodies_bytes_max: usize,
    /// How many originals are looked into at once, each in at most [`hudang_archive::LOOK_BYTES_MAX`] of memory; 0 for as
    /// many as the machine has cores, and never more than [`hudang_archive::LOOKS_MAX`].
    pub inspectors: usize,
    /// Requests of one phone in a second, and how many at a stroke.
    pub phone_rate: Rate,
    /// Requests with one token in a second, and how many at a stroke.
    pub token_rate: Rate,
    /// Requests from one address that were refused because nobody knows who asks, and how many at a stroke.
    pub stranger_rate: Rate,
    /// What one phone may leave here without a seal, and what of the disk is kept for seals.
    pub quotas: Quotas,
    /// How long requests under way may take when the server is told to stop.
    pub stop: Duration,
}

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In a second, on the whole.
    pub per_second: u32,
    /// At a stroke.
    pub burst: u32,
}

impl Limits {
    /// For one machine of two cores and some thousand phones.
    pub const DEFAULT: Self = Self {
        connections_max: 4_096,
        requests_max: 1_024,
        connections_per_address_max: 512,
        handshake: Duration::from_secs(15),
        head: Duration::from_secs(30),
        body_idle: Duration::from_mins(1),
        body_grace: Duration::from_mins(1),
        body_bytes_per_s: 256,
        head_bytes_max: 16 << 10,
        jobs_max: 32,
        waiting_max: 512,
        bodies_bytes_max: 128 << 20,
        inspectors: 0,
        phone_rate: Rate {
            per_second: 200,
            burst: 2_000,
        },
        token_rate: Rate {
            per_second: 50,
            burst: 500,
        },
        stranger_rate: Rate {
            per_second: 2,
            burst: 60,
        },
        quotas: Quotas::DEFAULT,
        stop: Duration::from_secs(30),
    };
}
