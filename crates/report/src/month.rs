//! The month's counts with the list of visits behind each number (REQ D8, B13), as a workbook.

use hudang_contract::counts::{Counts, Line, Place, compare};
use hudang_contract::state::{Reason, State};
use hudang_contract::versions::Versions;
use hudang_evidence::time::WallTime;
use hudang_visit::Language;
use rust_xlsxwriter::{Format, FormatBorder, Workbook, Worksheet, XlsxError};

/// A calendar month in Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    year: i32,
    month: u32,
}

/// A text is not a month of the form `2026-03`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a month of the form 2026-03: {0:?}")]
pub struct MonthError(String);

const SHANGHAI_MS: i64 = 8 * 3_600_000;

impl core::str::FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let wrong = || MonthError(text.chars().take(20).collect());
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|c| c.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(wrong());
        }
        let found = Self {
            year: year.parse().map_err(|_| wrong())?,
            month: month.parse().map_err(|_| wrong())?,
        };
        found.first_day().map(|_| found).ok_or_else(wrong)
    }
}

impl core::fmt::Display for Month {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Month {
    fn first_day(self) -> Option<chrono::NaiveDate> {
        chrono::NaiveDate::from_ymd_opt(self.year, self.month, 1)
    }

    /// Its first moment and the first moment after it.
    pub fn bounds(self) -> (WallTime, WallTime) {
        let start = self.first_day().unwrap_or_default();
        let end = start.checked_add_months(chrono::Months::new(1)).unwrap_or(start);
        let at = |day: chrono::NaiveDate| {
            let utc_ms = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
            WallTime::from_ms_clamped(utc_ms.saturating_sub(SHANGHAI_MS))
        };
        (at(start), at(end))
    }

    /// Whether a stretch of days shares a day with it.
    pub fn touches(self, span: &hudang_contract::calendar::Span) -> bool {
        let Some(from) = self.first_day() else {
            return false;
        };
        let last = from
            .checked_add_months(chrono::Months::new(1))
            .and_then(|next| next.pred_opt());
        last.is_some_and(|to| span.overlaps(&hudang_contract::calendar::Span { from, to }))
    }
}

/// One visit of the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub visit: String,
    /// The household's code.
    pub household: String,
    /// Where it is counted.
    pub place: Place,
    /// How it ended; empty before it is sealed.
    pub outcome: String,
    /// When it was opened.
    pub opened: WallTime,
    /// When its seal was received.
    pub received: Option<WallTime>,
    /// Its governing seal; empty before.
    pub seal: String,
}

/// The lines of the month: what is agreed in the periods that touch it, and where its visits stand.
pub fn lines(versions: &Versions, month: Month, visits: &[Visit]) -> Vec<Line> {
    let counts: Counts = visits.iter().map(|visit| visit.place.clone()).collect();
    let mut lines = compare(&versions.agreed(), &counts);
    let is_of_month = |key: &str| {
        let mut periods = versions.items().iter().flat_map(|item| item.what.periods());
        periods.any(|period| period.key == key && month.touches(&period.span()))
    };
    lines.retain(|line| !line.places.is_empty() || is_of_month(&line.period));
    lines
}

/// The workbook: a sheet of counts and a sheet of visits, in Chinese.
pub fn workbook(
    versions: &Versions,
    month: Month,
    visits: &[Visit],
    made: WallTime,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold().set_border(FormatBorder::Thin);
    counts_sheet(book.add_worksheet(), versions, month, visits, made, &head)?;
    visits_sheet(book.add_worksheet(), visits, &head)?;
    book.save_to_buffer()
}

const COUNT_HEADS: [&str; 9] = [
    "区域",
    "区域名称",
    "期次",
    "合同数量",
    "在途",
    "已接收",
    "已计数",
    "未计数",
    "未计数原因",
];
const VISIT_HEADS: [&str; 10] = [
    "户编号",
    "入户编号",
    "区域",
    "期次",
    "状态",
    "原因",
    "入户结果",
    "入户时间",
    "接收时间",
    "封存",
];

