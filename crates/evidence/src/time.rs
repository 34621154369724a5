//! Times and money as they stand in evidence: integers with a unit, never a float.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A wall-clock time as a device told it, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Text form: RFC 3339 with milliseconds and `Z`, e.g. `2026-11-23T13:40:15.123Z`. Years 1970 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

/// A text or number is not a wall time between 1970 and 9999 in the one accepted form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the form 2026-11-23T13:40:15.123Z")]
pub struct TimeError;

impl WallTime {
    const MAX_MS: i64 = 253_402_300_799_999;

    /// Takes milliseconds since 1970.
    pub const fn from_ms(ms: i64) -> Result<Self, TimeError> {
        if ms < 0 || ms > Self::MAX_MS {
            Err(TimeError)
        } else {
            Ok(Self(ms))
        }
    }

    /// Takes milliseconds since 1970, moved to the nearest end where a broken clock leaves the range.
    pub const fn from_ms_clamped(ms: i64) -> Self {
        if ms < 0 {
            Self(0)
        } else if ms > Self::MAX_MS {
            Self(Self::MAX_MS)
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since 1970.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// The calendar day in Asia/Shanghai (UTC+8, no summer time since 1991): what decides contract periods.
    pub fn day(self) -> NaiveDate {
        let shanghai = FixedOffset::east_opt(8 * 3600);
        let utc = DateTime::<Utc>::from_timestamp_millis(self.0).unwrap_or_default();
        shanghai.map_or_else(|| utc.date_naive(), |zone| utc.with_timezone(&zone).date_naive())
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = DateTime::<Utc>::from_timestamp_millis(self.0).unwrap_or_default();
        f.write_str(&utc.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for WallTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| TimeError)?;
        let time = Self::from_ms(parsed.timestamp_millis())?;
        // One time has one text: other offsets, precisions and leap seconds are refused.
        if time.to_string() == text {
            Ok(time)
        } else {
            Err(TimeError)
        }
    }
}

impl JsonSchema for WallTime {
    fn schema_name() -> Cow<'static, str> {
        "WallTime".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_time_has_one_text() {
        let time: WallTime = "2026-11-23T13:40:15.123Z".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-23T13:40:15.123Z");
        for text in [
            "2026-11-23T13:40:15Z",
            "2026-11-23T13:40:15.1230Z",
            "2026-11-23T21:40:15.123+08:00",
            "",
            "x",
        ] {
            assert!(text.parse::<WallTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_day_is_the_day_in_shanghai() {
        let late: WallTime = "2026-03-31T16:00:00.000Z".parse().unwrap();
        assert_eq!(late.day().to_string(), "2026-04-01");
        let early: WallTime = "2026-03-31T15:59:59.999Z".parse().unwrap();
        assert_eq!(early.day().to_string(), "2026-03-31");
    }
}
