//! WebP chunks (RFC 9649), without the pixels.

use super::{Frame, PhotoFormat};
use crate::bytes::Bytes;

/// Four bytes out, as much again of planes while decoding, and one of luma.
const BYTES_PER_PIXEL: u64 = 9;

/// Walks the chunks of the RIFF container. `None` if none of them tells the size.
pub(super) fn frame(bytes: &[u8]) -> Option<Frame> {
    let mut rest = Bytes(bytes);
    rest.take(4)?;
    let claimed = u64::from(rest.u32_le()?) + 8;
    rest.take(4)?;
    let mut size = None;
    let mut exif = None;
    let mut cut = claimed > bytes.len() as u64;
    let mut has_picture = false;
    while !rest.0.is_empty() {
        let Some((name, data, whole)) = chunk(&mut rest) else {
            break;
        };
        cut |= !whole;
        match &name {
            b"VP8X" => size = size.or_else(|| extended_size(data)),
            b"VP8 " => (size, has_picture) = (size.or_else(|| lossy_size(data)), true),
            b"VP8L" => (size, has_picture) = (size.or_else(|| lossless_size(data)), true),
            b"ANMF" => has_picture = true,
            b"EXIF" if whole && exif.is_none() => {
                // Some writers keep the prefix of JPEG's APP1.
                exif = Some(data.strip_prefix(b"Exif\0\0").unwrap_or(data).to_vec());
            }
            _ => {}
        }
    }
    let (width, height) = size?;
    Some(Frame {
        format: PhotoFormat::WebP,
        width,
        height,
        truncated: cut || !has_picture,
        decode_bytes_per_pixel: BYTES_PER_PIXEL,
        exif,
    })
}

/// One chunk: name, the data that is present, and whether that is all of it.
fn chunk<'a>(rest: &mut Bytes<'a>) -> Option<([u8; 4], &'a [u8], bool)> {
    let name = rest.array()?;
    let length = usize::try_from(rest.u32_le()?).ok()?;
    let whole = length <= rest.0.len();
    let data = rest.take(length.min(rest.0.len()))?;
    if length % 2 == 1 {
        rest.take(1);
    }
    Some((name, data, whole))
}

fn extended_size(data: &[u8]) -> Option<(u32, u32)> {
    let mut header = Bytes(data);
    header.take(4)?;
    let mut edge = || {
        header
            .array::<3>()
            .map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]) + 1)
    };
    Some((edge()?, edge()?))
}

fn lossy_size(data: &[u8]) -> Option<(u32, u32)> {
    let mut header = Bytes(data);
    header.take(3)?;
    header
        .take(3)
        .filter(|start_code| *start_code == [0x9D, 0x01, 0x2A])?;
    // The upper two bits are a scaling hint.
    let mut edge = || header.u16_le().map(|edge| u32::from(edge & 0x3FFF));
    Some((edge()?, edge()?))
}

fn lossless_size(data: &[u8]) -> Option<(u32, u32)> {
    let mut header = Bytes(data);
    header.u8().filter(|signature| *signature == 0x2F)?;
    let bits = header.u32_le()?;
    Some(((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1))
}
