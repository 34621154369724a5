//! A receipt 回执: the server's signed statement of the seal and of the originals that it holds durably
//! (EVIDENCE §1.3, DESIGN §5). It is issued again as originals arrive; the phone may delete an original only when
//! a receipt names it. Once there is a log, its proof travels beside the receipt, outside of what is signed.

use serde::{Deserialize, Serialize};

use crate::id::{BlobHash, SealId, VisitId};
use crate::journal::JournalHead;
use crate::note::{Note, NoteError, NoteSigner, VerifierKey};
use crate::profile::{self, ProfileError};
use crate::seal::SEAL_BYTES_MAX;
use crate::statement;
use crate::time::WallTime;

/// First line of a receipt's text.
pub const HEADER: &str = "hudang/receipt/v1";

/// Why bytes are not a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not a signed note, or its signature fails.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The JSON is outside the profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Another header, other fields, or an unknown suite.
    #[error("not a receipt: {0}")]
    Form(String),
    /// The originals are not sorted, or one is named twice.
    #[error("the originals of the receipt are not sorted and unique")]
    Order,
    /// It names another server than the one whose key signed it.
    #[error("signed by another server than it names")]
    OtherServer,
}

/// What a server states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBody {
    /// The originals that it holds of those that the seal names; sorted.
    pub blobs: Vec<BlobHash>,
    /// How far the server's journal was before this receipt: a row that is dropped, changed or re-dated afterwards
    /// contradicts it.
    pub journal: JournalHead,
    /// The server's name, which is its key's name too.
    pub origin: String,
    /// Whether the visit is received: this seal governs, all that it names is here, and each of its originals was looked
    /// into. Absent until then.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub received: bool,
    /// When the receipt was issued, by the server's clock.
    pub recv: WallTime,
    /// The seal that it holds.
    pub seal: SealId,
    /// The visit.
    pub visit: VisitId,
}

/// A well-formed receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    body: ReceiptBody,
}

impl Receipt {
    /// Signs a receipt; returns it with the bytes of its note.
    pub fn sign(body: ReceiptBody, signer: &NoteSigner) -> Result<(Self, Vec<u8>), ReceiptError> {
        check(&body)?;
        if body.origin != signer.name() {
            return Err(ReceiptError::OtherServer);
        }
        let mut value = serde_json::to_value(&body).map_err(|error| ReceiptError::Form(error.to_string()))?;
        statement::add_suite(&mut value);
        let note = Note::sign(&statement::text(HEADER, &value, SEAL_BYTES_MAX)?, &[signer])?;
        Ok((Self { body }, note.into_bytes()))
    }

    /// Reads a receipt without checking its signature.
    pub fn parse(note: &[u8]) -> Result<Self, ReceiptError> {
        Self::from_note(&Note::parse(note)?)
    }

    /// Reads a receipt and checks that the server with this key signed exactly it.
    pub fn verify(note: &[u8], key: &VerifierKey) -> Result<Self, ReceiptError> {
        let note = Note::parse(note)?;
        let receipt = Self::from_note(&note)?;
        if receipt.body.origin != key.name() {
            return Err(ReceiptError::OtherServer);
        }
        note.verify(core::slice::from_ref(key))?;
        Ok(receipt)
    }

    fn from_note(note: &Note) -> Result<Self, ReceiptError> {
        let form = |text: &str| ReceiptError::Form(text.to_owned());
        let line = statement::line(note, HEADER).ok_or_else(|| form("another header"))?;
        let mut value = profile::parse(line.as_bytes(), SEAL_BYTES_MAX)?;
        if !statement::take_suite(&mut value) {
            return Err(form("an unknown suite"));
        }
        let body = serde_json::from_value(value).map_err(|error| form(&error.to_string()))?;
        check(&body)?;
        Ok(Self { body })
    }

    /// What is stated.
    pub const fn body(&self) -> &ReceiptBody {
        &self.body
    }
}

fn check(body: &ReceiptBody) -> Result<(), ReceiptError> {
    if body.blobs.is_sorted_by(|a, b| a < b) {
        Ok(())
    } else {
        Err(ReceiptError::Order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> ReceiptBody {
        ReceiptBody {
            blobs: vec![BlobHash::from_bytes([1; 32]), BlobHash::from_bytes([2; 32])],
            journal: JournalHead::START,
            origin: "hudang/152502".to_owned(),
            received: true,
            recv: WallTime::from_ms(1_774_000_000_000).unwrap(),
            seal: SealId::of(b"seal"),
            visit: VisitId::new(1, [1; 10]),
        }
    }

    #[test]
    fn a_receipt_is_read_back_and_only_its_server_signs_it() {
        let server = NoteSigner::new("hudang/152502", &[9; 32]).unwrap();
        let (receipt, note) = Receipt::sign(body(), &server).unwrap();
        assert_eq!(Receipt::verify(&note, &server.verifier()), Ok(receipt.clone()));
        assert_eq!(Receipt::parse(&note), Ok(receipt));
        let other = NoteSigner::new("hudang/152525", &[8; 32]).unwrap();
        assert_eq!(Receipt::sign(body(), &other), Err(ReceiptError::OtherServer));
        assert_eq!(
            Receipt::verify(&note, &other.verifier()),
            Err(ReceiptError::OtherServer)
        );
        let same_name = NoteSigner::new("hudang/152502", &[8; 32]).unwrap();
        assert!(matches!(
            Receipt::verify(&note, &same_name.verifier()),
            Err(ReceiptError::Note(_))
        ));
    }

    #[test]
    fn originals_stand_once_and_in_order() {
        let server = NoteSigner::new("hudang/152502", &[9; 32]).unwrap();
        let mut twice = body();
        twice.blobs.push(BlobHash::from_bytes([2; 32]));
        assert_eq!(Receipt::sign(twice, &server), Err(ReceiptError::Order));
    }
}
