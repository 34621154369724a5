//! A second connection costs a phone no second full handshake: on a 2G link that is a certificate less to wait for.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use hudang_device::ServerAddress;
use hudang_evidence::id::Sha256;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{HandshakeKind, ProtocolVersion, ServerConfig, ServerConnection, StreamOwned};

use super::Way;

/// What a server with a certificate of its own saw of so many connections, each for one request.
fn seen(connections: usize, ask: impl FnOnce(ServerAddress)) -> Vec<(ProtocolVersion, HandshakeKind)> {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = CertificateDer::from(made.cert.der().to_vec());
    let print = Sha256::of(&certificate);
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let one = |_| {
            let (socket, _) = listener.accept().unwrap();
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, socket));
            let mut line = String::new();
            while stream.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let stream = stream.get_mut();
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
                .unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
            (
                stream.conn.protocol_version().unwrap(),
                stream.conn.handshake_kind().unwrap(),
            )
        };
        (0..connections).map(one).collect()
    });
    ask(ServerAddress {
        url,
        tls: Some(print),
    });
    serving.join().unwrap()
}

fn asks(way: &Way) {
    let answer = way.client.get(way.url("/health/live")).send().unwrap();
    assert_eq!(answer.status(), 204);
}

#[test]
fn a_second_connection_resumes_tls() {
    let seen = seen(2, |address| {
        let way = Way::to(&address).unwrap();
        asks(&way);
        // The same way, cloned as each wake-up does.
        asks(&way.clone());
    });
    let expected = [HandshakeKind::Full, HandshakeKind::Resumed];
    assert_eq!(seen, expected.map(|kind| (ProtocolVersion::TLSv1_3, kind)));
}

#[test]
fn another_way_begins_anew() {
    let seen = seen(2, |address| {
        asks(&Way::to(&address).unwrap());
        asks(&Way::to(&address).unwrap());
    });
    assert!(
        seen.iter().all(|(_, kind)| *kind == HandshakeKind::Full),
        "{seen:?}"
    );
}
