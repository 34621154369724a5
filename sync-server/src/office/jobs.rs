//! Long work of the machine.

/// Long work under way.
#[derive(Default)]
pub(crate) struct Jobs;
