//! A server in a process of its own: this program once more, with an archive's directory.
//!
//! Its clock stands still eight days after the contract's morning, because visits made for a measurement carry the
//! times of those days. All else is as `hudang serve` runs it: TLS of its own, the usual limits.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;
use hudang_evidence::id::Sha256;
use hudang_sync_server::{Config, Server};
use hudang_testkit::office::{DAY_MS, at, open};

/// What makes this program the server.
pub(crate) const SERVE: &str = "--serve";

/// A server that runs until this is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
    pub(crate) fingerprint: Sha256,
}

impl Served {
    /// Starts a server on an archive that nobody has open.
    pub(crate) fn start(archive: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(SERVE)
            .arg(archive)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (url, fingerprint) = line.trim().split_once(' ').expect("the server's address");
        Self {
            url: url.to_owned(),
            fingerprint: fingerprint.parse().unwrap(),
            child,
        }
    }

    /// Seconds of processor time that it has used, of all its threads together (`proc(5)`, `utime` and `stime`).
    pub(crate) fn worked_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let ticks: f64 = fields
            .split(' ')
            .skip(11)
            .take(2)
            .map(|field| field.parse::<f64>().unwrap())
            .sum();
        // A tick is a hundredth of a second wherever Linux runs programs (`USER_HZ`).
        ticks / 100.0
    }

    /// What it has in memory now, and the most that it had, in MB.
    pub(crate) fn memory_mb(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
            kib * 1024.0 / 1e6
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The end of its input tells it to stop.
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
    }
}

/// The server's side: until the input ends.
pub(crate) fn serve(archive: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let config = Config {
            clock: Arc::new(|| at(8 * DAY_MS)),
            ..Config::new(([127, 0, 0, 1], 0).into())
        };
        let server = Server::start(open(archive), config)
            .await
            .context("Start the server")?;
        let fingerprint = server.fingerprint().context("A certificate of its own")?;
        println!("{} {fingerprint}", server.url());
        let input = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        input.await??;
        server.stop().await;
        Ok(())
    })
}
