//! What automerge bytes weigh before automerge reads them (automerge binary format, "Storage").
//!
//! Columns are run-length encoded and may be deflated: ten bytes can stand for a billion rows. Running out of
//! memory aborts the process and cannot be caught, so each chunk is measured first: counts, runs and inflated
//! sizes. Whether the contents make sense is automerge's to say.

use std::io::Read as _;

/// First bytes of each chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Largest payload or saved document in bytes.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 2 << 20;
/// Largest sum of a payload's chunks and columns after inflating, in bytes.
const INFLATED_BYTES_MAX: usize = 8 << 20;
/// Most rows of one column: changes, operations, or references between them.
const ROWS_MAX: u64 = 100_000;
/// Largest counter. Automerge reserves memory by them, and adding to the largest would overflow.
const COUNTER_MAX: u64 = 1 << 24;
/// Longest text that a run may repeat: a key, or a message of a change.
const RUN_TEXT_BYTES_MAX: u64 = 512;
/// Most chunks in one payload.
const CHUNKS_MAX: usize = 20_000;

/// What is wrong with bytes before automerge reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkFault {
    /// More bytes, rows or counters than a visit can have.
    TooLarge,
    /// Not a sequence of chunks.
    Malformed,
}

/// What a chunk holds, by the format's type byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkKind {
    /// A saved document.
    Document,
    /// One change, deflated or not.
    Change,
}

/// One measured chunk of a payload, header included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: ChunkKind,
    pub(crate) bytes: &'a [u8],
}

/// Splits a payload into its chunks and measures each.
pub(crate) fn measure(payload: &[u8]) -> Result<Vec<Chunk<'_>>, ChunkFault> {
    if payload.len() > DOCUMENT_BYTES_MAX {
        return Err(ChunkFault::TooLarge);
    }
    let mut rest = payload;
    let mut chunks = Vec::new();
    let mut budget = Budget {
        bytes: INFLATED_BYTES_MAX,
    };
    while !rest.is_empty() {
        if chunks.len() == CHUNKS_MAX {
            return Err(ChunkFault::TooLarge);
        }
        let mut reader = Reader(rest);
        if reader.take(4)? != MAGIC {
            return Err(ChunkFault::Malformed);
        }
        reader.take(4)?;
        let kind = reader.byte()?;
        let length = reader.count()?;
        let contents = reader.take(length)?;
        budget.spend(length)?;
        let kind = match kind {
            0 => {
                document(contents, &mut budget)?;
                ChunkKind::Document
            }
            1 => {
                change(contents)?;
                ChunkKind::Change
            }
            2 => {
                change(&budget.inflate(contents)?)?;
                ChunkKind::Change
            }
            // Bundles (3) are never sent by a phone or server of ours.
            _ => return Err(ChunkFault::Malformed),
        };
        let (bytes, after) = rest.split_at(rest.len() - reader.0.len());
        chunks.push(Chunk { kind, bytes });
        rest = after;
    }
    if chunks.is_empty() {
        Err(ChunkFault::Malformed)
    } else {
        Ok(chunks)
    }
}

fn document(contents: &[u8], budget: &mut Budget) -> Result<(), ChunkFault> {
    let mut reader = Reader(contents);
    reader.each(Reader::actor)?;
    reader.each(|reader| reader.take(32).map(|_| ()))?;
    let change_columns = columns(&mut reader)?;
    let operation_columns = columns(&mut reader)?;
    for (specification, length) in change_columns.into_iter().chain(operation_columns) {
        let data = reader.take(length)?;
        if specification & 8 == 0 {
            column(specification, data)?;
        } else {
            column(specification, &budget.inflate(data)?)?;
        }
    }
    Ok(())
}

fn change(contents: &[u8]) -> Result<(), ChunkFault> {
    let mut reader = Reader(contents);
    reader.each(|reader| reader.take(32).map(|_| ()))?;
    reader.actor()?;
    counter(reader.unsigned()?)?;
    counter(reader.unsigned()?)?;
    reader.signed()?;
    let message = reader.count()?;
    reader.take(message)?;
    reader.each(Reader::actor)?;
    for (specification, length) in columns(&mut reader)? {
        column(specification, reader.take(length)?)?;
    }
    Ok(())
}

/// The column specifications and lengths that stand before the columns.
fn columns(reader: &mut Reader<'_>) -> Result<Vec<(u64, usize)>, ChunkFault> {
    let count = reader.count()?;
    // Each takes two bytes at least, so that `count` cannot make this vector large.
    let mut found = Vec::new();
    for _ in 0..count {
        found.push((reader.unsigned()?, reader.count()?));
    }
    Ok(found)
}

