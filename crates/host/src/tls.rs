//! TLS with a certificate made on the spot: camera and microphone need a secure origin.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hudang_evidence::id::Sha256;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::HostError;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Most connections that wait to be served.
const WAITING_MAX: usize = 64;
/// How long to wait where the machine has no connection to give.
const PAUSE: Duration = Duration::from_millis(200);

type Arrived = (TlsStream<TcpStream>, SocketAddr);

/// Connections whose handshake is done.
pub(crate) struct TlsListener {
    arrived: Receiver<Arrived>,
    address: SocketAddr,
}

impl TlsListener {
    /// Makes a certificate for this machine and takes connections. Each handshake goes on by itself, so that a slow one
    /// keeps nobody waiting.
    pub(crate) fn over(tcp: TcpListener, shown: IpAddr) -> Result<(Self, Sha256), HostError> {
        let (config, fingerprint) = config(shown)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let address = tcp.local_addr().map_err(HostError::Listen)?;
        let (sender, arrived) = channel(WAITING_MAX);
        tokio::spawn(accept(tcp, acceptor, sender));
        Ok((Self { arrived, address }, fingerprint))
    }
}

async fn accept(tcp: TcpListener, acceptor: TlsAcceptor, sender: Sender<Arrived>) {
    while !sender.is_closed() {
        let Ok((stream, address)) = tcp.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                // Nobody takes it where the host has stopped.
                let _stopped = sender.send((stream, address)).await;
            }
        });
    }
}

fn config(shown: IpAddr) -> Result<(ServerConfig, Sha256), HostError> {
    let failed = |error: &dyn core::fmt::Display| HostError::Certificate(error.to_string());
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), shown.to_string()];
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| failed(&error))?;
    let certificate = made.cert.der().clone();
    let fingerprint = Sha256::of(&certificate);
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| failed(&error))?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(|error| failed(&error))?;
    Ok((config, fingerprint))
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Arrived {
        match self.arrived.recv().await {
            Some(arrived) => arrived,
            // The task that takes connections never ends before this does.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
