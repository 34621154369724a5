//! Opus packets to samples: libopus, and the header that says how (RFC 7845 §5.1).

use ::opus::{Channels, Decoder as LibOpus};

use super::level::Meter;
use super::{AudioError, Codec, Stream};
use crate::bytes::Bytes;

/// Opus counts in frames of 48 kHz, whatever rate the recorder was fed with (RFC 7845 §4).
pub(super) const RATE_HZ: u32 = 48_000;
/// What is listened to lies below 8 kHz, so it is decoded at 16 kHz: for speech nearly twice as fast, because that is
/// the rate at which Opus keeps it.
const DECODED_HZ: u32 = 16_000;
/// Counted frames for each that is decoded.
const STRIDE: u32 = RATE_HZ / DECODED_HZ;
/// 120 ms, the longest packet that Opus allows, as it is decoded.
const PACKET_FRAMES_MAX: usize = 1_920;
/// A jump of the timestamps above it is a stretch without packets; below it is jitter.
const JUMP_FRAMES_MIN: u64 = 48 * 200;

/// What `OpusHead` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    channels: u8,
    /// Frames at the start that are the encoder's run-up, not sound.
    pre_skip: u64,
}

impl Head {
    /// Reads `OpusHead`, its magic included.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, AudioError> {
        let broken = || AudioError::Broken { what: "OpusHead" };
        let mut head = Bytes(bytes.strip_prefix(b"OpusHead").ok_or_else(broken)?);
        let version = head.u8().ok_or_else(broken)?;
        let channels = head.u8().ok_or_else(broken)?;
        let pre_skip = head.u16_le().ok_or_else(broken)?;
        if version & 0xF0 != 0 || channels == 0 {
            return Err(broken());
        }
        Self::new(channels, pre_skip)
    }

    /// Several streams in one packet (mapping families above 0) are not what a phone records.
    pub(super) fn new(channels: u8, pre_skip: u16) -> Result<Self, AudioError> {
        if !(1..=2).contains(&channels) {
            return Err(AudioError::Codec {
                found: format!("Opus, {channels} channels"),
            });
        }
        Ok(Self {
            channels,
            pre_skip: u64::from(pre_skip),
        })
    }

    pub(super) fn pre_skip(self) -> u64 {
        self.pre_skip
    }
}

/// Decodes packets into a [`Meter`], in a timeline that counts frames from the first packet on, run-up included.
pub(super) struct Decoder {
    lib: LibOpus,
    head: Head,
    buffer: Vec<f32>,
    /// Frames since the start of the first packet.
    position: u64,
    /// Frames to drop before anything is measured.
    pre_skip: u64,
    damaged: bool,
}

impl Decoder {
    pub(super) fn new(head: Head, meter: &mut Meter) -> Result<Self, AudioError> {
        let channels = if head.channels == 1 {
            Channels::Mono
        } else {
            Channels::Stereo
        };
        let lib = LibOpus::new(DECODED_HZ, channels).map_err(|error| AudioError::Codec {
            found: format!("Opus: {error}"),
        })?;
        meter.start_at(RATE_HZ, STRIDE, head.channels)?;
        let buffer = vec![0.0; PACKET_FRAMES_MAX * usize::from(head.channels)];
        Ok(Self {
            lib,
            head,
            buffer,
            position: 0,
            pre_skip: head.pre_skip,
            damaged: false,
        })
    }

    /// Frames since the start of the first packet.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Moves to the frame where the next packet belongs, if packets are missing before it.
    pub(super) fn seek(&mut self, frame: u64, meter: &mut Meter) {
        let missing = frame.saturating_sub(self.position);
        if missing <= JUMP_FRAMES_MIN {
            return;
        }
        if meter.skip(missing) {
            self.position = frame;
        } else {
            self.damaged = true;
        }
    }

    /// Decodes one packet; of it, at most up to the frame `end` is measured.
    pub(super) fn packet(&mut self, packet: &[u8], end: u64, meter: &mut Meter) -> Result<(), AudioError> {
        // To libopus an empty packet means a lost one, to be made up for 120 ms.
        if packet.is_empty() {
            self.damaged = true;
            return Ok(());
        }
        let Ok(frames) = self.lib.decode_float(packet, &mut self.buffer, false) else {
            self.damaged = true;
            return Ok(());
        };
        let frames = frames as u64 * u64::from(STRIDE);
        let kept = frames.min(end.saturating_sub(self.position));
        let dropped = self.pre_skip.min(kept);
        self.pre_skip -= self.pre_skip.min(frames);
        self.position += frames;
        let channels = usize::from(self.head.channels);
        let at = |frame: u64| {
            let decoded = usize::try_from(frame.div_ceil(u64::from(STRIDE)));
            decoded.unwrap_or(usize::MAX).saturating_mul(channels)
        };
        let samples = self.buffer.get(at(dropped)..at(kept)).unwrap_or_default();
        meter.push_strided(samples, kept - dropped)
    }

    pub(super) fn finish(self, truncated: bool, damaged: bool) -> Stream {
        Stream {
            codec: Codec::Opus,
            truncated,
            damaged: damaged || self.damaged,
        }
    }
}

/// Number of frames in a packet at 48 kHz, from its first two bytes (RFC 6716 §3.1); 0 if it is impossible.
pub(super) fn packet_frames(packet: &[u8]) -> u64 {
    let mut packet = Bytes(packet);
    let Some(toc) = packet.u8() else { return 0 };
    let config = toc >> 3;
    let frame: u64 = match config {
        0..=11 => [480, 960, 1_920, 2_880]
            .get(usize::from(config % 4))
            .copied()
            .unwrap_or(0),
        12..=15 => [480, 960].get(usize::from(config % 2)).copied().unwrap_or(0),
        _ => [120, 240, 480, 960]
            .get(usize::from(config % 4))
            .copied()
            .unwrap_or(0),
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(packet.u8().unwrap_or(0) & 0x3F),
    };
    frame * count
}
