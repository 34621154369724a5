//! The moments of a recording by which it is known again: where sound sets in, and what the second around them is like.

use core::cmp::Reverse;
use core::f32::consts::PI;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::LazyLock;

use super::{ANCHORS_MAX, Anchor, AudioSketch};

/// Bands of frequency.
pub(in crate::audio) const BANDS: usize = 12;

/// Frames of 16 ms that one cell of a patch covers.
const CELL: usize = 4;
/// Cells of a patch.
const CELLS: usize = 18;
/// Frames of the patch before the anchor.
const BEFORE: usize = 12;
/// Frames that are compared before and after to find where sound sets in.
const ONSET: usize = 6;
/// Frames to each side in which an anchor sets in most.
const APART: usize = 18;
/// Frames that are kept: the patch, and what comes before it.
const KEPT: usize = CELL * CELLS + APART + ONSET;
/// What is this much weaker than the loudest is not heard.
const FLOOR: f32 = 0.01;

/// What 64 bits of a patch say: signs of its low frequencies, in time (never constant) and over the bands.
static ORDER: LazyLock<Vec<(usize, usize)>> = LazyLock::new(|| {
    let mut order: Vec<(usize, usize)> = (1..CELLS)
        .flat_map(|time| (0..BANDS).map(move |band| (time, band)))
        .collect();
    // A cell is 64 ms, a band about 1.3 of the ear's: about as many of one as of the other are independent.
    order.sort_by_key(|(time, band)| (time * time * 4 + band * band * 9, *band));
    order.truncate(64);
    order
});

static COSINES_OF_TIME: LazyLock<Vec<Vec<f32>>> = LazyLock::new(|| cosines(CELLS));
static COSINES_OF_BANDS: LazyLock<Vec<Vec<f32>>> = LazyLock::new(|| cosines(BANDS));

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn cosines(count: usize) -> Vec<Vec<f32>> {
    let cosine =
        |frequency: usize, place: usize| (PI * frequency as f32 * (place as f32 + 0.5) / count as f32).cos();
    (0..count)
        .map(|frequency| (0..count).map(|place| cosine(frequency, place)).collect())
        .collect()
}

type Frame = [f32; BANDS];

/// Chosen so far: how much it stands out (as bits of a positive float), then the earlier.
type Chosen = (u32, Reverse<u32>, u64);

/// Picks anchors from frames as they come, in bounded memory.
pub(in crate::audio) struct Anchors {
    /// The last frames, oldest first.
    frames: VecDeque<Frame>,
    /// How much sound sets in at each of the last frames, with its place.
    onsets: VecDeque<f32>,
    /// Frames that came.
    count: u64,
    chosen: BinaryHeap<Reverse<Chosen>>,
}

impl Anchors {
    pub(in crate::audio) fn new() -> Self {
        Self {
            frames: VecDeque::with_capacity(KEPT),
            onsets: VecDeque::with_capacity(2 * APART + 1),
            count: 0,
            chosen: BinaryHeap::with_capacity(ANCHORS_MAX + 1),
        }
    }

    /// Takes the next frame.
    pub(in crate::audio) fn push(&mut self, frame: Frame) {
        if self.frames.len() == KEPT {
            self.frames.pop_front();
        }
        self.frames.push_back(frame);
        self.count += 1;
        if self.frames.len() < KEPT {
            return;
        }
        // The frame looked at lies so that a whole patch around it is kept, also APART frames from now.
        if self.onsets.len() == 2 * APART + 1 {
            self.onsets.pop_front();
        }
        let onset = self.onset(BEFORE + APART);
        self.onsets.push_back(onset);
        self.choose();
    }

    /// So many frames do not come.
    pub(in crate::audio) fn skip(&mut self, frames: u64) {
        self.frames.clear();
        self.onsets.clear();
        self.count += frames;
    }

    pub(in crate::audio) fn finish(self) -> AudioSketch {
        let anchors = self
            .chosen
            .into_iter()
            .map(|Reverse((_, Reverse(at), code))| Anchor { at, code });
        AudioSketch::new(anchors.collect())
    }

