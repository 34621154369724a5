//! What an office reads: counts, visits, the month's report, originals.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
};
use axum::http::{HeaderMap, Response as Answer, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hudang_archive::{Archive, Count, PageEnd, VisitFilter, VisitRow};
use hudang_contract::counts::Place;
use hudang_evidence::id::{BlobHash, ContractId, VisitId};
use hudang_report::month::{self, Month};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::message::Page;
use crate::office::given::{self, Asked, Name};
use crate::problem::{Problem, Result};
use crate::shared::Shared;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Most bytes of an original in one answer; who wants more asks for the next range.
const RANGE_BYTES_MAX: u64 = 8 << 20;

#[derive(Deserialize)]
pub(crate) struct OfContract {
    contract: String,
}

/// `GET /v1/counts`
pub(crate) async fn counts(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<OfContract>,
) -> Result<Json<Vec<Count>>> {
    let id: ContractId = given::id(&asked.contract, "contract")?;
    let counts = shared.ask(move |archive| {
        archive.contract(&id)?;
        archive.counts(&id)
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
    Asked(which): Asked<Which>,
) -> Result<Json<Page<VisitRow>>> {
    let limit = given::rows(which.limit);
    let after = which.after.as_deref().map(page_end).transpose()?;
    let time = hudang_evidence::time::WallTime::from_ms_clamped;
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
        .ask(move |archive| archive.visits(&filter, after, limit))
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
        let opened = hudang_evidence::time::WallTime::from_ms(ms.parse().ok()?).ok()?;
        Some(PageEnd {
            opened,
            visit: visit.parse().ok()?,
        })
    });
    end.ok_or_else(|| Problem::malformed("after", "after"))
}

/// `GET /v1/visits/{id}`
pub(crate) async fn visit(State(shared): State<Arc<Shared>>, Name(id): Name) -> Result<Json<Value>> {
    let id: VisitId = given::id(&id, "visit")?;
    let file = shared.ask(move |archive| archive.visit_file(id)).await?;
    let held = file.blobs.iter().filter(|blob| blob.held_bytes.is_some()).count();
    let mut shown = serde_json::to_value(&file.row).map_err(|_| Problem::fault())?;
    if let Some(members) = shown.as_object_mut() {
        members.insert("entries".to_owned(), file.entries.len().into());
        members.insert("seals".to_owned(), file.seals.len().into());
        members.insert("receipts".to_owned(), file.receipts.len().into());
        members.insert("originals".to_owned(), file.blobs.len().into());
        members.insert("originals_held".to_owned(), held.into());
        members.insert("findings".to_owned(), json!(file.findings));
    }
    Ok(Json(shown))
}

/// `GET /v1/blobs/{sha256}`: an original, or the part of it that `Range` names.
pub(crate) async fn original(
    State(shared): State<Arc<Shared>>,
    Name(hash): Name,
    headers: HeaderMap,
) -> Result<Response> {
    let hash: BlobHash = given::id(&hash, "sha256")?;
    let range = headers
        .get(RANGE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let (bytes, from, size) = shared
        .keeping
        .run({
            let archive = Arc::clone(&shared.archive);
            move || part(&archive, &hash, range.as_deref())
        })
        .await??;
    let is_part = (bytes.len() as u64) < size;
    let mut answer = Answer::builder()
        .status(if is_part {
            StatusCode::PARTIAL_CONTENT
        } else {
            StatusCode::OK
        })
        .header(CONTENT_TYPE, "application/octet-stream")
        .header(CONTENT_DISPOSITION, "attachment")
        .header(ACCEPT_RANGES, "bytes")
        .header(CONTENT_LENGTH, bytes.len());
    if is_part {
        let last = from.saturating_add(bytes.len() as u64).saturating_sub(1);
        answer = answer.header(CONTENT_RANGE, format!("bytes {from}-{last}/{size}"));
    }
    answer.body(Body::from(bytes)).map_err(|_| Problem::fault())
}

/// The bytes that are asked for, where they begin, and the size of the whole.
fn part(archive: &Archive, hash: &BlobHash, range: Option<&str>) -> Result<(Vec<u8>, u64, u64)> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let (mut file, size) = archive.open_blob(hash)?;
    let (from, until) = match range {
        None => (0, size),
        Some(text) => wanted(text, size).ok_or_else(|| {
            Problem::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "REQUEST-RANGE",
                format!("请求的范围无效，文件共 {size} 字节。"),
                format!("The range is not usable; the file has {size} bytes."),
            )
        })?,
    };
    if range.is_none() && size > RANGE_BYTES_MAX {
        return Err(Problem::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "REQUEST-RANGE",
            format!("文件较大，请用 Range 分段读取，每段最多 {RANGE_BYTES_MAX} 字节。"),
            format!("The file is large; read it with Range, at most {RANGE_BYTES_MAX} bytes at a time."),
        ));
    }
    let length = until.saturating_sub(from).min(RANGE_BYTES_MAX);
    let mut bytes = Vec::new();
    let reading = file
        .seek(SeekFrom::Start(from))
        .and_then(|_| file.take(length).read_to_end(&mut bytes));
    reading.map_err(|error| {
        tracing::error!(kind = ?error.kind(), "read an original");
        Problem::fault()
    })?;
    Ok((bytes, from, size))
}

/// `bytes=a-b`, `bytes=a-` or `bytes=-n` as a stretch of the file.
fn wanted(text: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (from, until) = match (first, last) {
        ("", last) => (size.saturating_sub(last.parse().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => {
            let last: u64 = last.parse().ok()?;
            (first.parse().ok()?, last.saturating_add(1).min(size))
        }
    };
    (from < until).then_some((from, until))
}

/// `GET /v1/reports/month/{month}`: the workbook.
pub(crate) async fn month(
    State(shared): State<Arc<Shared>>,
    Name(text): Name,
    Asked(asked): Asked<OfContract>,
) -> Result<Response> {
    let month: Month = given::id(&text, "month")?;
    let id: ContractId = given::id(&asked.contract, "contract")?;
    let (archive, now) = (Arc::clone(&shared.archive), shared.now());
    let made = shared
        .working
        .run(move || workbook(&archive, month, &id, now))
        .await??;
    Ok(([(CONTENT_TYPE, XLSX)], made).into_response())
}

fn workbook(
    archive: &Archive,
    month: Month,
    id: &ContractId,
    now: hudang_evidence::time::WallTime,
) -> Result<Vec<u8>> {
    let contract = archive.contract(id)?;
    let (from, until) = month.bounds();
    let filter = VisitFilter {
        contract: Some(contract.id.clone()),
        from: Some(from),
        until: Some(until),
        ..VisitFilter::default()
    };
    let mut rows = Vec::new();
    archive.walk_visits(&filter, &mut |row| {
        rows.push(row);
        Ok(())
    })?;
    let visits = rows.into_iter().map(reported).collect::<Result<Vec<_>>>()?;
    month::workbook(&contract, month, &visits, now).map_err(|_| Problem::fault())
}

fn reported(row: VisitRow) -> Result<month::Visit> {
    let reason = match row.reason.as_str() {
        "" => None,
        word => Some(word.parse().map_err(|_| Problem::fault())?),
    };
    Ok(month::Visit {
        place: Place {
            area: row.area,
            period: row.period,
            state: row.state.parse().map_err(|_| Problem::fault())?,
            reason,
        },
        visit: row.visit.to_string(),
        household: row.household_code,
        outcome: row.outcome,
        opened: row.opened,
        received: row.received,
        seal: row.seal.map(|seal| seal.to_string()).unwrap_or_default(),
    })
}
