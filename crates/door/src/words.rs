//! What a screen writes, as the store takes it.

use hudang_device::RecordingId;
use hudang_evidence::id::Sha256;
use hudang_visit::value::{AnswerPath, InstancePath, Value};

use crate::cross::Scalar;
use crate::error::{Fault, Result};

fn wrong(what: &str) -> Fault {
    Fault::Arguments(what.to_owned())
}

/// Where an answer stands.
pub(crate) fn path(text: &str) -> Result<AnswerPath> {
    text.parse().map_err(|_| wrong("path"))
}

/// An instance of a repeat, e.g. `members[0123456789abcdef]`.
pub(crate) fn instance(text: &str) -> Result<InstancePath> {
    // The path of some question in it has the instance as its place.
    let path: AnswerPath = format!("{text}/x").parse().map_err(|_| wrong("instance"))?;
    if *path.within() == InstancePath::TOP || path.question() != "x" {
        return Err(wrong("instance"));
    }
    Ok(path.within().clone())
}

/// A repeat, by the instances around it and its name in them.
pub(crate) fn repeat(text: &str) -> Result<(InstancePath, &str)> {
    match text.rsplit_once("]/") {
        Some((around, name)) => Ok((instance(&format!("{around}]"))?, name)),
        None => Ok((InstancePath::TOP, text)),
    }
}

/// The id of a recording, 64 hex digits.
pub(crate) fn recording(text: &str) -> Result<RecordingId> {
    let id: Sha256 = text.parse().map_err(|_| wrong("recording"))?;
    Ok(RecordingId::from_bytes(*id.as_bytes()))
}

/// The id as a screen knows it.
pub(crate) fn recording_name(id: RecordingId) -> String {
    Sha256::from_bytes(*id.as_bytes()).to_string()
}

impl From<Scalar> for Value {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Nothing => Self::Cleared,
            Scalar::Boolean(boolean) => Self::Boolean(boolean),
            Scalar::Integer(number) => Self::Integer(number),
            Scalar::Text(text) => Self::Text(text),
        }
    }
}

impl From<Value> for Scalar {
    fn from(value: Value) -> Self {
        match value {
            Value::Cleared => Self::Nothing,
            Value::Boolean(boolean) => Self::Boolean(boolean),
            Value::Integer(number) => Self::Integer(number),
            Value::Text(text) => Self::Text(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_named_within_their_instances() {
        assert_eq!(repeat("members_part/members").unwrap().1, "members_part/members");
        let (around, name) = repeat("members[0123456789abcdef]/jobs").unwrap();
        assert_eq!(
            (around.to_string().as_str(), name),
            ("members[0123456789abcdef]", "jobs")
        );
        assert!(repeat("members[zz]/jobs").is_err());
        assert!(instance("members").is_err());
    }
}
