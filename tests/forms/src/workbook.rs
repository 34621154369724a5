//! Writes a form as a workbook that a clerk can go on with: headers stand out and stay in view, columns are wide enough.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet};

use crate::source::Source;

/// The workbook's bytes.
pub(crate) fn write(source: &Source) -> anyhow::Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    // The day of writing would make two workbooks of one source differ.
    let created = ExcelDateTime::from_ymd(2026, 11, 18)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_author("户档")
            .set_creation_datetime(&created),
    );
    for (name, rows) in [
        ("survey", &source.survey),
        ("choices", &source.choices),
        ("settings", &source.settings),
    ] {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?;
        fill(sheet, rows)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn fill(sheet: &mut Worksheet, rows: &[Vec<String>]) -> anyhow::Result<()> {
    let header = Format::new().set_bold().set_background_color(0x00DD_EBF7);
    let cell = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(cells) {
            if !text.is_empty() {
                sheet.write_string_with_format(row, column, text, if row == 0 { &header } else { &cell })?;
            }
        }
    }
    for (column, name) in (0_u16..).zip(rows.first().into_iter().flatten()) {
        let width = match name.as_str() {
            "label::中文 (zh)" | "relevant" | "constraint" | "calculation" | "constraint_message" => 44,
            "required" | "default" => 9,
            _ => 22,
        };
        sheet.set_column_width(column, width)?;
    }
    sheet.set_freeze_panes(1, 2)?;
    Ok(())
}
