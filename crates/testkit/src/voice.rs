//! Voices that nobody has: a throat, a mouth of three resonances, syllables and pauses drawn by chance. And what
//! becomes of a recording: other codecs, cut ends, a loudspeaker in a room before a microphone.

use opus::{Application, Channels, Encoder};

use crate::chance::Chance;

/// Samples per second of all that is made here.
pub const RATE_HZ: u32 = 16_000;

/// Second-order resonance (a vowel's formant) or, with `q` of 0.7, an edge of a band.
struct Resonance {
    gain: f32,
    feedback: [f32; 2],
    last: [f32; 2],
}

impl Resonance {
    fn new(hz: f32, width_hz: f32) -> Self {
        let mut made = Self {
            gain: 0.0,
            feedback: [0.0; 2],
            last: [0.0; 2],
        };
        made.tune(hz, width_hz);
        made
    }

    fn tune(&mut self, hz: f32, width_hz: f32) {
        let rate_hz = 16_000.0;
        let radius = (-std::f32::consts::PI * width_hz / rate_hz).exp();
        let angle = std::f32::consts::TAU * hz / rate_hz;
        self.feedback = [2.0 * radius * angle.cos(), -radius * radius];
        self.gain = (1.0 - radius) * (1.0 - 2.0 * radius * (2.0 * angle).cos() + radius * radius).sqrt();
    }

    fn pass(&mut self, sample: f32) -> f32 {
        let out = self.gain * sample + self.feedback[0] * self.last[0] + self.feedback[1] * self.last[1];
        self.last = [out, self.last[0]];
        out
    }
}

/// Somebody saying something for some seconds; another seed, another voice and other words.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times, none below zero"
)]
pub fn speech(seed: u64, seconds: u32) -> Vec<f32> {
    const FORMANTS: [[f32; 3]; 8] = [
        [730.0, 1_090.0, 2_440.0],
        [270.0, 2_290.0, 3_010.0],
        [300.0, 870.0, 2_240.0],
        [530.0, 1_840.0, 2_480.0],
        [570.0, 840.0, 2_410.0],
        [440.0, 1_020.0, 2_240.0],
        [490.0, 1_350.0, 1_690.0],
        [660.0, 1_720.0, 2_410.0],
    ];
    let mut chance = Chance::new(seed * 7_919 + 11);
    let (pitch, throat) = (chance.between(95.0, 230.0), chance.between(0.9, 1.15));
    let mut mouth = [
        Resonance::new(500.0, 80.0),
        Resonance::new(1_500.0, 100.0),
        Resonance::new(2_500.0, 140.0),
    ];
    let mut hiss = Resonance::new(3_500.0, 1_500.0);
    let count = (seconds * RATE_HZ) as usize;
    let (mut samples, mut phase) = (Vec::with_capacity(count), 0.0_f32);
    while samples.len() < count {
        if chance.below(9) == 0 {
            let pause = chance.between(0.15, 0.7) * RATE_HZ as f32;
            samples.extend((0..pause as usize).map(|_| chance.between(-2e-4, 2e-4)));
            continue;
        }
        // A syllable: perhaps a hiss, then a vowel that glides to another.
        if chance.below(2) == 0 {
            hiss.tune(chance.between(2_200.0, 5_000.0), 1_200.0);
            let (length, loud) = (
                chance.between(0.04, 0.12) * RATE_HZ as f32,
                chance.between(0.05, 0.25),
            );
            for place in 0..length as usize {
                let swell = (place as f32 / length * std::f32::consts::PI).sin();
                let noise = chance.between(-1.0, 1.0);
                samples.push(hiss.pass(noise) * swell * loud);
            }
        }
        let (from, to) = (FORMANTS[chance.below(8)], FORMANTS[chance.below(8)]);
        let length = chance.between(0.09, 0.28) * RATE_HZ as f32;
        let (start, end) = (
            pitch * chance.between(0.85, 1.3),
            pitch * chance.between(0.75, 1.2),
        );
        let loud = chance.between(0.25, 0.8);
        for place in 0..length as usize {
            let share = place as f32 / length;
            if place % 80 == 0 {
                for (resonance, (from, to)) in mouth.iter_mut().zip(from.iter().zip(to)) {
                    let hz = (from + (to - from) * share) * throat;
                    resonance.tune(hz, 60.0 + hz / 25.0);
                }
            }
            phase += (start + (end - start) * share) / RATE_HZ as f32;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase = phase.fract();
            let voiced: f32 = mouth.iter_mut().map(|resonance| resonance.pass(pulse)).sum();
            let swell = (share * std::f32::consts::PI).sin().powf(0.4);
            samples.push((voiced * 4.0 * loud + chance.between(-1e-3, 1e-3)) * swell);
        }
    }
    samples.truncate(count);
    let peak = samples
        .iter()
        .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    samples.iter().map(|sample| sample / peak * 0.5).collect()
}

