//! Looks into originals after they are held, several at once on the cores there are, so that uploads do not wait for it.

use std::sync::Arc;
use std::time::Duration;

use hudang_archive::{LOOKS_MAX, Looked};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::shared::Shared;

/// After this the archive is asked again, also for what could not be read.
const AGAIN: Duration = Duration::from_mins(1);

/// Works until told to stop.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let workers = match shared.config.limits.inspectors {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        told => told,
    };
    let mut all = JoinSet::new();
    for _ in 0..workers.clamp(1, LOOKS_MAX) {
        all.spawn(work(Arc::clone(&shared), stop.clone()));
    }
    all.join_all().await;
}

async fn work(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        while !stop.is_cancelled() && look(&shared).await {
            // There may be more than one worker has hands for.
            shared.came.notify_one();
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.came.notified() => {}
            () = tokio::time::sleep(AGAIN) => shared.archive.look_again(),
        }
    }
}

/// Looks into the next ones; whether there were any.
async fn look(shared: &Arc<Shared>) -> bool {
    let (archive, now) = (Arc::clone(&shared.archive), shared.now());
    let looking = tokio::task::spawn_blocking(move || archive.inspect_next(now));
    match looking.await {
        Ok(Ok(looked)) => {
            if looked.failed > 0 {
                tracing::error!("an original could not be read; it is looked into later");
            }
            looked != Looked::default()
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
