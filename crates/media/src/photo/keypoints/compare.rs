//! Whether two pictures show the same: places that look alike, and lie alike.

use core::f32::consts::TAU;

use super::code::MIRRORED;
use super::{Keypoint, Keypoints};

/// Bits in which two places that look alike may differ.
const DISTANCE_MAX: u32 = 15;
/// Sixteenths of an octave by which the scale of two pairs may differ.
const SCALE_OFF_MAX: i16 = 8;
/// Parts of 256 of a turn by which the turning of two pairs may differ.
const ANGLE_OFF_MAX: u8 = 18;
/// How far from where it should be a place may lie: so many units, and this share of its distance from the other.
const PLACE_OFF_UNITS: f32 = 7.0;
const PLACE_OFF_SHARE: f32 = 0.12;
/// Pairs that are held against each other; of more, those most alike.
const PAIRS_MAX: usize = 160;

/// Two places that look alike.
#[derive(Clone, Copy)]
struct Pair {
    distance: u32,
    mine: usize,
    theirs: usize,
    at: Keypoint,
    /// Signed, because a mirrored place lies above the edge.
    y: f32,
    to: Keypoint,
}

impl Keypoints {
    /// How many places of one picture lie in the other where one movement, turned or mirrored, scaled, brings them.
    pub fn in_common(&self, other: &Self) -> u32 {
        let straight = agreeing(&self.pairs(other, 0));
        straight.max(agreeing(&self.pairs(other, *MIRRORED)))
    }

    fn pairs(&self, other: &Self, mirrored: u64) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for (mine, at) in self.0.iter().enumerate() {
            for (theirs, to) in other.0.iter().enumerate() {
                let distance = (at.code ^ mirrored ^ to.code).count_ones();
                if distance <= DISTANCE_MAX {
                    let turned = mirrored != 0;
                    pairs.push(Pair {
                        distance,
                        mine,
                        theirs,
                        at: Keypoint {
                            angle: if turned { at.angle.wrapping_neg() } else { at.angle },
                            ..*at
                        },
                        y: if turned { -f32::from(at.y) } else { f32::from(at.y) },
                        to: *to,
                    });
                }
            }
        }
        pairs.sort_by_key(|pair| (pair.distance, pair.mine, pair.theirs));
        pairs.truncate(PAIRS_MAX);
        pairs
    }
}

/// The most pairs that agree with one of them.
fn agreeing(pairs: &[Pair]) -> u32 {
    pairs
        .iter()
        .map(|first| agreeing_with(first, pairs))
        .max()
        .unwrap_or(0)
}

fn agreeing_with(first: &Pair, pairs: &[Pair]) -> u32 {
    let (mut mine, mut theirs) = (0_u64, 0_u64);
    let mut count = 0;
    for pair in pairs {
        let (mine_bit, theirs_bit) = (1_u64 << (pair.mine % 64), 1_u64 << (pair.theirs % 64));
        if mine & mine_bit == 0 && theirs & theirs_bit == 0 && pair.agrees(first) {
            mine |= mine_bit;
            theirs |= theirs_bit;
            count += 1;
        }
    }
    count
}

impl Pair {
    fn scale(&self) -> i16 {
        i16::from(self.to.scale) - i16::from(self.at.scale)
    }

    fn turn(&self) -> u8 {
        self.to.angle.wrapping_sub(self.at.angle)
    }

    fn agrees(&self, first: &Self) -> bool {
        let off = self.turn().wrapping_sub(first.turn());
        if off.min(off.wrapping_neg()) > ANGLE_OFF_MAX || (self.scale() - first.scale()).abs() > SCALE_OFF_MAX
        {
            return false;
        }
        let ratio = (f32::from(first.scale()) / 16.0).exp2();
        let (sin, cos) = (f32::from(first.turn()) / 256.0 * TAU).sin_cos();
        let (dx, dy) = (f32::from(self.at.x) - f32::from(first.at.x), self.y - first.y);
        let expected_x = f32::from(first.to.x) + ratio * (dx * cos - dy * sin);
        let expected_y = f32::from(first.to.y) + ratio * (dx * sin + dy * cos);
        let off = (f32::from(self.to.x) - expected_x).hypot(f32::from(self.to.y) - expected_y);
        off <= PLACE_OFF_UNITS + PLACE_OFF_SHARE * ratio * dx.hypot(dy)
    }
}
