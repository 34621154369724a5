//! The server's HTTP door: who are you, may you, HTTP in and out. No rules of its own.
//!
//! In: an open archive, a configuration, connections. Out: answers as docs/http.md describes them. Every route
//! stands in one table ([`ROUTES`]) with who may use it; the guards, the description (`OpenAPI`) and the test that walks
//! every route with every role are made from that table. Work that blocks runs on bounded pools.

#![allow(
    clippy::disallowed_methods,
    reason = "a shell: reads the clock, files and sockets"
)]

mod accept;
mod address;
mod body;
mod config;
mod door;
mod error;
mod health;
mod housekeeping;
mod inspector;
mod invitation;
mod log;
pub mod message;
mod metrics;
pub mod month;
mod office;
mod openapi;
mod phone;
mod pool;
mod problem;
mod rate;
mod routes;
mod server;
mod shared;
mod tls;
mod turns;

pub use address::{Network, NetworkError};
pub use config::{Clock, Config, Limits, Rate, Transport, machine_clock};
pub use error::ServeError;
pub use invitation::host;
pub use log::{LogForm, start_log};
pub use openapi::openapi;
pub use routes::{Body, ROUTES, Route, Who};
pub use server::{Server, Stop};
pub use tls::{CERTIFICATE_FILE, KEY_FILE, own_fingerprint};
