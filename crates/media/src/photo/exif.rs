//! EXIF fields that are evidence: orientation, time, place (JEITA CP-3451 / CIPA DC-008).
//!
//! Cameras and editors break the rest of the structure often; whatever can be read is taken, the rest is left out.

use chrono::{NaiveDate, NaiveDateTime};
use exif::{Exif, In, Reader, Tag, Value};

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

/// Both coordinates, or nothing: half a place is no place. What else the block holds or lacks (altitude, time, datum) is
/// not asked.
fn position(exif: &Exif) -> Option<Position> {
    let lat_e7 = coordinate(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, [b'N', b'S'], 90)?;
    let lon_e7 = coordinate(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, [b'E', b'W'], 180)?;
    Some(Position { lat_e7, lon_e7 })
}

/// Degrees, minutes, seconds, of which those may be missing or blank that the ones before them make exact. The
/// standard asks for unsigned numbers and a hemisphere; some phones write signed numbers, whose sign then is enough.
fn coordinate(exif: &Exif, tag: Tag, hemisphere: Tag, letters: [u8; 2], degrees_max: i64) -> Option<i32> {
    let value = &exif.get_field(tag, In::PRIMARY)?.value;
    let (is_signed, parts) = match value {
        Value::Rational(parts) => (
            false,
            parts
                .iter()
                .map(|part| (part.num.into(), part.denom.into()))
                .collect(),
        ),
        Value::SRational(parts) => (
            true,
            parts
                .iter()
                .map(|part| (part.num.into(), part.denom.into()))
                .collect(),
        ),
        _ => return None,
    };
    let parts: Vec<(i64, i64)> = parts;
    let is_negative = parts
        .iter()
        .any(|(num, denom)| (*num < 0) != (*denom < 0) && *num != 0);
    let [positive, negative] = letters;
    let letter =
        ascii(exif, hemisphere).and_then(|text| text.iter().find(|letter| letter.is_ascii_alphabetic()));
    let sign = match letter.map(u8::to_ascii_uppercase) {
        Some(letter) if letter == positive && !is_negative => 1,
        Some(letter) if letter == negative => -1,
        None if is_signed => {
            if is_negative {
                -1
            } else {
                1
            }
        }
        _ => return None,
    };
    let mut parts = parts.into_iter();
    // In units of 1e-10 degrees, so that three roundings do not add up to one of 1e-7.
    let mut total = scaled(parts.next()?, 1)?;
    for (part, per_degree) in parts.zip([60, 3_600]) {
        total = total.checked_add(scaled(part, per_degree).unwrap_or(0))?;
    }
    let e7 = (total + 500) / 1_000;
    if e7 > degrees_max * 10_000_000 {
        return None;
    }
    i32::try_from(sign * e7).ok()
}

