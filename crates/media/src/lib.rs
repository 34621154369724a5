//! Media: what the bytes of a photo or a recording are, and what a QR code in a picture says.
//!
//! In: the bytes of one file, and limits. Out: its true type, size or duration, EXIF, fingerprint, thumbnail, waveform.
//! A file's name and declared type are never asked; only its bytes count. Everything is a pure function: no clock, no
//! disk, no network, no randomness, no threads. What is cut off is kept and marked, never refused: it may be the only
//! evidence there is. Hostile bytes give an error with a stable code and a sentence that says what to do.
//! This crate must never know what a visit or a contract asks for: whether a silent recording is acceptable is
//! decided elsewhere.
//!
//! ```
//! use hudang_media::photo::{self, PhotoError};
//!
//! let refused = photo::inspect(b"<svg/>", &photo::Limits::default());
//! assert_eq!(refused.unwrap_err().code(), "PHOTO-TYPE");
//! ```

pub mod audio;
mod bytes;
pub mod code;
mod kind;
pub mod lang;
pub mod photo;
pub mod seen;