/// Gusts: noise below a few hundred hertz that swells and fades.
pub fn wind(seed: u64, seconds: u32) -> Vec<f32> {
    let mut chance = Chance::new(seed);
    let (mut low, mut lower, mut gust, mut target) = (0.0_f32, 0.0_f32, 0.2_f32, 0.5_f32);
    (0..seconds * RATE_HZ)
        .map(|place| {
            if place % 8_000 == 0 {
                target = chance.between(0.1, 1.0);
            }
            gust += (target - gust) * 2e-4;
            low += (chance.between(-1.0, 1.0) - low) * 0.08;
            lower += (low - lower) * 0.08;
            (lower * 4.0 * gust).clamp(-1.0, 1.0)
        })
        .collect()
}

/// An empty room: a hum of the mains with its overtones, and a hiss.
#[expect(clippy::cast_precision_loss, reason = "times")]
pub fn room(seed: u64, seconds: u32) -> Vec<f32> {
    let mut chance = Chance::new(seed);
    (0..seconds * RATE_HZ)
        .map(|place| {
            let time = place as f32 / RATE_HZ as f32;
            let hum = |hz: f32| (std::f32::consts::TAU * (hz * time).fract()).sin();
            0.01 * hum(50.0) + 0.006 * hum(100.0) + 0.003 * hum(150.0) + chance.between(-0.004, 0.004)
        })
        .collect()
}

/// Played by a small loudspeaker and recorded by a telephone: only its band, echoes of the room, noise, quieter,
/// and a clock that runs a little fast.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places"
)]
pub fn played(samples: &[f32], seed: u64) -> Vec<f32> {
    let mut chance = Chance::new(seed);
    let power: f32 = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32;
    // 15 dB below the speech.
    let noise = (power / 31.6).sqrt() * 1.73;
    let echoes = [(0, 1.0), (317, 0.45), (713, -0.3), (1_451, 0.2), (2_903, 0.1)];
    let (mut low, mut high, mut before) = (0.0_f32, 0.0_f32, 0.0_f32);
    (0..(samples.len() as f32 / 1.002) as usize)
        .map(|place| {
            let source = (place as f64 * 1.002) as usize;
            let heard: f32 = echoes
                .iter()
                .map(|(delay, share)| {
                    source
                        .checked_sub(*delay)
                        .and_then(|at| samples.get(at))
                        .unwrap_or(&0.0)
                        * share
                })
                .sum();
            // First-order edges at about 300 and 3,400 Hz.
            low += (heard - low) * 0.73;
            high = 0.89 * (high + low - before);
            before = low;
            0.35 * (high + noise * chance.between(-1.0, 1.0))
        })
        .collect()
}

/// As a WAV file of 16 bits.
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
pub fn wav(samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples
        .iter()
        .flat_map(|sample| ((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes())
        .collect();
    riff(1, 2, RATE_HZ, &data)
}

/// As a telephone would send it: 8 kHz, µ-law.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub fn telephone(samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples
        .chunks_exact(2)
        .map(|pair| {
            let sample = f32::midpoint(pair[0], pair[1]).clamp(-1.0, 1.0);
            let level = (sample.abs() * 32_635.0) as u32 + 132;
            let exponent = (24 - level.leading_zeros()).min(7) as u8;
            let mantissa = (level >> (exponent + 3)) as u8 & 15;
            !(u8::from(sample < 0.0) << 7 | exponent << 4 | mantissa)
        })
        .collect();
    riff(7, 1, RATE_HZ / 2, &data)
}

fn riff(tag: u16, bytes: u16, rate_hz: u32, data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend(tag.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(rate_hz.to_le_bytes());
    file.extend((rate_hz * u32::from(bytes)).to_le_bytes());
    file.extend(bytes.to_le_bytes());
    file.extend((bytes * 8).to_le_bytes());
    file.extend(b"data");
    file.extend(size.to_le_bytes());
    file.extend(data);
    file
}

/// As packets of Opus of 20 ms at so many bits per second.
pub fn packets(samples: &[f32], bits_per_second: i32) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(RATE_HZ, Channels::Mono, Application::Voip).unwrap();
    encoder.set_bitrate(opus::Bitrate::Bits(bits_per_second)).unwrap();
    let frames = samples.chunks_exact(320);
    frames
        .map(|frame| encoder.encode_vec_float(frame, 1_000).unwrap())
        .collect()
}

/// As Opus in Ogg; one packet a page, checksums left out as no reader here asks them.
pub fn opus(samples: &[f32], bits_per_second: i32) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(312_u16.to_le_bytes());
    head.extend(RATE_HZ.to_le_bytes());
    head.extend([0, 0, 0]);
    let mut file = page(2, 0, 0, &head);
    file.extend(page(0, 0, 1, b"OpusTags\x04\0\0\0made\0\0\0\0"));
    let packets = packets(samples, bits_per_second);
    for (index, packet) in packets.iter().enumerate() {
        let kind = if index + 1 == packets.len() { 4 } else { 0 };
        let number = u32::try_from(index).unwrap() + 1;
        file.extend(page(kind, u64::from(number) * 960, number + 1, packet));
    }
    file
}

fn page(kind: u8, granule: u64, number: u32, packet: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(kind);
    page.extend(granule.to_le_bytes());
    page.extend(7_u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    let lacing: Vec<u8> = std::iter::repeat_n(255, packet.len() / 255)
        .chain([u8::try_from(packet.len() % 255).unwrap()])
        .collect();
    page.push(u8::try_from(lacing.len()).unwrap());
    page.extend(lacing);
    page.extend(packet);
    page
}
