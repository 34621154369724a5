//! Whether the machine works: no secrets, no authorization.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::Result;
use crate::shared::Shared;

/// The process answers.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Live {
    /// Always so.
    live: bool,
}

/// The archive can be read.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Ready {
    /// Always so: otherwise the answer is a problem.
    ready: bool,
}

/// The process answers.
pub(crate) async fn live() -> Json<Live> {
    Json(Live { live: true })
}

/// The archive can be read.
pub(crate) async fn ready(State(shared): State<Arc<Shared>>) -> Result<Json<Ready>> {
    shared.ask(|archive| archive.figures().map(|_| ())).await?;
    Ok(Json(Ready { ready: true }))
}
