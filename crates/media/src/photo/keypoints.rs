//! Keypoints of a picture: a fingerprint that survives cropping, turning, mirroring, a frame around it, and being
//! photographed from a screen or a print.
//!
//! Places that stand out (extrema of the difference of Gaussians, Lowe 2004), each with the 64 signs of what it looks
//! like. Two pictures are alike where several places look alike *and* lie as one picture moved, scaled, turned or
//! mirrored onto the other would have them.

mod code;
mod compare;
mod detect;
mod plane;

use core::f32::consts::TAU;
use std::collections::BTreeSet;

use image::GrayImage;

use self::detect::Found;
use self::plane::Plane;
use super::shrink::brightness;

/// Most places that are kept of one picture.
pub const KEYPOINTS_MAX: usize = 40;
/// From so many places in common on, a person should look whether it is one scene, photographed once.
pub const ALIKE_MIN: u32 = 4;
/// Words that two pictures share where it is worth comparing them in full.
pub const SHARED_WORDS_MIN: u32 = 2;
/// Of these, so many are looked up: an index grows with each.
const INDEXED_MAX: usize = 24;
/// Bytes that one place takes.
const BYTES: usize = 12;
/// Longer edge of the picture in which places are looked for.
const EDGE: u32 = 128;
/// Units in which places are kept, on the longer edge.
const UNITS: f32 = 256.0;

/// One place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keypoint {
    /// What it looks like.
    pub code: u64,
    /// From the left, in 1/256 of the longer edge.
    pub x: u8,
    /// From the top, in the same unit.
    pub y: u8,
    /// Its extent: sixteenths of an octave, counted from 1/256 of the longer edge.
    pub scale: u8,
    /// Its direction, in 1/256 of a turn.
    pub angle: u8,
}

/// The places of one picture, the clearest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keypoints(Vec<Keypoint>);

impl Keypoints {
    /// Finds the places of a picture.
    pub(super) fn of(luma: &GrayImage) -> Self {
        let (width, height) = (luma.width().max(1), luma.height().max(1));
        let longer = width.max(height);
        let scaled = |edge: u32| ((edge * EDGE + longer / 2) / longer).max(1);
        let (width, height) = (scaled(width), scaled(height));
        let small = Plane::new(width as usize, height as usize, brightness(luma, width, height));
        let octaves = detect::pyramid(&small);
        let mut found = Vec::new();
        for (index, octave) in octaves.iter().enumerate() {
            detect::places(index, octave, &mut found);
        }
        found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        let places = found.iter().filter_map(|place| {
            let plane = octaves.get(place.octave)?.levels.get(place.level)?;
            is_inside(plane, place).then_some((place, plane))
        });
        let looked_at = places.flat_map(|(place, plane)| {
            let angles = detect::directions(plane, place).into_iter();
            angles.map(|angle| keypoint(place, angle, code::code(plane, place, angle)))
        });
        Self(looked_at.take(KEYPOINTS_MAX).collect())
    }

    /// The words under which this picture is to be found.
    pub fn words(&self) -> BTreeSet<u32> {
        self.0
            .iter()
            .take(INDEXED_MAX)
            .flat_map(|place| code::words(place.code))
            .collect()
    }

    /// The words of all places, as they are and mirrored: under which pictures like this one may be found.
    pub fn words_alike(&self) -> BTreeSet<u32> {
        let codes = self
            .0
            .iter()
            .flat_map(|place| [place.code, place.code ^ *code::MIRRORED]);
        codes.flat_map(code::words).collect()
    }

    /// The places, the clearest first.
    pub fn as_slice(&self) -> &[Keypoint] {
        &self.0
    }

    /// Whether a person should look at both pictures.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.in_common(other) >= ALIKE_MIN
    }

    /// Twelve bytes for each place, at most 480.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * BYTES);
        for place in &self.0 {
            bytes.extend(place.code.to_le_bytes());
            bytes.extend([place.x, place.y, place.scale, place.angle]);
        }
        bytes
    }

    /// Reads what [`Keypoints::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let read = |place: &[u8]| {
            let (code, rest) = place.split_first_chunk()?;
            let [x, y, scale, angle] = *rest else { return None };
            let code = u64::from_le_bytes(*code);
            Some(Keypoint {
                code,
                x,
                y,
                scale,
                angle,
            })
        };
        let places: Vec<Keypoint> = bytes.chunks(BYTES).map(read).collect::<Option<_>>()?;
        (places.len() <= KEYPOINTS_MAX).then_some(Self(places))
    }
}

/// Whether most of the patch around a place lies in the picture.
#[expect(clippy::cast_precision_loss, reason = "a small picture")]
fn is_inside(level: &Plane, place: &Found) -> bool {
    let margin = 0.7 * code::reach(place.deviation);
    let (width, height) = (level.width() as f32, level.height() as f32);
    place.x >= margin && place.y >= margin && place.x + margin < width && place.y + margin < height
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to 0..=255"
)]
fn keypoint(place: &Found, angle: f32, code: u64) -> Keypoint {
    let unit = UNITS / EDGE as f32 * (place.octave as f32).exp2();
    let byte = |value: f32| value.round().clamp(0.0, 255.0) as u8;
    Keypoint {
        code,
        x: byte(place.x * unit),
        y: byte(place.y * unit),
        scale: byte((place.deviation * unit).log2() * 16.0),
        angle: (angle / TAU * 256.0).round() as u32 as u8,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(places in prop::collection::vec(any::<[u8; BYTES]>(), 0..=KEYPOINTS_MAX)) {
            let bytes = places.concat();
            prop_assert_eq!(Keypoints::from_bytes(&bytes).unwrap().to_bytes(), bytes);
        }

        #[test]
        fn whatever_was_stored_is_compared(a in prop::collection::vec(any::<u8>(), 480), b in prop::collection::vec(any::<u8>(), 480)) {
            let (a, b) = (Keypoints::from_bytes(&a).unwrap(), Keypoints::from_bytes(&b).unwrap());
            prop_assert!(!a.is_alike(&b));
        }
    }

    #[test]
    fn other_bytes_are_no_keypoints() {
        assert_eq!(Keypoints::from_bytes(&[0; 13]), None);
        assert_eq!(Keypoints::from_bytes(&vec![0; 12 * (KEYPOINTS_MAX + 1)]), None);
    }

    #[test]
    fn pictures_of_nothing_have_no_keypoints() {
        for (width, height) in [(1, 1), (1, 3_000), (400, 300)] {
            let grey = GrayImage::from_pixel(width, height, image::Luma([128]));
            assert_eq!(Keypoints::of(&grey), Keypoints::default());
        }
    }
}
