//! Ogg pages (RFC 3533) with one Opus stream (RFC 7845).

use super::level::Meter;
use super::opus::{Decoder, Head, packet_frames};
use super::{AudioError, Stream};
use crate::bytes::Bytes;

/// No Opus packet is longer; what a comment header has beyond it is dropped.
const PACKET_BYTES_MAX: usize = 1 << 16;

/// One page.
struct Page<'a> {
    continues: bool,
    last: bool,
    granule: Option<u64>,
    serial: u32,
    lacing: &'a [u8],
    body: &'a [u8],
    /// The page claims more than the file has.
    cut: bool,
}

/// Reads the pages of the first Opus stream and measures its packets.
pub(super) fn read(bytes: &[u8], meter: &mut Meter) -> Result<Stream, AudioError> {
    let mut rest = Bytes(bytes);
    let mut packets = Packets::default();
    let mut stream: Option<(u32, Decoder)> = None;
    let mut timeline = Timeline::default();
    let (mut ended, mut cut, mut damaged) = (false, false, false);
    while let Some(lost) = find_page(&mut rest) {
        damaged |= lost;
        let Some(page) = page(&mut rest) else {
            cut = true;
            break;
        };
        cut |= page.cut;
        let complete = packets.add(&page, stream.as_ref().map(|(serial, _)| *serial));
        let Some((serial, decoder)) = &mut stream else {
            let head = complete.first().map(Vec::as_slice).unwrap_or_default();
            if head.starts_with(b"OpusHead") {
                let head = Head::parse(head)?;
                timeline.pre_skip = head.pre_skip();
                stream = Some((page.serial, Decoder::new(head, meter)?));
            } else if page.cut {
                return Err(AudioError::Broken {
                    what: "the first Ogg page is cut off",
                });
            } else if let Some(name) = foreign_codec(head) {
                return Err(AudioError::Codec {
                    found: name.to_owned(),
                });
            }
            continue;
        };
        if page.serial != *serial {
            continue;
        }
        let audio: Vec<_> = complete
            .into_iter()
            .filter(|packet| !packet.starts_with(b"OpusTags"))
            .collect();
        timeline.page(&page, &audio, decoder, meter)?;
        ended |= page.last;
    }
    let (_, decoder) = stream.ok_or(AudioError::Broken {
        what: "Ogg without an Opus stream",
    })?;
    Ok(decoder.finish(cut || !ended, damaged))
}

/// Where pages lie in time. Granules count frames from the recorder's start, run-up included (RFC 7845 §4).
#[derive(Default)]
struct Timeline {
    pre_skip: u64,
    /// Granule of the start of the first audio packet: above zero where a live stream was joined late.
    origin: Option<u64>,
}

impl Timeline {
    fn page(
        &mut self,
        page: &Page<'_>,
        audio: &[Vec<u8>],
        decoder: &mut Decoder,
        meter: &mut Meter,
    ) -> Result<(), AudioError> {
        if audio.is_empty() {
            return Ok(());
        }
        let frames: u64 = audio.iter().map(|packet| packet_frames(packet)).sum();
        let mut end = u64::MAX;
        if let Some(granule) = page.granule {
            let origin = *self.origin.get_or_insert_with(|| {
                if page.last {
                    0
                } else {
                    granule.saturating_sub(frames)
                }
            });
            let page_end = granule.saturating_sub(origin);
            if page.last {
                // The last page may end before its last packet does: the rest is padding (RFC 7845 §4.4).
                end = page_end.max(self.pre_skip);
            } else {
                decoder.seek(page_end.saturating_sub(frames), meter);
            }
        }
        audio
            .iter()
            .try_for_each(|packet| decoder.packet(packet, end, meter))
    }
}

/// Puts packets together from the segments of pages.
#[derive(Default)]
struct Packets {
    open: Vec<u8>,
}

impl Packets {
    /// Adds a page of the chosen stream (or of any, while none is chosen) and gives the packets that it completes.
    fn add(&mut self, page: &Page<'_>, serial: Option<u32>) -> Vec<Vec<u8>> {
        if serial.is_some_and(|serial| serial != page.serial) {
            return Vec::new();
        }
        if !page.continues {
            self.open.clear();
        }
        // The end of a packet whose beginning was lost is no packet.
        let mut orphan = page.continues && self.open.is_empty();
        let mut complete = Vec::new();
        let mut body = Bytes(page.body);
        for lace in page.lacing {
            let Some(segment) = body.take(usize::from(*lace)) else {
                break;
            };
            if self.open.len() + segment.len() <= PACKET_BYTES_MAX {
                self.open.extend_from_slice(segment);
            }
            if *lace < 255 {
                let packet = std::mem::take(&mut self.open);
                if !std::mem::take(&mut orphan) {
                    complete.push(packet);
                }
            }
        }
        complete
    }
}

/// Moves to the next page; says whether bytes were lost on the way. `None` at the end.
fn find_page(rest: &mut Bytes<'_>) -> Option<bool> {
    if rest.0.is_empty() {
        return None;
    }
    let lost = rest
        .0
        .windows(4)
        .position(|window| window == b"OggS")
        .unwrap_or(rest.0.len());
    rest.take(lost)?;
    // What is left at the end is not a page, but something was there: the walk reads a cut page from it.
    Some(lost > 0)
}

fn page<'a>(rest: &mut Bytes<'a>) -> Option<Page<'a>> {
    let mut here = *rest;
    here.take(5)?;
    let flags = here.u8()?;
    let granule = here.u64_le()?;
    let serial = here.u32_le()?;
    here.take(8)?;
    let segments = usize::from(here.u8()?);
    let lacing = here.take(segments)?;
    let claimed = lacing.iter().map(|lace| usize::from(*lace)).sum::<usize>();
    let present = claimed.min(here.0.len());
    let body = here.take(present)?;
    *rest = here;
    Some(Page {
        continues: flags & 1 != 0,
        last: flags & 4 != 0,
        // −1: no packet ends on this page.
        granule: (granule != u64::MAX).then_some(granule),
        serial,
        lacing,
        body,
        cut: present < claimed,
    })
}

fn foreign_codec(first_packet: &[u8]) -> Option<&'static str> {
    const CODECS: &[(&[u8], &str)] = &[
        (b"\x01vorbis", "Vorbis"),
        (b"\x7FFLAC", "FLAC"),
        (b"Speex   ", "Speex"),
        (b"\x80theora", "Theora"),
    ];
    CODECS
        .iter()
        .find(|(magic, _)| first_packet.starts_with(magic))
        .map(|(_, name)| *name)
}
