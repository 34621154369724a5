//! Messages as bytes: CBOR (RFC 8949) with numbered fields, compressed with Zstandard (RFC 8878).
//!
//! ```text
//! packed message = one byte, the number of the dictionary ‖ one Zstandard frame that states its content size
//! ```
//! Structures are CBOR arrays whose places are the field numbers. A reader skips places that it does not know and
//! fills places that are missing, so a phone with unsent work from the version before can always send it. A
//! number is never given to another meaning.
//!
//! ```
//! use hudang_sync::wire::{Limits, SyncRequest, pack, unpack};
//!
//! let request = SyncRequest { cursor: 7, ..SyncRequest::default() };
//! let bytes = pack(&request)?;
//! assert_eq!(unpack::<SyncRequest>(&bytes, Limits::DEFAULT)?, request);
//! # Ok::<(), hudang_sync::wire::WireError>(())
//! ```

mod dictionary;
mod fields;
mod request;
mod response;
mod salted;

pub use fields::{Bytes, DocumentId, ITEMS_MAX, join_hashes, join_visits, split_hashes, split_visits};
pub use request::{
    ClockParcel, DocumentParcel, RemarkParcel, STANDINGS_ASKED_MAX, SnapshotParcel, SyncRequest, UnsentTip,
};
pub use response::{
    Assignment, BlobNeed, Change, CommentParcel, DeviceTip, MissingParcel, Problem, ReceiptParcel,
    RefusalKind, Register, ReturnParcel, StandingParcel, SyncResponse, Verdict,
};

use minicbor::{Decode, Encode};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

/// Version of the messages that this code writes; it reads every version from 1.
pub const WIRE_VERSION: u16 = 1;

/// Content type of a packed message in HTTP.
pub const CONTENT_TYPE: &str = "application/vnd.hudang.sync";

/// Compression level: above 9 a visit shrinks by less than a percent and a phone's battery pays for it.
const LEVEL: i32 = 9;

/// What is accepted before memory is set aside for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest packed message in bytes.
    pub packed_bytes_max: usize,
    /// Largest message once decompressed, in bytes.
    pub message_bytes_max: usize,
}

impl Limits {
    /// A phone sends at most 1 MiB at a time unless one item is larger; no item is larger than 8 MiB.
    pub const DEFAULT: Self = Self {
        packed_bytes_max: 4 << 20,
        message_bytes_max: 16 << 20,
    };
}

/// Why bytes are not a message, or a message cannot become bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// More than is accepted.
    #[error("{size_bytes} bytes are more than the {limit_bytes} accepted")]
    TooLarge {
        /// What was sent, or what it says that it grows to.
        size_bytes: u64,
        /// What is accepted.
        limit_bytes: usize,
    },
    /// Packed with a dictionary of a later version.
    #[error("packed in form {0}, which this version does not know")]
    Form(u8),
    /// Not a whole Zstandard frame with its size.
    #[error("not a compressed message: {0}")]
    Compression(String),
    /// Not the CBOR of this message.
    #[error("not a message: {0}")]
    Cbor(String),
}

impl WireError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => crate::code::TOO_LARGE,
            Self::Form(_) => crate::code::VERSION,
            Self::Compression(_) | Self::Cbor(_) => crate::code::MALFORMED,
        }
    }
}

/// Writes a message. Fails only where the memory for it is missing.
pub fn pack<T: Encode<()>>(message: &T) -> Result<Vec<u8>, WireError> {
    let cbor = minicbor::to_vec(message).map_err(|error| WireError::Cbor(error.to_string()))?;
    let failed = |error: std::io::Error| WireError::Compression(error.to_string());
    let mut compressor = Compressor::with_dictionary(LEVEL, dictionary::ONE.as_bytes()).map_err(failed)?;
    let frame = compressor.compress(&cbor).map_err(failed)?;
    let mut packed = Vec::with_capacity(frame.len().saturating_add(1));
    packed.push(dictionary::NUMBER_ONE);
    packed.extend_from_slice(&frame);
    Ok(packed)
}

/// Reads a message. Both sizes are checked before memory is set aside; nothing may follow the message.
pub fn unpack<T: for<'b> Decode<'b, ()>>(packed: &[u8], limits: Limits) -> Result<T, WireError> {
    let cbor = decompress(packed, limits)?;
    let mut decoder = minicbor::Decoder::new(&cbor);
    let message = decoder
        .decode()
        .map_err(|error| WireError::Cbor(error.to_string()))?;
    if decoder.position() == cbor.len() {
        Ok(message)
    } else {
        Err(WireError::Cbor("bytes after the message".to_owned()))
    }
}

/// How many bytes a message takes before compression; what batches are measured in.
pub fn message_bytes<T: Encode<()>>(message: &T) -> usize {
    minicbor::to_vec(message).map_or(usize::MAX, |cbor| cbor.len())
}

fn decompress(packed: &[u8], limits: Limits) -> Result<Vec<u8>, WireError> {
    let too_large = |size_bytes, limit_bytes| WireError::TooLarge {
        size_bytes,
        limit_bytes,
    };
    if packed.len() > limits.packed_bytes_max {
        let size_bytes = u64::try_from(packed.len()).unwrap_or(u64::MAX);
        return Err(too_large(size_bytes, limits.packed_bytes_max));
    }
    let (form, frame) = packed
        .split_first()
        .ok_or_else(|| WireError::Compression("no bytes at all".to_owned()))?;
    if *form != dictionary::NUMBER_ONE {
        return Err(WireError::Form(*form));
    }
    let wrong = |what: &str| WireError::Compression(what.to_owned());
    let size_bytes = get_frame_content_size(frame)
        .map_err(|_| wrong("not a Zstandard frame"))?
        .ok_or_else(|| wrong("the frame does not state its size"))?;
    let size = usize::try_from(size_bytes)
        .ok()
        .filter(|size| *size <= limits.message_bytes_max)
        .ok_or_else(|| too_large(size_bytes, limits.message_bytes_max))?;
    let failed = |error: std::io::Error| WireError::Compression(error.to_string());
    let mut decompressor = Decompressor::with_dictionary(dictionary::ONE.as_bytes()).map_err(failed)?;
    let cbor = decompressor.decompress(frame, size).map_err(failed)?;
    if cbor.len() == size {
        Ok(cbor)
    } else {
        Err(wrong("the frame states another size"))
    }
}