/// The size of a rational in units of 1e-10 degrees.
fn scaled((num, denom): (i64, i64), per_degree: i128) -> Option<i64> {
    let divisor = i128::from(denom.abs()) * per_degree;
    if divisor == 0 {
        return None;
    }
    i64::try_from((i128::from(num.abs()) * 10_000_000_000 + divisor / 2) / divisor).ok()
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

    /// A TIFF structure, big-endian, that has only a GPS block of these fields: tag, type, count, bytes.
    fn gps_block(fields: &[(u16, u16, u32, Vec<u8>)]) -> Vec<u8> {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1A\0\0\0\0".to_vec();
        let data_at = tiff.len() + 2 + 12 * fields.len() + 4;
        let mut data: Vec<u8> = Vec::new();
        tiff.extend(u16::try_from(fields.len()).unwrap().to_be_bytes());
        for (tag, kind, count, bytes) in fields {
            tiff.extend(tag.to_be_bytes());
            tiff.extend(kind.to_be_bytes());
            tiff.extend(count.to_be_bytes());
            if bytes.len() <= 4 {
                let mut inline = bytes.clone();
                inline.resize(4, 0);
                tiff.extend(inline);
            } else {
                tiff.extend(u32::try_from(data_at + data.len()).unwrap().to_be_bytes());
                data.extend(bytes);
            }
        }
        tiff.extend([0; 4]);
        tiff.extend(data);
        tiff
    }

    const UNSIGNED: u16 = 5;
    const SIGNED: u16 = 10;

    fn number(tag: u16, kind: u16, parts: &[(i32, i32)]) -> (u16, u16, u32, Vec<u8>) {
        let bytes = parts
            .iter()
            .flat_map(|(num, denom)| [num.to_be_bytes(), denom.to_be_bytes()]);
        (
            tag,
            kind,
            u32::try_from(parts.len()).unwrap(),
            bytes.flatten().collect(),
        )
    }

    fn letter(tag: u16, letter: &[u8]) -> (u16, u16, u32, Vec<u8>) {
        (tag, 2, u32::try_from(letter.len()).unwrap(), letter.to_vec())
    }

    fn place(fields: &[(u16, u16, u32, Vec<u8>)]) -> Option<(i32, i32)> {
        read(gps_block(fields))
            .position
            .map(|position| (position.lat_e7, position.lon_e7))
    }

    #[test]
    fn a_place_needs_no_altitude_and_no_standard_type_of_number() {
        let (lat, lon) = (
            [(41, 1), (30, 1), (3_600, 100)],
            [(112, 1), (15, 1), (1_800, 100)],
        );
        let (lat_e7, lon_e7) = (415_100_000, 1_122_550_000);
        for kind in [UNSIGNED, SIGNED] {
            let bare = [
                letter(1, b"N\0"),
                number(2, kind, &lat),
                letter(3, b"E\0"),
                number(4, kind, &lon),
            ];
            assert_eq!(place(&bare), Some((lat_e7, lon_e7)));
            let south = [
                letter(1, b"S\0"),
                number(2, kind, &lat),
                letter(3, b"w\0"),
                number(4, kind, &lon),
            ];
            assert_eq!(place(&south), Some((-lat_e7, -lon_e7)));
            let mut odd = bare.to_vec();
            // An altitude of nothing by nothing, a time that is blank, a datum.
            odd.extend([
                number(6, kind, &[(0, 0)]),
                number(7, 5, &[(0, 0); 3]),
                letter(18, b"WGS-84\0"),
            ]);
            assert_eq!(place(&odd), Some((lat_e7, lon_e7)));
        }
        // Decimal minutes, and decimal degrees.
        let minutes = [
            letter(1, b"N\0"),
            number(2, 5, &[(41, 1), (306_000, 10_000), (0, 0)]),
            letter(3, b"E\0"),
            number(4, 5, &[(11_225_500, 100_000)]),
        ];
        assert_eq!(place(&minutes), Some((lat_e7, lon_e7)));
    }

    #[test]
    fn a_hemisphere_is_known_or_the_place_is_not() {
        let lat = |kind, degrees| number(2, kind, &[(degrees, 1)]);
        let lon = |kind, degrees| number(4, kind, &[(degrees, 1)]);
        assert_eq!(
            place(&[lat(SIGNED, -41), lon(SIGNED, 112)]),
            Some((-410_000_000, 1_120_000_000))
        );
        assert_eq!(
            place(&[lat(UNSIGNED, 41), lon(UNSIGNED, 112)]),
            None,
            "without letters nobody knows"
        );
        assert_eq!(
            place(&[letter(1, b"N\0"), lat(UNSIGNED, 41), lon(UNSIGNED, 112)]),
            None
        );
        assert_eq!(
            place(&[
                letter(1, b"N\0"),
                lat(SIGNED, -41),
                letter(3, b"E\0"),
                lon(SIGNED, 112)
            ]),
            None,
            "a contradiction"
        );
        assert_eq!(
            place(&[
                letter(1, b"S\0"),
                lat(SIGNED, -41),
                letter(3, b"E\0"),
                lon(SIGNED, 112)
            ]),
            Some((-410_000_000, 1_120_000_000))
        );
        assert_eq!(
            place(&[
                letter(1, b"N\0"),
                lat(UNSIGNED, 91),
                letter(3, b"E\0"),
                lon(UNSIGNED, 112)
            ]),
            None
        );
        assert_eq!(
            place(&[letter(1, b"N\0"), lat(UNSIGNED, 41)]),
            None,
            "half a place is no place"
        );
    }
}
