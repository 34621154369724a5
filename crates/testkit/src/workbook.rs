//! Workbooks, read back cell by cell as the spreadsheet program shows them.

use std::io::Cursor;

use calamine::{Reader as _, Xlsx};

/// The sheets by name, each as rows of texts; a cell without anything is an empty one.
pub fn sheets(workbook: &[u8]) -> Vec<(String, Vec<Vec<String>>)> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(workbook)).unwrap();
    let names = book.sheet_names();
    names
        .into_iter()
        .map(|name| {
            let range = book.worksheet_range(&name).unwrap();
            let row = |cells: &[calamine::Data]| cells.iter().map(ToString::to_string).collect();
            (name, range.rows().map(row).collect())
        })
        .collect()
}
