//! Loudness over time: silence, gaps and the waveform, from a stream of samples; what they sound like is listened to
//! on the way.

use super::listen::{Heard, Listener};
use super::{AudioError, AudioSketch, Limits, SILENCE_DBFS, WAVEFORM_BARS};

/// A gap is counted in whole windows of a tenth of a second: the dying away of the last word is not the gap.
const GAP_WINDOWS_PER_SECOND: u64 = 10;

/// Bars kept while the length is not yet known; when they are full, pairs are joined.
const FINE_BARS: usize = WAVEFORM_BARS * 4;

/// Measures samples as they come.
pub(super) struct Meter {
    limits: Limits,
    rate_hz: u32,
    /// Frames that one decoded frame stands for: 1 but where a recording is decoded at a lower rate than it counts in.
    stride: u32,
    channels: u8,
    /// Frames measured: one frame is one sample of each channel.
    frames: u64,
    /// Frames that were decoded, not skipped.
    decoded: u64,
    samples: u64,
    threshold: f32,
    heard: bool,
    window_frames: u64,
    window_fill: u64,
    window_heard: bool,
    gap: u64,
    longest_gap: u64,
    bars: Vec<f32>,
    bar_frames: u64,
    bar_fill: u64,
    bar_peak: f32,
    listener: Listener,
}

/// The result of a [`Meter`].
pub(super) struct Sound {
    pub(super) rate_hz: u32,
    pub(super) channels: u8,
    pub(super) duration_ms: u64,
    pub(super) silent: bool,
    pub(super) longest_gap_ms: u64,
    pub(super) waveform: Vec<u8>,
    pub(super) speech_ms: u64,
    pub(super) sketch: AudioSketch,
}

