//! Dates with their time. Without an offset a date is one of the zone at hand; the zone is an argument.

use chrono::{
    DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Timelike as _,
    Utc,
};

const DAY_MS: f64 = 86_400_000.0;

/// A point in time, seen from a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(DateTime<FixedOffset>);

/// Offsets that exist: −14:00 to +14:00, and 14 with any minutes.
fn offset(text: &str) -> Option<FixedOffset> {
    if text == "Z" {
        return FixedOffset::east_opt(0);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3_600 + minutes * 60))
}

fn two_digits(text: &str) -> Option<i32> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The date that the first ten characters are, and what follows.
fn date(text: &str) -> Option<(NaiveDate, &str)> {
    let (date, rest) = text.split_at_checked(10)?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (year, month, day) = (date.get(..4)?, date.get(5..7)?, date.get(8..)?);
    if !(is_digits(year) && is_digits(month) && is_digits(day))
        || date.get(4..5)? != "-"
        || date.get(7..8)? != "-"
    {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    Some((date, rest))
}

/// A time and what follows it. `HH` and `HH:MM` only where `is_short` allows.
fn time(text: &str, is_short: bool) -> Option<(NaiveTime, &str)> {
    let hour = two_digits(text.get(..2)?)?;
    let mut rest = text.get(2..)?;
    let (mut minute, mut second, mut nano) = (None, None, 0);
    if let Some(after) = rest.strip_prefix(':') {
        minute = Some(two_digits(after.get(..2)?)?);
        rest = after.get(2..)?;
    }
    if minute.is_some()
        && let Some(after) = rest.strip_prefix(':')
    {
        second = Some(two_digits(after.get(..2)?)?);
        rest = after.get(2..)?;
        if let Some(after) = rest.strip_prefix('.') {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let fraction: String = after
                .get(..digits)?
                .chars()
                .chain("000000000".chars())
                .take(9)
                .collect();
            nano = if digits == 0 {
                return None;
            } else {
                fraction.parse().ok()?
            };
            rest = after.get(digits..)?;
        }
    }
    if !is_short && second.is_none() {
        return None;
    }
    let part = |value: Option<i32>| u32::try_from(value.unwrap_or_default()).ok();
    let time = NaiveTime::from_hms_nano_opt(part(Some(hour))?, part(minute)?, part(second)?, nano)?;
    Some((time, rest))
}

/// Whether `text` is a date alone, or one with a time but without an offset; gives the date.
pub fn is_date(text: &str) -> Option<&str> {
    let (_, rest) = date(text)?;
    let is_whole = match rest.strip_prefix('T') {
        None => rest.is_empty(),
        Some(rest) => time(rest, true).is_some_and(|(_, rest)| rest.is_empty()),
    };
    is_whole.then(|| text.get(..10))?
}

/// Whether `text` is a date with its time to the second, with or without an offset.
pub fn is_date_time(text: &str) -> bool {
    let rest = date(text).and_then(|(_, rest)| rest.strip_prefix('T'));
    rest.is_some_and(is_time)
}

/// Whether `text` is a time to the second, with or without an offset.
pub fn is_time(text: &str) -> bool {
    time(text, false).is_some_and(|(_, rest)| rest.is_empty() || offset(rest).is_some())
}

impl Moment {
    /// Now.
    pub fn at(now: DateTime<FixedOffset>) -> Self {
        Self(now)
    }

    /// The midnight that today began with.
    pub fn today(now: DateTime<FixedOffset>) -> Option<Self> {
        let midnight = now.date_naive().and_time(NaiveTime::MIN);
        now.timezone().from_local_datetime(&midnight).single().map(Self)
    }

    /// Reads `2026-01-31`, `2026-01-31T10`, `…T10:00`, `…T10:00:00.5`, each with an offset or without.
    pub fn parse(text: &str, zone: FixedOffset) -> Option<Self> {
        // Most texts are no dates; see that at once.
        if text.as_bytes().get(4) != Some(&b'-') {
            return None;
        }
        let (date, rest) = date(text)?;
        let Some(rest) = rest.strip_prefix('T') else {
            return rest
                .is_empty()
                .then(|| Self::local(date.and_time(NaiveTime::MIN), zone))?;
        };
        let (time, rest) = time(rest, true)?;
        let local = date.and_time(time);
        if rest.is_empty() {
            return Self::local(local, zone);
        }
        let written = offset(rest)?.from_local_datetime(&local).single()?;
        Some(Self(written.with_timezone(&zone)))
    }

    fn local(local: NaiveDateTime, zone: FixedOffset) -> Option<Self> {
        zone.from_local_datetime(&local).single().map(Self)
    }

    /// `days` after 1970-01-01T00:00Z.
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    pub fn after_days(days: f64, zone: FixedOffset) -> Option<Self> {
        let ms = (days * DAY_MS).round();
        if ms.is_nan() || ms.abs() > 8.64e15 {
            return None;
        }
        let utc = Utc.timestamp_millis_opt(ms as i64).single()?;
        Some(Self(utc.with_timezone(&zone)))
    }

    /// Days since 1970-01-01T00:00Z.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of ten thousand years fit"
    )]
    pub fn days(self) -> f64 {
        self.0.timestamp_millis() as f64 / DAY_MS
    }

    /// The part of the day that has passed, 0 to 1.
    pub fn day_fraction(self) -> f64 {
        let time = self.0.time();
        let ms =
            f64::from(time.num_seconds_from_midnight()) * 1_000.0 + f64::from(time.nanosecond() / 1_000_000);
        ms / DAY_MS
    }

    /// As ODK XForms writes it: the date alone at midnight, and else with time to the millisecond and offset.
    pub fn shown(self) -> String {
        if self.0.time() == NaiveTime::MIN {
            return self.0.format("%Y-%m-%d").to_string();
        }
        self.shown_in_full()
    }

    /// With time and offset, also at midnight.
    pub fn shown_in_full(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }

    /// By the letters of `format-date`, with names in `language`.
    pub fn formatted(self, format: &str, language: Option<&str>) -> String {
        let names = super::words::DateWords::of(language);
        let mut text = String::new();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                text.push(letter);
                continue;
            }
            let at = self.0;
            let Some(code) = letters.next() else {
                text.push('%');
                break;
            };
            let part = match code {
                'Y' => format!("{:04}", at.year()),
                'y' => format!("{:02}", at.year().rem_euclid(100)),
                'm' => format!("{:02}", at.month()),
                'n' => at.month().to_string(),
                'b' => names.month(at.month0()),
                'd' => format!("{:02}", at.day()),
                'e' => at.day().to_string(),
                'a' => names.day(at.weekday().num_days_from_sunday()),
                'H' => format!("{:02}", at.hour()),
                'h' => at.hour().to_string(),
                'M' => format!("{:02}", at.minute()),
                'S' => format!("{:02}", at.second()),
                '3' => format!("{:03}", at.timestamp_subsec_millis()),
                other => format!("%{other}"),
            };
            text.push_str(&part);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_one_of_the_zone_at_hand() {
        let shanghai = FixedOffset::east_opt(8 * 3_600).unwrap();
        let moment = Moment::parse("2026-01-31", shanghai).unwrap();
        assert_eq!(moment.shown(), "2026-01-31");
        assert_eq!(moment.shown_in_full(), "2026-01-31T00:00:00.000+08:00");
        let utc = Moment::parse("2026-01-30T16:00:00Z", shanghai).unwrap();
        assert_eq!(utc, moment);
        assert_eq!(Moment::parse("2026-02-30", shanghai), None);
        assert_eq!(Moment::parse("2026-01-31T10:00:00+15:00", shanghai), None);
        assert_eq!(Moment::parse("2026-01-3", shanghai), None);
    }

    #[test]
    fn names_of_days_and_months_are_in_the_form_s_language() {
        let zone = FixedOffset::east_opt(8 * 3_600).unwrap();
        let moment = Moment::parse("2026-02-01", zone).unwrap();
        assert_eq!(moment.formatted("%e %b %Y, %a", None), "1 Feb 2026, Sun");
        assert_eq!(
            moment.formatted("%Y年%b%e日 %a", Some("中文 (zh)")),
            "2026年2月1日 周日"
        );
        assert_eq!(moment.formatted("100%", Some("zh")), "100%");
    }
}
