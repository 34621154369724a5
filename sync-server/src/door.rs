//! The door: from the table of routes to a service, with what every request goes through.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::address::{Client, Place};
use crate::log;
use crate::office;
use crate::phone;
use crate::problem::{Problem, Result};
use crate::routes::{ROUTES, Route, Who};
use crate::shared::Shared;

/// All routes as one service.
pub(crate) fn service(shared: &Arc<Shared>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        router = router.route(route.path, guarded(route, shared));
    }
    router
        .fallback(|| async { Problem::no_route() })
        .method_not_allowed_fallback(|| async { Problem::no_method() })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), observed))
        .with_state(Arc::clone(shared))
}

/// A route behind the guard that the table names. Nothing reaches a handler past it.
fn guarded(route: &'static Route, shared: &Arc<Shared>) -> axum::routing::MethodRouter<Arc<Shared>> {
    let shared = Arc::clone(shared);
    match route.who {
        Who::Anyone => (route.handler)(),
        Who::Phone => {
            (route.handler)().route_layer(middleware::from_fn_with_state(shared, phone::auth::signed))
        }
        Who::Office(act) => (route.handler)().route_layer(middleware::from_fn_with_state(
            (shared, act),
            office::auth::allowed,
        )),
    }
}

/// Counts, times and logs a request, and keeps too many from being worked on at once.
async fn observed(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "none".to_owned());
    let method = known_method(request.method());
    let under_way = UnderWay::begin(&shared);
    let place = of_address(&shared, &mut request);
    let mut response = match under_way.check().and(place) {
        Ok(_place) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let took = began.elapsed();
    let status = response.status().as_u16();
    shared.metrics.answered(method, &route, status, took);
    let who = response
        .extensions()
        .get::<log::Who>()
        .map_or("-", log::Who::as_str);
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(method, route, status, took_ms, who, "request");
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A stranger's invented methods make no figures of their own.
/// Notes whom a request comes from, and takes one of the places of that address.
fn of_address(shared: &Shared, request: &mut Request) -> Result<Option<Place>> {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else {
        return Ok(None);
    };
    let trusted = &shared.config.trusted_proxies;
    let client = Client::behind(peer.ip(), request.headers(), trusted);
    request.extensions_mut().insert(client);
    let most = shared.config.limits.connections_per_address_max;
    let place = shared.by_address.take(client, most);
    place.map(Some).ok_or_else(Problem::too_many_of_address)
}

fn known_method(method: &axum::http::Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| method == known).unwrap_or("other")
}

struct UnderWay<'a>(&'a Shared, i64);

impl<'a> UnderWay<'a> {
    fn begin(shared: &'a Shared) -> Self {
        let before = shared.metrics.under_way.inner().fetch_add(1, Ordering::Relaxed);
        Self(shared, before)
    }

    fn check(&self) -> Result<()> {
        let limit = i64::try_from(self.0.config.limits.requests_max).unwrap_or(i64::MAX);
        if self.1 < limit {
            Ok(())
        } else {
            Err(Problem::busy())
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.metrics.under_way.dec();
    }
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::fault().into_response()
}

/// Whether the content type is this one, whatever its parameters.
pub(crate) fn content_type_is(headers: &HeaderMap, wanted: &str) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = given.and_then(|text| text.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}
