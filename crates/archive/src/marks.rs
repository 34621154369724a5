//! Keyed hashes of what identifies a household (EVIDENCE §1.10 R9): with the archive's key they tell which values are the
//! same; from the table alone nobody can try identity numbers until one fits.

use ring::hmac;

/// What a mark is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MarkKind {
    /// The identity number of the household's head, as it was answered.
    Identity,
    /// The register's telephone with the name of the head.
    Contact,
    /// The register's address.
    Address,
}

impl MarkKind {
    /// The word in tables and findings.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Contact => "contact",
            Self::Address => "address",
        }
    }
}

/// A value's keyed hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) kind: MarkKind,
    pub(crate) hash: [u8; 32],
}

/// Makes marks with one key.
pub(crate) struct Marker(hmac::Key);

impl Marker {
    /// Takes the archive's key.
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// HMAC-SHA-256 of kind and value.
    pub(crate) fn mark(&self, kind: MarkKind, value: &str) -> Mark {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(kind.as_str().as_bytes());
        context.update(b"\n");
        context.update(value.as_bytes());
        let tag = context.sign();
        let hash = tag.as_ref().first_chunk().copied().unwrap_or_default();
        Mark { kind, hash }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_depends_on_key_kind_and_value() {
        let marker = Marker::new(&[7; 32]);
        let mark = marker.mark(MarkKind::Identity, "15250419721020954X");
        assert_eq!(mark, marker.mark(MarkKind::Identity, "15250419721020954X"));
        assert_ne!(
            mark.hash,
            marker.mark(MarkKind::Contact, "15250419721020954X").hash
        );
        assert_ne!(
            mark.hash,
            marker.mark(MarkKind::Identity, "152504197210209541").hash
        );
        let other = Marker::new(&[8; 32]);
        assert_ne!(
            mark.hash,
            other.mark(MarkKind::Identity, "15250419721020954X").hash
        );
    }

    #[test]
    fn it_is_hmac_sha_256() {
        // RFC 4231 §4.3, with the text split where a kind ends.
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        let mut context = hmac::Context::with_key(&key);
        context.update(b"what do ya want ");
        context.update(b"for nothing?");
        let tag: Vec<String> = context
            .sign()
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            tag.concat(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
