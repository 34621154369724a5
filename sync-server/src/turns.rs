//! Who writes to which upload: a sender that comes anew takes the turn from its own connection that broke unnoticed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hudang_evidence::id::{BlobHash, InstallationId};
use tokio_util::sync::CancellationToken;

/// All turns that are under way.
#[derive(Default)]
pub(crate) struct Turns {
    all: Mutex<HashMap<BlobHash, (InstallationId, CancellationToken)>>,
}

/// One turn; ends when dropped.
pub(crate) struct Turn {
    turns: Arc<crate::shared::Shared>,
    hash: BlobHash,
    /// Is cancelled when the same sender comes anew.
    pub(crate) taken: CancellationToken,
}

impl Turns {
    /// Asks the turn of the same sender, if there is one, to end; tells whether there was one.
    pub(crate) fn take_over(&self, hash: &BlobHash, sender: &InstallationId) -> bool {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = all.get(hash).filter(|(holder, _)| holder == sender);
        earlier.inspect(|(_, taken)| taken.cancel()).is_some()
    }
}

impl Turn {
    /// Notes that this sender writes.
    pub(crate) fn begin(shared: &Arc<crate::shared::Shared>, hash: BlobHash, sender: InstallationId) -> Self {
        let taken = CancellationToken::new();
        let mut all = shared.turns.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(hash, (sender, taken.clone()));
        drop(all);
        Self {
            turns: Arc::clone(shared),
            hash,
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
        all.remove(&self.hash);
    }
}
