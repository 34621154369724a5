//! What an office takes out to check it by itself: a household, everything about one visit, originals.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
};
use axum::http::{HeaderMap, Response as Answer, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use hudang_archive::{Archive, Looking, Viewer};
use hudang_evidence::id::{BlobHash, VisitId};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use crate::message::{HouseholdFile, VisitFile};
use crate::office::auth::{By, Purpose};
use crate::office::given::{self, Name};
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// What is read of an original at a time: all that an answer ever holds of it.
const PIECE_BYTES: usize = 64 << 10;

/// `GET /v1/households/{code}`
pub(crate) async fn household(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Purpose(purpose): Purpose,
    Name(code): Name,
) -> Result<Json<HouseholdFile>> {
    let looking = shared.looking(purpose);
    let (household, visits) = shared
        .ask(move |archive| archive.household_visits(&by, &code, &looking))
        .await?;
    Ok(Json(HouseholdFile { household, visits }))
}

/// `GET /v1/visits/{id}/file`
pub(crate) async fn visit(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Purpose(purpose): Purpose,
    Name(id): Name,
) -> Result<Json<VisitFile>> {
    let looking = shared.looking(purpose);
    let id: VisitId = given::id(&id, "visit")?;
    let file = shared
        .ask(move |archive| archive.visit_file(&by, id, &looking))
        .await?;
    let sent = VisitFile::of(file, &shared.archive.receipt_key()).map_err(|error| {
        tracing::error!(%error, "a visit's file cannot be sent");
        Problem::fault()
    })?;
    Ok(Json(sent))
}

/// `GET /v1/blobs/{sha256}`: an original, or the part of it that `Range` names, read as fast as it is taken.
pub(crate) async fn original(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Purpose(purpose): Purpose,
    Name(hash): Name,
    headers: HeaderMap,
) -> Result<Response> {
    let looking = shared.looking(purpose);
    let hash: BlobHash = given::id(&hash, "sha256")?;
    let range = headers
        .get(RANGE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let archive = Arc::clone(&shared.archive);
    let part = shared
        .keeping
        .run(move || Part::open(&archive, (&by, &looking), &hash, range.as_deref()))
        .await??;
    let length = part.until.saturating_sub(part.from);
    let mut answer = Answer::builder()
        .status(if length < part.size {
            StatusCode::PARTIAL_CONTENT
        } else {
            StatusCode::OK
        })
        .header(CONTENT_TYPE, "application/octet-stream")
        .header(CONTENT_DISPOSITION, "attachment")
        .header(ACCEPT_RANGES, "bytes")
        .header(CONTENT_LENGTH, length);
    if length < part.size {
        let last = part.until.saturating_sub(1);
        answer = answer.header(CONTENT_RANGE, format!("bytes {}-{last}/{}", part.from, part.size));
    }
    let reading = tokio::fs::File::from_std(part.file).take(length);
    answer
        .body(Body::from_stream(ReaderStream::with_capacity(
            reading,
            PIECE_BYTES,
        )))
        .map_err(|_| Problem::fault())
}

/// A stretch of an original, its file standing at the first byte.
struct Part {
    file: File,
    from: u64,
    until: u64,
    size: u64,
}

impl Part {
    fn open(
        archive: &Archive,
        (by, looking): (&Viewer, &Looking),
        hash: &BlobHash,
        range: Option<&str>,
    ) -> Result<Self> {
        let (mut file, size) = archive.open_blob(by, hash, looking)?;
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
        file.seek(SeekFrom::Start(from)).map_err(|error| {
            tracing::error!(kind = ?error.kind(), "read an original");
            Problem::fault()
        })?;
        Ok(Self {
            file,
            from,
            until,
            size,
        })
    }
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
