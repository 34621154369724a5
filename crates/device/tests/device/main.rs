//! The phone's store and use cases, at their door.

#![allow(clippy::disallowed_methods, reason = "the tests look at the phone's disk")]

#[cfg(test)]
mod anchoring;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod capturing;
#[cfg(test)]
mod counting;
#[cfg(test)]
mod crashing;
#[cfg(test)]
mod doubting;
#[cfg(test)]
mod field;
#[cfg(test)]
mod hub;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod owning;
#[cfg(test)]
mod people;
#[cfg(test)]
mod returning;
#[cfg(test)]
mod sealing;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod voiding;