fn counts_sheet(
    sheet: &mut Worksheet,
    versions: &Versions,
    month: Month,
    visits: &[Visit],
    made: WallTime,
    head: &Format,
) -> Result<(), XlsxError> {
    let terms = versions.newest().map(|item| &item.what);
    let (title, id) = terms.map_or(("", ""), |terms| (terms.title(), terms.id.as_str()));
    sheet.set_name("数量核对")?;
    sheet.write_string(0, 0, format!("{title}（{id}）{month} 月度数量核对"))?;
    sheet.write_string(1, 0, format!("制表时间 {}", local(made)))?;
    heads(sheet, 3, &COUNT_HEADS, head)?;
    for (row, line) in (4_u32..).zip(lines(versions, month, visits)) {
        let name = versions
            .items()
            .iter()
            .rev()
            .flat_map(|item| item.what.areas())
            .find(|area| area.code == line.area)
            .map_or("合同外", |area| &area.name);
        let reasons: Vec<String> = line
            .not_counted
            .iter()
            .map(|(reason, visits)| format!("{} {visits}", reason.label(Language::Zh)))
            .collect();
        sheet.write_string(row, 0, &line.area)?;
        sheet.write_string(row, 1, name)?;
        sheet.write_string(row, 2, &line.period)?;
        let not_counted = line.not_counted.values().sum();
        let numbers = [
            line.contracted,
            line.underway,
            line.received,
            line.counted,
            not_counted,
        ];
        for (column, number) in (3_u16..).zip(numbers) {
            #[expect(clippy::cast_precision_loss, reason = "numbers of visits, exact below 2^53")]
            sheet.write_number(row, column, number as f64)?;
        }
        sheet.write_string(row, 8, reasons.join("；"))?;
    }
    sheet.set_column_width(1, 18)?;
    sheet.set_column_width(8, 60)?;
    Ok(())
}

fn visits_sheet(sheet: &mut Worksheet, visits: &[Visit], head: &Format) -> Result<(), XlsxError> {
    sheet.set_name("入户清单")?;
    heads(sheet, 0, &VISIT_HEADS, head)?;
    for (row, visit) in (1_u32..).zip(visits) {
        let place = &visit.place;
        let texts = [
            visit.household.clone(),
            visit.visit.clone(),
            place.area.clone(),
            place.period.clone(),
            State::label(place.state, Language::Zh).to_owned(),
            place
                .reason
                .map_or("", |reason| Reason::label(reason, Language::Zh))
                .to_owned(),
            visit.outcome.clone(),
            local(visit.opened),
            visit.received.map(local).unwrap_or_default(),
            visit.seal.clone(),
        ];
        for (column, text) in (0_u16..).zip(texts) {
            sheet.write_string(row, column, text)?;
        }
    }
    let last = u32::try_from(visits.len()).unwrap_or(u32::MAX - 1);
    sheet.autofilter(0, 0, last, 9)?;
    sheet.set_freeze_panes(1, 0)?;
    for column in [1, 7, 8] {
        sheet.set_column_width(column, 28)?;
    }
    Ok(())
}

fn heads(sheet: &mut Worksheet, row: u32, heads: &[&str], format: &Format) -> Result<(), XlsxError> {
    for (column, text) in (0_u16..).zip(heads) {
        sheet.write_string_with_format(row, column, *text, format)?;
    }
    Ok(())
}

/// A time as people in Inner Mongolia read it.
fn local(time: WallTime) -> String {
    let shifted = chrono::DateTime::from_timestamp_millis(time.ms().saturating_add(SHANGHAI_MS));
    shifted
        .map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_in_shanghai() {
        let month: Month = "2026-03".parse().unwrap();
        let (from, until) = month.bounds();
        assert_eq!(from.to_string(), "2026-02-28T16:00:00.000Z");
        assert_eq!(until.to_string(), "2026-03-31T16:00:00.000Z");
        assert_eq!(
            (local(from), month.to_string()),
            ("2026-03-01 00:00:00".to_owned(), "2026-03".to_owned())
        );
        for wrong in ["2026-13", "2026-3", "26-03", "2026", "+026-03"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }
}