    fn range(&self, from: usize, count: usize) -> impl Iterator<Item = &Frame> {
        self.frames
            .range(from.min(self.frames.len())..(from + count).min(self.frames.len()))
    }

    /// How much louder it gets at a frame, over all bands.
    fn onset(&self, at: usize) -> f32 {
        let mean = |from: usize| {
            let mut mean = [0.0_f32; BANDS];
            for frame in self.range(from, ONSET) {
                for (sum, power) in mean.iter_mut().zip(frame) {
                    *sum += power;
                }
            }
            mean
        };
        let (before, after) = (mean(at.saturating_sub(ONSET)), mean(at));
        let loudest = before.iter().chain(&after).copied().fold(0.0, f32::max);
        if loudest <= f32::MIN_POSITIVE {
            return 0.0;
        }
        let floor = FLOOR * loudest;
        let gain = |(before, after): (&f32, &f32)| ((after + floor) / (before + floor)).ln().max(0.0);
        before.iter().zip(&after).map(gain).sum::<f32>()
    }

    /// Chooses the frame in the middle of the onsets, if it sets in most.
    fn choose(&mut self) {
        let Some(here) = self.onsets.get(APART).copied().filter(|onset| *onset > 0.0) else {
            return;
        };
        if self.onsets.len() < 2 * APART + 1 {
            return;
        }
        let is_most = self
            .onsets
            .iter()
            .enumerate()
            .all(|(place, onset)| match place.cmp(&APART) {
                core::cmp::Ordering::Less => *onset < here,
                core::cmp::Ordering::Equal => true,
                core::cmp::Ordering::Greater => *onset <= here,
            });
        let strength = here.to_bits();
        let weakest = self.chosen.peek().map(|Reverse((weakest, ..))| *weakest);
        if !is_most
            || (self.chosen.len() == ANCHORS_MAX && weakest.is_some_and(|weakest| weakest >= strength))
        {
            return;
        }
        // The newest onset belongs to the frame BEFORE + APART of those kept, the middle one came APART earlier.
        let first = self.count - self.frames.len() as u64;
        let Ok(at) = u32::try_from(first + BEFORE as u64) else {
            return;
        };
        self.chosen.push(Reverse((strength, Reverse(at), self.code())));
        if self.chosen.len() > ANCHORS_MAX {
            self.chosen.pop();
        }
    }

    /// What the patch that begins with the first frame kept is like.
    fn code(&self) -> u64 {
        let mut cells = [[0.0_f32; BANDS]; CELLS];
        for (place, frame) in self.range(0, CELL * CELLS).enumerate() {
            if let Some(cell) = cells.get_mut(place / CELL) {
                for (sum, power) in cell.iter_mut().zip(frame) {
                    *sum += power;
                }
            }
        }
        let loudest = cells.iter().flatten().copied().fold(f32::MIN_POSITIVE, f32::max);
        let floor = FLOOR * loudest;
        // Over the bands first.
        let sums: Vec<Vec<f32>> = cells
            .iter()
            .map(|cell| {
                let levels: Vec<f32> = cell.iter().map(|power| (power + floor).ln()).collect();
                COSINES_OF_BANDS
                    .iter()
                    .map(|cosines| dot(levels.iter(), cosines))
                    .collect()
            })
            .collect();
        let mut bits = 0;
        for (bit, (time, band)) in ORDER.iter().enumerate() {
            let column = sums.iter().filter_map(|sums| sums.get(*band));
            let cosines = COSINES_OF_TIME.get(*time).map(Vec::as_slice).unwrap_or_default();
            bits |= u64::from(dot(column, cosines) > 0.0) << bit;
        }
        bits
    }
}

fn dot<'a>(values: impl Iterator<Item = &'a f32>, cosines: &[f32]) -> f32 {
    values.zip(cosines).map(|(value, cosine)| value * cosine).sum()
}
