//! A phone's second connection resumes the first one's TLS session: on 2G a whole handshake costs seconds.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use hudang_device::ServerAddress;
use hudang_evidence::id::{InstallationId, Sha256};
use hudang_sync::sign::SignedHeaders;
use hudang_sync::wire::{SyncResponse, pack};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{HandshakeKind, ProtocolVersion, ServerConfig, ServerConnection, Stream};

use crate::request;
use crate::way::Way;

/// How one connection was made; nothing where it was not.
type Made = Option<(HandshakeKind, ProtocolVersion)>;

/// A server that answers one request on each of `connections` and closes it, as one does that was idle for long.
struct Server {
    address: ServerAddress,
    made: JoinHandle<Vec<Made>>,
}

impl Server {
    fn of(connections: usize) -> Self {
        let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let print = Sha256::of(own.cert.der());
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        config.ticketer = ring::Ticketer::new().unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let made = std::thread::spawn(move || (0..connections).map(|_| serve(&listener, &config)).collect());
        let address = ServerAddress {
            url,
            tls: Some(print),
        };
        Self { address, made }
    }
}

fn serve(listener: &TcpListener, config: &Arc<ServerConfig>) -> Made {
    let (mut socket, _) = listener.accept().unwrap();
    let mut tls = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut stream = Stream::new(&mut tls, &mut socket);
    let mut asked = Vec::new();
    let mut piece = [0; 4096];
    // The request of these tests ends in these bytes.
    while !asked.ends_with(BODY) {
        match stream.read(&mut piece) {
            Ok(read @ 1..) => asked.extend_from_slice(&piece[..read]),
            Ok(0) | Err(_) => return None,
        }
    }
    let answer = pack(&SyncResponse::default()).unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&answer).unwrap();
    stream.conn.send_close_notify();
    let _the_client_may_be_gone = stream.flush();
    Some((tls.handshake_kind()?, tls.protocol_version()?))
}

const BODY: &[u8] = b"what a phone asks";

fn asks(way: &Way) -> request::Answer {
    let signed = SignedHeaders {
        installation: InstallationId::of(b"phone"),
        counter: 1,
        content: Sha256::of(BODY),
        signature: [0; 64],
    };
    request::sync(way, BODY.to_vec(), &signed)
}

#[test]
fn a_second_connection_resumes_the_session_of_the_first() {
    let server = Server::of(4);
    let way = Way::to(&server.address).unwrap();
    asks(&way).unwrap();
    asks(&way).unwrap();
    // Copies of the way share its sessions; one that is made anew has none.
    asks(&way.clone()).unwrap();
    asks(&Way::to(&server.address).unwrap()).unwrap();
    let tls = |kind| Some((kind, ProtocolVersion::TLSv1_3));
    assert_eq!(
        server.made.join().unwrap(),
        [
            tls(HandshakeKind::Full),
            tls(HandshakeKind::Resumed),
            tls(HandshakeKind::Resumed),
            tls(HandshakeKind::Full)
        ]
    );
}

#[test]
fn a_server_with_another_certificate_is_asked_nothing() {
    let server = Server::of(1);
    let other = ServerAddress {
        tls: Some(Sha256::of(b"another certificate")),
        ..server.address.clone()
    };
    assert!(asks(&Way::to(&other).unwrap()).is_err());
    assert_eq!(server.made.join().unwrap(), [None]);
}
