//! Whether the machine works: no secrets, no authorization.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::problem::Result;
use crate::shared::Shared;

/// The process answers.
pub(crate) async fn live() -> Json<Value> {
    Json(json!({ "live": true }))
}

/// The archive can be read.
pub(crate) async fn ready(State(shared): State<Arc<Shared>>) -> Result<Json<Value>> {
    shared.ask(|archive| archive.figures().map(|_| ())).await?;
    Ok(Json(json!({ "ready": true })))
}
