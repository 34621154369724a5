//! A sheet whose columns have been recognised: headers, their other names, languages, and the cells below.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::nearest::nearest;
use super::problem::{Place, Problems};
use super::workbook::{Sheet, cell_place};

/// What a sheet knows about its columns.
pub(super) struct Columns {
    /// Names that need no translation.
    pub(super) known: &'static [&'static str],
    /// Other name → the column's path.
    pub(super) aliases: &'static [(&'static str, &'static [&'static str])],
    /// First parts below which anything may follow, as in `bind::…`.
    pub(super) open: &'static [&'static str],
}

/// One column: `media::image::中文 (zh)` has the path `media`, `image`, `中文 (zh)`.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) index: usize,
    pub(super) header: String,
    pub(super) path: Vec<String>,
    pub(super) is_known: bool,
}

impl Column {
    pub(super) fn part(&self, at: usize) -> Option<&str> {
        self.path.get(at).map(String::as_str)
    }

    pub(super) fn first(&self) -> &str {
        self.part(0).unwrap_or_default()
    }
}

/// The sheet, ready to be read row by row.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) name: &'a str,
    pub(super) columns: Vec<Column>,
    rows: &'a [Vec<String>],
}

impl<'a> Table<'a> {
    pub(super) fn read(sheet: &'a Sheet, known: &Columns, problems: &mut Problems) -> Self {
        let (header, rows) = match sheet.rows.split_first() {
            Some((header, rows)) => (header.as_slice(), rows),
            None => (&[] as &[String], &[] as &[Vec<String>]),
        };
        let mut table = Self {
            name: &sheet.name,
            columns: Vec::new(),
            rows,
        };
        let double_colon = header.iter().any(|text| text.contains("::"));
        let mut seen: BTreeMap<Vec<String>, String> = BTreeMap::new();
        for (index, text) in header.iter().enumerate() {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if text.is_empty() {
                continue;
            }
            let (path, is_known) = path(&text, double_colon, known);
            if let Some(other) = seen.get(&path) {
                let place = cell_place(table.name, 1, index, Some(&text));
                let column = text.clone();
                let both = [other.as_str(), text.as_str()].map(str::to_lowercase);
                if both.contains(&"form_id".to_owned()) && both.contains(&"id_string".to_owned()) {
                    problems.add(place, Kind::FormIdTwice {});
                    // form_id wins, wherever it stands.
                    if both.get(1).is_some_and(|text| text == "form_id")
                        && let Some(column) = table.columns.iter_mut().find(|column| column.path == path)
                    {
                        column.index = index;
                        column.header = text;
                    }
                } else if *other == text {
                    problems.add(place, Kind::ColumnTwice { column });
                } else {
                    problems.add(
                        place,
                        Kind::ColumnAlias {
                            column,
                            other: other.clone(),
                        },
                    );
                }
                continue;
            }
            seen.insert(path.clone(), text.clone());
            table.columns.push(Column {
                index,
                header: text,
                path,
                is_known,
            });
        }
        table
    }

