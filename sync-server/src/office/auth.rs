//! Bearer tokens, and whether their role may do what a route is for.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use hudang_archive::{Act, Token, may};
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
    let token = match known(&shared, given).await {
        Ok(token) => token,
        Err(problem) => {
            shared.rates.stranger(client)?;
            return Err(problem);
        }
    };
    if !may(token.role, act) {
        return Err(Problem::forbidden());
    }
    let who = Who::Office(token.role);
    request.extensions_mut().insert(By(token.label));
    let mut response = next.run(request).await;
    response.extensions_mut().insert(who);
    Ok(response)
}

/// Whose token it was; stands in the journal beside what was decided.
#[derive(Debug, Clone)]
pub(crate) struct By(pub(crate) String);

/// The token that a request gives.
fn given(request: &Request) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let usable = scheme.eq_ignore_ascii_case("bearer") && token.len() <= TOKEN_BYTES_MAX;
    usable.then(|| token.to_owned())
}

async fn known(shared: &Arc<Shared>, given: Option<String>) -> Result<Token> {
    let text = given.ok_or_else(Problem::no_token)?;
    let key = Sha256::of(text.as_bytes());
    let token = shared
        .ask(move |archive| archive.token(&text))
        .await?
        .ok_or_else(Problem::no_token)?;
    shared.rates.token(&key)?;
    Ok(token)
}
