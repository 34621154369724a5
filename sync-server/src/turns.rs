//! Who writes to which upload: a sender that comes anew takes the turn from its own connection that broke unnoticed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hudang_evidence::id::{BlobHash, InstallationId};
use tokio_util::sync::CancellationToken;

/// All turns that are under way.
#[derive(Default)]
pub(crate) struct Turns {
    all: Mutex<HashMap<(InstallationId, BlobHash), CancellationToken>>,
}

/// One turn; ends when dropped.
pub(crate) struct Turn {
    turns: Arc<crate::shared::Shared>,
    of: (InstallationId, BlobHash),
    /// Is cancelled when the same sender comes anew.
    pub(crate) taken: CancellationToken,
}

impl Turns {
    /// Asks the turn of the same sender, if there is one, to end.
    pub(crate) fn take_over(&self, hash: &BlobHash, sender: &InstallationId) {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get(&(*sender, *hash)) {
            taken.cancel();
        }
    }
}

impl Turn {
    /// Notes that this sender writes.
    pub(crate) fn begin(shared: &Arc<crate::shared::Shared>, hash: BlobHash, sender: InstallationId) -> Self {
        let taken = CancellationToken::new();
        let mut all = shared.turns.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((sender, hash), taken.clone());
        drop(all);
        Self {
            turns: Arc::clone(shared),
            of: (sender, hash),
            taken,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = self
            .turns
            .turns
            .all
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.of);
    }
}
