//! TLS 1.3: a certificate of others, or one that the server makes itself and phones know by its fingerprint.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use hudang_evidence::id::Sha256;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Transport;
use crate::error::ServeError;

/// The server's own certificate in the archive's directory.
pub const CERTIFICATE_FILE: &str = "tls.cert";
/// Its key, readable by its owner only.
pub const KEY_FILE: &str = "tls.key";

/// A certificate chain with its key.
pub(crate) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// SHA-256 of the certificate (DER).
    pub(crate) fn fingerprint(&self) -> Option<Sha256> {
        self.chain.first().map(|certificate| Sha256::of(certificate))
    }

    fn read(certificate: &Path, key: &Path) -> Result<Self, ServeError> {
        let wrong = |path: &Path| {
            let path = path.to_owned();
            move |error: rustls::pki_types::pem::Error| ServeError::Certificate(path, error.to_string())
        };
        let chain = CertificateDer::pem_file_iter(certificate).map_err(wrong(certificate))?;
        let chain = chain.collect::<Result<Vec<_>, _>>().map_err(wrong(certificate))?;
        if chain.is_empty() {
            return Err(ServeError::Certificate(
                certificate.to_owned(),
                "no certificate".to_owned(),
            ));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(wrong(key))?;
        Ok(Self { chain, key })
    }

    /// What rustls serves with: TLS 1.3 alone, resumed by tickets, so that a phone on 2G saves a round trip's bytes.
    pub(crate) fn config(self) -> Result<ServerConfig, ServeError> {
        let failed = |error: rustls::Error| ServeError::Tls(error.to_string());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)
            .map_err(failed)?;
        config.ticketer = ring::Ticketer::new().map_err(failed)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// The identity that a transport names; none without TLS.
pub(crate) fn identity(
    transport: &Transport,
    archive: &Path,
    names: &[String],
) -> Result<Option<Identity>, ServeError> {
    match transport {
        Transport::OwnCertificate => own(archive, names).map(Some),
        Transport::Files { certificate, key } => Identity::read(certificate, key).map(Some),
        Transport::Plain => Ok(None),
    }
}

/// Fingerprint of the certificate that the server of this archive makes for itself; made now if it is not there yet.
/// `names` are the names and addresses that it is reached by.
pub fn own_fingerprint(archive: &Path, names: &[String]) -> Result<Option<Sha256>, ServeError> {
    Ok(own(archive, names)?.fingerprint())
}

fn own(archive: &Path, names: &[String]) -> Result<Identity, ServeError> {
    let (certificate, key) = (archive.join(CERTIFICATE_FILE), archive.join(KEY_FILE));
    // The key is written first: a certificate without its key was cut short, and nobody has seen it yet.
    if !certificate.exists() {
        let mut names = names.to_vec();
        names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        names.sort();
        names.dedup();
        let made =
            rcgen::generate_simple_self_signed(names).map_err(|error| ServeError::Tls(error.to_string()))?;
        write(archive, KEY_FILE, &made.signing_key.serialize_pem())?;
        write(archive, CERTIFICATE_FILE, &made.cert.pem())?;
    }
    Identity::read(&certificate, &key)
}

/// Writes a small file whole or not at all, readable by its owner only.
fn write(root: &Path, name: &str, text: &str) -> Result<(), ServeError> {
    let temporary = root.join(format!("{name}.tmp"));
    let writing = || -> io::Result<()> {
        let mut options = hudang_private::options();
        let mut file = options.create(true).truncate(true).write(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, root.join(name))?;
        File::open(root)?.sync_all()
    };
    writing().map_err(|error| ServeError::Io("write the certificate", error))
}
