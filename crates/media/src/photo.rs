//! Photos: type, stored size, EXIF, fingerprints, thumbnail.
//!
//! [`inspect`] reads headers only: it decodes no pixel, so a decompression bomb is refused by what it claims, before
//! anything is allocated. [`look`] tells the same and unpacks the brightness once, within a memory budget, for two
//! fingerprints: [`Fingerprint`] for the same picture encoded, turned or mirrored anew, [`Keypoints`] for one that was
//! also cropped, framed or photographed.

mod error;
mod exif;
mod fingerprint;
mod heif;
mod jpeg;
mod keypoints;
mod pixels;
mod png;
mod shrink;
mod webp;

use chrono::NaiveDateTime;

pub use self::error::PhotoError;
pub use self::exif::{Orientation, Position};
pub use self::fingerprint::{DifferenceHash, Fingerprint, REUSE_DISTANCE_MAX};
pub use self::keypoints::{ALIKE_MIN, KEYPOINTS_MAX, Keypoint, Keypoints, SHARED_WORDS_MIN};
pub use self::pixels::{Pixels, decode, fingerprint, thumbnail};
use crate::kind::{Kind, sniff};

/// What a photo may cost. Checked before any pixel is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub size_bytes_max: u64,
    /// Largest claimed width or height, in pixels.
    pub edge_max: u32,
    /// Most pixels claimed (width × height).
    pub pixels_max: u64,
    /// Most memory that decoding may take, in bytes. A photo above it is kept, but has no fingerprint and no thumbnail.
    pub memory_bytes_max: u64,
}

impl Default for Limits {
    /// Lets every phone camera pass (200 megapixels) and decodes up to 56 megapixels.
    fn default() -> Self {
        Self {
            size_bytes_max: 128 << 20,
            edge_max: 32_768,
            pixels_max: 210_000_000,
            memory_bytes_max: 224 << 20,
        }
    }
}

/// Format of a photo that is accepted as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoFormat {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// HEIC or another HEIF image (ISO/IEC 23008-12). Its pixels are not decoded here.
    Heic,
}

impl PhotoFormat {
    /// Lower-case name: `jpeg`, `png`, `webp`, `heic`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Heic => "heic",
        }
    }

    /// Media type, as in HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Heic => "image/heic",
        }
    }
}

/// What a photo says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoFacts {
    /// Size of the original in bytes.
    pub size_bytes: u64,
    /// True format, from the bytes.
    pub format: PhotoFormat,
    /// Stored width in pixels, before the orientation is applied; at least 1.
    pub width: u32,
    /// Stored height in pixels, before the orientation is applied; at least 1.
    pub height: u32,
    /// How to turn the stored picture upright; 1 if the file does not say.
    pub orientation: Orientation,
    /// EXIF `DateTimeOriginal`: local time by the camera's clock, without a time zone.
    pub taken_local: Option<NaiveDateTime>,
    /// EXIF `OffsetTimeOriginal`: minutes east of UTC, −1,440 to 1,440.
    pub taken_offset_minutes: Option<i16>,
    /// EXIF position.
    pub position: Option<Position>,
    /// The file ends before the picture does. It is kept and marked, not refused.
    pub truncated: bool,
}

/// What the container's structure tells, before EXIF is read.
struct Frame {
    format: PhotoFormat,
    width: u32,
    height: u32,
    truncated: bool,
    /// Bytes per pixel that decoding takes at most, working memory included; 0 where nothing here can decode.
    decode_bytes_per_pixel: u64,
    /// TIFF structure with the EXIF fields, if the container has one.
    exif: Option<Vec<u8>>,
}

/// What a photo is, and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoLook {
    /// What it says about itself.
    pub facts: PhotoFacts,
    /// Its fingerprints, or why its pixels cannot be had here; the photo itself is kept all the same.
    pub prints: Result<Prints, PhotoError>,
}

/// By what a picture is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prints {
    /// dHash in the eight orientations.
    pub dhash: Fingerprint,
    /// Keypoints.
    pub keypoints: Keypoints,
}

/// Reads what a photo says about itself, without decoding it.
///
/// # Errors
/// The bytes are not a photo, claim more than `limits` allow, or end before the size of the picture is known.
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<PhotoFacts, PhotoError> {
    let mut frame = frame(bytes, limits)?;
    Ok(facts(bytes, &mut frame))
}

/// Reads what a photo says about itself, and decodes its brightness once for both fingerprints.
///
/// # Errors
/// As [`inspect`]. That the pixels cannot be decoded is no error of this function: see [`PhotoLook::prints`].
pub fn look(bytes: &[u8], limits: &Limits) -> Result<PhotoLook, PhotoError> {
    let mut frame = frame(bytes, limits)?;
    let facts = facts(bytes, &mut frame);
    let prints = pixels::luma(bytes, &frame, limits).map(|luma| Prints {
        dhash: Fingerprint::of(&luma, facts.orientation),
        keypoints: Keypoints::of(&luma),
    });
    Ok(PhotoLook { facts, prints })
}

fn facts(bytes: &[u8], frame: &mut Frame) -> PhotoFacts {
    let exif = frame.exif.take().map(exif::read).unwrap_or_default();
    PhotoFacts {
        size_bytes: bytes.len() as u64,
        format: frame.format,
        width: frame.width,
        height: frame.height,
        orientation: exif.orientation,
        taken_local: exif.taken_local,
        taken_offset_minutes: exif.taken_offset_minutes,
        position: exif.position,
        truncated: frame.truncated,
    }
}

/// Finds the frame of the picture and holds it against the limits.
fn frame(bytes: &[u8], limits: &Limits) -> Result<Frame, PhotoError> {
    let size_bytes = bytes.len() as u64;
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    let kind = sniff(bytes);
    let read = match kind {
        Kind::Jpeg => jpeg::frame,
        Kind::Png => png::frame,
        Kind::WebP => webp::frame,
        Kind::Heic => heif::frame,
        other => return Err(PhotoError::Type { found: other.name() }),
    };
    if size_bytes > limits.size_bytes_max {
        return Err(PhotoError::FileSize {
            size_bytes,
            size_bytes_max: limits.size_bytes_max,
        });
    }
    let frame = read(bytes).ok_or(PhotoError::Broken { format: kind.name() })?;
    let (width, height) = (frame.width, frame.height);
    if width == 0 || height == 0 {
        return Err(PhotoError::Broken { format: kind.name() });
    }
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > limits.edge_max || pixels > limits.pixels_max {
        return Err(PhotoError::TooLarge { width, height });
    }
    Ok(frame)
}
