//! Difference hash (dHash) of 64 bits, to find the same photo handed in twice.
//!
//! Luma, triangle (bilinear) filter to 9 × 8, one bit per pixel pair: left < right, row by row (DESIGN §5). A box filter
//! misses one in twenty of the pairs that it should find. A turned or mirrored copy is found by keeping the hash of all
//! eight orientations of one of the two photos.

use core::fmt;

use image::metadata::Orientation as Turn;
use image::{DynamicImage, GrayImage};

use super::Orientation;
use super::shrink::shrink;

/// Largest distance at which two photos are a possible reuse.
pub const REUSE_DISTANCE_MAX: u32 = 10;

const COLUMNS: u32 = 9;
const ROWS: u32 = 8;

/// The difference hash of one picture in one orientation. First pair of the first row is the highest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DifferenceHash(pub u64);

impl DifferenceHash {
    /// Number of bits that differ, 0 to 64.
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for DifferenceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The difference hashes of one picture in its eight orientations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// `orientations[i]` is the hash after the EXIF orientation `i + 1` is applied; the first is the picture as it is.
    orientations: [DifferenceHash; 8],
}

impl Fingerprint {
    /// Hashes a stored picture, as it looks after it is turned upright.
    pub(super) fn of(luma: &GrayImage, orientation: Orientation) -> Self {
        // Turning the picture and shrinking it commute, so two small pictures give all eight.
        let wide = Grid::shrink(luma, COLUMNS, ROWS).turned(orientation);
        let tall = Grid::shrink(luma, ROWS, COLUMNS).turned(orientation);
        let (wide, tall) = if orientation.swaps_edges() {
            (tall, wide)
        } else {
            (wide, tall)
        };
        let hash = |column_of: fn(u32, u32) -> (u32, u32), grid: &Grid| grid.hash(column_of);
        Self {
            orientations: [
                hash(|x, y| (x, y), &wide),
                hash(|x, y| (COLUMNS - 1 - x, y), &wide),
                hash(|x, y| (COLUMNS - 1 - x, ROWS - 1 - y), &wide),
                hash(|x, y| (x, ROWS - 1 - y), &wide),
                hash(|x, y| (y, x), &tall),
                hash(|x, y| (y, COLUMNS - 1 - x), &tall),
                hash(|x, y| (ROWS - 1 - y, COLUMNS - 1 - x), &tall),
                hash(|x, y| (ROWS - 1 - y, x), &tall),
            ],
        }
    }

    /// The hash of the picture as it stands: what is stored and searched.
    pub const fn upright(&self) -> DifferenceHash {
        let [upright, ..] = self.orientations;
        upright
    }

    /// Hashes of all eight orientations, the upright one first.
    pub const fn orientations(&self) -> &[DifferenceHash; 8] {
        &self.orientations
    }

    /// Least distance of any orientation of this picture to another picture, 0 to 64. At most
    /// [`REUSE_DISTANCE_MAX`] means: a person should look whether it is the same photo.
    pub fn distance(&self, other: DifferenceHash) -> u32 {
        self.orientations
            .iter()
            .map(|hash| hash.distance(other))
            .min()
            .unwrap_or(u64::BITS)
    }
}

/// A picture shrunk to 9 × 8 or 8 × 9.
struct Grid(GrayImage);

impl Grid {
    fn shrink(luma: &GrayImage, width: u32, height: u32) -> Self {
        Self(shrink(luma, width, height))
    }

    fn turned(self, orientation: Orientation) -> Self {
        let mut picture = DynamicImage::ImageLuma8(self.0);
        if let Some(turn) = Turn::from_exif(orientation.exif()) {
            picture.apply_orientation(turn);
        }
        Self(picture.into_luma8())
    }

    /// Hashes the 9 × 8 picture whose pixel (x, y) is this one's pixel `source(x, y)`.
    fn hash(&self, source: fn(u32, u32) -> (u32, u32)) -> DifferenceHash {
        let pixel = |x, y| {
            let (column, row) = source(x, y);
            self.0.get_pixel_checked(column, row).map_or(0, |luma| luma.0[0])
        };
        let mut bits = 0;
        for y in 0..ROWS {
            for x in 0..COLUMNS - 1 {
                bits = (bits << 1) | u64::from(pixel(x, y) < pixel(x + 1, y));
            }
        }
        DifferenceHash(bits)
    }
}
