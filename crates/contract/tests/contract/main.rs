//! The rules of a contract, each by the smallest change to something good.

#![allow(clippy::disallowed_methods, reason = "in a test a surprise is a failure")]

#[cfg(test)]
mod checking;
#[cfg(test)]
mod counting;
#[cfg(test)]
mod good;
#[cfg(test)]
mod settling;
#[cfg(test)]
mod standing;
