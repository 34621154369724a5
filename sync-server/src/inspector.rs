//! Looks into originals after they are held, one after the other, so that uploads do not wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::shared::Shared;

/// After this the archive is asked again, in case a look failed.
const AGAIN: Duration = Duration::from_mins(1);

/// Works until told to stop.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        while !stop.is_cancelled() && look(&shared).await {}
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.came.notified() => {}
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

/// Looks into one; whether there was one.
async fn look(shared: &Arc<Shared>) -> bool {
    let (archive, now) = (Arc::clone(&shared.archive), shared.now());
    let looking = tokio::task::spawn_blocking(move || archive.inspect_waiting(1, now));
    match looking.await {
        Ok(Ok(looked)) => looked > 0,
        Ok(Err(error)) => {
            tracing::error!(code = error.code(), "an original could not be looked into");
            false
        }
        Err(_) => false,
    }
}
