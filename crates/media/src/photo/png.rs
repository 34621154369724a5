//! PNG chunks (W3C PNG, third edition), without the pixels.

use super::{Frame, PhotoFormat};
use crate::bytes::Bytes;

/// Sixteen bits for each of four channels, and one byte of luma.
const BYTES_PER_PIXEL: u64 = 9;

/// Walks the chunks to `IEND`. `None` without a readable `IHDR`.
pub(super) fn frame(bytes: &[u8]) -> Option<Frame> {
    let mut rest = Bytes(bytes.get(8..)?);
    let header = chunk(&mut rest).filter(|(name, _)| name == b"IHDR")?.1;
    let mut header = Bytes(header);
    let (width, height) = (header.u32_be()?, header.u32_be()?);
    let depth = header.u8()?;
    let mut found = Frame {
        format: PhotoFormat::Png,
        width,
        height,
        truncated: true,
        decode_bytes_per_pixel: if depth == 16 {
            BYTES_PER_PIXEL
        } else {
            BYTES_PER_PIXEL / 2 + 1
        },
        exif: None,
    };
    while let Some((name, data)) = chunk(&mut rest) {
        match &name {
            b"IEND" => {
                found.truncated = false;
                break;
            }
            b"eXIf" if found.exif.is_none() => found.exif = Some(data.to_vec()),
            _ => {}
        }
    }
    Some(found)
}

fn chunk<'a>(rest: &mut Bytes<'a>) -> Option<([u8; 4], &'a [u8])> {
    let length = usize::try_from(rest.u32_be()?).ok()?;
    let name = rest.array()?;
    let data = rest.take(length)?;
    let _crc = rest.u32_be()?;
    Some((name, data))
}
