//! Listening to the samples as they come: how much of a recording is speech, and its sketch.
//!
//! Both hear one channel at low rates, so that they cost little beside decoding.

use earshot::Detector;

use super::fft::{Fft, SAMPLES};
use super::sketch::AudioSketch;
use super::sketch::anchors::{Anchors, BANDS};

/// Samples per second for the detector of speech; the sketch takes every two as one.
const RATE_HZ: u64 = 16_000;
/// Samples that the detector takes at a time.
const SPEECH_SAMPLES: usize = 256;
/// Of a recording it hears the first half minute whole, and of what follows 4 s in every 12: the share of speech in an interview is
/// known well enough from a third of it, and the detector is what costs most.
const WHOLE: u64 = 30 * RATE_HZ / SPEECH_SAMPLES as u64;
const CYCLE: u64 = 12 * RATE_HZ / SPEECH_SAMPLES as u64;
const HEARD: u64 = CYCLE / 3;
/// From this score on it has heard a voice.
const SPEECH_SCORE: f32 = 0.5;
/// Samples at 8 kHz from one stretch to the next.
const HOP: usize = SAMPLES / 2;
/// A stretch without packets above this is not listened to: samples at 16 kHz.
const SKIP_MIN: u64 = 4 * RATE_HZ;
/// Pairs of stretches, 32 ms each, for which speech is believed after one had the brightness of speech.
const BRIGHT_HELD: u32 = 4;
/// Speech has between its consonants and its vowels more power above 1 kHz than this share of that below 700 Hz: over
/// half of its stretches do. Wind, which swells and fades as speech does and so is taken for it, loses 12 dB an octave: of
/// its stretches one in a hundred does.
const BRIGHT_SHARE_MIN: f32 = 0.1;
/// Edges of the bands in bins of 31.25 Hz: 250 to 3,400 Hz, as the ear divides them. What a telephone lets through.
const EDGES: [usize; BANDS + 1] = [8, 11, 14, 18, 22, 27, 33, 40, 48, 58, 70, 86, 109];

/// What was heard.
pub(super) struct Heard {
    pub(super) speech_ms: u64,
    pub(super) sketch: AudioSketch,
}

/// Blocks in which somebody speaks.
#[derive(Clone, Copy, Default)]
struct Spoken {
    /// Of the first half minute.
    whole: u64,
    /// Of those that were heard later, and how many were.
    later: u64,
    heard_later: u64,
}

/// Listens.
pub(super) struct Listener {
    rate_hz: u64,
    /// Parts of `rate_hz` of the sample at 16 kHz that is being made.
    phase: u64,
    sum: f32,
    last: f32,
    /// Samples of one channel, and those at 16 kHz, while they are heard.
    mono: Vec<f32>,
    converted: Vec<f32>,
    detector: Detector,
    speech: Vec<f32>,
    /// Blocks that the detector was offered, and what it heard of them.
    blocks: u64,
    spoken: Spoken,
    /// Pairs of stretches for which what the detector takes for speech is believed.
    bright_held: u32,
    /// A sample at 16 kHz that waits for its second.
    half: Option<f32>,
    /// Samples at 8 kHz, for two stretches.
    stretch: Vec<f32>,
    fft: Fft,
    anchors: Anchors,
}

impl Listener {
    pub(super) fn new() -> Self {
        Self {
            rate_hz: RATE_HZ,
            phase: 0,
            sum: 0.0,
            last: 0.0,
            mono: Vec::new(),
            converted: Vec::new(),
            detector: Detector::default(),
            speech: Vec::with_capacity(SPEECH_SAMPLES),
            blocks: 0,
            spoken: Spoken::default(),
            bright_held: 0,
            half: None,
            stretch: Vec::with_capacity(SAMPLES + HOP),
            fft: Fft::new(),
            anchors: Anchors::new(),
        }
    }

    /// Sets the rate of what is heard.
    pub(super) fn start(&mut self, rate_hz: u32) {
        self.rate_hz = u64::from(rate_hz.max(1));
    }

    /// Hears interleaved samples, all channels together.
    pub(super) fn hear(&mut self, interleaved: &[f32], channels: usize) {
        let mut mono = std::mem::take(&mut self.mono);
        mono.clear();
        if channels <= 1 {
            mono.extend(interleaved.iter().copied().map(within));
        } else {
            #[expect(clippy::cast_precision_loss, reason = "a few channels")]
            let share = 1.0 / channels as f32;
            let mixed = interleaved.chunks_exact(channels);
            mono.extend(mixed.map(|frame| within(frame.iter().sum::<f32>() * share)));
        }
        if self.rate_hz == RATE_HZ {
            self.hear_at_16_khz(&mono);
        } else {
            for sample in &mono {
                self.convert(*sample);
            }
            let converted = std::mem::take(&mut self.converted);
            self.hear_at_16_khz(&converted);
            self.converted = converted;
            self.converted.clear();
        }
        self.mono = mono;
    }