/// Measures one column by its type: the low three bits of its specification.
fn column(specification: u64, data: &[u8]) -> Result<(), ChunkFault> {
    let mut reader = Reader(data);
    match specification & 7 {
        // Group, actor, integer and value metadata: unsigned numbers. A group's number makes rows of its own.
        kind @ (0 | 1 | 2 | 6) => {
            let mut grouped = 0_u64;
            runs(&mut reader, |reader, times| {
                let value = reader.unsigned()?;
                if kind == 0 {
                    grouped = grouped.saturating_add(value.saturating_mul(times));
                }
                rows(grouped)?;
                // The length of a value stands above its four type bits.
                counter(if kind == 6 { value >> 4 } else { value })
            })
        }
        3 => {
            let mut sum = 0_i64;
            runs(&mut reader, |reader, times| {
                let step = reader.signed()?;
                sum = sum.saturating_add(step.saturating_mul(i64::try_from(times).unwrap_or(i64::MAX)));
                counter(sum.unsigned_abs())
            })
        }
        4 => {
            let mut total = 0_u64;
            while !reader.0.is_empty() {
                total = total.saturating_add(reader.unsigned()?);
                rows(total)?;
            }
            Ok(())
        }
        5 => runs(&mut reader, |reader, _| {
            let length = reader.count()?;
            reader.take(length)?;
            if u64::try_from(length).is_ok_and(|length| length <= RUN_TEXT_BYTES_MAX) {
                Ok(())
            } else {
                Err(ChunkFault::TooLarge)
            }
        }),
        _ => Ok(()),
    }
}

/// Walks a run-length encoded column; `value` reads one value, which stands for so many rows.
fn runs<'a>(
    reader: &mut Reader<'a>,
    mut value: impl FnMut(&mut Reader<'a>, u64) -> Result<(), ChunkFault>,
) -> Result<(), ChunkFault> {
    let mut total = 0_u64;
    while !reader.0.is_empty() {
        let head = reader.signed()?;
        let times = if head == 0 {
            reader.unsigned()?
        } else {
            head.unsigned_abs()
        };
        total = total.saturating_add(times);
        rows(total)?;
        if head > 0 {
            value(reader, times)?;
        } else if head < 0 {
            for _ in 0..times {
                value(reader, 1)?;
            }
        }
    }
    Ok(())
}

fn rows(count: u64) -> Result<(), ChunkFault> {
    if count > ROWS_MAX {
        Err(ChunkFault::TooLarge)
    } else {
        Ok(())
    }
}

fn counter(value: u64) -> Result<(), ChunkFault> {
    if value > COUNTER_MAX {
        Err(ChunkFault::TooLarge)
    } else {
        Ok(())
    }
}

/// How many bytes a payload may still grow to.
struct Budget {
    bytes: usize,
}

impl Budget {
    fn spend(&mut self, bytes: usize) -> Result<(), ChunkFault> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(ChunkFault::TooLarge)?;
        Ok(())
    }

    fn inflate(&mut self, deflated: &[u8]) -> Result<Vec<u8>, ChunkFault> {
        let limit = u64::try_from(self.bytes).unwrap_or(u64::MAX).saturating_add(1);
        let mut inflated = Vec::new();
        let mut decoder = flate2::bufread::DeflateDecoder::new(deflated).take(limit);
        decoder
            .read_to_end(&mut inflated)
            .map_err(|_| ChunkFault::Malformed)?;
        self.spend(inflated.len())?;
        Ok(inflated)
    }
}

/// The bytes that are still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ChunkFault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ChunkFault::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ChunkFault> {
        let (first, rest) = self.0.split_first().ok_or(ChunkFault::Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    /// Unsigned LEB128.
    fn unsigned(&mut self) -> Result<u64, ChunkFault> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(ChunkFault::Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ChunkFault::Malformed)
    }

    /// Signed LEB128.
    fn signed(&mut self) -> Result<i64, ChunkFault> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift + 7 < 64 {
                    value |= -1_i64 << (shift + 7);
                }
                return Ok(value);
            }
        }
        Err(ChunkFault::Malformed)
    }

    /// An unsigned number that counts or measures something within the rest.
    fn count(&mut self) -> Result<usize, ChunkFault> {
        usize::try_from(self.unsigned()?).map_err(|_| ChunkFault::Malformed)
    }

    fn actor(&mut self) -> Result<(), ChunkFault> {
        let length = self.count()?;
        self.take(length).map(|_| ())
    }

    fn each(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), ChunkFault>) -> Result<(), ChunkFault> {
        // Ends with the bytes at the latest, as each item takes one at least.
        for _ in 0..self.count()? {
            item(self)?;
        }
        Ok(())
    }
}
