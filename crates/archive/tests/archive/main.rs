//! The archive at its doors: phones push, originals come in, the office counts, the machine fails.

#![allow(clippy::disallowed_methods, reason = "damages files on purpose")]

#[cfg(test)]
mod asking;
#[cfg(test)]
mod assigning;
#[cfg(test)]
mod counting;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod owning;
#[cfg(test)]
mod refusing;
#[cfg(test)]
mod returning;
#[cfg(test)]
mod sharing;
