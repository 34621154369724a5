//! `POST /v1/enrol`: a person is enrolled on a phone.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use hudang_archive::Keys;
use hudang_evidence::profile;
use hudang_sync::enrol::EnrolRequest;

use crate::address::Client;
use crate::body::Incoming;
use crate::door::content_type_is;
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// Both a request and its answer.
const CONTENT: &str = "text/plain; charset=utf-8";

pub(crate) async fn enrol(
    State(shared): State<Arc<Shared>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Result<Response> {
    let answer = answer(&shared, request).await;
    if answer.is_err() {
        // A code has a hundred bits; still nobody shall try them at will.
        shared.rates.stranger(client)?;
    }
    answer
}

async fn answer(shared: &Arc<Shared>, request: Request) -> Result<Response> {
    if !content_type_is(request.headers(), "text/plain") {
        return Err(Problem::content_type(CONTENT));
    }
    let body = Incoming::new(request.into_body(), &shared.config.limits);
    let note = body.whole(2 * profile::ENTRY_BYTES_MAX).await?;
    let now = shared.now();
    let origin = shared.archive.origin().to_owned();
    let enrolled = shared.working.run({
        let archive = Arc::clone(&shared.archive);
        move || {
            let wanted = EnrolRequest::parse(&note)
                .ok()
                .filter(|wanted| wanted.origin == origin)
                .ok_or_else(|| {
                    Problem::malformed(
                        "不是本服务器的登记请求",
                        "not an enrolment request for this server",
                    )
                })?;
            let keys = Keys {
                installation: *wanted.installation.as_bytes(),
                device: *wanted.device.as_bytes(),
            };
            archive
                .enrol(&wanted.code, keys, wanted.succeeds, now)
                .map_err(Problem::from)
        }
    });
    let enrolled = enrolled.await??;
    Ok(([(CONTENT_TYPE, CONTENT)], enrolled.note).into_response())
}
