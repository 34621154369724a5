//! The sketch of a recording: at most 512 bytes by which it is known again when it was encoded anew, cut at its ends,
//! or played into a microphone.
//!
//! Up to 46 anchors, the moments at which sound sets in most, each with the 64 signs of what the second around it is
//! like. Two recordings are alike where several anchors sound alike *and* follow one another at the same distances.

pub(super) mod anchors;

use std::collections::BTreeSet;

/// Most anchors of one sketch.
pub const ANCHORS_MAX: usize = 46;
/// From so many anchors in common on, a person should listen whether it is one recording.
pub const ALIKE_MIN: u32 = 4;

/// Words that two recordings share where it is worth comparing them in full.
pub const SHARED_WORDS_MIN: u32 = 2;
/// Bytes that one anchor takes.
const BYTES: usize = 11;
/// Bits in which two anchors that sound alike may differ.
const DISTANCE_MAX: u32 = 15;
/// Frames of 16 ms by which an anchor may be found earlier or later.
const OFF_MAX: u32 = 6;
/// A player may run one part in so many faster or slower.
const DRIFT: u32 = 64;

/// One moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// When, in frames of 16 ms.
    pub at: u32,
    /// What it sounds like.
    pub code: u64,
}

/// The anchors of one recording, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AudioSketch(Vec<Anchor>);

impl AudioSketch {
    pub(super) fn new(mut anchors: Vec<Anchor>) -> Self {
        anchors.sort_unstable();
        anchors.dedup_by_key(|anchor| anchor.at);
        anchors.truncate(ANCHORS_MAX);
        Self(anchors)
    }

    /// The anchors, in order of time.
    pub fn as_slice(&self) -> &[Anchor] {
        &self.0
    }

    /// How many anchors the two have in common when one is moved in time so that most agree.
    pub fn in_common(&self, other: &Self) -> u32 {
        let mut pairs = Vec::new();
        for (mine, at) in self.0.iter().enumerate() {
            for (theirs, to) in other.0.iter().enumerate() {
                if (at.code ^ to.code).count_ones() <= DISTANCE_MAX {
                    pairs.push((mine, theirs, *at, *to));
                }
            }
        }
        let agreeing = |first: &(usize, usize, Anchor, Anchor)| {
            let (mut mine, mut theirs) = (0_u64, 0_u64);
            for pair in &pairs {
                let (mine_bit, theirs_bit) = (1 << (pair.0 % 64), 1 << (pair.1 % 64));
                let (passed, expected) = (pair.2.at.abs_diff(first.2.at), pair.3.at.abs_diff(first.3.at));
                let agrees = (pair.2.at >= first.2.at) == (pair.3.at >= first.3.at)
                    && passed.abs_diff(expected) <= OFF_MAX + passed / DRIFT;
                if agrees && mine & mine_bit == 0 && theirs & theirs_bit == 0 {
                    mine |= mine_bit;
                    theirs |= theirs_bit;
                }
            }
            mine.count_ones()
        };
        pairs.iter().map(agreeing).max().unwrap_or(0)
    }

    /// Whether a person should listen to both.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.in_common(other) >= ALIKE_MIN
    }

    /// The words under which this recording is to be found, and those like it may be.
    pub fn words(&self) -> BTreeSet<u32> {
        self.0.iter().flat_map(|anchor| words(anchor.code)).collect()
    }

    /// Eleven bytes for each anchor, at most 506.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * BYTES);
        for anchor in &self.0 {
            let [low, middle, high, _] = anchor.at.to_le_bytes();
            bytes.extend(anchor.code.to_le_bytes());
            bytes.extend([low, middle, high]);
        }
        bytes
    }

    /// Reads what [`AudioSketch::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let read = |anchor: &[u8]| {
            let (code, rest) = anchor.split_first_chunk()?;
            let [low, middle, high] = *rest else { return None };
            Some(Anchor {
                at: u32::from_le_bytes([low, middle, high, 0]),
                code: u64::from_le_bytes(*code),
            })
        };
        let anchors: Vec<Anchor> = bytes.chunks(BYTES).map(read).collect::<Option<_>>()?;
        (anchors.len() <= ANCHORS_MAX).then_some(Self(anchors))
    }
}

/// Bits by which anchors are looked up.
const LOOKED_UP: [u64; 2] = [0x0000_0000_00FF_FFFF, 0x0000_FFFF_FF00_0000];

/// The words under which an anchor is looked up; either may agree.
fn words(code: u64) -> [u32; 2] {
    let mut place = 0;
    LOOKED_UP.map(|mask| {
        place += 1;
        let bits = (0..u64::BITS).filter(|bit| mask >> bit & 1 == 1);
        bits.fold(place, |word, bit| word << 1 | u32::from(code >> bit & 1 == 1))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(anchors in prop::collection::vec(any::<[u8; BYTES]>(), 0..=ANCHORS_MAX)) {
            let bytes = anchors.concat();
            prop_assert_eq!(AudioSketch::from_bytes(&bytes).unwrap().to_bytes(), bytes);
        }

        #[test]
        fn whatever_was_stored_is_compared(a in prop::collection::vec(any::<u8>(), 506), b in prop::collection::vec(any::<u8>(), 506)) {
            let (a, b) = (AudioSketch::from_bytes(&a).unwrap(), AudioSketch::from_bytes(&b).unwrap());
            prop_assert!(!a.is_alike(&b));
        }
    }
}
