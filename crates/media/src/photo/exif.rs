//! EXIF fields that are evidence: orientation, time, place (JEITA CP-3451 / CIPA DC-008).
//!
//! Cameras and editors break the rest of the structure often; whatever can be read is taken, the rest is left out.

use chrono::{NaiveDate, NaiveDateTime};
use exif::{Exif, In, Rational, Reader, Tag, Value};

/// How the stored picture must be turned to stand upright: EXIF 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Orientation(u8);

impl Orientation {
    /// Stored upright; also what is meant when the file does not say.
    pub const UPRIGHT: Self = Self(1);

    /// The orientation of this EXIF value, if it is one of 1 to 8.
    pub const fn from_exif(value: u32) -> Option<Self> {
        match value {
            #[expect(clippy::cast_possible_truncation, reason = "1 to 8")]
            1..=8 => Some(Self(value as u8)),
            _ => None,
        }
    }

    /// The EXIF value, 1 to 8.
    pub const fn exif(self) -> u8 {
        self.0
    }

    /// Whether width and height change places when the picture is turned upright.
    pub const fn swaps_edges(self) -> bool {
        self.0 >= 5
    }
}

impl Default for Orientation {
    fn default() -> Self {
        Self::UPRIGHT
    }
}

/// A place on the WGS-84 ellipsoid in units of 1e-7 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Latitude × 10⁷, north positive, ±900,000,000.
    pub lat_e7: i32,
    /// Longitude × 10⁷, east positive, ±1,800,000,000.
    pub lon_e7: i32,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct ExifFacts {
    pub(super) orientation: Orientation,
    pub(super) taken_local: Option<NaiveDateTime>,
    pub(super) taken_offset_minutes: Option<i16>,
    pub(super) position: Option<Position>,
}

/// Reads a TIFF structure. Never fails: what cannot be read is absent.
pub(super) fn read(tiff: Vec<u8>) -> ExifFacts {
    let parsed = Reader::new()
        .continue_on_error(true)
        .read_raw(tiff)
        .or_else(|error| error.distill_partial_result(|_| {}));
    let Ok(exif) = parsed else {
        return ExifFacts::default();
    };
    ExifFacts {
        orientation: exif
            .get_field(Tag::Orientation, In::PRIMARY)
            .and_then(|field| field.value.get_uint(0))
            .and_then(Orientation::from_exif)
            .unwrap_or_default(),
        taken_local: ascii(&exif, Tag::DateTimeOriginal).and_then(local_time),
        taken_offset_minutes: ascii(&exif, Tag::OffsetTimeOriginal).and_then(offset_minutes),
        position: position(&exif),
    }
}

fn ascii(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => lines.first().map(Vec::as_slice),
        Value::Undefined(bytes, _) => Some(bytes),
        _ => None,
    }
}

/// `YYYY:MM:DD HH:MM:SS`; some writers put other separators. Blank or impossible times are no times.
fn local_time(text: &[u8]) -> Option<NaiveDateTime> {
    let mut numbers = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(number);
    let mut next = || numbers.next().flatten();
    let (year, month, day) = (next()?, next()?, next()?);
    if year == 0 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    date.and_hms_opt(next()?, next()?, next()?)
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.len() > 4 {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// `+HH:MM` or `-HH:MM`.
fn offset_minutes(text: &[u8]) -> Option<i16> {
    let (sign, rest) = text.split_first()?;
    let mut parts = rest.split(|byte| !byte.is_ascii_digit()).map(number);
    let (hours, minutes) = (parts.next()??, parts.next()??);
    if hours > 24 || minutes > 59 {
        return None;
    }
    let total = i16::try_from(hours * 60 + minutes).ok()?;
    match sign {
        b'+' => Some(total),
        b'-' => Some(-total),
        _ => None,
    }
}

/// Both coordinates with their hemispheres, or nothing: half a place is no place.
fn position(exif: &Exif) -> Option<Position> {
    let lat_e7 = coordinate(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, [b'N', b'S'], 90)?;
    let lon_e7 = coordinate(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, [b'E', b'W'], 180)?;
    Some(Position { lat_e7, lon_e7 })
}

fn coordinate(exif: &Exif, tag: Tag, hemisphere: Tag, letters: [u8; 2], degrees_max: i64) -> Option<i32> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else {
        return None;
    };
    let [positive, negative] = letters;
    let sign = match ascii(exif, hemisphere)?.first()?.to_ascii_uppercase() {
        letter if letter == positive => 1,
        letter if letter == negative => -1,
        _ => return None,
    };
    let mut parts = parts.iter();
    // In units of 1e-10 degrees, so that three roundings do not add up to one of 1e-7.
    let mut total = scaled(*parts.next()?, 1)?;
    for (part, per_degree) in parts.zip([60, 3_600]) {
        total = total.checked_add(scaled(*part, per_degree).unwrap_or(0))?;
    }
    let e7 = (total + 500) / 1_000;
    if e7 > degrees_max * 10_000_000 {
        return None;
    }
    i32::try_from(sign * e7).ok()
}

/// A rational in units of 1e-10 degrees.
fn scaled(value: Rational, per_degree: i128) -> Option<i64> {
    let divisor = i128::from(value.denom) * per_degree;
    if divisor == 0 {
        return None;
    }
    i64::try_from((i128::from(value.num) * 10_000_000_000 + divisor / 2) / divisor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_cameras_write_them() {
        let shown = |text: &[u8]| local_time(text).map(|time| time.to_string());
        assert_eq!(
            shown(b"2008:10:22 16:28:39").as_deref(),
            Some("2008-10-22 16:28:39")
        );
        assert_eq!(
            shown(b"2021-04-11T15:47:53").as_deref(),
            Some("2021-04-11 15:47:53")
        );
        for blank in [
            &b"0000:00:00 00:00:00"[..],
            b"    :  :     :  :  ",
            b"",
            b"2008:13:01 00:00:00",
            b"2008:10:22",
        ] {
            assert_eq!(shown(blank), None);
        }
        assert_eq!(offset_minutes(b"+08:00"), Some(480));
        assert_eq!(offset_minutes(b"-03:30"), Some(-210));
        assert_eq!(offset_minutes(b"   :  "), None);
    }
}