impl Meter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            rate_hz: 0,
            stride: 1,
            channels: 0,
            frames: 0,
            decoded: 0,
            samples: 0,
            threshold: 10_f32.powf(SILENCE_DBFS / 20.0),
            heard: false,
            window_frames: 1,
            window_fill: 0,
            window_heard: false,
            gap: 0,
            longest_gap: 0,
            bars: Vec::with_capacity(FINE_BARS),
            bar_frames: 1,
            bar_fill: 0,
            bar_peak: 0.0,
            listener: Listener::new(),
        }
    }

    /// Sets the form of the samples to come. A later call with another form is refused: evidence has one form.
    pub(super) fn start(&mut self, rate_hz: u32, channels: u8) -> Result<(), AudioError> {
        self.start_at(rate_hz, 1, channels)
    }

    /// The same, for samples that each stand for `stride` frames.
    pub(super) fn start_at(&mut self, rate_hz: u32, stride: u32, channels: u8) -> Result<(), AudioError> {
        if rate_hz == 0 || channels == 0 {
            return Err(AudioError::Broken {
                what: "no sample rate or no channels",
            });
        }
        if self.rate_hz != 0 && (self.rate_hz, self.channels) != (rate_hz, channels) {
            return Err(AudioError::Broken {
                what: "the sample rate changes inside the recording",
            });
        }
        (self.rate_hz, self.stride, self.channels) = (rate_hz, stride.max(1), channels);
        self.listener.start(rate_hz / self.stride);
        self.window_frames = u64::from(rate_hz).div_ceil(GAP_WINDOWS_PER_SECOND);
        Ok(())
    }

    /// Frames measured so far.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Longest recording allowed, in seconds.
    pub(super) fn duration_s_max(&self) -> u64 {
        u64::from(self.limits.duration_s_max)
    }

    /// Measures interleaved samples, full scale ±1.
    pub(super) fn push(&mut self, interleaved: &[f32]) -> Result<(), AudioError> {
        let frames = interleaved.len() / usize::from(self.channels.max(1));
        self.push_strided(interleaved, frames as u64)
    }

    /// Measures interleaved samples that stand for so many frames: as many as the stride says, less what is cut off at the
    /// ends.
    pub(super) fn push_strided(&mut self, interleaved: &[f32], frames: u64) -> Result<(), AudioError> {
        let channels = usize::from(self.channels.max(1));
        let stride = u64::from(self.stride);
        self.samples += interleaved.len() as u64 * stride;
        if self.samples > self.limits.samples_max {
            return Err(self.too_long());
        }
        let (mut rest, mut left) = (interleaved, frames);
        while !rest.is_empty() {
            // Up to the end of the bar or of the window, whichever is nearer.
            let until = (self.bar_frames - self.bar_fill).min(self.window_frames - self.window_fill);
            let samples = usize::try_from(until.div_ceil(stride)).unwrap_or(usize::MAX);
            let (now, later) = rest.split_at(samples.saturating_mul(channels).min(rest.len()));
            // Of several channels the loudest counts. NaN counts as silence.
            let peak = now.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            self.window_heard |= peak > self.threshold;
            self.bar_peak = self.bar_peak.max(peak);
            let step = left.min(stride * (now.len() / channels) as u64);
            left -= step;
            self.pass(step);
            rest = later;
        }
        self.listener.hear(interleaved, channels);
        self.pass(left);
        self.decoded += frames;
        self.frames += frames;
        self.check_length()
    }

    /// Counts frames for which the recording has no samples as silence. `false`, and nothing is counted, if that would
    /// be longer than allowed: a damaged timestamp may claim centuries, and must not cost the recording.
    pub(super) fn skip(&mut self, frames: u64) -> bool {
        let total = self.frames.saturating_add(frames);
        if total > self.frames_max() {
            return false;
        }
        self.frames = total;
        self.listener.skip(frames / u64::from(self.stride));
        self.pass(frames);
        true
    }

    /// Moves on by any number of frames.
    fn pass(&mut self, frames: u64) {
        let mut left = frames;
        while left > 0 {
            let step = left
                .min(self.bar_frames - self.bar_fill)
                .min(self.window_frames - self.window_fill);
            left -= step;
            self.advance(step);
        }
    }

    /// Moves on by frames that reach at most to the end of the bar and of the window.
    fn advance(&mut self, frames: u64) {
        self.bar_fill += frames;
        if self.bar_fill == self.bar_frames {
            self.end_bar();
        }
        self.window_fill += frames;
        if self.window_fill == self.window_frames {
            self.end_window();
        }
    }

    /// What was measured, or nothing if no sample was decoded.
    pub(super) fn finish(mut self) -> Option<Sound> {
        if self.decoded == 0 || self.rate_hz == 0 {
            return None;
        }
        if self.bar_fill > 0 {
            self.end_bar();
        }
        self.end_window();
        let Heard { speech_ms, sketch } = self.listener.finish();
        let milliseconds = |frames: u64| frames.saturating_mul(1_000) / u64::from(self.rate_hz);
        Some(Sound {
            rate_hz: self.rate_hz,
            channels: self.channels,
            duration_ms: milliseconds(self.frames),
            silent: !self.heard,
            longest_gap_ms: milliseconds(self.longest_gap),
            waveform: waveform(&self.bars),
            speech_ms,
            sketch,
        })
    }

    fn end_window(&mut self) {
        self.gap = if self.window_heard {
            0
        } else {
            self.gap + self.window_fill
        };
        self.longest_gap = self.longest_gap.max(self.gap);
        self.heard |= self.window_heard;
        (self.window_fill, self.window_heard) = (0, false);
    }

    fn end_bar(&mut self) {
        self.bars.push(self.bar_peak);
        (self.bar_fill, self.bar_peak) = (0, 0.0);
        if self.bars.len() == FINE_BARS {
            self.bars = self.bars.chunks(2).map(loudest).collect();
            self.bar_frames *= 2;
        }
    }

    fn check_length(&self) -> Result<(), AudioError> {
        if self.frames > self.frames_max() {
            Err(self.too_long())
        } else {
            Ok(())
        }
    }

    fn frames_max(&self) -> u64 {
        self.duration_s_max() * u64::from(self.rate_hz)
    }

    pub(super) fn too_long(&self) -> AudioError {
        AudioError::TooLong {
            duration_s_max: self.limits.duration_s_max,
        }
    }
}

fn loudest(bars: &[f32]) -> f32 {
    bars.iter().copied().fold(0.0, f32::max)
}

/// Brings any number of bars to [`WAVEFORM_BARS`].
fn waveform(bars: &[f32]) -> Vec<u8> {
    (0..WAVEFORM_BARS)
        .map(|bar| {
            let from = bar * bars.len() / WAVEFORM_BARS;
            let to = ((bar + 1) * bars.len()).div_ceil(WAVEFORM_BARS).max(from + 1);
            let peak = loudest(bars.get(from..to.min(bars.len())).unwrap_or_default());
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0..=255"
            )]
            let height = (peak.min(1.0) * 255.0).round() as u8;
            height
        })
        .collect()
}
