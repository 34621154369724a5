//! The archive: the server's journal, originals, read models and use cases.
//!
//! In: what phones send and what the office decides, with the time as an argument. Out: verdicts, receipts,
//! standings, counts, files. Every use case verifies, appends to the journal in one transaction, and derives
//! in that same transaction. The archive never knows HTTP, a clock or a random source.

#![allow(clippy::disallowed_methods, reason = "this crate does the server's IO")]

mod access;
mod accounts;
mod archive;
mod assigned;
mod backup;
mod blobs;
mod check;
mod contacts;
mod contracts;
mod counts;
mod decision;
mod derive;
mod dhashes;
mod directory;
mod error;
mod faults;
mod figures;
mod file;
mod ingest;
mod inspect;
mod journal;
mod judge;
mod known;
mod lifts;
mod likeness;
mod marks;
mod office;
mod phones;
mod publications;
mod quota;
mod readers;
mod rebuild;
mod receipts;
mod register;
mod replay;
mod returns;
mod roles;
mod schema;
mod search;
mod sketches;
mod travel;
mod twins;
mod uploads;
mod viewer;
mod writer;

pub use access::{Access, Look, Looking, Opened};
pub use accounts::{Account, AccountKind, NewAccount, Opens, Organisation, OrganisationKind, Slip};
pub use archive::{Archive, Opening};
pub use backup::{BackupKey, BackupRecipient, CopyProgress, OnCopied, restore};
pub use blobs::BLOB_BYTES_MAX;
pub use check::{CheckFinding, CheckListener, CheckProgress};
pub use contacts::Arrival;
pub use contracts::{ContractProposal, ContractWritten, Moved, Recount, Spot};
pub use counts::{Count, PageEnd, VisitFilter, VisitRow};
pub use decision::{Assignment, Comment, FormFile, Household, Return};
pub use derive::Inspection;
pub use directory::{FORMAT, NewArchive};
pub use error::{ArchiveError, Result, Turn};
pub use faults::{Faults, IoPoint, NoFaults};
pub use figures::Figures;
pub use file::{BlobFile, HouseholdFile, Received, SnapshotFile, VisitFile};
pub use inspect::{LOOK_BYTES_MAX, LOOK_MAX, LOOKS_MAX, Looked};
pub use lifts::{Lift, LiftedVisits};
pub use likeness::{DISTANCE_MAX, LIKES_MAX, Like};
pub use office::ROWS_MAX;
pub use phones::{Device, Ended, Enrolled, Installation, Keys, ServerPlace};
pub use quota::Quotas;
pub use rebuild::{Differences, Rebuilt, TableDifference, rebuild};
pub use roles::{Act, Role, may};
pub use sketches::Likenesses;
pub use twins::HouseholdLike;
pub use uploads::{Upload, UploadState};
pub use viewer::Viewer;
