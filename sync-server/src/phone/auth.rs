//! Signed requests: the signature is checked over the head, before a byte of the body is read.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use hudang_archive::Installation;
use hudang_evidence::note::VerifierKey;
use hudang_sync::code;
use hudang_sync::sign::{SignError, SignedHeaders, Target};

use crate::address::Client;
use crate::log::Who;
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// Who signed a request, and what the body's hash must be.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) installation: Installation,
    pub(crate) signed: SignedHeaders,
}

/// Lets only requests through that an enrolled phone signed, each once.
pub(crate) async fn signed(
    State(shared): State<Arc<Shared>>,
    Extension(client): Extension<Client>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let asked = Asked::of(&request);
    let sender = match asked.known(&shared).await {
        Ok(sender) => sender,
        Err(problem) => {
            shared.rates.stranger(client)?;
            return Err(problem);
        }
    };
    shared.rates.phone(&sender.installation.id)?;
    shared
        .archive
        .admit(&sender.installation, sender.signed.counter)?;
    let who = Who::phone(&sender.installation.id);
    request.extensions_mut().insert(sender);
    let mut response = next.run(request).await;
    response.extensions_mut().insert(who);
    Ok(response)
}

/// What of a request is signed, taken out of its head.
struct Asked {
    signed: Result<SignedHeaders, SignError>,
    method: String,
    path: String,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let headers = request.headers();
        Self {
            signed: SignedHeaders::parse(|name| headers.get(name)?.to_str().ok()),
            method: request.method().as_str().to_owned(),
            path: request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
        }
    }

    async fn known(self, shared: &Arc<Shared>) -> Result<Sender> {
        let signed = self.signed?;
        let known = shared
            .ask(move |archive| archive.installation(&signed.installation))
            .await?;
        let refused = |code| Problem::of_sync(StatusCode::FORBIDDEN, code);
        let installation = known.ok_or_else(|| refused(code::DEVICE_UNKNOWN))?;
        let key = VerifierKey::device(&installation.public).map_err(|_| Problem::fault())?;
        let target = Target {
            origin: shared.archive.origin(),
            method: &self.method,
            path: &self.path,
        };
        signed.verify(target, &key)?;
        if installation.revoked.is_some() {
            return Err(refused(code::DEVICE_REVOKED));
        }
        Ok(Sender { installation, signed })
    }
}
