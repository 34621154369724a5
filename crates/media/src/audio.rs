//! Recordings: container, codec, duration, silence, gaps, waveform, share of speech, and a sketch to find them again.
//!
//! [`inspect`] decodes the whole recording in a stream: the samples of one packet at a time, so memory stays small
//! however long it is. Durations come from what is there, never from what a header says: browsers write WebM without a
//! duration, killed recorders leave headers that lie.
//!
//! The containers are walked here, because only that walk tells a cut file from the normal end of a live one and
//! reads packets where they lie, without trusting a claimed length or count. AAC is decoded by symphonia, Opus by libopus.

mod aac;
mod error;
mod fft;
mod level;
mod listen;
mod mp4;
mod ogg;
mod opus;
mod sketch;
mod wav;
mod webm;

pub use self::error::AudioError;
use self::level::Meter;
pub use self::sketch::{ALIKE_MIN, ANCHORS_MAX, Anchor, AudioSketch, SHARED_WORDS_MIN};
use crate::kind::{Kind, sniff};

/// Level under which a recording counts as silent, in dB relative to full scale.
pub const SILENCE_DBFS: f32 = -50.0;

/// Number of bars in [`AudioFacts::waveform`].
pub const WAVEFORM_BARS: usize = 200;

/// What a recording may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub size_bytes_max: u64,
    /// Longest recording, in seconds; decoding stops there.
    pub duration_s_max: u32,
    /// Most samples that are decoded, all channels together; decoding stops there.
    pub samples_max: u64,
}

impl Default for Limits {
    /// Six hours, 512 MiB.
    fn default() -> Self {
        Self {
            size_bytes_max: 512 << 20,
            duration_s_max: 6 * 3_600,
            samples_max: 6 * 3_600 * 48_000 * 2,
        }
    }
}

/// Container of a recording that is accepted as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// `WebM` or Matroska (RFC 9559).
    WebM,
    /// Ogg (RFC 3533).
    Ogg,
    /// MP4, M4A, 3GP (ISO/IEC 14496-12), fragmented or not.
    Mp4,
    /// RIFF WAVE.
    Wav,
}

impl Container {
    /// Lower-case name: `webm`, `ogg`, `mp4`, `wav`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebM => "webm",
            Self::Ogg => "ogg",
            Self::Mp4 => "mp4",
            Self::Wav => "wav",
        }
    }

    /// Media type, as in HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::WebM => "audio/webm",
            Self::Ogg => "audio/ogg",
            Self::Mp4 => "audio/mp4",
            Self::Wav => "audio/wav",
        }
    }
}

/// Codec of a recording that is accepted as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Opus (RFC 6716), one or two channels.
    Opus,
    /// AAC-LC (ISO/IEC 14496-3).
    Aac,
    /// Uncompressed, or A-law or µ-law.
    Pcm,
}

impl Codec {
    /// Lower-case name: `opus`, `aac`, `pcm`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Aac => "aac",
            Self::Pcm => "pcm",
        }
    }
}

/// What a recording is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFacts {
    /// Size of the original in bytes.
    pub size_bytes: u64,
    /// True container, from the bytes.
    pub container: Container,
    /// True codec, from the bytes.
    pub codec: Codec,
    /// Sample rate of the decoded sound in hertz.
    pub sample_rate_hz: u32,
    /// Number of channels, at least 1.
    pub channels: u8,
    /// How long the recording is, in milliseconds; a stretch without packets counts as silence.
    pub duration_ms: u64,
    /// Nothing is above [`SILENCE_DBFS`] anywhere.
    pub silent: bool,
    /// Longest stretch below [`SILENCE_DBFS`], in milliseconds, counted in whole tenths of a second; of a silent
    /// recording its whole duration.
    pub longest_gap_ms: u64,
    /// The file ends in the middle of something. It is kept and marked, not refused.
    pub truncated: bool,
    /// Some packets were unreadable and are counted as silence or left out.
    pub damaged: bool,
    /// How much of the recording is somebody speaking, in milliseconds. A television speaks too; wind, an empty room and
    /// machines do not.
    pub speech_ms: u64,
    /// By what the recording is found again.
    pub sketch: AudioSketch,
    /// Highest sample of each of [`WAVEFORM_BARS`] equal stretches, 0 to 255 of full scale.
    pub waveform: Vec<u8>,
}

/// What a container's reader found beside the samples that it gave to the meter.
struct Stream {
    codec: Codec,
    truncated: bool,
    damaged: bool,
}

/// Reads one kind of container and gives its sound to the meter.
type Read = fn(&[u8], &mut Meter) -> Result<Stream, AudioError>;

/// Reads, decodes and measures a recording.
///
/// # Errors
/// The bytes are not a recording of a known kind, nothing in it can be decoded, or it is longer than `limits` allow.
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<AudioFacts, AudioError> {
    let size_bytes = bytes.len() as u64;
    if bytes.is_empty() {
        return Err(AudioError::Empty);
    }
    let (container, read): (_, Read) = match sniff(bytes) {
        Kind::WebM => (Container::WebM, webm::read),
        Kind::Ogg => (Container::Ogg, ogg::read),
        Kind::Mp4 => (Container::Mp4, mp4::read),
        Kind::Wav => (Container::Wav, wav::read),
        other => return Err(AudioError::Type { found: other.name() }),
    };
    if size_bytes > limits.size_bytes_max {
        return Err(AudioError::FileSize {
            size_bytes,
            size_bytes_max: limits.size_bytes_max,
        });
    }
    let mut meter = Meter::new(limits);
    let stream = read(bytes, &mut meter)?;
    let sound = meter.finish().ok_or(AudioError::NoSound)?;
    Ok(AudioFacts {
        size_bytes,
        container,
        codec: stream.codec,
        sample_rate_hz: sound.rate_hz,
        channels: sound.channels,
        duration_ms: sound.duration_ms,
        silent: sound.silent,
        longest_gap_ms: sound.longest_gap_ms,
        truncated: stream.truncated,
        damaged: stream.damaged,
        speech_ms: sound.speech_ms,
        sketch: sound.sketch,
        waveform: sound.waveform,
    })
}
