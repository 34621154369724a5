//! The machine itself: the one place of this crate that reads its clocks, random source and disk.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::platform::{Clock, Platform};

/// Where Linux and Android name this start of the machine.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The machine on which the program runs.
#[derive(Debug)]
pub struct SystemPlatform {
    directory: PathBuf,
    boot: String,
    earlier_ms: u64,
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    started: std::time::Instant,
}

impl SystemPlatform {
    /// The machine, with a store in `directory`.
    pub fn new(directory: &Path) -> io::Result<Self> {
        Ok(Self {
            directory: directory.to_owned(),
            boot: boot()?,
            earlier_ms: 0,
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            started: std::time::Instant::now(),
        })
    }

    /// The same as if it had been started so much earlier: for demonstrations in which several phones are one machine, which
    /// is told from phones of their own by the moment of their start.
    #[must_use]
    pub fn started_earlier(mut self, by: Duration) -> Self {
        self.earlier_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[expect(clippy::unused_self, reason = "elsewhere the clock starts with the platform")]
    fn mono_ms(&self) -> u64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let ms = time
            .tv_sec
            .saturating_mul(1000)
            .saturating_add(time.tv_nsec / 1_000_000);
        u64::try_from(ms).unwrap_or(0)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn mono_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The machine's id of this start, or a random one where there is none or an app may not read it: then every start
/// of the process counts as one of the machine, which proves less and claims nothing false.
fn boot() -> io::Result<String> {
    // Elsewhere the clock begins with the process, and so must the id.
    if cfg!(any(target_os = "linux", target_os = "android"))
        && let Ok(id) = std::fs::read_to_string(BOOT_ID)
        && !id.trim().is_empty()
    {
        return Ok(id.trim().to_owned());
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

impl Platform for SystemPlatform {
    fn clock(&self) -> Clock {
        // A clock before 1970 counts as 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock {
            wall_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            mono_ms: self.mono_ms().saturating_add(self.earlier_ms),
            boot: self.boot.clone(),
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // A key or salt that someone could guess is worse than a program that ends here.
            std::process::abort();
        }
    }

    #[cfg(unix)]
    fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.directory)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    #[cfg(not(unix))]
    fn free_bytes(&self) -> io::Result<u64> {
        let place = self.directory.display();
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("free space of {place}"),
        ))
    }
}