    /// Brings a sample to 16 kHz.
    #[expect(clippy::cast_precision_loss, reason = "weights")]
    fn convert(&mut self, sample: f32) {
        self.phase += RATE_HZ;
        let rate_hz = self.rate_hz;
        if rate_hz >= RATE_HZ {
            // The mean over the time of one sample: a crude filter, and enough for levels below 4 kHz.
            if self.phase < rate_hz {
                self.sum += sample * RATE_HZ as f32;
                return;
            }
            self.phase -= rate_hz;
            let (over, inside) = (self.phase as f32, (RATE_HZ - self.phase) as f32);
            let mean = (self.sum + sample * inside) / rate_hz as f32;
            self.sum = sample * over;
            self.converted.push(mean);
        } else {
            while self.phase >= rate_hz {
                self.phase -= rate_hz;
                let share = 1.0 - self.phase as f32 / RATE_HZ as f32;
                self.converted.push(self.last + (sample - self.last) * share);
            }
            self.last = sample;
        }
    }

    /// Hears nothing for so many frames.
    pub(super) fn skip(&mut self, frames: u64) {
        let samples = frames.saturating_mul(RATE_HZ) / self.rate_hz;
        if samples <= SKIP_MIN {
            let samples = usize::try_from(samples).unwrap_or_default();
            self.hear_at_16_khz(&vec![0.0; samples]);
            return;
        }
        self.half = None;
        self.stretch.clear();
        self.anchors.skip(samples / 2 / HOP as u64);
        self.detector.reset();
    }

    fn hear_at_16_khz(&mut self, samples: &[f32]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let room = SPEECH_SAMPLES.saturating_sub(self.speech.len());
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.speech.extend_from_slice(now);
            if self.speech.len() >= SPEECH_SAMPLES {
                self.detect();
                self.speech.clear();
            }
            self.halve(now);
            rest = later;
        }
    }

    /// Asks the detector whether somebody speaks in the block that is full.
    fn detect(&mut self) {
        let later = self.blocks.checked_sub(WHOLE).map(|place| place % CYCLE);
        self.blocks += 1;
        if later.is_some_and(|place| place >= HEARD) {
            return;
        }
        if later == Some(0) {
            // What it heard last was seconds ago.
            self.detector.reset();
        }
        let is_spoken = self.detector.predict_f32(&self.speech) >= SPEECH_SCORE && self.bright_held > 0;
        let spoken = &mut self.spoken;
        if later.is_none() {
            spoken.whole += u64::from(is_spoken);
        } else {
            spoken.heard_later += 1;
            spoken.later += u64::from(is_spoken);
        }
    }

    /// Blocks of the whole recording in which somebody speaks.
    fn spoken(&self) -> u64 {
        let Spoken {
            whole,
            later,
            heard_later,
        } = self.spoken;
        let all_later = self.blocks.saturating_sub(WHOLE);
        whole + (later * all_later).checked_div(heard_later).unwrap_or_default()
    }

    /// Takes every two samples as one, for the sketch.
    fn halve(&mut self, samples: &[f32]) {
        let mut rest = samples;
        if let (Some(first), Some((second, later))) = (self.half, rest.split_first()) {
            self.half = None;
            self.heard_at_8_khz(f32::midpoint(first, *second));
            rest = later;
        }
        let (pairs, last) = rest.as_chunks::<2>();
        for [first, second] in pairs {
            self.heard_at_8_khz(f32::midpoint(*first, *second));
        }
        if let [last] = last {
            self.half = Some(*last);
        }
    }

    fn heard_at_8_khz(&mut self, sample: f32) {
        self.stretch.push(sample);
        if self.stretch.len() < SAMPLES + HOP {
            return;
        }
        let second = self.stretch.get(HOP..).unwrap_or_default();
        let (powers, others) = self.fft.powers(&self.stretch, second);
        let heard = bands(&powers);
        self.bright_held = if is_bright(&heard) {
            BRIGHT_HELD
        } else {
            self.bright_held.saturating_sub(1)
        };
        self.anchors.push(heard);
        self.anchors.push(bands(&others));
        self.stretch.drain(..2 * HOP);
    }

    pub(super) fn finish(self) -> Heard {
        Heard {
            speech_ms: self.spoken() * SPEECH_SAMPLES as u64 * 1_000 / RATE_HZ,
            sketch: self.anchors.finish(),
        }
    }
}

/// A sample that is one: within full scale.
fn within(sample: f32) -> f32 {
    if sample.is_finite() {
        sample.clamp(-1.0, 1.0)
    } else {
        0.0
    }
}

/// Whether there is enough above 1 kHz beside what is below 700 Hz.
fn is_bright(bands: &[f32; BANDS]) -> bool {
    let [a, b, c, d, _, _, high @ ..] = bands;
    high.iter().sum::<f32>() > BRIGHT_SHARE_MIN * (a + b + c + d)
}

/// The power in each band.
fn bands(powers: &[f32]) -> [f32; BANDS] {
    let mut bands = [0.0; BANDS];
    for (band, edges) in bands.iter_mut().zip(EDGES.windows(2)) {
        if let [from, to] = edges {
            *band = powers.get(*from..*to).unwrap_or_default().iter().sum();
        }
    }
    bands
}
