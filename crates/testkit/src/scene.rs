//! Pictures that nobody took: rooms of a kind, with things in them; and what is done to a picture that is used again.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, Luma};

use crate::chance::Chance;

/// One made scene. The same seed makes the same.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a small picture"
)]
pub fn scene(seed: u64) -> DynamicImage {
    let mut chance = Chance::new(seed);
    let (width, height) = (400_u32, 300_u32);
    let (dark, bright) = (chance.between(20.0, 110.0), chance.between(130.0, 240.0));
    let slope = chance.between(-1.0, 1.0);
    let mut picture = GrayImage::from_fn(width, height, |x, y| {
        let share = f32::midpoint(x as f32 / width as f32 * slope, y as f32 / height as f32) + 0.25;
        Luma([(dark + (bright - dark) * share.clamp(0.0, 1.0)) as u8])
    });
    for _ in 0..30 + chance.below(30) {
        let (left, top) = (chance.between(-20.0, 400.0), chance.between(-20.0, 300.0));
        let (wide, high) = (chance.between(6.0, 110.0), chance.between(6.0, 90.0));
        let (level, grain) = (chance.between(0.0, 255.0), chance.between(0.0, 40.0));
        let (round, pitch) = (chance.below(2) == 0, chance.between(2.0, 9.0));
        for y in top.max(0.0) as u32..(top + high).clamp(0.0, height as f32) as u32 {
            for x in left.max(0.0) as u32..(left + wide).clamp(0.0, width as f32) as u32 {
                let (u, v) = ((x as f32 - left) / wide - 0.5, (y as f32 - top) / high - 0.5);
                if round && u * u + v * v > 0.25 {
                    continue;
                }
                let pattern = ((x as f32 / pitch).sin() + (y as f32 / pitch).cos()) * grain / 2.0;
                picture.put_pixel(x, y, Luma([(level + pattern + 30.0 * u).clamp(0.0, 255.0) as u8]));
            }
        }
    }
    for pixel in picture.pixels_mut() {
        pixel.0[0] = (f32::from(pixel.0[0]) + chance.between(-5.0, 5.0)).clamp(0.0, 255.0) as u8;
    }
    DynamicImage::from(picture).blur(0.8)
}

/// As a JPEG of this quality, 1 to 100.
pub fn encoded(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = DynamicImage::from(picture.to_rgb8());
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(&picture)
        .unwrap();
    bytes
}

/// Cuts hundredths of the edges away: left, top, right, bottom.
pub fn cropped(picture: &DynamicImage, [left, top, right, bottom]: [u32; 4]) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    picture.crop_imm(
        width * left / 100,
        height * top / 100,
        width * (100 - left - right) / 100,
        height * (100 - top - bottom) / 100,
    )
}

/// A camera's date and a company's mark across a lower corner.
pub fn stamped(picture: &DynamicImage) -> DynamicImage {
    let mut luma = picture.to_luma8();
    let (width, height) = luma.dimensions();
    for y in height * 85 / 100..height * 95 / 100 {
        for x in width * 55 / 100..width * 97 / 100 {
            if (x / 4 + y / 6) % 3 != 0 {
                luma.put_pixel(x, y, Luma([250]));
            }
        }
    }
    DynamicImage::from(luma)
}

/// A print on a table, photographed aslant, a little out of focus, under another light.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a small picture"
)]
pub fn photographed(picture: &DynamicImage, tilt: f32, turn: f32, frame: f32) -> DynamicImage {
    let luma = picture.to_luma8();
    let (width, height) = luma.dimensions();
    let (wide, high) = (width as f32, height as f32);
    let (sin, cos) = turn.sin_cos();
    let print = GrayImage::from_fn(width, height, |x, y| {
        let u = (x as f32 / wide - 0.5) * (1.0 + 2.0 * frame);
        let v = (y as f32 / high - 0.5) * (1.0 + 2.0 * frame) * high / wide;
        let (across, down) = (u * cos - v * sin, u * sin + v * cos);
        let depth = 1.0 + tilt * (across + 0.5 * down);
        let (px, py) = (
            (across / depth + 0.5) * wide,
            (down / depth * wide / high + 0.5) * high,
        );
        let level = if px < 0.0 || py < 0.0 || px >= wide || py >= high {
            40.0 + 20.0 * ((x / 7 + y / 11) % 3) as f32
        } else {
            f32::from(luma.get_pixel(px as u32, py as u32).0[0])
        };
        Luma([((level - 128.0) * 0.85 + 140.0).clamp(0.0, 255.0) as u8])
    });
    DynamicImage::from(print).blur(wide / 500.0)
}

/// Puts an EXIF block into a JPEG: when it was taken, local time, and where, in 1e-7 degrees north and east.
pub fn with_exif(jpeg: &[u8], taken: &str, place: Option<(u32, u32)>) -> Vec<u8> {
    let field = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [
            &tag.to_be_bytes()[..],
            &kind.to_be_bytes(),
            &count.to_be_bytes(),
            &value,
        ]
        .concat()
    };
    // Header, IFD0 with two pointers, the Exif block with one field, the GPS block with four, then their values.
    let (exif_at, gps_at, taken_at, place_at) = (38_u32, 56_u32, 110_u32, 130_u32);
    let mut tiff = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    tiff.extend(field(0x8769, 4, 1, exif_at.to_be_bytes()));
    tiff.extend(field(0x8825, 4, 1, gps_at.to_be_bytes()));
    tiff.extend([0; 4]);
    tiff.extend([0, 1]);
    tiff.extend(field(0x9003, 2, 20, taken_at.to_be_bytes()));
    tiff.extend([0; 4]);
    tiff.extend([0, if place.is_some() { 4 } else { 0 }]);
    tiff.extend(field(1, 2, 2, *b"N\0\0\0"));
    tiff.extend(field(2, 5, 1, place_at.to_be_bytes()));
    tiff.extend(field(3, 2, 2, *b"E\0\0\0"));
    tiff.extend(field(4, 5, 1, (place_at + 8).to_be_bytes()));
    tiff.extend([0; 4]);
    assert_eq!((tiff.len(), taken.len()), (taken_at as usize, 19));
    tiff.extend(taken.as_bytes());
    tiff.push(0);
    let (north, east) = place.unwrap_or_default();
    for part in [north, 10_000_000, east, 10_000_000] {
        tiff.extend(part.to_be_bytes());
    }
    let length = u16::try_from(2 + 6 + tiff.len()).unwrap();
    let segment = [b"\xFF\xE1", &length.to_be_bytes()[..], b"Exif\0\0", &tiff].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}
