//! Looks into originals after they are held, one after the other, so that uploads do not wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::shared::Shared;

/// After this the archive is asked again, also for what could not be read.
const AGAIN: Duration = Duration::from_mins(1);

/// Works until told to stop.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        while !stop.is_cancelled() && look(&shared).await {}
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.came.notified() => {}
            () = tokio::time::sleep(AGAIN) => shared.archive.look_again(),
        }
    }
}

/// Looks into one; whether there was one.
async fn look(shared: &Arc<Shared>) -> bool {
    let (archive, now) = (Arc::clone(&shared.archive), shared.now());
    let looking = tokio::task::spawn_blocking(move || archive.inspect_waiting(1, now));
    match looking.await {
        Ok(Ok(looked)) => {
            if looked.failed > 0 {
                tracing::error!("an original could not be read; it is looked into later");
            }
            looked.done + looked.failed > 0
        }
        Ok(Err(error)) => {
            tracing::error!(
                code = error.code(),
                "what was seen in an original could not be kept"
            );
            false
        }
        Err(_) => false,
    }
}
