//! A workbook as rows of text, whatever file it came from.

use super::problem::{Place, Problem};

/// One sheet: its first row names the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// As in the workbook.
    pub name: String,
    /// Cells as text; an empty cell is an empty text. The row with index 0 is row 1 of the sheet.
    pub rows: Vec<Vec<String>>,
}

/// Sheets in the order of the workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbook {
    /// All sheets.
    pub sheets: Vec<Sheet>,
    /// What was already wrong when the file was read: merged cells, cells with errors.
    pub problems: Vec<Problem>,
}

/// Sheets that have a meaning. All others are notes of whoever wrote the form.
pub(super) const KNOWN_SHEETS: [&str; 6] = [
    "survey",
    "choices",
    "settings",
    "external_choices",
    "entities",
    "osm",
];

impl Workbook {
    /// A workbook of rows that were read elsewhere.
    pub fn from_rows<N: Into<String>>(sheets: impl IntoIterator<Item = (N, Vec<Vec<String>>)>) -> Self {
        let sheets = sheets
            .into_iter()
            .map(|(name, rows)| Sheet {
                name: name.into(),
                rows,
            })
            .collect();
        Self {
            sheets,
            problems: Vec::new(),
        }
    }

    /// The sheet of that name, in any case. A workbook of one sheet without a known name is a survey.
    pub(super) fn sheet(&self, name: &str) -> Option<&Sheet> {
        let named = self.sheets.iter().find(|sheet| sheet.name.to_lowercase() == name);
        match (named, self.sheets.as_slice()) {
            (Some(sheet), _) => Some(sheet),
            (None, [only]) if name == "survey" && !is_known(&only.name) => Some(only),
            _ => None,
        }
    }

    /// Names of sheets that look like a misspelt `name`. An underscore before the name says that it is meant so.
    pub(super) fn misspelled<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.sheets
            .iter()
            .map(|sheet| sheet.name.as_str())
            .filter(move |found| {
                !is_known(found)
                    && !found.starts_with('_')
                    && super::nearest::distance(&found.to_lowercase(), name, 2).is_some()
            })
    }
}

fn is_known(name: &str) -> bool {
    KNOWN_SHEETS.contains(&name.to_lowercase().as_str())
}

/// `A`, `B`, … `Z`, `AA`: the letters of the column with that index.
pub(super) fn column_letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index.saturating_add(1);
    while rest > 0 {
        rest = rest.saturating_sub(1);
        letters.push(char::from(
            b'A'.saturating_add(u8::try_from(rest % 26).unwrap_or(0)),
        ));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The place of one cell.
pub(super) fn cell_place(sheet: &str, row: u32, column: usize, header: Option<&str>) -> Place {
    Place {
        sheet: Some(sheet.to_owned()),
        row: Some(row),
        column: header.map(str::to_owned),
        cell: Some(format!("{}{row}", column_letters(column))),
        character: None,
    }
}
