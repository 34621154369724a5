//! The documents of a visit and a household, and the judgement whether a visit is complete.
//!
//! In: answers, entries, seals and standards, and automerge bytes from other phones, which may be hostile. Out:
//! documents that merge whatever happened apart, conflicts for a person to settle, and an assessment with a
//! reason for each missing piece. The same code judges on the phone before sealing and on the server before
//! counting. This crate never knows a clock, a disk, a network or a
//! random source; what a form asks it knows only through `hudang-form`, in [`questionnaire`].
//!
//! ```
//! use hudang_evidence::id::{DeviceId, FormHash, VisitId};
//! use hudang_visit::accept::{Expected, accept};
//! use hudang_visit::document::{Actor, genesis::Skeleton, visit::VisitDocument};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (visit, form, skeleton) = (VisitId::new(0, [0; 10]), FormHash::of(b"form"), Skeleton::default());
//! let phone = |name: &[u8]| Actor { device: DeviceId::of(name), life: [0; 4] };
//! let mut jia = VisitDocument::genesis(visit, form, &skeleton, phone(b"jia"))?;
//! let mut yi = VisitDocument::genesis(visit, form, &skeleton, phone(b"yi"))?;
//! jia.set_answer(&"income".parse()?, &120_000.into())?;
//! yi.set_answer(&"income".parse()?, &90_000.into())?;
//!
//! let expected = Expected::visit(visit, form, &skeleton)?;
//! let first = accept(None, &jia.payload_for(&[]), &expected)?;
//! let both = accept(Some(&first.bytes), &yi.payload_for(&first.heads), &expected)?;
//! let merged = VisitDocument::load(&both.bytes, phone(b"office"))?;
//! assert_eq!(merged.conflicts()?[0].place, "answers/income");
//! # Ok(())
//! # }
//! ```

pub mod accept;
pub mod assess;
mod chunk;
pub mod document;
pub mod doubts;
pub mod facts;
mod language;
pub mod questionnaire;
mod shape;
pub mod standard;
pub mod value;
mod wording;

pub use hudang_evidence::seal::Outcome;
pub use language::Language;
