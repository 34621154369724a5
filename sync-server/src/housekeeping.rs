//! What the server does now and then without being asked: it drops uploads that nobody completes.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::shared::Shared;

/// How often.
const EVERY: Duration = Duration::from_mins(30);

/// Works until told to stop.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let (archive, now) = (Arc::clone(&shared.archive), shared.now());
        match tokio::task::spawn_blocking(move || archive.expire_uploads(now)).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(dropped)) => tracing::info!(dropped, "uploads that nobody completed were dropped"),
            Ok(Err(error)) => tracing::error!(code = error.code(), "uploads could not be dropped"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
