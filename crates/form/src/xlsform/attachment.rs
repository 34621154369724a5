//! The files that a form reads, checked before the form is used.

use super::convert::Converted;
use super::kind::Kind;
use super::problem::{Place, Problem, Problems};

/// A file that is published with a form.
#[derive(Debug, Clone, Copy)]
pub struct Attachment<'a> {
    /// Its name without a folder.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// What is wrong with the attachments of a form: missing ones, encodings that nobody can read, columns that the form
/// asks for and the file does not have.
pub fn check_attachments(form: &Converted, given: &[Attachment<'_>]) -> Vec<Problem> {
    let mut problems = Problems::default();
    for (file, id) in &form.attachments {
        match given.iter().find(|attachment| attachment.name == file) {
            None => problems.add(Place::default(), Kind::AttachmentMissing { file: file.clone() }),
            Some(attachment) if super::survey::extension(file) == ".csv" => {
                csv(form, id, *attachment, &mut problems);
            }
            Some(attachment) => encoding(*attachment, &mut problems),
        }
    }
    problems.into_sorted()
}

fn encoding(attachment: Attachment<'_>, problems: &mut Problems) {
    let Err(error) = std::str::from_utf8(attachment.bytes) else {
        return;
    };
    let before = attachment.bytes.get(..error.valid_up_to()).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let place = Place {
        sheet: Some(attachment.name.to_owned()),
        row: u32::try_from(line).ok(),
        ..Place::default()
    };
    let encoding = match attachment.bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16",
        bytes if is_gb18030(bytes) => "GB18030",
        _ => "?",
    };
    let kind = Kind::AttachmentEncoding {
        file: attachment.name.to_owned(),
        encoding: encoding.to_owned(),
    };
    problems.add(place, kind);
}

/// Whether the bytes follow the structure of GB 18030: one, two or four bytes a character.
fn is_gb18030(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return true,
            [0x00..=0x7F, rest @ ..]
            | [0x81..=0xFE, 0x40..=0x7E | 0x80..=0xFE, rest @ ..]
            | [0x81..=0xFE, 0x30..=0x39, 0x81..=0xFE, 0x30..=0x39, rest @ ..] => rest,
            _ => return false,
        };
    }
}

/// Columns that selects from this file show and store.
fn csv(form: &Converted, id: &str, attachment: Attachment<'_>, problems: &mut Problems) {
    let Ok(text) = std::str::from_utf8(attachment.bytes) else {
        encoding(attachment, problems);
        return;
    };
    let header = text
        .trim_start_matches('\u{FEFF}')
        .lines()
        .next()
        .unwrap_or_default();
    let columns: Vec<&str> = header
        .split(',')
        .map(|column| column.trim().trim_matches('"'))
        .collect();
    for column in form.columns.get(id).into_iter().flatten() {
        if !columns.contains(&column.as_str()) {
            let place = Place {
                sheet: Some(attachment.name.to_owned()),
                row: Some(1),
                column: Some(column.clone()),
                ..Place::default()
            };
            let near = super::nearest::nearest(column, columns.iter().copied());
            let kind = Kind::AttachmentColumn {
                file: attachment.name.to_owned(),
                column: column.clone(),
            };
            problems.add_near(place, kind, near);
        }
    }
}
