//! RIFF WAVE: PCM, float, A-law and µ-law.

use super::level::Meter;
use super::{AudioError, Codec, Stream};
use crate::bytes::Bytes;

/// Frames converted at a time.
const BLOCK_FRAMES: usize = 4_096;

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sample {
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
    ALaw,
    MuLaw,
}

impl Sample {
    fn size_bytes(self) -> usize {
        match self {
            Self::U8 | Self::ALaw | Self::MuLaw => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// One stored sample in full scale ±1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "24 bits are enough to measure a level"
    )]
    fn read(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::U8, [a]) => (f32::from(*a) - 128.0) / 128.0,
            (Self::I16, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
            (Self::I24, [a, b, c]) => i32::from_le_bytes([0, *a, *b, *c]) as f32 / 2_147_483_648.0,
            (Self::I32, [a, b, c, d]) => i32::from_le_bytes([*a, *b, *c, *d]) as f32 / 2_147_483_648.0,
            (Self::F32, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
            (Self::F64, bytes) => bytes
                .try_into()
                .map_or(0.0, |bytes| f64::from_le_bytes(bytes) as f32),
            (Self::ALaw, [a]) => a_law(*a),
            (Self::MuLaw, [a]) => mu_law(*a),
            _ => 0.0,
        }
    }
}

/// The `fmt ` chunk.
struct Format {
    sample: Sample,
    channels: u8,
    rate_hz: u32,
}

/// Walks the chunks and measures `data`.
pub(super) fn read(bytes: &[u8], meter: &mut Meter) -> Result<Stream, AudioError> {
    let mut rest = Bytes(bytes.get(12..).unwrap_or_default());
    let mut format = None;
    let mut long_size = None;
    while let (Some(name), Some(size)) = (rest.array::<4>(), rest.u32_le()) {
        if &name == b"data" {
            let format: Format = format.ok_or(AudioError::Broken {
                what: "no fmt chunk before data",
            })?;
            return data(rest.0, long_size.unwrap_or(u64::from(size)), &format, meter);
        }
        let Some(body) = rest.take(usize::try_from(size).unwrap_or(usize::MAX)) else {
            break;
        };
        if size % 2 == 1 {
            rest.take(1);
        }
        match &name {
            b"fmt " => format = Some(read_format(body)?),
            // RF64 (EBU Tech 3306): the true size of data.
            b"ds64" => long_size = body.get(8..).and_then(|body| Bytes(body).u64_le()),
            _ => {}
        }
    }
    Err(AudioError::Broken {
        what: "no data chunk",
    })
}

fn read_format(body: &[u8]) -> Result<Format, AudioError> {
    let broken = || AudioError::Broken { what: "fmt chunk" };
    let mut fields = Bytes(body);
    let mut tag = fields.u16_le().ok_or_else(broken)?;
    let channels = fields.u16_le().ok_or_else(broken)?;
    let rate_hz = fields.u32_le().ok_or_else(broken)?;
    fields.take(4).ok_or_else(broken)?;
    let block_bytes = fields.u16_le().ok_or_else(broken)?;
    let bits = fields.u16_le().ok_or_else(broken)?;
    if tag == 0xFFFE {
        // WAVE_FORMAT_EXTENSIBLE: the true tag is the start of the sub-format's GUID.
        fields.take(8).ok_or_else(broken)?;
        tag = fields.u16_le().ok_or_else(broken)?;
    }
    let sample = match (tag, bits) {
        (1, 8) => Sample::U8,
        (1, 16) => Sample::I16,
        (1, 24) => Sample::I24,
        (1, 32) => Sample::I32,
        (3, 32) => Sample::F32,
        (3, 64) => Sample::F64,
        (6, _) => Sample::ALaw,
        (7, _) => Sample::MuLaw,
        _ => {
            return Err(AudioError::Codec {
                found: format!("WAVE 0x{tag:04X}, {bits} bit"),
            });
        }
    };
    let channels = u8::try_from(channels)
        .ok()
        .filter(|channels| (1..=8).contains(channels))
        .ok_or_else(broken)?;
    if usize::from(block_bytes) != sample.size_bytes() * usize::from(channels)
        || !(1_000..=384_000).contains(&rate_hz)
    {
        return Err(broken());
    }
    Ok(Format {
        sample,
        channels,
        rate_hz,
    })
}

/// Measures the sound that is there. A recorder that was killed leaves a size of zero or of all ones, or one too large.
fn data(present: &[u8], claimed: u64, format: &Format, meter: &mut Meter) -> Result<Stream, AudioError> {
    let unfinished = claimed == 0 && !present.is_empty();
    let truncated = unfinished || claimed > present.len() as u64;
    let length = if unfinished {
        present.len()
    } else {
        usize::try_from(claimed).unwrap_or(usize::MAX).min(present.len())
    };
    let sound = present.get(..length).unwrap_or_default();
    meter.start(format.rate_hz, format.channels)?;
    let size = format.sample.size_bytes();
    let mut block = Vec::with_capacity(BLOCK_FRAMES * usize::from(format.channels));
    for chunk in sound.chunks(BLOCK_FRAMES * usize::from(format.channels) * size) {
        block.clear();
        block.extend(chunk.chunks_exact(size).map(|bytes| format.sample.read(bytes)));
        meter.push(&block)?;
    }
    Ok(Stream {
        codec: Codec::Pcm,
        truncated,
        damaged: false,
    })
}

/// ITU-T G.711 A-law.
fn a_law(byte: u8) -> f32 {
    let value = byte ^ 0x55;
    let exponent = (value >> 4) & 7;
    let mantissa = i16::from(value & 15);
    let magnitude = if exponent == 0 {
        (mantissa << 4) + 8
    } else {
        ((mantissa << 4) + 0x108) << (exponent - 1)
    };
    f32::from(if value & 0x80 == 0 { -magnitude } else { magnitude }) / 32_768.0
}

/// ITU-T G.711 µ-law.
fn mu_law(byte: u8) -> f32 {
    let value = !byte;
    let magnitude = (((i16::from(value & 15) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84;
    f32::from(if value & 0x80 == 0 { magnitude } else { -magnitude }) / 32_768.0
}
