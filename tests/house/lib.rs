//! What the house promises about itself (ARCHITECTURE.md), read from `cargo metadata`.

#[cfg(test)]
mod arrows;
#[cfg(test)]
mod printing;
