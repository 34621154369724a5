//! The form engine: a spreadsheet or an ODK XForm becomes a form, and a form with answers becomes a session that the screen draws and
//! the server judges.
//!
//! In: an XForm's text with its attachments, answers, and an environment (time, zone, seed, what is known of the
//! device). Out: what each question's value, relevance, requirement, validity, label and choices are, and after each
//! step exactly what changed. This crate never knows a clock, a random source, a disk, a network or automerge.
//!
//! - [`expression`]: XPath 1.0 with the functions of ODK XForms, read once into a typed tree.
//! - [`tree`]: what expressions look at.
//! - [`evaluate`]: what an expression is worth at a node.
//! - [`xlsform`]: a workbook in XLSForm becomes an XForm, or a list of what is wrong with it.
//! - [`outline`]: a form as plain data, and what differs between two of its versions.
//! - [`identity`]: what a resident identity number says.
//! - [`document`]: one document with expressions over it, outside of a session.

#![warn(missing_docs)]

pub mod answer;
pub mod document;
pub mod evaluate;
pub mod expression;
pub mod form;
pub mod identity;
pub mod outline;
pub mod session;
pub mod tree;
pub mod xlsform;
