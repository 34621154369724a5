//! The windows of request counters of all phones that were heard of since the start (DESIGN §7).
//!
//! The highest counter is kept with each sync's commit; after a restart everything up to it counts as used.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hudang_evidence::id::InstallationId;
use hudang_sync::sign::{ReplayWindow, Replayed};

/// Most phones whose window is kept; others fall back on the stored highest counter.
const WINDOWS_MAX: usize = 10_000;

/// The windows.
#[derive(Default)]
pub(crate) struct ReplayWindows {
    windows: Mutex<BTreeMap<InstallationId, ReplayWindow>>,
}

impl ReplayWindows {
    /// Takes a counter once. `stored` is the highest one that was stored.
    pub(crate) fn admit(
        &self,
        installation: InstallationId,
        counter: u64,
        stored: u64,
    ) -> Result<(), Replayed> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= WINDOWS_MAX && !windows.contains_key(&installation) {
            // Whichever goes falls back on what is stored. A request that it could then repeat changes nothing
            // the second time: the window saves work, it does not carry the proof.
            windows.pop_first();
        }
        windows
            .entry(installation)
            .or_insert_with(|| ReplayWindow::after(stored))
            .accept(counter)
    }
}
