//! Bytes of any length, hashed as they pass.

use std::io::{self, Read, Write};

use hudang_evidence::id::Sha256;
use sha2::{Digest as _, Sha256 as Hasher};

const PIECE_BYTES: usize = 64 << 10;

/// Copies all bytes and says what they were: their SHA-256 and how many there are.
pub fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(Sha256, u64)> {
    let (mut hasher, mut total) = (Hasher::new(), 0_u64);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = match from.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let bytes = piece.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok((Sha256::from_bytes(hasher.finalize().into()), total));
        }
        hasher.update(bytes);
        to.write_all(bytes)?;
        total = total.saturating_add(bytes.len() as u64);
    }
}
