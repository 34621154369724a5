//! A phone's clocks, randomness and disk under a seed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use hudang_device::platform::{Clock, Faults, IoPoint, Platform};
use hudang_evidence::id::Sha256;
use hudang_testkit::office::at;

/// How long a phone takes to start: longer than a request is on its way, which lets a second pass at every look at a clock.
const REBOOT_MS: i64 = 120_000;

/// Clocks that a seed sets, and randomness that it repeats.
pub(crate) struct Hands {
    /// The true time, after the first morning; whoever looks at a clock lets a second pass for everybody.
    time_ms: Arc<AtomicI64>,
    /// How far the wall clock is off.
    wall_off_ms: AtomicI64,
    /// When the phone started.
    started_ms: AtomicI64,
    boot: AtomicU64,
    seed: String,
    drawn: AtomicU64,
}

/// How long a phone has been on.
fn on_for_ms(seed: &str) -> i64 {
    let drawn = Sha256::of(seed.as_bytes());
    let steps = u16::from_be_bytes([drawn.as_bytes()[0], drawn.as_bytes()[1]]);
    i64::from(steps) * 5_000
}

impl Hands {
    pub(crate) fn new(seed: String, time_ms: Arc<AtomicI64>) -> Self {
        Self {
            // No two phones were started at one moment.
            started_ms: AtomicI64::new(time_ms.load(Ordering::SeqCst) - 5_000_000 - on_for_ms(&seed)),
            time_ms,
            wall_off_ms: AtomicI64::new(0),
            boot: AtomicU64::new(1),
            seed,
            drawn: AtomicU64::new(0),
        }
    }

    /// Somebody, or the network, sets the wall clock.
    pub(crate) fn jumps(&self, ms: i64) {
        self.wall_off_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// The phone itself starts again, which takes its time: no two phones start within one moment.
    pub(crate) fn reboots(&self) {
        self.boot.fetch_add(1, Ordering::SeqCst);
        let started_ms = self.time_ms.fetch_add(REBOOT_MS, Ordering::SeqCst);
        self.started_ms.store(started_ms, Ordering::SeqCst);
    }

    /// Whether the phone ever started again.
    pub(crate) fn has_rebooted(&self) -> bool {
        self.boot.load(Ordering::SeqCst) > 1
    }
}

impl Platform for Hands {
    fn clock(&self) -> Clock {
        let now_ms = self.time_ms.fetch_add(1_000, Ordering::SeqCst) + 1_000;
        let since_ms = now_ms - self.started_ms.load(Ordering::SeqCst);
        Clock {
            wall_ms: at(now_ms).ms() + self.wall_off_ms.load(Ordering::SeqCst),
            mono_ms: u64::try_from(since_ms).unwrap(),
            boot: format!("boot-{}", self.boot.load(Ordering::SeqCst)),
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let n = self.drawn.fetch_add(1, Ordering::SeqCst);
            let hash = Sha256::of(format!("{}/{n}", self.seed).as_bytes());
            chunk.copy_from_slice(&hash.as_bytes()[..chunk.len()]);
        }
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(8 << 30)
    }
}

/// What happens to the app at a step of IO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// It is killed: nothing happens from there on until it starts again.
    Kill,
    /// The disk is full at that step only.
    Full,
}

/// Lets a mishap happen at a step of IO that was chosen before.
#[derive(Default)]
pub(crate) struct Trip {
    /// Steps until it happens; 0 for never.
    until: AtomicU64,
    kills: AtomicBool,
    dead: AtomicBool,
    fired: AtomicBool,
}

impl Trip {
    pub(crate) fn arm(&self, steps: u64, mishap: Mishap) {
        self.kills.store(mishap == Mishap::Kill, Ordering::SeqCst);
        self.fired.store(false, Ordering::SeqCst);
        self.until.store(steps, Ordering::SeqCst);
    }

    /// Nothing happens any more; whether the app lies dead, and whether something happened at all.
    pub(crate) fn disarm(&self) -> (bool, bool) {
        self.until.store(0, Ordering::SeqCst);
        (
            self.dead.swap(false, Ordering::SeqCst),
            self.fired.swap(false, Ordering::SeqCst),
        )
    }
}

impl Faults for Trip {
    fn at(&self, _: IoPoint) -> io::Result<()> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::Other.into());
        }
        let left = self.until.load(Ordering::SeqCst);
        if left == 0 {
            return Ok(());
        }
        self.until.store(left - 1, Ordering::SeqCst);
        if left > 1 {
            return Ok(());
        }
        self.fired.store(true, Ordering::SeqCst);
        if self.kills.load(Ordering::SeqCst) {
            self.dead.store(true, Ordering::SeqCst);
            return Err(io::ErrorKind::Other.into());
        }
        Err(io::ErrorKind::StorageFull.into())
    }
}
