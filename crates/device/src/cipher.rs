//! Keys and encryption at rest: the store key opens everything but the persons' signing keys.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hudang_evidence::id::Sha256;

/// The key of the store: 32 random bytes that the platform's keystore keeps.
#[derive(Clone)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// Takes the bytes that the platform's keystore gave.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// `PRAGMA key` in `SQLCipher`'s raw form: no derivation, the key is random already.
    pub(crate) fn pragma(&self) -> String {
        format!("PRAGMA key = \"x'{}'\";", Sha256::from_bytes(self.0))
    }

    /// The key of one file. Both inputs have a fixed length, so that no two files share a text that is hashed.
    pub(crate) fn of_file(&self, file: &[u8; 32]) -> [u8; 32] {
        let text = [b"hudang/blob-key/v1".as_slice(), &self.0, file].concat();
        *Sha256::of(&text).as_bytes()
    }
}

impl core::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("StoreKey(…)")
    }
}

/// Encrypts; fails only where the memory for it is missing.
pub(crate) fn encrypt(key: &[u8; 32], nonce: [u8; 24], clear: &[u8], about: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload {
        msg: clear,
        aad: about,
    };
    XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&XNonce::from(nonce), payload)
        .ok()
}

/// Decrypts; nothing where the key is another or a bit was changed.
pub(crate) fn decrypt(key: &[u8; 32], nonce: [u8; 24], secret: &[u8], about: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload {
        msg: secret,
        aad: about,
    };
    XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(nonce), payload)
        .ok()
}

/// What a guess at a PIN costs, argon2id in one lane. It stands beside each wrapped key, so that keys wrapped at another
/// cost open as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl PinCost {
    /// What the product wraps keys at: a second on a cheap phone. RFC 9106 §4 (second recommended option, 64 MiB and
    /// 3 passes) is the floor; 96 MiB take about 0.3 s of one core of a server, a phone for 800 yuan has about a third of
    /// its speed and 2 to 3 GB of memory (`docs/adr/0015`).
    pub const NOW: Self = Self {
        memory_kib: 96 << 10,
        passes: 3,
    };

    /// The key that a PIN stands for.
    pub(crate) fn derive(self, pin: &str, salt: &[u8; 16]) -> Option<[u8; 32]> {
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).ok()?;
        let mut key = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(pin.as_bytes(), salt, &mut key)
            .ok()?;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_costs_at_least_what_rfc_9106_recommends_where_memory_is_short() {
        let PinCost { memory_kib, passes } = PinCost::NOW;
        assert!(memory_kib >= 64 << 10 && passes >= 3);
    }
}
