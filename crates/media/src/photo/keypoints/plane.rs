//! A picture of brightness in floating point, and blurring it.

/// Standard deviations that a kernel reaches to each side.
const REACH: f32 = 2.6;

/// Brightness, row by row.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Plane {
    pub(super) fn new(width: usize, height: usize, values: Vec<f32>) -> Self {
        Self {
            width,
            height,
            values,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// The rows, top to bottom.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }

    fn row(&self, y: usize) -> &[f32] {
        let start = y.min(self.height.saturating_sub(1)) * self.width;
        self.values.get(start..start + self.width).unwrap_or_default()
    }

    /// The value at a pixel; outside, that of the nearest pixel.
    pub(super) fn at(&self, x: i32, y: i32) -> f32 {
        let clamp =
            |place: i32, count: usize| usize::try_from(place).unwrap_or(0).min(count.saturating_sub(1));
        let place = clamp(y, self.height) * self.width + clamp(x, self.width);
        self.values.get(place).copied().unwrap_or(0.0)
    }

    /// The value between pixels, bilinear.
    pub(super) fn between(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (right_share, lower_share) = (x - left, y - top);
        #[expect(clippy::cast_possible_truncation, reason = "a place near the picture")]
        let (column, row) = (left as i32, top as i32);
        let upper = self.at(column, row) * (1.0 - right_share) + self.at(column + 1, row) * right_share;
        let lower =
            self.at(column, row + 1) * (1.0 - right_share) + self.at(column + 1, row + 1) * right_share;
        upper * (1.0 - lower_share) + lower * lower_share
    }

    /// Blurs with a Gaussian of this standard deviation; the border's pixels go on beyond it.
    pub(super) fn blurred(&self, deviation: f32) -> Self {
        let kernel = gaussian(deviation);
        let reach = kernel.len() / 2;
        let mut across = Vec::with_capacity(self.values.len());
        let mut padded = Vec::with_capacity(self.width + 2 * reach);
        for row in self.rows() {
            padded.clear();
            padded.extend(core::iter::repeat_n(row.first().copied().unwrap_or(0.0), reach));
            padded.extend_from_slice(row);
            padded.extend(core::iter::repeat_n(row.last().copied().unwrap_or(0.0), reach));
            let start = across.len();
            across.resize(start + self.width, 0.0);
            let sums = across.get_mut(start..).unwrap_or_default();
            for (shift, weight) in kernel.iter().enumerate() {
                add_weighted(sums, padded.get(shift..).unwrap_or_default(), *weight);
            }
        }
        let across = Self {
            values: across,
            ..*self
        };
        let mut values = vec![0.0; self.values.len()];
        for (y, sums) in values.chunks_exact_mut(self.width.max(1)).enumerate() {
            for (shift, weight) in kernel.iter().enumerate() {
                add_weighted(sums, across.row((y + shift).saturating_sub(reach)), *weight);
            }
        }
        Self { values, ..*self }
    }

    /// Every second pixel of every second row.
    pub(super) fn halved(&self) -> Self {
        let values: Vec<f32> = self
            .rows()
            .step_by(2)
            .flat_map(|row| row.iter().step_by(2).copied())
            .collect();
        Self {
            width: self.width.div_ceil(2),
            height: self.height.div_ceil(2),
            values,
        }
    }

    /// What the other has more.
    pub(super) fn to(&self, other: &Self) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self {
            values: pairs.map(|(mine, theirs)| theirs - mine).collect(),
            ..*self
        }
    }
}

fn add_weighted(sums: &mut [f32], values: &[f32], weight: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += weight * value;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a few pixels"
)]
fn gaussian(deviation: f32) -> Vec<f32> {
    let reach = (deviation * REACH).ceil().max(1.0) as usize;
    let weigh = |place: usize| {
        let away = (place as f32 - reach as f32) / deviation;
        (-0.5 * away * away).exp()
    };
    let weights: Vec<f32> = (0..=2 * reach).map(weigh).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}
