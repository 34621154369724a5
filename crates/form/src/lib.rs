//! The form engine: a spreadsheet becomes the visit's form.
#![warn(missing_docs)]

pub mod xlsform;
