//! Decoding within a memory budget; thumbnail and fingerprint from the decoded picture.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation as Turn;
use image::{DynamicImage, ImageFormat, ImageReader};

use super::fingerprint::Fingerprint;
use super::{Limits, Orientation, PhotoError, PhotoFormat, exif, frame};

/// JPEG quality of thumbnails, 1 to 100.
const THUMBNAIL_QUALITY: u8 = 80;

/// A decoded picture.
#[derive(Debug)]
pub struct Pixels {
    stored: DynamicImage,
    orientation: Orientation,
}

impl Pixels {
    /// Hashes the upright picture in its eight orientations.
    pub fn fingerprint(&self) -> Fingerprint {
        match &self.stored {
            DynamicImage::ImageLuma8(luma) => Fingerprint::of(luma, self.orientation),
            other => Fingerprint::of(&other.to_luma8(), self.orientation),
        }
    }

    /// Makes a JPEG, upright, neither edge longer than `edge_max` pixels. Never enlarges.
    ///
    /// # Errors
    /// [`PhotoError::Decode`] if the encoder refuses the picture.
    pub fn thumbnail(&self, edge_max: u32) -> Result<Vec<u8>, PhotoError> {
        let edge_max = edge_max.max(1);
        // Shrunk before it is turned, so that the large picture is held once.
        let mut small = if self.stored.width().max(self.stored.height()) > edge_max {
            DynamicImage::from(self.stored.thumbnail(edge_max, edge_max).into_rgb8())
        } else {
            DynamicImage::from(self.stored.to_rgb8())
        };
        if let Some(turn) = Turn::from_exif(self.orientation.exif()) {
            small.apply_orientation(turn);
        }
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, THUMBNAIL_QUALITY)
            .encode_image(&small)
            .map_err(|error| PhotoError::Decode {
                reason: error.to_string(),
            })?;
        Ok(jpeg)
    }
}

/// Decodes a photo.
///
/// # Errors
/// As [`inspect`](super::inspect), and: HEIC ([`PhotoError::NoDecoder`]), more memory needed than `limits` allow
/// ([`PhotoError::Memory`]), damaged picture data ([`PhotoError::Decode`]).
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Pixels, PhotoError> {
    let frame = frame(bytes, limits)?;
    let format = match frame.format {
        PhotoFormat::Jpeg => ImageFormat::Jpeg,
        PhotoFormat::Png => ImageFormat::Png,
        PhotoFormat::WebP => ImageFormat::WebP,
        PhotoFormat::Heic => return Err(PhotoError::NoDecoder { format: "HEIC" }),
    };
    let needed_bytes = u64::from(frame.width) * u64::from(frame.height) * frame.decode_bytes_per_pixel;
    let memory_bytes_max = limits.memory_bytes_max;
    if needed_bytes > memory_bytes_max {
        return Err(PhotoError::Memory {
            needed_bytes,
            memory_bytes_max,
        });
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut budget = image::Limits::default();
    budget.max_alloc = Some(memory_bytes_max);
    budget.max_image_width = Some(limits.edge_max);
    budget.max_image_height = Some(limits.edge_max);
    reader.limits(budget);
    // The decoders are other people's code on hostile input; a panic in them must cost one picture, not the process.
    let decoded = catch_unwind(AssertUnwindSafe(|| reader.decode())).map_err(|_| PhotoError::Decode {
        reason: "the decoder panicked".to_owned(),
    })?;
    let stored = decoded.map_err(|error| PhotoError::Decode {
        reason: error.to_string(),
    })?;
    let orientation = frame.exif.map(exif::read).unwrap_or_default().orientation;
    Ok(Pixels { stored, orientation })
}

/// Decodes a photo and hashes it; see [`decode`] for the errors.
pub fn fingerprint(bytes: &[u8], limits: &Limits) -> Result<Fingerprint, PhotoError> {
    decode(bytes, limits).map(|pixels| pixels.fingerprint())
}

/// Decodes a photo and makes a JPEG of it, upright, no edge longer than `edge_max`; see [`decode`] for the errors.
pub fn thumbnail(bytes: &[u8], edge_max: u32, limits: &Limits) -> Result<Vec<u8>, PhotoError> {
    decode(bytes, limits)?.thumbnail(edge_max)
}
