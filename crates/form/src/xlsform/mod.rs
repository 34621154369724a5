//! XLSForm: a questionnaire written in a spreadsheet becomes an ODK `XForm`.
//!
//! In: a [`Workbook`], read from the bytes of an .xlsx file by [`read_workbook`] or made of rows. Out: an `XForm` that
//! users of pyxform recognise, or every [`Problem`] of the workbook in one run, each with its place and a sentence in
//! Chinese and in English that says how to put it right. The conventions are those of <https://xlsform.org> and of
//! pyxform 4 (BSD-2-Clause), whose users' files must work unchanged; the `XForm` is that of
//! <https://getodk.github.io/xforms-spec/>.
//!
//! ```
//! use hudang_form::xlsform::{Options, Workbook, to_xform};
//!
//! let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
//! let survey = vec![row(["type", "name", "label"]), row(["intger", "age", "年龄"])];
//! let problems = to_xform(&Workbook::from_rows([("survey", survey)]), &Options::default()).unwrap_err();
//! assert_eq!(problems[0].code(), "XF-TYPE-UNKNOWN");
//! assert_eq!(problems[0].place.cell.as_deref(), Some("A2"));
//! assert_eq!(problems[0].nearest.as_deref(), Some("integer"));
//! ```

mod attachment;
mod body;
mod check;
mod choices;
mod convert;
mod cycle;
mod entities;
mod instances;
pub(crate) mod itext;
mod kind;
mod looping;
mod model;
mod name;
mod nearest;
mod output;
mod parameters;
mod problem;
mod question;
mod range;
mod read;
mod reference;
mod select;
mod settings;
mod survey;
mod syntax;
mod table;
mod text;
mod token;
mod tree;
mod types;
mod workbook;
mod xml;

pub use attachment::{Attachment, check_attachments};
pub use convert::{Converted, Options, to_xform};
pub use problem::{Kind, Place, Problem, Severity};
pub use read::read_workbook;
pub use workbook::{Sheet, Workbook};
