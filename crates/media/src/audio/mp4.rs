//! MP4, M4A, 3GP (ISO/IEC 14496-12), whole or fragmented, with one AAC or Opus track.

mod samples;
mod track;

use self::samples::{Fragments, Sample, Table};
use self::track::{Coding, Track};
use super::aac::AacDecoder;
use super::level::Meter;
use super::opus::{Decoder as OpusDecoder, RATE_HZ};
use super::{AudioError, Codec, Stream};
use crate::bytes::iso_boxes;

/// Packets per second of allowed duration. Real recorders write 50; more is a table made to keep us busy.
const PACKETS_PER_SECOND_MAX: u64 = 400;

/// Walks the boxes and measures the first audio track.
pub(super) fn read(bytes: &[u8], meter: &mut Meter) -> Result<Stream, AudioError> {
    let moov = iso_boxes(bytes).find(|top| &top.name == b"moov" && !top.cut);
    let moov = moov.ok_or(AudioError::Broken {
        what: "no complete moov box",
    })?;
    let track = Track::first_audio(moov.body)?;
    let mut truncated = false;
    let mut sink = Sink::new(&track, meter)?;
    if let Some(stbl) = track.stbl {
        truncated |= !Table::parse(stbl)?.each(|sample| sink.sample(bytes, &sample))?;
    }
    let mut fragments = Fragments::new(&track);
    let mut awaits_data = false;
    for top in iso_boxes(bytes) {
        truncated |= top.cut;
        awaits_data = &top.name == b"moof";
        if awaits_data && !top.cut {
            truncated |= !fragments.each(top.body, top.at as u64, |sample| sink.sample(bytes, &sample))?;
        }
    }
    // A fragment without its data is cut off as well.
    truncated |= awaits_data;
    Ok(sink.finish(truncated))
}

/// Takes samples in order, places them in time, decodes them.
struct Sink<'m> {
    coding: Coder,
    meter: &'m mut Meter,
    timescale: u64,
    origin: Option<u64>,
    packets_left: u64,
}

enum Coder {
    Aac(Box<AacDecoder>),
    Opus(Box<OpusDecoder>),
}

impl<'m> Sink<'m> {
    fn new(track: &Track<'_>, meter: &'m mut Meter) -> Result<Self, AudioError> {
        let coding = match &track.coding {
            Coding::Aac(config) => Coder::Aac(Box::new(AacDecoder::new(config)?)),
            Coding::Opus(head) => Coder::Opus(Box::new(OpusDecoder::new(*head, meter)?)),
        };
        let packets_left = meter.duration_s_max() * PACKETS_PER_SECOND_MAX;
        Ok(Self {
            coding,
            meter,
            timescale: u64::from(track.timescale),
            origin: None,
            packets_left,
        })
    }

    /// Decodes one sample; `false` where the file has no such bytes.
    fn sample(&mut self, file: &[u8], sample: &Sample) -> Result<bool, AudioError> {
        self.packets_left = self
            .packets_left
            .checked_sub(1)
            .ok_or_else(|| self.meter.too_long())?;
        let start = usize::try_from(sample.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(sample.size).unwrap_or(usize::MAX));
        let Some(data) = file.get(start..end) else {
            return Ok(false);
        };
        let origin = *self.origin.get_or_insert(sample.time);
        let elapsed = u128::from(sample.time.saturating_sub(origin));
        let frame = |rate_hz: u32| {
            u64::try_from(elapsed * u128::from(rate_hz) / u128::from(self.timescale)).unwrap_or(u64::MAX)
        };
        match &mut self.coding {
            Coder::Aac(decoder) => decoder.packet(data, frame, self.meter)?,
            Coder::Opus(decoder) => {
                decoder.seek(frame(RATE_HZ), self.meter);
                decoder.packet(data, u64::MAX, self.meter)?;
            }
        }
        Ok(true)
    }

    fn finish(self, truncated: bool) -> Stream {
        match self.coding {
            Coder::Aac(decoder) => Stream {
                codec: Codec::Aac,
                truncated,
                damaged: decoder.damaged(),
            },
            Coder::Opus(decoder) => decoder.finish(truncated, false),
        }
    }
}
