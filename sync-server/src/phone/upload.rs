//! `/v1/blobs`: originals come in, each in as many requests as the connection breaks into (tus 1.0).

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hudang_archive::{Archive, ArchiveError, BLOB_BYTES_MAX, Upload, UploadState};
use hudang_evidence::id::{BlobHash, Sha256};
use hudang_sync::code;
use hudang_sync::sign::SignError;

use crate::body::Incoming;
use crate::door::content_type_is;
use crate::phone::auth::Sender;
use crate::phone::tus;
use crate::problem::{Problem, Result};
use crate::shared::Shared;
use crate::turns::Turn;

/// So much is gathered before it is written: a slow sender holds this much memory and no thread.
const PIECE_BYTES: usize = 256 << 10;
/// How long, and how often, the end of the sender's own earlier turn is waited for.
const TAKE_OVER: (Duration, u32) = (Duration::from_millis(50), 40);

type Writing = Upload<Arc<Archive>>;

/// `OPTIONS /v1/blobs`
pub(crate) async fn describe() -> Response {
    let headers = [
        ("tus-version", tus::VERSION.to_owned()),
        ("tus-extension", tus::EXTENSIONS.to_owned()),
        ("tus-checksum-algorithm", "sha256".to_owned()),
        ("tus-max-size", BLOB_BYTES_MAX.to_string()),
    ];
    (StatusCode::NO_CONTENT, [tus::resumable()], headers).into_response()
}

/// `POST /v1/blobs`
pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(sender): Extension<Sender>,
    request: Request,
) -> Result<Response> {
    let headers = request.headers();
    tus::check_version(headers)?;
    let (hash, length) = (tus::named(headers)?, tus::number(headers, &tus::LENGTH)?);
    let brings = content_type_is(headers, tus::CONTENT);
    if brings {
        tus::check_checksum(headers, &sender.signed.content)?;
    } else {
        no_body(&sender)?;
    }
    let (phone, now) = (sender.installation.id, shared.now());
    let start = move |archive: &Arc<Archive>| {
        let named = archive.is_named(&hash)?;
        named
            .then(|| archive.create_upload(hash, length, phone, now))
            .transpose()
    };
    let made = shared.keep(start).await?;
    let mut state = made.ok_or_else(|| Problem::of_sync(StatusCode::FORBIDDEN, code::BLOB_UNNAMED))?;
    if brings && state.received == 0 && !state.held {
        state = turn(&shared, hash, 0, &sender, request.into_body()).await?;
    }
    came(&shared, state);
    let location = [(LOCATION, format!("/v1/blobs/{hash}"))];
    Ok((StatusCode::CREATED, [tus::resumable(), offset(state)], location).into_response())
}

/// `HEAD /v1/blobs/{sha256}`
pub(crate) async fn state(
    State(shared): State<Arc<Shared>>,
    Extension(sender): Extension<Sender>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    tus::check_version(&headers)?;
    no_body(&sender)?;
    let (hash, phone) = (parse(&hash)?, sender.installation.id);
    let state = shared
        .ask(move |archive| archive.upload(&hash, phone))
        .await?
        .ok_or_else(Problem::unknown)?;
    let length = (tus::LENGTH, state.length.into());
    let fresh = [(CACHE_CONTROL, "no-store")];
    Ok((StatusCode::OK, [tus::resumable(), offset(state), length], fresh).into_response())
}

/// `PATCH /v1/blobs/{sha256}`
pub(crate) async fn append(
    State(shared): State<Arc<Shared>>,
    Extension(sender): Extension<Sender>,
    Path(hash): Path<String>,
    request: Request,
) -> Result<Response> {
    let headers = request.headers();
    tus::check_version(headers)?;
    if !content_type_is(headers, tus::CONTENT) {
        return Err(Problem::content_type(tus::CONTENT));
    }
    let (hash, from) = (parse(&hash)?, tus::number(headers, &tus::OFFSET)?);
    tus::check_checksum(headers, &sender.signed.content)?;
    let phone = sender.installation.id;
    let known = shared
        .ask(move |archive| archive.upload(&hash, phone))
        .await?
        .ok_or_else(Problem::unknown)?;
    let state = match known {
        held if held.held && held.length == from => held,
        elsewhere if elsewhere.received != from => return Err(Problem::offset(elsewhere.received)),
        _ => turn(&shared, hash, from, &sender, request.into_body()).await?,
    };
    came(&shared, state);
    Ok((StatusCode::NO_CONTENT, [tus::resumable(), offset(state)]).into_response())
}

