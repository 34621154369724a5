//! Somebody on the line between the program and its server, who passes on what he likes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::Client;

use crate::served::Served;

/// What he does with an answer.
pub(crate) enum Passes {
    /// Passes on these bytes.
    On(Vec<u8>),
    /// Announces these bytes, and breaks the line after so many of them.
    Cut(Vec<u8>, usize),
    /// Says nothing more.
    Nothing,
}

type Change = dyn Fn(&str, Vec<u8>) -> Passes + Send + Sync;

/// Stands between; returns the address at which he is taken for the server. He sees the path and the body.
pub(crate) fn between(
    served: &Served,
    change: impl Fn(&str, Vec<u8>) -> Passes + Send + Sync + 'static,
) -> String {
    let print = served.text("tls_fingerprint").parse().unwrap();
    let client = Client::builder()
        .tls_backend_preconfigured(hudang_link::pinned(print).unwrap())
        .no_proxy()
        .build()
        .unwrap();
    let (base, change): (_, Arc<Change>) = (served.text("url"), Arc::new(change));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (client, base, change) = (client.clone(), base.clone(), Arc::clone(&change));
            // Who asked may have gone.
            std::thread::spawn(move || pass(stream?, &client, &base, &*change));
        }
    });
    format!("http://{address}")
}

/// One request and its answer; then the line is closed.
fn pass(mut stream: TcpStream, client: &Client, base: &str, change: &Change) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap()?;
    let path = first.split(' ').nth(1).unwrap().to_owned();
    let mut request = client.get(format!("{base}{path}"));
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        if matches!(
            name.to_lowercase().as_str(),
            "authorization" | "range" | "purpose"
        ) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().unwrap();
    let mut head = format!("HTTP/1.1 {}\r\nconnection: close\r\n", answer.status());
    for name in ["content-type", "content-range"] {
        if let Some(value) = answer.headers().get(name) {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
    }
    let (bytes, until) = match change(&path, answer.bytes().unwrap().to_vec()) {
        Passes::On(bytes) => {
            let until = bytes.len();
            (bytes, until)
        }
        Passes::Cut(bytes, until) => (bytes, until),
        Passes::Nothing => loop {
            std::thread::sleep(Duration::from_secs(1));
        },
    };
    head += &format!("content-length: {}\r\n\r\n", bytes.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(bytes.get(..until).unwrap_or(&bytes))
}
