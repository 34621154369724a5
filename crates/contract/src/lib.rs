//! The contract side that counts: what was agreed, where a visit stands, and how many stand where.
//!
//! In: a contract as JSON, verified facts and assessments of visits, and the household's other visits. Out: a
//! standing with every reason, which visit of a household counts in a cycle, and counts beside the contracted
//! quantities. All of it is decided from what is given, in no order: the same visits give the same counts
//! whatever came first. This crate never knows a clock, a disk, a network, a random source, or automerge.

pub mod area;
pub mod calendar;
pub mod contract;
pub mod counts;
pub mod cycle;
pub mod history;
pub mod money;
pub mod opening;
pub mod problem;
pub mod roster;
pub mod settle;
pub mod stand;
pub mod state;
pub mod twins;
pub mod versions;

pub use hudang_visit::Language;
