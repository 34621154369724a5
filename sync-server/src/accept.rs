//! Connections: how many, how long they may take to say what they want, and how they end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::address::{Client, Place, Places};
use crate::shared::Shared;

/// How long accepting rests when the system has no more file handles.
const REST: std::time::Duration = std::time::Duration::from_millis(200);
/// So much is read from a connection at once: some records of TLS, of 16 KiB each.
const READ_BYTES: usize = 64 << 10;
/// Most requests of one HTTP/2 connection at once.
const STREAMS_MAX: u32 = 64;

/// Takes connections.
pub(crate) struct Acceptor {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) router: Router,
    pub(crate) shared: Arc<Shared>,
    pub(crate) stop: CancellationToken,
}

impl Acceptor {
    /// Takes connections until told to stop; then waits for the requests under way, but not for ever.
    pub(crate) async fn run(self) {
        let limits = self.shared.config.limits;
        let places = Arc::new(Semaphore::new(limits.connections_max));
        let by_address = Arc::new(Places::default());
        let graceful = hyper_util::server::graceful::GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => break,
                accepted = self.one(&places) => accepted,
            };
            let Some((stream, from, place)) = accepted else {
                continue;
            };
            // Before a byte is read or a handshake begun. Many stand behind a proxy: its requests are counted by whom
            // they come from.
            let trusted = &self.shared.config.trusted_proxies;
            let is_proxy = trusted
                .iter()
                .any(|network| network.contains(from.ip().to_canonical()));
            let most = limits.connections_per_address_max;
            let of_address = match by_address.take(Client::of(from.ip()), most) {
                None if !is_proxy => {
                    self.shared.metrics.connections_refused.inc();
                    continue;
                }
                place => place,
            };
            let connection = Connection {
                tls: self.tls.clone(),
                router: self.router.clone(),
                shared: Arc::clone(&self.shared),
                from,
                watcher: graceful.watcher(),
                _places: (place, of_address),
            };
            tokio::spawn(connection.serve(stream));
        }
        drop(self.listener);
        if timeout(limits.stop, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still under way when the server stopped");
        }
    }

    async fn one(&self, places: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        match self.listener.accept().await {
            Ok((stream, from)) => {
                // Small answers shall not wait for more.
                let _ = stream.set_nodelay(true);
                Some((stream, from, place))
            }
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "accept");
                sleep(REST).await;
                None
            }
        }
    }
}

struct Connection {
    tls: Option<TlsAcceptor>,
    router: Router,
    shared: Arc<Shared>,
    from: SocketAddr,
    watcher: Watcher,
    _places: (OwnedSemaphorePermit, Option<Place>),
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        self.shared.metrics.connections.inc();
        let shared = Arc::clone(&self.shared);
        match self.tls.clone() {
            None => self.http1(stream).await,
            Some(tls) => {
                // rustls reads 4 KiB at a time, which is a system call for each of a photo's thousand pieces.
                let stream = BufReader::with_capacity(READ_BYTES, stream);
                let handshake = timeout(shared.config.limits.handshake, tls.accept(stream)).await;
                if let Ok(Ok(stream)) = handshake {
                    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                        self.http2(stream).await;
                    } else {
                        self.http1(stream).await;
                    }
                }
            }
        }
        shared.metrics.connections.dec();
    }

    async fn http1(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let limits = &self.shared.config.limits;
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(limits.head_bytes_max.max(8 << 10))
            .serve_connection(TokioIo::new(stream), answering(self.router, self.from));
        // How a connection ended is the sender's affair; what it brought was kept or refused in its request.
        let _ = self.watcher.watch(serving).await;
    }

    async fn http2(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let limits = &self.shared.config.limits;
        let serving = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.head)
            .keep_alive_timeout(limits.handshake)
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(limits.head_bytes_max).unwrap_or(u32::MAX))
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20)
            .serve_connection(TokioIo::new(stream), answering(self.router, self.from));
        let _ = self.watcher.watch(serving).await;
    }
}

/// The router as hyper wants it, told who asks.
fn answering(
    router: Router,
    from: SocketAddr,
) -> impl hyper::service::Service<
    hyper::Request<Incoming>,
    Response = axum::response::Response,
    Error = Infallible,
    Future: Send + 'static,
> + Clone {
    service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        router.clone().oneshot(request)
    })
}
