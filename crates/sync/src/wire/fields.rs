//! Fields that several messages share.

use core::fmt;

use hudang_evidence::id::{HouseholdId, VisitId};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

/// Bytes that travel as a CBOR byte string.
pub use minicbor::bytes::ByteVec as Bytes;

/// Most items in one list of a message. A list of a million empty items is a few packed bytes, and would be
/// dozens of megabytes in memory.
pub const ITEMS_MAX: usize = 8192;

/// Names a document: the visit's or the household's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentId {
    /// The document of a visit.
    Visit(VisitId),
    /// The document of a household.
    Household(HouseholdId),
}

impl DocumentId {
    const VISIT: u8 = 0;
    const HOUSEHOLD: u8 = 1;

    /// Its 17 bytes on the wire and as a key: 0 for a visit or 1 for a household, then the id.
    pub fn to_bytes(self) -> [u8; 17] {
        let (kind, id) = match self {
            Self::Visit(id) => (Self::VISIT, id.to_bytes()),
            Self::Household(id) => (Self::HOUSEHOLD, id.to_bytes()),
        };
        let mut bytes = [kind; 17];
        for (to, from) in bytes.iter_mut().skip(1).zip(id) {
            *to = from;
        }
        bytes
    }

    /// Reads the 17 bytes; nothing for any other.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, id) = bytes.split_first()?;
        let id: [u8; 16] = id.try_into().ok()?;
        match *kind {
            Self::VISIT => Some(Self::Visit(VisitId::from_bytes(id))),
            Self::HOUSEHOLD => Some(Self::Household(HouseholdId::from_bytes(id))),
            _ => None,
        }
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visit(id) => write!(f, "visit/{id}"),
            Self::Household(id) => write!(f, "household/{id}"),
        }
    }
}

/// Writes hashes one after another: a byte string of 32 bytes each, so that a list costs what it holds.
pub fn join_hashes<'h>(hashes: impl IntoIterator<Item = &'h [u8; 32]>) -> Bytes {
    Bytes::from(hashes.into_iter().flatten().copied().collect::<Vec<u8>>())
}

/// Reads hashes that stand one after another; nothing where the last one is cut.
pub fn split_hashes(bytes: &[u8]) -> Option<Vec<[u8; 32]>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.to_vec())
}

/// Writes visits one after another: a byte string of 16 bytes each.
pub fn join_visits<'v>(visits: impl IntoIterator<Item = &'v VisitId>) -> Bytes {
    let bytes = visits.into_iter().flat_map(|visit| visit.to_bytes());
    Bytes::from(bytes.collect::<Vec<u8>>())
}

/// Reads visits that stand one after another; nothing where the last one is cut.
pub fn split_visits(bytes: &[u8]) -> Option<Vec<VisitId>> {
    let (visits, rest) = bytes.as_chunks::<16>();
    let read = || visits.iter().copied().map(VisitId::from_bytes).collect();
    rest.is_empty().then(read)
}

/// A list of at most [`ITEMS_MAX`] items.
pub(super) mod list {
    use super::{Decode, DecodeError, Decoder, Encode, EncodeError, Encoder, ITEMS_MAX, Write};

    pub(in crate::wire) fn encode<C, T: Encode<C>, W: Write>(
        items: &Vec<T>,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.encode_with(items, context)?;
        Ok(())
    }

    pub(in crate::wire) fn decode<'b, C, T: Decode<'b, C>>(
        decoder: &mut Decoder<'b>,
        context: &mut C,
    ) -> Result<Vec<T>, DecodeError> {
        let mut items = Vec::new();
        for item in decoder.array_iter_with(context)? {
            if items.len() == ITEMS_MAX {
                return Err(DecodeError::message("a list holds more than 8192 items"));
            }
            items.push(item?);
        }
        Ok(items)
    }
}

/// An id or hash of fixed length, as a CBOR byte string.
pub(super) mod fixed {
    use super::{DecodeError, Decoder, EncodeError, Encoder, Write};

    /// What has exactly `N` bytes.
    pub(in crate::wire) trait Fixed<const N: usize>: Sized {
        fn to(&self) -> [u8; N];
        fn from(bytes: [u8; N]) -> Self;
    }

    macro_rules! hashes {
        ($($name:ident),+) => { $(
            impl Fixed<32> for hudang_evidence::id::$name {
                fn to(&self) -> [u8; 32] { *self.as_bytes() }
                fn from(bytes: [u8; 32]) -> Self { Self::from_bytes(bytes) }
            }
        )+ };
    }
    hashes!(
        BlobHash,
        DeviceId,
        EntryId,
        FormHash,
        SealId,
        SnapshotHash,
        StandardHash
    );

    macro_rules! ulids {
        ($($name:ident),+) => { $(
            impl Fixed<16> for hudang_evidence::id::$name {
                fn to(&self) -> [u8; 16] { self.to_bytes() }
                fn from(bytes: [u8; 16]) -> Self { Self::from_bytes(bytes) }
            }
        )+ };
    }
    ulids!(HouseholdId, VisitId);

    pub(in crate::wire) fn encode<C, const N: usize, T: Fixed<N>, W: Write>(
        id: &T,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.bytes(&id.to())?;
        Ok(())
    }

    pub(in crate::wire) fn decode<C, const N: usize, T: Fixed<N>>(
        decoder: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<T, DecodeError> {
        let bytes = decoder.bytes()?;
        let bytes = bytes
            .try_into()
            .map_err(|_| DecodeError::message("an id of another length"))?;
        Ok(T::from(bytes))
    }
}

/// An id or hash that may be absent: a CBOR byte string or null.
pub(super) mod maybe {
    use minicbor::data::Type;

    use super::fixed::{self, Fixed};
    use super::{DecodeError, Decoder, EncodeError, Encoder, Write};

    #[expect(clippy::ref_option, reason = "the derive hands the field over by reference")]
    pub(in crate::wire) fn encode<C, const N: usize, T: Fixed<N>, W: Write>(
        id: &Option<T>,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match id {
            Some(id) => fixed::encode(id, encoder, context),
            None => encoder.null().map(|_| ()),
        }
    }

    pub(in crate::wire) fn decode<C, const N: usize, T: Fixed<N>>(
        decoder: &mut Decoder<'_>,
        context: &mut C,
    ) -> Result<Option<T>, DecodeError> {
        if decoder.datatype()? == Type::Null {
            decoder.null()?;
            return Ok(None);
        }
        fixed::decode(decoder, context).map(Some)
    }
}

/// Reads the head of `[number, …]`, the form of every choice on the wire: how many places follow, and the number.
pub(super) fn choice(decoder: &mut Decoder<'_>) -> Result<(u64, u64), DecodeError> {
    let places = decoder
        .array()?
        .ok_or_else(|| DecodeError::message("a choice of unknown length"))?;
    let rest = places
        .checked_sub(1)
        .ok_or_else(|| DecodeError::message("a choice without its number"))?;
    Ok((rest, decoder.u64()?))
}

/// Skips places that a later version added.
pub(super) fn skip(decoder: &mut Decoder<'_>, places: u64) -> Result<(), DecodeError> {
    // Each place is at least one byte, so a false count ends with the input.
    (0..places).try_for_each(|_| decoder.skip())
}
