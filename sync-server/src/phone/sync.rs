//! `POST /v1/sync`: a phone brings what it has and takes what it has not seen.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use hudang_archive::Arrival;
use hudang_evidence::id::Sha256;
use hudang_sync::wire::{CONTENT_TYPE as CONTENT, Limits, SyncRequest, SyncResponse, pack, unpack};

use crate::body::{Incoming, announced};
use crate::door::content_type_is;
use crate::phone::auth::Sender;
use crate::problem::{Problem, Result};
use crate::shared::Shared;

pub(crate) async fn sync(
    State(shared): State<Arc<Shared>>,
    Extension(sender): Extension<Sender>,
    request: Request,
) -> Result<Response> {
    let asked = shared.now();
    if !content_type_is(request.headers(), CONTENT) {
        return Err(Problem::content_type(CONTENT));
    }
    let limit = Limits::DEFAULT.packed_bytes_max;
    let length = announced(request.headers()).unwrap_or(limit as u64);
    if length > limit as u64 {
        return Err(Problem::too_large());
    }
    let kib = u32::try_from(length / 1024 + 1).unwrap_or(u32::MAX);
    let memory = shared.bodies.try_acquire_many(kib).map_err(|_| Problem::busy())?;
    let packed = Incoming::new(request.into_body(), &shared.config.limits)
        .whole(limit)
        .await?;
    let arrival = Arrival {
        asked,
        received: shared.now(),
    };
    let archive = Arc::clone(&shared.archive);
    let working = shared.working.run(move || -> Result<SyncResponse> {
        sender.signed.verify_content(&Sha256::of(&packed))?;
        let message: SyncRequest = unpack(&packed, Limits::DEFAULT)?;
        drop(packed);
        Ok(archive.sync(&sender.installation, sender.signed.counter, message, arrival)?)
    });
    let answer = working.await??;
    // A compressor takes megabytes: fewer at work than phones that wait.
    let packed = shared.packing.run(move || pack(&answer)).await?;
    let packed = packed.map_err(|_| Problem::fault())?;
    drop(memory);
    Ok(([(CONTENT_TYPE, CONTENT)], packed).into_response())
}
