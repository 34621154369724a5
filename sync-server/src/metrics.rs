//! Figures for Prometheus.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Content type of the text.
pub(crate) const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// From a health check to a large original, in seconds.
const BUCKETS_S: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

/// All figures.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter<u64, AtomicU64>>,
    latencies: Family<Route, Histogram, fn() -> Histogram>,
    pub(crate) connections: Gauge<i64, AtomicI64>,
    pub(crate) connections_refused: Counter<u64, AtomicU64>,
    pub(crate) under_way: Gauge<i64, AtomicI64>,
    pub(crate) waiting: Gauge<i64, AtomicI64>,
    pub(crate) journal_rows: Gauge<i64, AtomicI64>,
    pub(crate) blobs_held: Gauge<i64, AtomicI64>,
    pub(crate) blobs_waiting: Gauge<i64, AtomicI64>,
    pub(crate) uploads: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("hudang");
        let requests = Family::default();
        registry.register("requests", "Requests by route and status", requests.clone());
        let latencies: Family<Route, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS_S));
        registry.register("request_seconds", "Time to the answer's head", latencies.clone());
        let connections_refused = Counter::default();
        registry.register(
            "connections_refused",
            "Connections of addresses that had as many as they may",
            connections_refused.clone(),
        );
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let connections = gauge("connections", "Open connections");
        let under_way = gauge("requests_under_way", "Requests that are worked on");
        let waiting = gauge("jobs_waiting", "Requests that wait for a thread");
        let journal_rows = gauge("journal_rows", "Rows of the journal");
        let blobs_held = gauge("blobs_held", "Originals held");
        let blobs_waiting = gauge("blobs_uninspected", "Originals that nobody has looked into");
        let uploads = gauge("uploads_open", "Uploads that are not complete");
        Self {
            registry,
            requests,
            latencies,
            connections,
            connections_refused,
            under_way,
            waiting,
            journal_rows,
            blobs_held,
            blobs_waiting,
            uploads,
        }
    }

    /// Counts a request. The route is a template, never an address with ids.
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        let of = Route {
            method: method.clone(),
            route: route.clone(),
        };
        self.latencies.get_or_create(&of).observe(took.as_secs_f64());
        self.requests
            .get_or_create(&Request {
                method,
                route,
                status,
            })
            .inc();
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
