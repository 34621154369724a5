//! Names of months and days.

/// The names in one language.
pub(super) struct DateWords {
    months: Option<&'static [&'static str; 12]>,
    month_suffix: &'static str,
    days: &'static [&'static str; 7],
}

const EN_MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const EN_DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const ZH_DAYS: [&str; 7] = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];
const MN_DAYS: [&str; 7] = ["Ня", "Да", "Мя", "Лх", "Пү", "Ба", "Бя"];

impl DateWords {
    /// `language` as the form calls it: `中文 (zh)`, `zh-CN`, `mn`.
    pub(super) fn of(language: Option<&str>) -> Self {
        match &*primary(language.unwrap_or_default()) {
            "zh" | "chi" | "zho" => Self {
                months: None,
                month_suffix: "月",
                days: &ZH_DAYS,
            },
            "mn" | "mon" => Self {
                months: None,
                month_suffix: "-р сар",
                days: &MN_DAYS,
            },
            _ => Self {
                months: Some(&EN_MONTHS),
                month_suffix: "",
                days: &EN_DAYS,
            },
        }
    }

    /// `month0` is 0 for January.
    pub(super) fn month(&self, month0: u32) -> String {
        match self.months {
            None => format!("{}{}", month0 + 1, self.month_suffix),
            Some(names) => at(names, month0).to_owned(),
        }
    }

    /// `day` is 0 for Sunday.
    pub(super) fn day(&self, day: u32) -> String {
        at(self.days, day).to_owned()
    }
}

/// The primary subtag of a language, as a form calls it: `zh` of `中文 (zh)` and of `zh-CN` (XLSForm, "Multiple
/// language support"; BCP 47).
pub(crate) fn primary(language: &str) -> String {
    let code = language
        .rsplit_once('(')
        .map_or(language, |(_, code)| code.trim_end_matches(')'));
    let code = code.trim().to_ascii_lowercase();
    code.split(['-', '_']).next().unwrap_or_default().to_owned()
}

fn at(names: &[&'static str], index: u32) -> &'static str {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    names.get(index).copied().unwrap_or_default()
}
