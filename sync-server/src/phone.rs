//! What phones ask; see docs/http.md.

pub(crate) mod auth;
mod enrol;
mod sync;
mod tus;
mod upload;

pub(crate) use enrol::enrol;
pub(crate) use sync::sync;
pub(crate) use upload::{abandon, append, create, describe, state};