/// `DELETE /v1/blobs/{sha256}`
pub(crate) async fn abandon(
    State(shared): State<Arc<Shared>>,
    Extension(sender): Extension<Sender>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    tus::check_version(&headers)?;
    no_body(&sender)?;
    let (hash, phone) = (parse(&hash)?, sender.installation.id);
    let known = shared.ask(move |archive| archive.upload(&hash, phone)).await?;
    if known.ok_or_else(Problem::unknown)?.held {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "UPLOAD-HELD",
            "原件已入档，不能删除。",
            "The original is held and cannot be taken back.",
        ));
    }
    shared
        .keep(move |archive| archive.abandon_upload(&hash, phone))
        .await?;
    Ok((StatusCode::NO_CONTENT, [tus::resumable()]).into_response())
}

fn parse(hash: &str) -> Result<BlobHash> {
    hash.parse()
        .map_err(|_| Problem::malformed("原件名须为 64 位十六进制", "an original's name is 64 hex digits"))
}

fn offset(state: UploadState) -> (axum::http::HeaderName, axum::http::HeaderValue) {
    (tus::OFFSET, state.received.into())
}

/// A request without a body must have been signed as one.
fn no_body(sender: &Sender) -> Result<()> {
    sender
        .signed
        .verify_content(&Sha256::of(b""))
        .map_err(|error: SignError| error.into())
}

fn came(shared: &Shared, state: UploadState) {
    if state.held {
        shared.came.notify_one();
    }
}

/// One sender's turn. It goes on when the request has gone, so that what came before a break is kept.
async fn turn(
    shared: &Arc<Shared>,
    hash: BlobHash,
    from: u64,
    sender: &Sender,
    body: Body,
) -> Result<UploadState> {
    let writing = begin(shared, hash, from, sender).await?;
    let turn = Turn::begin(shared, hash, sender.installation.id);
    let content = sender.signed.content;
    let incoming = Incoming::new(body, &shared.config.limits);
    let task = take(Arc::clone(shared), writing, turn, incoming, content);
    shared.tasks.spawn(task).await.map_err(|_| Problem::fault())?
}

/// Takes the upload, if need be from the same sender's connection that broke without the server's knowing.
async fn begin(shared: &Arc<Shared>, hash: BlobHash, from: u64, sender: &Sender) -> Result<Writing> {
    let phone = sender.installation.id;
    let (pause, mut tries) = TAKE_OVER;
    loop {
        let archive = Arc::clone(&shared.archive);
        let begun = shared
            .keeping
            .run(move || archive.write_upload_shared(hash, from, phone))
            .await?;
        match begun {
            Err(ArchiveError::Refused {
                code: "MEDIA-BUSY", ..
            }) if tries > 0 => {
                // An upload is its phone's own: only that phone can be at it.
                shared.turns.take_over(&hash, &phone);
                tries -= 1;
                tokio::time::sleep(pause).await;
            }
            other => return Ok(other?),
        }
    }
}

async fn take(
    shared: Arc<Shared>,
    mut writing: Writing,
    turn: Turn,
    mut incoming: Incoming,
    content: Sha256,
) -> Result<UploadState> {
    loop {
        let (piece, end) = gather(&turn, &mut incoming).await;
        let wrote = shared.keeping.run(move || {
            let parts: Vec<&[u8]> = piece.iter().map(AsRef::as_ref).collect();
            writing.write_parts(&parts).map(|()| writing)
        });
        writing = wrote.await??;
        match end {
            End::More => {}
            End::Broke(problem) => return Err(problem),
            End::Whole => break,
        }
    }
    let now = shared.now();
    Ok(shared
        .keeping
        .run(move || writing.finish_if(&content, now))
        .await??)
}

enum End {
    More,
    Whole,
    Broke(Problem),
}

/// The next piece, and whether more comes.
async fn gather(turn: &Turn, incoming: &mut Incoming) -> (Vec<Bytes>, End) {
    let mut piece = Vec::new();
    let mut size = 0_usize;
    while size < PIECE_BYTES {
        let next = tokio::select! {
            () = turn.taken.cancelled() => Err(Problem::too_slow()),
            next = incoming.next() => next,
        };
        match next {
            Ok(Some(bytes)) => {
                size = size.saturating_add(bytes.len());
                piece.push(bytes);
            }
            Ok(None) => return (piece, End::Whole),
            Err(problem) => return (piece, End::Broke(problem)),
        }
    }
    (piece, End::More)
}