    /// Rows with something in them, with their numbers.
    pub(super) fn rows(&self) -> impl Iterator<Item = Record<'_>> {
        self.rows.iter().zip(2_u32..).filter_map(|(cells, number)| {
            let record = Record { cells, number };
            cells.iter().any(|cell| !is_blank(cell)).then_some(record)
        })
    }

    /// Filled cells of a row with their columns.
    pub(super) fn cells<'s>(&'s self, record: &Record<'s>) -> impl Iterator<Item = (&'s Column, &'s str)> {
        let cells = record.cells;
        self.columns.iter().filter_map(move |column| {
            let text = cells.get(column.index)?;
            (!is_blank(text)).then_some((column, text.as_str()))
        })
    }

    pub(super) fn has(&self, first: &str) -> bool {
        self.columns.iter().any(|column| column.first() == first)
    }

    /// The place of a row.
    pub(super) fn row(&self, number: u32) -> Place {
        Place {
            sheet: Some(self.name.to_owned()),
            row: Some(number),
            ..Place::default()
        }
    }

    /// The place of a cell, by the column's path (`["bind", "relevant"]`). Of several columns, as for languages, the
    /// first that is filled in this row.
    pub(super) fn cell(&self, number: u32, path: &[&str]) -> Place {
        let fits = |column: &&Column| {
            path.iter()
                .enumerate()
                .all(|(at, wanted)| column.part(at) == Some(wanted))
        };
        let row = usize::try_from(number).unwrap_or(usize::MAX).checked_sub(2);
        let cells = row.and_then(|row| self.rows.get(row));
        let is_filled = |column: &&Column| {
            cells
                .and_then(|cells| cells.get(column.index))
                .is_some_and(|text| !is_blank(text))
        };
        let mut fitting = self.columns.iter().filter(fits);
        let found = fitting.clone().find(is_filled).or_else(|| fitting.next());
        match found {
            Some(column) => cell_place(self.name, number, column.index, Some(&column.header)),
            None => Place {
                sheet: Some(self.name.to_owned()),
                row: Some(number),
                column: path.last().map(|name| shown(name).to_owned()),
                ..Place::default()
            },
        }
    }

    /// The place of a cell of a known column.
    pub(super) fn place(&self, number: u32, column: &Column) -> Place {
        cell_place(self.name, number, column.index, Some(&column.header))
    }

    /// Warns of columns that have no effect, and of values without a header.
    pub(super) fn warn_unknown(&self, known: &Columns, problems: &mut Problems) {
        for column in self.columns.iter().filter(|column| !column.is_known) {
            let text = &column.header;
            let first = column.first().to_lowercase();
            if text.starts_with('_') || REMARKS.contains(&first.as_str()) || text == "None" {
                continue;
            }
            let names = known
                .known
                .iter()
                .chain(known.aliases.iter().map(|(name, _)| name));
            let near = nearest(&first, names.copied());
            let place = cell_place(self.name, 1, column.index, Some(text));
            problems.add_near(place, Kind::ColumnUnknown { column: text.clone() }, near);
        }
        for record in self.rows() {
            for (index, _) in record
                .cells
                .iter()
                .enumerate()
                .filter(|(_, text)| !is_blank(text))
            {
                if !self.columns.iter().any(|column| column.index == index) {
                    let headed = |column: &Column| column.index > index;
                    // To the right of the last header people write remarks; between headers a name was forgotten.
                    if self.columns.iter().any(headed) {
                        problems.add(
                            cell_place(self.name, record.number, index, None),
                            Kind::ValueWithoutHeader {},
                        );
                    }
                }
            }
        }
    }
}

/// Headers under which people write for each other.
const REMARKS: [&str; 12] = [
    "note",
    "notes",
    "comment",
    "comments",
    "remark",
    "remarks",
    "description",
    "备注",
    "说明",
    "注释",
    "出处",
    "来源",
];

/// A row of a table.
pub(super) struct Record<'a> {
    cells: &'a [String],
    pub(super) number: u32,
}

/// Whether a cell counts as empty.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// The name under which people know a column that the standard calls otherwise.
fn shown(name: &str) -> &str {
    match name {
        "calculate" => "calculation",
        "jr:constraintMsg" => "constraint_message",
        "jr:requiredMsg" => "required_message",
        "jr:count" => "repeat_count",
        "entities:saveto" => "save_to",
        "dataset" => "list_name",
        other => other,
    }
}

/// Splits a header and replaces another name of its first part by the known one.
fn path(header: &str, double_colon: bool, known: &Columns) -> (Vec<String>, bool) {
    let snake = |text: &str| {
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join("_")
            .to_lowercase()
    };
    let is_known = |name: &str| known.known.contains(&name);
    let alias = |name: &str| {
        known
            .aliases
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, path)| *path)
    };
    for name in [header.to_owned(), snake(header)] {
        if is_known(&name) && alias(&name).is_none() {
            return (vec![name], true);
        }
    }
    let mut parts: Vec<String> = if double_colon {
        header.split("::").map(|part| part.trim().to_owned()).collect()
    } else {
        single_colon(header)
    };
    let first = parts.first().map(|part| snake(part)).unwrap_or_default();
    if let Some(path) = alias(&first) {
        let mut full: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        full.extend(parts.into_iter().skip(1));
        return (full, true);
    }
    if is_known(&first) || known.open.contains(&first.as_str()) {
        if let Some(part) = parts.first_mut() {
            *part = first;
        }
        return (parts, true);
    }
    (parts, false)
}

/// Old forms separate by one colon, which `jr:…` has as well.
fn single_colon(header: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut pieces = header.split(':').map(str::trim);
    while let Some(piece) = pieces.next() {
        match (piece, pieces.clone().next()) {
            ("jr", Some(next)) => {
                parts.push(format!("jr:{next}"));
                pieces.next();
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    parts
}
