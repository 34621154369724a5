//! Every route with who may use it: one table, from which the doors, their description and their test are made.

use std::sync::Arc;

use axum::routing::{MethodRouter, delete, get, head, options, patch, post};
use hudang_archive::Act;

use crate::shared::Shared;
use crate::{health, office, openapi, phone};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone; nothing secret is answered.
    Anyone,
    /// An enrolled phone, by its signature.
    Phone,
    /// Someone of an office, by a token whose role may do this.
    Office(Act),
}

/// One route.
pub struct Route {
    /// The method in capitals.
    pub method: &'static str,
    /// The path, with `{names}` of its parts.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
    /// What it is for.
    pub summary: &'static str,
    /// Content type of the body that it takes; empty where it takes none.
    pub takes: &'static str,
    /// Content type of what it answers; empty where it answers none.
    pub gives: &'static str,
    /// Status when all is well.
    pub status: u16,
    /// Parameters after the `?`.
    pub query: &'static [&'static str],
    pub(crate) handler: fn() -> MethodRouter<Arc<Shared>>,
}

const JSON: &str = "application/json";
const NOTE: &str = "text/plain; charset=utf-8";
const SYNC: &str = hudang_sync::wire::CONTENT_TYPE;
const PIECE: &str = "application/offset+octet-stream";

const fn open(
    path: &'static str,
    summary: &'static str,
    handler: fn() -> MethodRouter<Arc<Shared>>,
) -> Route {
    Route {
        method: "GET",
        path,
        who: Who::Anyone,
        summary,
        takes: "",
        gives: JSON,
        status: 200,
        query: &[],
        handler,
    }
}

const fn signed(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    status: u16,
    handler: fn() -> MethodRouter<Arc<Shared>>,
) -> Route {
    Route {
        method,
        path,
        who: Who::Phone,
        summary,
        takes: "",
        gives: "",
        status,
        query: &[],
        handler,
    }
}

/// All routes.
pub const ROUTES: &[Route] = &[
    open("/health/live", "The process answers", || get(health::live)),
    open("/health/ready", "The archive can be read", || get(health::ready)),
    open("/openapi.json", "This description", || get(openapi::description)),
    Route {
        method: "POST",
        path: "/v1/enrol",
        who: Who::Anyone,
        summary: "Enrol a person on a phone with a one-time code; signed inside",
        takes: NOTE,
        gives: NOTE,
        status: 200,
        query: &[],
        handler: || post(phone::enrol),
    },
    Route {
        takes: SYNC,
        gives: SYNC,
        ..signed(
            "POST",
            "/v1/sync",
            "Bring what a phone has, take what it has not seen",
            200,
            || post(phone::sync),
        )
    },
    Route {
        who: Who::Anyone,
        ..signed("OPTIONS", "/v1/blobs", "What of tus is spoken", 204, || {
            options(phone::describe)
        })
    },
    Route {
        takes: PIECE,
        ..signed("POST", "/v1/blobs", "Begin an upload", 201, || {
            post(phone::create)
        })
    },
    signed("HEAD", "/v1/blobs/{sha256}", "How far an upload is", 200, || {
        head(phone::state)
    }),
    Route {
        takes: PIECE,
        ..signed("PATCH", "/v1/blobs/{sha256}", "Go on with an upload", 204, || {
            patch(phone::append)
        })
    },
    signed("DELETE", "/v1/blobs/{sha256}", "Give an upload up", 204, || {
        delete(phone::abandon)
    }),
    Route {
        method: "GET",
        path: "/metrics",
        who: Who::Office(Act::SeeMetrics),
        summary: "The machine's figures for Prometheus",
        takes: "",
        gives: crate::metrics::CONTENT,
        status: 200,
        query: &[],
        handler: || get(office::machine::metrics),
    },
];
