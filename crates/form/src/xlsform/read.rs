//! Reads an .xlsx file. Whatever its bytes are, the answer is rows or a problem, within bounds that are checked before
//! anything grows: what the archive unpacks to, rows, columns, cells, text.

use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader as _, Xlsx};

use super::kind::Kind;
use super::problem::{Place, Problem, Problems};
use super::workbook::{KNOWN_SHEETS, Sheet, Workbook, cell_place, column_letters};

/// What the archive may unpack to. A form with 100,000 choices has about 30 MiB.
const UNPACKED_MIB: u64 = 48;
const ENTRIES: usize = 2_000;
const ROWS: u32 = 200_000;
/// Of the survey: a thousand questions are much for those who ask them.
const SURVEY_ROWS: u32 = 20_000;
const COLUMNS: u32 = 1_000;
const CELLS: u64 = 2_000_000;
const TEXT_BYTES: usize = 64 << 20;

/// Reads the sheets that have a meaning, and the names of all others.
///
/// # Errors
/// The problems that make the file unreadable. What is wrong with single cells is kept in [`Workbook::problems`].
pub fn read_workbook(bytes: &[u8]) -> Result<Workbook, Vec<Problem>> {
    let mut problems = Problems::default();
    // The libraries below do not promise never to panic on hostile bytes; this door does.
    let read = catch_unwind(AssertUnwindSafe(|| read(bytes, &mut problems)));
    let failed = match read {
        Ok(Ok(mut workbook)) => {
            workbook.problems = problems.into_sorted();
            return Ok(workbook);
        }
        Ok(Err(failed)) => failed,
        Err(_) => not_workbook("damaged"),
    };
    let (place, kind) = *failed;
    problems.add(place, kind);
    Err(problems.into_sorted())
}

type Failed = Box<(Place, Kind)>;

/// What the libraries say is English.
fn not_workbook(reason: impl std::fmt::Display) -> Failed {
    unreadable(reason, "文件已损坏,或不是 .xlsx")
}

fn unreadable(reason: impl std::fmt::Display, reason_zh: &'static str) -> Failed {
    let reason: String = reason.to_string().chars().take(120).collect();
    Box::new((Place::default(), Kind::NotWorkbook { reason, reason_zh }))
}

fn read(bytes: &[u8], problems: &mut Problems) -> Result<Workbook, Failed> {
    let has_merged = measure(bytes)?;
    let mut file: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(not_workbook)?;
    let names = file.sheet_names();
    let mut room = Room {
        cells: CELLS,
        text: TEXT_BYTES,
    };
    let mut workbook = Workbook::default();
    for name in &names {
        let is_known = names.len() == 1 || KNOWN_SHEETS.contains(&name.to_lowercase().as_str());
        let rows = if is_known {
            rows(&mut file, name, &mut room, problems)?
        } else {
            Vec::new()
        };
        if is_known && has_merged {
            let merged = file.merge_cells_by_sheet_name(name).map_err(not_workbook)?;
            report_merged(name, &merged, &rows, problems);
        }
        workbook.sheets.push(Sheet {
            name: name.clone(),
            rows,
        });
    }
    Ok(workbook)
}

/// Unpacks the archive into nothing, counting: what it claims of its sizes may be a lie. Says whether a sheet may have
/// merged cells, for which it would have to be read once more.
fn measure(bytes: &[u8]) -> Result<bool, Failed> {
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(unreadable(
            "the old .xls format, or protected by a password",
            "旧的 .xls 格式,或设有密码",
        ));
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(not_workbook)?;
    let too_large = || {
        Box::new((
            Place::default(),
            Kind::TooLarge {
                limit_mib: UNPACKED_MIB,
            },
        ))
    };
    if archive.len() > ENTRIES {
        return Err(too_large());
    }
    let mut left = UNPACKED_MIB << 20;
    let mut has_merged = false;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(not_workbook)?;
        let name = entry.name().map_err(not_workbook)?.to_lowercase();
        // Pictures are never unpacked.
        if name.starts_with("xl/media/") {
            continue;
        }
        let unpacked = unpack(entry.take(left + 1)).map_err(not_workbook)?;
        left = left.checked_sub(unpacked.bytes).ok_or_else(too_large)?;
        has_merged |= unpacked.has_merged;
    }
    Ok(has_merged)
}

struct Unpacked {
    bytes: u64,
    has_merged: bool,
}

/// Reads to the end, keeping nothing but the mark of merged cells, which may lie across two pieces.
fn unpack(mut from: impl std::io::Read) -> std::io::Result<Unpacked> {
    const MARK: &[u8] = b"mergeCell";
    let mut piece = vec![0; 32 << 10];
    let mut kept = 0;
    let mut unpacked = Unpacked {
        bytes: 0,
        has_merged: false,
    };
    loop {
        let count = from.read(piece.get_mut(kept..).unwrap_or_default())?;
        if count == 0 {
            return Ok(unpacked);
        }
        unpacked.bytes = unpacked
            .bytes
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        let filled = kept + count;
        unpacked.has_merged |= memchr::memmem::find(piece.get(..filled).unwrap_or_default(), MARK).is_some();
        let next = filled.saturating_sub(MARK.len() - 1);
        piece.copy_within(next..filled, 0);
        kept = filled - next;
    }
}

