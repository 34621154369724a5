//! Where the samples of a track lie: `stbl`, or the `moof` boxes of a fragmented file.
//!
//! Tables are read where they lie and never expanded, so that a claimed count costs nothing.

use super::super::AudioError;
use super::track::{Track, path};
use crate::bytes::{Bytes, iso_boxes};

/// One coded packet.
pub(super) struct Sample {
    /// Place in the file, in bytes from its start.
    pub(super) offset: u64,
    /// Length in bytes, at least 1.
    pub(super) size: u64,
    /// Decoding time in units of the track's timescale.
    pub(super) time: u64,
}

/// The tables of `stbl` (ISO/IEC 14496-12 §8.6, §8.7).
pub(super) struct Table<'a> {
    /// `stts`: runs of samples of one duration.
    durations: Bytes<'a>,
    duration_run: (u32, u32),
    /// `stsz`: one size for all, or a table.
    size: u32,
    sizes: Bytes<'a>,
    samples_left: u32,
    /// `stsc`: first chunk, samples per chunk.
    chunk_runs: Bytes<'a>,
    /// `stco` or `co64`.
    chunk_offsets: Bytes<'a>,
    wide_offsets: bool,
    time: u64,
}

impl<'a> Table<'a> {
    pub(super) fn parse(stbl: &'a [u8]) -> Result<Self, AudioError> {
        let broken = |what| move || AudioError::Broken { what };
        let table = |name: [u8; 4]| path(stbl, &[name]).and_then(|body| body.get(4..)).map(Bytes);
        let mut sizes = table(*b"stsz").ok_or_else(broken("stsz"))?;
        let size = sizes.u32_be().ok_or_else(broken("stsz"))?;
        let samples_left = sizes.u32_be().ok_or_else(broken("stsz"))?;
        let (mut chunk_offsets, wide_offsets) = table(*b"stco")
            .map(|body| (body, false))
            .or_else(|| table(*b"co64").map(|body| (body, true)))
            .ok_or_else(broken("stco"))?;
        let mut durations = table(*b"stts").ok_or_else(broken("stts"))?;
        let mut chunk_runs = table(*b"stsc").ok_or_else(broken("stsc"))?;
        for counted in [&mut chunk_offsets, &mut durations, &mut chunk_runs] {
            // The tables end where their boxes do, whatever the count claims.
            counted.u32_be().ok_or_else(broken("stbl"))?;
        }
        let mut this = Self {
            durations,
            duration_run: (0, 0),
            size,
            sizes,
            samples_left,
            chunk_runs,
            chunk_offsets,
            wide_offsets,
            time: 0,
        };
        this.next_duration_run();
        Ok(this)
    }

    /// Gives every sample to `sink`, in order. `false` if `sink` found one that the file does not have.
    pub(super) fn each(
        mut self,
        mut sink: impl FnMut(Sample) -> Result<bool, AudioError>,
    ) -> Result<bool, AudioError> {
        let mut samples_per_chunk = 0;
        let mut next_run = self.chunk_run();
        let mut chunk = 0_u32;
        while self.samples_left > 0 {
            let Some(mut offset) = self.chunk_offset() else {
                return Ok(false);
            };
            chunk = chunk.saturating_add(1);
            while let Some((_, samples)) = next_run.filter(|(first, _)| *first <= chunk) {
                samples_per_chunk = samples;
                next_run = self.chunk_run();
            }
            for _ in 0..samples_per_chunk.min(self.samples_left) {
                let Some(size) = self.next_size() else {
                    return Ok(false);
                };
                let time = self.next_time();
                if size > 0 && !sink(Sample { offset, size, time })? {
                    return Ok(false);
                }
                offset = offset.saturating_add(size);
            }
        }
        Ok(true)
    }

    fn chunk_offset(&mut self) -> Option<u64> {
        if self.wide_offsets {
            self.chunk_offsets.u64_be()
        } else {
            self.chunk_offsets.u32_be().map(u64::from)
        }
    }

    fn chunk_run(&mut self) -> Option<(u32, u32)> {
        let (first, samples) = (self.chunk_runs.u32_be()?, self.chunk_runs.u32_be()?);
        let _description = self.chunk_runs.u32_be()?;
        Some((first, samples))
    }

    /// A uniform size is never zero: zero says that there is a table.
    fn next_size(&mut self) -> Option<u64> {
        self.samples_left -= 1;
        if self.size > 0 {
            Some(u64::from(self.size))
        } else {
            self.sizes.u32_be().map(u64::from)
        }
    }

    fn next_time(&mut self) -> u64 {
        let time = self.time;
        let (left, duration) = self.duration_run;
        if left > 0 {
            self.time = self.time.saturating_add(u64::from(duration));
            self.duration_run.0 = left - 1;
            if left == 1 {
                self.next_duration_run();
            }
        }
        time
    }

