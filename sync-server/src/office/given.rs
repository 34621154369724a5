//! What a request gives: JSON, parameters, names; each wrong one answered with what to do.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use hudang_evidence::time::WallTime;
use serde::de::DeserializeOwned;

use crate::body::{Incoming, announced};
use crate::door::content_type_is;
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// For all but imports.
pub(crate) const SMALL: usize = 64 << 10;
/// For imports, contracts and forms.
pub(crate) const LARGE: usize = 16 << 20;
const ROWS_MAX: u32 = 500;
const ROWS_USUAL: u32 = 100;

/// The body's bytes.
pub(crate) async fn bytes(shared: &Arc<Shared>, request: Request, limit: usize) -> Result<Vec<u8>> {
    let length = announced(request.headers()).unwrap_or(limit as u64);
    if length > limit as u64 {
        return Err(Problem::too_large());
    }
    let kib = u32::try_from(length / 1024 + 1).unwrap_or(u32::MAX);
    let _memory = shared.bodies.try_acquire_many(kib).map_err(|_| Problem::busy())?;
    Incoming::new(request.into_body(), &shared.config.limits)
        .whole(limit)
        .await
}

/// The body as JSON.
pub(crate) async fn json<T: DeserializeOwned>(
    shared: &Arc<Shared>,
    request: Request,
    limit: usize,
) -> Result<T> {
    is_json(&request)?;
    let bytes = bytes(shared, request, limit).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // Where it is wrong, not what stands there: that may be a person's.
        let place = format!("{}:{}", error.line(), error.column());
        Problem::malformed(
            &format!("JSON 不符，位置 {place}"),
            &format!("not the JSON that is needed, at {place}"),
        )
    })
}

/// Refuses bodies that do not say that they are JSON; a form of a foreign page cannot.
pub(crate) fn is_json(request: &Request) -> Result<()> {
    if content_type_is(request.headers(), "application/json") {
        Ok(())
    } else {
        Err(Problem::content_type("application/json"))
    }
}

/// Parameters after the `?`.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query
            .map(|Query(asked)| Self(asked))
            .map_err(|_| Problem::malformed("网址参数", "the parameters of the address"))
    }
}

/// The one part of the path that has a name.
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(name)| Self(name))
            .map_err(|_| Problem::malformed("网址", "the address"))
    }
}

/// Reads an id.
pub(crate) fn id<T: core::str::FromStr>(text: &str, what: &str) -> Result<T> {
    text.parse()
        .map_err(|_| Problem::malformed(&format!("{what} 无效"), &format!("not a valid {what}")))
}

/// How many rows a page has.
pub(crate) fn rows(limit: Option<u32>) -> u32 {
    limit.unwrap_or(ROWS_USUAL).clamp(1, ROWS_MAX)
}

/// Ten random bytes and the time make a new id.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Problem::fault())?;
    Ok(bytes)
}

/// The time as ids hold it.
pub(crate) fn ms(now: WallTime) -> u64 {
    u64::try_from(now.ms()).unwrap_or(0)
}