/// What may still be read.
struct Room {
    cells: u64,
    text: usize,
}

fn rows(
    file: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
    room: &mut Room,
    problems: &mut Problems,
) -> Result<Vec<Vec<String>>, Failed> {
    let mut reader = file.worksheet_cells_reader(sheet).map_err(not_workbook)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let is_choices = ["choices", "external_choices"].contains(&sheet.to_lowercase().as_str());
    let limit = if is_choices { ROWS } else { SURVEY_ROWS };
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(not_workbook)? {
        let (row, column) = cell.pos;
        let number = row.saturating_add(1);
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        if let (DataRef::Empty, Some(formula)) = (&cell.value, &cell.formula) {
            let formula = shown_formula(formula);
            problems.add(
                cell_place(sheet, number, at, None),
                Kind::FormulaWithoutValue { formula },
            );
            continue;
        }
        if let DataRef::Error(error) = &cell.value {
            let kind = Kind::CellError {
                shown: error.to_string(),
            };
            problems.add(cell_place(sheet, number, at, None), kind);
            continue;
        }
        let Some(text) = text(&cell.value) else { continue };
        let too_many = |kind| {
            Box::new((
                Place {
                    row: Some(number),
                    ..Place::sheet(sheet)
                },
                kind,
            ))
        };
        if row >= limit {
            return Err(too_many(Kind::TooManyRows { limit }));
        }
        if column >= COLUMNS {
            return Err(too_many(Kind::TooManyColumns { limit: COLUMNS }));
        }
        room.cells = room
            .cells
            .checked_sub(1)
            .ok_or_else(|| too_many(Kind::TooManyCells { limit: CELLS }))?;
        room.text = room
            .text
            .checked_sub(text.len())
            .ok_or_else(|| too_many(Kind::TooManyCells { limit: CELLS }))?;
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        if rows.len() <= row {
            rows.resize_with(row.saturating_add(1), Vec::new);
        }
        if let Some(cells) = rows.get_mut(row) {
            if cells.len() <= at {
                // Columns are few; rows of different lengths are cheap.
                cells.resize_with(at.saturating_add(1), String::new);
            }
            if let Some(found) = cells.get_mut(at) {
                *found = text;
            }
        }
    }
    Ok(rows)
}

fn shown_formula(formula: &calamine::XlsxFormulaMetadata) -> String {
    match formula {
        calamine::XlsxFormulaMetadata::Normal { formula }
        | calamine::XlsxFormulaMetadata::Shared { formula, .. } => formula.chars().take(60).collect(),
        _ => "…".to_owned(),
    }
}

/// A cell as a form reads it; `None` when it is empty.
fn text(value: &DataRef<'_>) -> Option<String> {
    let text = match value {
        DataRef::String(text) => trimmed(text),
        DataRef::SharedString(text) => trimmed(text),
        DataRef::Int(number) => number.to_string(),
        // A whole number has no fraction on screen either; `{}` prints the shortest text that reads back the same.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(moment) => date_time(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Blanks around a text are nobody's intention, nor are the blanks that do not break.
fn trimmed(text: &str) -> String {
    text.trim().replace('\u{A0}', " ")
}

/// Spreadsheets keep dates as numbers; a form wants them as ISO 8601.
fn date_time(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let value = moment.as_f64();
    if moment.is_duration() {
        return value.to_string();
    }
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if (0.0..1.0).contains(&value) {
        return time;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if value.fract() == 0.0 {
        date
    } else {
        format!("{date}T{time}")
    }
}

fn report_merged(sheet: &str, merged: &[Dimensions], rows: &[Vec<String>], problems: &mut Problems) {
    let header = rows.first().map(Vec::as_slice).unwrap_or_default();
    for area in merged {
        let ((top, left), (bottom, right)) = (area.start, area.end);
        let column = usize::try_from(left).unwrap_or(usize::MAX);
        let last = usize::try_from(right).unwrap_or(usize::MAX);
        let is_headed = |at: usize| header.get(at).is_some_and(|text| !text.trim().is_empty());
        let has_header = (column..=last.min(header.len())).any(is_headed);
        let rows_end = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        // Beside and below the form people lay out remarks as they like.
        if !has_header || top >= rows_end {
            continue;
        }
        let number = |row: u32| row.saturating_add(1);
        let area = format!(
            "{}{}:{}{}",
            column_letters(column),
            number(top),
            column_letters(last),
            number(bottom)
        );
        let kind = if bottom > top {
            Kind::MergedRows { area }
        } else {
            Kind::MergedColumns { area }
        };
        let place = cell_place(sheet, number(top), column, header.get(column).map(String::as_str));
        problems.add(place, kind);
    }
}
