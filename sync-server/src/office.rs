//! What people of an office ask, each with a token.

pub(crate) mod accounts;
pub(crate) mod auth;
pub(crate) mod file;
mod given;
pub(crate) mod jobs;
pub(crate) mod machine;
mod paging;
pub(crate) mod people;
pub(crate) mod reading;
pub(crate) mod terms;
pub(crate) mod writing;
