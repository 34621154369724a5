//! What an office reads: counts, visits, the month's report.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use hudang_archive::{Archive, Count, PageEnd, Viewer, VisitFilter, VisitRow};
use hudang_evidence::id::{ContractId, VisitId};
use hudang_evidence::time::WallTime;
use hudang_report::month::{self, Month};
use serde::Deserialize;

use crate::message::{Page, ReturnShown, VisitShown};
use crate::office::auth::By;
use crate::office::given::{self, Asked, Name};
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// Content type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[derive(Deserialize)]
pub(crate) struct OfContract {
    contract: String,
}

/// `GET /v1/counts`
pub(crate) async fn counts(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Asked(asked): Asked<OfContract>,
) -> Result<Json<Vec<Count>>> {
    let id: ContractId = given::id(&asked.contract, "contract")?;
    let counts = shared.ask(move |archive| {
        archive.contract(&by, &id)?;
        archive.counts(&by, &id)
    });
    Ok(Json(counts.await?))
}

#[derive(Deserialize)]
pub(crate) struct Which {
    contract: Option<String>,
    area: Option<String>,
    period: Option<String>,
    state: Option<String>,
    reason: Option<String>,
    from: Option<i64>,
    until: Option<i64>,
    after: Option<String>,
    limit: Option<u32>,
}

/// `GET /v1/visits`
pub(crate) async fn visits(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<VisitRow>>> {
    let limit = given::rows(which.limit);
    let after = which.after.as_deref().map(page_end).transpose()?;
    let time = WallTime::from_ms_clamped;
    let filter = VisitFilter {
        contract: which.contract.map(|id| given::id(&id, "contract")).transpose()?,
        area: which.area,
        period: which.period,
        state: which.state,
        reason: which.reason,
        from: which.from.map(time),
        until: which.until.map(time),
    };
    let rows = shared
        .ask(move |archive| archive.visits(&by, &filter, after, limit))
        .await?;
    let is_full = rows.len() as u64 == u64::from(limit);
    let next = rows
        .last()
        .filter(|_| is_full)
        .map(|last| format!("{}.{}", last.opened.ms(), last.visit));
    Ok(Json(Page { rows, next }))
}

fn page_end(text: &str) -> Result<PageEnd> {
    let parts = text.split_once('.');
    let end = parts.and_then(|(ms, visit)| {
        let opened = WallTime::from_ms(ms.parse().ok()?).ok()?;
        Some(PageEnd {
            opened,
            visit: visit.parse().ok()?,
        })
    });
    end.ok_or_else(|| Problem::malformed("after", "after"))
}

/// `GET /v1/visits/{id}`
pub(crate) async fn visit(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
) -> Result<Json<VisitShown>> {
    let id: VisitId = given::id(&id, "visit")?;
    let file = shared.ask(move |archive| archive.visit_outline(&by, id)).await?;
    let held = file.blobs.iter().filter(|blob| blob.held_bytes.is_some()).count();
    Ok(Json(VisitShown {
        entries: file.entries.len(),
        seals: file.seals.len(),
        receipts: file.receipts.len(),
        originals: file.blobs.len(),
        originals_held: held,
        findings: file.findings,
        returns: file.returns.into_iter().map(ReturnShown::of).collect(),
        row: file.row,
    }))
}

/// `GET /v1/reports/month/{month}`: the workbook.
pub(crate) async fn month(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(text): Name,
    Asked(asked): Asked<OfContract>,
) -> Result<Response> {
    let month: Month = given::id(&text, "month")?;
    let id: ContractId = given::id(&asked.contract, "contract")?;
    let (archive, now) = (Arc::clone(&shared.archive), shared.now());
    let made = shared
        .working
        .run(move || workbook(&archive, &by, month, &id, now))
        .await??;
    Ok(([(CONTENT_TYPE, XLSX)], made).into_response())
}

fn workbook(archive: &Archive, by: &Viewer, month: Month, id: &ContractId, now: WallTime) -> Result<Vec<u8>> {
    let versions = archive.versions(by, id)?;
    let visits = crate::month::visits(archive, by, id, month)?;
    month::workbook(&versions, month, &visits, now).map_err(|_| Problem::fault())
}
