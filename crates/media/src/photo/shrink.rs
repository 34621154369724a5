//! Shrinks luma with a triangle (bilinear) filter as wide as the scale, the kernel of `image::imageops::resize`.
//!
//! That function takes 20 ns per pixel, a second for a phone's photo on a phone; rows added up as a whole take a tenth.

use image::GrayImage;

/// Which input samples make one output sample: the first, and the weight of each from there on; the sum is 1.
struct Kernel {
    first: usize,
    weights: Vec<f32>,
}

/// Shrinks to exactly `width` × `height`, whatever the proportions.
pub(super) fn shrink(luma: &GrayImage, width: u32, height: u32) -> GrayImage {
    let small = brightness(luma, width, height);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=255"
    )]
    let pixels = small.iter().map(|value| value.round().clamp(0.0, 255.0) as u8);
    GrayImage::from_raw(width, height, pixels.collect()).unwrap_or_default()
}

/// As [`shrink`], not rounded: `height` rows of `width`, 0 to 255.
pub(super) fn brightness(luma: &GrayImage, width: u32, height: u32) -> Vec<f32> {
    let row_bytes = luma.width() as usize;
    let columns = kernels(luma.width(), width);
    let mut small = Vec::with_capacity(width as usize * height as usize);
    let mut sum = vec![0.0_f32; row_bytes];
    for kernel in kernels(luma.height(), height) {
        sum.fill(0.0);
        for (row, weight) in luma
            .as_raw()
            .chunks_exact(row_bytes.max(1))
            .skip(kernel.first)
            .zip(&kernel.weights)
        {
            for (sum, pixel) in sum.iter_mut().zip(row) {
                *sum += weight * f32::from(*pixel);
            }
        }
        small.extend(columns.iter().map(|column| {
            let values = sum.iter().skip(column.first).zip(&column.weights);
            values.map(|(value, weight)| value * weight).sum::<f32>()
        }));
    }
    small
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "edges of pictures"
)]
fn kernels(input: u32, output: u32) -> Vec<Kernel> {
    let ratio = input as f32 / output as f32;
    let reach = ratio.max(1.0);
    (0..output)
        .map(|index| {
            let centre = (index as f32 + 0.5) * ratio;
            let first = (centre - reach).floor().max(0.0) as u32;
            let end = ((centre + reach).ceil() as u32).clamp(first + 1, input.max(first + 1));
            let weigh = |place: u32| (1.0 - ((place as f32 + 0.5 - centre) / reach).abs()).max(0.0);
            let mut weights: Vec<f32> = (first..end).map(weigh).collect();
            let sum: f32 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= sum;
            }
            Kernel {
                first: first as usize,
                weights,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use image::imageops::{FilterType, resize};

    use super::*;

    #[test]
    fn gives_the_picture_that_the_image_crate_gives() {
        for (width, height) in [(640, 480), (9, 8), (5, 3), (1, 1), (101, 997)] {
            let luma = GrayImage::from_fn(width, height, |x, y| {
                image::Luma([u8::try_from((x * 7 + y * 13 + x * y / 5) % 256).unwrap()])
            });
            let (ours, theirs) = (shrink(&luma, 9, 8), resize(&luma, 9, 8, FilterType::Triangle));
            for (ours, theirs) in ours.pixels().zip(theirs.pixels()) {
                assert!(ours.0[0].abs_diff(theirs.0[0]) <= 1, "{width} × {height}");
            }
        }
    }
}
