//! What entries, seals and receipts have in common: a header line, one line of JSON in the profile, a suite.

use serde_json::Value;

use crate::entry::SUITE;
use crate::note::Note;
use crate::profile::{self, ProfileError};

/// The text that is signed.
pub(crate) fn text(header: &str, value: &Value, limit_bytes: usize) -> Result<String, ProfileError> {
    Ok(format!("{header}\n{}\n", profile::render(value, limit_bytes)?))
}

/// The line of JSON under this header; `None` under another.
pub(crate) fn line<'n>(note: &'n Note, header: &str) -> Option<&'n str> {
    let rest = note.text().strip_prefix(header)?.strip_prefix('\n')?;
    rest.strip_suffix('\n')
}

/// Takes the suite out of the fields; whether it is the one that is known.
pub(crate) fn take_suite(value: &mut Value) -> bool {
    let suite = value.as_object_mut().and_then(|fields| fields.remove("suite"));
    suite.as_ref().and_then(Value::as_str) == Some(SUITE)
}

/// Adds the suite to the fields.
pub(crate) fn add_suite(value: &mut Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert("suite".to_owned(), SUITE.into());
    }
}
