//! What people write on the command line for a visit, an entry, a person, a value, a place.

use hudang_device::{Device, DeviceError};
use hudang_evidence::body::Body;
use hudang_evidence::entry::{self, Entry};
use hudang_evidence::id::{EntryId, PersonId, VisitId};
use hudang_visit::value::{AnswerPath, InstancePath, Value};
use serde::de::DeserializeOwned;

use crate::error::Failure;

/// Reads a person's id.
pub(crate) fn person(text: &str) -> Result<PersonId, Failure> {
    text.parse()
        .map_err(|_| Failure::input("人员编号", "person id", text))
}

/// Finds a visit of the phone by its id or by the household's code.
pub(crate) fn visit(device: &Device, text: &str) -> Result<VisitId, Failure> {
    let visits = device.visits()?;
    if let Ok(id) = text.parse::<VisitId>()
        && visits.iter().any(|info| info.visit == id)
    {
        return Ok(id);
    }
    let assignments = device.assignments()?;
    let of_code = |info: &hudang_device::VisitInfo| {
        assignments
            .iter()
            .any(|one| one.code == text && one.household == info.household)
    };
    let mut found = visits.iter().filter(|info| of_code(info));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.visit),
        (Some(_), Some(_)) => Err(Failure::new(
            "PHONE-VISIT",
            format!("{text} 在手机里有几次入户，请用入户编号（phone visits）。"),
            format!("{text} has several visits on the phone; name the visit by its id (phone visits)."),
        )),
        _ => Err(Failure::from(DeviceError::VisitUnknown).because(&text)),
    }
}

/// The entries of a visit, by time.
pub(crate) fn entries(device: &Device, visit: VisitId) -> Result<Vec<Entry>, Failure> {
    let notes = device.entry_notes(visit)?;
    let mut entries: Vec<Entry> = notes
        .iter()
        .map(|note| Entry::parse(note).map_err(|error| DeviceError::Damaged(error.to_string())))
        .collect::<Result<_, _>>()?;
    entries.sort_by_key(|entry| (entry.header().wall, entry.header().dseq));
    Ok(entries)
}

/// Finds an entry by its id, or the last one of a kind.
pub(crate) fn entry(device: &Device, visit: VisitId, text: &str) -> Result<EntryId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let entries = entries(device, visit)?;
    let last = entries.iter().rev().find(|entry| entry.body().kind() == text);
    last.map(Entry::id)
        .ok_or_else(|| Failure::from(DeviceError::EntryUnknown).because(&text))
}

/// Finds an original of a visit, and gives the name under which it answers a question: the last one that an entry brings
/// which was not withdrawn, by what it is for, its kind, its SHA-256 or its entry.
pub(crate) fn original(device: &Device, visit: VisitId, text: &str) -> Result<String, Failure> {
    let entries = entries(device, visit)?;
    let amended = entry::amended(&entries);
    let standing = entries
        .iter()
        .rev()
        .filter(|entry| !amended.contains(&entry.id()));
    let mut brought = standing.filter_map(|entry| {
        let (sha256, mime, purpose) = match entry.body() {
            Body::Photo(photo) => (photo.sha256, &photo.mime, photo.purpose.as_str()),
            Body::Audio(audio) => (audio.sha256, &audio.mime, audio.purpose.as_str()),
            Body::Doc(doc) => (doc.sha256, &doc.mime, doc.purpose.as_str()),
            Body::Sign(sign) => (sign.sha256, &sign.mime, "sign"),
            _ => return None,
        };
        let (sha256, id) = (sha256.to_string(), entry.id().to_string());
        let is_meant = [purpose, entry.body().kind(), &sha256, &id].contains(&text);
        is_meant.then(|| hudang_dossier::file_name(&sha256, mime))
    });
    brought.next().ok_or_else(|| {
        Failure::new(
            "PHONE-ORIGINAL",
            format!("这次入户没有“{text}”的照片、录音或签名，请先拍摄、录制或签名。"),
            format!("The visit has no photo, recording or signature “{text}”; take it first."),
        )
    })
}

/// Reads an answer: a JSON scalar where it is one, otherwise the text itself. Decimals stay texts.
pub(crate) fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::Text(text.to_owned()))
}

/// Reads where an answer stands.
pub(crate) fn path(text: &str) -> Result<AnswerPath, Failure> {
    text.parse()
        .map_err(|_| Failure::input("题目路径", "path of a question", text))
}

/// Reads an instance of a repeat, e.g. `members[0123456789abcdef]`.
pub(crate) fn instance(text: &str) -> Result<InstancePath, Failure> {
    let wrong = || Failure::input("循环组实例", "instance of a repeat", text);
    // The path of some question in it has the instance as its place.
    let path: AnswerPath = format!("{text}/x").parse().map_err(|_| wrong())?;
    if *path.within() == InstancePath::TOP || path.question() != "x" {
        return Err(wrong());
    }
    Ok(path.within().clone())
}

/// Reads one of the words of a format, e.g. a role.
pub(crate) fn word<T: DeserializeOwned>(zh: &str, en: &str, text: &str) -> Result<T, Failure> {
    serde_json::from_value(text.into()).map_err(|_| Failure::input(zh, en, text))
}

/// Reads degrees as a whole number of 1e-7 degrees, rounded; no float on the way.
pub(crate) fn degrees_e7(text: &str, degrees_max: i64) -> Result<i32, Failure> {
    let wrong = || Failure::input("经纬度", "latitude or longitude", text);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || whole.len() > 3 || !is_number(fraction) {
        return Err(wrong());
    }
    let seven: String = fraction.chars().chain("0000000".chars()).take(7).collect();
    let up = fraction.as_bytes().get(7).is_some_and(|byte| *byte >= b'5');
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let seven: i64 = seven.parse().map_err(|_| wrong())?;
    let e7 = whole * 10_000_000 + seven + i64::from(up);
    if e7 > degrees_max * 10_000_000 {
        return Err(wrong());
    }
    i32::try_from(if negative { -e7 } else { e7 }).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_read_without_floats() {
        let good = [
            ("45.5", 455_000_000),
            ("-117", -1_170_000_000),
            ("0.0000001", 1),
            ("43.123456749", 431_234_567),
            ("43.12345675", 431_234_568),
            ("+180.0", 1_800_000_000),
        ];
        for (text, e7) in good {
            assert_eq!(degrees_e7(text, 180).unwrap(), e7, "{text}");
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "180.0000001",
            "４５",
            "1.2.3",
            "--1",
            "99999999999",
            "NaN",
        ] {
            assert!(degrees_e7(text, 180).is_err(), "{text}");
        }
        assert!(degrees_e7("90.1", 90).is_err());
    }

    #[test]
    fn an_answer_is_a_scalar_or_a_text() {
        assert_eq!(value("120000"), 120_000.into());
        assert_eq!(value("\"120000\""), "120000".into());
        assert_eq!(value("null"), Value::Cleared);
        assert_eq!(value("true"), true.into());
        for text in ["12.5", "007", "巴特尔", "[1]", "{\"a\":1}", ""] {
            assert_eq!(value(text), text.into());
        }
    }

    #[test]
    fn an_instance_is_named_by_its_place() {
        assert_eq!(
            instance("members[00c0ffee00c0ffee]").unwrap().to_string(),
            "members[00c0ffee00c0ffee]"
        );
        for text in ["", "members", "members[1]", "members[00c0ffee00c0ffee]/name"] {
            assert!(instance(text).is_err(), "{text}");
        }
    }
}
