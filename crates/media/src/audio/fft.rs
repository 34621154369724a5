//! The power spectrum of two stretches of 256 samples at once.

use core::f32::consts::{PI, TAU};

/// Samples of one stretch.
pub(super) const SAMPLES: usize = 256;
/// Frequencies from 0 to half the sample rate.
pub(super) const BINS: usize = SAMPLES / 2 + 1;

type Complex = (f32, f32);

/// Tables that every transform uses.
pub(super) struct Fft {
    /// e^(−2πik/256).
    turns: Vec<Complex>,
    /// Where a sample goes first: its place with the bits reversed.
    places: Vec<usize>,
    /// Hann window.
    window: Vec<f32>,
    work: Vec<Complex>,
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
impl Fft {
    pub(super) fn new() -> Self {
        let share = |index: usize| index as f32 / SAMPLES as f32;
        Self {
            turns: (0..SAMPLES / 2)
                .map(|k| (-TAU * share(k)).sin_cos())
                .map(|(sin, cos)| (cos, sin))
                .collect(),
            places: (0..SAMPLES)
                .map(|index| index.reverse_bits() >> (usize::BITS - SAMPLES.trailing_zeros()))
                .collect(),
            window: (0..SAMPLES)
                .map(|index| (PI * share(index)).sin().powi(2))
                .collect(),
            work: Vec::with_capacity(SAMPLES),
        }
    }

    /// The power at each frequency, of each of the two stretches.
    pub(super) fn powers(&mut self, first: &[f32], second: &[f32]) -> ([f32; BINS], [f32; BINS]) {
        let Self {
            turns,
            places,
            window,
            work,
        } = self;
        let sample = |stretch: &[f32], place: usize| {
            stretch.get(place).copied().unwrap_or(0.0) * window.get(place).copied().unwrap_or(0.0)
        };
        work.clear();
        // Two real signals as one complex one: their spectra are its even and its odd part.
        work.extend(
            places
                .iter()
                .map(|place| (sample(first, *place), sample(second, *place))),
        );
        let mut half = 1;
        while half < SAMPLES {
            for block in work.chunks_exact_mut(2 * half) {
                let (upper, lower) = block.split_at_mut(half);
                let turns = turns.iter().step_by(SAMPLES / (2 * half));
                for ((a, b), turn) in upper.iter_mut().zip(lower).zip(turns) {
                    let turned = (b.0 * turn.0 - b.1 * turn.1, b.0 * turn.1 + b.1 * turn.0);
                    *b = (a.0 - turned.0, a.1 - turned.1);
                    *a = (a.0 + turned.0, a.1 + turned.1);
                }
            }
            half *= 2;
        }
        let at = |index: usize| work.get(index % SAMPLES).copied().unwrap_or_default();
        let (mut powers, mut others) = ([0.0; BINS], [0.0; BINS]);
        for (index, (power, other)) in powers.iter_mut().zip(&mut others).enumerate() {
            let (here, there) = (at(index), at(SAMPLES - index));
            *power = ((here.0 + there.0).powi(2) + (here.1 - there.1).powi(2)) / 4.0;
            *other = ((here.1 + there.1).powi(2) + (here.0 - there.0).powi(2)) / 4.0;
        }
        (powers, others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a test's small numbers")]
    fn gives_what_the_definition_gives() {
        let first: Vec<f32> = (0..SAMPLES)
            .map(|n| (n as f32 * 0.3).sin() + (n % 7) as f32)
            .collect();
        let second: Vec<f32> = (0..SAMPLES)
            .map(|n| (n as f32 * 1.1).cos() - (n % 5) as f32)
            .collect();
        let mut fft = Fft::new();
        let window = fft.window.clone();
        let (powers, others) = fft.powers(&first, &second);
        for (signal, powers) in [(first, powers), (second, others)] {
            for (bin, power) in powers.iter().enumerate() {
                let (mut re, mut im) = (0.0_f64, 0.0_f64);
                for (n, (sample, weight)) in signal.iter().zip(&window).enumerate() {
                    let angle = -std::f64::consts::TAU * (bin * n) as f64 / SAMPLES as f64;
                    re += f64::from(sample * weight) * angle.cos();
                    im += f64::from(sample * weight) * angle.sin();
                }
                let expected = re * re + im * im;
                assert!(
                    (expected - f64::from(*power)).abs() <= 0.05 + expected * 1e-3,
                    "{bin}: {expected} {power}"
                );
            }
        }
    }
}
