//! Suite `forms/xlsform`: a workbook is converted by our converter and answered step by step.
//!
//! The sessions were recorded over what pyxform made of the workbooks, and pyxform prints its `XForm` prettily: in a
//! label with an `<output>` it puts line breaks and indentation around the text's pieces, blanks that no author wrote.
//! So labels, messages and choices are compared with runs of blanks as one and none at the ends. All else is compared
//! to the letter: values, relevance, what is sent.

use hudang_form::xlsform::to_xform;
use serde_json::Value as Json;

use super::session::{Blanks, judge_with};
use crate::xlsform::{options, workbook};

/// Judges one case.
pub(super) fn judge(case: &Json) -> Result<(), String> {
    let converted = to_xform(&workbook(case), &options(case)).map_err(|problems| {
        let shown: Vec<String> = problems
            .iter()
            .map(|problem| format!("{} {}: {}", problem.code(), problem.place, problem.en()))
            .collect();
        format!("refused: {}", shown.join("; "))
    })?;
    let mut case = case.clone();
    if let Some(form) = case.get_mut("form") {
        *form = converted.xform.into();
    }
    judge_with(&case, Blanks::Collapsed)
}
