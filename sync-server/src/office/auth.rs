//! Bearer tokens: whose they are, and whether their role may do what a route is for.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use hudang_archive::{Act, Viewer, may};
use hudang_evidence::id::Sha256;

use crate::address::Client;
use crate::log::Who;
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// Longest token that is looked up; ours are shorter.
const TOKEN_BYTES_MAX: usize = 128;

/// Lets only requests through whose token's role may do this.
pub(crate) async fn allowed(
    State((shared, act)): State<(Arc<Shared>, Act)>,
    Extension(client): Extension<Client>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let given = given(&request);
    let viewer = match known(&shared, given).await {
        Ok(viewer) => viewer,
        Err(problem) => {
            shared.rates.stranger(client)?;
            return Err(problem);
        }
    };
    // The machine itself asks nothing over HTTP.
    let role = viewer.role().filter(|role| may(*role, act));
    let who = Who::Office(role.ok_or_else(Problem::forbidden)?);
    request.extensions_mut().insert(By(viewer));
    let mut response = next.run(request).await;
    response.extensions_mut().insert(who);
    Ok(response)
}

/// Who asks: what is read is filtered by it, and its account stands in the journal beside what was decided.
#[derive(Debug, Clone)]
pub(crate) struct By(pub(crate) Viewer);

/// What a request says that it looks for, in its header `Purpose`: text that is percent-encoded.
pub(crate) struct Purpose(pub(crate) String);

impl<S: Sync> axum::extract::FromRequestParts<S> for Purpose {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self> {
        let Some(said) = parts.headers.get("purpose") else {
            return Ok(Self(String::new()));
        };
        let said = said.to_str().ok().and_then(decoded);
        said.map(Self).ok_or_else(|| {
            Problem::malformed("Purpose 须为百分号编码的文字", "Purpose is percent-encoded text")
        })
    }
}

/// Percent-encoded UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The token that a request gives.
fn given(request: &Request) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let usable = scheme.eq_ignore_ascii_case("bearer") && token.len() <= TOKEN_BYTES_MAX;
    usable.then(|| token.to_owned())
}

async fn known(shared: &Arc<Shared>, given: Option<String>) -> Result<Viewer> {
    let text = given.ok_or_else(Problem::no_token)?;
    let key = Sha256::of(text.as_bytes());
    let now = shared.now();
    let viewer = shared
        .ask(move |archive| archive.viewer(&text, now))
        .await?
        .ok_or_else(Problem::no_token)?;
    shared.rates.token(&key)?;
    Ok(viewer)
}
