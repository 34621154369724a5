//! Recordings that sound like no other.

#![allow(
    clippy::cast_precision_loss,
    reason = "a few seconds of samples are exact in a float"
)]

use crate::chance::Chance;

/// Five seconds of a tone of its own, 8 kHz, 16 bits, one channel, as WAV.
pub fn tone(n: u32) -> Vec<u8> {
    tone_of(n, 5)
}

/// The same for as long as is wanted; 16 kB a second.
pub fn tone_of(n: u32, seconds: u32) -> Vec<u8> {
    const RATE: u32 = 8_000;
    let samples = seconds * RATE;
    let mut bytes = head(RATE, seconds);
    let period = 10 + n;
    for sample in 0..samples {
        let loud: i16 = if sample % period < period / 2 {
            9_000
        } else {
            -9_000
        };
        bytes.extend(loud.to_le_bytes());
    }
    bytes
}

/// What comes before the samples of a WAV of 16 bits and one channel.
fn head(rate: u32, seconds: u32) -> Vec<u8> {
    let data_bytes = seconds * rate * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 2).to_le_bytes());
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data_bytes.to_le_bytes());
    bytes
}

/// An interview that sounds like no other, as WAV of 16 kHz, 16 bits, one channel: syllables with vowels at a pitch of its
/// own, breath between them, and room noise in the pauses.
pub fn speech(n: u32, seconds: u32) -> Vec<u8> {
    const RATE: u32 = 16_000;
    /// Formants of five vowels in Hz.
    const VOWELS: [[f64; 3]; 5] = [
        [850.0, 1_610.0, 2_600.0],
        [390.0, 2_300.0, 3_000.0],
        [240.0, 2_400.0, 3_100.0],
        [360.0, 640.0, 2_400.0],
        [250.0, 595.0, 2_300.0],
    ];
    let mut chance = Chance::new(u64::from(n) ^ 0x50c4_0000_0000_0000);
    let wanted = (seconds * RATE) as usize;
    let mut samples: Vec<f64> = Vec::with_capacity(wanted);
    // Voices lie between 90 and 250 Hz.
    let voice = 90.0 + chance.below(160) as f64;
    while samples.len() < wanted {
        let length = RATE as usize * (140 + chance.below(140)) / 1_000;
        let vowel = VOWELS[chance.below(VOWELS.len())]
            .map(|hertz| hertz * (0.9 + chance.below(200) as f64 / 1_000.0));
        let pitch = voice * (0.8 + chance.below(400) as f64 / 1_000.0);
        let mut tubes = vowel.map(|hertz| Resonator::at(hertz, f64::from(RATE)));
        let mut phase = 0.0;
        for place in 0..length {
            let part = place as f64 / length as f64;
            phase += pitch * (1.08 - 0.16 * part) / f64::from(RATE);
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase %= 1.0;
            let breath = (chance.below(2_000) as f64 - 1_000.0) / 40_000.0;
            let open = (part * core::f64::consts::PI).sin();
            let heard: f64 = tubes.iter_mut().map(|tube| tube.passes(pulse + breath)).sum();
            samples.push(heard * open);
        }
        let pause = if chance.happens(250) { 260 } else { 40 };
        for _ in 0..RATE as usize * pause / 1_000 {
            samples.push((chance.below(2_000) as f64 - 1_000.0) / 200_000.0);
        }
    }
    samples.truncate(wanted);
    let loudest = samples
        .iter()
        .fold(0.001_f64, |most, sample| most.max(sample.abs()));
    let mut bytes = head(RATE, seconds);
    for sample in samples {
        #[expect(clippy::cast_possible_truncation, reason = "scaled into the range of 16 bits")]
        let loud = (sample / loudest * 20_000.0) as i16;
        bytes.extend(loud.to_le_bytes());
    }
    bytes
}

/// One formant: a resonance of 90 Hz width.
struct Resonator {
    gain: f64,
    near: f64,
    far: f64,
    last: [f64; 2],
}

impl Resonator {
    fn at(hertz: f64, rate: f64) -> Self {
        let radius = (-core::f64::consts::PI * 90.0 / rate).exp();
        let angle = core::f64::consts::TAU * hertz / rate;
        Self {
            gain: 1.0 - radius,
            near: 2.0 * radius * angle.cos(),
            far: -radius * radius,
            last: [0.0; 2],
        }
    }

    fn passes(&mut self, sample: f64) -> f64 {
        let heard = self.gain * sample + self.near * self.last[0] + self.far * self.last[1];
        self.last = [heard, self.last[0]];
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interview_is_a_recording_without_long_silence() {
        for n in 0..6 {
            let facts =
                hudang_media::audio::inspect(&speech(n, 6), &hudang_media::audio::Limits::default()).unwrap();
            assert_eq!(facts.duration_ms, 6_000);
            assert!(
                !facts.silent && !facts.truncated && !facts.damaged && facts.longest_gap_ms < 1_000,
                "{facts:?}"
            );
        }
    }
}
