//! `WebM` and Matroska (EBML: RFC 8794, Matroska: RFC 9559) with one Opus track.
//!
//! Segment and clusters are entered without asking where they end: a live recording does not know their size, and what
//! follows a cluster is told from its children by the id. The recording is cut off if the last element claims more than
//! the file has. The end of a live recording between two elements is its normal end.

use super::level::Meter;
use super::opus::{Decoder, Head, RATE_HZ};
use super::{AudioError, Stream};
use crate::bytes::Bytes;

const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_A966;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const TRACKS: u32 = 0x1654_AE6B;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_NUMBER: u32 = 0xD7;
const TRACK_TYPE: u32 = 0x83;
const CODEC_ID: u32 = 0x86;
const CODEC_PRIVATE: u32 = 0x63A2;
const AUDIO: u32 = 0xE1;
const CHANNELS: u32 = 0x9F;
const CLUSTER: u32 = 0x1F43_B675;
const CLUSTER_TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const DISCARD_PADDING: u32 = 0x75A2;

/// Deepest header element that is read whole.
const HEADER_ELEMENTS_MAX: usize = 10_000;

/// What the walk found next.
enum Step<'a> {
    /// An element with all of its bytes.
    Whole(u32, &'a [u8]),
    /// A segment or cluster begins; `cut` if it claims more than the file has.
    Enter { cut: bool },
    /// The file ends inside an element.
    Cut,
    /// These bytes are no element.
    Damaged,
}

/// The track that is measured.
struct Track {
    number: u64,
    decoder: Decoder,
}

/// Walks the file and measures the first audio track.
pub(super) fn read(bytes: &[u8], meter: &mut Meter) -> Result<Stream, AudioError> {
    let mut rest = Bytes(bytes);
    let mut clock = Clock {
        scale_ns: 1_000_000,
        cluster: 0,
        origin_ns: None,
    };
    let mut track: Option<Track> = None;
    let (mut cut, mut damaged) = (false, false);
    while !rest.0.is_empty() {
        match step(&mut rest) {
            Step::Enter { cut: short } => cut |= short,
            Step::Cut => {
                cut = true;
                break;
            }
            Step::Damaged => {
                damaged = true;
                if !next_cluster(&mut rest) {
                    cut = true;
                    break;
                }
            }
            Step::Whole(INFO, body) => {
                clock.scale_ns = child(body, TIMESTAMP_SCALE)
                    .map_or(1_000_000, uint)
                    .clamp(1, 1_000_000_000);
            }
            Step::Whole(TRACKS, body) if track.is_none() => track = Some(first_audio_track(body, meter)?),
            Step::Whole(CLUSTER_TIMESTAMP, body) => clock.cluster = uint(body),
            Step::Whole(SIMPLE_BLOCK, body) => {
                if let Some(track) = &mut track {
                    damaged |= !block(body, None, &mut clock, track, meter)?;
                }
            }
            Step::Whole(BLOCK_GROUP, body) => {
                if let (Some(track), Some(inner)) = (&mut track, child(body, BLOCK)) {
                    let padding_ns = child(body, DISCARD_PADDING).map(uint);
                    damaged |= !block(inner, padding_ns, &mut clock, track, meter)?;
                }
            }
            Step::Whole(..) => {}
        }
    }
    let track = track.ok_or(AudioError::Broken { what: "no tracks" })?;
    Ok(track.decoder.finish(cut, damaged))
}

/// Turns timestamps into frames since the first block.
struct Clock {
    scale_ns: u64,
    cluster: u64,
    origin_ns: Option<i128>,
}

impl Clock {
    fn frame(&mut self, relative: i16) -> u64 {
        let now_ns = (i128::from(self.cluster) + i128::from(relative)) * i128::from(self.scale_ns);
        let origin_ns = *self.origin_ns.get_or_insert(now_ns);
        let frames = (now_ns - origin_ns).max(0) * i128::from(RATE_HZ) / 1_000_000_000;
        u64::try_from(frames).unwrap_or(u64::MAX)
    }
}

/// Decodes one block; `false` if it cannot be read.
fn block(
    body: &[u8],
    padding_ns: Option<u64>,
    clock: &mut Clock,
    track: &mut Track,
    meter: &mut Meter,
) -> Result<bool, AudioError> {
    let mut fields = Bytes(body);
    let (Some(number), Some(relative), Some(flags)) = (
        vint(&mut fields).and_then(Vint::known),
        fields.array().map(i16::from_be_bytes),
        fields.u8(),
    ) else {
        return Ok(false);
    };
    if number != track.number {
        return Ok(true);
    }
    // Lacing, several packets in one block, is for video files; no recorder laces Opus.
    if flags & 0x06 != 0 {
        return Ok(false);
    }
    track.decoder.seek(clock.frame(relative), meter);
    let padding = padding_ns.map_or(0, |ns| ns.min(1_000_000_000) * u64::from(RATE_HZ) / 1_000_000_000);
    let end = match padding {
        0 => u64::MAX,
        padding => (track.decoder.position() + super::opus::packet_frames(fields.0)).saturating_sub(padding),
    };
    track.decoder.packet(fields.0, end, meter)?;
    Ok(true)
}

