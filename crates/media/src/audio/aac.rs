//! AAC packets to samples, by symphonia.

use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

use super::AudioError;
use super::level::Meter;

/// A jump of the timestamps above this part of a second is a stretch without packets; below it is jitter.
const JUMPS_PER_SECOND: u64 = 5;

/// Decodes packets into a [`Meter`].
pub(super) struct AacDecoder {
    lib: symphonia::default::codecs::AacDecoder,
    rate_hz: Option<u32>,
    buffer: Vec<f32>,
    damaged: bool,
}

impl AacDecoder {
    /// Makes a decoder for an `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1).
    pub(super) fn new(config: &[u8]) -> Result<Self, AudioError> {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_AAC).with_extra_data(config.into());
        let lib = guard(|| {
            symphonia::default::codecs::AacDecoder::try_new(&parameters, &AudioDecoderOptions::default())
        })
        .ok_or(AudioError::Broken {
            what: "AudioSpecificConfig",
        })?
        .map_err(|error| AudioError::Codec {
            found: format!("AAC: {error}"),
        })?;
        Ok(Self {
            lib,
            rate_hz: None,
            buffer: Vec::new(),
            damaged: false,
        })
    }

    /// Decodes one packet. `frame` tells at which frame it belongs, given the sample rate.
    pub(super) fn packet(
        &mut self,
        data: &[u8],
        frame: impl Fn(u32) -> u64,
        meter: &mut Meter,
    ) -> Result<(), AudioError> {
        let lib = &mut self.lib;
        let buffer = &mut self.buffer;
        let decoded = guard(|| {
            let decoded = lib
                .decode_ref(&PacketRef::new(0, Timestamp::new(0), Duration::new(0), data))
                .ok()?;
            decoded.copy_to_vec_interleaved(buffer);
            let spec = decoded.spec();
            Some((spec.rate(), spec.channels().count()))
        });
        let Some((rate_hz, channels)) = decoded.flatten() else {
            self.damaged = true;
            return Ok(());
        };
        let channels = u8::try_from(channels).unwrap_or(0);
        if self.rate_hz.is_none() {
            self.rate_hz = Some(rate_hz);
        }
        meter.start(rate_hz, channels)?;
        let missing = frame(rate_hz).saturating_sub(meter.frames());
        if missing > u64::from(rate_hz) / JUMPS_PER_SECOND {
            self.damaged |= !meter.skip(missing);
        }
        meter.push(&self.buffer)
    }

    /// Whether a packet could not be decoded.
    pub(super) fn damaged(&self) -> bool {
        self.damaged
    }
}

/// Symphonia is other people's code on hostile input: a panic in it costs one packet, not the process. Its state
/// after a panic is only ever decoded into again, which cannot be unsound in a crate without unsafe code.
fn guard<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}
