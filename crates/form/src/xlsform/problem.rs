//! A problem of a workbook: what is wrong, where it stands, and how it is put right, in Chinese and in English.

use std::fmt;

use serde::Serialize;

pub use super::kind::Kind;

/// Whether the form can be used although the problem is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The workbook is refused.
    Error,
    /// The workbook is converted; somebody should look at the place.
    Warning,
}

/// Where in the workbook something stands. What is not known is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Name of the sheet as it is in the workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Row number as the spreadsheet program shows it; the header row is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// Header of the column as it was typed; the known name of the column when the sheet does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The cell, as in `C7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// Which character of the cell's text, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub character: Option<u32>,
}

impl Place {
    /// The sheet as a whole.
    pub(super) fn sheet(name: &str) -> Self {
        Self {
            sheet: Some(name.to_owned()),
            ..Self::default()
        }
    }

    /// The same place, at the character that begins at byte `offset` of `text`.
    #[must_use]
    pub(super) fn at(mut self, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text).chars().count();
        self.character = u32::try_from(before)
            .ok()
            .and_then(|before| before.checked_add(1));
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(sheet) = &self.sheet {
            parts.push(sheet.clone());
        }
        match (&self.cell, self.row) {
            (Some(cell), _) => parts.push(cell.clone()),
            (None, Some(row)) => parts.push(row.to_string()),
            (None, None) => {}
        }
        if let Some(column) = &self.column {
            parts.push(format!("[{column}]"));
        }
        if let Some(character) = self.character {
            parts.push(format!("#{character}"));
        }
        formatter.write_str(&parts.join(" "))
    }
}

/// One thing that is wrong in a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: Kind,
    /// Where.
    pub place: Place,
    /// The known name that is nearest to the unknown one.
    pub nearest: Option<String>,
}

impl Problem {
    /// Stable code, e.g. `XF-TYPE-UNKNOWN`.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Whether it stops the conversion.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }

    /// What is wrong and how to put it right, in Chinese.
    pub fn zh(&self) -> String {
        let mut text = self.kind.zh();
        if let Some(nearest) = &self.nearest {
            text = format!("{text}最接近的已知写法是“{nearest}”。");
        }
        text
    }

    /// What is wrong and how to put it right, in English.
    pub fn en(&self) -> String {
        let mut text = self.kind.en();
        if let Some(nearest) = &self.nearest {
            text = format!("{text} The nearest known name is '{nearest}'.");
        }
        text
    }
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            code: &'static str,
            severity: Severity,
            #[serde(flatten)]
            place: &'a Place,
            #[serde(skip_serializing_if = "Option::is_none")]
            nearest: &'a Option<String>,
            zh: String,
            en: String,
        }
        Shown {
            code: self.code(),
            severity: self.severity(),
            place: &self.place,
            nearest: &self.nearest,
            zh: self.zh(),
            en: self.en(),
        }
        .serialize(serializer)
    }
}

/// Everything found so far. A workbook of a million mistakes must not become a million sentences.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
    left_out: u64,
}

/// A table that nobody can read to its end helps nobody.
const KEPT: usize = 1000;

impl Problems {
    pub(super) fn add(&mut self, place: Place, kind: Kind) {
        self.add_near(place, kind, None);
    }

    pub(super) fn add_near(&mut self, place: Place, kind: Kind, nearest: Option<String>) {
        if self.found.len() < KEPT {
            self.found.push(Problem { kind, place, nearest });
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|problem| problem.severity() == Severity::Error)
            || self.left_out > 0
    }

    /// All of them, by sheet in the order in which a person fills a workbook, then by row.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        let order = |problem: &Problem| {
            let sheet = problem.place.sheet.as_deref().unwrap_or_default().to_lowercase();
            let rank = [
                "",
                "settings",
                "survey",
                "choices",
                "external_choices",
                "entities",
                "osm",
            ]
            .iter()
            .position(|known| *known == sheet)
            .unwrap_or(usize::MAX);
            (
                rank,
                problem.place.row,
                problem.place.cell.as_ref().map(String::len),
                problem.place.cell.clone(),
                problem.place.character,
            )
        };
        self.found.sort_by_cached_key(order);
        self.found.dedup();
        if self.left_out > 0 {
            let count = self.left_out;
            self.found.push(Problem {
                kind: Kind::MoreProblems { count },
                place: Place::default(),
                nearest: None,
            });
        }
        self.found
    }
}
