//! The `moov` box: which track is the sound, how it is coded, where its tables are.

use super::super::AudioError;
use super::super::opus::Head;
use crate::bytes::{Bytes, iso_boxes};

/// Most children of one box that are looked at.
const CHILDREN_MAX: usize = 10_000;

/// The audio track.
pub(super) struct Track<'a> {
    pub(super) id: u32,
    /// Units of time per second, at least 1.
    pub(super) timescale: u32,
    pub(super) coding: Coding,
    /// The sample table, empty in a fragmented file.
    pub(super) stbl: Option<&'a [u8]>,
    /// `trex`: what fragments mean when they do not say.
    pub(super) default_duration: u32,
    pub(super) default_size: u32,
}

/// How the track is coded.
pub(super) enum Coding {
    /// `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1).
    Aac(Vec<u8>),
    Opus(Head),
}

impl<'a> Track<'a> {
    /// Finds the first track whose handler is `soun`.
    pub(super) fn first_audio(moov: &'a [u8]) -> Result<Self, AudioError> {
        let trak = iso_boxes(moov)
            .take(CHILDREN_MAX)
            .filter(|found| &found.name == b"trak")
            .find(|trak| {
                path(trak.body, &[*b"mdia", *b"hdlr"]).and_then(|hdlr| hdlr.get(8..12)) == Some(b"soun")
            })
            .ok_or(AudioError::Broken {
                what: "no audio track",
            })?;
        let broken = |what| move || AudioError::Broken { what };
        let id = path(trak.body, &[*b"tkhd"])
            .and_then(track_id)
            .ok_or_else(broken("tkhd"))?;
        let timescale = path(trak.body, &[*b"mdia", *b"mdhd"])
            .and_then(timescale)
            .ok_or_else(broken("mdhd"))?;
        let stbl = path(trak.body, &[*b"mdia", *b"minf", *b"stbl"]);
        let stsd = stbl
            .and_then(|stbl| path(stbl, &[*b"stsd"]))
            .ok_or_else(broken("stsd"))?;
        let coding = coding(stsd)?;
        let (default_duration, default_size) = path(moov, &[*b"mvex"])
            .and_then(|mvex| trex(mvex, id))
            .unwrap_or_default();
        Ok(Self {
            id,
            timescale,
            coding,
            stbl,
            default_duration,
            default_size,
        })
    }
}

/// The body of the box at the end of a path of names.
pub(super) fn path<'a>(body: &'a [u8], names: &[[u8; 4]]) -> Option<&'a [u8]> {
    names.iter().try_fold(body, |body, name| {
        iso_boxes(body)
            .take(CHILDREN_MAX)
            .find(|found| found.name == *name && !found.cut)
            .map(|found| found.body)
    })
}

fn track_id(tkhd: &[u8]) -> Option<u32> {
    let mut body = Bytes(tkhd);
    let version = body.u8()?;
    body.take(if version == 1 { 3 + 16 } else { 3 + 8 })?;
    body.u32_be()
}

fn timescale(mdhd: &[u8]) -> Option<u32> {
    let mut body = Bytes(mdhd);
    let version = body.u8()?;
    body.take(if version == 1 { 3 + 16 } else { 3 + 8 })?;
    body.u32_be().filter(|timescale| *timescale > 0)
}

fn trex(mvex: &[u8], id: u32) -> Option<(u32, u32)> {
    iso_boxes(mvex)
        .take(CHILDREN_MAX)
        .filter(|found| &found.name == b"trex")
        .find_map(|trex| {
            let mut body = Bytes(trex.body.get(4..)?);
            if body.u32_be()? != id {
                return None;
            }
            let _description = body.u32_be()?;
            Some((body.u32_be()?, body.u32_be()?))
        })
}

/// `stsd`: the first sample entry.
fn coding(stsd: &[u8]) -> Result<Coding, AudioError> {
    let broken = || AudioError::Broken { what: "stsd" };
    let entry = stsd
        .get(8..)
        .and_then(|entries| iso_boxes(entries).next())
        .ok_or_else(broken)?;
    // AudioSampleEntry; QuickTime's later versions are longer.
    let version = entry.body.get(8..10).ok_or_else(broken)?;
    let extra = match version {
        [0, 1] => 16,
        [0, 2] => 36,
        _ => 0,
    };
    let inner = entry.body.get(28 + extra..).ok_or_else(broken)?;
    match &entry.name {
        b"mp4a" => {
            let esds = path(inner, &[*b"esds"]).or_else(|| path(inner, &[*b"wave", *b"esds"]));
            aac_config(esds.and_then(|esds| esds.get(4..)).ok_or_else(broken)?)
        }
        b"Opus" => opus_head(path(inner, &[*b"dOps"]).ok_or_else(broken)?),
        other => Err(AudioError::Codec {
            found: String::from_utf8_lossy(other).into_owned(),
        }),
    }
}

/// `dOps` (Encapsulation of Opus in ISO BMFF §4.3.2): `OpusHead`, but big-endian and without its magic.
fn opus_head(dops: &[u8]) -> Result<Coding, AudioError> {
    let broken = || AudioError::Broken { what: "dOps" };
    let mut body = Bytes(dops);
    let _version = body.u8().ok_or_else(broken)?;
    let channels = body.u8().ok_or_else(broken)?;
    let pre_skip = body.u16_be().ok_or_else(broken)?;
    Head::new(channels, pre_skip).map(Coding::Opus)
}

/// `esds`: down to `DecoderSpecificInfo` (ISO/IEC 14496-1 §7.2.6).
fn aac_config(esds: &[u8]) -> Result<Coding, AudioError> {
    let broken = || AudioError::Broken { what: "esds" };
    let mut stream = Bytes(descriptor(&mut Bytes(esds), 3).ok_or_else(broken)?);
    stream.take(2).ok_or_else(broken)?;
    let flags = stream.u8().ok_or_else(broken)?;
    if flags & 0x80 != 0 {
        stream.take(2).ok_or_else(broken)?;
    }
    if flags & 0x40 != 0 {
        let url = usize::from(stream.u8().ok_or_else(broken)?);
        stream.take(url).ok_or_else(broken)?;
    }
    if flags & 0x20 != 0 {
        stream.take(2).ok_or_else(broken)?;
    }
    let mut config = Bytes(descriptor(&mut stream, 4).ok_or_else(broken)?);
    let object = config.u8().ok_or_else(broken)?;
    if !matches!(object, 0x40 | 0x66..=0x68) {
        return Err(AudioError::Codec {
            found: format!("MPEG-4 object 0x{object:02X}"),
        });
    }
    config.take(12).ok_or_else(broken)?;
    descriptor(&mut config, 5)
        .map(|info| Coding::Aac(info.to_vec()))
        .ok_or_else(broken)
}

/// The next descriptor with this tag; its length has seven bits in each byte.
fn descriptor<'a>(rest: &mut Bytes<'a>, tag: u8) -> Option<&'a [u8]> {
    loop {
        let found = rest.u8()?;
        let mut length = 0_usize;
        for _ in 0..4 {
            let byte = rest.u8()?;
            length = (length << 7) | usize::from(byte & 0x7F);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let body = rest.take(length.min(rest.0.len()))?;
        if found == tag {
            return Some(body);
        }
    }
}