fn first_audio_track(tracks: &[u8], meter: &mut Meter) -> Result<Track, AudioError> {
    let broken = |what| AudioError::Broken { what };
    let entry = children(tracks)
        .filter(|(id, _)| *id == TRACK_ENTRY)
        .map(|(_, entry)| entry)
        .find(|entry| child(entry, TRACK_TYPE).map(uint) == Some(2))
        .ok_or(broken("no audio track"))?;
    let codec = child(entry, CODEC_ID).unwrap_or_default();
    if codec.strip_suffix(b"\0").unwrap_or(codec) != b"A_OPUS" {
        return Err(AudioError::Codec {
            found: String::from_utf8_lossy(codec).chars().take(40).collect(),
        });
    }
    let head = if let Some(private) = child(entry, CODEC_PRIVATE) {
        Head::parse(private)?
    } else {
        let channels = child(entry, AUDIO)
            .and_then(|audio| child(audio, CHANNELS))
            .map_or(1, uint);
        Head::new(u8::try_from(channels).unwrap_or(u8::MAX), 0)?
    };
    let number = child(entry, TRACK_NUMBER)
        .map(uint)
        .ok_or(broken("track without a number"))?;
    Ok(Track {
        number,
        decoder: Decoder::new(head, meter)?,
    })
}

/// Reads the next element, or enters it.
fn step<'a>(rest: &mut Bytes<'a>) -> Step<'a> {
    let mut here = *rest;
    let Some(id) = element_id(&mut here) else {
        return if short_of_a_vint(rest.0, 4) {
            Step::Cut
        } else {
            Step::Damaged
        };
    };
    let at_size = here;
    let Some(size) = vint(&mut here) else {
        return if short_of_a_vint(at_size.0, 8) {
            Step::Cut
        } else {
            Step::Damaged
        };
    };
    let present = here.0.len() as u64;
    if matches!(id, SEGMENT | CLUSTER) {
        *rest = here;
        return Step::Enter {
            cut: size.known().is_some_and(|size| size > present),
        };
    }
    // Only segments and clusters may have an unknown size.
    let Some(size) = size.known() else {
        return Step::Damaged;
    };
    match here.take(usize::try_from(size).unwrap_or(usize::MAX)) {
        Some(body) => {
            *rest = here;
            Step::Whole(id, body)
        }
        // A claim beyond the end is a cut, unless recording goes on behind it: then the claim is damaged.
        None if contains_cluster(here.0) => Step::Damaged,
        None => Step::Cut,
    }
}

fn contains_cluster(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| window == CLUSTER.to_be_bytes())
}

/// Moves to the next cluster, at least one byte on.
fn next_cluster(rest: &mut Bytes<'_>) -> bool {
    let found = rest
        .0
        .windows(4)
        .skip(1)
        .position(|window| window == CLUSTER.to_be_bytes());
    found.is_some_and(|skipped| rest.take(skipped + 1).is_some())
}

/// The direct children of an element that is present as a whole; ends at the first that is impossible.
fn children(body: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = Bytes(body);
    std::iter::from_fn(move || {
        let id = element_id(&mut rest)?;
        let size = vint(&mut rest)?.known()?;
        Some((id, rest.take(usize::try_from(size).ok()?)?))
    })
    .take(HEADER_ELEMENTS_MAX)
}

fn child(body: &[u8], id: u32) -> Option<&[u8]> {
    children(body)
        .find(|(found, _)| *found == id)
        .map(|(_, body)| body)
}

/// An id of one to four bytes, its length marker kept (RFC 8794 §5).
fn element_id(rest: &mut Bytes<'_>) -> Option<u32> {
    let length = rest.0.first()?.leading_zeros() as usize + 1;
    if length > 4 {
        return None;
    }
    rest.take(length)
        .map(|bytes| bytes.iter().fold(0, |id, byte| (id << 8) | u32::from(*byte)))
}

/// A variable-length number (RFC 8794 §4).
#[derive(Clone, Copy)]
enum Vint {
    Known(u64),
    /// All ones: the writer did not know yet.
    Unknown,
}

impl Vint {
    fn known(self) -> Option<u64> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

/// Reads a number of one to eight bytes.
fn vint(rest: &mut Bytes<'_>) -> Option<Vint> {
    let length = rest.0.first()?.leading_zeros() as usize + 1;
    if length > 8 {
        return None;
    }
    let bytes = rest.take(length)?;
    let mask = (1_u64 << (7 * length)) - 1;
    let value = bytes
        .iter()
        .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte))
        & mask;
    Some(if value == mask {
        Vint::Unknown
    } else {
        Vint::Known(value)
    })
}

/// Whether a number of at most `length_max` bytes begins here but the file ends inside it.
fn short_of_a_vint(bytes: &[u8], length_max: usize) -> bool {
    bytes.first().is_none_or(|first| {
        let length = first.leading_zeros() as usize + 1;
        length <= length_max && bytes.len() < length
    })
}

/// An unsigned integer of up to eight bytes; longer ones keep their last eight.
fn uint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |value, byte| (value << 8) | u64::from(*byte))
}
