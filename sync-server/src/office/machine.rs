//! For whoever runs the machine.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use crate::metrics;
use crate::problem::Result;
use crate::shared::Shared;

/// `GET /metrics`
pub(crate) async fn metrics(State(shared): State<Arc<Shared>>) -> Result<Response> {
    let figures = shared.ask(hudang_archive::Archive::figures).await?;
    let number = |figure: u64| i64::try_from(figure).unwrap_or(i64::MAX);
    let waiting = shared.asking.waiting() + shared.working.waiting() + shared.keeping.waiting();
    shared.metrics.waiting.set(number(waiting as u64));
    shared.metrics.journal_rows.set(number(figures.journal_rows));
    shared.metrics.blobs_held.set(number(figures.blobs));
    shared
        .metrics
        .blobs_waiting
        .set(number(figures.blobs_uninspected));
    shared.metrics.uploads.set(number(figures.uploads));
    Ok(([(CONTENT_TYPE, metrics::CONTENT)], shared.metrics.text()).into_response())
}
