//! Decoding within a memory budget: in colour for a thumbnail, in brightness for fingerprints.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, overlay};
use image::metadata::Orientation as Turn;
use image::{DynamicImage, GrayImage, ImageFormat, ImageReader};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::fingerprint::Fingerprint;
use super::{Frame, Limits, Orientation, PhotoError, PhotoFormat, exif, frame};

/// JPEG quality of thumbnails, 1 to 100.
const THUMBNAIL_QUALITY: u8 = 80;

/// A decoded picture.
#[derive(Debug)]
pub struct Pixels {
    stored: DynamicImage,
    orientation: Orientation,
}

impl Pixels {
    /// Makes a JPEG, upright, neither edge longer than `edge_max` pixels. Never enlarges.
    ///
    /// # Errors
    /// [`PhotoError::Decode`] if the encoder refuses the picture.
    pub fn thumbnail(&self, edge_max: u32) -> Result<Vec<u8>, PhotoError> {
        encoded(&self.upright(edge_max))
    }

    /// Makes a JPEG, upright, neither edge longer than `edge_max` pixels, with a sheet laid over the whole of it: what is
    /// not transparent on the sheet covers the picture.
    ///
    /// # Errors
    /// [`PhotoError::Decode`] if the encoder refuses the picture.
    pub fn under(&self, sheet: &Self, edge_max: u32) -> Result<Vec<u8>, PhotoError> {
        let mut copy = self.upright(edge_max);
        let sheet = sheet
            .stored
            .resize_exact(copy.width(), copy.height(), FilterType::Triangle);
        overlay(&mut copy, &sheet, 0, 0);
        encoded(&copy)
    }

    /// The picture in colours without transparency, upright and not larger than `edge_max` at either edge.
    fn upright(&self, edge_max: u32) -> DynamicImage {
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
        small
    }
}

fn encoded(picture: &DynamicImage) -> Result<Vec<u8>, PhotoError> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, THUMBNAIL_QUALITY)
        .encode_image(picture)
        .map_err(|error| PhotoError::Decode {
            reason: error.to_string(),
        })?;
    Ok(jpeg)
}

/// Decodes a photo.
///
/// # Errors
/// As [`inspect`](super::inspect), and: HEIC ([`PhotoError::NoDecoder`]), more memory needed than `limits` allow
/// ([`PhotoError::Memory`]), damaged picture data ([`PhotoError::Decode`]).
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Pixels, PhotoError> {
    let frame = frame(bytes, limits)?;
    let stored = colour(bytes, &frame, limits)?;
    let orientation = frame.exif.map(exif::read).unwrap_or_default().orientation;
    Ok(Pixels { stored, orientation })
}

fn colour(bytes: &[u8], frame: &Frame, limits: &Limits) -> Result<DynamicImage, PhotoError> {
    let format = match frame.format {
        PhotoFormat::Jpeg => ImageFormat::Jpeg,
        PhotoFormat::Png => ImageFormat::Png,
        PhotoFormat::WebP => ImageFormat::WebP,
        PhotoFormat::Heic => return Err(PhotoError::NoDecoder { format: "HEIC" }),
    };
    check_memory(frame, frame.decode_bytes_per_pixel, limits)?;
    guarded(|| {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut budget = image::Limits::default();
        budget.max_alloc = Some(limits.memory_bytes_max);
        budget.max_image_width = Some(limits.edge_max);
        budget.max_image_height = Some(limits.edge_max);
        reader.limits(budget);
        reader.decode().map_err(|error| error.to_string())
    })
}

/// The brightness of a picture. Of a JPEG only that plane is unpacked: half the time, a third of the memory.
pub(super) fn luma(bytes: &[u8], frame: &Frame, limits: &Limits) -> Result<GrayImage, PhotoError> {
    if frame.format == PhotoFormat::Jpeg {
        // One component of three, and a strip of blocks, or its coefficients.
        check_memory(frame, frame.decode_bytes_per_pixel / 2, limits)?;
        if let Some(luma) = guarded(|| jpeg_luma(bytes, limits))? {
            return Ok(luma);
        }
    }
    match colour(bytes, frame, limits)? {
        DynamicImage::ImageLuma8(luma) => Ok(luma),
        other => Ok(other.to_luma8()),
    }
}

/// `None` if the colours are stored in a way in which brightness is no plane of its own.
fn jpeg_luma(bytes: &[u8], limits: &Limits) -> Result<Option<GrayImage>, String> {
    let edge_max = limits.edge_max as usize;
    // Not strict, as the image crate: a cut photo is decoded as far as it goes.
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(edge_max)
        .set_max_height(edge_max)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| error.to_string())?;
    if !matches!(
        decoder.input_colorspace(),
        Some(ColorSpace::YCbCr | ColorSpace::Luma)
    ) {
        return Ok(None);
    }
    let plane = decoder.decode().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let edge = |length: usize| u32::try_from(length).unwrap_or(0);
    Ok(GrayImage::from_raw(edge(width), edge(height), plane))
}

fn check_memory(frame: &Frame, bytes_per_pixel: u64, limits: &Limits) -> Result<(), PhotoError> {
    let needed_bytes = u64::from(frame.width) * u64::from(frame.height) * bytes_per_pixel;
    let memory_bytes_max = limits.memory_bytes_max;
    if needed_bytes > memory_bytes_max {
        return Err(PhotoError::Memory {
            needed_bytes,
            memory_bytes_max,
        });
    }
    Ok(())
}

/// The decoders are other people's code on hostile input; a panic in them must cost one picture, not the process.
fn guarded<T>(decode: impl FnOnce() -> Result<T, String>) -> Result<T, PhotoError> {
    let decoded =
        catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err("the decoder panicked".to_owned()));
    decoded.map_err(|reason| PhotoError::Decode { reason })
}

/// Decodes a photo and hashes it; see [`decode`] for the errors.
pub fn fingerprint(bytes: &[u8], limits: &Limits) -> Result<Fingerprint, PhotoError> {
    let frame = frame(bytes, limits)?;
    let luma = luma(bytes, &frame, limits)?;
    let orientation = frame.exif.map(exif::read).unwrap_or_default().orientation;
    Ok(Fingerprint::of(&luma, orientation))
}

/// Decodes a photo and makes a JPEG of it, upright, no edge longer than `edge_max`; see [`decode`] for the errors.
pub fn thumbnail(bytes: &[u8], edge_max: u32, limits: &Limits) -> Result<Vec<u8>, PhotoError> {
    decode(bytes, limits)?.thumbnail(edge_max)
}
