//! HEIF boxes (ISO/IEC 23008-12, ISO/IEC 14496-12): the size of the primary item, and its EXIF. No pixel is decoded.

use std::io::Cursor;

use super::{Frame, PhotoFormat};
use crate::bytes::{Bytes, IsoBox, iso_boxes};

/// Walks the top boxes. `None` if no image size is declared.
pub(super) fn frame(bytes: &[u8]) -> Option<Frame> {
    let mut truncated = false;
    let mut meta = None;
    for top in iso_boxes(bytes) {
        truncated |= top.cut;
        if &top.name == b"meta" && meta.is_none() {
            // A full box: version and flags come first.
            meta = top.body.get(4..);
        }
    }
    let (width, height) = primary_size(meta?)?;
    // The extents of the Exif item are resolved by the exif crate; it gives up on anything unusual, and so do we.
    let exif = exif::Reader::new()
        .continue_on_error(true)
        .read_from_container(&mut Cursor::new(bytes))
        .or_else(|error| error.distill_partial_result(|_| {}))
        .ok()
        .map(|exif| exif.buf().to_vec());
    Some(Frame {
        format: PhotoFormat::Heic,
        width,
        height,
        truncated,
        decode_bytes_per_pixel: 0,
        exif,
    })
}

/// Size of the primary item, or of the largest if the file does not tie a size to it.
fn primary_size(meta: &[u8]) -> Option<(u32, u32)> {
    let primary = child(meta, *b"pitm").and_then(primary_item);
    let properties = child(meta, *b"iprp")?;
    let sizes: Vec<Option<(u32, u32)>> = iso_boxes(child(properties, *b"ipco")?)
        .take(10_000)
        .map(|property| image_size(&property))
        .collect();
    let linked =
        primary.and_then(|id| child(properties, *b"ipma").and_then(|body| linked_properties(body, id)));
    let tied = linked
        .into_iter()
        .flatten()
        .find_map(|index| sizes.get(usize::from(index).checked_sub(1)?).copied().flatten());
    tied.or_else(|| {
        sizes
            .iter()
            .flatten()
            .copied()
            .max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
    })
}

fn child(body: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    iso_boxes(body)
        .take(10_000)
        .find(|found| found.name == name)
        .map(|found| found.body)
}

/// `pitm`: the id of the primary item.
fn primary_item(body: &[u8]) -> Option<u32> {
    let mut body = Bytes(body);
    let version = body.u8()?;
    body.take(3)?;
    if version == 0 {
        body.u16_be().map(u32::from)
    } else {
        body.u32_be()
    }
}

/// `ispe`: width and height.
fn image_size(property: &IsoBox<'_>) -> Option<(u32, u32)> {
    if &property.name != b"ispe" {
        return None;
    }
    let mut body = Bytes(property.body.get(4..)?);
    Some((body.u32_be()?, body.u32_be()?))
}

/// `ipma`: the one-based indices of the properties of `item`.
fn linked_properties(body: &[u8], item: u32) -> Option<Vec<u16>> {
    let mut body = Bytes(body);
    let version = body.u8()?;
    let [_, _, flags] = body.array::<3>()?;
    let entries = body.u32_be()?;
    for _ in 0..entries {
        let id = if version < 1 {
            u32::from(body.u16_be()?)
        } else {
            body.u32_be()?
        };
        let count = body.u8()?;
        let mut indices = Vec::new();
        for _ in 0..count {
            // The top bit says "essential".
            indices.push(if flags & 1 == 1 {
                body.u16_be()? & 0x7FFF
            } else {
                u16::from(body.u8()? & 0x7F)
            });
        }
        if id == item {
            return Some(indices);
        }
    }
    None
}
