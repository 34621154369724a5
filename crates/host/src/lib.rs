//! The phone's screens in a browser: the command door over HTTP on this machine.
//!
//! In: a door, a directory of built screens, an address. Out: a server that answers to its own origin alone. It listens
//! on 127.0.0.1, or with TLS where other machines may come in; a cookie names the screen's session, and originals go out
//! by name and range. It has no rules: what a session may do is for the door to say.

mod answer;
mod guard;
mod routes;
mod tls;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use hudang_door::Door;
use hudang_evidence::id::Sha256;
use tokio::net::TcpListener;

use crate::guard::Guard;
use crate::tls::TlsListener;

/// How the screens are served.
#[derive(Debug, Clone)]
pub struct Hosting {
    /// Where to listen; another address than 127.0.0.1 only with `lan`.
    pub listen: SocketAddr,
    /// The built screens.
    pub screens: PathBuf,
    /// Lets other machines in, over TLS with a certificate made on the spot.
    pub lan: bool,
}

/// Why the screens cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Without TLS nobody but this machine may come in.
    #[error("{0} is not an address of this machine alone")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen: {0}")]
    Listen(std::io::Error),
    /// No certificate.
    #[error("no certificate: {0}")]
    Certificate(String),
}

impl HostError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotLoopback(_) => "HOST-ADDRESS",
            Self::Listen(_) => "HOST-LISTEN",
            Self::Certificate(_) => "HOST-CERTIFICATE",
        }
    }

    /// What to do, in Chinese and English.
    pub const fn sentences(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotLoopback(_) => (
                "不加密时只能在本机打开。请用 --lan，或监听 127.0.0.1。",
                "Without TLS only this machine may come in: use --lan, or listen on 127.0.0.1.",
            ),
            Self::Listen(_) => (
                "地址无法监听。请换一个端口。",
                "The address cannot be listened on. Choose another port.",
            ),
            Self::Certificate(_) => (
                "无法生成证书。请重试。",
                "No certificate could be made. Try again.",
            ),
        }
    }
}

/// Screens that are being served.
pub struct Host {
    listener: Listening,
    address: SocketAddr,
    url: String,
    fingerprint: Option<Sha256>,
    router: axum::Router,
}

enum Listening {
    Plain(TcpListener),
    Tls(TlsListener),
}

impl Host {
    /// Listens; requests are answered from [`Self::serve`] on.
    pub async fn start(door: Door, hosting: Hosting) -> Result<Self, HostError> {
        if !hosting.lan && !hosting.listen.ip().is_loopback() {
            return Err(HostError::NotLoopback(hosting.listen));
        }
        let tcp = TcpListener::bind(hosting.listen)
            .await
            .map_err(HostError::Listen)?;
        let address = tcp.local_addr().map_err(HostError::Listen)?;
        let shown = if address.ip().is_unspecified() {
            own_address().unwrap_or(Ipv4Addr::LOCALHOST.into())
        } else {
            address.ip()
        };
        let scheme = if hosting.lan { "https" } else { "http" };
        let url = format!("{scheme}://{}", SocketAddr::new(shown, address.port()));
        let (listener, fingerprint) = if hosting.lan {
            let (listener, fingerprint) = TlsListener::over(tcp, shown)?;
            (Listening::Tls(listener), Some(fingerprint))
        } else {
            (Listening::Plain(tcp), None)
        };
        let guard = Guard {
            scheme,
            port: address.port(),
        };
        Ok(Self {
            listener,
            address,
            url,
            fingerprint,
            router: routes::router(door, guard, &hosting.screens),
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to open in a browser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// SHA-256 of the certificate, where there is one.
    pub const fn fingerprint(&self) -> Option<Sha256> {
        self.fingerprint
    }

    /// Serves until told to stop.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        match self.listener {
            Listening::Plain(listener) => {
                axum::serve(listener, self.router)
                    .with_graceful_shutdown(stop)
                    .await
            }
            Listening::Tls(listener) => {
                axum::serve(listener, self.router)
                    .with_graceful_shutdown(stop)
                    .await
            }
        }
    }
}

/// The address by which others reach this machine; nothing is sent.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}
