//! What the office's code for a phone holds.

use hudang_evidence::id::{ContractId, PersonId, Sha256};
use hudang_evidence::note::VerifierKey;
use hudang_sync::enrol::{EnrolError, Invitation};

/// Where and what the server is, as an invitation says it.
#[derive(Debug, Clone)]
pub struct Inviting {
    /// The server's key, which bears its name.
    pub receipt_key: VerifierKey,
    /// Fingerprint of its own certificate, if it made one.
    pub fingerprint: Option<Sha256>,
    /// How it is reached.
    pub url: String,
}

impl Inviting {
    /// The text of the QR code.
    pub fn text(&self, code: String, contract: ContractId, person: PersonId) -> Result<String, EnrolError> {
        let invitation = Invitation {
            code,
            contract,
            origin: self.receipt_key.name().to_owned(),
            person,
            server_key: self.receipt_key.to_string(),
            tls: self.fingerprint,
            url: self.url.clone(),
        };
        invitation.render()
    }
}

/// The host of `https://host:port`.
pub fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    if let Some(bracketed) = authority.strip_prefix('[') {
        return bracketed.split(']').next();
    }
    authority.split(':').next().filter(|host| !host.is_empty())
}
