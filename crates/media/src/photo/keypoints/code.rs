//! What a place looks like, in 64 bits: the signs of 63 low frequencies of the patch around it, and whether it is
//! brighter than what surrounds it.
//!
//! The patch is cut out at the extent and in the direction of the place, so that scale and turning drop out; the mean of
//! each ring is taken away, because every bright spot has the same rings; signs of a cosine transform do not ask
//! how bright or how hard the picture is. A mirrored patch has the signs of its odd rows turned.

use core::f32::consts::PI;
use std::sync::LazyLock;

use super::detect::Found;
use super::plane::Plane;

/// Samples along an edge of the patch.
const EDGE: usize = 12;
/// Half the patch, in blurs of the place.
const REACH: f32 = 6.0;
/// Frequencies along an edge that are looked at.
const FREQUENCIES: usize = 11;

/// The frequencies of the lower 63 bits, low ones first: across, down.
static ORDER: LazyLock<Vec<(usize, usize)>> = LazyLock::new(|| {
    let mut order: Vec<(usize, usize)> = (0..FREQUENCIES)
        .flat_map(|across| (0..FREQUENCIES).map(move |down| (across, down)))
        // The mean was taken away; the gradient's direction was turned to lie along the rows, so its sign says nothing.
        .filter(|(across, down)| across + down > 1)
        .collect();
    order.sort_by_key(|(across, down)| (across * across + down * down, *down));
    order.truncate(63);
    order
});

/// `COSINES[frequency][place]`.
static COSINES: LazyLock<Vec<Vec<f32>>> = LazyLock::new(|| {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let cosine =
        |frequency: usize, place: usize| (PI * frequency as f32 * (place as f32 + 0.5) / EDGE as f32).cos();
    (0..FREQUENCIES)
        .map(|frequency| (0..EDGE).map(|place| cosine(frequency, place)).collect())
        .collect()
});

/// The bits that a mirrored patch has the other way round.
pub(super) static MIRRORED: LazyLock<u64> = LazyLock::new(|| {
    ORDER
        .iter()
        .enumerate()
        .filter(|(_, (_, down))| down % 2 == 1)
        .fold(0, |mask, (bit, _)| mask | 1 << bit)
});

/// Bits by which places are looked up, twice twenty of those that vary most from picture to picture and least between
/// pictures of one scene, and the highest, which tells bright from dark.
const LOOKED_UP: [[u32; 21]; 2] = [
    [
        0, 2, 3, 7, 8, 13, 14, 15, 17, 19, 21, 23, 26, 31, 34, 40, 48, 49, 60, 61, 63,
    ],
    [
        1, 4, 6, 7, 9, 13, 15, 16, 17, 20, 24, 27, 28, 30, 31, 38, 43, 50, 53, 62, 63,
    ],
];

/// The words under which a place is looked up; either may agree.
pub(super) fn words(code: u64) -> [u32; 2] {
    let mut place = 0;
    LOOKED_UP.map(|bits| {
        place += 1;
        bits.iter()
            .fold(place, |word, bit| word << 1 | u32::from(code >> bit & 1 == 1))
    })
}

/// Half the edge of the patch around a place of this extent.
pub(super) fn reach(deviation: f32) -> f32 {
    REACH * deviation
}

/// Looks at the patch around a place.
pub(super) fn code(plane: &Plane, found: &Found, angle: f32) -> u64 {
    let patch = patch(plane, found, angle);
    // Rows first: `sums[row][frequency across]`.
    let sums: Vec<Vec<f32>> = patch
        .iter()
        .map(|row| COSINES.iter().map(|cosines| dot(row, cosines)).collect())
        .collect();
    let mut bits = u64::from(found.is_bright) << 63;
    for (bit, (across, down)) in ORDER.iter().enumerate() {
        let column = sums.iter().map(|row| row.get(*across).copied().unwrap_or(0.0));
        let cosines = COSINES.get(*down).map(Vec::as_slice).unwrap_or_default();
        let value: f32 = column.zip(cosines).map(|(sum, cosine)| sum * cosine).sum();
        bits |= u64::from(value > 0.0) << bit;
    }
    bits
}

fn dot(row: &[f32], cosines: &[f32]) -> f32 {
    row.iter()
        .zip(cosines)
        .map(|(value, cosine)| value * cosine)
        .sum()
}

/// Cuts the patch out, takes the rings' means away and lets it fade towards its corners.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
fn patch(plane: &Plane, found: &Found, angle: f32) -> Vec<Vec<f32>> {
    let (x, y) = (found.x, found.y);
    let (sin, cos) = angle.sin_cos();
    let half = EDGE as f32 / 2.0;
    let step = reach(found.deviation) / half;
    let mut rings = [(0.0_f32, 0.0_f32); EDGE];
    let ring_of = |across: f32, down: f32| across.hypot(down) as usize;
    let offset = |place: usize| place as f32 + 0.5 - half;
    let mut rows = Vec::with_capacity(EDGE);
    for row in 0..EDGE {
        let mut values = Vec::with_capacity(EDGE);
        for column in 0..EDGE {
            let (across, down) = (offset(column), offset(row));
            let (dx, dy) = (across * step, down * step);
            let value = plane.between(x + dx * cos - dy * sin, y + dx * sin + dy * cos);
            if let Some((sum, count)) = rings.get_mut(ring_of(across, down)) {
                *sum += value;
                *count += 1.0;
            }
            values.push(value);
        }
        rows.push(values);
    }
    for (row, values) in rows.iter_mut().enumerate() {
        for (column, value) in values.iter_mut().enumerate() {
            let (across, down) = (offset(column), offset(row));
            let (sum, count) = rings.get(ring_of(across, down)).copied().unwrap_or((0.0, 1.0));
            let away = across.hypot(down) / half;
            *value = (*value - sum / count) * (-0.5 * away * away / 0.36).exp();
        }
    }
    rows
}
