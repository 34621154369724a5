//! Pictures that look like no other.

use crate::chance::Chance;

/// A picture that looks like no other: blocks of grey from a hash of the number.
pub fn picture(n: u8) -> Vec<u8> {
    let pattern = hudang_evidence::id::Sha256::of(&[n]);
    let shade = |x: u32, y: u32| pattern.as_bytes()[((x / 8 + y / 8 * 8) % 32) as usize];
    let grey = image::GrayImage::from_fn(64, 64, |x, y| {
        image::Luma([shade(x, y) ^ if y >= 32 { 0x5a } else { 0 }])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A photo as a camera writes it, of a scene that looks like no other: soft patches of colour under grain, as JPEG.
pub fn scene(n: u32) -> Vec<u8> {
    const PATCHES: usize = 9;
    const SIDE: u32 = 48;
    let mut chance = Chance::new(u64::from(n) ^ 0x5ce2_e000_0000_0000);
    let colours: Vec<[u32; 3]> = (0..PATCHES * PATCHES)
        .map(|_| [(); 3].map(|()| 20 + u32::try_from(chance.below(216)).unwrap()))
        .collect();
    let patches = u32::try_from(PATCHES).unwrap();
    let (width, height) = ((patches - 1) * SIDE, (patches - 1) * SIDE * 3 / 4);
    let photo = image::RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x, y * 4 / 3);
        let at = |column: u32, row: u32| colours[(row * patches + column) as usize];
        let (column, row, right, down) = (x / SIDE, y / SIDE, x % SIDE, y % SIDE);
        let corners = [
            (at(column, row), (SIDE - right) * (SIDE - down)),
            (at(column + 1, row), right * (SIDE - down)),
            (at(column, row + 1), (SIDE - right) * down),
            (at(column + 1, row + 1), right * down),
        ];
        let grain = u32::try_from(chance.below(20)).unwrap();
        let channel = |place: usize| {
            let mixed: u32 = corners
                .iter()
                .map(|(colour, weight)| colour[place] * weight)
                .sum();
            u8::try_from(mixed / (SIDE * SIDE) + grain).unwrap()
        };
        image::Rgb([channel(0), channel(1), channel(2)])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 92);
    photo.write_with_encoder(encoder).unwrap();
    bytes.into_inner()
}

/// A JPEG as a camera would have taken it at this local time, e.g. `2026:03:20 09:41:07`: whatever the file said of time and
/// place gives way to the time alone. Returns `None` if it is no JPEG, or its segments do not follow one another.
pub fn taken_at(jpeg: &[u8], local: &str) -> Option<Vec<u8>> {
    const START: [u8; 2] = [0xff, 0xd8];
    const APP1: u8 = 0xe1;
    const SCAN: u8 = 0xda;
    let exif = exif(local);
    let mut bytes = jpeg.get(..2).filter(|start| *start == START)?.to_vec();
    bytes.extend([0xff, APP1]);
    bytes.extend(u16::try_from(exif.len() + 2).ok()?.to_be_bytes());
    bytes.extend(exif);
    let mut at = START.len();
    loop {
        let [0xff, marker, high, low] = *jpeg.get(at..at + 4)? else {
            return None;
        };
        if marker == SCAN {
            bytes.extend(&jpeg[at..]);
            return Some(bytes);
        }
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let segment = jpeg.get(at..end)?;
        if marker != APP1 {
            bytes.extend(segment);
        }
        at = end;
    }
}

/// EXIF with the time of taking and nothing else (EXIF 2.32 §4.6).
fn exif(local: &str) -> Vec<u8> {
    assert_eq!(local.len(), 19, "{local}");
    let mut bytes = b"Exif\0\0MM\0\x2a".to_vec();
    bytes.extend(8_u32.to_be_bytes());
    let mut directory = |tag: u16, kind: u16, count: u32, value: u32| {
        bytes.extend(1_u16.to_be_bytes());
        bytes.extend(tag.to_be_bytes());
        bytes.extend(kind.to_be_bytes());
        bytes.extend(count.to_be_bytes());
        bytes.extend(value.to_be_bytes());
        bytes.extend(0_u32.to_be_bytes());
    };
    // The first directory points to the one of EXIF, that one to its text.
    directory(0x8769, 4, 1, 26);
    directory(0x9003, 2, 20, 44);
    bytes.extend(local.as_bytes());
    bytes.push(0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use hudang_media::photo::{Limits, fingerprint, inspect};

    #[test]
    fn what_is_no_jpeg_is_left_alone() {
        let scene = scene(1);
        for bytes in [&picture(1)[..], &scene[..1], &scene[..30], b""] {
            assert_eq!(taken_at(bytes, "2026:03:20 09:41:07"), None);
        }
    }

    #[test]
    fn a_scene_is_a_photo_that_was_taken_when_it_says_and_looks_like_no_other() {
        let limits = Limits::default();
        let prints: Vec<_> = (0..40)
            .map(|n| {
                let photo = taken_at(&scene(n), "2026:03:20 09:41:07").unwrap();
                let facts = inspect(&photo, &limits).unwrap();
                assert_eq!((facts.width, facts.height, facts.truncated), (384, 288, false));
                assert_eq!(facts.taken_local.unwrap().to_string(), "2026-03-20 09:41:07");
                assert_eq!(facts.position, None);
                assert_eq!(taken_at(&photo, "2026:03:20 09:41:07").as_ref(), Some(&photo));
                fingerprint(&photo, &limits).unwrap()
            })
            .collect();
        for (n, print) in prints.iter().enumerate() {
            for other in &prints[n + 1..] {
                assert!(print.distance(other.upright()) > hudang_media::photo::REUSE_DISTANCE_MAX);
            }
        }
    }
}
