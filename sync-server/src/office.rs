//! What people of an office ask, each with a token.

pub(crate) mod auth;
pub(crate) mod jobs;
pub(crate) mod machine;
