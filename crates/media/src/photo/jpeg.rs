//! JPEG markers (ITU-T T.81 Annex B), without the entropy-coded data.

use super::{Frame, PhotoFormat};
use crate::bytes::Bytes;

/// Baseline: three bytes of colour and one of luma per pixel.
const BASELINE_BYTES_PER_PIXEL: u64 = 4;
/// Progressive: all coefficients, two bytes for each of up to four components, are held until the last scan.
const PROGRESSIVE_BYTES_PER_PIXEL: u64 = 12;

/// Walks the markers up to the end of the first image. `None` if there is no frame header.
pub(super) fn frame(bytes: &[u8]) -> Option<Frame> {
    let mut found = Frame {
        format: PhotoFormat::Jpeg,
        width: 0,
        height: 0,
        truncated: true,
        decode_bytes_per_pixel: BASELINE_BYTES_PER_PIXEL,
        exif: None,
    };
    let mut rest = Bytes(bytes.get(2..)?);
    let mut in_scan = false;
    while let Some(marker) = next_marker(&mut rest) {
        match marker {
            0xD9 => {
                found.truncated = false;
                break;
            }
            // Standalone: TEM, RSTn, SOI.
            0x01 | 0xD0..=0xD8 => continue,
            _ => {}
        }
        if in_scan && !belongs_between_scans(marker) {
            // Damaged entropy-coded data looks like a marker; what follows is no segment.
            continue;
        }
        let Some(segment) = segment(&mut rest) else { break };
        match marker {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF if found.width == 0 => {
                (found.height, found.width) = frame_size(segment)?;
                if marker != 0xC0 && marker != 0xC1 {
                    found.decode_bytes_per_pixel = PROGRESSIVE_BYTES_PER_PIXEL;
                }
            }
            0xE1 if found.exif.is_none() => {
                found.exif = segment
                    .strip_prefix(b"Exif\0")
                    .and_then(|rest| rest.get(1..))
                    .map(<[u8]>::to_vec);
            }
            0xDA => in_scan = true,
            _ => {}
        }
    }
    (found.width != 0).then_some(found)
}

/// Moves behind the next marker and gives its second byte. A stuffed zero makes no marker.
fn next_marker(rest: &mut Bytes<'_>) -> Option<u8> {
    loop {
        let skipped = rest.0.iter().position(|byte| *byte == 0xFF)?;
        rest.take(skipped + 1)?;
        // Any number of 0xFF may fill the space before a marker.
        let fill = rest.0.iter().position(|byte| *byte != 0xFF)?;
        rest.take(fill)?;
        let marker = rest.u8()?;
        if marker != 0 {
            return Some(marker);
        }
    }
}

/// DHT, SOS, DQT, DNL, DRI, `APPn`, COM; a new frame header cannot come after a scan.
fn belongs_between_scans(marker: u8) -> bool {
    matches!(marker, 0xC4 | 0xDA..=0xDD | 0xE0..=0xEF | 0xFE)
}

fn segment<'a>(rest: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let length = usize::from(rest.u16_be()?);
    rest.take(length.checked_sub(2)?)
}

fn frame_size(segment: &[u8]) -> Option<(u32, u32)> {
    let mut header = Bytes(segment);
    header.u8()?;
    Some((u32::from(header.u16_be()?), u32::from(header.u16_be()?)))
}
