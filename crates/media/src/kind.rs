//! The true type of a file, from its first bytes.

use crate::bytes::{Bytes, iso_boxes};

/// Types that are told apart: those that are read, and those that are named when they are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Jpeg,
    Png,
    WebP,
    Heic,
    WebM,
    Ogg,
    Mp4,
    Wav,
    /// Known, but not evidence that this system reads.
    Other(&'static str),
}

impl Kind {
    /// Name as shown to people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Heic => "HEIC",
            Self::WebM => "WebM",
            Self::Ogg => "Ogg",
            Self::Mp4 => "MP4",
            Self::Wav => "WAV",
            Self::Other(name) => name,
        }
    }
}

/// Signatures of files that are refused by name.
const REFUSED: &[(&[u8], &str)] = &[
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\x01\0", "ICO"),
    (b"8BPS", "PSD"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xBC\xAF\x27\x1C", "7z"),
    (b"\x1F\x8B", "gzip"),
    (b"\xFF\x0A", "JPEG XL"),
    (b"\0\0\0\x0CJXL ", "JPEG XL"),
    (b"\0\0\0\x0CjP  ", "JPEG 2000"),
    (b"ID3", "MP3"),
    (b"\xFF\xFB", "MP3"),
    (b"\xFF\xF3", "MP3"),
    (b"\xFF\xF1", "AAC (ADTS)"),
    (b"\xFF\xF9", "AAC (ADTS)"),
    (b"#!AMR", "AMR"),
    (b"fLaC", "FLAC"),
    (b"FORM", "AIFF"),
    (b"\x7FELF", "ELF"),
    (b"MZ", "EXE"),
    (b"SQLite format 3", "SQLite"),
];

/// Names the type of `bytes`. Never asks a file name.
pub(crate) fn sniff(bytes: &[u8]) -> Kind {
    if bytes.starts_with(b"\xFF\xD8") {
        return Kind::Jpeg;
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        return Kind::Png;
    }
    if bytes.starts_with(b"\x1A\x45\xDF\xA3") {
        return Kind::WebM;
    }
    if bytes.starts_with(b"OggS") {
        return Kind::Ogg;
    }
    match (bytes.get(..4), bytes.get(8..12)) {
        (Some(b"RIFF"), Some(b"WEBP")) => return Kind::WebP,
        (Some(b"RIFF" | b"RF64"), Some(b"WAVE")) => return Kind::Wav,
        (Some(b"RIFF"), _) => return Kind::Other("RIFF"),
        _ => {}
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return iso_kind(bytes);
    }
    REFUSED
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map_or_else(|| text_kind(bytes), |(_, name)| Kind::Other(name))
}

/// Tells HEIC, AVIF and audio or video apart by the brands of the first box (ISO/IEC 23008-12 Annex B).
fn iso_kind(bytes: &[u8]) -> Kind {
    let Some(ftyp) = iso_boxes(bytes).next() else {
        return Kind::Other("unknown");
    };
    let mut body = Bytes(ftyp.body);
    let major = body.array::<4>().unwrap_or_default();
    let _minor_version = body.u32_be();
    let compatible = || body.0.chunks_exact(4).take(64);
    let is_hevc = |brand: &[u8]| matches!(brand, b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx");
    let is_av1 = |brand: &[u8]| matches!(brand, b"avif" | b"avis");
    let is_heif = |brand: &[u8]| matches!(brand, b"mif1" | b"mif2" | b"msf1");
    if is_hevc(&major) {
        return Kind::Heic;
    }
    if is_av1(&major) {
        return Kind::Other("AVIF");
    }
    if is_heif(&major) {
        let av1_only = compatible().any(is_av1) && !compatible().any(is_hevc);
        return if av1_only { Kind::Other("AVIF") } else { Kind::Heic };
    }
    if &major == b"crx " {
        Kind::Other("CR3")
    } else {
        Kind::Mp4
    }
}

fn text_kind(bytes: &[u8]) -> Kind {
    let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    if head.is_empty() {
        return Kind::Other("empty");
    }
    let lower = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = lower.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if text.contains("<svg") {
        Kind::Other("SVG")
    } else if text.starts_with("<!doctype html") || text.starts_with("<html") {
        Kind::Other("HTML")
    } else if head
        .iter()
        .all(|byte| *byte >= 0x20 || matches!(byte, b'\t' | b'\r' | b'\n'))
    {
        Kind::Other("text")
    } else {
        Kind::Other("unknown")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bytes_count() {
        let ftyp = |major: &[u8], compatible: &[u8]| {
            let mut bytes = (16 + u32::try_from(compatible.len()).unwrap())
                .to_be_bytes()
                .to_vec();
            bytes.extend_from_slice(b"ftyp");
            bytes.extend_from_slice(major);
            bytes.extend_from_slice(&[0; 4]);
            bytes.extend_from_slice(compatible);
            bytes
        };
        assert_eq!(sniff(&ftyp(b"heic", b"mif1")), Kind::Heic);
        assert_eq!(sniff(&ftyp(b"mif1", b"heic")), Kind::Heic);
        assert_eq!(sniff(&ftyp(b"mif1", b"avif")), Kind::Other("AVIF"));
        assert_eq!(sniff(&ftyp(b"3gp4", b"isom")), Kind::Mp4);
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Kind::WebP);
        assert_eq!(sniff(b"RIFF\0\0\0\0WAVEfmt "), Kind::Wav);
        assert_eq!(
            sniff(b"\n <?xml version='1.0'?><SVG xmlns=''/>"),
            Kind::Other("SVG")
        );
        assert_eq!(sniff("你好".as_bytes()), Kind::Other("text"));
        assert_eq!(sniff(b""), Kind::Other("empty"));
        assert_eq!(sniff(&[0, 1, 2]), Kind::Other("unknown"));
    }
}
