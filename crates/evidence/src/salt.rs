//! The salts of one snapshot, all from one random seed.
//!
//! Random salts do not compress: of a visit with 83 answers they are a quarter of all bytes that a phone sends. A seed
//! of 32 bytes gives the same protection, as long as it is secret: who has a seed can try values against the digests of
//! a snapshot, also those of erased values. So a seed travels once, from the phone to the server, is expanded there
//! and forgotten; what is kept and shown to others is always a value with its own salt, from which no other salt follows.

use core::fmt;

use serde_json::Value;

use crate::id::Sha256;
use crate::snapshot::Disclosure;

/// Says what is hashed, so that the same seed could serve nothing else.
const CONTEXT: &[u8] = b"hudang/salt/1\n";

/// 32 random bytes from which the salts of one snapshot follow.
#[derive(Clone, PartialEq, Eq)]
pub struct SaltSeed([u8; 32]);

impl SaltSeed {
    /// Takes random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sent.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Salts a value: the first 16 bytes of SHA-256 over context, seed and name. Names are unique within a snapshot.
    pub fn disclose(&self, name: &str, value: Value) -> Disclosure {
        let hash = Sha256::of(&[CONTEXT, &self.0, name.as_bytes()].concat());
        let mut salt = [0; 16];
        salt.iter_mut()
            .zip(hash.as_bytes())
            .for_each(|(salt, byte)| *salt = *byte);
        Disclosure::new(salt, name, value)
    }
}

impl fmt::Debug for SaltSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SaltSeed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_and_each_seed_has_its_own_salt() {
        let salted = |seed, name| {
            SaltSeed::from_bytes([seed; 32])
                .disclose(name, 1.into())
                .as_str()
                .to_owned()
        };
        assert_eq!(salted(1, "income"), salted(1, "income"));
        assert_ne!(salted(1, "income"), salted(1, "incomes"));
        assert_ne!(salted(1, "income"), salted(2, "income"));
    }

    #[test]
    fn the_salts_stay_what_they_are() {
        // Phones that are out make them so; a change here would make their snapshots unreadable.
        let disclosure = SaltSeed::from_bytes([7; 32]).disclose("income", 120_000.into());
        assert_eq!(
            disclosure.as_str(),
            "WyJUc2cxN1FmcWF4VWxUVG14dDZVM3dnIiwiaW5jb21lIiwxMjAwMDBd"
        );
    }
}
