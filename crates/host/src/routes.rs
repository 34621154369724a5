//! The few routes: commands, originals, and the built screens.

use std::path::Path;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path as InPath, Query, Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use hudang_door::table::PICTURE_BYTES_MAX;
use hudang_door::{Door, Original, Part, SessionKey};
use serde::Deserialize;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::services::{ServeDir, ServeFile};

use crate::answer;
use crate::guard::Guard;

/// Scripts come from here alone and never stand in a page; styles may, as widgets set them.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; \
     media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);
const FEATURES: HeaderValue =
    HeaderValue::from_static("camera=(self), microphone=(self), geolocation=(self), screen-wake-lock=(self)");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

#[derive(Clone)]
struct Hosted {
    door: Door,
    guard: Guard,
}

pub(crate) fn router(door: Door, guard: Guard, screens: &Path) -> Router {
    let hosted = Hosted { door, guard };
    // A page of the app that is opened by its address is the app.
    let pages = ServeDir::new(screens).fallback(ServeFile::new(screens.join("index.html")));
    Router::new()
        .route("/command/{name}", post(command))
        .route("/blob/{hash}", get(blob))
        .route("/thumbnail/{hash}", get(thumbnail))
        .route("/recording/{id}", get(recording))
        .route("/portrait/{person}", get(portrait))
        .fallback_service(pages)
        .layer(DefaultBodyLimit::max(PICTURE_BYTES_MAX + 1))
        .layer(from_fn_with_state(hosted.clone(), admit))
        .layer(CatchPanicLayer::new())
        .with_state(hosted)
}

/// Lets own pages in, each with a session, and says what their pages may do.
async fn admit(State(hosted): State<Hosted>, mut request: Request, next: Next) -> Response {
    if !hosted.guard.lets_in(request.method(), request.headers()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (session, cookie) = match hosted.guard.session(request.headers()) {
        Some(session) => (session, None),
        None => match hosted.guard.new_session() {
            Some((session, cookie)) => (session, Some(cookie)),
            None => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
    };
    request.extensions_mut().insert(session);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(PERMISSIONS_POLICY, FEATURES);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
    }
    response
}

#[derive(Deserialize)]
struct Beside {
    /// Arguments of a command whose body is bytes.
    args: Option<String>,
}

async fn command(
    State(hosted): State<Hosted>,
    session: axum::Extension<SessionKey>,
    InPath(name): InPath<String>,
    Query(beside): Query<Beside>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    let called = blocking(move || match beside.args {
        Some(arguments) => hosted.door.call(&session, &name, arguments.as_bytes(), &body),
        None if is_json => hosted.door.call(&session, &name, &body, &[]),
        // No form of a page can send JSON: what comes as something else is nobody's command.
        None => hosted.door.call(&session, &name, &[], &body),
    });
    match called.await {
        Some(Ok(json)) => answer::reply(json),
        Some(Err(error)) => answer::refusal(&error),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn blob(
    State(hosted): State<Hosted>,
    session: axum::Extension<SessionKey>,
    InPath(hash): InPath<String>,
    headers: HeaderMap,
) -> Response {
    let range = answer::range(&headers);
    let is_ranged = range.is_some();
    original(hosted, session.0, Original::Blob(hash, range), is_ranged).await
}

#[derive(Deserialize)]
struct Size {
    #[serde(default = "usual_edge")]
    edge: u32,
}

const fn usual_edge() -> u32 {
    320
}

async fn thumbnail(
    State(hosted): State<Hosted>,
    session: axum::Extension<SessionKey>,
    InPath(hash): InPath<String>,
    Query(size): Query<Size>,
) -> Response {
    original(hosted, session.0, Original::Thumbnail(hash, size.edge), false).await
}

async fn recording(
    State(hosted): State<Hosted>,
    session: axum::Extension<SessionKey>,
    InPath(id): InPath<String>,
) -> Response {
    original(hosted, session.0, Original::Recording(id), false).await
}

async fn portrait(
    State(hosted): State<Hosted>,
    session: axum::Extension<SessionKey>,
    InPath(person): InPath<String>,
) -> Response {
    original(hosted, session.0, Original::Portrait(person), false).await
}

async fn original(hosted: Hosted, session: SessionKey, wanted: Original, is_ranged: bool) -> Response {
    let read = blocking(move || hosted.door.original(&session, &wanted)).await;
    let part = |part: Part| answer::part(part, is_ranged);
    match read {
        Some(Ok(read)) => part(read),
        Some(Err(error)) => answer::refusal(&error),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Runs what waits for the disk beside the connections; nothing where it panicked.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