    fn next_duration_run(&mut self) {
        while self.duration_run.0 == 0 {
            let (Some(count), Some(duration)) = (self.durations.u32_be(), self.durations.u32_be()) else {
                return;
            };
            self.duration_run = (count, duration);
        }
    }
}

/// Samples of `moof` boxes (ISO/IEC 14496-12 §8.8), one box after another.
pub(super) struct Fragments {
    track_id: u32,
    default_duration: u32,
    default_size: u32,
    time: u64,
}

/// What `tfhd` says.
struct Defaults {
    base: u64,
    duration: u32,
    size: u32,
}

impl Fragments {
    pub(super) fn new(track: &Track<'_>) -> Self {
        Self {
            track_id: track.id,
            default_duration: track.default_duration,
            default_size: track.default_size,
            time: 0,
        }
    }

    /// Gives every sample of one `moof`, which starts at `moof_at` in the file. `false` if the file does not have one.
    pub(super) fn each(
        &mut self,
        moof: &[u8],
        moof_at: u64,
        mut sink: impl FnMut(Sample) -> Result<bool, AudioError>,
    ) -> Result<bool, AudioError> {
        let mut whole = true;
        for traf in iso_boxes(moof).filter(|found| &found.name == b"traf") {
            let Some(defaults) = path(traf.body, &[*b"tfhd"]).and_then(|tfhd| self.defaults(tfhd, moof_at))
            else {
                continue;
            };
            if let Some(time) = path(traf.body, &[*b"tfdt"]).and_then(start_time) {
                self.time = time;
            }
            let mut offset = defaults.base;
            for trun in iso_boxes(traf.body).filter(|found| &found.name == b"trun") {
                whole &= self
                    .run(trun.body, &defaults, &mut offset, &mut sink)?
                    .unwrap_or(false);
            }
        }
        Ok(whole)
    }

    /// `tfhd`, if it is of the chosen track.
    fn defaults(&self, tfhd: &[u8], moof_at: u64) -> Option<Defaults> {
        let mut body = Bytes(tfhd);
        let flags = body.u32_be()?;
        if body.u32_be()? != self.track_id {
            return None;
        }
        let base = if flags & 0x01 != 0 {
            body.u64_be()?
        } else {
            moof_at
        };
        if flags & 0x02 != 0 {
            body.u32_be()?;
        }
        let duration = if flags & 0x08 != 0 {
            body.u32_be()?
        } else {
            self.default_duration
        };
        let size = if flags & 0x10 != 0 {
            body.u32_be()?
        } else {
            self.default_size
        };
        Some(Defaults { base, duration, size })
    }

    /// One `trun`; `None` if it cannot be read to its end.
    fn run(
        &mut self,
        trun: &[u8],
        defaults: &Defaults,
        offset: &mut u64,
        sink: &mut impl FnMut(Sample) -> Result<bool, AudioError>,
    ) -> Result<Option<bool>, AudioError> {
        let mut body = Bytes(trun);
        let Some((flags, count)) = run_header(&mut body, defaults.base, offset) else {
            return Ok(None);
        };
        let per_sample = u64::from((flags & 0xF00).count_ones());
        if per_sample == 0 && defaults.size == 0 {
            // Samples of no bytes, as many as one likes to claim.
            return Ok(None);
        }
        for _ in 0..count {
            let mut field = |flag, default| {
                if flags & flag != 0 {
                    body.u32_be()
                } else {
                    Some(default)
                }
            };
            let (Some(duration), Some(size), Some(_flags), Some(_composition)) = (
                field(0x100, defaults.duration),
                field(0x200, defaults.size),
                field(0x400, 0),
                field(0x800, 0),
            ) else {
                return Ok(None);
            };
            let sample = Sample {
                offset: *offset,
                size: u64::from(size),
                time: self.time,
            };
            if size > 0 && !sink(sample)? {
                return Ok(Some(false));
            }
            *offset = offset.saturating_add(u64::from(size));
            self.time = self.time.saturating_add(u64::from(duration));
        }
        Ok(Some(true))
    }
}

/// Flags and number of samples; moves `offset` if the run says where its data are.
fn run_header(body: &mut Bytes<'_>, base: u64, offset: &mut u64) -> Option<(u32, u32)> {
    let flags = body.u32_be()?;
    let count = body.u32_be()?;
    if flags & 0x01 != 0 {
        let relative = body.array().map(i32::from_be_bytes)?;
        *offset = base.saturating_add_signed(i64::from(relative));
    }
    if flags & 0x04 != 0 {
        body.u32_be()?;
    }
    Some((flags, count))
}

/// `tfdt`: decoding time of the first sample.
fn start_time(tfdt: &[u8]) -> Option<u64> {
    let mut body = Bytes(tfdt);
    let version = body.u8()?;
    body.take(3)?;
    if version == 1 {
        body.u64_be()
    } else {
        body.u32_be().map(u64::from)
    }
}
